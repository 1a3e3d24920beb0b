/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Two designs of the IO engine under the same mix or trace.  Each lives on a device and
 * a file system of its own, made alike; while one has its window, the other
 * has no thread and no IO.
 */
#include "bench/subject.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iopath_load.h"
#include "file_dev.h"
#include "bench/trace_engine.h"
#include "bench/trace_load.h"

#define DISTURBED_STEAL	0.01
/* The device of a trace is that of b_dio. */
#define TRACE_LATENCY_NS	200000ull

static bool design_of(const struct lock_ops *ops, enum iopath_design *design)
{
	static const struct {
		const char *lock;
		enum iopath_design design;
	} designs[] = {
		{ "rl", IOPATH_RANGE },
		{ "dio", IOPATH_DIO_SEM },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(designs); i++) {
		if (strcmp(ops->name, designs[i].lock))
			continue;
		*design = designs[i].design;
		return true;
	}
	*design = iopath_design_by_name(ops->name);
	return iopath_design_is_offered(*design);
}

/**
 * engine_has_design() - whether the engine can run under a lock
 * @ops: the lock
 *
 * Return: true for those that have a design of their own.
 */
bool engine_has_design(const struct lock_ops *ops)
{
	enum iopath_design design;

	return design_of(ops, &design);
}

static bool is_io(unsigned int class)
{
	return class == IOPATH_LOAD_WRITE || class == IOPATH_LOAD_READ ||
	       class == IOPATH_LOAD_DSYNC || class == IOPATH_LOAD_BUFFERED;
}

/*
 * Threads of different classes do different things, so their counts are not
 * comparable: fairness is that of the least fair class of more than one.
 */
static void fairness(const struct iopath_load_result *result, double seconds,
		     struct measure_window *window)
{
	unsigned int class;

	window->jain = NAN;
	window->thread_min = NAN;
	window->thread_max = NAN;
	for (class = 0; class < IOPATH_LOAD_CLASSES; class++) {
		const struct iopath_load_class_result *cl = &result->cl[class];
		double jain = cl->jain / 1000.0;

		if (cl->threads < 2 || !is_io(class))
			continue;
		if (!isnan(window->jain) && jain >= window->jain)
			continue;
		window->jain = jain;
		window->thread_min = (double)cl->min_ops / seconds;
		window->thread_max = (double)cl->max_ops / seconds;
	}
}

static void class_figures(const struct iopath_load_class_result *cl,
			  double seconds, double *figure)
{
	figure[MEASURE_CLASS_RATE] = (double)cl->ops / seconds;
	figure[MEASURE_CLASS_JAIN] = cl->threads > 1 ? cl->jain / 1000.0 : NAN;
	figure[MEASURE_CLASS_MIN] = (double)cl->min_ops / seconds;
	figure[MEASURE_CLASS_MAX] = (double)cl->max_ops / seconds;
	figure[MEASURE_CLASS_INSIDE] = (double)cl->inside.mean / 1000;
}

static int engine_load(const struct engine_subject *es,
		       enum measure_which which, u64 seed)
{
	struct iopath_load_params params;

	/* a pass is long, and the first window of each side does not count */
	if (!es->mix)
		return trace_load_run(es->fs[which], &es->trace, es->speed, 0,
				      es->times.window_ns, es->result);
	params = es->mix->params;
	params.seed = seed;
	params.warmup_ns = es->times.warm_ns;
	params.runtime_ns = es->times.window_ns;
	return iopath_load_run(es->fs[which], &params, es->result);
}

static int engine_window(struct measure_subject *subject,
			 enum measure_which which, bool timed, u64 seed,
			 struct measure_window *window)
{
	struct engine_subject *es =
		container_of(subject, struct engine_subject, subject);
	struct iopath_load_result *result = es->result;
	double steal = machine_steal_ticks(), total = machine_total_ticks();
	double seconds, ops = 0;
	unsigned int class;
	int err;

	err = engine_load(es, which, seed);
	if (err)
		return err;
	if (result->errors)
		return -EIO;
	steal = machine_steal_ticks() - steal;
	total = machine_total_ticks() - total;

	seconds = (double)result->elapsed_ns / 1e9;
	for (class = 0; class < IOPATH_LOAD_CLASSES; class++) {
		const struct iopath_load_class_result *cl = &result->cl[class];

		if (is_io(class))
			ops += (double)cl->ops;
		class_figures(cl, seconds, window->class[class]);
		window->inside_max[class] = cl->inside.max;
		window->latency[class] = &cl->latency;
	}
	window->ops_per_s = ops / seconds;
	window->metric = window->ops_per_s;
	window->core_ns = NAN;
	window->in_flight = (double)result->in_flight / 1000;
	window->inside = (double)result->inside.mean / 1000;
	fairness(result, seconds, window);
	if (total > 0 && steal / total > DISTURBED_STEAL)
		window->disturbed = "the hypervisor took CPU time";
	return 0;
}

static int make_fs(struct engine_subject *es, enum measure_which which,
		   enum iopath_design design, const char *path)
{
	static const struct iopath_ram_params trace_ram = {
		.latency_ns = TRACE_LATENCY_NS,
	};
	struct iopath_geometry geo;
	char name[4096];
	u64 blocks;
	int err;

	if (es->mix)
		geo = es->mix->geo;
	else
		trace_geometry(&es->trace, &geo);
	blocks = iopath_device_blocks(&geo);

	if (path) {
		snprintf(name, sizeof(name), "%s%s", path,
			 which == MEASURE_A ? "" : ".b");
		es->dev[which] = iopath_file_create(name, blocks);
	} else {
		es->dev[which] = iopath_ram_create(blocks, es->mix ?
						    &es->mix->ram : &trace_ram);
	}
	if (!es->dev[which])
		return -ENOMEM;
	if (IS_ERR(es->dev[which])) {
		err = PTR_ERR(es->dev[which]);
		es->dev[which] = NULL;
		return err;
	}
	err = iopath_mkfs(es->dev[which], &geo);
	if (!err)
		err = iopath_mount(es->dev[which], design, &es->fs[which]);
	if (!err)
		err = iopath_load_prefill(es->fs[which]);
	return err;
}

/* The variant is the name of the trace, and a speed behind ",x". */
static int find_trace(struct engine_subject *es, const char *variant)
{
	char path[4096], name[64];
	int err;

	es->speed = 0;
	if (sscanf(variant, "%63[^,],x%u", name, &es->speed) < 1)
		return -EINVAL;
	err = trace_find(name, path, sizeof(path));
	if (!err)
		err = trace_load(&es->trace, path);
	es->threads = es->trace.tasks;
	return err;
}

static int find_load(struct engine_subject *es, const struct scenario *scenario)
{
	unsigned int i;

	if (!strcmp(scenario->name, "b_trace"))
		return find_trace(es, scenario->variant);
	es->mix = iopath_mix_find(scenario->name);
	if (!es->mix)
		return -EOPNOTSUPP;
	for (i = 0; i < IOPATH_LOAD_CLASSES; i++)
		es->threads += es->mix->params.threads[i];
	return 0;
}

/**
 * engine_subject_init() - make two file systems to compare
 * @es:    filled
 * @scenario: row; its name is that of a mix, or b_trace with a trace as variant
 * @a:     a lock with a design
 * @b:     another, or the same
 * @times: of the windows
 * @path:  file to use as device, the second one gets ".b" appended; NULL for
 *         memory with simulated latency
 *
 * Return: 0 or -errno; -EOPNOTSUPP if the engine has no such mix or design.
 */
int engine_subject_init(struct engine_subject *es,
			const struct scenario *scenario,
			const struct lock_ops *a, const struct lock_ops *b,
			const struct subject_times *times, const char *path)
{
	enum iopath_design design[MEASURE_SIDES];
	unsigned int i;
	int err;

	memset(es, 0, sizeof(*es));
	es->subject.metric = "ops_per_s";
	es->subject.unit = "1/s";
	es->subject.better = STATS_HIGHER_IS_BETTER;
	es->subject.window = engine_window;
	es->times = *times;
	if (!design_of(a, &design[MEASURE_A]) ||
	    !design_of(b, &design[MEASURE_B]))
		return -EOPNOTSUPP;
	err = find_load(es, scenario);
	if (err)
		return err;
	BUILD_BUG_ON(IOPATH_LOAD_CLASSES > MEASURE_CLASSES);
	for (i = 0; i < IOPATH_LOAD_CLASSES; i++)
		es->subject.class_name[i] = iopath_load_class_name(i);
	es->result = calloc(1, sizeof(*es->result));
	err = es->result ? 0 : -ENOMEM;
	for (i = 0; i < MEASURE_SIDES && !err; i++)
		err = make_fs(es, i, design[i], path);
	if (err)
		engine_subject_destroy(es);
	return err;
}

/**
 * engine_subject_destroy() - undo engine_subject_init()
 * @es: without a window in progress
 */
void engine_subject_destroy(struct engine_subject *es)
{
	unsigned int i;

	for (i = 0; i < MEASURE_SIDES; i++) {
		if (es->fs[i])
			WARN_ON(iopath_unmount(es->fs[i]));
		if (es->dev[i])
			iopath_dev_destroy(es->dev[i]);
		es->fs[i] = NULL;
		es->dev[i] = NULL;
	}
	trace_free(&es->trace);
	free(es->result);
	es->result = NULL;
}
