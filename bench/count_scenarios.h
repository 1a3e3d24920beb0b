/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The situations in which rlcount looks at a lock.
 */
#ifndef BENCH_COUNT_SCENARIOS_H
#define BENCH_COUNT_SCENARIOS_H

#include "bench/lock_ops.h"

struct rangelock_stats;

/**
 * struct count_row - what was counted; medians over the trials of a pair
 * @scenario:  c_pair/quiet and the like
 * @lock:      name
 * @exclusive: how the range was taken
 * @held:      other ranges that were held, or requests that waited
 * @accesses:  reads and writes
 * @locked:    read-modify-writes
 * @fences:    full ones
 * @touched:   cache lines
 * @written:   those that were written
 * @two:       two threads were looked at
 * @shared:    lines that one of them wrote and the other touched
 * @shared_mean: mean over the trials
 * @shared_max: largest of the trials
 * @section:   accesses of the longest section under a lock, of all trials; NAN
 *             if one was too long to be kept
 * @allocations: all of them, of all trials and of the contention before
 * @stats:     counters of the lock, or NULL; valid until the next row
 * @calm:      @bytes is known
 * @bytes:     memory that the lock holds when calm again, beyond that at first
 */
struct count_row {
	const char *scenario;
	const char *lock;
	bool exclusive;
	unsigned int held;
	double accesses;
	double locked;
	double fences;
	double touched;
	double written;
	bool two;
	double shared;
	double shared_mean;
	double shared_max;
	double section;
	double allocations;
	const struct rangelock_stats *stats;
	bool calm;
	double bytes;
};

typedef void (*count_emit_fn)(void *arg, const struct count_row *row);

const char *count_scenarios(const struct lock_ops *ops, count_emit_fn emit,
			    void *arg);

#endif /* BENCH_COUNT_SCENARIOS_H */
