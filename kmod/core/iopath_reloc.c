// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Relocation of a block group.  The order is that of btrfs:
 *
 *   RL.1    read-only: no new extents, no new writes in place
 *   RL.2-4  design: wait until the old ones have landed
 *   RL.5    piece by piece of at most 1 MiB of the file:
 *             reserve space
 *             design: keep others off this part of the file
 *             copy the blocks, all reads at once and then all writes
 *             lock E, join: switch the items to the copies, as far as they still
 *             point where they did
 *   RL.6    the group is empty; its blocks are free after the next commit
 *
 * Without the waits of RL.2-4 a write in place that was admitted before RL.1
 * lands after the copy, and is lost (S9).
 */
#include "iopath_internal.h"

#define RELOC_PIECE	IOPATH_BIO_BLOCKS

/**
 * struct reloc_part - blocks of the file that lie together on the device
 * @list: parts of a piece
 * @old:  where they were: file range and device block
 * @block: first device block of the copy
 * @bio:  of the read, then of the write
 * @em:   for the switch: an extent map and one to split with
 * @item: the same for the item
 */
struct reloc_part {
	struct list_head list;
	struct iopath_extent old;
	u64 block;
	struct iopath_bio bio;
	struct iopath_extent *em[2];
	struct iopath_extent *item[2];
};

/**
 * struct reloc_wait - the bios of a piece
 * @left:  bios in flight, plus one for the submitter
 * @error: -errno of some bio that failed, negated; cmpxchg from 0
 * @done:  1 when @left is 0
 * @task:  who waits; constant
 */
struct reloc_wait {
	atomic_t left;
	u32 error;
	u32 done;
	rlenv_task_t task;
};

static void part_free(struct reloc_part *part)
{
	rlenv_free(part->em[0]);
	rlenv_free(part->em[1]);
	rlenv_free(part->item[0]);
	rlenv_free(part->item[1]);
	rlenv_free(part);
}

static struct reloc_part *part_alloc(const struct iopath_extent *old)
{
	struct reloc_part *part = rlenv_alloc(sizeof(*part));

	if (!part)
		return NULL;
	part->old = *old;
	part->em[0] = iopath_extent_alloc();
	part->em[1] = iopath_extent_alloc();
	part->item[0] = iopath_extent_alloc();
	part->item[1] = iopath_extent_alloc();
	if (!part->em[0] || !part->em[1] || !part->item[0] || !part->item[1]) {
		part_free(part);
		return NULL;
	}
	return part;
}

/* Drop one of the counts, also at the end of a bio; IRQ context. */
static void reloc_wait_put(struct reloc_wait *wait)
{
	if (atomic_dec_and_test(&wait->left))
		rlenv_publish_wake(&wait->done, 1, wait->task);
}

static void part_bio_done(struct iopath_bio *bio)
{
	struct reloc_wait *wait = bio->private;

	if (bio->error)
		cmpxchg(&wait->error, 0, (u32)-bio->error);
	reloc_wait_put(wait);
}

/* Read all parts from the old place, or write them to the new one. */
static int reloc_transfer(struct iopath_reloc *reloc, struct list_head *parts,
			  enum iopath_bio_op op)
{
	struct reloc_wait wait = { .task = rlenv_self() };
	struct iopath_fs *fs = reloc->fs;
	struct reloc_part *part;

	atomic_set(&wait.left, 1);
	list_for_each_entry(part, parts, list) {
		u64 offset = part->old.node.start - reloc->start;

		part->bio.op = op;
		part->bio.block = op == IOPATH_BIO_READ ? part->old.block :
							  part->block;
		part->bio.nr = (u32)iopath_nr(&part->old.node);
		part->bio.buf = fs->reloc_buf + offset * IOPATH_BLOCK_SIZE;
		part->bio.done = part_bio_done;
		part->bio.private = &wait;
		atomic_inc(&wait.left);
		fs->dev->ops->submit(fs->dev, &part->bio);
	}
	reloc_wait_put(&wait);
	iopath_wait_word(fs, &wait.done, IOPATH_RES_BIO, &wait);
	return -(int)READ_ONCE(wait.error);
}

/*
 * Whether the whole part still is where it was.  A write in flight to another
 * group may have replaced it; its completion needs E, which we hold.
 */
static bool part_is_current(struct iopath_inode *inode,
			    const struct reloc_part *part)
{
	const struct itree_node *old = &part->old.node;
	struct iopath_extent now;

	return iopath_item_lookup(inode, old->start, old->last, &now) &&
	       now.node.start == old->start && now.node.last == old->last &&
	       now.block == part->old.block;
}

/*
 * Switch a part to its copy, or drop the copy.  Extent maps are switched with
 * the item.  A pinned one belongs to a copying write in flight, which is about
 * to replace the item: then this part is given up.  Return: whether it was
 * switched.
 */
static bool part_switch(struct iopath_reloc *reloc, struct reloc_part *part,
			bool copied)
{
	struct iopath_inode *inode = reloc->inode;
	struct iopath_fs *fs = inode->fs;
	u64 start = part->old.node.start;
	u64 last = part->old.node.last;
	u64 nr = last - start + 1;
	u64 data = fs->layout.data_first;
	struct rangelock_req extent;
	u64 transid, i;
	bool move;

	iopath_range_acquire(fs, &inode->extent_lock, &extent,
			     iopath_first_byte(start), iopath_last_byte(last),
			     RANGELOCK_EXCLUSIVE, IOPATH_RES_EXTENT_RANGE);
	transid = iopath_trans_join(fs);
	move = copied && part_is_current(inode, part) &&
	       !iopath_em_is_pinned(inode, start, last);
	if (move) {
		for (i = 0; i < nr; i++)
			WRITE_ONCE(fs->sums[part->block + i - data],
				   READ_ONCE(fs->sums[part->old.block + i -
						      data]));
		iopath_items_replace(inode, start, last, part->block, transid,
				     &part->item[0], &part->item[1]);
		iopath_em_replace(inode, start, last, part->block, transid,
				  &part->em[0], &part->em[1]);
	} else {
		iopath_bg_put(fs, part->block, nr);
	}
	iopath_trans_leave(fs);
	iopath_range_release(fs, &inode->extent_lock, &extent,
			     IOPATH_RES_EXTENT_RANGE);
	return move;
}

/*
 * A part that was given up is tried again when its write is COMPLETE.  That may
 * be waited for under the design's locks, which no completion needs.
 */
static void part_wait(struct iopath_inode *inode, const struct reloc_part *part)
{
	struct iopath_oe *oe;

	oe = iopath_oe_get_overlap(inode, part->old.node.start,
				   part->old.node.last);
	if (!oe)
		return;
	iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
	iopath_oe_put(oe);
}

/* List what of the piece is in the group, with a new place for each part. */
static int reloc_gather(struct iopath_reloc *reloc, struct list_head *parts)
{
	struct iopath_fs *fs = reloc->fs;
	struct iopath_extent old;
	struct reloc_part *part;
	u64 from = reloc->start;
	u32 nr;

	while (from <= reloc->last &&
	       iopath_item_in_bg(reloc->inode, reloc->bg, from, &old) &&
	       old.node.start <= reloc->last) {
		old.node.last = min(old.node.last, reloc->last);
		part = part_alloc(&old);
		if (!part)
			return -ENOMEM;
		nr = iopath_bg_alloc(fs, NULL, (u32)iopath_nr(&old.node),
				     &part->block);
		if (WARN_ON_ONCE(!nr)) {
			part_free(part);
			return -ENOSPC;
		}
		reloc->reserved -= nr;
		part->old.node.last = old.node.start + nr - 1;
		list_add_tail(&part->list, parts);
		from = part->old.node.last + 1;
	}
	return 0;
}

/* Copy and switch what of the piece is in the group; after an error, undo. */
static int reloc_copy(struct iopath_reloc *reloc)
{
	struct reloc_part *part, *next;
	LIST_HEAD(parts);
	int err;

	err = reloc_gather(reloc, &parts);
	if (!err)
		err = reloc_transfer(reloc, &parts, IOPATH_BIO_READ);
	if (!err)
		err = reloc_transfer(reloc, &parts, IOPATH_BIO_WRITE);
	iopath_step(reloc->fs, IOPATH_RL_COPIED);
	list_for_each_entry_safe(part, next, &parts, list) {
		if (!part_switch(reloc, part, !err) && !err)
			part_wait(reloc->inode, part);
		part_free(part);
	}
	iopath_step(reloc->fs, IOPATH_RL_SWITCHED);
	return err;
}

/* RL.5 for one piece of the file, [reloc->start, reloc->last]. */
static int reloc_piece(struct iopath_reloc *reloc)
{
	u32 blocks = (u32)(reloc->last - reloc->start + 1);
	int err;

	/* nothing of the file is locked: this may commit */
	err = iopath_space_reserve(reloc->fs, blocks);
	if (err)
		return err;
	reloc->reserved = blocks;
	reloc->ops->reloc_piece(reloc);
	err = reloc_copy(reloc);
	reloc->ops->reloc_piece_done(reloc);
	iopath_space_return(reloc->fs, reloc->reserved);
	return err;
}

/* RL.5.  What could not be switched, because it was being written, comes again. */
static int reloc_move_file(struct iopath_reloc *reloc)
{
	struct iopath_fs *fs = reloc->fs;
	struct iopath_extent found;
	u64 from = 0;
	int err = 0;

	for (;;) {
		if (!iopath_item_in_bg(reloc->inode, reloc->bg, from,
				       &found)) {
			if (!from)
				return 0;
			from = 0;
			continue;
		}
		reloc->start = found.node.start;
		reloc->last = min(reloc->start + RELOC_PIECE - 1,
				  fs->layout.file_blocks - 1);
		err = reloc_piece(reloc);
		if (!err && iopath_is_broken(fs))
			err = -EDEADLK;
		if (err)
			return err;
		from = reloc->last + 1;
		cond_resched();
	}
}

static int reloc_move_all(struct iopath_reloc *reloc)
{
	struct iopath_fs *fs = reloc->fs;
	int err = 0;
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files && !err; ino++) {
		reloc->inode = &fs->inodes[ino];
		err = reloc_move_file(reloc);
	}
	return err;
}

static int reloc_set_ro(struct iopath_fs *fs, struct iopath_bg *bg)
{
	int err = iopath_bg_set_ro(fs, bg);

	if (err != -ENOSPC)
		return err;
	/* pinned blocks count as used; get them back and try again */
	err = iopath_trans_commit(fs);
	return err ? err : iopath_bg_set_ro(fs, bg);
}

static int reloc_run(struct iopath_reloc *reloc)
{
	struct iopath_fs *fs = reloc->fs;
	int err;

	/* RL.1 */
	err = reloc_set_ro(fs, reloc->bg);
	if (err)
		return err;
	iopath_step(fs, IOPATH_RL_RO);
	reloc->ops->reloc_drain(reloc);
	iopath_admit(fs, IOPATH_INSIDE_RELOC);
	iopath_step(fs, IOPATH_RL_DRAINED);
	err = reloc_move_all(reloc);
	reloc->ops->reloc_done(reloc);
	iopath_depart(fs, IOPATH_INSIDE_RELOC);
	iopath_bg_clear_ro(fs, reloc->bg);
	if (!err)
		iopath_count(fs, IOPATH_COUNT_RELOCATIONS);
	return err;
}

/**
 * iopath_relocate() - move everything out of a block group
 * @fs: file system
 * @bg: its number
 *
 * Other operations go on; those on the 1 MiB of the file that is being moved
 * have to wait.
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL if there is no such group, -ENOSPC if the others have no
 * room, -EROFS after a failed commit, or the device's error; then a part may
 * have been moved, and all data is still there.
 */
int iopath_relocate(struct iopath_fs *fs, u32 bg)
{
	struct iopath_reloc reloc = { .fs = fs };
	u32 slot;
	int err;

	if (bg >= fs->geo.nr_bgs)
		return -EINVAL;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &reloc.ops);
	reloc.bg = &fs->bgs[bg];
	iopath_mutex_lock(fs, &fs->reloc_mutex, IOPATH_RES_RELOC);
	err = reloc_run(&reloc);
	iopath_mutex_unlock(fs, &fs->reloc_mutex, IOPATH_RES_RELOC);
	iopath_gate_exit(fs, slot, reloc.ops);
	return err;
}
