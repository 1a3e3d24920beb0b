// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Log-linear histogram.  A value below 32 has a bucket of its own.  Above, the
 * place of the highest bit picks a row of 32 buckets and the next five bits
 * the bucket in it, so that a bucket is never wider than 1/32 of its values.
 */
#include "hist.h"

static u32 hist_index(u64 value)
{
	u32 row;

	if (value < HIST_SUB)
		return (u32)value;
	row = fls64(value) - HIST_SUB_BITS;
	return row * HIST_SUB + (u32)((value >> (row - 1)) & (HIST_SUB - 1));
}

/* The largest value that falls into bucket @index. */
static u64 hist_bucket_last(u32 index)
{
	u32 row = index / HIST_SUB;
	u64 sub = index % HIST_SUB;

	if (!row)
		return sub;
	return ((HIST_SUB + sub + 1) << (row - 1)) - 1;
}

/**
 * hist_init() - make a histogram empty
 * @hist: histogram
 *
 * Context: any.
 */
void hist_init(struct hist *hist)
{
	memset(hist, 0, sizeof(*hist));
	hist->min = U64_MAX;
}

/**
 * hist_add() - count one value
 * @hist:  histogram
 * @value: value, any unit
 *
 * Context: any; one caller at a time.
 */
void hist_add(struct hist *hist, u64 value)
{
	hist->count++;
	hist->sum += value;
	hist->min = min(hist->min, value);
	hist->max = max(hist->max, value);
	hist->bucket[hist_index(value)]++;
}

/**
 * hist_merge() - add all values of one histogram to another
 * @into: where to
 * @from: where from, unchanged
 *
 * Context: any; both at rest but for the caller.
 */
void hist_merge(struct hist *into, const struct hist *from)
{
	u32 i;

	into->count += from->count;
	into->sum += from->sum;
	into->min = min(into->min, from->min);
	into->max = max(into->max, from->max);
	for (i = 0; i < HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

/**
 * hist_percentile() - the value that a part of all values does not exceed
 * @hist:       histogram
 * @per_100000: part, 0..100000; 50000 is the median, 99900 the 99.9th percentile
 *
 * Context: any.
 * Return: the upper edge of the bucket where that part is reached, but never
 * more than the maximum; 0 when empty.
 */
u64 hist_percentile(const struct hist *hist, u32 per_100000)
{
	u64 whole = div64_u64(hist->count, HIST_WHOLE);
	u64 rest = hist->count - whole * HIST_WHOLE;
	u64 rank, seen = 0;
	u32 i;

	/* count * part / 100000, rounded up, without overflow */
	rank = whole * per_100000 +
	       div64_u64(rest * per_100000 + HIST_WHOLE - 1, HIST_WHOLE);
	rank = max_t(u64, rank, 1);
	for (i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if (seen >= rank)
			return min(hist_bucket_last(i), hist->max);
	}
	return hist->max;
}

/**
 * hist_mean() - the mean of all values, rounded down
 * @hist: histogram
 *
 * Context: any.
 * Return: the mean, 0 when empty.
 */
u64 hist_mean(const struct hist *hist)
{
	return hist->count ? div64_u64(hist->sum, hist->count) : 0;
}
