// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The baseline of lockbench gets its own test: a comparison against a broken
 * lock would be worth nothing.
 *
 * Threads take random ranges of a few units; each unit counts its holders.
 */
#include "selftest.h"
#include "treelock.h"

#define NR_UNITS	16
#define NR_THREADS	3
#define TURNS		400

/**
 * struct arena - what the threads share
 * @ctx:     the case
 * @tl:      lock under test
 * @writers: exclusive holders of each unit
 * @readers: shared holders of each unit
 * @rngs:    gives each thread its random stream
 */
struct arena {
	struct case_ctx *ctx;
	struct treelock tl;
	atomic_t writers[NR_UNITS];
	atomic_t readers[NR_UNITS];
	atomic_t rngs;
};

static void enter(struct arena *a, u32 start, u32 last, bool shared)
{
	for (; start <= last; start++) {
		if (shared) {
			atomic_inc(&a->readers[start]);
		} else {
			CASE_EXPECT_EQ(a->ctx,
				       atomic_inc_return(&a->writers[start]),
				       1);
			CASE_EXPECT_EQ(a->ctx,
				       atomic_read(&a->readers[start]), 0);
		}
	}
}

static void leave(struct arena *a, u32 start, u32 last, bool shared)
{
	for (; start <= last; start++) {
		if (shared) {
			CASE_EXPECT_EQ(a->ctx,
				       atomic_read(&a->writers[start]), 0);
			atomic_dec(&a->readers[start]);
		} else {
			atomic_dec(&a->writers[start]);
		}
	}
}

static int arena_thread(void *arg)
{
	struct arena *a = arg;
	struct prng rng;
	struct treelock_req req;
	u32 start, last;
	bool shared;
	int i;

	prng_seed(&rng, a->ctx->seed + atomic_inc_return(&a->rngs));
	for (i = 0; i < TURNS; i++) {
		start = prng_below(&rng, NR_UNITS);
		last = start + prng_below(&rng, NR_UNITS - start);
		shared = prng_below(&rng, 2);
		treelock_acquire(&a->tl, &req, start, last, shared);
		enter(a, start, last, shared);
		cond_resched();
		if (i % 16 == 0)
			rlenv_sleep_ns(10000);
		leave(a, start, last, shared);
		treelock_release(&a->tl, &req);
	}
	return 0;
}

static void treelock_excludes(struct case_ctx *t)
{
	struct arena *a = rlenv_alloc(sizeof(*a));
	struct rlenv_thread *threads[NR_THREADS];
	int i;

	CASE_CHECK(t, a);
	a->ctx = t;
	treelock_init(&a->tl);
	for (i = 0; i < NR_THREADS; i++) {
		threads[i] = rlenv_thread_run(arena_thread, a, -1, "arena");
		CASE_EXPECT(t, !IS_ERR(threads[i]));
	}
	for (i = 0; i < NR_THREADS; i++)
		if (!IS_ERR(threads[i]))
			rlenv_thread_join(threads[i]);
	CASE_EXPECT(t, RB_EMPTY_ROOT(&a->tl.tree.rb_root));
	rlenv_free(a);
}

const struct case_desc cases_kernel_baseline[] = {
	{ "treelock_excludes", treelock_excludes },
	{ NULL, NULL },
};
