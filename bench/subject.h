/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What stands behind a struct measure_subject: two locks under the same load,
 * or two designs of the IO engine, each live on a file system of its own.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include "bench/harness.h"
#include "bench/measure.h"
#include "bench/scenarios.h"
#include "bench/trace_file.h"

struct iopath_dev;
struct iopath_fs;
struct iopath_mix;
struct iopath_load_result;

/**
 * struct subject_times - how long windows are
 * @warm_ns:   load before a window opens
 * @window_ns: length of a window
 */
struct subject_times {
	u64 warm_ns;
	u64 window_ns;
};

/**
 * struct lock_side - one side of a comparison of locks
 * @ops:     the lock
 * @shape:   what the workers do
 * @threads: number of workers
 */
struct lock_side {
	const struct lock_ops *ops;
	const struct lockload_shape *shape;
	unsigned int threads;
};

/**
 * struct lock_subject - two locks
 * @subject: for measure_compare()
 * @harness: pool of threads
 * @side:    A and B
 * @tail:    compare p99.9 of the narrow pairs' waits
 * @times:   of the windows
 * @load:    A and B
 * @window:  of the harness, its last
 */
struct lock_subject {
	struct measure_subject subject;
	struct harness *harness;
	struct lock_side side[MEASURE_SIDES];
	bool tail;
	struct subject_times times;
	struct lockload load[MEASURE_SIDES];
	struct harness_window window;
};

/**
 * struct engine_subject - two designs
 * @subject: for measure_compare()
 * @mix:     the workload, or NULL
 * @trace:   the workload if there is no mix
 * @speed:   of the trace, 0 for as fast as it can
 * @times:   of the windows
 * @threads: of the mix, all classes; tasks of the trace
 * @dev:     A and B
 * @fs:      A and B; the one whose window it is not has no IO in flight
 * @result:  of the last window
 */
struct engine_subject {
	struct measure_subject subject;
	const struct iopath_mix *mix;
	struct trace trace;
	u32 speed;
	struct subject_times times;
	unsigned int threads;
	struct iopath_dev *dev[MEASURE_SIDES];
	struct iopath_fs *fs[MEASURE_SIDES];
	struct iopath_load_result *result;
};

int lock_subject_init(struct lock_subject *ls, struct harness *harness,
		      const struct lock_side side[MEASURE_SIDES], bool tail,
		      const struct subject_times *times);
void lock_subject_destroy(struct lock_subject *ls);

bool engine_has_design(const struct lock_ops *ops);
int engine_subject_init(struct engine_subject *es,
			const struct scenario *scenario,
			const struct lock_ops *a, const struct lock_ops *b,
			const struct subject_times *times, const char *path);
void engine_subject_destroy(struct engine_subject *es);

#endif /* BENCH_SUBJECT_H */
