// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who goes next: FIFO among conflicting requests, nobody waits for what it
 * does not conflict with, nobody starves.
 *
 * Grants are recorded by callbacks, so most of these cases are one thread and
 * have one outcome; case_rangelock_wakeup.c counts the wake-ups.
 */
#include "case_lock.h"
#include "cases.h"

#define QUEUE	16
#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED

struct queue {
	struct case_lock lock;
	struct rangelock_req held;
	struct case_req waiter[QUEUE];
};

static struct queue *queue_new(struct case_ctx *t)
{
	struct queue *q = rlenv_alloc(sizeof(*q));

	if (CASE_EXPECT(t, q))
		case_lock_init(&q->lock, &rangelock_modes_rw);
	return q;
}

static void queue_free(struct case_ctx *t, struct queue *q)
{
	case_lock_destroy(t, &q->lock);
	if (!case_has_failed(t))
		rlenv_free(q);
}

/* Queue waiter @i and check whether it was granted at once. */
static void ask(struct case_ctx *t, struct queue *q, int i, u64 start,
		u64 last, unsigned int mode, int expected)
{
	CASE_CHECK_EQ(t, case_enqueue(&q->lock, &q->waiter[i], start, last,
				      mode), expected);
	CASE_CHECK_EQ(t, rangelock_validate(&q->lock.rl), 0);
}

static void give_back(struct case_ctx *t, struct queue *q,
		      struct rangelock_req *req)
{
	CASE_CHECK_EQ(t, rangelock_release(&q->lock.rl, req), 0);
	CASE_CHECK_EQ(t, rangelock_validate(&q->lock.rl), 0);
}

static bool holds(struct queue *q, int i)
{
	return rangelock_is_held(&q->waiter[i].req);
}

/* One range, all exclusive: strictly one after the other. */
static void case_fifo_same_range(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int i;

	CASE_CHECK(t, q);
	case_hold(t, &q->lock, &q->held, 0, 9, X);
	for (i = 0; i < QUEUE; i++)
		ask(t, q, i, 0, 9, X, -EINPROGRESS);
	give_back(t, q, &q->held);
	for (i = 0; i < QUEUE; i++) {
		CASE_CHECK(t, holds(q, i));
		CASE_CHECK_EQ(t, q->waiter[i].order, i + 1);
		CASE_CHECK_EQ(t, q->lock.rl.nr_waiting, QUEUE - 1 - i);
		give_back(t, q, &q->waiter[i].req);
	}
	queue_free(t, q);
}

/* Descending starts, so that a lock which picks by position is caught. */
static void case_fifo_against_position(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int i;

	CASE_CHECK(t, q);
	case_hold(t, &q->lock, &q->held, 0, 1000, X);
	for (i = 0; i < QUEUE; i++)
		ask(t, q, i, 900 - i * 10, 1000, X, -EINPROGRESS);
	give_back(t, q, &q->held);
	for (i = 0; i < QUEUE; i++) {
		CASE_CHECK_EQ(t, q->waiter[i].order, i + 1);
		give_back(t, q, &q->waiter[i].req);
	}
	queue_free(t, q);
}

/* Readers go in groups; a writer between two groups separates them. */
static void case_fifo_groups(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int i;

	CASE_CHECK(t, q);
	case_hold(t, &q->lock, &q->held, 0, 9, X);
	for (i = 0; i < 9; i++)
		ask(t, q, i, 0, 9, i % 4 == 3 ? X : S, -EINPROGRESS);
	give_back(t, q, &q->held);
	for (i = 0; i < 9; i++)
		CASE_CHECK_EQ(t, holds(q, i), i < 3);
	for (i = 0; i < 3; i++) {
		CASE_CHECK(t, !holds(q, 3));
		give_back(t, q, &q->waiter[i].req);
	}
	CASE_CHECK(t, holds(q, 3) && !holds(q, 4));
	give_back(t, q, &q->waiter[3].req);
	for (i = 4; i < 9; i++)
		CASE_CHECK_EQ(t, holds(q, i), i < 7);
	for (i = 4; i < 9; i++)
		give_back(t, q, &q->waiter[i].req);
	queue_free(t, q);
}

/* Nobody waits for a waiter that it does not conflict with. */
static void case_no_head_of_line(struct case_ctx *t)
{
	struct queue *q = queue_new(t);

	CASE_CHECK(t, q);
	case_hold(t, &q->lock, &q->held, 0, 9, X);
	ask(t, q, 0, 0, 99, S, -EINPROGRESS);
	/* Beside both, and beside the holder but sharing with the waiter. */
	ask(t, q, 1, 100, 200, X, 0);
	ask(t, q, 2, 50, 60, S, 0);
	ask(t, q, 3, 10, 10, S, 0);
	/* These do conflict with the waiter. */
	ask(t, q, 4, 70, 80, X, -EINPROGRESS);
	ask(t, q, 5, 99, 99, X, -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_blockers(&q->lock.rl, &q->waiter[4].req), 1);
	give_back(t, q, &q->held);
	CASE_CHECK(t, holds(q, 0) && !holds(q, 4) && !holds(q, 5));
	give_back(t, q, &q->waiter[0].req);
	CASE_CHECK(t, holds(q, 4) && holds(q, 5));
	give_back(t, q, &q->waiter[1].req);
	give_back(t, q, &q->waiter[2].req);
	give_back(t, q, &q->waiter[3].req);
	give_back(t, q, &q->waiter[4].req);
	give_back(t, q, &q->waiter[5].req);
	queue_free(t, q);
}

/* Small ranges that keep coming do not overtake a whole-file locker. */
static void case_whole_among_small(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	struct rangelock_req extra;
	int i;

	CASE_CHECK(t, q);
	for (i = 0; i < 4; i++)
		ask(t, q, i, i * 10, i * 10 + 9, X, 0);
	ask(t, q, 4, 0, RANGELOCK_MAX, X, -EINPROGRESS);
	for (i = 0; i < 4; i++) {
		give_back(t, q, &q->waiter[i].req);
		CASE_CHECK_EQ(t, holds(q, 4), i == 3);
		CASE_CHECK_EQ(t, rangelock_try(&q->lock.rl, &extra, i * 10,
					       i * 10, S), -EAGAIN);
		ask(t, q, i, i * 10, i * 10 + 9, X, -EINPROGRESS);
	}
	CASE_CHECK_EQ(t, q->waiter[4].order, 1);
	give_back(t, q, &q->waiter[4].req);
	for (i = 0; i < 4; i++)
		give_back(t, q, &q->waiter[i].req);
	queue_free(t, q);
}

/* The reverse: whole-file lockers in a row do not overtake a small range. */
static void case_small_among_whole(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int i;

	CASE_CHECK(t, q);
	ask(t, q, 0, 0, RANGELOCK_MAX, X, 0);
	ask(t, q, 1, 0, RANGELOCK_MAX, X, -EINPROGRESS);
	ask(t, q, 2, 777, 777, S, -EINPROGRESS);
	for (i = 3; i < 8; i++)
		ask(t, q, i, 0, RANGELOCK_MAX, X, -EINPROGRESS);
	for (i = 0; i < 8; i++) {
		CASE_CHECK(t, holds(q, i));
		CASE_CHECK_EQ(t, q->waiter[i].order, i);
		give_back(t, q, &q->waiter[i].req);
	}
	queue_free(t, q);
}

/*
 * Peter Zijlstra's stream against locks that prefer low starts (linux-kernel,
 * May 2017): [a,n] and [b,m] keep coming back while [g,z] waits.  At most the
 * ones that were queued before it may go first.
 */
static void case_low_start_stream(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int round, turn;

	CASE_CHECK(t, q);
	ask(t, q, 0, 'a', 'n', X, 0);
	for (round = 0; round < 20; round++) {
		/* Always held: the one with number turn. */
		turn = round % 2;
		CASE_CHECK(t, holds(q, turn));
		ask(t, q, !turn, turn ? 'a' : 'b', turn ? 'n' : 'm', X,
		    -EINPROGRESS);
		ask(t, q, 2, 'g', 'z', X, -EINPROGRESS);
		give_back(t, q, &q->waiter[turn].req);
		CASE_CHECK(t, holds(q, !turn) && !holds(q, 2));
		ask(t, q, turn, turn ? 'b' : 'a', turn ? 'm' : 'n', X,
		    -EINPROGRESS);
		give_back(t, q, &q->waiter[!turn].req);
		CASE_CHECK(t, holds(q, 2) && !holds(q, turn));
		give_back(t, q, &q->waiter[2].req);
		CASE_CHECK(t, holds(q, turn));
		give_back(t, q, &q->waiter[turn].req);
		ask(t, q, !turn, turn ? 'a' : 'b', turn ? 'n' : 'm', X, 0);
	}
	give_back(t, q, &q->waiter[0].req);
	queue_free(t, q);
}

/* A chain: each waits for its left neighbour only. */
static void case_chain(struct case_ctx *t)
{
	struct queue *q = queue_new(t);
	int i;

	CASE_CHECK(t, q);
	case_hold(t, &q->lock, &q->held, 0, 10, X);
	for (i = 0; i < QUEUE; i++) {
		ask(t, q, i, (i + 1) * 10, (i + 2) * 10, X, -EINPROGRESS);
		CASE_CHECK_EQ(t, rangelock_blockers(&q->lock.rl,
						    &q->waiter[i].req), 1);
	}
	give_back(t, q, &q->held);
	for (i = 0; i < QUEUE; i++) {
		CASE_CHECK(t, holds(q, i));
		CASE_CHECK_EQ(t, q->lock.rl.nr_waiting, QUEUE - 1 - i);
		give_back(t, q, &q->waiter[i].req);
	}
	queue_free(t, q);
}

/**
 * struct sleeper - a thread that waits for its turn
 * @lock:  the lock
 * @turn:  counts the holders so far; under the lock's exclusive mode
 * @place: its turn; thread, read after join
 */
struct sleeper {
	struct case_lock *lock;
	int *turn;
	int place;
};

static int sleep_and_count(void *arg)
{
	struct sleeper *s = arg;
	struct rangelock_req req;
	int ret;

	ret = rangelock_acquire(&s->lock->rl, &req, 0, RANGELOCK_MAX, X);
	if (ret)
		return ret;
	s->place = ++*s->turn;
	return rangelock_release(&s->lock->rl, &req);
}

/*
 * Threads that wait are served in the order in which they queued, each woken
 * once.  Without FIFO who queued last may be awake still when its turn comes, and
 * need no waking.
 */
static void check_turns(struct case_ctx *t, unsigned int policy)
{
	struct rlenv_thread *thread[QUEUE];
	struct sleeper sleeper[QUEUE];
	struct queue *q = queue_new(t);
	int i, turn = 0;

	CASE_CHECK(t, q);
	rangelock_set_policy(&q->lock.rl, policy);
	case_hold(t, &q->lock, &q->held, 0, RANGELOCK_MAX, X);
	CASE_PROPAGATE(t);
	for (i = 0; i < QUEUE; i++) {
		sleeper[i] = (struct sleeper){ &q->lock, &turn, 0 };
		thread[i] = rlenv_thread_run(sleep_and_count, &sleeper[i], -1,
					     "case_sleeper");
		CASE_CHECK(t, !IS_ERR(thread[i]));
		CASE_WAIT_UNTIL(case_nr_waiting(&q->lock) == (u32)i + 1);
	}
	give_back(t, q, &q->held);
	for (i = 0; i < QUEUE; i++) {
		CASE_EXPECT_EQ(t, rlenv_thread_join(thread[i]), 0);
		CASE_EXPECT_EQ(t, sleeper[i].place, i + 1);
	}
	CASE_EXPECT(t, q->lock.stats.wakeups <= QUEUE);
	if (policy & RANGELOCK_FIFO)
		CASE_EXPECT_EQ(t, q->lock.stats.wakeups, QUEUE);
	queue_free(t, q);
}

static void case_fifo_threads(struct case_ctx *t)
{
	check_turns(t, 0);
	CASE_PROPAGATE(t);
	check_turns(t, RANGELOCK_FIFO);
}

#define STREAM_THREADS	3

/**
 * struct stream - threads that take small ranges again and again
 * @lock:    the lock
 * @granted: how often they were granted one; counted while they hold it
 * @stop:    let them go
 */
struct stream {
	struct case_lock lock;
	atomic64_t granted;
	u32 stop;
};

/* Two overlapping ranges in turn, so that the threads queue as well. */
static int keep_taking(void *arg)
{
	struct stream *s = arg;
	struct rangelock_req req;
	u64 i, start;
	int ret;

	for (i = 0; !READ_ONCE(s->stop); i++) {
		start = i % 2 ? 'a' : 'b';
		ret = rangelock_acquire(&s->lock.rl, &req, start, 'n', X);
		if (ret)
			return ret;
		atomic64_inc(&s->granted);
		ret = rangelock_release(&s->lock.rl, &req);
		if (ret)
			return ret;
		if (i % 8 == 0)
			cond_resched();
	}
	return 0;
}

/*
 * What was queued behind a request is not granted before it: while it waits,
 * each thread gets at most what it holds or waits for already.
 */
static void take_against(struct case_ctx *t, struct stream *s, u64 start,
			 u64 last)
{
	struct rangelock_req req;
	s64 before = 0, after = 0;
	int ret;

	ret = rangelock_enqueue(&s->lock.rl, &req, start, last, X, NULL);
	if (ret == -EINPROGRESS) {
		before = atomic64_read(&s->granted);
		ret = rangelock_wait(&req, RANGELOCK_WAIT_FOREVER,
				     RANGELOCK_NO_TIMEOUT);
		after = atomic64_read(&s->granted);
	}
	CASE_CHECK_EQ(t, ret, 0);
	CASE_EXPECT(t, after - before <= STREAM_THREADS);
	CASE_CHECK_EQ(t, rangelock_release(&s->lock.rl, &req), 0);
}

static void case_no_overtaking(struct case_ctx *t)
{
	struct stream *s = rlenv_alloc(sizeof(*s));
	struct rlenv_thread *thread[STREAM_THREADS];
	u32 i;

	CASE_CHECK(t, s);
	case_lock_init(&s->lock, &rangelock_modes_rw);
	for (i = 0; i < ARRAY_SIZE(thread); i++) {
		thread[i] = rlenv_thread_run(keep_taking, s, -1,
					     "case_stream");
		CASE_CHECK(t, !IS_ERR(thread[i]));
	}
	for (i = 0; i < 100 * t->scale; i++) {
		take_against(t, s, 0, RANGELOCK_MAX);
		take_against(t, s, 'g', 'z');
	}
	WRITE_ONCE(s->stop, 1);
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		CASE_EXPECT_EQ(t, rlenv_thread_join(thread[i]), 0);
	case_lock_destroy(t, &s->lock);
	rlenv_free(s);
}

const struct case_desc cases_order[] = {
	{ "fifo_same_range", case_fifo_same_range },
	{ "fifo_against_position", case_fifo_against_position },
	{ "fifo_groups", case_fifo_groups },
	{ "fifo_threads", case_fifo_threads },
	{ "no_head_of_line", case_no_head_of_line },
	{ "whole_among_small", case_whole_among_small },
	{ "small_among_whole", case_small_among_whole },
	{ "low_start_stream", case_low_start_stream },
	{ "no_overtaking", case_no_overtaking },
	{ "chain", case_chain },
	{ NULL, NULL },
};
