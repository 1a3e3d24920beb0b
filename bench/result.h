/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One comparison as one line of JSON.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdio.h>

#include "bench/measure.h"
#include "bench/scenarios.h"

/**
 * struct result_context - what a line says beside the numbers
 * @scenario:  row
 * @subject:   metric, unit and classes
 * @threads:   number of workers
 * @cpus:      CPUs the process may use
 * @lock_a:    name
 * @lock_b:    name
 * @device:    "ram" or "file", for the engine
 * @seed:      of this comparison
 * @window_ns: length of a window
 */
struct result_context {
	const struct scenario *scenario;
	const struct measure_subject *subject;
	unsigned int threads;
	unsigned int cpus;
	const char *lock_a;
	const char *lock_b;
	const char *device;
	u64 seed;
	u64 window_ns;
};

void result_write(FILE *out, const struct result_context *context,
		  const struct measure_result *result);

#endif /* BENCH_RESULT_H */
