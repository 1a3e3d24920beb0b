// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * More on one range than a section of the lock looks at: searches that go on
 * after others had the lock, and sweeps of many waiters.
 */
#include "case_lock.h"
#include "cases.h"
#include "rangelock_queue.h"

#define CROWD	(4 * RANGELOCK_LOOK_MAX)
#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED
#define BEYOND	1000000ull

/**
 * struct crowd - many requests on one range
 * @lock:    the lock
 * @held:    shared holders, all of them overlap
 * @waiter:  requests with callbacks
 * @req:     of the case
 */
struct crowd {
	struct case_lock lock;
	struct rangelock_req held[CROWD];
	struct case_req waiter[CROWD];
	struct rangelock_req req;
};

/* A lock with @nr shared holders of ranges that start one after another. */
static struct crowd *crowd_new(struct case_ctx *t, u32 nr)
{
	struct crowd *c = rlenv_alloc_big(sizeof(*c));
	u32 i;

	if (!CASE_EXPECT(t, c))
		return NULL;
	case_lock_init(&c->lock, &rangelock_modes_rw);
	rangelock_set_policy(&c->lock.rl, RANGELOCK_TREE_ONLY);
	for (i = 0; i < nr; i++)
		if (!case_hold(t, &c->lock, &c->held[i], i, BEYOND, S))
			break;
	return c;
}

static void crowd_free(struct case_ctx *t, struct crowd *c)
{
	CASE_EXPECT(t, c->lock.stats.visited_max <= RANGELOCK_LOOK_MAX);
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

static void release_held(struct case_ctx *t, struct crowd *c, u32 from, u32 to)
{
	for (; from < to; from++)
		CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl,
						    &c->held[from]), 0);
}

/* A try looks at all of them, before it says yes or no. */
static void case_try_among_many(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, CROWD);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->req, 0, BEYOND, S), 0);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->req), 0);
	/* The last of them in the order of the tree is in the way. */
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[0], BEYOND,
				       BEYOND + 1, X), -EINPROGRESS);
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->req, 0, BEYOND, S), -EAGAIN);
	CASE_EXPECT(t, !rangelock_is_held(&c->req));
	CASE_EXPECT_EQ(t, rl->nr_waiting, 1);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_cancel(&c->waiter[0].req), 0);
	release_held(t, c, 0, CROWD);
	crowd_free(t, c);
}

/* An acquire is granted at once, or finds the only one that is in the way. */
static void case_search_goes_on(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, CROWD);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[0], 0, BEYOND, S),
		       0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->waiter[0].req), 0);
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[1], BEYOND,
				       BEYOND + 1, X), -EINPROGRESS);
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[2], 0, BEYOND, S),
		       -EINPROGRESS);
	CASE_EXPECT_EQ(t, rangelock_blockers(rl, &c->waiter[2].req), 1);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_cancel(&c->waiter[1].req), 0);
	CASE_EXPECT_EQ(t, case_nr_granted(&c->waiter[2]), 1);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->waiter[2].req), 0);
	release_held(t, c, 0, CROWD);
	crowd_free(t, c);
}

/* One who waits for all of them gets the range from the last. */
static void case_behind_many(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, CROWD);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[0], 0, BEYOND, X),
		       -EINPROGRESS);
	CASE_EXPECT_EQ(t, rangelock_blockers(rl, &c->waiter[0].req), CROWD);
	release_held(t, c, 0, CROWD / 2);
	CASE_EXPECT_EQ(t, rangelock_blockers(rl, &c->waiter[0].req), CROWD / 2);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	release_held(t, c, CROWD / 2, CROWD - 1);
	CASE_EXPECT_EQ(t, case_nr_granted(&c->waiter[0]), 0);
	release_held(t, c, CROWD - 1, CROWD);
	CASE_EXPECT_EQ(t, case_nr_granted(&c->waiter[0]), 1);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->waiter[0].req), 0);
	crowd_free(t, c);
}

static u32 nr_granted(struct crowd *c)
{
	u32 i, nr = 0;

	for (i = 0; i < CROWD; i++)
		nr += case_nr_granted(&c->waiter[i]);
	return nr;
}

/* What one gives back goes to all who waited for it, and to nobody else. */
static void sweep_case(struct case_ctx *t,
		       int (*give)(struct rangelock *rl,
				   struct rangelock_req *req), u32 granted)
{
	struct crowd *c = crowd_new(t, 0);
	struct rangelock *rl;
	u32 i;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	CASE_EXPECT(t, case_hold(t, &c->lock, &c->req, 0, BEYOND, X));
	for (i = 0; i < CROWD; i++)
		CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[i], i, i,
					       i % 2 ? X : S), -EINPROGRESS);
	CASE_EXPECT_EQ(t, give(rl, &c->req), 0);
	CASE_EXPECT_EQ(t, nr_granted(c), granted);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	if (rangelock_is_held(&c->req))
		CASE_EXPECT_EQ(t, rangelock_release(rl, &c->req), 0);
	CASE_EXPECT_EQ(t, nr_granted(c), CROWD);
	for (i = 0; i < CROWD; i++)
		CASE_EXPECT_EQ(t, rangelock_release(rl, &c->waiter[i].req), 0);
	crowd_free(t, c);
}

static int give_half(struct rangelock *rl, struct rangelock_req *req)
{
	return rangelock_shrink(rl, req, CROWD / 2, BEYOND);
}

static int give_mode(struct rangelock *rl, struct rangelock_req *req)
{
	return rangelock_downgrade(rl, req, S);
}

static void case_sweep_release(struct case_ctx *t)
{
	sweep_case(t, rangelock_release, CROWD);
}

static void case_sweep_shrink(struct case_ctx *t)
{
	sweep_case(t, give_half, CROWD / 2);
}

static void case_sweep_downgrade(struct case_ctx *t)
{
	sweep_case(t, give_mode, CROWD / 2);
}

const struct case_desc cases_rangelock_queue[] = {
	{ "try_among_many", case_try_among_many },
	{ "search_goes_on", case_search_goes_on },
	{ "behind_many", case_behind_many },
	{ "sweep_release", case_sweep_release },
	{ "sweep_shrink", case_sweep_shrink },
	{ "sweep_downgrade", case_sweep_downgrade },
	{ NULL },
};
