// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fallocate: blocks without data, and holes.
 *
 *   FA.1  reserve space and metadata; may commit, so before any lock
 *   FA.2  design: inode lock, or F and M on the range, to the end of the file if
 *         the size grows
 *   FA.3  drop the pages of what will read as zeroes
 *   FA.4  per piece: lock E and wait for ordered extents, until there are none,
 *         and no pages
 *   FA.5  join; change items and extent maps
 *
 * An fsync logs all that by the extent maps, a hole as such.  What is made zero
 * gets new blocks: the old ones must keep the old data until the change is
 * durable, while new data may be written to allocated blocks in place.
 *
 * Whole blocks only: what fallocate(2) does to parts of a block is a buffered
 * write of zeroes.
 */
#include "iopath_control.h"

/**
 * struct falloc - one call
 * @mode:     constant
 * @first:    first file block; constant
 * @last:     last file block; constant
 * @reserved: blocks reserved
 * @op:       as the design sees it
 * @io:       as the allocator sees it: inode and design
 */
struct falloc {
	enum iopath_falloc_mode mode;
	u64 first;
	u64 last;
	u32 reserved;
	struct iopath_op op;
	struct iopath_io io;
};

static bool falloc_grows(const struct falloc *fa)
{
	return fa->mode != IOPATH_FALLOC_PUNCH &&
	       iopath_last_byte(fa->last) >= iopath_size(fa->op.inode);
}

/* FA.2.  The size may change until the lock is there, and then no more. */
static void falloc_enter(struct falloc *fa)
{
	struct iopath_op *op = &fa->op;
	u64 size;

	for (;;) {
		size = iopath_size(op->inode);
		op->start = iopath_first_byte(fa->first);
		op->last = iopath_last_byte(fa->last);
		if (falloc_grows(fa)) {
			op->start = min(op->start,
					round_down(size, IOPATH_BLOCK_SIZE));
			op->last = RANGELOCK_MAX;
		}
		op->ops->op_enter(op);
		if (likely(iopath_size(op->inode) == size) ||
		    !falloc_grows(fa) || iopath_is_broken(op->inode->fs))
			return;
		op->ops->op_leave(op);
	}
}

/* FA.4.  Pages may be made by faults, if the design lets them. */
static void falloc_lock(struct falloc *fa, u64 first,
			struct rangelock_req *extent)
{
	struct iopath_inode *inode = fa->op.inode;

	for (;;) {
		if (fa->mode != IOPATH_FALLOC_ALLOCATE)
			iopath_cache_drop(inode, first, fa->last);
		iopath_lock_extent(inode, extent, first, fa->last);
		if (fa->mode == IOPATH_FALLOC_ALLOCATE ||
		    !iopath_cache_has(inode, first, fa->last) ||
		    iopath_is_broken(inode->fs))
			return;
		iopath_extent_release(inode, extent);
	}
}

/*
 * The next part from @first on that has to get blocks: a hole, or anything with
 * data if it is to be zero.  Return: 1, 0 if there is none, or -ENOMEM.
 */
static int falloc_find(struct falloc *fa, u64 first, u64 *start, u64 *last)
{
	struct iopath_inode *inode = fa->op.inode;
	struct iopath_extent em;
	bool is_hole;
	int err;

	for (; first <= fa->last; first = em.node.last + 1) {
		err = iopath_read_lookup(inode, first, fa->last, &em, &is_hole);
		if (err)
			return err;
		if (is_hole && em.type == IOPATH_EXTENT_PREALLOC)
			continue;
		if (is_hole || fa->mode == IOPATH_FALLOC_ZERO) {
			*start = first;
			*last = em.node.last;
			return 1;
		}
	}
	return 0;
}

/*
 * FA.5, the handle: joined, since E is held.  With the knob what btrfs does: the
 * start of one, which may wait for a commit and for metadata.
 */
static u64 falloc_join(struct iopath_fs *fs)
{
	if (unlikely(fs->knobs.falloc_starts)) {
		iopath_meta_reserve(fs);
		iopath_trans_start(fs);
	}
	return iopath_trans_join(fs);
}

static void falloc_leave(struct iopath_fs *fs)
{
	iopath_trans_leave(fs);
	if (unlikely(fs->knobs.falloc_starts))
		iopath_trans_stop(fs);
}

/*
 * FA.5: give blocks to the part at @start.  They are allocated like those of a
 * write, so that a relocation waits until their item is there.
 * Return: how many, 0 if there are none.
 */
static u32 falloc_insert(struct falloc *fa, struct iopath_oe *oe, u64 start,
			 u64 last)
{
	u32 want = (u32)min_t(u64, last - start + 1, fa->reserved);
	struct iopath_inode *inode = fa->op.inode;
	struct iopath_fs *fs = inode->fs;
	u64 transid, block;
	u32 nr;

	transid = falloc_join(fs);
	nr = iopath_bg_alloc(fs, oe, want, &block);
	if (nr) {
		last = start + nr - 1;
		iopath_extent_set(oe->item[0], start, last, block,
				  IOPATH_EXTENT_PREALLOC, transid);
		iopath_extent_set(oe->em[0], start, last, block,
				  IOPATH_EXTENT_PREALLOC, transid);
		iopath_items_replace(inode, &oe->item[0], &oe->item[1]);
		iopath_em_replace(inode, &oe->em[0], &oe->em[1]);
		iopath_size_grow(inode, iopath_last_byte(last) + 1);
		iopath_size_written(inode, iopath_last_byte(last) + 1);
		oe->type = IOPATH_OE_REGULAR;
		oe->io->ops->disk_inserted(oe);
		oe->io->ops->disk_complete(oe);
	}
	falloc_leave(fs);
	fa->reserved -= nr;
	return nr;
}

/* Give blocks to the next part from *@first on, and advance. */
static int falloc_piece(struct falloc *fa, u64 *first)
{
	struct iopath_inode *inode = fa->op.inode;
	struct iopath_oe *oe = iopath_oe_alloc(&fa->io, 0);
	struct rangelock_req extent;
	u64 start = 0, last = 0;
	int found;
	u32 nr;

	if (!oe)
		return -ENOMEM;
	falloc_lock(fa, *first, &extent);
	iopath_step(inode->fs, IOPATH_FA_LOCKED);
	found = falloc_find(fa, *first, &start, &last);
	*first = fa->last + 1;
	if (found > 0) {
		nr = falloc_insert(fa, oe, start, last);
		*first = start + nr;
		if (!nr)
			found = -ENOSPC;
	}
	iopath_extent_release(inode, &extent);
	iopath_oe_put(oe);
	return min(found, 0);
}

static int falloc_fill(struct falloc *fa)
{
	u64 first = fa->first;
	int err = 0;

	while (!err && first <= fa->last)
		err = falloc_piece(fa, &first);
	return err;
}

static int falloc_punch(struct falloc *fa)
{
	struct iopath_inode *inode = fa->op.inode;
	struct iopath_fs *fs = inode->fs;
	struct iopath_oe *oe = iopath_oe_alloc(&fa->io, 0);
	struct rangelock_req extent;

	if (!oe)
		return -ENOMEM;
	falloc_lock(fa, fa->first, &extent);
	iopath_step(fs, IOPATH_FA_LOCKED);
	iopath_make_hole(oe, fa->first, fa->last, falloc_join(fs));
	falloc_leave(fs);
	iopath_extent_release(inode, &extent);
	iopath_oe_put(oe);
	return 0;
}

static int falloc_run(struct falloc *fa)
{
	struct iopath_fs *fs = fa->op.inode->fs;
	u32 blocks = (u32)(fa->last - fa->first + 1);
	int err;

	if (fa->mode != IOPATH_FALLOC_PUNCH) {
		err = iopath_space_reserve(fs, blocks);
		if (err)
			return err;
		fa->reserved = blocks;
	}
	if (likely(!fs->knobs.falloc_starts))
		iopath_meta_reserve(fs);
	falloc_enter(fa);
	if (unlikely(fs->knobs.falloc_starts))
		iopath_flush_run(fa->op.inode, fa->op.ops, fa->first, fa->last);
	iopath_admit(fs, IOPATH_INSIDE_FALLOC);
	iopath_step(fs, IOPATH_FA_ENTERED);
	if (fa->mode == IOPATH_FALLOC_PUNCH)
		err = falloc_punch(fa);
	else
		err = falloc_fill(fa);
	iopath_depart(fs, IOPATH_INSIDE_FALLOC);
	fa->op.ops->op_leave(&fa->op);
	iopath_space_return(fs, fa->reserved);
	return err;
}

static bool falloc_is_valid(const struct iopath_fs *fs,
			    enum iopath_falloc_mode mode, u64 start, u64 last)
{
	return (u32)mode < IOPATH_FALLOC_MODES && start <= last &&
	       last < fs->geo.file_bytes &&
	       IS_ALIGNED(start, IOPATH_BLOCK_SIZE) &&
	       IS_ALIGNED(last + 1, IOPATH_BLOCK_SIZE);
}

/**
 * iopath_fallocate() - allocate, zero or punch a range of a file
 * @inode: file
 * @mode:  ALLOCATE gives blocks to the holes, ZERO makes all of the range read
 *         as zeroes and have blocks, PUNCH takes the blocks away
 * @start: first byte
 * @last:  last byte, inclusive
 *
 * ALLOCATE and ZERO make the file reach to the end of the range.
 *
 * Context: process context, sleeps: for locks, for space.
 * Return: 0; -EINVAL if the range is not of whole blocks or not in the file as
 * large as it may get, -EOPNOTSUPP with CoW forks, -EROFS after a failed commit,
 * -ENOSPC if not every block of the range could be a new one, -ENOMEM: then a
 * part may have been done.
 */
int iopath_fallocate(struct iopath_inode *inode, enum iopath_falloc_mode mode,
		     u64 start, u64 last)
{
	struct iopath_fs *fs = inode->fs;
	struct falloc fa = {
		.mode = mode,
		.first = start >> IOPATH_BLOCK_SHIFT,
		.last = last >> IOPATH_BLOCK_SHIFT,
	};
	u32 slot;
	int err;

	if (!falloc_is_valid(fs, mode, start, last))
		return -EINVAL;
	if (fs->geo.cow_fork)
		return -EOPNOTSUPP;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &fa.op.ops);
	fa.op.inode = inode;
	fa.op.kind = IOPATH_OP_FALLOCATE;
	fa.io.inode = inode;
	fa.io.ops = fa.op.ops;
	err = falloc_run(&fa);
	iopath_gate_exit(fs, slot, fa.op.ops);
	return err;
}
