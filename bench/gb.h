/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench gb`: the lock scenarios through Google Benchmark.
 */
#ifndef BENCH_GB_H
#define BENCH_GB_H

int gb_main(int argc, char **argv);

#endif /* BENCH_GB_H */
