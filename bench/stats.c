/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Statistics of a comparison, see stats.h.
 */
#include "bench/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double *sorted_copy(const double *values, size_t n)
{
	double *copy = malloc(n * sizeof(*copy));

	if (!copy)
		abort();
	memcpy(copy, values, n * sizeof(*copy));
	qsort(copy, n, sizeof(*copy), compare_doubles);
	return copy;
}

static double median_of_sorted(const double *v, size_t n)
{
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/**
 * stats_median() - the middle value
 * @values: in any order
 * @n:      how many
 *
 * Return: the median, the mean of the two middle ones for even @n, NAN for 0.
 */
double stats_median(const double *values, size_t n)
{
	double *sorted, median;

	if (!n)
		return NAN;
	sorted = sorted_copy(values, n);
	median = median_of_sorted(sorted, n);
	free(sorted);
	return median;
}

/**
 * stats_ci_rank() - which order statistics bound the median
 * @n: number of values
 *
 * The number of values below the true median is binomial(n, 1/2) whatever the
 * distribution of the values.  The k-th smallest and the k-th largest enclose
 * the median with probability 1 - 2 P(X < k); the largest k that keeps this at
 * 95 % or more is the narrowest such interval.
 *
 * Return: k, counted from 1, or 0 if even the extremes do not reach 95 %.
 */
size_t stats_ci_rank(size_t n)
{
	double logterm = -(double)n * M_LN2;
	double below = 0;
	size_t k;

	for (k = 0; k < (n + 1) / 2; k++) {
		below += exp(logterm);
		if (2 * below > 0.05)
			return k;
		logterm += log((double)(n - k)) - log((double)(k + 1));
	}
	return k;
}

/**
 * stats_median_ci() - median and its distribution-free 95 % interval
 * @values: in any order
 * @n:      how many
 *
 * Return: see struct stats_ci; the median is NAN for no values.
 */
struct stats_ci stats_median_ci(const double *values, size_t n)
{
	struct stats_ci ci = { .median = NAN, .lo = 0, .hi = HUGE_VAL, .n = n };
	size_t rank = stats_ci_rank(n);
	double *sorted;

	if (!n)
		return ci;
	sorted = sorted_copy(values, n);
	ci.median = median_of_sorted(sorted, n);
	if (rank) {
		ci.lo = sorted[rank - 1];
		ci.hi = sorted[n - rank];
	}
	free(sorted);
	return ci;
}

/**
 * stats_half_width() - the resolution that an A/A control gives a run
 * @aa: ratios of a lock to itself
 *
 * Return: the distance of the farther bound from 1.
 */
double stats_half_width(const struct stats_ci *aa)
{
	double below = 1 - aa->lo, above = aa->hi - 1;

	return below > above ? below : above;
}

/**
 * stats_aa_is_trusted() - whether a run could tell a lock from itself
 * @aa: ratios of a lock to itself
 *
 * Return: false if the interval excludes 1, so that the run saw a difference
 * where there is none, or if there are too few pairs for an interval.
 */
bool stats_aa_is_trusted(const struct stats_ci *aa)
{
	return aa->n >= STATS_MIN_PAIRS && aa->lo <= 1 && aa->hi >= 1;
}

/**
 * stats_verdict() - one word about A
 * @ratio:  A over B, paired
 * @aa:     A over A, from the same run
 * @better: direction of the metric
 *
 * The band within which the two are equal is 3 % or the resolution of the run,
 * whichever is wider; a run whose resolution is worse than STATS_BLURRED calls
 * nothing equal.
 *
 * Return: STATS_FASTER if A is better by more than the band for certain.
 */
enum stats_verdict stats_verdict(const struct stats_ci *ratio,
				 const struct stats_ci *aa,
				 enum stats_better better)
{
	double band = STATS_EQUAL_BAND;
	bool above, below;

	if (aa->n >= STATS_MIN_PAIRS && !stats_aa_is_trusted(aa))
		return STATS_UNTRUSTED;
	if (ratio->n < STATS_MIN_PAIRS || aa->n < STATS_MIN_PAIRS)
		return STATS_INCONCLUSIVE;
	if (stats_half_width(aa) > band)
		band = stats_half_width(aa);

	above = ratio->lo > 1 + band;
	below = ratio->hi < 1 - band;
	if (above || below)
		return above == (better == STATS_HIGHER_IS_BETTER) ?
			       STATS_FASTER :
			       STATS_SLOWER;
	if (band <= STATS_BLURRED && ratio->lo >= 1 - band &&
	    ratio->hi <= 1 + band)
		return STATS_EQUAL;
	return STATS_INCONCLUSIVE;
}

/**
 * stats_verdict_name() - the word of a verdict
 * @verdict: any
 *
 * Return: a constant string; in capitals only what makes a row worthless.
 */
const char *stats_verdict_name(enum stats_verdict verdict)
{
	static const char *const names[] = {
		[STATS_FASTER] = "faster",
		[STATS_SLOWER] = "slower",
		[STATS_EQUAL] = "equal",
		[STATS_INCONCLUSIVE] = "inconclusive",
		[STATS_UNTRUSTED] = "UNTRUSTED",
	};

	return names[verdict];
}

/**
 * stats_jain() - Jain's index of fairness
 * @values: share of each thread
 * @n:      number of threads
 *
 * Return: 1 if all are equal, 1/@n if one has everything, NAN if all are zero.
 */
double stats_jain(const double *values, size_t n)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	return squares > 0 ? sum * sum / ((double)n * squares) : NAN;
}
