/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A pass: a trace once, its tasks as threads; for trace_load.c.
 */
#ifndef BENCH_TRACE_PASS_H
#define BENCH_TRACE_PASS_H

#include "bench/trace_engine.h"

struct pass;

/**
 * struct pass_slot - an asynchronous IO of a task
 * @io:    the IO
 * @task:  whose it is
 * @list:  on @task->idle
 * @buf:   its data
 * @op:    index of the operation
 * @begin: when it began, or should have
 */
struct pass_slot {
	struct iopath_io io;
	struct pass_task *task;
	struct list_head list;
	void *buf;
	size_t op;
	u64 begin;
};

/**
 * struct pass_task - a task of the trace
 * @pass:   the pass; set when it begins
 * @index:  its number
 * @thread: it
 * @buf:    of synchronous operations
 * @slot:   TRACE_DEPTH of them, or NULL
 * @idle:   free slots; under @pass->lock
 * @busy:   the others; written under @pass->lock
 * @wait:   for @busy
 * @latency: per class; under @pass->lock, since completions add to it
 */
struct pass_task {
	struct pass *pass;
	u32 index;
	struct rlenv_thread *thread;
	void *buf;
	struct pass_slot *slot;
	struct list_head idle;
	u32 busy;
	wait_queue_head_t wait;
	struct hist latency[IOPATH_LOAD_CLASSES];
};

/**
 * struct pass - the trace once
 * @fs:     file system
 * @trace:  trace
 * @speed:  operations begin when they were recorded, divided by this; 0: as
 *          soon as they can
 * @begin_ns: when the pass began
 * @task:   per task of the trace
 * @lock:   guards the next three
 * @ended:  per operation
 * @first:  first one that has not ended
 * @errors: operations that failed
 * @gate:   @first, in steps; written under @lock
 * @active: threads that have not ended
 * @end_ns: when the last one did
 * @wait:   for @gate
 */
struct pass {
	struct iopath_fs *fs;
	const struct trace *trace;
	u32 speed;
	u64 begin_ns;
	struct pass_task *task;
	spinlock_t lock;
	u8 *ended;
	size_t first;
	u64 errors;
	size_t gate;
	atomic_t active;
	u64 end_ns;
	wait_queue_head_t wait;
};

/**
 * struct look - who is inside, over some passes
 * @last: when it looked last
 * @time: over which it has looked, ns
 * @area: per kind, operations times ns; the last one of all kinds
 * @max:  likewise, the most at a time
 */
struct look {
	u64 last;
	u64 time;
	u64 area[IOPATH_INSIDE_KINDS + 1];
	u32 max[IOPATH_INSIDE_KINDS + 1];
};

int pass_init(struct pass *pass, struct iopath_fs *fs,
	      const struct trace *trace, u32 speed);
void pass_exit(struct pass *pass);
u64 pass_run(struct pass *pass, struct look *look);

#endif /* BENCH_TRACE_PASS_H */
