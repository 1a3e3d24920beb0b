// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Full fsync: what an inode has in the subvolume tree since the last commit is
 * copied to the log, item after item, whatever the extent maps say.
 *
 *   FS.2    design, all of the file; always with dio_sem
 *   FS.3    wait until all ordered extents are COMPLETE
 *   FS.7    take the extent maps off the modified list, but for pinned ones:
 *           the items of those are not there yet
 *   FS.8    copy the items newer than the last commit, and the holes
 *   FS.9    log them
 *
 * The tree is walked leaf by leaf, and searched by key in between: the next item
 * is the one with the next larger start.  So nothing may split an item while
 * the walk is on, or the part behind the cut is copied twice (S22).
 *
 * The knob full_ranged puts back the ranged full fsync, which waits for the
 * ordered extents of the range only and excludes the others from nothing.
 *
 * Hypothesis, from reading the code of Linux 4.9 and not confirmed: there a full
 * fsync takes the inode lock and not dio_sem, so a direct write that has dropped
 * the inode lock may begin behind FS.3 and complete between two leaves.  The
 * knob has a form that is a little better than that, with dio_sem from FS.6 on,
 * and still shows it.
 */
#include "iopath_internal.h"

/* Room for items that are inserted between counting and copying. */
#define FULL_SLACK	64U

static int full_wait_complete(struct iopath_sync *sync)
{
	return iopath_oe_wait_range(sync->inode, sync->start, sync->last);
}

static int full_wait_asked(struct iopath_sync *sync)
{
	return iopath_oe_wait_range(sync->inode, sync->asked_start,
				    sync->asked_last);
}

/* A hole [start, last], if it is one. */
static void full_add_hole(struct iopath_sync *sync, u64 start, u64 last)
{
	if (start <= last)
		iopath_extent_set(&sync->ems[sync->nr_ems++], start, last, 0,
				  IOPATH_EXTENT_HOLE,
				  READ_ONCE(sync->inode->fs->generation) + 1);
}

/*
 * FS.8.  All holes, because nothing tells which of them have been items at the
 * last commit or in the log.  Return: 0, or -ENOSPC if the tree grows faster
 * than we look.
 */
static int full_copy_items(struct iopath_sync *sync, u32 max)
{
	struct iopath_inode *inode = sync->inode;
	u64 committed = READ_ONCE(inode->fs->generation);
	u64 key = 0, next = 0;
	struct iopath_extent item;

	while (iopath_item_next(inode, key, &item)) {
		/* it, a hole in front of it, and one behind the last one */
		if (sync->nr_ems + 3 > max)
			return -ENOSPC;
		if (item.node.start > next)
			full_add_hole(sync, next, item.node.start - 1);
		if (item.generation > committed)
			sync->ems[sync->nr_ems++] = item;
		key = item.node.start + 1;
		next = item.node.last + 1;
		iopath_step(inode->fs, IOPATH_FS_LEAF);
	}
	full_add_hole(sync, next, inode->fs->layout.file_blocks - 1);
	return 0;
}

static int full_gather(struct iopath_sync *sync)
{
	struct iopath_inode *inode = sync->inode;
	u32 max = 2 * (iopath_item_count(inode) + FULL_SLACK);
	u32 ranged = inode->fs->knobs.full_ranged;

	sync->ems = rlenv_alloc(max * sizeof(*sync->ems));
	if (!sync->ems)
		return -ENOMEM;
	/* before the copy: an item is in the tree before its map is unpinned */
	atomic_set(&inode->full_sync, 0);
	if (unlikely(ranged == IOPATH_RANGED))
		iopath_em_settle(inode, sync->asked_start, sync->asked_last,
				 false);
	else
		iopath_em_settle(inode, 0, U64_MAX,
				 ranged == IOPATH_RANGED_DROP);
	iopath_step(inode->fs, IOPATH_FS_EMS);
	return full_copy_items(sync, max);
}

static int full_nothing(struct iopath_sync *sync)
{
	return 0;
}

/* The extent maps are off the list: the next fsync has to be a full one. */
static void full_undo(struct iopath_sync *sync)
{
	iopath_want_full_sync(sync->inode);
}

static const struct iopath_era_ops full_whole = {
	.whole = true,
	.exclude_first = true,
	.settle = full_wait_complete,
	.gather = full_gather,
	.wait = full_nothing,
	.wait_rest = full_nothing,
	.undo = full_undo,
};

static const struct iopath_era_ops full_ranged = {
	.settle = full_wait_asked,
	.gather = full_gather,
	.wait = full_nothing,
	.wait_rest = full_nothing,
	.undo = full_undo,
};

static const struct iopath_era_ops full_late = {
	.whole = true,
	.settle = full_wait_complete,
	.gather = full_gather,
	.wait = full_nothing,
	.wait_rest = full_nothing,
	.undo = full_undo,
};

/* What a full fsync does.  Context: any. */
const struct iopath_era_ops *iopath_full_ops(const struct iopath_fs *fs)
{
	switch (fs->knobs.full_ranged) {
	case IOPATH_FULL_WHOLE:
		return &full_whole;
	case IOPATH_FULL_LATE:
		return &full_late;
	default:
		return &full_ranged;
	}
}
