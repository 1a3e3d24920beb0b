/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The statistics of the benchmark against known sequences: ranks from tables
 * of the sign test, verdicts on both sides of every limit.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bench/stats.h"

static int near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

static void test_median(void **state)
{
	static const double odd[] = { 9, 1, 5 };
	static const double even[] = { 4, 1, 3, 2 };

	assert_true(near(stats_median(odd, 3), 5));
	assert_true(near(stats_median(even, 4), 2.5));
	assert_true(near(stats_median(odd, 1), 9));
	assert_true(isnan(stats_median(odd, 0)));
}

static void test_ci_rank(void **state)
{
	/* Critical values of the two-sided sign test at 5 %, plus one. */
	static const struct {
		size_t n, rank;
	} known[] = {
		{ 0, 0 },   { 1, 0 },	{ 5, 0 },   { 6, 1 },	{ 7, 1 },
		{ 8, 1 },   { 9, 2 },	{ 11, 2 },  { 12, 3 },	{ 15, 4 },
		{ 20, 6 },  { 21, 6 },	{ 25, 8 },  { 30, 10 }, { 50, 18 },
		{ 51, 19 }, { 55, 20 }, { 100, 40 },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(stats_ci_rank(known[i].n), known[i].rank);
}

static void test_median_ci(void **state)
{
	double v[21];
	struct stats_ci ci;
	int i;

	for (i = 0; i < 21; i++)
		v[i] = ((i * 8) % 21) + 1;
	ci = stats_median_ci(v, 21);
	assert_true(near(ci.median, 11));
	assert_true(near(ci.lo, 6));
	assert_true(near(ci.hi, 16));
	assert_int_equal(ci.n, 21);

	ci = stats_median_ci(v, 5);
	assert_true(near(ci.lo, 0));
	assert_true(isinf(ci.hi));

	ci = stats_median_ci(v, 0);
	assert_true(isnan(ci.median));
}

/* An outlier in one pair must not move the median. */
static void test_outlier(void **state)
{
	static const double v[] = { 1.01, 0.99, 1.00, 1.02, 0.98, 1.00, 50 };
	struct stats_ci ci = stats_median_ci(v, 7);

	assert_true(near(ci.median, 1.00));
	assert_true(near(ci.lo, 0.98));
	assert_true(near(ci.hi, 50));
}

static struct stats_ci ci_of(double lo, double hi)
{
	struct stats_ci ci = { (lo + hi) / 2, lo, hi, 21 };

	return ci;
}

static void check_verdict(double lo, double hi, double aa_lo, double aa_hi,
			  enum stats_better better, enum stats_verdict expected)
{
	struct stats_ci ratio = ci_of(lo, hi), aa = ci_of(aa_lo, aa_hi);

	assert_int_equal(stats_verdict(&ratio, &aa, better), expected);
}

static void test_verdict_direction(void **state)
{
	/* A over B of a rate: above one is good for A. */
	check_verdict(1.10, 1.20, 0.99, 1.01, STATS_HIGHER_IS_BETTER,
		      STATS_FASTER);
	check_verdict(0.80, 0.90, 0.99, 1.01, STATS_HIGHER_IS_BETTER,
		      STATS_SLOWER);
	/* A over B of a cost: below one is good for A. */
	check_verdict(0.80, 0.90, 0.99, 1.01, STATS_LOWER_IS_BETTER,
		      STATS_FASTER);
	check_verdict(1.10, 1.20, 0.99, 1.01, STATS_LOWER_IS_BETTER,
		      STATS_SLOWER);
}

static void test_verdict_band(void **state)
{
	check_verdict(0.98, 1.02, 0.99, 1.01, STATS_LOWER_IS_BETTER,
		      STATS_EQUAL);
	check_verdict(0.98, 1.04, 0.99, 1.01, STATS_LOWER_IS_BETTER,
		      STATS_INCONCLUSIVE);
	check_verdict(1.02, 1.20, 0.99, 1.01, STATS_LOWER_IS_BETTER,
		      STATS_INCONCLUSIVE);
	/* A noisy control widens the band. */
	check_verdict(1.10, 1.20, 0.85, 1.05, STATS_LOWER_IS_BETTER,
		      STATS_INCONCLUSIVE);
	check_verdict(0.92, 1.08, 0.92, 1.05, STATS_LOWER_IS_BETTER,
		      STATS_EQUAL);
	/* But a run that sees nothing sharply finds nothing equal. */
	check_verdict(0.90, 1.10, 0.85, 1.05, STATS_LOWER_IS_BETTER,
		      STATS_INCONCLUSIVE);
	check_verdict(1.20, 1.30, 0.85, 1.05, STATS_LOWER_IS_BETTER,
		      STATS_SLOWER);
}

static void test_verdict_untrusted(void **state)
{
	struct stats_ci ratio = ci_of(1.5, 1.6), few = ci_of(0.99, 1.01);

	check_verdict(1.50, 1.60, 1.01, 1.05, STATS_HIGHER_IS_BETTER,
		      STATS_UNTRUSTED);
	check_verdict(1.50, 1.60, 0.90, 0.99, STATS_HIGHER_IS_BETTER,
		      STATS_UNTRUSTED);
	few.n = STATS_MIN_PAIRS - 1;
	assert_int_equal(stats_verdict(&ratio, &few, STATS_HIGHER_IS_BETTER),
			 STATS_INCONCLUSIVE);
	assert_false(stats_aa_is_trusted(&few));
}

static void test_jain(void **state)
{
	static const double fair[] = { 3, 3, 3, 3 };
	static const double greedy[] = { 8, 0, 0, 0 };
	static const double half[] = { 1, 3 };

	assert_true(near(stats_jain(fair, 4), 1));
	assert_true(near(stats_jain(greedy, 4), 0.25));
	assert_true(near(stats_jain(half, 2), 0.8));
	assert_true(isnan(stats_jain(&greedy[1], 3)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_ci_rank),
		cmocka_unit_test(test_median_ci),
		cmocka_unit_test(test_outlier),
		cmocka_unit_test(test_verdict_direction),
		cmocka_unit_test(test_verdict_band),
		cmocka_unit_test(test_verdict_untrusted),
		cmocka_unit_test(test_jain),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
