/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A trace as a load, see trace_load.h.  A window is as many passes as begin in
 * it.
 */
#include "bench/trace_load.h"

#include "bench/trace_pass.h"

static void add_level(const struct look *look, u32 kind,
		      struct iopath_load_level *level)
{
	level->mean = look->area[kind] / (look->time / 1000 + 1);
	level->max = look->max[kind];
}

/* A class counts as one thread: tasks do different things. */
static void collect(const struct pass *pass, const struct look *look,
		    struct iopath_load_result *result)
{
	u64 busy = 0;
	u32 cl, i;

	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		struct iopath_load_class_result *c = &result->cl[cl];

		hist_init(&c->latency);
		for (i = 0; i < pass->trace->tasks; i++)
			hist_merge(&c->latency, &pass->task[i].latency[cl]);
		c->ops = c->latency.count;
		c->threads = c->ops > 0;
		c->min_ops = c->ops;
		c->max_ops = c->ops;
		c->jain = c->threads * 1000;
		result->ops += c->ops;
		if (c->threads)
			add_level(look, iopath_load_kind[cl], &c->inside);
		if (cl <= IOPATH_LOAD_DSYNC)
			busy += c->latency.sum;
	}
	result->errors = pass->errors;
	result->in_flight = busy / (result->elapsed_ns / 1000 + 1);
	add_level(look, IOPATH_INSIDE_KINDS, &result->inside);
}

static void forget(struct pass *pass, struct look *look)
{
	u32 i, cl;

	for (i = 0; i < pass->trace->tasks; i++)
		for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
			hist_init(&pass->task[i].latency[cl]);
	memset(look, 0, sizeof(*look));
}

/**
 * trace_load_run() - passes until a time is over, each to its end
 * @fs:        file system with a file for the trace, see trace_geometry()
 * @trace:     trace
 * @speed:     as in struct pass
 * @warm_ns:   passes begin for so long before the window; 0: none does
 * @window_ns: passes begin for so long in the window; at least one does
 * @result:    filled, but for bytes
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int trace_load_run(struct iopath_fs *fs, const struct trace *trace,
		   u32 speed, u64 warm_ns, u64 window_ns,
		   struct iopath_load_result *result)
{
	struct look look = { 0 };
	struct pass pass;
	u64 warm = 0;
	int err;

	memset(result, 0, sizeof(*result));
	err = pass_init(&pass, fs, trace, speed);
	if (!err) {
		while (warm < warm_ns)
			warm += pass_run(&pass, &look);
		forget(&pass, &look);
		do
			result->elapsed_ns += pass_run(&pass, &look);
		while (result->elapsed_ns < window_ns);
		collect(&pass, &look, result);
	}
	pass_exit(&pass);
	return err;
}
