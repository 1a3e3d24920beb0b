/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A trace as a load: its tasks are threads; see trace_pass.c for what that keeps
 * of the recording, and what it does not.
 */
#ifndef BENCH_TRACE_LOAD_H
#define BENCH_TRACE_LOAD_H

#include "iopath_load.h"
#include "bench/trace_file.h"

int trace_load_run(struct iopath_fs *fs, const struct trace *trace,
		   u32 speed, u64 warm_ns, u64 window_ns,
		   struct iopath_load_result *result);

#endif /* BENCH_TRACE_LOAD_H */
