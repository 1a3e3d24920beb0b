/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Stress: the clients of fuzz.h as threads that run at once, on a device with
 * latency, while the design is switched below them and the power fails.
 */
#ifndef RANGELOCK_STRESS_H
#define RANGELOCK_STRESS_H

#include "fuzz.h"

#define STRESS_THREADS	32U

/**
 * struct stress_params - a stress
 * @seed:       of the threads' choices
 * @run_ns:     how long
 * @design:     who excludes whom; IOPATH_DESIGNS: switch among those for users
 * @nocow:      write in place, without checksums
 * @files:      number of files, at most half of IOPATH_FILES
 * @threads:    number of threads, at most STRESS_THREADS
 * @latency_ns: of the device, and as much jitter
 */
struct stress_params {
	u64 seed;
	u64 run_ns;
	enum iopath_design design;
	bool nocow;
	u32 files;
	u32 threads;
	u64 latency_ns;
};

/**
 * struct stress_result - what came out
 * @code:     first code found
 * @why:      about it
 * @ops:      operations
 * @switches: changes of design
 * @crashes:  power failures
 * @rounds:   times that all was compared
 */
struct stress_result {
	enum iopath_code code;
	char why[FUZZ_WHY];
	u64 ops;
	u64 switches;
	u64 crashes;
	u64 rounds;
};

int stress_run(const struct stress_params *params,
	       struct stress_result *result);

#endif /* RANGELOCK_STRESS_H */
