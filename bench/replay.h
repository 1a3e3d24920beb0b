/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A recorded trace through a design of the IO engine in logical time: what the
 * policy does, without what the machine does.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "iopath_load.h"
#include "bench/cli.h"
#include "bench/trace_file.h"

/* Parts of a timeline. */
#define REPLAY_TIMELINE	120u

/**
 * struct replay_params - how
 * @design:    who excludes whom
 * @device_ns: time of a bio
 * @speed:     times of the trace are divided by this
 */
struct replay_params {
	enum iopath_design design;
	u64 device_ns;
	u32 speed;
};

/**
 * struct replay_class - operations of one class
 * @ops:         how many
 * @waited:      those that waited for a lock of the design
 * @wait_ns:     sum of these waits
 * @wait_max_ns: the longest
 * @response_ns: sum, from when an operation should have begun to its end
 * @response_p99_ns: 99 of 100 took no longer
 * @response_max_ns: the longest
 */
struct replay_class {
	u64 ops;
	u64 waited;
	u64 wait_ns;
	u64 wait_max_ns;
	u64 response_ns;
	u64 response_p99_ns;
	u64 response_max_ns;
};

/**
 * struct replay_result - what came out
 * @makespan_ns: from the first operation to the end of the last
 * @inside_mean: admitted and not ended, weighted by time, per mille
 * @inside_max:  most at a time
 * @wakeups:     operations and workers that slept for a lock of the design
 *               and were woken; once more for each time in vain
 * @releases:    of locks of the design
 * @timeline:    mean of what was inside in each equal part of the makespan, per
 *               mille
 * @cl:          per class
 */
struct replay_result {
	u64 makespan_ns;
	u64 inside_mean;
	u32 inside_max;
	u64 wakeups;
	u64 releases;
	u64 timeline[REPLAY_TIMELINE];
	struct replay_class cl[IOPATH_LOAD_CLASSES];
};

int replay_run(const struct trace *trace, const struct replay_params *params,
	       struct replay_result *result);
int replay_command(const struct cli *cli);

#endif /* BENCH_REPLAY_H */
