/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How two subjects are compared: blocks of three windows back to back, A' A B
 * and then B A A', where A' is A once more.  A beside B gives a pair of the
 * comparison, A beside A' a pair of the A/A control, and which of the two comes
 * first alternates.  A block that the machine disturbed is dropped as a whole.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "rl_env.h"
#include "hist.h"
#include "bench/stats.h"

#define MEASURE_CLASSES	12

enum measure_which {
	MEASURE_A,
	MEASURE_B,
	MEASURE_SIDES,
};

/* What is known of a class beside its latency; medians over the windows. */
enum measure_class_figure {
	MEASURE_CLASS_RATE,	/* operations per second */
	MEASURE_CLASS_JAIN,	/* fairness between its threads */
	MEASURE_CLASS_MIN,	/* operations per second of its slowest thread */
	MEASURE_CLASS_MAX,	/* and of its fastest */
	MEASURE_CLASS_INSIDE,	/* mean number that is admitted at a time */
	MEASURE_CLASS_FIGURES,
};

/**
 * struct measure_window - one window of one side
 * @metric:     what is compared
 * @ops_per_s:  operations per second of wall time
 * @core_ns:    nanoseconds of one core per operation, or NAN
 * @jain:       fairness between threads
 * @thread_min: operations per second of the slowest thread
 * @thread_max: operations per second of the fastest thread
 * @in_flight:  mean number of IOs in flight, or NAN
 * @inside:     mean number of operations that are admitted at a time, or NAN
 * @class:      per class, NAN where it has no such figure
 * @inside_max: per class, the most that were admitted at a time
 * @latency:    per class, or NULL; valid until the next window
 * @rounds:     pairs that a peer finished during a wait, or NULL; likewise
 * @disturbed:  why the window does not count, or NULL
 */
struct measure_window {
	double metric;
	double ops_per_s;
	double core_ns;
	double jain;
	double thread_min;
	double thread_max;
	double in_flight;
	double inside;
	double class[MEASURE_CLASSES][MEASURE_CLASS_FIGURES];
	double inside_max[MEASURE_CLASSES];
	const struct hist *latency[MEASURE_CLASSES];
	const struct hist *rounds;
	const char *disturbed;
};

/**
 * struct measure_subject - two things that can be compared
 * @metric:     name of what is compared
 * @unit:       of it
 * @better:     which direction is good
 * @class_name: name per class, NULL after the last
 * @apart:      latency needs windows of its own (timing changes the result)
 * @window:     run one window of one side; 0 or -errno
 */
struct measure_subject {
	const char *metric;
	const char *unit;
	enum stats_better better;
	const char *class_name[MEASURE_CLASSES];
	bool apart;
	int (*window)(struct measure_subject *subject,
		      enum measure_which which, bool timed, u64 seed,
		      struct measure_window *window);
};

/**
 * struct measure_params - how much
 * @pairs:        undisturbed pairs wanted
 * @timed_windows: windows per side for latency, if apart
 * @seed:         of orders and choices
 * @progress:     called after each block with what is known so far, or NULL
 * @arg:          for @progress
 */
struct measure_params {
	unsigned int pairs;
	unsigned int timed_windows;
	u64 seed;
	void (*progress)(void *arg, unsigned int done, unsigned int of,
			 const struct stats_ci *ratio);
	void *arg;
};

/**
 * struct measure_side - one side over all windows
 *
 * Rates are medians over the undisturbed windows, as are the others but
 * @latency and @rounds, which are the sum, and @inside_max.
 */
struct measure_side {
	double ops_per_s;
	double core_ns;
	double jain;
	double thread_min;
	double thread_max;
	double in_flight;
	double inside;
	double class[MEASURE_CLASSES][MEASURE_CLASS_FIGURES];
	double inside_max[MEASURE_CLASSES];
	struct hist all;
	struct hist latency[MEASURE_CLASSES];
	struct hist rounds;
};

/**
 * struct measure_result - a comparison
 * @ratio:    A over B
 * @aa:       A over A'
 * @verdict:  about A
 * @n:        pairs that count; dropped ones as well if hardly any is left
 * @dropped:  pairs dropped
 * @why:      the last reason to drop one, or NULL
 * @ratios:   the pairs, @n of them; for pooling
 * @aa_ratios: the control pairs, @n of them
 * @side:     A and B
 */
struct measure_result {
	struct stats_ci ratio;
	struct stats_ci aa;
	enum stats_verdict verdict;
	unsigned int n;
	unsigned int dropped;
	const char *why;
	double *ratios;
	double *aa_ratios;
	struct measure_side side[MEASURE_SIDES];
};

/* More than this share of the pairs dropped, and a row is worth nothing. */
#define MEASURE_MAX_DROPPED	0.30

struct measure_result *measure_compare(struct measure_subject *subject,
				       const struct measure_params *params,
				       int *error);
void measure_free(struct measure_result *result);

#endif /* BENCH_MEASURE_H */
