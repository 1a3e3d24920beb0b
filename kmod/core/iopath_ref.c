// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * References to data blocks.  Each item that names a block holds one; who has
 * allocated a block holds the first one, until it hands it to an item or puts
 * it.  A block with two is *shared* and is not written in place.
 *
 * Nor is a block that was shared in the last commit, as long as there is no
 * newer one: after a crash the item that has left it would be back, and find
 * what the remaining owner has written in between.
 */
#include "iopath_internal.h"

/* Mount and replay: these blocks have an item. */
void iopath_bg_claim(struct iopath_fs *fs, u64 block, u64 nr)
{
	for (; nr; nr--, block++) {
		struct iopath_bg *bg = iopath_bg_of(fs, block);
		u32 bit = (u32)(block - bg->first);

		spin_lock(&bg->lock);
		if (!iopath_bit_test(bg->used, bit)) {
			iopath_bit_set(bg->used, bit);
			bg->nr_free--;
			fs->space.free--;
		}
		bg->refs[bit]++;
		/* a log record may bring back what an earlier one freed */
		iopath_bit_clear(bg->pinned[0], bit);
		iopath_bit_clear(bg->pinned[1], bit);
		spin_unlock(&bg->lock);
	}
}

/**
 * iopath_bg_ref() - one more item names these blocks
 * @fs:    file system
 * @block: first block
 * @nr:    number of blocks, all in one group
 *
 * Context: process context; the caller keeps an item that names them from being
 * replaced, or holds a reference.
 * Return: whether all of them had a reference.
 */
bool iopath_bg_ref(struct iopath_fs *fs, u64 block, u64 nr)
{
	struct iopath_bg *bg = iopath_bg_of(fs, block);
	u32 bit = (u32)(block - bg->first);
	bool alive = true;

	spin_lock(&bg->lock);
	for (; nr; nr--, bit++)
		alive &= bg->refs[bit]++ != 0;
	spin_unlock(&bg->lock);
	return alive;
}

static void bg_drop(struct iopath_fs *fs, u64 block, u64 nr, bool committed)
{
	struct iopath_bg *bg = iopath_bg_of(fs, block);
	u32 parity = fs->trans.id & 1;
	u32 bit = (u32)(block - bg->first);

	spin_lock(&bg->lock);
	for (; nr; nr--, bit++) {
		if (WARN_ON_ONCE(!bg->refs[bit]))
			continue;
		if (!--bg->refs[bit])
			iopath_bit_set(bg->pinned[parity], bit);
		else if (committed)
			iopath_bit_set(bg->lost[parity], bit);
	}
	spin_unlock(&bg->lock);
}

/*
 * An item leaves its blocks.  The last reference pins them until the running
 * transaction has committed.  Context: a handle is held, or mount.
 */
void iopath_bg_free(struct iopath_fs *fs, u64 block, u64 nr)
{
	bg_drop(fs, block, nr, true);
}

/* Put a reference that never was an item's.  Context: as iopath_bg_free(). */
void iopath_bg_put(struct iopath_fs *fs, u64 block, u64 nr)
{
	bg_drop(fs, block, nr, false);
}

static bool bit_is_shared(const struct iopath_bg *bg, u32 bit)
{
	return bg->refs[bit] > 1 || iopath_bit_test(bg->lost[0], bit) ||
	       iopath_bit_test(bg->lost[1], bit);
}

/* Whether any block of a run is shared.  Context: bg->lock is held. */
bool iopath_bg_run_is_shared(struct iopath_bg *bg, u64 block, u64 nr)
{
	u32 bit = (u32)(block - bg->first);

	lockdep_assert_held(&bg->lock);
	for (; nr; nr--, bit++)
		if (bit_is_shared(bg, bit))
			return true;
	return false;
}

/**
 * iopath_block_run() - how far are blocks shared, or not
 * @fs:     file system
 * @block:  first block
 * @nr:     number of blocks, all in one group
 * @shared: set to whether @block is
 *
 * Context: process context.  The answer holds for as long as the caller keeps
 * others from adding references.
 * Return: length of the run that is shared, or not, like @block; at most @nr.
 */
u64 iopath_block_run(struct iopath_fs *fs, u64 block, u64 nr, bool *shared)
{
	struct iopath_bg *bg = iopath_bg_of(fs, block);
	u32 bit = (u32)(block - bg->first);
	u64 run = 1;

	spin_lock(&bg->lock);
	*shared = bit_is_shared(bg, bit);
	while (run < nr && bit_is_shared(bg, bit + (u32)run) == *shared)
		run++;
	spin_unlock(&bg->lock);
	return run;
}

/* Whether anybody refers to a run of blocks of one group.  Context: any. */
bool iopath_bg_run_has_refs(struct iopath_fs *fs, u64 block, u64 nr)
{
	struct iopath_bg *bg = iopath_bg_of(fs, block);
	u32 bit = (u32)(block - bg->first);
	bool found = false;

	spin_lock(&bg->lock);
	for (; nr && !found; nr--, bit++)
		found = bg->refs[bit];
	spin_unlock(&bg->lock);
	return found;
}

/* Whether all blocks of a run are there for an item.  Context: any. */
bool iopath_bg_run_is_used(struct iopath_bg *bg, u64 block, u64 nr)
{
	u32 bit = (u32)(block - bg->first);
	bool used = true;

	spin_lock(&bg->lock);
	for (; nr; nr--, bit++)
		used &= bg->refs[bit] && iopath_bit_test(bg->used, bit) &&
			!iopath_bit_test(bg->pinned[0], bit) &&
			!iopath_bit_test(bg->pinned[1], bit);
	spin_unlock(&bg->lock);
	return used;
}
