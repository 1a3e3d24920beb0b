// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Differential fuzz: random sequences of verbs on one lock and on the naive
 * list of oracle.c, which says after each step who holds, who waits and who
 * has just been granted.
 */
#include "case_lock.h"
#include "rangelock_internal.h"
#include "cases.h"
#include "oracle.h"

#define SLOTS 24

/**
 * struct world - one lock twice
 * @lock:     the real one
 * @req:      its requests, one per slot
 * @oracle:   the naive one
 * @oreq:     its requests
 * @grants:   callbacks that the oracle has predicted so far, by slot
 * @rng:      random stream
 * @extent:   ranges start below this
 */
struct world {
	struct case_lock lock;
	struct case_req req[SLOTS];
	struct oracle oracle;
	struct oracle_req oreq[SLOTS];
	int grants[SLOTS];
	struct prng rng;
	u32 extent;
};

static void random_range(struct world *w, u64 *start, u64 *last)
{
	u32 kind = prng_below(&w->rng, 16);

	*start = prng_below(&w->rng, w->extent);
	*last = *start + prng_below(&w->rng, w->extent / 4 + 1);
	if (kind == 0) {
		*start = 0;
		*last = RANGELOCK_MAX;
	} else if (kind == 1) {
		*last = RANGELOCK_MAX;
	} else if (kind == 2) {
		*start = RANGELOCK_MAX - prng_below(&w->rng, 2);
		*last = RANGELOCK_MAX;
	}
}

static void step_ask(struct case_ctx *t, struct world *w, u32 i)
{
	unsigned int mode = prng_below(&w->rng, rangelock_modes(&w->lock.rl)->nr);
	bool is_free;
	u64 start, last;

	random_range(w, &start, &last);
	is_free = oracle_is_free(&w->oracle, start, last, mode);
	w->grants[i] = 0;
	if (prng_below(&w->rng, 3) == 0) {
		CASE_CHECK_EQ(t, rangelock_try(&w->lock.rl, &w->req[i].req,
					       start, last, mode),
			      is_free ? 0 : -EAGAIN);
		if (!is_free)
			return;
		CASE_CHECK_EQ(t, rangelock_disown(&w->lock.rl,
						  &w->req[i].req), 0);
		w->req[i].granted = 0;
	} else {
		CASE_CHECK_EQ(t, case_enqueue(&w->lock, &w->req[i], start,
					      last, mode),
			      is_free ? 0 : -EINPROGRESS);
	}
	oracle_enqueue(&w->oracle, i, start, last, mode);
}

static void step_cancel(struct case_ctx *t, struct world *w, u32 i)
{
	w->oreq[i].state = ORACLE_FREE;
	CASE_CHECK_EQ(t, rangelock_cancel(&w->req[i].req), 0);
}

static void step_release(struct case_ctx *t, struct world *w, u32 i)
{
	w->oreq[i].state = ORACLE_FREE;
	CASE_CHECK_EQ(t, rangelock_release(&w->lock.rl, &w->req[i].req), 0);
}

/* To a random mode: most are refused, which must change nothing. */
static void step_downgrade(struct case_ctx *t, struct world *w, u32 i)
{
	unsigned int mode = prng_below(&w->rng, rangelock_modes(&w->lock.rl)->nr + 1);
	int expected = -EINVAL;

	if (mode < rangelock_modes(&w->lock.rl)->nr &&
	    oracle_is_weaker(&w->oracle, mode, w->oreq[i].mode)) {
		w->oreq[i].mode = mode;
		expected = 0;
	}
	CASE_CHECK_EQ(t, rangelock_downgrade(&w->lock.rl, &w->req[i].req,
					     mode), expected);
}

static void step_shrink(struct case_ctx *t, struct world *w, u32 i)
{
	struct oracle_req *r = &w->oreq[i];
	u64 start = r->start, last = r->last;
	int expected = -EINVAL;

	/* Off by up to one outside, so that refusals are tried as well. */
	start += prng_below(&w->rng, 4) - (u64)(start > 0);
	last -= prng_below(&w->rng, 4) - (u64)(last < RANGELOCK_MAX);
	if (start <= last && start >= r->start && last <= r->last) {
		r->start = start;
		r->last = last;
		expected = 0;
	}
	CASE_CHECK_EQ(t, rangelock_shrink(&w->lock.rl, &w->req[i].req, start,
					  last), expected);
}

static void step(struct case_ctx *t, struct world *w)
{
	u32 i = prng_below(&w->rng, SLOTS);
	u32 verb = prng_below(&w->rng, 8);

	if (w->oreq[i].state == ORACLE_FREE)
		step_ask(t, w, i);
	else if (w->oreq[i].state == ORACLE_WAITING)
		step_cancel(t, w, i);
	else if (verb == 0)
		step_downgrade(t, w, i);
	else if (verb == 1)
		step_shrink(t, w, i);
	else
		step_release(t, w, i);
}

/*
 * What the last step granted: the oracle names each; all callbacks of a step
 * come before those of the next, so their numbers follow on.
 */
static void check_step(struct case_ctx *t, struct world *w)
{
	int before = 0;
	u32 i, granted, nr = 0;

	for (i = 0; i < SLOTS; i++)
		before = max(before, w->grants[i]);
	while (oracle_settle(&w->oracle, &granted)) {
		CASE_CHECK_EQ(t, case_nr_granted(&w->req[granted]), 1);
		w->grants[granted] = w->req[granted].order;
		CASE_CHECK(t, w->grants[granted] > before);
		nr++;
	}
	for (i = 0; i < SLOTS; i++) {
		if (w->oreq[i].state == ORACLE_FREE)
			continue;
		CASE_CHECK_EQ(t, rangelock_is_held(&w->req[i].req),
			      w->oreq[i].state == ORACLE_HELD);
		CASE_CHECK_EQ(t, case_nr_granted(&w->req[i]),
			      w->grants[i] != 0);
	}
	CASE_CHECK_EQ(t, w->lock.rl.nr_waiting,
		      oracle_count(&w->oracle, ORACLE_WAITING));
	CASE_CHECK_EQ(t, rangelock_validate(&w->lock.rl), 0);
}

static void run_steps(struct case_ctx *t, struct world *w, u32 steps)
{
	u32 n, i;

	for (n = 0; n < steps && !case_has_failed(t); n++) {
		step(t, w);
		if (!case_has_failed(t))
			check_step(t, w);
		if (n % 64 == 0)
			cond_resched();
	}
	if (case_has_failed(t)) {
		pr_err("case: step %u of seed %llu\n", n,
		       (unsigned long long)t->seed);
		return;
	}
	for (i = 0; i < SLOTS; i++) {
		if (w->oreq[i].state == ORACLE_WAITING)
			step_cancel(t, w, i);
		else if (w->oreq[i].state == ORACLE_HELD)
			step_release(t, w, i);
		check_step(t, w);
		CASE_PROPAGATE(t);
	}
}

static void run_model(struct case_ctx *t, const struct rangelock_modes *modes,
		      u32 extent)
{
	struct world *w = rlenv_alloc(sizeof(*w));

	CASE_CHECK(t, w);
	case_lock_init(&w->lock, modes);
	w->oracle.modes = modes;
	w->oracle.req = w->oreq;
	w->oracle.nr = SLOTS;
	w->extent = extent;
	prng_seed(&w->rng, t->seed);
	rangelock_expect_misuse = true;
	run_steps(t, w, 3000 * t->scale);
	rangelock_expect_misuse = false;
	case_lock_destroy(t, &w->lock);
	if (!case_has_failed(t))
		rlenv_free(w);
}

static void case_rw_dense(struct case_ctx *t)
{
	run_model(t, &rangelock_modes_rw, 16);
}

static void case_rw_sparse(struct case_ctx *t)
{
	run_model(t, &rangelock_modes_rw, 300);
}

static void case_file_dense(struct case_ctx *t)
{
	run_model(t, &rangelock_modes_file, 16);
}

static void case_file_sparse(struct case_ctx *t)
{
	run_model(t, &rangelock_modes_file, 300);
}

const struct case_desc cases_model[] = {
	{ "rw_dense", case_rw_dense },
	{ "rw_sparse", case_rw_sparse },
	{ "file_dense", case_file_dense },
	{ "file_sparse", case_file_sparse },
	{ NULL, NULL },
};
