// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * File extent items: where each file block is, as a commit writes it.  A hole
 * has no item.  Blocks that lose their item are freed, but stay pinned until
 * the transaction has committed: the last commit still refers to them.
 */
#include "iopath_internal.h"

static void item_cut(struct iopath_inode *inode, struct iopath_extent *item,
		     u64 start, u64 last)
{
	lockdep_assert_held(&inode->fs->item_lock);
	iopath_bg_free(inode->fs, item->block + (start - item->node.start),
		       last - start + 1);
	if (item->node.start == start && item->node.last == last)
		inode->nr_items--;
}

/**
 * iopath_items_replace() - drop extents, and insert one
 * @inode:      file
 * @start:      first file block
 * @last:       last file block
 * @block:      device block of @start
 * @generation: running transaction
 * @item:       the item to insert; taken, NULL is stored
 * @spare:      one to split with; NULL is stored if it was needed
 *
 * Context: process context, sleeps; a handle is held.
 */
void iopath_items_replace(struct iopath_inode *inode, u64 start, u64 last,
			  u64 block, u64 generation,
			  struct iopath_extent **item,
			  struct iopath_extent **spare)
{
	struct iopath_extent *new = *item;
	struct iopath_extent *had = *spare;
	LIST_HEAD(dead);

	*item = NULL;
	new->node.start = start;
	new->node.last = last;
	new->block = block;
	new->generation = generation;
	mutex_lock(&inode->fs->item_lock);
	iopath_extent_drop(inode, &inode->items, start, last, spare, item_cut, &dead);
	if (had && !*spare)
		inode->nr_items++;
	itree_insert(&inode->items, &new->node);
	inode->nr_items++;
	mutex_unlock(&inode->fs->item_lock);
	iopath_extent_free_list(&dead);
}

/* Copy the part of an item inside [start, last]. */
static void item_clip(const struct iopath_extent *item, u64 start, u64 last,
		      struct iopath_extent *found)
{
	found->node.start = max(item->node.start, start);
	found->node.last = min(item->node.last, last);
	found->block = item->block + (found->node.start - item->node.start);
	found->generation = item->generation;
}

/* The first item in a range, cut to it.  Context: process context, sleeps. */
bool iopath_item_lookup(struct iopath_inode *inode, u64 start, u64 last,
			struct iopath_extent *found)
{
	struct itree_node *node;

	mutex_lock(&inode->fs->item_lock);
	node = itree_first_overlap(&inode->items, start, last);
	if (node)
		item_clip(container_of(node, struct iopath_extent, node), start,
			  last, found);
	mutex_unlock(&inode->fs->item_lock);
	return node;
}

/**
 * iopath_item_next() - walk the tree by key, one item at a time
 * @inode: file
 * @key:   smallest start to look for
 * @found: set to the item, whole
 *
 * Context: process context, sleeps.
 * Return: whether there is one.
 */
bool iopath_item_next(struct iopath_inode *inode, u64 key,
		      struct iopath_extent *found)
{
	struct itree_node *node;

	mutex_lock(&inode->fs->item_lock);
	itree_for_each_overlap(node, &inode->items, key, U64_MAX)
		if (node->start >= key)
			break;
	if (node)
		*found = *container_of(node, struct iopath_extent, node);
	mutex_unlock(&inode->fs->item_lock);
	return node;
}

/* How many items a file has.  Context: process context, sleeps. */
u32 iopath_item_count(struct iopath_inode *inode)
{
	u32 nr;

	mutex_lock(&inode->fs->item_lock);
	nr = inode->nr_items;
	mutex_unlock(&inode->fs->item_lock);
	return nr;
}

/**
 * iopath_item_in_bg() - the next part of the file inside a block group
 * @inode: file
 * @bg:    block group
 * @from:  first file block to look at
 * @found: set to the first item from there on that is in @bg
 *
 * Context: process context, sleeps.
 * Return: whether there is one.
 */
bool iopath_item_in_bg(struct iopath_inode *inode, const struct iopath_bg *bg,
		       u64 from, struct iopath_extent *found)
{
	u64 last = inode->fs->layout.file_blocks - 1;
	u64 bg_last = iopath_bg_last(inode->fs, bg);
	struct iopath_extent *item;
	struct itree_node *node;

	if (from > last)
		return false;
	mutex_lock(&inode->fs->item_lock);
	itree_for_each_overlap(node, &inode->items, from, last) {
		item = container_of(node, struct iopath_extent, node);
		if (item->block >= bg->first && item->block <= bg_last)
			break;
	}
	if (node)
		item_clip(item, from, last, found);
	mutex_unlock(&inode->fs->item_lock);
	return node;
}

/**
 * iopath_item_of_blocks() - who names these blocks
 * @inode: file
 * @block: first device block
 * @nr:    number of blocks
 * @found: set to the part of the first item that does
 *
 * Context: process context, sleeps.
 * Return: whether there is one.
 */
bool iopath_item_of_blocks(struct iopath_inode *inode, u64 block, u64 nr,
			   struct iopath_extent *found)
{
	struct iopath_extent *item;
	struct itree_node *node;
	u64 first, last;

	mutex_lock(&inode->fs->item_lock);
	for (node = itree_first(&inode->items); node; node = itree_next(node)) {
		item = container_of(node, struct iopath_extent, node);
		first = max(item->block, block);
		last = min(item->block + iopath_nr(node), block + nr) - 1;
		if (item->block < block + nr &&
		    block < item->block + iopath_nr(node))
			break;
	}
	if (node)
		item_clip(item, node->start + (first - item->block),
			  node->start + (last - item->block), found);
	mutex_unlock(&inode->fs->item_lock);
	return node;
}
