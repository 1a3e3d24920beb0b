// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Ordered extents: a write, from its mapping until its item is in the tree.
 *
 * IO_DONE is set when its bio has ended, in any context; COMPLETE when its
 * completion (OC) has put the item in the tree and taken the ordered extent out
 * of the trees, see iopath_oe_finish.c.
 */
#include "iopath_internal.h"

static struct iopath_oe *oe_of_file(struct itree_node *node)
{
	return container_of(node, struct iopath_oe, file);
}

static struct iopath_oe *oe_of_disk(struct itree_node *node)
{
	return container_of(node, struct iopath_oe, disk);
}

static void oe_free(struct iopath_oe *oe)
{
	rlenv_free(oe->em[0]);
	rlenv_free(oe->em[1]);
	rlenv_free(oe->item[0]);
	rlenv_free(oe->item[1]);
	iopath_cow_pool_free(oe->cow);
	if (oe->sums != oe->inline_sums)
		rlenv_free(oe->sums);
	rlenv_free(oe);
}

void iopath_oe_put(struct iopath_oe *oe)
{
	if (refcount_dec_and_test(&oe->refs))
		oe_free(oe);
}

/* BE: IRQ context in the kernel. */
static void oe_bio_done(struct iopath_bio *bio)
{
	struct iopath_oe *oe = bio->private;
	struct iopath_fs *fs = oe->inode->fs;
	unsigned long flags;
	u32 state;

	/* an fsync that sees the data has to flush: before it can see it */
	if (oe->type == IOPATH_OE_NOCOW)
		atomic64_inc(&fs->log.nocow_done);
	spin_lock_irqsave(&fs->oe_lock, flags);
	state = oe->state | IOPATH_OE_IO_DONE;
	if (bio->error)
		state |= IOPATH_OE_ERROR;
	/* pairs with the acquire in iopath_oe_wait() */
	smp_store_release(&oe->state, state);
	spin_unlock_irqrestore(&fs->oe_lock, flags);
	wake_up_all(&oe->wait);
	if (!oe->direct)
		iopath_writeback_bio_done(oe);
	iopath_queue(fs, fs->oc_wq, &oe->work, IOPATH_RES_OE, oe);
}

/**
 * iopath_oe_alloc() - prepare a piece of a direct write or of writeback
 * @io: the write, which is kept pending until the piece is COMPLETE or put
 * @nr: most blocks that the piece will have
 *
 * All memory that the piece will need until it is COMPLETE is taken here,
 * before anything is locked: later nothing may fail.
 *
 * Context: process context, sleeps.
 * Return: the ordered extent, with one reference, or NULL.
 */
struct iopath_oe *iopath_oe_alloc(struct iopath_io *io, u64 nr)
{
	struct iopath_oe *oe = rlenv_alloc(sizeof(*oe));

	if (!oe)
		return NULL;
	oe->inode = io->inode;
	oe->io = io;
	oe->direct = !(io->internal & IOPATH_IO_WRITEBACK);
	refcount_set(&oe->refs, 1);
	init_waitqueue_head(&oe->wait);
	INIT_LIST_HEAD(&oe->gather);
	INIT_WORK(&oe->work, iopath_oe_finish);
	oe->em[0] = iopath_extent_alloc();
	oe->em[1] = iopath_extent_alloc();
	oe->item[0] = iopath_extent_alloc();
	oe->item[1] = iopath_extent_alloc();
	oe->sums = oe->inline_sums;
	if (nr > IOPATH_OE_INLINE_SUMS && io->inode->fs->geo.datasum)
		oe->sums = rlenv_alloc(nr * sizeof(*oe->sums));
	if (!oe->em[0] || !oe->em[1] || !oe->item[0] || !oe->item[1] ||
	    !oe->sums || (io->inode->fs->geo.cow_fork &&
			  iopath_cow_pool_fill(oe->cow,
					       IOPATH_COW_EDGES))) {
		oe_free(oe);
		return NULL;
	}
	return oe;
}

static void oe_insert(struct iopath_oe *oe)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	unsigned long flags;

	spin_lock_irqsave(&fs->oe_lock, flags);
	itree_insert(&inode->oe_by_file, &oe->file);
	itree_insert(&fs->oe_by_disk, &oe->disk);
	spin_unlock_irqrestore(&fs->oe_lock, flags);
	iopath_hold(fs, IOPATH_RES_OE, oe, oe->io);
}

/*
 * DW.11.  A write over data in place changes no mapping.  One to allocated blocks
 * does: from here on they are said to hold data.
 */
static void add_map(struct iopath_oe *oe)
{
	if (oe->type != IOPATH_OE_NOCOW) {
		iopath_extent_set(oe->em[0], oe->file.start, oe->file.last,
				  oe->disk.start, IOPATH_EXTENT_REG, U64_MAX);
		iopath_em_replace(oe->inode, &oe->em[0], &oe->em[1]);
	}
	iopath_step(oe->inode->fs, IOPATH_DW_EM_INSERTED);
}

/* DW.12 */
static void add_ordered(struct iopath_oe *oe)
{
	atomic_inc(&oe->io->pending);
	oe_insert(oe);
	iopath_step(oe->inode->fs, IOPATH_DW_OE_INSERTED);
}

/**
 * iopath_oe_enter_place() - may these blocks be overwritten? (DW.10)
 * @oe:    ordered extent with a type for that; gets disk range and group
 * @block: first device block
 * @nr:    number of blocks, in one group
 * @alone: nobody shares them, that is known
 *
 * Context: process context; E or ILOCK is held.
 * Return: false if they are shared, or being relocated.
 */
bool iopath_oe_enter_place(struct iopath_oe *oe, u64 block, u64 nr, bool alone)
{
	const struct iopath_design_ops *ops = oe->io->ops;
	struct iopath_bg *bg = iopath_bg_of(oe->inode->fs, block);
	bool ok;

	oe->bg = bg;
	oe->disk.start = block;
	oe->disk.last = block + nr - 1;
	spin_lock(&bg->lock);
	ok = (alone || !iopath_bg_run_is_shared(bg, block, nr)) &&
	     ops->nocow_enter(oe, bg);
	spin_unlock(&bg->lock);
	if (ok && unlikely(oe->inode->fs->knobs.nocow_drop) &&
	    oe->type != IOPATH_OE_REGULAR) {
		oe->dropped = true;
		ops->disk_inserted(oe);
		ops->disk_complete(oe);
	}
	return ok;
}

/* The ordered extent is COMPLETE: so is its use of the disk range. */
void iopath_oe_leave_disk(struct iopath_oe *oe)
{
	if (!oe->dropped)
		oe->io->ops->disk_complete(oe);
}

/**
 * iopath_add_io_extent() - insert an extent map and its ordered extent
 * @oe:    ordered extent with type and bg set
 * @start: first file block
 * @nr:    number of blocks
 * @block: first device block
 *
 * The only function that inserts either of them for a write, so that there is
 * one place to look at for the rule that an fsync must not see the extent map
 * (DW.11) without the ordered extent (DW.12): the caller holds E and whatever
 * the design uses to exclude the gathering of an fsync.
 *
 * Context: process context; E is held on the range.
 */
void iopath_add_io_extent(struct iopath_oe *oe, u64 start, u64 nr, u64 block)
{
	bool direct = oe->direct;

	oe->file.start = start;
	oe->file.last = start + nr - 1;
	oe->disk.start = block;
	oe->disk.last = block + nr - 1;
	if (direct)
		oe->io->ops->insert_begin(oe);
	if (unlikely(oe->inode->fs->knobs.insert_oe_first)) {
		add_ordered(oe);
		add_map(oe);
	} else {
		add_map(oe);
		add_ordered(oe);
	}
	if (direct)
		oe->io->ops->insert_done(oe);
	if (!oe->dropped)
		oe->io->ops->disk_inserted(oe);
}

/**
 * iopath_oe_submit() - write the data of a piece (DW.16)
 * @oe: inserted ordered extent; not to be used by the caller afterwards
 *
 * Context: process context, may sleep.
 */
void iopath_oe_submit(struct iopath_oe *oe)
{
	struct iopath_io *io = oe->io;
	struct iopath_fs *fs = oe->inode->fs;
	u64 offset = iopath_first_byte(oe->file.start) - io->pos;
	u64 i, nr = iopath_nr(&oe->file);
	char *buf = (char *)io->buf + offset;

	for (i = 0; fs->geo.datasum && i < nr; i++)
		oe->sums[i] = iopath_block_sum(buf + i * IOPATH_BLOCK_SIZE);
	iopath_step(fs, IOPATH_DW_SUBMIT);
	oe->bio.op = IOPATH_BIO_WRITE;
	oe->bio.block = oe->disk.start;
	oe->bio.nr = (u32)nr;
	oe->bio.buf = buf;
	oe->bio.done = oe_bio_done;
	oe->bio.private = oe;
	iopath_pass(fs, IOPATH_RES_OE, oe, io);
	fs->dev->ops->submit(fs->dev, &oe->bio);
}

/**
 * struct oe_wait - what somebody waits for
 * @oe:    ordered extent
 * @state: any of these bits
 */
struct oe_wait {
	struct iopath_oe *oe;
	u32 state;
};

static inline bool oe_has_state(void *data)
{
	const struct oe_wait *wait = data;

	/* pairs with the releases where the state is set */
	return smp_load_acquire(&wait->oe->state) & wait->state;
}

/**
 * iopath_oe_wait() - wait for a state of an ordered extent
 * @oe:    ordered extent, referenced by the caller
 * @state: IOPATH_OE_IO_DONE or IOPATH_OE_COMPLETE
 *
 * Context: process context, sleeps.  E must not be held for COMPLETE.
 * Return: true; false if the wait was broken, see iopath_control.h.
 */
bool iopath_oe_wait(struct iopath_oe *oe, u32 state)
{
	struct oe_wait wait = { .oe = oe, .state = state };

	return iopath_wait(oe->inode->fs, &oe->wait, IOPATH_RES_OE, oe,
			   oe_has_state, &wait);
}

/* Some ordered extent in a range of the file, with a reference, or NULL. */
struct iopath_oe *iopath_oe_get_overlap(struct iopath_inode *inode, u64 start,
					u64 last)
{
	struct itree_node *node;
	struct iopath_oe *oe = NULL;
	unsigned long flags;

	spin_lock_irqsave(&inode->fs->oe_lock, flags);
	node = itree_first_overlap(&inode->oe_by_file, start, last);
	if (node) {
		oe = oe_of_file(node);
		refcount_inc(&oe->refs);
	}
	spin_unlock_irqrestore(&inode->fs->oe_lock, flags);
	return oe;
}

/* Wait until no ordered extent writes to a block group (RL.4). */
void iopath_oe_wait_group(struct iopath_fs *fs, const struct iopath_bg *bg)
{
	if (likely(!fs->knobs.drain_no_oes))
		iopath_oe_wait_disk(fs, bg->first, iopath_bg_last(fs, bg));
}

/* Wait until no ordered extent writes to a range of the device. */
void iopath_oe_wait_disk(struct iopath_fs *fs, u64 start, u64 last)
{
	struct itree_node *node;
	struct iopath_oe *oe;
	unsigned long flags;
	bool again = true;

	while (again) {
		spin_lock_irqsave(&fs->oe_lock, flags);
		node = itree_first_overlap(&fs->oe_by_disk, start, last);
		oe = node ? oe_of_disk(node) : NULL;
		if (oe)
			refcount_inc(&oe->refs);
		spin_unlock_irqrestore(&fs->oe_lock, flags);
		if (!oe)
			return;
		again = iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
		iopath_oe_put(oe);
	}
}

/**
 * iopath_oe_wait_range() - wait until the writes of a range are COMPLETE
 * @inode: file
 * @start: first file block
 * @last:  last file block
 *
 * Those that begin behind our back are waited for or not: whoever cares keeps
 * them out.
 *
 * Context: process context, sleeps; E must not be held.
 * Return: 0, or -EIO if one of them has failed.
 */
int iopath_oe_wait_range(struct iopath_inode *inode, u64 start, u64 last)
{
	struct iopath_oe *oe;
	int err = 0;

	while (start <= last &&
	       (oe = iopath_oe_get_overlap(inode, start, last))) {
		iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
		if (smp_load_acquire(&oe->state) & IOPATH_OE_ERROR)
			err = -EIO;
		start = oe->file.last + 1;
		iopath_oe_put(oe);
	}
	return err;
}

/**
 * iopath_oe_gather() - collect what an fsync may have to wait for (FS.8)
 * @inode: file
 * @start: first file block
 * @last:  last file block
 * @list:  those that no fsync has logged yet are added, each with a reference
 *
 * Context: process context; log_mutex is held.  Undo by
 * iopath_oe_release_list().
 */
void iopath_oe_gather(struct iopath_inode *inode, u64 start, u64 last,
		      struct list_head *list)
{
	struct itree_node *node;
	struct iopath_oe *oe;
	unsigned long flags;

	iopath_assert_held(inode->fs, &inode->log_mutex);
	spin_lock_irqsave(&inode->fs->oe_lock, flags);
	itree_for_each_overlap(node, &inode->oe_by_file, start, last) {
		oe = oe_of_file(node);
		/* it may still be on the list of the fsync that has logged it */
		if (oe->state & IOPATH_OE_LOGGED)
			continue;
		refcount_inc(&oe->refs);
		list_add_tail(&oe->gather, list);
	}
	spin_unlock_irqrestore(&inode->fs->oe_lock, flags);
}

/* Drop the references of iopath_oe_gather(). */
void iopath_oe_release_list(struct iopath_fs *fs, struct list_head *list)
{
	struct iopath_oe *oe;
	unsigned long flags;

	while (!list_empty(list)) {
		oe = list_first_entry(list, struct iopath_oe, gather);
		spin_lock_irqsave(&fs->oe_lock, flags);
		list_del_init(&oe->gather);
		spin_unlock_irqrestore(&fs->oe_lock, flags);
		iopath_oe_put(oe);
	}
}

/*
 * Their extent maps are in the log.  A commit drops the log, so it has to wait
 * for the items of those that are not COMPLETE.  Context: a started handle is
 * held, so no commit is beyond the point where it looks.
 */
void iopath_oe_mark_logged(struct iopath_fs *fs, struct list_head *list)
{
	struct iopath_oe *oe;
	unsigned long flags;

	spin_lock_irqsave(&fs->oe_lock, flags);
	list_for_each_entry(oe, list, gather) {
		u32 state = oe->state | IOPATH_OE_LOGGED;

		if (!(state & IOPATH_OE_COMPLETE)) {
			state |= IOPATH_OE_PENDING;
			atomic_inc(&fs->trans.pending);
			iopath_hold(fs, IOPATH_RES_PENDING, &fs->trans, oe);
		}
		smp_store_release(&oe->state, state);
	}
	spin_unlock_irqrestore(&fs->oe_lock, flags);
}

/*
 * Lock E on a range without ordered extents.  An ordered extent in the range is
 * waited for with E unlocked, since its completion needs E; but if @direct and
 * it is one of writeback, E is not locked: false.
 */
static bool lock_extent(struct iopath_inode *inode, struct rangelock_req *req,
			u64 start, u64 last, bool direct)
{
	struct iopath_fs *fs = inode->fs;
	struct iopath_oe *oe;
	bool again = true;

	for (;;) {
		bool give_up;

		iopath_extent_acquire(inode, req, start, last);
		oe = again ? iopath_oe_get_overlap(inode, start, last) : NULL;
		if (likely(!oe))
			return true;
		iopath_extent_release(inode, req);
		give_up = direct && !oe->direct;
		if (!give_up) {
			iopath_count(fs, IOPATH_COUNT_OE_WAITS);
			again = iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
		}
		iopath_oe_put(oe);
		if (give_up)
			return false;
	}
}

/**
 * iopath_lock_extent() - lock E on a range without ordered extents (DW.8)
 * @inode: file
 * @req:   request
 * @start: first file block
 * @last:  last file block
 *
 * Context: process context, sleeps.  Undo by iopath_extent_release().
 */
void iopath_lock_extent(struct iopath_inode *inode, struct rangelock_req *req,
			u64 start, u64 last)
{
	lock_extent(inode, req, start, last, false);
}

/**
 * iopath_lock_extent_direct() - the same for a direct read
 * @inode: file
 * @req:   request
 * @start: first file block
 * @last:  last file block
 *
 * Context: process context, sleeps.
 * Return: false if there is an ordered extent of writeback, which a direct read
 * must not wait for (S16); then E is not locked.
 */
bool iopath_lock_extent_direct(struct iopath_inode *inode,
			       struct rangelock_req *req, u64 start, u64 last)
{
	return lock_extent(inode, req, start, last,
			   !inode->fs->knobs.read_waits_writeback);
}
