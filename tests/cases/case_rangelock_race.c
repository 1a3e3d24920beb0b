// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Two threads meet over one request: a grant against a cancel, a timeout or
 * another release.  Each round has two legal outcomes; the cases check that it
 * was one of them, whole.
 */
#include "case_lock.h"
#include "cases.h"

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED
#define ROUNDS	300

/**
 * struct duel - the main thread against a partner that releases
 * @lock:  the lock
 * @t:     the case
 * @held:  held for the partner, who releases it once per round
 * @round: number of the round the partner may play; release/acquire
 * @done:  number of the last round it has played; release/acquire
 * @delay: turns the partner waits first; main, before @round
 * @value: written by the partner before each release, plain on purpose
 */
struct duel {
	struct case_lock lock;
	struct case_ctx *t;
	struct rangelock_req held;
	u32 round;
	u32 done;
	u32 delay;
	u32 value;
};

#define LAST_ROUND U32_MAX

static void idle_turns(u32 turns)
{
	while (turns--)
		cpu_relax();
}

static int partner(void *arg)
{
	struct duel *d = arg;
	u32 round, played = 0;

	for (;;) {
		CASE_WAIT_UNTIL((round = smp_load_acquire(&d->round)) !=
				played);
		if (round == LAST_ROUND)
			return 0;
		played = round;
		idle_turns(d->delay);
		d->value = round;
		CASE_EXPECT_EQ(d->t, rangelock_release(&d->lock.rl, &d->held),
			       0);
		smp_store_release(&d->done, round);
	}
}

typedef void (*duel_fn)(struct case_ctx *t, struct duel *d, u32 round);

static void play_rounds(struct case_ctx *t, struct duel *d, duel_fn play)
{
	struct prng rng;
	u32 round;

	prng_seed(&rng, t->seed);
	for (round = 1; round <= ROUNDS * t->scale; round++) {
		case_hold(t, &d->lock, &d->held, 0, 99, X);
		d->delay = prng_below(&rng, 400);
		play(t, d, round);
		CASE_WAIT_UNTIL(smp_load_acquire(&d->done) == round);
		CASE_CHECK_EQ(t, rangelock_validate(&d->lock.rl), 0);
		CASE_CHECK(t, itree_is_empty(&d->lock.rl.tree));
	}
}

static void run_duel(struct case_ctx *t, duel_fn play)
{
	struct duel *d = rlenv_alloc(sizeof(*d));
	struct rlenv_thread *thread;

	CASE_CHECK(t, d);
	case_lock_init(&d->lock, &rangelock_modes_rw);
	d->t = t;
	thread = rlenv_thread_run(partner, d, -1, "case_partner");
	CASE_CHECK(t, !IS_ERR(thread));
	play_rounds(t, d, play);
	smp_store_release(&d->round, LAST_ROUND);
	CASE_EXPECT_EQ(t, rlenv_thread_join(thread), 0);
	case_lock_destroy(t, &d->lock);
	rlenv_free(d);
}

/* Withdrawn and never called back, or granted once and called back once. */
static void play_cancel(struct case_ctx *t, struct duel *d, u32 round)
{
	struct case_req r;
	int ret;

	CASE_EXPECT_EQ(t, case_enqueue(&d->lock, &r, 50, 150, X),
		       -EINPROGRESS);
	smp_store_release(&d->round, round);
	idle_turns(200);
	ret = rangelock_cancel(&r.req);
	CASE_EXPECT(t, ret == 0 || ret == -EALREADY);
	if (ret == -EALREADY) {
		CASE_WAIT_UNTIL(case_nr_granted(&r));
		CASE_EXPECT_EQ(t, d->value, round);
		CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &r.req), 0);
	}
	CASE_WAIT_UNTIL(smp_load_acquire(&d->done) == round);
	CASE_EXPECT_EQ(t, case_nr_granted(&r), ret == -EALREADY);
}

static void case_cancel_against_grant(struct case_ctx *t)
{
	run_duel(t, play_cancel);
}

/* The same without a callback: who loses the race holds it and must wait. */
static void play_cancel_wait(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req req;
	int ret;

	CASE_EXPECT_EQ(t, rangelock_enqueue(&d->lock.rl, &req, 50, 150, S,
					    NULL), -EINPROGRESS);
	smp_store_release(&d->round, round);
	idle_turns(200);
	ret = rangelock_cancel(&req);
	CASE_EXPECT(t, ret == 0 || ret == -EALREADY);
	if (!ret)
		return;
	CASE_EXPECT_EQ(t, rangelock_wait(&req, RANGELOCK_WAIT_FOREVER, 0), 0);
	CASE_EXPECT_EQ(t, d->value, round);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &req), 0);
}

static void case_cancel_against_wakeup(struct case_ctx *t)
{
	run_duel(t, play_cancel_wait);
}

static void play_timeout(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req req;
	int ret;

	smp_store_release(&d->round, round);
	ret = rangelock_acquire_timeout(&d->lock.rl, &req, 99, 200, X,
					(round % 64) * 100);
	CASE_EXPECT(t, ret == 0 || ret == -ETIMEDOUT);
	CASE_EXPECT_EQ(t, rangelock_is_held(&req), ret == 0);
	if (ret)
		return;
	CASE_EXPECT_EQ(t, d->value, round);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &req), 0);
}

static void case_timeout_against_grant(struct case_ctx *t)
{
	run_duel(t, play_timeout);
}

/* No timeout: the wake-up must come however the two meet. */
static void play_acquire(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req req;

	smp_store_release(&d->round, round);
	idle_turns(round % 300);
	CASE_EXPECT_EQ(t, rangelock_acquire(&d->lock.rl, &req, 0, 0, S), 0);
	CASE_EXPECT_EQ(t, d->value, round);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &req), 0);
}

static void case_acquire_against_release(struct case_ctx *t)
{
	run_duel(t, play_acquire);
}

/* A waiter of two holders, one of them the partner, who is about to go. */
static void begin_two(struct case_ctx *t, struct duel *d, u32 round,
		      struct rangelock_req *second, struct case_req *r,
		      unsigned int mode)
{
	case_hold(t, &d->lock, second, 100, 299, X);
	CASE_EXPECT_EQ(t, case_enqueue(&d->lock, r, 90, 110, mode),
		       -EINPROGRESS);
	smp_store_release(&d->round, round);
	idle_turns(200);
}

/* It is granted when both are out of its way. */
static void end_two(struct case_ctx *t, struct duel *d, u32 round,
		    struct case_req *r)
{
	CASE_WAIT_UNTIL(case_nr_granted(r));
	CASE_EXPECT_EQ(t, d->value, round);
	CASE_WAIT_UNTIL(smp_load_acquire(&d->done) == round);
	CASE_EXPECT_EQ(t, case_nr_granted(r), 1);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &r->req), 0);
}

/* Both go at once, one grant comes. */
static void play_two_releases(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req second;
	struct case_req r;

	begin_two(t, d, round, &second, &r, X);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &second), 0);
	end_two(t, d, round, &r);
}

static void case_release_against_release(struct case_ctx *t)
{
	run_duel(t, play_two_releases);
}

/* The holder gives back one half while the queue behind it is cut. */
static void play_shrink(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req second;
	struct case_req r;

	begin_two(t, d, round, &second, &r, S);
	CASE_EXPECT_EQ(t, rangelock_shrink(&d->lock.rl, &second, 150, 299), 0);
	end_two(t, d, round, &r);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &second), 0);
}

static void case_release_against_shrink(struct case_ctx *t)
{
	run_duel(t, play_shrink);
}

static void play_downgrade(struct case_ctx *t, struct duel *d, u32 round)
{
	struct rangelock_req second;
	struct case_req r;

	begin_two(t, d, round, &second, &r, S);
	CASE_EXPECT_EQ(t, rangelock_downgrade(&d->lock.rl, &second, S), 0);
	end_two(t, d, round, &r);
	CASE_EXPECT_EQ(t, rangelock_release(&d->lock.rl, &second), 0);
}

static void case_release_against_downgrade(struct case_ctx *t)
{
	run_duel(t, play_downgrade);
}

const struct case_desc cases_race[] = {
	{ "cancel_against_grant", case_cancel_against_grant },
	{ "cancel_against_wakeup", case_cancel_against_wakeup },
	{ "timeout_against_grant", case_timeout_against_grant },
	{ "acquire_against_release", case_acquire_against_release },
	{ "release_against_release", case_release_against_release },
	{ "release_against_shrink", case_release_against_shrink },
	{ "release_against_downgrade", case_release_against_downgrade },
	{ NULL, NULL },
};
