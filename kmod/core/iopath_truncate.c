// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * truncate: set the end of a file.
 *
 *   TR.1  design: inode lock, and then until no direct IO is in flight; or F
 *         and M from the new or the old end on, whichever is first
 *   TR.2  drop the pages behind the new end
 *   TR.3  lock E from there on, and wait for ordered extents, until there are
 *         none
 *   TR.4  join; drop items and extent maps, set the size
 *
 * An fsync logs what went as a hole, and the size, so that what a later write
 * puts behind the old end comes back without what was there before.
 */
#include "iopath_control.h"

/**
 * iopath_make_hole() - take the blocks of a range away
 * @oe:      with the memory for that, of the file; in no tree
 * @first:   first file block
 * @last:    last file block
 * @transid: running transaction
 *
 * Context: process context; E is held on the range, which no ordered extent is
 * in, and a joined handle.
 */
void iopath_make_hole(struct iopath_oe *oe, u64 first, u64 last, u64 transid)
{
	iopath_items_drop(oe->inode, first, last, &oe->item[1]);
	iopath_extent_set(oe->em[0], first, last, 0, IOPATH_EXTENT_HOLE,
			  transid);
	iopath_em_replace(oe->inode, &oe->em[0], &oe->em[1]);
}

/*
 * TR.2 to TR.4, with everybody kept out who would change the size.  Returns with
 * the file cut off at @size, which is not behind its end.
 */
void iopath_cut(struct iopath_oe *oe, u64 size)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	u64 first = DIV_ROUND_UP(size, IOPATH_BLOCK_SIZE);
	u64 last = fs->layout.file_blocks - 1;
	struct rangelock_req extent;

	if (first > last)
		return;
	iopath_cache_drop(inode, first, last);
	if (unlikely(fs->knobs.truncate_no_wait))
		iopath_extent_acquire(inode, &extent, first, last);
	else
		iopath_lock_extent(inode, &extent, first, last);
	iopath_step(fs, IOPATH_TR_LOCKED);
	iopath_make_hole(oe, first, last, iopath_trans_join(fs));
	iopath_size_set(inode, size);
	iopath_trans_leave(fs);
	iopath_extent_release(inode, &extent);
}

/* TR.3, TR.4 upwards: the file ends with a hole. */
static void truncate_up(struct iopath_inode *inode, u64 from, u64 size)
{
	struct iopath_fs *fs = inode->fs;
	struct rangelock_req extent;

	iopath_lock_extent(inode, &extent, from >> IOPATH_BLOCK_SHIFT,
			   (size - 1) >> IOPATH_BLOCK_SHIFT);
	iopath_step(fs, IOPATH_TR_LOCKED);
	iopath_trans_join(fs);
	iopath_size_set(inode, size);
	iopath_trans_leave(fs);
	iopath_extent_release(inode, &extent);
}

/* TR.1.  Return: the size, which may change until the lock is there. */
static u64 truncate_enter(struct iopath_op *op, u64 size)
{
	struct iopath_inode *inode = op->inode;
	u64 old;

	for (;;) {
		old = min(size, iopath_size(inode));
		op->start = round_down(old, IOPATH_BLOCK_SIZE);
		op->last = RANGELOCK_MAX;
		op->ops->op_enter(op);
		old = iopath_size(inode);
		if (likely(op->start <= old) || iopath_is_broken(inode->fs))
			return old;
		op->ops->op_leave(op);
	}
}

static void truncate_run(struct iopath_op *op, struct iopath_oe *oe, u64 size)
{
	struct iopath_inode *inode = op->inode;
	u64 old = truncate_enter(op, size);

	iopath_admit(inode->fs, IOPATH_INSIDE_TRUNCATE);
	iopath_step(inode->fs, IOPATH_TR_ENTERED);
	if (size < old)
		iopath_cut(oe, size);
	else if (size > old)
		truncate_up(inode, old, size);
	iopath_depart(inode->fs, IOPATH_INSIDE_TRUNCATE);
	op->ops->op_leave(op);
}

/**
 * iopath_truncate() - set the end of a file
 * @inode: file
 * @size:  its new size
 *
 * Context: process context, sleeps.
 * Return: 0; -EINVAL if @size is not a multiple of the block size or more than
 * the file may have, -EOPNOTSUPP with CoW forks, -EROFS after a failed commit,
 * or -ENOMEM; then nothing has happened.
 */
int iopath_truncate(struct iopath_inode *inode, u64 size)
{
	struct iopath_op op = { .inode = inode, .kind = IOPATH_OP_TRUNCATE };
	struct iopath_fs *fs = inode->fs;
	struct iopath_io io = { .inode = inode };
	struct iopath_oe *oe;
	u32 slot;

	if (!IS_ALIGNED(size, IOPATH_BLOCK_SIZE) || size > fs->geo.file_bytes)
		return -EINVAL;
	if (fs->geo.cow_fork)
		return -EOPNOTSUPP;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	/* for its extents only */
	oe = iopath_oe_alloc(&io, 0);
	if (!oe)
		return -ENOMEM;
	slot = iopath_gate_enter(fs, &op.ops);
	truncate_run(&op, oe, size);
	iopath_gate_exit(fs, slot, op.ops);
	iopath_oe_put(oe);
	return 0;
}
