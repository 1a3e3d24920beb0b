// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The quick paths of a lock that has spread, which a lock with counters does not
 * take (may_be_quick() in rangelock_quick.c): so these locks have none.
 */
#include "case_spread.h"
#include "cases.h"

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED
#define PAGE	CASE_PAGE
#define PAGES	100

/**
 * struct quick - a lock that has spread
 * @rl:   the lock
 * @held: keeps it spread
 * @req:  of the case
 * @one:  of the case
 * @got:  the partner of the case has its range
 */
struct quick {
	struct rangelock rl;
	struct rangelock_req held;
	struct rangelock_req req[PAGES];
	struct rangelock_req one;
	u32 got;
};

static void make_spread(struct case_ctx *t, struct quick *c)
{
	if (CASE_EXPECT_EQ(t, rangelock_try(&c->rl, &c->held, 0, PAGE - 1, X),
			   0) &&
	    CASE_EXPECT_EQ(t, rangelock_disown(&c->rl, &c->held), 0))
		case_make_spread(t, &c->rl, &c->req[0], 1, PAGES);
}

/* The worker fills the pool only. */
static struct quick *quick_new(struct case_ctx *t)
{
	struct quick *c = rlenv_alloc_big(sizeof(*c));

	if (!CASE_EXPECT(t, c))
		return NULL;
	rangelock_init_named(&c->rl, &rangelock_modes_rw, "case");
	WRITE_ONCE(rangelock_pool_still, true);
	c->got = 0;
	make_spread(t, c);
	return c;
}

static void quick_free(struct case_ctx *t, struct quick *c)
{
	WRITE_ONCE(rangelock_pool_still, false);
	CASE_EXPECT_EQ(t, rangelock_release(&c->rl, &c->held), 0);
	if (!case_has_failed(t)) {
		CASE_EXPECT_EQ(t, rangelock_validate(&c->rl), 0);
		CASE_EXPECT_EQ(t, rangelock_destroy(&c->rl), 0);
	}
	rlenv_free_big(c);
}

/* Take a free range by acquire, and hand it over to nobody. */
static void hold(struct case_ctx *t, struct quick *c, struct rangelock_req *req,
		 u64 start, u64 last, unsigned int mode)
{
	CASE_CHECK_EQ(t, rangelock_acquire(&c->rl, req, start, last, mode), 0);
	CASE_CHECK_EQ(t, rangelock_disown(&c->rl, req), 0);
}

static void drop(struct case_ctx *t, struct quick *c, struct rangelock_req *req)
{
	CASE_CHECK_EQ(t, rangelock_release(&c->rl, req), 0);
	CASE_CHECK_EQ(t, rangelock_validate(&c->rl), 0);
}

/* More ranges than buckets: each enters and leaves beside the others there. */
static void check_beside(struct case_ctx *t, struct quick *c)
{
	u32 i, in_bucket = 0;

	for (i = 0; i < PAGES && !case_has_failed(t); i++) {
		u64 at = (1 + i) * PAGE;

		hold(t, c, &c->req[i], at, at + PAGE - 1, X);
		CASE_CHECK_EQ(t, rangelock_validate(&c->rl), 0);
	}
	CASE_PROPAGATE(t);
	for (i = 0; i < PAGES; i++)
		in_bucket += !!c->req[i].home;
	CASE_CHECK(t, in_bucket > PAGES / 2);
	for (i = 0; i < PAGES; i++)
		CASE_CHECK_EQ(t, rangelock_try(&c->rl, &c->one, (1 + i) * PAGE,
					       (1 + i) * PAGE, S), -EAGAIN);
	for (i = 0; i < PAGES && !case_has_failed(t); i++)
		drop(t, c, &c->req[i * 37 % PAGES]);
}

static void case_beside(struct case_ctx *t)
{
	struct quick *c = quick_new(t);

	CASE_CHECK(t, c);
	if (!case_has_failed(t))
		check_beside(t, c);
	quick_free(t, c);
}

/* A range is found in whichever slot it is, while the others are free. */
static void check_slot(struct case_ctx *t, struct quick *c, u64 at, u32 slot)
{
	u64 mine = at + 10 * slot;
	u32 i;

	for (i = 0; i < RANGELOCK_SLOTS; i++) {
		hold(t, c, &c->req[i], at + 10 * i, at + 10 * i + 9, X);
		CASE_PROPAGATE(t);
		CASE_CHECK(t, c->req[i].home);
	}
	for (i = 0; i < RANGELOCK_SLOTS; i++)
		if (i != slot)
			drop(t, c, &c->req[i]);
	CASE_CHECK_EQ(t, rangelock_try(&c->rl, &c->one, mine + 9, mine + 9, S),
		      -EAGAIN);
	drop(t, c, &c->req[slot]);
}

static void case_slots(struct case_ctx *t)
{
	struct quick *c = quick_new(t);
	u32 i;

	CASE_CHECK(t, c);
	for (i = 0; i < RANGELOCK_SLOTS && !case_has_failed(t); i++)
		check_slot(t, c, (20 + i) * PAGE, i);
	quick_free(t, c);
}

#define AT	(40 * PAGE)

static int partner(void *arg)
{
	struct quick *c = arg;
	int ret;

	/* A thread that no verb has seen before does not take the quick path. */
	ret = rangelock_try(&c->rl, &c->one, AT + PAGE, AT + PAGE, X);
	if (ret || rangelock_release(&c->rl, &c->one))
		ret = -EIO;
	else
		ret = rangelock_acquire(&c->rl, &c->req[1], AT + 5, AT + 14, X);
	WRITE_ONCE(c->got, 1);
	return ret ? ret : rangelock_release(&c->rl, &c->req[1]);
}

/* An acquire waits for a range that is held in the bucket that it looks at. */
static void case_conflict(struct case_ctx *t)
{
	struct quick *c = quick_new(t);
	struct rlenv_thread *thread;

	CASE_CHECK(t, c);
	hold(t, c, &c->req[0], AT, AT + 9, X);
	CASE_EXPECT(t, c->req[0].home);
	thread = rlenv_thread_run(partner, c, -1, "case_partner");
	if (CASE_EXPECT(t, thread)) {
		CASE_WAIT_UNTIL(case_nr_waiting_on(&c->rl) || READ_ONCE(c->got));
		CASE_EXPECT_EQ(t, READ_ONCE(c->got), 0);
		CASE_EXPECT_EQ(t, rangelock_validate(&c->rl), 0);
	}
	CASE_EXPECT_EQ(t, rangelock_release(&c->rl, &c->req[0]), 0);
	if (thread)
		CASE_EXPECT_EQ(t, rlenv_thread_join(thread), 0);
	quick_free(t, c);
}

/* Beside a range across two stripes nobody enters either bucket. */
static void check_barred(struct case_ctx *t, struct quick *c)
{
	hold(t, c, &c->req[0], AT + PAGE - 1, AT + PAGE, X);
	CASE_PROPAGATE(t);
	CASE_CHECK(t, !c->req[0].home);
	hold(t, c, &c->req[1], AT, AT + 9, X);
	CASE_PROPAGATE(t);
	CASE_CHECK(t, !c->req[1].home);
	hold(t, c, &c->req[2], AT + PAGE + 10, AT + PAGE + 19, X);
	CASE_PROPAGATE(t);
	CASE_CHECK(t, !c->req[2].home);
	CASE_CHECK_EQ(t, rangelock_validate(&c->rl), 0);
	drop(t, c, &c->req[1]);
	drop(t, c, &c->req[0]);
	drop(t, c, &c->req[2]);
	/* All have left: it is open again. */
	hold(t, c, &c->req[1], AT, AT + 9, X);
	CASE_PROPAGATE(t);
	CASE_CHECK(t, c->req[1].home);
	drop(t, c, &c->req[1]);
}

static void case_barred(struct case_ctx *t)
{
	struct quick *c = quick_new(t);

	CASE_CHECK(t, c);
	if (!case_has_failed(t))
		check_barred(t, c);
	quick_free(t, c);
}

const struct case_desc cases_rangelock_quick[] = {
	{ "beside", case_beside },
	{ "slots", case_slots },
	{ "conflict", case_conflict },
	{ "barred", case_barred },
	{ NULL },
};
