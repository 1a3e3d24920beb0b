/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A histogram of u64 values in buckets that are at most 1/32 of their value
 * wide: the place of the highest bit, and the five bits after it.  Integers
 * only, no allocation, 15 KiB; one writer at a time.
 */
#ifndef RANGELOCK_HIST_H
#define RANGELOCK_HIST_H

#include "rl_env.h"

#define HIST_SUB_BITS	5
#define HIST_SUB	(1U << HIST_SUB_BITS)
#define HIST_BUCKETS	((64 - HIST_SUB_BITS + 1) * HIST_SUB)

/* 100 % in the unit of hist_percentile(): 99.9 % is 99900. */
#define HIST_WHOLE	100000U

/**
 * struct hist - a histogram
 * @count:  values added
 * @sum:    their sum
 * @min:    the smallest, U64_MAX when empty
 * @max:    the largest, 0 when empty
 * @bucket: values per bucket
 *
 * All fields belong to the one writer until it has stopped.
 */
struct hist {
	u64 count;
	u64 sum;
	u64 min;
	u64 max;
	u64 bucket[HIST_BUCKETS];
};

void hist_init(struct hist *hist);
void hist_add(struct hist *hist, u64 value);
void hist_merge(struct hist *into, const struct hist *from);
u64 hist_percentile(const struct hist *hist, u32 per_100000);
u64 hist_mean(const struct hist *hist);

#endif /* RANGELOCK_HIST_H */
