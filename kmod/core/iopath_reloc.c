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
 *             then the same for other items that share these blocks
 *   RL.6    the group is empty; its blocks are free after the next commit
 *
 * Without the waits of RL.2-4 a write in place that was admitted before RL.1
 * lands after the copy, and is lost (S9).
 */
#include "iopath_reloc.h"

#define RELOC_PIECE	IOPATH_BIO_BLOCKS

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
	struct iopath_reloc_part *part;

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

/* Whether the copy of a part will do for some of these blocks, too. */
static bool reloc_has_copy(struct list_head *parts,
			   const struct iopath_extent *old)
{
	u64 nr = iopath_nr(&old->node);
	struct iopath_reloc_part *part;

	list_for_each_entry(part, parts, list)
		if (old->block < part->old.block + iopath_nr(&part->old.node) &&
		    part->old.block < old->block + nr)
			return true;
	return false;
}

/* List what of the piece is in the group, with a new place for each part. */
static int reloc_gather(struct iopath_reloc *reloc, struct list_head *parts)
{
	struct iopath_fs *fs = reloc->fs;
	struct iopath_extent old;
	struct iopath_reloc_part *part;
	u64 from = reloc->start;
	u32 nr;

	while (from <= reloc->last &&
	       iopath_item_in_bg(reloc->inode, reloc->bg, from, &old) &&
	       old.node.start <= reloc->last) {
		old.node.last = min(old.node.last, reloc->last);
		from = old.node.last + 1;
		if (reloc_has_copy(parts, &old))
			continue;
		part = iopath_reloc_part_alloc(&old);
		if (!part)
			return -ENOMEM;
		nr = iopath_bg_alloc(fs, NULL, (u32)iopath_nr(&old.node),
				     &part->block);
		if (WARN_ON_ONCE(!nr)) {
			iopath_reloc_part_free(part);
			return -ENOSPC;
		}
		reloc->reserved -= nr;
		part->old.node.last = old.node.start + nr - 1;
		list_add_tail(&part->list, parts);
		from = part->old.node.last + 1;
	}
	return 0;
}

/* Copy and switch what of the piece is in the group. */
static int reloc_copy(struct iopath_reloc *reloc, struct list_head *parts)
{
	struct iopath_reloc_part *part;
	int err;

	err = reloc_gather(reloc, parts);
	if (!err)
		err = reloc_transfer(reloc, parts, IOPATH_BIO_READ);
	if (!err)
		err = reloc_transfer(reloc, parts, IOPATH_BIO_WRITE);
	iopath_step(reloc->fs, IOPATH_RL_COPIED);
	if (!err)
		list_for_each_entry(part, parts, list)
			iopath_reloc_switch(reloc->inode, part);
	iopath_step(reloc->fs, IOPATH_RL_SWITCHED);
	return err;
}

/* Switch what else shares the blocks; put the copies, and free the parts. */
static int reloc_finish(struct iopath_reloc *reloc, struct list_head *parts,
			int err)
{
	struct iopath_reloc_part *part, *next;
	struct iopath_fs *fs = reloc->fs;

	list_for_each_entry_safe(part, next, parts, list) {
		if (!err)
			err = iopath_reloc_switch_others(reloc, part);
		iopath_trans_join(fs);
		iopath_bg_put(fs, part->block, iopath_nr(&part->old.node));
		iopath_trans_leave(fs);
		iopath_reloc_part_free(part);
	}
	return err;
}

/* RL.5 for one piece of the file, [reloc->start, reloc->last]. */
static int reloc_piece(struct iopath_reloc *reloc)
{
	u32 blocks = (u32)(reloc->last - reloc->start + 1);
	LIST_HEAD(parts);
	int err;

	/* nothing of the file is locked: this may commit */
	err = iopath_space_reserve(reloc->fs, blocks);
	if (err)
		return err;
	reloc->reserved = blocks;
	reloc->ops->reloc_piece(reloc);
	err = reloc_copy(reloc, &parts);
	reloc->ops->reloc_piece_done(reloc);
	iopath_space_return(reloc->fs, reloc->reserved);
	return reloc_finish(reloc, &parts, err);
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

/* RL.1 to RL.6, with reloc_mutex. */
static int group_run(struct iopath_reloc *reloc,
		     int (*move)(struct iopath_reloc *reloc))
{
	struct iopath_fs *fs = reloc->fs;
	int err;

	/* RL.1 */
	err = reloc_set_ro(fs, reloc->bg);
	if (err)
		return err;
	iopath_step(fs, IOPATH_RL_RO);
	reloc->ops->reloc_drain(reloc);
	iopath_cow_reclaim(fs);
	iopath_admit(fs, IOPATH_INSIDE_RELOC);
	iopath_step(fs, IOPATH_RL_DRAINED);
	err = move(reloc);
	reloc->ops->reloc_done(reloc);
	iopath_depart(fs, IOPATH_INSIDE_RELOC);
	iopath_bg_clear_ro(fs, reloc->bg);
	return err;
}

/**
 * iopath_reloc_group() - do something to a block group that nobody writes to
 * @reloc: with @fs set, the rest is filled in
 * @bg:    number of the group
 * @move:  called with the group read-only and its old writers gone
 *
 * Context: process context, sleeps.
 * Return: 0 or the error of @move, -EINVAL if there is no such group, -ENOSPC if
 * the others have no room, -EROFS after a failed commit.
 */
int iopath_reloc_group(struct iopath_reloc *reloc, u32 bg,
		       int (*move)(struct iopath_reloc *reloc))
{
	struct iopath_fs *fs = reloc->fs;
	u32 slot;
	int err;

	if (bg >= fs->geo.nr_bgs)
		return -EINVAL;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &reloc->ops);
	reloc->bg = &fs->bgs[bg];
	iopath_mutex_lock(fs, &fs->reloc_mutex, IOPATH_RES_RELOC);
	err = group_run(reloc, move);
	iopath_mutex_unlock(fs, &fs->reloc_mutex, IOPATH_RES_RELOC);
	iopath_gate_exit(fs, slot, reloc->ops);
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
 * Return: as iopath_reloc_group(), or the device's error; then a part may have
 * been moved, and all data is still there.
 */
int iopath_relocate(struct iopath_fs *fs, u32 bg)
{
	struct iopath_reloc reloc = { .fs = fs };
	int err = iopath_reloc_group(&reloc, bg, reloc_move_all);

	if (!err)
		iopath_count(fs, IOPATH_COUNT_RELOCATIONS);
	return err;
}
