// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Requests in two phases: enqueue, then a wait, a cancel or a grant callback;
 * and ranges that somebody else gives back.  One outcome each; the races are
 * in case_rangelock_race.c.
 */
#include "case_lock.h"
#include "cases.h"

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED
#define CHAIN	10000

/* A request that is free at once does not call back. */
static void case_granted_at_once(struct case_ctx *t)
{
	struct case_lock lock;
	struct case_req r;

	case_lock_init(&lock, &rangelock_modes_rw);
	CASE_CHECK_EQ(t, case_enqueue(&lock, &r, 0, 9, X), 0);
	CASE_CHECK(t, rangelock_is_held(&r.req));
	CASE_CHECK_EQ(t, rangelock_cancel(&r.req), -EALREADY);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &r.req), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&r), 0);
	CASE_CHECK_EQ(t, atomic64_read(&lock.stats.acquired), 1);
	CASE_CHECK_EQ(t, lock.stats.contended, 0);
	case_lock_destroy(t, &lock);
}

static void case_callback(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held;
	struct case_req r;

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &held, 0, 9, X);
	CASE_CHECK_EQ(t, case_enqueue(&lock, &r, 9, 20, S), -EINPROGRESS);
	CASE_CHECK_EQ(t, case_nr_granted(&r), 0);
	CASE_CHECK(t, !rangelock_is_held(&r.req));
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&r), 1);
	CASE_CHECK(t, rangelock_is_held(&r.req));
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &r.req), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&r), 1);
	CASE_CHECK_EQ(t, lock.stats.contended, 1);
	CASE_CHECK_EQ(t, lock.stats.wakeups, 1);
	case_lock_destroy(t, &lock);
}

/* The same request may be queued again after each way out. */
static void case_reuse(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held;
	struct case_req r;
	int i;

	case_lock_init(&lock, &rangelock_modes_rw);
	for (i = 0; i < 3; i++) {
		case_hold(t, &lock, &held, 0, 9, X);
		CASE_CHECK_EQ(t, case_enqueue(&lock, &r, 0, 9, X),
			      -EINPROGRESS);
		CASE_CHECK_EQ(t, rangelock_cancel(&r.req), 0);
		CASE_CHECK_EQ(t, case_enqueue(&lock, &r, 5, 50, S),
			      -EINPROGRESS);
		CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
		CASE_CHECK_EQ(t, case_nr_granted(&r), 1);
		CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &r.req), 0);
	}
	CASE_CHECK_EQ(t, lock.stats.cancelled, 3);
	case_lock_destroy(t, &lock);
}

/* Queue without callback, then wait: granted already, or not in time. */
static void case_two_phase_wait(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock *rl = &lock.rl;
	struct rangelock_req held, req;

	case_lock_init(&lock, &rangelock_modes_rw);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, 0, 9, X, NULL), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &req), 0);

	case_hold(t, &lock, &held, 0, 9, X);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, 5, 9, X, NULL),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_wait(&req, RANGELOCK_WAIT_FOREVER, 0),
		      -ETIMEDOUT);
	CASE_CHECK_EQ(t, lock.rl.nr_waiting, 0);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, 5, 9, X, NULL),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_wait(&req, RANGELOCK_WAIT_INTERRUPTIBLE,
					1000), -ETIMEDOUT);
	CASE_CHECK_EQ(t, lock.stats.cancelled, 2);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, 5, 9, X, NULL),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_release(rl, &held), 0);
	CASE_CHECK(t, rangelock_is_held(&req));
	CASE_CHECK_EQ(t, rangelock_wait(&req, RANGELOCK_WAIT_KILLABLE, 0), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &req), 0);
	case_lock_destroy(t, &lock);
}

/* Queued for a task, withdrawn by the task. */
static void case_two_phase_cancel(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held, req;

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &held, 0, 9, X);
	CASE_CHECK_EQ(t, rangelock_enqueue(&lock.rl, &req, 0, 9, S, NULL),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_cancel(&req), 0);
	CASE_CHECK(t, !rangelock_is_held(&req));
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	case_lock_destroy(t, &lock);
}

/* A wait that cannot work is refused, and the request stays queued. */
static void case_wait_refused(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held, idle;
	struct case_req r;

	memset(&idle, 0, sizeof(idle));
	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &held, 0, 9, X);
	CASE_CHECK_EQ(t, case_enqueue(&lock, &r, 0, 9, X), -EINPROGRESS);
	rangelock_expect_misuse = true;
	CASE_EXPECT_EQ(t, rangelock_wait(&r.req, RANGELOCK_WAIT_FOREVER, 0),
		       -EINVAL);
	CASE_EXPECT_EQ(t, rangelock_wait(&idle, RANGELOCK_WAIT_FOREVER, 0),
		       -EINVAL);
	rangelock_expect_misuse = false;
	CASE_CHECK_EQ(t, lock.rl.nr_waiting, 1);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&r), 1);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &r.req), 0);
	case_lock_destroy(t, &lock);
}

/**
 * struct link - a request whose callback gives its range back at once
 * @req:   the request
 * @chain: what it is a link of
 */
struct link {
	struct rangelock_req req;
	struct chain *chain;
};

/**
 * struct chain - many links, each waiting for the one before
 * @lock:    the lock
 * @t:       the case
 * @held:    what the first link waits for
 * @done:    callbacks that returned
 * @depth:   callbacks that are running
 * @deepest: most that ran at once, one inside the other
 * @link:    the requests
 */
struct chain {
	struct case_lock lock;
	struct case_ctx *t;
	struct rangelock_req held;
	int done;
	int depth;
	int deepest;
	struct link link[CHAIN];
};

static void release_at_once(struct rangelock_req *req)
{
	struct chain *c = container_of(req, struct link, req)->chain;

	c->depth++;
	c->deepest = max(c->deepest, c->depth);
	CASE_EXPECT(c->t, rangelock_is_held(req));
	CASE_EXPECT_EQ(c->t, rangelock_release(&c->lock.rl, req), 0);
	c->depth--;
	c->done++;
}

/* 10,000 callbacks that each cause the next must not nest on the stack. */
static void case_callback_chain(struct case_ctx *t)
{
	struct chain *c = rlenv_alloc_big(sizeof(*c));
	int i;

	CASE_CHECK(t, c);
	case_lock_init(&c->lock, &rangelock_modes_rw);
	c->t = t;
	case_hold(t, &c->lock, &c->held, 0, 10, X);
	for (i = 0; i < CHAIN; i++) {
		c->link[i].chain = c;
		CASE_EXPECT_EQ(t, rangelock_enqueue(&c->lock.rl,
						    &c->link[i].req,
						    (i + 1) * 10,
						    (i + 2) * 10, X,
						    release_at_once),
			       -EINPROGRESS);
	}
	CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl, &c->held), 0);
	CASE_CHECK_EQ(t, c->done, CHAIN);
	CASE_CHECK_EQ(t, c->deepest, 1);
	CASE_CHECK_EQ(t, c->lock.stats.wakeups, CHAIN);
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

/* Two requests whose callbacks release and queue themselves again. */
static void release_and_requeue(struct rangelock_req *req)
{
	struct chain *c = container_of(req, struct link, req)->chain;
	int ret;

	CASE_EXPECT_EQ(c->t, rangelock_release(&c->lock.rl, req), 0);
	if (++c->done >= 1000)
		return;
	ret = rangelock_enqueue(&c->lock.rl, req, 0, RANGELOCK_MAX, X,
				release_and_requeue);
	CASE_EXPECT_EQ(c->t, ret, -EINPROGRESS);
}

static void case_callback_requeues(struct case_ctx *t)
{
	struct chain *c = rlenv_alloc_big(sizeof(*c));
	int i;

	CASE_CHECK(t, c);
	case_lock_init(&c->lock, &rangelock_modes_rw);
	c->t = t;
	case_hold(t, &c->lock, &c->held, 0, 10, X);
	for (i = 0; i < 2; i++) {
		c->link[i].chain = c;
		CASE_EXPECT_EQ(t, rangelock_enqueue(&c->lock.rl,
						    &c->link[i].req, 0,
						    RANGELOCK_MAX, X,
						    release_and_requeue),
			       -EINPROGRESS);
	}
	CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl, &c->held), 0);
	CASE_CHECK_EQ(t, c->done, 1001);
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

static void release_and_free(struct rangelock_req *req)
{
	struct link *link = container_of(req, struct link, req);
	struct chain *c = link->chain;

	CASE_EXPECT_EQ(c->t, rangelock_release(&c->lock.rl, req), 0);
	c->done++;
	memset(link, 0x5a, sizeof(*link));
	rlenv_free(link);
}

/* Once released, the request is the callback's to free. */
static void case_callback_frees(struct case_ctx *t)
{
	struct chain *c = rlenv_alloc_big(sizeof(*c));
	struct link *link;
	int i;

	CASE_CHECK(t, c);
	case_lock_init(&c->lock, &rangelock_modes_rw);
	c->t = t;
	case_hold(t, &c->lock, &c->held, 0, RANGELOCK_MAX, X);
	for (i = 0; i < 100; i++) {
		link = rlenv_alloc(sizeof(*link));
		CASE_CHECK(t, link);
		link->chain = c;
		CASE_EXPECT_EQ(t, rangelock_enqueue(&c->lock.rl, &link->req,
						    0, i, i % 3 ? S : X,
						    release_and_free),
			       -EINPROGRESS);
	}
	CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl, &c->held), 0);
	CASE_CHECK_EQ(t, c->done, 100);
	case_lock_destroy(t, &c->lock);
	rlenv_free_big(c);
}

/**
 * struct handover - a range that the main thread takes and another gives back
 * @lock: the lock
 * @req:  taken and disowned before the thread starts
 * @page: written by the taker, checked by the releaser and the next taker
 */
struct handover {
	struct case_lock lock;
	struct rangelock_req req;
	int page;
};

static int give_back_elsewhere(void *arg)
{
	struct handover *h = arg;
	int page = h->page;

	h->page = page + 1;
	return rangelock_release(&h->lock.rl, &h->req) ?: page;
}

/* Taken, disowned, released by another thread, while the taker waits. */
static void case_release_elsewhere(struct case_ctx *t)
{
	struct rlenv_thread *thread;
	struct rangelock_req req;
	struct handover h;
	int i;

	case_lock_init(&h.lock, &rangelock_modes_rw);
	for (i = 0; i < 50; i++) {
		CASE_CHECK_EQ(t, rangelock_acquire(&h.lock.rl, &h.req, 0, 9,
						   X), 0);
		h.page = i;
		CASE_CHECK_EQ(t, rangelock_disown(&h.lock.rl, &h.req), 0);
		thread = rlenv_thread_run(give_back_elsewhere, &h, -1,
					  "case_release");
		CASE_CHECK(t, !IS_ERR(thread));
		CASE_EXPECT_EQ(t, rangelock_acquire(&h.lock.rl, &req, 9, 20,
						    S), 0);
		CASE_EXPECT_EQ(t, h.page, i + 1);
		CASE_EXPECT_EQ(t, rangelock_release(&h.lock.rl, &req), 0);
		CASE_EXPECT_EQ(t, rlenv_thread_join(thread), i);
		CASE_PROPAGATE(t);
	}
	case_lock_destroy(t, &h.lock);
}

const struct case_desc cases_async[] = {
	{ "granted_at_once", case_granted_at_once },
	{ "callback", case_callback },
	{ "reuse", case_reuse },
	{ "two_phase_wait", case_two_phase_wait },
	{ "two_phase_cancel", case_two_phase_cancel },
	{ "wait_refused", case_wait_refused },
	{ "callback_chain", case_callback_chain },
	{ "callback_requeues", case_callback_requeues },
	{ "callback_frees", case_callback_frees },
	{ "release_elsewhere", case_release_elsewhere },
	{ NULL, NULL },
};
