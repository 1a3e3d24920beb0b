/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Histograms as text that the plotters of HdrHistogram read.
 */
#ifndef BENCH_HGRM_H
#define BENCH_HGRM_H

#include "bench/result.h"

int hgrm_write(const char *directory, const struct result_context *context,
	       const struct measure_result *result);

#endif /* BENCH_HGRM_H */
