/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Two locks under the same load.
 */
#include "bench/subject.h"

#include <errno.h>
#include <math.h>

/*
 * A worker that waited longer than this for a CPU that should be its own was
 * disturbed by somebody else.  Waking the main thread twice per window takes
 * less.
 */
#define DISTURBED_DELAY	0.05
#define DISTURBED_STEAL	0.01

/* p99.9, in the unit of hist_percentile(). */
#define TAIL_PER_100000	99900

static const char *disturbed_by(const struct harness_window *window,
				unsigned int cpus)
{
	if (window->displaced)
		return "a thread was not on its CPU";
	if (window->steal > DISTURBED_STEAL)
		return "the hypervisor took CPU time";
	if (window->threads <= cpus && window->delay > DISTURBED_DELAY)
		return "another program ran on a CPU of the test";
	return NULL;
}

static void fairness(const struct harness_window *hw, double seconds,
		     struct measure_window *window)
{
	static double ops[HARNESS_MAX_THREADS];
	unsigned int i;

	window->thread_min = HUGE_VAL;
	window->thread_max = 0;
	for (i = 0; i < hw->threads; i++) {
		ops[i] = (double)hw->thread_ops[i] / seconds;
		window->thread_min = fmin(window->thread_min, ops[i]);
		window->thread_max = fmax(window->thread_max, ops[i]);
	}
	window->jain = stats_jain(ops, hw->threads);
}

/*
 * Nanoseconds of one core per pair.  A load that clocks its pairs itself knows;
 * a guest's pairs do not count, nor does the core it hardly uses.
 */
static double core_ns(const struct lock_side *side, unsigned int cpus,
		      const struct harness_window *hw)
{
	unsigned int workers = side->threads;
	u64 pairs = hw->class_ops[LOCKLOAD_NARROW] +
		    hw->class_ops[LOCKLOAD_WHOLE];

	if (side->shape->burst || side->shape->queue)
		return pairs ? (double)hw->busy_ns / (double)pairs : NAN;
	if (side->shape->guest.present) {
		workers--;
		pairs = hw->class_ops[LOCKLOAD_NARROW];
	}
	return pairs ? min(workers, cpus) * (double)hw->ns / (double)pairs :
		       NAN;
}

static int lock_window(struct measure_subject *subject,
		       enum measure_which which, bool timed, u64 seed,
		       struct measure_window *window)
{
	struct lock_subject *ls =
		container_of(subject, struct lock_subject, subject);
	struct harness_window *hw = &ls->window;
	struct harness_job job = {
		.threads = ls->side[which].threads,
		.timed = timed || ls->tail,
		.seed = seed,
	};
	const struct lockload_shape *shape = ls->side[which].shape;
	unsigned int cpus = harness_cpus(ls->harness), class;
	double ops = 0, seconds;
	int err;

	lockload_job(&ls->load[which], &job);
	err = harness_run(ls->harness, &job, ls->times.warm_ns,
			  ls->times.window_ns, hw);
	if (err)
		return err;
	seconds = (double)hw->ns / 1e9;
	for (class = 0; class < HARNESS_CLASSES; class++) {
		ops += (double)hw->class_ops[class];
		window->class[class][MEASURE_CLASS_RATE] =
			(double)hw->class_ops[class] / seconds;
		window->latency[class] = hw->latency[class];
	}
	window->ops_per_s = ops / seconds;
	window->core_ns = core_ns(&ls->side[which], cpus, hw);
	window->metric = window->core_ns;
	if (ls->tail)
		window->metric = (double)hist_percentile(
			hw->latency[LOCKLOAD_NARROW], TAIL_PER_100000);
	window->rounds = shape->guest.size || shape->queue ? hw->rounds : NULL;
	window->in_flight = NAN;
	fairness(hw, seconds, window);
	window->disturbed = disturbed_by(hw, cpus);
	return 0;
}

/**
 * lock_subject_init() - make two locks to compare
 * @ls:      filled
 * @harness: pool of threads
 * @side:    A and B; may be the same; shapes have to stay
 * @tail:    compare p99.9 of the narrow pairs' waits
 * @times:   of the windows
 *
 * Return: 0 or -errno.
 */
int lock_subject_init(struct lock_subject *ls, struct harness *harness,
		      const struct lock_side side[MEASURE_SIDES], bool tail,
		      const struct subject_times *times)
{
	int err;

	*ls = (struct lock_subject){
		.subject = {
			.metric = tail ? "p999_ns" : "core_ns_per_pair",
			.unit = "ns",
			.better = STATS_LOWER_IS_BETTER,
			.class_name = { "narrow", "whole" },
			.apart = !tail,
			.window = lock_window,
		},
		.harness = harness,
		.side = { side[MEASURE_A], side[MEASURE_B] },
		.tail = tail,
		.times = *times,
	};
	if (side[MEASURE_A].shape->guest.present)
		ls->subject.class_name[LOCKLOAD_WHOLE] = "guest";
	err = lockload_init(&ls->load[MEASURE_A], side[MEASURE_A].shape,
			    side[MEASURE_A].ops);
	if (err)
		return err;
	err = lockload_init(&ls->load[MEASURE_B], side[MEASURE_B].shape,
			    side[MEASURE_B].ops);
	if (err)
		lockload_destroy(&ls->load[MEASURE_A]);
	return err;
}

/**
 * lock_subject_destroy() - undo lock_subject_init()
 * @ls: without a window in progress
 */
void lock_subject_destroy(struct lock_subject *ls)
{
	lockload_destroy(&ls->load[MEASURE_B]);
	lockload_destroy(&ls->load[MEASURE_A]);
}
