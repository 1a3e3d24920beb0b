/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The picture of a run, as input for gnuplot.
 */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include <stdio.h>

int plot_write(const char *directory, FILE *out);

#endif /* BENCH_PLOT_H */
