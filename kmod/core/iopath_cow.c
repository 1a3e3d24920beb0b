// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CoW fork: where the blocks of a write are until it ends, in a file system that
 * otherwise writes in place, as XFS does it.
 *
 *   hole -> delalloc -> unwritten -> real -> an item of the file
 *
 * A write to a shared block, or to a hole, gets an extent in the fork, larger
 * than itself: up to the boundaries of cowextsize, as far as the fork is empty
 * there.  Just before its data is submitted the part that is really written
 * becomes real (unwritten -> real).  When the data is there, the end of the
 * write moves what is real in its range to the file and drops the blocks that
 * were there before; it does that whether it has written through the fork or in
 * place.  Finding nothing is no error: a write that overlaps with it, and ended
 * earlier, has moved it (generic/463).
 *
 * So what nobody has written must not be real: it would be moved by the end of a
 * write in place next to it (S11).  What is left over stays for later writes,
 * until space is short or the group is relocated.  Nothing of it is on the
 * device: after a crash these blocks are free.
 *
 * ILOCK, inode->ilock, guards the fork and, in such a file system, every look at
 * the items that a write is mapped by.  It is held for a step of mapping or for
 * the end of a write, and never over IO.
 *
 * Files have their full size there, and are neither truncated nor fallocated.
 */
#include "iopath_cow.h"

static struct iopath_cow *cow_of(struct itree_node *node)
{
	return container_of(node, struct iopath_cow, node);
}

/*
 * ILOCK for who changes items and is no write; nothing without CoW forks.
 * Context: process context, sleeps; E on the range is held.
 */
void iopath_ilock(struct iopath_inode *inode)
{
	if (unlikely(inode->fs->geo.cow_fork))
		iopath_down_write(inode->fs, &inode->ilock, IOPATH_RES_ILOCK);
}

void iopath_iunlock(struct iopath_inode *inode)
{
	if (unlikely(inode->fs->geo.cow_fork))
		iopath_up_write(inode->fs, &inode->ilock, IOPATH_RES_ILOCK);
}

static void cow_free(struct iopath_cow *cow)
{
	if (!cow)
		return;
	iopath_remap_free(&cow->remap);
	rlenv_free(cow);
}

static struct iopath_cow *cow_new(void)
{
	struct iopath_cow *cow = rlenv_alloc(sizeof(*cow));

	if (cow && iopath_remap_alloc(&cow->remap)) {
		cow_free(cow);
		cow = NULL;
	}
	return cow;
}

/**
 * iopath_cow_pool_fill() - allocate the fork extents that a write may need
 * @pool: room for IOPATH_COW_POOL; what is there stays
 * @nr:   how many there have to be
 *
 * Each write needs IOPATH_COW_EDGES, to cut at its edges when it ends; one that
 * goes through the fork needs all: one is inserted, two cut what is allocated
 * out of it, two cut what is written out of that.
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM; undo by iopath_cow_pool_free() in both cases.
 */
int iopath_cow_pool_fill(struct iopath_cow **pool, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!pool[i])
			pool[i] = cow_new();
		if (!pool[i])
			return -ENOMEM;
	}
	return 0;
}

void iopath_cow_pool_free(struct iopath_cow **pool)
{
	u32 i;

	for (i = 0; i < IOPATH_COW_POOL; i++)
		cow_free(pool[i]);
}

static struct iopath_cow *pool_take(struct iopath_cow **pool)
{
	struct iopath_cow *cow;
	u32 i = 0;

	while (!pool[i])
		i++;
	cow = pool[i];
	pool[i] = NULL;
	return cow;
}

/* Out of the fork, and back to the pool if that has room. */
static void cow_remove(struct iopath_inode *inode, struct iopath_cow *cow,
		       struct iopath_cow **pool)
{
	u32 i = 0;

	itree_remove(&inode->cow, &cow->node);
	while (i < IOPATH_COW_POOL && pool[i])
		i++;
	/* its memory may be used up */
	if (i < IOPATH_COW_POOL && cow->remap.item[0])
		pool[i] = cow;
	else
		cow_free(cow);
}

/* Let an extent of the fork begin at @at, if one reaches over it. */
static void cow_split(struct iopath_inode *inode, u64 at,
		      struct iopath_cow **pool)
{
	struct iopath_cow *left = iopath_cow_at(inode, at), *right;

	if (!left || left->node.start == at)
		return;
	right = pool_take(pool);
	itree_remove(&inode->cow, &left->node);
	right->node.start = at;
	right->node.last = left->node.last;
	right->block = left->block + (at - left->node.start);
	right->state = left->state;
	left->node.last = at - 1;
	itree_insert(&inode->cow, &left->node);
	itree_insert(&inode->cow, &right->node);
}

/* The extent of the fork at a file block, or NULL.  Context: ILOCK is held. */
struct iopath_cow *iopath_cow_at(struct iopath_inode *inode, u64 block)
{
	struct itree_node *node;

	node = itree_first_overlap(&inode->cow, block, block);
	return node ? cow_of(node) : NULL;
}

/**
 * iopath_cow_insert() - hole -> delalloc
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @pool:  extents
 *
 * Context: ILOCK is held; so much space is reserved, and belongs to the fork
 * from here on.
 * Return: the extent.
 */
struct iopath_cow *iopath_cow_insert(struct iopath_inode *inode, u64 start,
				     u64 last, struct iopath_cow **pool)
{
	struct iopath_cow *cow = pool_take(pool);

	iopath_assert_held_write(inode->fs, &inode->ilock);
	cow->node.start = start;
	cow->node.last = last;
	cow->state = IOPATH_COW_DELALLOC;
	itree_insert(&inode->cow, &cow->node);
	return cow;
}

/**
 * iopath_cow_allocate() - delalloc -> unwritten, around a block
 * @inode: file
 * @cow:   delalloc extent
 * @first: a file block in it
 * @pool:  extents
 *
 * As much of @cow as there is in one run; the rest stays delalloc.
 *
 * Context: ILOCK is held.
 * Return: an extent with blocks that begins at @first or before; NULL if there
 * are none, which the reservation excludes.
 */
struct iopath_cow *iopath_cow_allocate(struct iopath_inode *inode,
				       struct iopath_cow *cow, u64 first,
				       struct iopath_cow **pool)
{
	struct iopath_fs *fs = inode->fs;
	u64 start = cow->node.start;
	u64 want = min_t(u64, iopath_nr(&cow->node), fs->geo.bg_blocks);
	u64 block, nr;

	iopath_assert_held_write(fs, &inode->ilock);
	nr = iopath_bg_alloc(fs, NULL, (u32)want, &block);
	if (WARN_ON_ONCE(!nr))
		return NULL;
	if (nr < iopath_nr(&cow->node))
		start = min(first, cow->node.last + 1 - nr);
	cow_split(inode, start, pool);
	cow_split(inode, start + nr, pool);
	cow = iopath_cow_at(inode, first);
	cow->block = block;
	cow->state = unlikely(fs->knobs.cow_prealloc_real) ?
		     IOPATH_COW_REAL : IOPATH_COW_UNWRITTEN;
	return cow;
}

/* unwritten -> real, just before the data.  Context: ILOCK is held. */
void iopath_cow_convert(struct iopath_inode *inode, u64 start, u64 last,
			struct iopath_cow **pool)
{
	struct itree_node *node;

	iopath_assert_held_write(inode->fs, &inode->ilock);
	cow_split(inode, start, pool);
	cow_split(inode, last + 1, pool);
	itree_for_each_overlap(node, &inode->cow, start, last)
		cow_of(node)->state = IOPATH_COW_REAL;
}

/* Give up an extent that nobody writes.  Context: ILOCK is held. */
void iopath_cow_cancel(struct iopath_inode *inode, struct iopath_cow *cow,
		       struct iopath_cow **pool)
{
	struct iopath_fs *fs = inode->fs;
	u64 nr = iopath_nr(&cow->node);

	iopath_assert_held_write(fs, &inode->ilock);
	if (cow->state == IOPATH_COW_DELALLOC) {
		iopath_space_return(fs, (u32)nr);
	} else {
		iopath_trans_join(fs);
		iopath_bg_put(fs, cow->block, nr);
		iopath_trans_leave(fs);
	}
	cow_remove(inode, cow, pool);
}

/* Whether a write other than @oe is in flight to any of an extent.  Context: ILOCK. */
bool iopath_cow_is_written(struct iopath_inode *inode,
			   const struct iopath_cow *cow,
			   const struct iopath_oe *oe)
{
	struct itree_node *node;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&inode->fs->oe_lock, flags);
	itree_for_each_overlap(node, &inode->oe_by_file, cow->node.start,
			       cow->node.last)
		found |= container_of(node, struct iopath_oe, file) != oe;
	spin_unlock_irqrestore(&inode->fs->oe_lock, flags);
	return found;
}

/* One extent goes from the fork to the file. */
static void cow_remap(struct iopath_oe *oe, struct iopath_cow *cow, u64 transid)
{
	struct iopath_extent to;

	iopath_extent_set(&to, cow->node.start, cow->node.last, cow->block,
			  IOPATH_EXTENT_REG, transid);
	iopath_remap(oe->inode, &to, transid, &cow->remap);
	cow_remove(oe->inode, cow, oe->cow);
}

/*
 * end_cow: move what is real in the range of the write.  After an error it is
 * unwritten again, unless another write is in flight to it, which then decides.
 */
static void cow_end(struct iopath_oe *oe, u64 transid)
{
	struct iopath_inode *inode = oe->inode;
	bool all = unlikely(inode->fs->knobs.cow_end_all);
	u64 at = oe->file.start, last = oe->file.last;
	struct itree_node *node;
	struct iopath_cow *cow;

	cow_split(inode, at, oe->cow);
	cow_split(inode, last + 1, oe->cow);
	while (at <= last &&
	       (node = itree_first_overlap(&inode->cow, at, last))) {
		cow = cow_of(node);
		at = node->last + 1;
		if (cow->state == IOPATH_COW_DELALLOC ||
		    (cow->state == IOPATH_COW_UNWRITTEN && !all))
			continue;
		if (!oe->bio.error)
			cow_remap(oe, cow, transid);
		else if (!iopath_cow_is_written(inode, cow, oe))
			cow->state = IOPATH_COW_UNWRITTEN;
	}
}

/**
 * iopath_cow_finish() - a write has its data, or has failed
 * @oe: ordered extent, IO_DONE
 *
 * Context: process context, sleeps.
 */
void iopath_cow_finish(struct iopath_oe *oe)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	struct rangelock_req extent;
	u64 transid;

	/* readers map under E */
	iopath_extent_acquire(inode, &extent, oe->file.start, oe->file.last);
	iopath_step(fs, IOPATH_OC_LOCKED);
	iopath_down_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
	transid = iopath_trans_join(fs);
	cow_end(oe, transid);
	/* an fsync that comes now has to flush */
	atomic64_inc(&fs->log.nocow_done);
	iopath_trans_leave(fs);
	iopath_up_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
	iopath_extent_release(inode, &extent);
}

static bool cow_reclaim_file(struct iopath_inode *inode)
{
	struct iopath_cow *none[IOPATH_COW_POOL] = { NULL };
	struct itree_node *node, *next;
	bool found = false;

	iopath_down_write(inode->fs, &inode->ilock, IOPATH_RES_ILOCK);
	for (node = itree_first(&inode->cow); node; node = next) {
		next = itree_next(node);
		if (cow_of(node)->state == IOPATH_COW_REAL &&
		    iopath_cow_is_written(inode, cow_of(node), NULL))
			continue;
		iopath_cow_cancel(inode, cow_of(node), none);
		found = true;
	}
	iopath_up_write(inode->fs, &inode->ilock, IOPATH_RES_ILOCK);
	iopath_cow_pool_free(none);
	return found;
}

/**
 * iopath_cow_reclaim() - free what is left over in all CoW forks
 * @fs: file system
 *
 * Context: process context, sleeps; nothing of a file is locked.
 * Return: whether there was anything.  A commit may be needed to get it back.
 */
bool iopath_cow_reclaim(struct iopath_fs *fs)
{
	bool found = false;
	u32 ino;

	for (ino = 0; fs->geo.cow_fork && ino < fs->geo.nr_files; ino++)
		found |= cow_reclaim_file(&fs->inodes[ino]);
	return found;
}

/* Forget the fork of a file that nobody uses any more. */
void iopath_cow_clear(struct iopath_inode *inode)
{
	struct itree_node *node;

	while ((node = itree_first(&inode->cow))) {
		itree_remove(&inode->cow, node);
		cow_free(cow_of(node));
	}
}

/* For the invariants: add up the blocks of a fork.  Context: at rest. */
void iopath_cow_count(struct iopath_inode *inode, u64 *blocks, u64 *reserved)
{
	struct itree_node *node;

	for (node = itree_first(&inode->cow); node; node = itree_next(node)) {
		if (cow_of(node)->state == IOPATH_COW_DELALLOC)
			*reserved += iopath_nr(node);
		else
			*blocks += iopath_nr(node);
	}
}
