// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Trees of extents, as used for extent maps and for file extent items: cut a
 * range out of a tree.  Cutting the middle of an extent leaves two, so the
 * caller brings a spare one; nothing here allocates.
 */
#include "iopath_internal.h"

/* Allocate one, or NULL.  Context: process context, sleeps. */
struct iopath_extent *iopath_extent_alloc(void)
{
	struct iopath_extent *extent = rlenv_alloc(sizeof(*extent));

	if (extent)
		INIT_LIST_HEAD(&extent->modified);
	return extent;
}

/* Fill in an extent that is in no tree. */
void iopath_extent_set(struct iopath_extent *extent, u64 start, u64 last,
		       u64 block, enum iopath_extent_type type, u64 generation)
{
	extent->node.start = start;
	extent->node.last = last;
	extent->block = block;
	extent->type = type;
	extent->generation = generation;
}

/* Copy the part of an extent inside [start, last], which it overlaps. */
void iopath_extent_clip(const struct iopath_extent *extent, u64 start,
			u64 last, struct iopath_extent *found)
{
	u64 first = max(extent->node.start, start);
	u64 block = extent->block;

	if (extent->type != IOPATH_EXTENT_HOLE)
		block += first - extent->node.start;
	iopath_extent_set(found, first, min(extent->node.last, last), block,
			  extent->type, extent->generation);
}

/* Free all of a tree that nobody uses any more. */
void iopath_extent_clear(struct itree *tree)
{
	struct itree_node *node;

	while ((node = itree_first(tree))) {
		itree_remove(tree, node);
		rlenv_free(container_of(node, struct iopath_extent, node));
	}
}

/* Free what iopath_extent_drop() has put on @dead, outside of its lock. */
void iopath_extent_free_list(struct list_head *dead)
{
	struct iopath_extent *extent, *next;

	list_for_each_entry_safe(extent, next, dead, modified)
		rlenv_free(extent);
	INIT_LIST_HEAD(dead);
}

/* Change the range of an extent that is in no tree. */
static void extent_resize(struct iopath_extent *extent, u64 start, u64 last)
{
	if (extent->type != IOPATH_EXTENT_HOLE)
		extent->block += start - extent->node.start;
	extent->node.start = start;
	extent->node.last = last;
}

/* Give @right what is behind @last; on the modified list if @left is. */
static void extent_split(struct iopath_extent *left,
			 struct iopath_extent *right, u64 last)
{
	iopath_extent_clip(left, last + 1, left->node.last, right);
	if (!list_empty(&left->modified))
		list_add(&right->modified, &left->modified);
}

/**
 * iopath_extent_drop() - cut a range of file blocks out of a tree
 * @inode: for @cut
 * @tree:  extents that do not overlap each other
 * @start: first file block
 * @last:  last file block
 * @spare: an extent to split with; NULL is stored if it was needed.  At most
 *         one is, since only one extent can reach over both edges.
 * @cut:   called for each part that goes, before it goes
 * @dead:  extents that went whole are put there by their list member, off the
 *         modified list
 *
 * Context: the guard of the tree is held.
 */
void iopath_extent_drop(struct iopath_inode *inode, struct itree *tree, u64 start,
			u64 last, struct iopath_extent **spare,
			iopath_cut_fn cut, struct list_head *dead)
{
	struct itree_node *node;

	while ((node = itree_first_overlap(tree, start, last))) {
		struct iopath_extent *extent =
			container_of(node, struct iopath_extent, node);

		cut(inode, extent, max(node->start, start), min(node->last, last));
		itree_remove(tree, node);
		if (node->start < start && node->last > last) {
			extent_split(extent, *spare, last);
			itree_insert(tree, &(*spare)->node);
			*spare = NULL;
		}
		if (node->start < start) {
			extent_resize(extent, node->start, start - 1);
			itree_insert(tree, node);
		} else if (node->last > last) {
			extent_resize(extent, last + 1, node->last);
			itree_insert(tree, node);
		} else {
			list_move_tail(&extent->modified, dead);
		}
	}
}
