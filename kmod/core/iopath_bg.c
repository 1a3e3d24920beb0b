// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Block groups, the allocator and reservations.
 *
 * A reservation is a promise that as many blocks can be allocated, one by one
 * if need be, outside of read-only groups.  It is made before any range is
 * locked, because it may have to commit a transaction.  The allocator itself
 * never waits.
 *
 * A block is free, used, or freed and pinned: the last commit or the log still
 * refers to it, so that it must not be overwritten before the next commit.
 */
#include "iopath_control.h"

/* The group of a data block, or NULL. */
struct iopath_bg *iopath_bg_of(struct iopath_fs *fs, u64 block)
{
	u64 index;

	if (block < fs->layout.data_first || block >= fs->layout.nr_blocks)
		return NULL;
	index = div64_u64(block - fs->layout.data_first, fs->geo.bg_blocks);
	return &fs->bgs[index];
}

u64 iopath_bg_last(const struct iopath_fs *fs, const struct iopath_bg *bg)
{
	return bg->first + fs->geo.bg_blocks - 1;
}

static u64 *bg_map_alloc(struct iopath_fs *fs)
{
	return rlenv_alloc(fs->geo.bg_blocks / 8);
}

static int bg_init_one(struct iopath_fs *fs, u32 index)
{
	struct iopath_bg *bg = &fs->bgs[index];

	spin_lock_init(&bg->lock);
	init_waitqueue_head(&bg->dio_sem.wait);
	bg->index = index;
	bg->first = fs->layout.data_first + (u64)index * fs->geo.bg_blocks;
	bg->nr_free = fs->geo.bg_blocks;
	bg->used = bg_map_alloc(fs);
	bg->pinned[0] = bg_map_alloc(fs);
	bg->pinned[1] = bg_map_alloc(fs);
	bg->lost[0] = bg_map_alloc(fs);
	bg->lost[1] = bg_map_alloc(fs);
	bg->refs = rlenv_alloc_big(fs->geo.bg_blocks * sizeof(*bg->refs));
	if (!bg->used || !bg->pinned[0] || !bg->pinned[1] || !bg->lost[0] ||
	    !bg->lost[1] || !bg->refs)
		return -ENOMEM;
	return 0;
}

/**
 * iopath_bg_init() - make all groups, empty
 * @fs: file system with a layout
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM; undo by iopath_bg_exit() in both cases.
 */
int iopath_bg_init(struct iopath_fs *fs)
{
	u32 i;

	spin_lock_init(&fs->space.lock);
	fs->space.free = (u64)fs->geo.nr_bgs * fs->geo.bg_blocks;
	fs->bgs = rlenv_alloc(fs->geo.nr_bgs * sizeof(*fs->bgs));
	if (!fs->bgs)
		return -ENOMEM;
	for (i = 0; i < fs->geo.nr_bgs; i++)
		if (bg_init_one(fs, i))
			return -ENOMEM;
	return 0;
}

void iopath_bg_exit(struct iopath_fs *fs)
{
	u32 i;

	for (i = 0; fs->bgs && i < fs->geo.nr_bgs; i++) {
		rlenv_free(fs->bgs[i].used);
		rlenv_free(fs->bgs[i].pinned[0]);
		rlenv_free(fs->bgs[i].pinned[1]);
		rlenv_free(fs->bgs[i].lost[0]);
		rlenv_free(fs->bgs[i].lost[1]);
		rlenv_free_big(fs->bgs[i].refs);
	}
	rlenv_free(fs->bgs);
}

/* Promise space if there is some, without waiting.  Context: any. */
bool iopath_space_try(struct iopath_fs *fs, u32 blocks)
{
	bool enough;

	spin_lock(&fs->space.lock);
	enough = fs->space.free >= blocks;
	if (enough)
		fs->space.free -= blocks;
	spin_unlock(&fs->space.lock);
	return enough;
}

/* Whether a commit would free anything. */
bool iopath_bg_has_pinned(struct iopath_fs *fs)
{
	u32 words = fs->geo.bg_blocks / IOPATH_WORD_BITS;
	bool found = false;
	u32 i, word;

	for (i = 0; i < fs->geo.nr_bgs && !found; i++) {
		struct iopath_bg *bg = &fs->bgs[i];

		spin_lock(&bg->lock);
		for (word = 0; word < words; word++)
			found |= bg->pinned[0][word] || bg->pinned[1][word];
		spin_unlock(&bg->lock);
	}
	return found;
}

/**
 * iopath_space_reserve() - promise space (DW.6)
 * @fs:     file system
 * @blocks: how many
 *
 * When there is too little, commits to get pinned blocks back, and takes what CoW
 * forks have left over.
 *
 * Context: process context, sleeps.  No range, no handle, no inode lock may be
 * held: the commit waits for handles, and their holders for such locks.
 * Return: 0, -ENOSPC, or the error of the commit.
 */
int iopath_space_reserve(struct iopath_fs *fs, u32 blocks)
{
	int err;

	might_sleep();
	while (!iopath_space_try(fs, blocks)) {
		/* freed in the meantime by the commit of somebody else? */
		if (!iopath_bg_has_pinned(fs) && !iopath_cow_reclaim(fs))
			return iopath_space_try(fs, blocks) ? 0 : -ENOSPC;
		err = iopath_trans_commit(fs);
		if (err)
			return err;
	}
	return 0;
}

/* Whether a reservation would have to commit.  Context: any. */
bool iopath_space_is_short(struct iopath_fs *fs, u32 blocks)
{
	bool enough = iopath_space_try(fs, blocks);

	if (enough)
		iopath_space_return(fs, blocks);
	return !enough;
}

/* Give back what was reserved and not allocated. */
void iopath_space_return(struct iopath_fs *fs, u32 blocks)
{
	spin_lock(&fs->space.lock);
	fs->space.free += blocks;
	spin_unlock(&fs->space.lock);
}

/* Length of the free run at @bit, at most @want. */
static u32 bg_run(const struct iopath_fs *fs, const struct iopath_bg *bg,
		  u32 bit, u32 want)
{
	u32 nr = 0;

	while (nr < want && bit + nr < fs->geo.bg_blocks &&
	       !iopath_bit_test(bg->used, bit + nr))
		nr++;
	return nr;
}

/* Skip what is used; whole words at a time.  Return: bg_blocks if none. */
static u32 bg_next_free(const struct iopath_fs *fs, const struct iopath_bg *bg,
			u32 bit)
{
	while (bit < fs->geo.bg_blocks && iopath_bit_test(bg->used, bit)) {
		if (bit % IOPATH_WORD_BITS == 0 &&
		    bg->used[bit / IOPATH_WORD_BITS] == U64_MAX)
			bit += IOPATH_WORD_BITS;
		else
			bit++;
	}
	return bit;
}

/*
 * The longest free run, or the first one of @want blocks; next fit from the
 * cursor, so that a filling group is not searched from its start each time.
 */
static u32 bg_find(const struct iopath_fs *fs, const struct iopath_bg *bg,
		   u32 want, u32 *where)
{
	u32 limit = fs->geo.bg_blocks;
	u32 best = 0, bit = bg->cursor;
	bool wrapped = false;

	for (;;) {
		u32 nr;

		bit = bg_next_free(fs, bg, bit);
		if (bit >= limit) {
			if (wrapped)
				return best;
			wrapped = true;
			limit = bg->cursor;
			bit = 0;
			continue;
		}
		nr = bg_run(fs, bg, bit, want);
		if (nr > best) {
			best = nr;
			*where = bit;
		}
		if (best == want)
			return best;
		bit += nr;
	}
}

/* Allocate a run of at least @least blocks in one group, 0 if there is none. */
static u32 bg_alloc_in(struct iopath_fs *fs, struct iopath_bg *bg,
		       struct iopath_oe *oe, u32 want, u32 least, u64 *block)
{
	u32 i, nr = 0, bit = 0;

	spin_lock(&bg->lock);
	if (bg->ro || bg->nr_free < least)
		goto out;
	nr = bg_find(fs, bg, want, &bit);
	if (nr < least) {
		nr = 0;
		goto out;
	}
	if (oe) {
		oe->disk.start = bg->first + bit;
		oe->disk.last = bg->first + bit + nr - 1;
		if (!oe->io->ops->alloc_enter(oe, bg)) {
			nr = 0;
			goto out;
		}
		oe->bg = bg;
	}
	for (i = 0; i < nr; i++) {
		iopath_bit_set(bg->used, bit + i);
		bg->refs[bit + i] = 1;
		WRITE_ONCE(fs->sums[bg->first + bit + i -
				    fs->layout.data_first], 0);
	}
	bg->nr_free -= nr;
	bg->cursor = (bit + nr) % fs->geo.bg_blocks;
	*block = bg->first + bit;
out:
	spin_unlock(&bg->lock);
	return nr;
}

/**
 * iopath_bg_alloc() - allocate blocks that have been reserved (DW.10)
 * @fs:    file system
 * @oe:    ordered extent whose disk range is set, or NULL for relocation
 * @want:  how many, at most what is reserved
 * @block: set to the first one
 *
 * One run of @want blocks if any group has it, else the longest run of some
 * group: then the caller comes again for the rest.
 *
 * Context: process context; does not wait.
 * Return: how many; 0 if there are none, which a reservation excludes.
 */
u32 iopath_bg_alloc(struct iopath_fs *fs, struct iopath_oe *oe, u32 want,
		    u64 *block)
{
	u32 first = fs->knobs.one_cpu ? 0 : iopath_cpu(fs) % fs->geo.nr_bgs;
	u32 least, i, nr;

	/* halve the demand until some group can meet it */
	for (least = want; least; least /= 2) {
		for (i = 0; i < fs->geo.nr_bgs; i++) {
			u32 index = (first + i) % fs->geo.nr_bgs;

			nr = bg_alloc_in(fs, &fs->bgs[index], oe, want, least,
					 block);
			if (nr)
				return nr;
		}
	}
	return 0;
}

/**
 * iopath_bg_unpin() - a transaction has committed
 * @fs:      file system
 * @transid: its number; what it freed becomes free, what it left to one owner
 *           belongs to that one alone
 *
 * Context: process context; trans.commit_mutex is held.
 */
void iopath_bg_unpin(struct iopath_fs *fs, u64 transid)
{
	u32 words = fs->geo.bg_blocks / IOPATH_WORD_BITS;
	u32 i, word;

	for (i = 0; i < fs->geo.nr_bgs; i++) {
		struct iopath_bg *bg = &fs->bgs[i];
		u64 *pinned = bg->pinned[transid & 1];
		u32 nr = 0;

		spin_lock(&bg->lock);
		for (word = 0; word < words; word++) {
			nr += hweight64(pinned[word]);
			bg->used[word] &= ~pinned[word];
			pinned[word] = 0;
			bg->lost[transid & 1][word] = 0;
		}
		bg->nr_free += nr;
		if (!bg->ro)
			iopath_space_return(fs, nr);
		spin_unlock(&bg->lock);
	}
}

/**
 * iopath_bg_set_ro() - no new extents in this group (RL.1)
 * @fs: file system
 * @bg: block group
 *
 * Context: process context.
 * Return: 0, -EBUSY if it is read-only already, -ENOSPC if its free blocks are
 * needed to keep what has been promised.
 */
int iopath_bg_set_ro(struct iopath_fs *fs, struct iopath_bg *bg)
{
	int err = 0;

	spin_lock(&bg->lock);
	if (bg->ro)
		err = -EBUSY;
	else if (!iopath_space_try(fs, bg->nr_free))
		err = -ENOSPC;
	else
		bg->ro = true;
	spin_unlock(&bg->lock);
	return err;
}

void iopath_bg_clear_ro(struct iopath_fs *fs, struct iopath_bg *bg)
{
	spin_lock(&bg->lock);
	bg->ro = false;
	iopath_space_return(fs, bg->nr_free);
	spin_unlock(&bg->lock);
}
