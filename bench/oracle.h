/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The owner checker: a lock is only timed after it has passed this.
 *
 * A small file of pages has, for each page, the owner's number and a version,
 * both plain memory.  An exclusive owner writes its number into every page of
 * its range, looks again before it leaves, and raises the versions; a shared
 * owner looks for an exclusive one and for versions that move under it.  What
 * a lock lets through shows as a conflict, and what a lock forgets to order
 * shows to ThreadSanitizer.
 */
#ifndef BENCH_ORACLE_H
#define BENCH_ORACLE_H

#include "bench/lock_ops.h"

struct harness;

/**
 * struct oracle_result - what the checker saw
 * @pairs:     acquire/release pairs
 * @conflicts: pairs during which somebody was in a conflicting range
 */
struct oracle_result {
	u64 pairs;
	u64 conflicts;
};

int oracle_check(struct harness *harness, const struct lock_ops *ops,
		 unsigned int threads, u64 run_ns, u64 seed,
		 struct oracle_result *result);
bool oracle_passed(const struct lock_ops *ops,
		   const struct oracle_result *result);

#endif /* BENCH_ORACLE_H */
