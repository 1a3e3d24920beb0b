// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Corners of the lock that seeded bugs have shown to be without a test; each
 * case names the one of tests/mutants/ that it is for.
 */
#include "case_spread.h"
#include "cases.h"
#include "rangelock_queue.h"

#define X	RANGELOCK_EXCLUSIVE
#define PAGE	CASE_PAGE
#define READERS	RANGELOCK_LOOK_MAX

/**
 * struct corner - a lock and who uses it
 * @lock: the lock
 * @held: held by nobody in particular
 * @req:  of the case
 */
struct corner {
	struct case_lock lock;
	struct rangelock_req held[READERS + 1];
	struct rangelock_req req;
};

static struct corner *corner_new(struct case_ctx *t,
				 const struct rangelock_modes *modes)
{
	struct corner *c = rlenv_alloc_big(sizeof(*c));

	if (CASE_EXPECT(t, c))
		case_lock_init(&c->lock, modes);
	return c;
}

static void corner_free(struct case_ctx *t, struct corner *c)
{
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

/*
 * search_not_continued, itree_after_exclusive: what conflicts comes after more
 * than one section of the lock looks at, and shares one unit with the request.
 */
static void case_search_goes_on(struct case_ctx *t)
{
	struct corner *c = corner_new(t, &rangelock_modes_file);
	struct rangelock *rl = &c->lock.rl;
	u32 i;

	CASE_CHECK(t, c);
	rangelock_set_policy(rl, RANGELOCK_TREE_ONLY);
	for (i = 0; i < READERS; i++)
		CASE_CHECK(t, case_hold(t, &c->lock, &c->held[i], 9, 15,
					RANGELOCK_READ));
	CASE_CHECK(t, case_hold(t, &c->lock, &c->held[i], 10, 10,
				RANGELOCK_LOG));
	CASE_CHECK_EQ(t, rangelock_try(rl, &c->req, 10, 20, RANGELOCK_LOG),
		      -EAGAIN);
	for (i = 0; i <= READERS; i++)
		CASE_CHECK_EQ(t, rangelock_release(rl, &c->held[i]), 0);
	corner_free(t, c);
}

/*
 * pass_wider, pass_a_holder: who asks for a part of a sleeper's range does not
 * pass it, and nobody does once it holds the range.
 */
static void case_pass_part(struct case_ctx *t)
{
	unsigned int how = RANGELOCK_MAY_PASS | RANGELOCK_MAY_QUEUE;
	struct corner *c = corner_new(t, &rangelock_modes_rw);
	struct rangelock *rl = &c->lock.rl;

	CASE_CHECK(t, c);
	CASE_CHECK(t, case_hold(t, &c->lock, &c->held[0], 0, 99, X));
	CASE_CHECK_EQ(t, rangelock_take(rl, &c->held[1], 0, 99, X, NULL, how),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held[0]), 0);
	CASE_CHECK_EQ(t, rangelock_take(rl, &c->req, 1, 99, X, NULL,
					RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK_EQ(t, rangelock_take(rl, &c->req, 0, 98, X, NULL,
					RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK(t, rangelock_claim(rl, &c->held[1], false));
	CASE_CHECK_EQ(t, rangelock_take(rl, &c->req, 0, 99, X, NULL,
					RANGELOCK_MAY_PASS), -EAGAIN);
	c->held[1].owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held[1]), 0);
	corner_free(t, c);
}

/**
 * struct destroyer - a request whose callback destroys the lock
 * @req:  the request
 * @lock: the lock
 * @ret:  what rangelock_destroy() has returned
 */
struct destroyer {
	struct rangelock_req req;
	struct rangelock *lock;
	int ret;
};

static void destroy_it(struct rangelock_req *req)
{
	struct destroyer *d = container_of(req, struct destroyer, req);

	rangelock_release(d->lock, req);
	d->ret = rangelock_destroy(d->lock);
}

/* destroy_busy: a lock is in use as long as a callback of it is under way. */
static void case_destroy_in_callback(struct case_ctx *t)
{
	struct corner *c = corner_new(t, &rangelock_modes_rw);
	struct rangelock *rl = &c->lock.rl;
	struct destroyer d = { .lock = rl };

	CASE_CHECK(t, c);
	CASE_CHECK(t, case_hold(t, &c->lock, &c->held[0], 0, 99, X));
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &d.req, 0, 99, X, destroy_it),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held[0]), 0);
	CASE_CHECK_EQ(t, d.ret, -EBUSY);
	corner_free(t, c);
}

/* Use other pages than those that are held until the buckets are open. */
static bool make_spread(struct case_ctx *t, struct corner *c)
{
	return case_make_spread(t, &c->lock.rl, &c->req, 10, 90);
}

/*
 * promote_conflict: while the buckets open, a range does not move to one that
 * the range across two stripes bars.
 */
static void case_straddle_opens(struct case_ctx *t)
{
	struct corner *c = corner_new(t, &rangelock_modes_rw);
	struct rangelock *rl = &c->lock.rl;

	CASE_CHECK(t, c);
	CASE_CHECK(t, case_hold(t, &c->lock, &c->held[0], PAGE - 10, PAGE + 10,
				X));
	CASE_CHECK(t, case_hold(t, &c->lock, &c->held[1], PAGE + 20, PAGE + 30,
				X));
	WRITE_ONCE(rangelock_pool_still, true);
	CASE_EXPECT(t, make_spread(t, c));
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	WRITE_ONCE(rangelock_pool_still, false);
	rangelock_release(rl, &c->held[0]);
	rangelock_release(rl, &c->held[1]);
	corner_free(t, c);
}

/* wide_one_step: a wide range meets what any bucket holds. */
static void case_wide_meets_all(struct case_ctx *t)
{
	struct corner *c = corner_new(t, &rangelock_modes_rw);
	struct rangelock *rl = &c->lock.rl;
	u64 page;

	CASE_CHECK(t, c);
	WRITE_ONCE(rangelock_pool_still, true);
	for (page = 1; page <= 8 && !case_has_failed(t); page++) {
		case_hold(t, &c->lock, &c->held[0], 0, PAGE - 1, X);
		if (!make_spread(t, c))
			break;
		case_hold(t, &c->lock, &c->held[1], page * PAGE,
			  page * PAGE + PAGE - 1, X);
		rangelock_release(rl, &c->held[0]);
		CASE_EXPECT_EQ(t, rangelock_try(rl, &c->req, 0, RANGELOCK_MAX,
						X), -EAGAIN);
		rangelock_release(rl, &c->held[1]);
	}
	WRITE_ONCE(rangelock_pool_still, false);
	corner_free(t, c);
}

const struct case_desc cases_rangelock_corner[] = {
	{ "search_goes_on", case_search_goes_on },
	{ "pass_part", case_pass_part },
	{ "destroy_in_callback", case_destroy_in_callback },
	{ "straddle_opens", case_straddle_opens },
	{ "wide_meets_all", case_wide_meets_all },
	{ }
};
