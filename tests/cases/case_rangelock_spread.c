// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A lock that adapts: when it spreads, what the verbs do then, how it gathers,
 * grows and becomes small again, and that it is right without memory.
 */
#include "case_spread.h"
#include "cases.h"

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED
#define PAGE	CASE_PAGE
#define HELD	6000

/**
 * struct spreading - a lock that is made to spread
 * @lock: the lock
 * @held: held by nobody in particular
 * @req:  of the case
 * @more: of the case
 */
struct spreading {
	struct case_lock lock;
	struct rangelock_req held[HELD];
	struct rangelock_req req;
	struct rangelock_req more[RANGELOCK_SLOTS + 1];
};

/* What the lock does is left to the case: the worker fills the pool only. */
static struct spreading *spreading_new(struct case_ctx *t)
{
	struct spreading *c = rlenv_alloc_big(sizeof(*c));

	if (CASE_EXPECT(t, c))
		case_lock_init(&c->lock, &rangelock_modes_rw);
	WRITE_ONCE(rangelock_pool_still, true);
	return c;
}

static void spreading_free(struct case_ctx *t, struct spreading *c)
{
	WRITE_ONCE(rangelock_pool_still, false);
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

/* A pair on page @page; false if the case has failed. */
static bool pair(struct case_ctx *t, struct spreading *c, u64 page,
		 unsigned int mode)
{
	return case_page_pair(t, &c->lock.rl, &c->req, page, mode);
}

/* Beside a held range use others until the lock has spread. */
static bool make_spread(struct case_ctx *t, struct spreading *c)
{
	return case_hold(t, &c->lock, &c->held[0], 0, PAGE - 1, X) &&
	       case_make_spread(t, &c->lock.rl, &c->req, 1, 100) &&
	       CASE_EXPECT_EQ(t, rangelock_validate(&c->lock.rl), 0);
}

static s64 in_bucket(struct spreading *c)
{
	return atomic64_read(&c->lock.stats.in_bucket);
}

/* Alone and without contention a lock never takes memory. */
static void case_stays_small(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	unsigned int i;

	CASE_CHECK(t, c);
	for (i = 0; i < 1000; i++)
		if (!pair(t, c, i, X))
			break;
	CASE_EXPECT(t, !c->lock.rl.spread);
	CASE_EXPECT_EQ(t, c->lock.stats.starved, 0);
	spreading_free(t, c);
}

/*
 * Disjoint ranges are granted by their bucket, and only by it, but for the few
 * that share theirs with a range that the tree holds.
 */
static void case_disjoint(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	s64 before, fast, all;
	u32 i;

	CASE_CHECK(t, c);
	if (make_spread(t, c)) {
		before = in_bucket(c);
		all = atomic64_read(&c->lock.stats.acquired);
		for (i = 1; i <= 100; i++)
			if (!pair(t, c, i, i % 2 ? X : S))
				break;
		fast = in_bucket(c) - before;
		CASE_EXPECT(t, fast > 50);
		CASE_EXPECT(t, fast <= 100);
		CASE_EXPECT_EQ(t, atomic64_read(&c->lock.stats.acquired),
			       all + 100);
	}
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* Conflicts with a range in a bucket are found, by narrow and by wide ranges. */
static void check_conflicts(struct case_ctx *t, struct spreading *c)
{
	struct rangelock *rl = &c->lock.rl;
	struct rangelock_req *a = &c->more[0], *b = &c->more[1];
	u64 at = 40 * PAGE;

	CASE_CHECK(t, case_hold(t, &c->lock, a, at, at + 99, X));
	CASE_CHECK(t, a->home);
	CASE_CHECK_EQ(t, rangelock_try(rl, b, at + 99, at + 99, S), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(rl, b, at, at, X), -EAGAIN);
	CASE_CHECK(t, a->home);
	/* The same sixteenth of the stripe, but no byte in common. */
	CASE_CHECK_EQ(t, rangelock_try(rl, b, at + 100, at + 100, X), 0);
	CASE_CHECK(t, b->home);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, b), 0);

	/* Across two stripes: the bucket gives up what it has. */
	CASE_CHECK_EQ(t, rangelock_try(rl, b, at - 1, at, X), -EAGAIN);
	CASE_CHECK(t, !a->home);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, b, 0, RANGELOCK_MAX, S), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, a), 0);
}

static void case_conflicts(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);

	CASE_CHECK(t, c);
	if (make_spread(t, c))
		check_conflicts(t, c);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* A queued request bars its bucket until it is gone; then that opens again. */
static void check_waiter(struct case_ctx *t, struct spreading *c)
{
	struct rangelock *rl = &c->lock.rl;
	struct case_req waiter;
	u64 at = 50 * PAGE;
	s64 before;

	CASE_CHECK(t, case_hold(t, &c->lock, &c->more[0], at, at + 9, X));
	CASE_CHECK_EQ(t, case_enqueue(&c->lock, &waiter, at + 5, at + 20, X),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	/* Behind the waiter, though nobody holds these bytes. */
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at + 15, at + 15, X),
		      -EAGAIN);
	before = in_bucket(c);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at + 100, at + 100, X), 0);
	CASE_CHECK_EQ(t, in_bucket(c), before);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->req), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->more[0]), 0);
	CASE_CHECK_EQ(t, waiter.granted, 1);
	CASE_CHECK_EQ(t, rangelock_release(rl, &waiter.req), 0);

	CASE_CHECK(t, pair(t, c, 50, X));
	CASE_CHECK_EQ(t, in_bucket(c), before + 1);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
}

static void case_waiter(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);

	CASE_CHECK(t, c);
	if (make_spread(t, c))
		check_waiter(t, c);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* Shrink and downgrade of what a bucket holds. */
static void check_change(struct case_ctx *t, struct spreading *c)
{
	struct rangelock *rl = &c->lock.rl;
	struct rangelock_req *a = &c->more[0];
	u64 at = 60 * PAGE;

	CASE_CHECK(t, case_hold(t, &c->lock, a, at, at + PAGE - 1, X));
	CASE_CHECK_EQ(t, rangelock_shrink(rl, a, at + 10, at + 20), 0);
	CASE_CHECK(t, a->home);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at + 9, X), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->req), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at + 10, X), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, a, S), 0);
	CASE_CHECK(t, a->home);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at + 10, S), 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->req), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at + 10, X), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_release(rl, a), 0);
}

static void case_change(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);

	CASE_CHECK(t, c);
	if (make_spread(t, c))
		check_change(t, c);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* One range more than a bucket has room for. */
static void check_full(struct case_ctx *t, struct spreading *c)
{
	struct rangelock *rl = &c->lock.rl;
	u64 at = 70 * PAGE;
	u32 i;

	for (i = 0; i <= RANGELOCK_SLOTS; i++) {
		CASE_CHECK(t, case_hold(t, &c->lock, &c->more[i], at, at + 9,
					S));
		CASE_CHECK_EQ(t, !!c->more[i].home, i < RANGELOCK_SLOTS);
		CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	}
	/* The last one has moved the others to the tree. */
	CASE_CHECK(t, !c->more[0].home);
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at, X), -EAGAIN);
	for (i = 0; i <= RANGELOCK_SLOTS; i++) {
		CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, at, at, X),
			      -EAGAIN);
		CASE_CHECK_EQ(t, rangelock_release(rl, &c->more[i]), 0);
		CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	}
	CASE_CHECK(t, pair(t, c, 70, X));
}

static void case_full(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);

	CASE_CHECK(t, c);
	if (make_spread(t, c))
		check_full(t, c);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* With thousands of held ranges the lock goes on with more buckets. */
static void case_grows(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	u32 i, nr;

	CASE_CHECK(t, c);
	for (nr = 0; nr < HELD; nr++) {
		if (!case_hold(t, &c->lock, &c->held[nr], nr * PAGE,
			       nr * PAGE + PAGE - 1, X))
			break;
		if (nr % 256 == 255)
			rlenv_sleep_ns(1000000);
	}
	for (i = 0; i < CASE_WARM_TURNS && c->lock.stats.grown < 2; i++) {
		if (!pair(t, c, HELD + i % 10000, X))
			break;
		if (i % 256 == 255)
			rlenv_sleep_ns(100000);
	}
	CASE_EXPECT(t, c->lock.stats.grown >= 2);
	CASE_EXPECT_EQ(t, rangelock_validate(&c->lock.rl), 0);
	for (i = 0; i < nr; i += 17)
		CASE_EXPECT_EQ(t, rangelock_try(&c->lock.rl, &c->req,
						i * PAGE, i * PAGE, S),
			       -EAGAIN);
	CASE_EXPECT_EQ(t, rangelock_try(&c->lock.rl, &c->req, 0,
					RANGELOCK_MAX, S), -EAGAIN);
	CASE_EXPECT_EQ(t, rangelock_validate(&c->lock.rl), 0);
	for (i = 0; i < nr; i++)
		CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl, &c->held[i]),
			       0);
	spreading_free(t, c);
}

/* All want the whole file, shared: by processor, until somebody is exclusive. */
static void case_readers(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	struct rangelock *rl;
	u32 i;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	if (!case_hold(t, &c->lock, &c->held[0], 0, RANGELOCK_MAX, S))
		goto out;
	for (i = 0; i < CASE_WARM_TURNS && !case_is_open(&c->lock.rl); i++) {
		if (rangelock_try(rl, &c->req, 0, RANGELOCK_MAX, S) ||
		    rangelock_release(rl, &c->req))
			break;
		if (i % 256 == 255)
			rlenv_sleep_ns(100000);
	}
	CASE_EXPECT(t, c->lock.stats.shared_spread > 0);
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->req, 1, RANGELOCK_MAX, S), 0);
	CASE_EXPECT(t, c->req.home);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->more[0], 9, 9, X), -EAGAIN);
	CASE_EXPECT(t, !c->req.home);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->held[0]), 0);
	/* Byte 0 is free now, the others are not. */
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->more[0], 9, 9, X), -EAGAIN);
	CASE_EXPECT_EQ(t, rangelock_try(rl, &c->more[0], 0, 0, X), 0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->more[0]), 0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &c->req), 0);
out:
	spreading_free(t, c);
}

/* Without memory the lock is right, and says what it misses. */
static void case_starves(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	u32 i;

	CASE_CHECK(t, c);
	WRITE_ONCE(rangelock_pool_dry, true);
	if (case_hold(t, &c->lock, &c->held[0], 0, PAGE - 1, X))
		for (i = 1; i < 1000; i++)
			if (!pair(t, c, i, X))
				break;
	CASE_EXPECT(t, c->lock.stats.starved > 0);
	CASE_EXPECT_EQ(t, c->lock.stats.spread, 0);
	CASE_EXPECT_EQ(t, in_bucket(c), 0);
	CASE_EXPECT_EQ(t, rangelock_validate(&c->lock.rl), 0);
	WRITE_ONCE(rangelock_pool_dry, false);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

/* Left alone, a lock gives its buckets back; so does one that is used alone. */
static void case_becomes_small(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	u32 i;

	CASE_CHECK(t, c);
	if (make_spread(t, c)) {
		rangelock_release(&c->lock.rl, &c->held[0]);
		WRITE_ONCE(rangelock_pool_still, false);
		for (i = 0; i < 3000 && READ_ONCE(c->lock.rl.spread); i++) {
			if (!pair(t, c, i % 100, X))
				break;
			rlenv_sleep_ns(5000000);
		}
		CASE_EXPECT(t, !READ_ONCE(c->lock.rl.spread));
	}
	spreading_free(t, c);
}

/* The tree alone, for those who ask for it. */
static void case_tree_only(struct case_ctx *t)
{
	struct spreading *c = spreading_new(t);
	u32 i;

	CASE_CHECK(t, c);
	rangelock_set_policy(&c->lock.rl, RANGELOCK_TREE_ONLY);
	if (case_hold(t, &c->lock, &c->held[0], 0, PAGE - 1, X))
		for (i = 1; i < 1000; i++)
			if (!pair(t, c, i, X))
				break;
	CASE_EXPECT(t, !c->lock.rl.spread);
	CASE_EXPECT_EQ(t, c->lock.stats.starved, 0);
	rangelock_release(&c->lock.rl, &c->held[0]);
	spreading_free(t, c);
}

const struct case_desc cases_rangelock_spread[] = {
	{ "stays_small", case_stays_small },
	{ "disjoint", case_disjoint },
	{ "conflicts", case_conflicts },
	{ "waiter", case_waiter },
	{ "change", case_change },
	{ "full", case_full },
	{ "grows", case_grows },
	{ "readers", case_readers },
	{ "starves", case_starves },
	{ "becomes_small", case_becomes_small },
	{ "tree_only", case_tree_only },
	{ NULL },
};
