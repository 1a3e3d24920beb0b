/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Operations of a trace on the IO engine, for those who replay one: with
 * threads and a clock (trace_subject.c), or in logical time (replay.c).
 */
#ifndef BENCH_TRACE_ENGINE_H
#define BENCH_TRACE_ENGINE_H

#include "iopath_load.h"
#include "bench/trace_file.h"

/* Asynchronous IOs that a task has in flight before it waits for one. */
#define TRACE_DEPTH	32u

/* Parts of a file system that a trace fits in. */
void trace_geometry(const struct trace *trace, struct iopath_geometry *geo);
u32 trace_buffer_bytes(const struct trace *trace);

enum iopath_load_class trace_class(const struct trace_op *op);
ssize_t trace_do(struct iopath_inode *inode, const struct trace_op *op,
		 void *buf);
void trace_prepare(const struct trace_op *op, struct iopath_io *io, void *buf);

#endif /* BENCH_TRACE_ENGINE_H */
