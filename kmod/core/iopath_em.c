// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Extent maps: where each file block is, as the data paths see it.  An extent
 * map runs ahead of the file extent items: it is inserted, pinned, when a write
 * is mapped, and its item when the data is there.  It is also what an fsync
 * goes by: the modified ones are those that it has to log.
 *
 * A cache of the items but for the pinned ones: what is missing is loaded.
 */
#include "iopath_internal.h"

static void em_cut(struct iopath_inode *inode, struct iopath_extent *em, u64 start,
		   u64 last)
{
	lockdep_assert_held(&inode->em_lock);
	/* it goes whole, see iopath_extent_drop() */
	if (em->node.start == start && em->node.last == last &&
	    !list_empty(&em->modified))
		inode->nr_modified--;
}

static void em_set_modified(struct iopath_inode *inode, struct iopath_extent *em)
{
	lockdep_assert_held(&inode->em_lock);
	if (list_empty(&em->modified)) {
		list_add_tail(&em->modified, &inode->modified);
		inode->nr_modified++;
	}
}

static void em_drop_locked(struct iopath_inode *inode, u64 start, u64 last,
			   struct iopath_extent **spare,
			   struct list_head *dead)
{
	struct iopath_extent *had = *spare;

	lockdep_assert_held(&inode->em_lock);
	iopath_extent_drop(inode, &inode->ems, start, last, spare, em_cut, dead);
	if (had && !*spare && !list_empty(&had->modified))
		inode->nr_modified++;
}

/*
 * Copy the part of the first extent map in [start, last] to @found.  One that
 * says that there is a hole is no mapping, and no item is behind it.
 */
static bool em_find(struct iopath_inode *inode, u64 start, u64 last,
		    struct iopath_extent *found)
{
	struct iopath_extent *em;
	struct itree_node *node;

	spin_lock(&inode->em_lock);
	itree_for_each_overlap(node, &inode->ems, start, last) {
		em = container_of(node, struct iopath_extent, node);
		if (em->type != IOPATH_EXTENT_HOLE)
			break;
	}
	if (node)
		iopath_extent_clip(em, start, last, found);
	spin_unlock(&inode->em_lock);
	return node;
}

/* Insert a copy of an item into the cache; E keeps both from changing. */
static int em_load(struct iopath_inode *inode, const struct iopath_extent *item)
{
	struct iopath_extent *em = iopath_extent_alloc();

	if (!em)
		return -ENOMEM;
	iopath_extent_set(em, item->node.start, item->node.last, item->block,
			  item->type, item->generation);
	spin_lock(&inode->em_lock);
	itree_insert(&inode->ems, &em->node);
	spin_unlock(&inode->em_lock);
	return 0;
}

/**
 * iopath_em_lookup() - where is the first mapped block of a range
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @found: set to the first mapping, cut to the range
 *
 * Context: process context, may sleep; E is held on the range.
 * Return: 1 if found, 0 if all of the range is a hole, or -ENOMEM.
 */
int iopath_em_lookup(struct iopath_inode *inode, u64 start, u64 last,
		     struct iopath_extent *found)
{
	struct iopath_extent item;
	bool mapped = em_find(inode, start, last, found);
	int err;

	if (mapped && found->node.start == start)
		return 1;
	/* items in front of the first cached one? */
	if (!iopath_item_lookup(inode, start,
				mapped ? found->node.start - 1 : last, &item))
		return mapped;
	err = em_load(inode, &item);
	if (err)
		return err;
	*found = item;
	return 1;
}

/**
 * iopath_em_replace() - map a range to a new place, or to a hole
 * @inode: file
 * @em:    the extent map to insert, filled in; its generation is U64_MAX for
 *         pinned: data is on the way.  Taken, NULL is stored.
 * @spare: one to split with; NULL is stored if it was needed
 *
 * Context: process context; E is held on the range.
 */
void iopath_em_replace(struct iopath_inode *inode, struct iopath_extent **em,
		       struct iopath_extent **spare)
{
	struct iopath_extent *new = *em;
	LIST_HEAD(dead);

	*em = NULL;
	spin_lock(&inode->em_lock);
	em_drop_locked(inode, new->node.start, new->node.last, spare, &dead);
	itree_insert(&inode->ems, &new->node);
	em_set_modified(inode, new);
	spin_unlock(&inode->em_lock);
	iopath_extent_free_list(&dead);
}

/**
 * iopath_em_unpin() - the data of pinned extent maps is there
 * @inode:      file
 * @start:      first file block
 * @last:       last file block
 * @generation: transaction that got the item
 *
 * Context: process context; E is held on the range.
 */
void iopath_em_unpin(struct iopath_inode *inode, u64 start, u64 last, u64 generation)
{
	struct itree_node *node;

	spin_lock(&inode->em_lock);
	itree_for_each_overlap(node, &inode->ems, start, last)
		container_of(node, struct iopath_extent, node)->generation =
			generation;
	spin_unlock(&inode->em_lock);
}

/* Whether data is on the way to some of a range.  Context: E is held on it. */
bool iopath_em_is_pinned(struct iopath_inode *inode, u64 start, u64 last)
{
	struct itree_node *node;
	bool pinned = false;

	spin_lock(&inode->em_lock);
	itree_for_each_overlap(node, &inode->ems, start, last)
		pinned |= container_of(node, struct iopath_extent,
				       node)->generation == U64_MAX;
	spin_unlock(&inode->em_lock);
	return pinned;
}

/**
 * iopath_em_drop() - forget a mapping: a write has failed
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @spare: one to split with; NULL is stored if it was needed
 *
 * The next lookup finds the items again, which know nothing of the write.
 *
 * Context: process context; E is held on the range.
 * Return: 0, or -ENOMEM if @spare is NULL.
 */
int iopath_em_drop(struct iopath_inode *inode, u64 start, u64 last,
		   struct iopath_extent **spare)
{
	LIST_HEAD(dead);

	if (!*spare)
		return -ENOMEM;
	spin_lock(&inode->em_lock);
	em_drop_locked(inode, start, last, spare, &dead);
	spin_unlock(&inode->em_lock);
	iopath_extent_free_list(&dead);
	return 0;
}

/* Copy what is modified in a range, off the list.  False: @max is too small. */
static bool em_take_modified(struct iopath_inode *inode, u64 start, u64 last,
			     struct iopath_extent *ems, u32 max, u32 *nr)
{
	u64 committed = READ_ONCE(inode->fs->generation);
	struct iopath_extent *em, *next;

	lockdep_assert_held(&inode->em_lock);
	if (inode->nr_modified > max)
		return false;
	*nr = 0;
	list_for_each_entry_safe(em, next, &inode->modified, modified) {
		/*
		 * A hole is always logged: the size, which each record has, may
		 * reveal what was there before.
		 */
		if (em->type != IOPATH_EXTENT_HOLE &&
		    !itree_overlaps(&em->node, start, last))
			continue;
		list_del_init(&em->modified);
		inode->nr_modified--;
		if (em->generation > committed)
			ems[(*nr)++] = *em;
	}
	return true;
}

/**
 * iopath_em_gather() - collect what an fsync has to log (FS.7)
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @ems:   set to an array of copies, to be freed by rlenv_free()
 * @nr:    set to its length
 *
 * An extent map that reaches out of the range is logged whole: its write had
 * one range, so that all of it is as complete as the part inside.
 *
 * Context: process context, sleeps; log_mutex is held.
 * Return: 0 or -ENOMEM.
 */
int iopath_em_gather(struct iopath_inode *inode, u64 start, u64 last,
		     struct iopath_extent **ems, u32 *nr)
{
	bool done = false;
	u32 max;

	iopath_assert_held(inode->fs, &inode->log_mutex);
	while (!done) {
		/* more may come while we allocate: leave room */
		spin_lock(&inode->em_lock);
		max = inode->nr_modified + 32;
		spin_unlock(&inode->em_lock);
		*ems = rlenv_alloc(max * sizeof(**ems));
		if (!*ems)
			return -ENOMEM;
		spin_lock(&inode->em_lock);
		done = em_take_modified(inode, start, last, *ems, max, nr);
		spin_unlock(&inode->em_lock);
		if (!done)
			rlenv_free(*ems);
	}
	return 0;
}

/* An fsync that had taken these off the list has failed. */
void iopath_em_mark_modified(struct iopath_inode *inode, u64 start, u64 last)
{
	struct itree_node *node;

	spin_lock(&inode->em_lock);
	itree_for_each_overlap(node, &inode->ems, start, last)
		em_set_modified(inode, container_of(node, struct iopath_extent,
						 node));
	spin_unlock(&inode->em_lock);
}

/**
 * iopath_em_settle() - a full fsync copies the items: nothing else to log
 * @inode:  file
 * @start:  first file block
 * @last:   last file block; only extent maps that are inside are settled
 * @pinned: also those whose items are not in the tree yet; for a test
 *
 * Context: process context; log_mutex is held.
 */
void iopath_em_settle(struct iopath_inode *inode, u64 start, u64 last,
		      bool pinned)
{
	struct iopath_extent *em, *next;

	iopath_assert_held(inode->fs, &inode->log_mutex);
	spin_lock(&inode->em_lock);
	list_for_each_entry_safe(em, next, &inode->modified, modified) {
		if (em->node.start < start || em->node.last > last ||
		    (em->generation == U64_MAX && !pinned))
			continue;
		list_del_init(&em->modified);
		inode->nr_modified--;
	}
	spin_unlock(&inode->em_lock);
}

/* A commit has made everything up to @generation durable: nothing to log. */
void iopath_em_prune(struct iopath_inode *inode, u64 generation)
{
	struct iopath_extent *em, *next;

	spin_lock(&inode->em_lock);
	list_for_each_entry_safe(em, next, &inode->modified, modified) {
		if (em->generation <= generation) {
			list_del_init(&em->modified);
			inode->nr_modified--;
		}
	}
	spin_unlock(&inode->em_lock);
}
