// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random schedules, with the power cut anywhere: the designs for users lose
 * nothing that was acknowledged, one that excludes nobody is caught, and a seed
 * repeats its run to the last decision.
 */
#include "cases.h"
#include "fuzz.h"
#include "stress.h"

static const enum iopath_design designs[] = { IOPATH_DIO_SEM, IOPATH_RANGE };

/* Run; a bad result fails the case with all that is needed to repeat it. */
static bool run_well(struct case_ctx *t, const struct fuzz_params *params,
		     struct fuzz_result *result)
{
	char why[CASE_WHY_SIZE];

	if (!CASE_EXPECT_EQ(t, fuzz_run(params, result), 0))
		return false;
	if (!result->code)
		return true;
	scnprintf(why, sizeof(why), "%s seed %llu cut %u at %llu: %s: %s",
		  iopath_design_name(params->design), params->seed, params->cut,
		  params->cut_at, iopath_code_name(result->code), result->why);
	case_fail(t, __FILE__, __LINE__, why);
	return false;
}

static void case_fuzz_random(struct case_ctx *t)
{
	struct fuzz_result *result = rlenv_alloc(sizeof(*result));
	struct fuzz_params params;
	u32 i, d, rounds = case_rounds(t, 8);

	CASE_CHECK(t, result);
	for (i = 0; i < rounds && !case_has_failed(t); i++)
		for (d = 0; d < ARRAY_SIZE(designs); d++) {
			fuzz_defaults(&params, t->seed * 1000 + i);
			params.design = designs[d];
			run_well(t, &params, result);
		}
	rlenv_free(result);
}

/* One load, and the power cut at each flush of the device that it causes. */
static void case_fuzz_every_flush(struct case_ctx *t)
{
	struct fuzz_result *result = rlenv_alloc(sizeof(*result));
	struct fuzz_params params;
	u64 i, flushes;
	u32 d;

	CASE_CHECK(t, result);
	for (d = 0; d < ARRAY_SIZE(designs) && !case_has_failed(t); d++) {
		fuzz_defaults(&params, t->seed + d);
		params.design = designs[d];
		params.cut = FUZZ_CUT_NEVER;
		run_well(t, &params, result);
		flushes = result->flushes;
		CASE_EXPECT(t, flushes);
		params.cut = FUZZ_CUT_FLUSH;
		for (i = 1; i <= flushes && !case_has_failed(t); i++) {
			params.cut_at = i;
			run_well(t, &params, result);
		}
	}
	rlenv_free(result);
}

/* The design that excludes nobody is caught, and caught again by its seed. */
static void case_fuzz_catches(struct case_ctx *t)
{
	struct fuzz_result *results = rlenv_alloc(2 * sizeof(*results));
	struct fuzz_params params;
	u32 i;

	CASE_CHECK(t, results);
	for (i = 0; i < 500 && !results[0].code && !case_has_failed(t); i++) {
		fuzz_defaults(&params, t->seed * 1000 + i);
		params.design = IOPATH_NONE;
		CASE_EXPECT_EQ(t, fuzz_run(&params, &results[0]), 0);
	}
	CASE_EXPECT(t, results[0].code);
	CASE_EXPECT_EQ(t, fuzz_run(&params, &results[1]), 0);
	CASE_EXPECT_EQ(t, results[0].code, results[1].code);
	CASE_EXPECT_EQ(t, results[0].decisions, results[1].decisions);
	CASE_EXPECT_EQ(t, results[0].hash, results[1].hash);
	rlenv_free(results);
}

/* Threads at once, the design switched, and the power cut now and then. */
static void stress(struct case_ctx *t, bool nocow)
{
	struct stress_result *result = rlenv_alloc(sizeof(*result));
	struct stress_params params = {
		.seed = t->seed,
		.run_ns = 200000000ULL * t->scale,
		.design = IOPATH_DESIGNS,
		.nocow = nocow,
		.files = 2,
		.threads = 6,
		.latency_ns = 20000,
	};
	char why[CASE_WHY_SIZE];

	CASE_CHECK(t, result);
	CASE_EXPECT_EQ(t, stress_run(&params, result), 0);
	scnprintf(why, sizeof(why), "%s: %s", iopath_code_name(result->code),
		  result->why);
	if (result->code)
		case_fail(t, __FILE__, __LINE__, why);
	CASE_EXPECT(t, result->ops);
	rlenv_free(result);
}

static void case_stress_cow(struct case_ctx *t)
{
	stress(t, false);
}

static void case_stress_nocow(struct case_ctx *t)
{
	stress(t, true);
}

const struct case_desc cases_iopath_fuzz[] = {
	{ "fuzz_random", case_fuzz_random },
	{ "fuzz_every_flush", case_fuzz_every_flush },
	{ "fuzz_catches", case_fuzz_catches },
	{ "stress_cow", case_stress_cow },
	{ "stress_nocow", case_stress_nocow },
	{ NULL, NULL },
};
