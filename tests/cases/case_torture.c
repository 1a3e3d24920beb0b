// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Short runs of the torture: the lock must survive, locks that are broken on
 * purpose must be caught by the same checker.
 */
#include "cases.h"
#include "torture.h"

static struct torture *run(struct case_ctx *t, const struct torture_ops *ops,
			   const struct rangelock_modes *modes, u64 base,
			   u64 turns)
{
	struct torture_params params = {
		.ops = ops,
		.modes = modes,
		.base = base,
		.seed = t->seed,
		.turns = turns,
		.threads = 4,
		.whole_share = 20,
	};
	struct torture *tt = torture_new(&params);

	if (CASE_EXPECT(t, tt))
		torture_run(tt);
	return tt;
}

/* After a stall its threads still use @tt: leave it to them. */
static void check_survived(struct case_ctx *t, struct torture *tt)
{
	CASE_CHECK_EQ(t, atomic_read(&tt->stalls), 0);
	if (atomic_read(&tt->violations))
		case_fail(t, __FILE__, __LINE__, tt->why);
	CASE_EXPECT(t, atomic64_read(&tt->grants) > 0);
	CASE_EXPECT_EQ(t, tt->rl.nr_waiting, 0);
	CASE_EXPECT_EQ(t, rangelock_destroy(&tt->rl), 0);
	torture_free(tt);
}

static void case_rw(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_rl, &rangelock_modes_rw, 0,
				 500 * t->scale);

	CASE_CHECK(t, tt);
	check_survived(t, tt);
}

static void case_file(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_rl, &rangelock_modes_file, 0,
				 500 * t->scale);

	CASE_CHECK(t, tt);
	check_survived(t, tt);
}

/* The last page is the last byte there is. */
static void case_high_edge(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_rl, &rangelock_modes_rw,
				 RANGELOCK_MAX - TORTURE_PAGES + 1,
				 500 * t->scale);

	CASE_CHECK(t, tt);
	check_survived(t, tt);
}

/* Far more turns than it takes: the run ends at the first violation. */
static void case_catches_none(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_busted_none, &rangelock_modes_rw,
				 0, 100000);

	CASE_CHECK(t, tt);
	CASE_EXPECT(t, atomic_read(&tt->violations) > 0);
	torture_free(tt);
}

static void case_catches_overlap(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_busted_overlap,
				 &rangelock_modes_rw, 0, 100000);

	CASE_CHECK(t, tt);
	CASE_EXPECT(t, atomic_read(&tt->violations) > 0);
	torture_free(tt);
}

/* Exclusion holds, but somebody is not woken. */
static void case_catches_wake(struct case_ctx *t)
{
	struct torture *tt = run(t, &torture_busted_wake, &rangelock_modes_rw,
				 0, 100000);

	CASE_CHECK(t, tt);
	CASE_EXPECT_EQ(t, atomic_read(&tt->violations), 0);
	CASE_EXPECT(t, atomic_read(&tt->stalls) > 0);
	torture_free(tt);
}

const struct case_desc cases_torture[] = {
	{ "rw", case_rw },
	{ "file", case_file },
	{ "high_edge", case_high_edge },
	{ "catches_none", case_catches_none },
	{ "catches_overlap", case_catches_overlap },
	{ "catches_wake", case_catches_wake },
	{ NULL, NULL },
};
