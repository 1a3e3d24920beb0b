/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What this program was built from; version.c is written by bench.mk.
 */
#ifndef BENCH_VERSION_H
#define BENCH_VERSION_H

/* git describe of the tree, with -dirty. */
extern const char rlbench_git[];

/* Start of a SHA-256 over all sources that influence a result. */
extern const char rlbench_sources[];

extern const char rlbench_cflags[];

#endif /* BENCH_VERSION_H */
