/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The statistics of a comparison: median of paired ratios, its confidence
 * interval from order statistics, the A/A control, and one word of verdict.
 * Pure functions of numbers; what is measured and how is elsewhere.
 *
 * Why medians of *pairs*: on a virtual machine the speed of the whole box
 * drifts by tens of percent within seconds.  Two windows back to back drift
 * together and their ratio does not; two separate medians do not share that.
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Below this difference two locks count as equal, whatever the precision. */
#define STATS_EQUAL_BAND	0.03

/* A run that cannot resolve this cannot find two locks equal. */
#define STATS_BLURRED		0.10

/* Fewer pairs than this have no 95 % interval at all. */
#define STATS_MIN_PAIRS		6

/**
 * struct stats_ci - a median with its 95 % confidence interval
 * @median: of the values
 * @lo:     lower bound; 0 when there are too few values for one
 * @hi:     upper bound; HUGE_VAL when there are too few values for one
 * @n:      number of values
 */
struct stats_ci {
	double median;
	double lo;
	double hi;
	unsigned int n;
};

enum stats_verdict {
	STATS_FASTER,
	STATS_SLOWER,
	STATS_EQUAL,
	STATS_INCONCLUSIVE,
	STATS_UNTRUSTED,
};

/* In which direction a ratio A over B is good for A. */
enum stats_better {
	STATS_LOWER_IS_BETTER,
	STATS_HIGHER_IS_BETTER,
};

double stats_median(const double *values, size_t n);
size_t stats_ci_rank(size_t n);
struct stats_ci stats_median_ci(const double *values, size_t n);

double stats_half_width(const struct stats_ci *aa);
bool stats_aa_is_trusted(const struct stats_ci *aa);
enum stats_verdict stats_verdict(const struct stats_ci *ratio,
				 const struct stats_ci *aa,
				 enum stats_better better);
const char *stats_verdict_name(enum stats_verdict verdict);

double stats_jain(const double *values, size_t n);

#endif /* BENCH_STATS_H */
