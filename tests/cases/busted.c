// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Three locks that are broken on purpose, each in one way that published range
 * locks were broken in.  The torture must notice all of them.
 *
 * All verbs are the same here: sleep until the range is free, retry.
 */
#include "case_lock.h"
#include "torture.h"

/* How often busted_wake forgets somebody. */
#define LOSE_ONE_IN 16

typedef bool (*overlap_fn)(const struct torture_io *a,
			   const struct torture_io *b);

static bool overlaps(const struct torture_io *a, const struct torture_io *b)
{
	return a->start <= b->last && b->start <= a->last;
}

/* The bug: two ranges that share one unit only do not overlap. */
static bool overlaps_off_by_one(const struct torture_io *a,
				const struct torture_io *b)
{
	return a->start < b->last && b->start < a->last;
}

static bool is_blocked_locked(struct torture *tt, const struct torture_io *io,
			      overlap_fn overlap)
{
	struct torture_io *other;

	lockdep_assert_held(&tt->broken_lock);
	list_for_each_entry(other, &tt->holders, queue)
		if (overlap(io, other) &&
		    torture_conflict(tt, io->mode, other->mode))
			return true;
	return false;
}

/* Sleeping is woken by a release; 1 is "look again". */
static int busted_acquire(struct torture *tt, struct torture_io *io,
			  enum torture_verb verb, overlap_fn overlap)
{
	unsigned long flags;
	u64 woken = 0;
	bool blocked;

	for (;;) {
		spin_lock_irqsave(&tt->broken_lock, flags);
		blocked = is_blocked_locked(tt, io, overlap);
		if (blocked && verb != TORTURE_TRY) {
			io->task = rlenv_self();
			WRITE_ONCE(io->word, 0);
			list_add_tail(&io->queue, &tt->sleepers);
		} else if (!blocked) {
			list_add_tail(&io->queue, &tt->holders);
		}
		spin_unlock_irqrestore(&tt->broken_lock, flags);
		if (!blocked)
			return 0;
		if (verb == TORTURE_TRY)
			return -EAGAIN;
		rlenv_wait_on(&io->word, 1, RANGELOCK_WAIT_FOREVER, 0, &woken);
	}
}

/* Wake all sleepers, but forget one now and then if @lose_one. */
static void wake_sleepers_locked(struct torture *tt, bool lose_one)
{
	struct torture_io *io, *next;

	lockdep_assert_held(&tt->broken_lock);
	list_for_each_entry_safe(io, next, &tt->sleepers, queue) {
		if (lose_one && ++tt->wakeups % LOSE_ONE_IN == 0) {
			list_move_tail(&io->queue, &tt->forgotten);
			continue;
		}
		list_del_init(&io->queue);
		rlenv_publish_wake(&io->word, 1, io->task);
	}
}

static void busted_release(struct torture *tt, struct torture_io *io,
			   bool lose_one)
{
	unsigned long flags;

	spin_lock_irqsave(&tt->broken_lock, flags);
	list_del_init(&io->queue);
	wake_sleepers_locked(tt, lose_one);
	spin_unlock_irqrestore(&tt->broken_lock, flags);
}

static int none_acquire(struct torture *tt, struct torture_io *io,
			enum torture_verb verb)
{
	return 0;
}

static int none_release(struct torture *tt, struct torture_io *io)
{
	return 0;
}

static int overlap_acquire(struct torture *tt, struct torture_io *io,
			   enum torture_verb verb)
{
	return busted_acquire(tt, io, verb, overlaps_off_by_one);
}

static int overlap_release(struct torture *tt, struct torture_io *io)
{
	busted_release(tt, io, false);
	return 0;
}

static int wake_acquire(struct torture *tt, struct torture_io *io,
			enum torture_verb verb)
{
	return busted_acquire(tt, io, verb, overlaps);
}

static int wake_release(struct torture *tt, struct torture_io *io)
{
	busted_release(tt, io, true);
	return 0;
}

/* What makes the run end although a wake-up was lost. */
static void wake_rescue(struct torture *tt)
{
	struct torture_io *io, *next;
	unsigned long flags;

	spin_lock_irqsave(&tt->broken_lock, flags);
	list_for_each_entry_safe(io, next, &tt->forgotten, queue) {
		list_del_init(&io->queue);
		rlenv_publish_wake(&io->word, 1, io->task);
	}
	spin_unlock_irqrestore(&tt->broken_lock, flags);
}

const struct torture_ops torture_busted_none = {
	.name = "busted_none",
	.acquire = none_acquire,
	.release = none_release,
	.patience = 60ull * 1000 * 1000 * 1000,
	.broken = true,
};

const struct torture_ops torture_busted_overlap = {
	.name = "busted_overlap",
	.acquire = overlap_acquire,
	.release = overlap_release,
	.patience = 60ull * 1000 * 1000 * 1000,
	.broken = true,
};

const struct torture_ops torture_busted_wake = {
	.name = "busted_wake",
	.acquire = wake_acquire,
	.release = wake_release,
	.rescue = wake_rescue,
	.patience = 200ull * 1000 * 1000,
	.broken = true,
};
