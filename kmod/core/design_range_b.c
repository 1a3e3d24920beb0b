// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design range-b: no new lock.  "Just using our range locking for all of
 * this", with (u64)-1 for the whole file: an fsync takes E, the extent lock that
 * is there anyway, on all of the file while it collects the extent maps and the
 * ordered extents, and nothing longer.  A write inserts both under E, so the
 * fsync sees both or neither.
 *
 * It waits for the data, and logs, after it has given E up: a completion needs E
 * to become COMPLETE, and a write that has inserted its first piece needs E for
 * the second before it submits the bio of the first.
 *
 * What dio_sem did besides, to keep relocation apart from submission, E does,
 * too: relocation looks again under E whether a part is as it was.  All else is
 * as in the dio_sem era, design_inode_lock.c.
 */
#include "design_internal.h"

static void range_b_fsync_gather(struct iopath_sync *sync)
{
	iopath_range_acquire(sync->inode->fs, &sync->inode->extent_lock,
			     &sync->range, 0, RANGELOCK_MAX,
			     RANGELOCK_EXCLUSIVE, IOPATH_RES_EXTENT_RANGE);
}

static void unlock_all(struct iopath_sync *sync)
{
	iopath_extent_release(sync->inode, &sync->range);
}

static void range_b_fsync_gathered(struct iopath_sync *sync)
{
	if (likely(!sync->inode->fs->knobs.fsync_keeps_extent))
		unlock_all(sync);
}

static void range_b_fsync_logged(struct iopath_sync *sync)
{
	if (unlikely(sync->inode->fs->knobs.fsync_keeps_extent))
		unlock_all(sync);
}

const struct iopath_design_ops iopath_design_range_b = {
	.name = "range-b",
	.title = "inode lock, the extent lock for dio_sem, counters",
	.offered = true,
	.needs = DESIGN_COUNTED_NEEDS | NEEDS(SYNC_EXTENT),
	DESIGN_COUNTED_OPS,
	.write_begin = design_no_io,
	.insert_begin = design_no_oe,
	.insert_done = design_no_oe,
	.write_submitted = design_counted_write_submitted,
	.write_waited = design_counted_write_waited,
	.fsync_enter = design_inode_lock_fsync_enter,
	.fsync_gather = range_b_fsync_gather,
	.fsync_gathered = range_b_fsync_gathered,
	.fsync_logged = range_b_fsync_logged,
	.fsync_leave = design_inode_lock_fsync_leave,
	.reloc_piece = design_inode_lock_reloc_piece,
	.reloc_piece_done = design_inode_lock_reloc_piece_done,
	.is_idle = design_counted_is_idle,
};
