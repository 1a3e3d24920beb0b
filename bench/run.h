/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench run` and `compare`.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench/cli.h"

int run_default(const struct cli *cli);
int run_compare(const struct cli *cli);

#endif /* BENCH_RUN_H */
