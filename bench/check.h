/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The owner checker as a command, and as the gate before a lock is timed.
 */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

#include "bench/cli.h"

struct harness;

int check_lock(struct harness *harness, const struct lock_ops *ops, u64 seed,
	       FILE *out);
int run_check(const struct cli *cli);

#endif /* BENCH_CHECK_H */
