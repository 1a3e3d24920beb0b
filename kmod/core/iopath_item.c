// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * File extent items: where each file block is, as a commit writes it.  A hole
 * has no item.  Blocks that lose their item are freed, but stay pinned until
 * the transaction has committed: the last commit still refers to them.
 */
#include "iopath_internal.h"

/* A part of an item goes; its blocks stay with the file. */
static void item_cut_keep(struct iopath_inode *inode,
			  struct iopath_extent *item, u64 start, u64 last)
{
	lockdep_assert_held(&inode->fs->item_lock);
	if (item->type == IOPATH_EXTENT_PREALLOC)
		WRITE_ONCE(inode->nr_prealloc,
			   inode->nr_prealloc - (last - start + 1));
	if (item->node.start == start && item->node.last == last)
		inode->nr_items--;
}

/* A part of an item goes, and its blocks with it. */
static void item_cut_free(struct iopath_inode *inode,
			  struct iopath_extent *item, u64 start, u64 last)
{
	iopath_bg_free(inode->fs, item->block + (start - item->node.start),
		       last - start + 1);
	item_cut_keep(inode, item, start, last);
}

static void items_drop_locked(struct iopath_inode *inode, u64 start, u64 last,
			      struct iopath_extent **spare, iopath_cut_fn cut,
			      struct list_head *dead)
{
	struct iopath_extent *had = *spare;

	lockdep_assert_held(&inode->fs->item_lock);
	iopath_extent_drop(inode, &inode->items, start, last, spare, cut, dead);
	if (had && !*spare)
		inode->nr_items++;
}

static void item_insert(struct iopath_inode *inode, struct iopath_extent *item)
{
	lockdep_assert_held(&inode->fs->item_lock);
	itree_insert(&inode->items, &item->node);
	inode->nr_items++;
	if (item->type == IOPATH_EXTENT_PREALLOC)
		WRITE_ONCE(inode->nr_prealloc,
			   inode->nr_prealloc + iopath_nr(&item->node));
}

/**
 * iopath_items_replace() - drop extents, and insert one
 * @inode: file
 * @item:  the item to insert, filled in, of the running transaction; taken,
 *         NULL is stored
 * @spare: one to split with; NULL is stored if it was needed
 *
 * Context: process context, sleeps; a handle is held.
 */
void iopath_items_replace(struct iopath_inode *inode,
			  struct iopath_extent **item,
			  struct iopath_extent **spare)
{
	struct iopath_extent *new = *item;
	LIST_HEAD(dead);

	*item = NULL;
	mutex_lock(&inode->fs->item_lock);
	items_drop_locked(inode, new->node.start, new->node.last, spare,
			  item_cut_free, &dead);
	item_insert(inode, new);
	mutex_unlock(&inode->fs->item_lock);
	iopath_extent_free_list(&dead);
}

/* Whether all of a range has items, and they are at @block. */
static bool items_are_at(struct iopath_inode *inode, u64 start, u64 last,
			 u64 block)
{
	struct iopath_extent *item, part;
	struct itree_node *node;
	u64 at = start;

	itree_for_each_overlap(node, &inode->items, start, last) {
		item = container_of(node, struct iopath_extent, node);
		iopath_extent_clip(item, start, last, &part);
		if (part.node.start != at || part.block != block + (at - start))
			return false;
		at = part.node.last + 1;
	}
	return at > last;
}

/**
 * iopath_items_convert() - allocated blocks have been written in place
 * @inode: file
 * @item:  the item to insert in place of theirs, filled in; taken if so, then
 *         NULL is stored
 * @spare: one to split with; NULL is stored if it was needed
 *
 * Context: process context, sleeps; a handle is held.
 * Return: false, with nothing changed, if the blocks are not those of the file
 * any more.
 */
bool iopath_items_convert(struct iopath_inode *inode,
			  struct iopath_extent **item,
			  struct iopath_extent **spare)
{
	struct iopath_extent *new = *item;
	LIST_HEAD(dead);
	bool ours;

	mutex_lock(&inode->fs->item_lock);
	ours = items_are_at(inode, new->node.start, new->node.last, new->block);
	if (ours) {
		items_drop_locked(inode, new->node.start, new->node.last,
				  spare, item_cut_keep, &dead);
		item_insert(inode, new);
		*item = NULL;
	}
	mutex_unlock(&inode->fs->item_lock);
	iopath_extent_free_list(&dead);
	return ours;
}

/**
 * iopath_items_drop() - make a hole
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @spare: one to split with; NULL is stored if it was needed
 *
 * Context: process context, sleeps; a handle is held.
 */
void iopath_items_drop(struct iopath_inode *inode, u64 start, u64 last,
		       struct iopath_extent **spare)
{
	LIST_HEAD(dead);

	mutex_lock(&inode->fs->item_lock);
	items_drop_locked(inode, start, last, spare, item_cut_free, &dead);
	mutex_unlock(&inode->fs->item_lock);
	iopath_extent_free_list(&dead);
}

/* The first item in a range, cut to it.  Context: process context, sleeps. */
bool iopath_item_lookup(struct iopath_inode *inode, u64 start, u64 last,
			struct iopath_extent *found)
{
	struct itree_node *node;

	mutex_lock(&inode->fs->item_lock);
	node = itree_first_overlap(&inode->items, start, last);
	if (node)
		iopath_extent_clip(container_of(node, struct iopath_extent,
						node), start, last, found);
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
		iopath_extent_clip(item, from, last, found);
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
		iopath_extent_clip(item, node->start + (first - item->block),
				   node->start + (last - item->block), found);
	mutex_unlock(&inode->fs->item_lock);
	return node;
}
