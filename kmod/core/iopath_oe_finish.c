// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Completion of an ordered extent, in a worker (OC).  The order is that of
 * btrfs:
 *
 *   REGULAR   E on the file range -> join -> item inserted, extent map unpinned,
 *             checksums, size -> unlock E -> end handle -> COMPLETE
 *   PREALLOC  the same, but that the item is there and becomes a regular one
 *   NOCOW     join -> end handle -> COMPLETE
 *
 * and nothing it waits for may wait for COMPLETE.
 */
#include "iopath_control.h"

/*
 * Whether the file still has what was written: that is what everybody has to
 * wait for who takes a part of it away.
 */
static bool oe_is_inside(const struct iopath_oe *oe)
{
	return iopath_first_byte(oe->file.start) < iopath_size(oe->inode);
}

/* The item.  Return: false if the place is not the file's any more. */
static bool oe_set_item(struct iopath_oe *oe, u64 transid)
{
	struct iopath_inode *inode = oe->inode;

	if (unlikely(!oe_is_inside(oe)))
		return false;
	iopath_extent_set(oe->item[0], oe->file.start, oe->file.last,
			  oe->disk.start, IOPATH_EXTENT_REG, transid);
	if (oe->type == IOPATH_OE_PREALLOC)
		return iopath_items_convert(inode, &oe->item[0], &oe->item[1]);
	iopath_items_replace(inode, &oe->item[0], &oe->item[1]);
	return true;
}

/* The data is there, and so is the item. */
static void oe_settle(struct iopath_oe *oe, u64 transid)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	u64 data = fs->layout.data_first;
	u64 i;

	iopath_em_unpin(inode, oe->file.start, oe->file.last, transid);
	for (i = 0; fs->geo.datasum && i < iopath_nr(&oe->file); i++)
		WRITE_ONCE(fs->sums[oe->disk.start + i - data], oe->sums[i]);
	iopath_size_written(inode, iopath_last_byte(oe->file.last) + 1);
}

/* The mapping is taken back; blocks that were allocated for it are freed. */
static void oe_undo(struct iopath_oe *oe)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	int err;

	/*
	 * The mapping took the place of extent maps that an fsync may still
	 * have to log.  Their items are in the tree: let a commit do it.  Before
	 * the drop, so that whoever misses them sees it.
	 */
	iopath_log_refuse(&fs->log);
	/* the spare extent map may be used up, that of the item is not */
	err = iopath_em_drop(inode, oe->file.start, oe->file.last,
			     &oe->item[1]);
	WARN_ON(err);
	if (oe->type == IOPATH_OE_REGULAR)
		iopath_bg_put(fs, oe->disk.start, iopath_nr(&oe->disk));
}

static void oe_finish_mapped(struct iopath_oe *oe)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	struct rangelock_req extent;
	u64 transid;

	iopath_extent_acquire(inode, &extent, oe->file.start, oe->file.last);
	iopath_step(fs, IOPATH_OC_LOCKED);
	transid = iopath_trans_join(fs);
	if (oe->bio.error) {
		oe_undo(oe);
	} else if (oe_set_item(oe, transid)) {
		oe_settle(oe, transid);
	} else {
		iopath_count(fs, IOPATH_COUNT_UNOWNED);
		oe_undo(oe);
	}
	iopath_extent_release(inode, &extent);
	iopath_trans_leave(fs);
}

static void oe_finish_nocow(struct iopath_oe *oe)
{
	iopath_trans_join(oe->inode->fs);
	iopath_trans_leave(oe->inode->fs);
}

static void oe_set_complete(struct iopath_oe *oe)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	unsigned long flags;
	u32 state;

	spin_lock_irqsave(&fs->oe_lock, flags);
	itree_remove(&inode->oe_by_file, &oe->file);
	itree_remove(&fs->oe_by_disk, &oe->disk);
	state = oe->state | IOPATH_OE_COMPLETE;
	/* pairs with the acquire in iopath_oe_wait() */
	smp_store_release(&oe->state, state);
	spin_unlock_irqrestore(&fs->oe_lock, flags);
	wake_up_all(&oe->wait);
	iopath_unhold(fs, IOPATH_RES_OE, oe, oe->io);
	if (state & IOPATH_OE_PENDING)
		iopath_trans_pending_done(fs, oe);
}

/* OC: the work of an ordered extent. */
void iopath_oe_finish(struct work_struct *work)
{
	struct iopath_oe *oe = container_of(work, struct iopath_oe, work);
	struct iopath_io *io = oe->io;

	if (unlikely(oe->inode->fs->geo.cow_fork))
		iopath_cow_finish(oe);
	else if (oe->type == IOPATH_OE_NOCOW)
		oe_finish_nocow(oe);
	else
		oe_finish_mapped(oe);
	if (oe->bio.error)
		iopath_io_error(io, oe->bio.error);
	oe_set_complete(oe);
	iopath_oe_leave_disk(oe);
	iopath_oe_put(oe);
	iopath_io_put(io);
}
