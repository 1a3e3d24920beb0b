// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How often, and how long, a task that runs may pass those that sleep.  The
 * sleeper is a request that was queued as an acquire verb queues it, by a task
 * that never runs again: nothing is left to the scheduler.
 */
#include "case_lock.h"
#include "cases.h"
#include "rangelock_internal.h"

#define X	RANGELOCK_EXCLUSIVE
#define LAST	4095ull

/**
 * struct bypass - a lock with a holder and a sleeper
 * @lock:    the lock
 * @holder:  holds [0, LAST] at first
 * @sleeper: queued behind it
 * @runner:  of the task that passes
 */
struct bypass {
	struct case_lock lock;
	struct rangelock_req holder;
	struct rangelock_req sleeper;
	struct rangelock_req runner;
};

static int take(struct bypass *b, struct rangelock_req *req, unsigned int how)
{
	return rangelock_take(&b->lock.rl, req, 0, LAST, X, NULL, how);
}

/* One turn of a task that runs: take the range if it may, and release it. */
static int pass(struct case_ctx *t, struct bypass *b)
{
	int ret = take(b, &b->runner, RANGELOCK_MAY_PASS);

	if (ret)
		return ret;
	CASE_EXPECT_EQ(t, rangelock_validate(&b->lock.rl), 0);
	/* It holds the range: even the sleeper may not have it. */
	CASE_EXPECT(t, !rangelock_claim(&b->lock.rl, &b->sleeper, false));
	b->runner.owner = 0;
	return rangelock_release(&b->lock.rl, &b->runner);
}

static bool start(struct case_ctx *t, struct bypass *b)
{
	case_lock_init(&b->lock, &rangelock_modes_rw);
	return case_hold(t, &b->lock, &b->holder, 0, LAST, X) &&
	       CASE_EXPECT_EQ(t, take(b, &b->sleeper, RANGELOCK_MAY_PASS |
						      RANGELOCK_MAY_QUEUE),
			      -EINPROGRESS) &&
	       /* A range that is held is not passed. */
	       CASE_EXPECT_EQ(t, take(b, &b->runner, RANGELOCK_MAY_PASS),
			      -EAGAIN) &&
	       CASE_EXPECT_EQ(t, rangelock_release(&b->lock.rl, &b->holder), 0);
}

static void finish(struct case_ctx *t, struct bypass *b)
{
	struct rangelock *rl = &b->lock.rl;

	CASE_CHECK_EQ(t, take(b, &b->runner, RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK_EQ(t, rangelock_try(rl, &b->runner, 0, 0, X), -EAGAIN);
	CASE_CHECK_EQ(t, b->lock.rl.nr_waiting, 1);
	/* The sleeper runs at last, and the range is there. */
	CASE_CHECK(t, rangelock_claim(rl, &b->sleeper, false));
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	b->sleeper.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(rl, &b->sleeper), 0);
	case_lock_destroy(t, &b->lock);
}

/* The bound in number; a slow machine may meet the bound in time before. */
static void case_count(struct case_ctx *t)
{
	u64 began = rlenv_now_ns();
	struct bypass b;
	u32 passed = 0;
	int ret;

	CASE_CHECK(t, start(t, &b));
	while (!(ret = pass(t, &b)) && passed <= RANGELOCK_BYPASS_MAX)
		passed++;
	CASE_CHECK_EQ(t, b.lock.stats.bypassed, passed);
	if (ret == -EBUSY) {
		/* Time was up before. */
		CASE_CHECK(t, rlenv_now_ns() - began >= RANGELOCK_BYPASS_NS);
		finish(t, &b);
		return;
	}
	/* The last one who passed has handed the range over. */
	CASE_CHECK_EQ(t, passed, RANGELOCK_BYPASS_MAX);
	CASE_CHECK_EQ(t, ret, -EAGAIN);
	CASE_CHECK(t, rangelock_is_held(&b.sleeper));
	b.sleeper.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(&b.lock.rl, &b.sleeper), 0);
	case_lock_destroy(t, &b.lock);
}

/* The bound in time. */
static void case_time(struct case_ctx *t)
{
	struct bypass b;

	CASE_CHECK(t, start(t, &b));
	rlenv_sleep_ns(RANGELOCK_BYPASS_NS + 1000000);
	CASE_CHECK_EQ(t, pass(t, &b), -EBUSY);
	CASE_CHECK_EQ(t, b.lock.stats.bypassed, 0);
	finish(t, &b);
}

/* What is queued by rangelock_enqueue() is not passed, and does not pass. */
static void case_enqueued(struct case_ctx *t)
{
	struct case_req queued, late;
	struct bypass b;

	CASE_CHECK(t, start(t, &b));
	CASE_CHECK_EQ(t, case_enqueue(&b.lock, &queued, 0, LAST, X),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, take(&b, &b.runner, RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK_EQ(t, rangelock_cancel(&queued.req), 0);
	/* The sleeper alone may be passed, but not by this one. */
	CASE_CHECK_EQ(t, case_enqueue(&b.lock, &late, 0, LAST, X),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_cancel(&late.req), 0);
	rlenv_sleep_ns(RANGELOCK_BYPASS_NS + 1000000);
	finish(t, &b);
}

/* Those behind the sleeper stay behind it, whoever passes. */
static void case_order(struct case_ctx *t)
{
	struct rangelock_req second;
	struct bypass b;
	u32 i;

	CASE_CHECK(t, start(t, &b));
	CASE_CHECK_EQ(t, take(&b, &second, RANGELOCK_MAY_PASS |
					   RANGELOCK_MAY_QUEUE), 0);
	/* That was a pass as well: it queues only behind a holder. */
	CASE_CHECK_EQ(t, take(&b, &b.holder, RANGELOCK_MAY_PASS |
					     RANGELOCK_MAY_QUEUE),
		      -EINPROGRESS);
	second.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(&b.lock.rl, &second), 0);
	for (i = 0; i < 3; i++) {
		CASE_CHECK_EQ(t, rangelock_validate(&b.lock.rl), 0);
		CASE_CHECK(t, !rangelock_claim(&b.lock.rl, &b.holder, false));
		if (pass(t, &b))
			break;
	}
	CASE_CHECK(t, rangelock_claim(&b.lock.rl, &b.sleeper, false));
	b.sleeper.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(&b.lock.rl, &b.sleeper), 0);
	CASE_CHECK(t, rangelock_claim(&b.lock.rl, &b.holder, false));
	b.holder.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(&b.lock.rl, &b.holder), 0);
	case_lock_destroy(t, &b.lock);
}

/* Who waits for more than the passer asks for may be waiting for another. */
static void case_reaches_beyond(struct case_ctx *t)
{
	struct rangelock *rl;
	struct bypass b;

	CASE_CHECK(t, start(t, &b));
	rl = &b.lock.rl;
	CASE_CHECK_EQ(t, rangelock_take(rl, &b.runner, 0, LAST - 1, X, NULL,
					RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK_EQ(t, rangelock_take(rl, &b.runner, 1, LAST, X, NULL,
					RANGELOCK_MAY_PASS), -EBUSY);
	CASE_CHECK_EQ(t, b.lock.stats.bypassed, 0);
	CASE_CHECK_EQ(t, rangelock_take(rl, &b.runner, 0, LAST + 1, X, NULL,
					RANGELOCK_MAY_PASS), 0);
	CASE_CHECK_EQ(t, b.lock.stats.bypassed, 1);
	b.runner.owner = 0;
	CASE_CHECK_EQ(t, rangelock_release(rl, &b.runner), 0);
	rlenv_sleep_ns(RANGELOCK_BYPASS_NS + 1000000);
	finish(t, &b);
}

const struct case_desc cases_rangelock_bypass[] = {
	{ "count", case_count },
	{ "time", case_time },
	{ "enqueued", case_enqueued },
	{ "order", case_order },
	{ "reaches_beyond", case_reaches_beyond },
	{ NULL },
};
