/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Traces: what the tasks of a program did to one file, and when.  Text, one
 * line per operation, as bench/record.sh writes it:
 *
 *   # rangelock trace 1
 *   # source: what was recorded, where and how
 *   # file: 67108864
 *   # time_ns task op start len [flags]
 *   0 1 read 4096 8192
 *   12000 2 write 8192 4096 dsync
 *   15000 1 fsync 0 0
 *
 * The first line is the format and its version.  "file" is the size of the
 * file in bytes, a multiple of 4096; nothing goes beyond it.  Both it and at
 * least one "source" come before the first operation; other lines with "#" are
 * comments.
 *
 *   time_ns  since the first operation; no line is earlier than the one before
 *   task     1 to 256; the operations of a task began one after the other
 *   op       what       start, len                     flags
 *            read       bytes                          async | buffered
 *            write      bytes                          async | buffered, dsync
 *            fsync      bytes; 0 0 is the whole file
 *            falloc     bytes                          alloc | zero | punch
 *            truncate   new size, 0
 *   flags    separated by commas.  Without them a read or write is direct IO and
 *            the task waits for its end; async: it does not; buffered: through
 *            the page cache; dsync: O_DSYNC
 */
#ifndef BENCH_TRACE_FILE_H
#define BENCH_TRACE_FILE_H

#include <stdio.h>

#include "rl_env.h"

#define TRACE_MAX_TASKS	256u
#define TRACE_MAX_OPS	1000000u
#define TRACE_MAX_FILE	(1ull << 30)
#define TRACE_MAX_LEN	(1ull << 24)

enum trace_kind {
	TRACE_READ,
	TRACE_WRITE,
	TRACE_FSYNC,
	TRACE_FALLOC,
	TRACE_TRUNCATE,
	TRACE_KINDS,
};

#define TRACE_ASYNC	(1u << 0)
#define TRACE_BUFFERED	(1u << 1)
#define TRACE_DSYNC	(1u << 2)
#define TRACE_ALLOC	(1u << 3)
#define TRACE_ZERO	(1u << 4)
#define TRACE_PUNCH	(1u << 5)

/**
 * struct trace_op - one operation
 * @time_ns: when it began, since the first one
 * @start:   first byte, or the new size
 * @len:     bytes; 0 for a truncate or an fsync of the whole file
 * @task:    from 0
 * @kind:    enum trace_kind
 * @flags:   TRACE_ASYNC | ...
 */
struct trace_op {
	u64 time_ns;
	u64 start;
	u64 len;
	u32 task;
	u8 kind;
	u8 flags;
};

/**
 * struct trace - a trace in memory
 * @file_bytes: size of the file
 * @tasks:      largest number of a task
 * @nr:         number of operations, at least one
 * @op:         in the order of time
 */
struct trace {
	u64 file_bytes;
	u32 tasks;
	size_t nr;
	struct trace_op *op;
};

int trace_parse(struct trace *trace, const char *text, size_t size,
		const char *name, FILE *complaints);
int trace_find(const char *name, char *path, size_t size);
int trace_load(struct trace *trace, const char *path);
void trace_free(struct trace *trace);

const char *trace_kind_name(enum trace_kind kind);

#endif /* BENCH_TRACE_FILE_H */
