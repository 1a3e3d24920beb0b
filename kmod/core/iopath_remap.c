// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Moving a part of a file to other blocks, the item and the extent map together.
 * For those who have the data in place when they do it: relocation, reflink, the
 * end of a write through the CoW fork.
 */
#include "iopath_internal.h"

/**
 * iopath_remap_alloc() - all memory that a remap will need
 * @remap: filled in
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM; undo by iopath_remap_free() in both cases.
 */
int iopath_remap_alloc(struct iopath_remap *remap)
{
	remap->em[0] = iopath_extent_alloc();
	remap->em[1] = iopath_extent_alloc();
	remap->item[0] = iopath_extent_alloc();
	remap->item[1] = iopath_extent_alloc();
	return remap->em[0] && remap->em[1] && remap->item[0] &&
	       remap->item[1] ? 0 : -ENOMEM;
}

/* Free what has not been used. */
void iopath_remap_free(struct iopath_remap *remap)
{
	rlenv_free(remap->em[0]);
	rlenv_free(remap->em[1]);
	rlenv_free(remap->item[0]);
	rlenv_free(remap->item[1]);
}

/**
 * iopath_remap() - a part of a file is at other blocks, or a hole, from now on
 * @inode:   file
 * @to:      its new state; a reference to each block goes to the item
 * @transid: running transaction
 * @remap:   memory; used up
 *
 * What was there before is freed.  An fsync will log the new mapping.
 *
 * Context: process context, sleeps; E on the range and a handle are held, and
 * ILOCK if there are CoW forks.
 */
void iopath_remap(struct iopath_inode *inode, const struct iopath_extent *to,
		  u64 transid, struct iopath_remap *remap)
{
	u64 start = to->node.start;
	u64 last = to->node.last;

	iopath_extent_set(remap->item[0], start, last, to->block, to->type,
			  transid);
	iopath_extent_set(remap->em[0], start, last, to->block, to->type,
			  transid);
	/* the tree of items has nothing to say about a hole */
	if (to->type == IOPATH_EXTENT_HOLE)
		iopath_items_drop(inode, start, last, &remap->item[1]);
	else
		iopath_items_replace(inode, &remap->item[0], &remap->item[1]);
	iopath_em_replace(inode, &remap->em[0], &remap->em[1]);
	if (inode->fs->geo.cow_fork)
		inode->map_seq++;
}
