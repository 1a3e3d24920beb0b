/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Comparison of two subjects in interleaved pairs, see measure.h.
 */
#include "bench/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prng.h"

/* The figures of struct measure_side that are medians over the windows. */
enum figure {
	FIGURE_OPS,
	FIGURE_CORE_NS,
	FIGURE_JAIN,
	FIGURE_THREAD_MIN,
	FIGURE_THREAD_MAX,
	FIGURE_IN_FLIGHT,
	FIGURE_INSIDE,
	FIGURE_CLASS,
	FIGURES = FIGURE_CLASS + MEASURE_CLASSES * MEASURE_CLASS_FIGURES,
};

/**
 * struct collect - what is known so far
 * @result:  pairs and histograms
 * @figures: per side and figure, one value per window
 * @max:     room for blocks
 * @back:    dropped pairs that were stored
 *
 * Arrays of pairs and figures have the kept ones at the front and the dropped
 * ones at the back.
 */
struct collect {
	struct measure_result *result;
	double *figures[MEASURE_SIDES][FIGURES];
	unsigned int max;
	unsigned int back;
};

static void figures_of(const struct measure_window *window, double *figure)
{
	figure[FIGURE_OPS] = window->ops_per_s;
	figure[FIGURE_CORE_NS] = window->core_ns;
	figure[FIGURE_JAIN] = window->jain;
	figure[FIGURE_THREAD_MIN] = window->thread_min;
	figure[FIGURE_THREAD_MAX] = window->thread_max;
	figure[FIGURE_IN_FLIGHT] = window->in_flight;
	figure[FIGURE_INSIDE] = window->inside;
	memcpy(&figure[FIGURE_CLASS], window->class, sizeof(window->class));
}

static void add_latency(struct measure_side *side,
			const struct measure_window *window)
{
	unsigned int class;

	if (window->rounds)
		hist_merge(&side->rounds, window->rounds);
	for (class = 0; class < MEASURE_CLASSES; class++) {
		side->inside_max[class] = max(side->inside_max[class],
					      window->inside_max[class]);
		if (!window->latency[class])
			continue;
		hist_merge(&side->latency[class], window->latency[class]);
		hist_merge(&side->all, window->latency[class]);
	}
}

static void keep_window(struct collect *collect, enum measure_which which,
			unsigned int at, const double *figure)
{
	unsigned int i;

	for (i = 0; i < FIGURES; i++)
		collect->figures[which][i][at] = figure[i];
}

/*
 * One block of three windows.  Histograms of a window are gone when the next
 * one runs, so they are merged at once; a disturbed window still shows real
 * waits, but it counts for no ratio.
 */
static int run_block(struct measure_subject *subject, struct collect *collect,
		     bool b_first, struct prng *prng)
{
	struct measure_result *result = collect->result;
	double figure[MEASURE_SIDES][FIGURES];
	double metric[3];
	const char *disturbed = NULL;
	unsigned int i, at;

	for (i = 0; i < 3; i++) {
		/* 0 is A', 1 is A, 2 is B */
		unsigned int role = b_first ? 2 - i : i;
		enum measure_which which = role == 2 ? MEASURE_B : MEASURE_A;
		struct measure_window window = { .disturbed = NULL };
		int err = subject->window(subject, which, false,
					  prng_next(prng), &window);

		if (err)
			return err;
		if (window.disturbed)
			disturbed = window.disturbed;
		metric[role] = window.metric;
		if (!role)
			continue;
		figures_of(&window, figure[which]);
		add_latency(&result->side[which], &window);
	}
	if (!(metric[0] > 0 && metric[1] > 0 && metric[2] > 0)) {
		result->why = "a window without a single operation";
		result->dropped++;
		return 0;
	}
	at = disturbed ? collect->max - ++collect->back : result->n++;
	if (disturbed) {
		result->why = disturbed;
		result->dropped++;
	}
	keep_window(collect, MEASURE_A, at, figure[MEASURE_A]);
	keep_window(collect, MEASURE_B, at, figure[MEASURE_B]);
	result->ratios[at] = metric[1] / metric[2];
	result->aa_ratios[at] = metric[1] / metric[0];
	return 0;
}

static void move_back_pairs(const struct collect *collect, double *values)
{
	memmove(values + collect->result->n,
		values + collect->max - collect->back,
		collect->back * sizeof(*values));
}

/*
 * On a busy machine next to nothing is left.  Then the dropped pairs are better
 * than none, for a person to look at: the row is UNTRUSTED in any case, as more
 * were dropped than may be.
 */
static void fall_back_on_dropped(struct collect *collect)
{
	struct measure_result *result = collect->result;
	unsigned int which, i;

	if (result->n >= STATS_MIN_PAIRS || result->dropped <= result->n)
		return;
	move_back_pairs(collect, result->ratios);
	move_back_pairs(collect, result->aa_ratios);
	for (which = 0; which < MEASURE_SIDES; which++)
		for (i = 0; i < FIGURES; i++)
			move_back_pairs(collect, collect->figures[which][i]);
	result->n += collect->back;
}

static int run_timed(struct measure_subject *subject, struct collect *collect,
		     const struct measure_params *params, struct prng *prng)
{
	unsigned int i;

	for (i = 0; i < 2 * params->timed_windows; i++) {
		enum measure_which which = (i + i / 2) % 2;
		struct measure_window window = { .disturbed = NULL };
		int err = subject->window(subject, which, true,
					  prng_next(prng), &window);

		if (err)
			return err;
		add_latency(&collect->result->side[which], &window);
	}
	return 0;
}

static int run_discarded(struct measure_subject *subject, struct prng *prng)
{
	struct measure_window window = { .disturbed = NULL };
	int err = subject->window(subject, MEASURE_A, false, prng_next(prng),
				  &window);

	if (err)
		return err;
	return subject->window(subject, MEASURE_B, false, prng_next(prng),
			       &window);
}

static void summarise(struct collect *collect, struct measure_subject *subject)
{
	struct measure_result *result = collect->result;
	unsigned int which;

	fall_back_on_dropped(collect);
	result->ratio = stats_median_ci(result->ratios, result->n);
	result->aa = stats_median_ci(result->aa_ratios, result->n);
	result->verdict = stats_verdict(&result->ratio, &result->aa,
					subject->better);
	if (result->dropped >
	    MEASURE_MAX_DROPPED * (result->n + result->dropped))
		result->verdict = STATS_UNTRUSTED;

	for (which = 0; which < MEASURE_SIDES; which++) {
		struct measure_side *side = &result->side[which];
		double *median[FIGURES] = {
			[FIGURE_OPS] = &side->ops_per_s,
			[FIGURE_CORE_NS] = &side->core_ns,
			[FIGURE_JAIN] = &side->jain,
			[FIGURE_THREAD_MIN] = &side->thread_min,
			[FIGURE_THREAD_MAX] = &side->thread_max,
			[FIGURE_IN_FLIGHT] = &side->in_flight,
			[FIGURE_INSIDE] = &side->inside,
		};
		unsigned int i;

		for (i = 0; i < FIGURES - FIGURE_CLASS; i++)
			median[FIGURE_CLASS + i] = &side->class[0][0] + i;
		for (i = 0; i < FIGURES; i++)
			*median[i] = stats_median(collect->figures[which][i],
						  result->n);
	}
}

static int collect_init(struct collect *collect,
			const struct measure_params *params)
{
	struct measure_result *result = calloc(1, sizeof(*result));
	unsigned int which, class, i;

	collect->result = result;
	if (!result)
		return -ENOMEM;
	/* As many again as the share that may be dropped, and then enough. */
	collect->max = params->pairs + params->pairs / 2 + 1;
	result->ratios = calloc(collect->max, sizeof(double));
	result->aa_ratios = calloc(collect->max, sizeof(double));
	if (!result->ratios || !result->aa_ratios)
		return -ENOMEM;
	for (which = 0; which < MEASURE_SIDES; which++) {
		hist_init(&result->side[which].all);
		hist_init(&result->side[which].rounds);
		for (class = 0; class < MEASURE_CLASSES; class++)
			hist_init(&result->side[which].latency[class]);
		for (i = 0; i < FIGURES; i++) {
			collect->figures[which][i] =
				calloc(collect->max, sizeof(double));
			if (!collect->figures[which][i])
				return -ENOMEM;
		}
	}
	return 0;
}

static void collect_destroy(struct collect *collect)
{
	unsigned int which, i;

	for (which = 0; which < MEASURE_SIDES; which++)
		for (i = 0; i < FIGURES; i++)
			free(collect->figures[which][i]);
}

static int run_blocks(struct measure_subject *subject,
		      const struct measure_params *params,
		      struct collect *collect, struct prng *prng)
{
	struct measure_result *result = collect->result;
	unsigned int block, first = prng_below(prng, 2);

	for (block = 0; block < collect->max && result->n < params->pairs;
	     block++) {
		int err = run_block(subject, collect, (block + first) % 2,
				    prng);

		if (err)
			return err;
		if (params->progress) {
			struct stats_ci ci = stats_median_ci(result->ratios,
							     result->n);

			params->progress(params->arg, result->n, params->pairs,
					 &ci);
		}
	}
	return 0;
}

/**
 * measure_compare() - compare A with B
 * @subject: the two
 * @params:  how much
 * @error:   filled with -errno on failure
 *
 * Return: the result, for measure_free(), or NULL.
 */
struct measure_result *measure_compare(struct measure_subject *subject,
				       const struct measure_params *params,
				       int *error)
{
	struct collect collect = { 0 };
	struct prng prng;
	int err = collect_init(&collect, params);

	prng_seed(&prng, params->seed);
	if (!err)
		err = run_discarded(subject, &prng);
	if (!err)
		err = run_blocks(subject, params, &collect, &prng);
	if (!err && subject->apart)
		err = run_timed(subject, &collect, params, &prng);
	if (!err)
		summarise(&collect, subject);
	collect_destroy(&collect);
	*error = err;
	if (!err)
		return collect.result;
	measure_free(collect.result);
	return NULL;
}

/**
 * measure_free() - free a result
 * @result: may be NULL
 */
void measure_free(struct measure_result *result)
{
	if (!result)
		return;
	free(result->ratios);
	free(result->aa_ratios);
	free(result);
}
