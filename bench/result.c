/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One comparison as one line of JSON, see result.h.
 */
#include "bench/result.h"

#include <math.h>
#include <unistd.h>

#include "bench/json.h"
#include "bench/version.h"

/* Percentiles in the unit of hist_percentile(). */
static const struct {
	const char *key;
	u32 per_100000;
} percentiles[] = {
	{ "p50_ns", 50000 },   { "p90_ns", 90000 },    { "p99_ns", 99000 },
	{ "p999_ns", 99900 }, { "p9999_ns", 99990 },
};

/*
 * A percentile means something if a hundred samples lie beyond it; without
 * them it is null.
 */
static void write_latency(struct json_writer *w, const struct hist *hist)
{
	unsigned int i;

	json_integer(w, "samples", hist->count);
	for (i = 0; i < ARRAY_SIZE(percentiles); i++) {
		u64 beyond = hist->count / HIST_WHOLE *
				     (HIST_WHOLE - percentiles[i].per_100000) +
			     hist->count % HIST_WHOLE *
				     (HIST_WHOLE - percentiles[i].per_100000) /
				     HIST_WHOLE;

		if (beyond >= 100)
			json_integer(w, percentiles[i].key,
				     hist_percentile(
					     hist, percentiles[i].per_100000));
		else
			json_null(w, percentiles[i].key);
	}
	if (hist->count)
		json_integer(w, "max_ns", hist->max);
	else
		json_null(w, "max_ns");
}

/* What only the engine knows of a class. */
static void write_class_figures(struct json_writer *w, const double *figure,
				double inside_max)
{
	json_number(w, "jain", figure[MEASURE_CLASS_JAIN], 4);
	json_number(w, "thread_min_per_s", figure[MEASURE_CLASS_MIN], 1);
	json_number(w, "thread_max_per_s", figure[MEASURE_CLASS_MAX], 1);
	json_number(w, "inside", figure[MEASURE_CLASS_INSIDE], 3);
	json_number(w, "inside_max", inside_max, 0);
}

/* How many pairs the others finished while the guest of a load waited. */
static void write_rounds(struct json_writer *w, const struct hist *rounds)
{
	if (!rounds->count)
		return;
	json_open(w, "rounds", '{');
	json_integer(w, "samples", rounds->count);
	json_integer(w, "p50", hist_percentile(rounds, 50000));
	json_integer(w, "p99", hist_percentile(rounds, 99000));
	json_integer(w, "max", rounds->max);
	json_close(w, '}');
}

static void write_side(struct json_writer *w, const char *key,
		       const struct result_context *context,
		       const struct measure_side *side)
{
	const struct measure_subject *subject = context->subject;
	bool engine = context->scenario->kind == SCENARIO_ENGINE;
	unsigned int class;

	json_open(w, key, '{');
	json_number(w, "ops_per_s", side->ops_per_s, 1);
	json_number(w, "core_ns_per_pair", side->core_ns, 2);
	write_latency(w, &side->all);
	json_number(w, "jain", side->jain, 4);
	json_number(w, "thread_min_per_s", side->thread_min, 1);
	json_number(w, "thread_max_per_s", side->thread_max, 1);
	json_number(w, "in_flight", side->in_flight, 2);
	write_rounds(w, &side->rounds);
	if (engine)
		json_number(w, "inside", side->inside, 3);
	json_open(w, "classes", '{');
	for (class = 0; class < MEASURE_CLASSES; class++) {
		if (!subject->class_name[class])
			break;
		if (!side->latency[class].count &&
		    !(side->class[class][MEASURE_CLASS_RATE] > 0))
			continue;
		json_open(w, subject->class_name[class], '{');
		json_number(w, "ops_per_s",
			    side->class[class][MEASURE_CLASS_RATE], 1);
		write_latency(w, &side->latency[class]);
		if (engine)
			write_class_figures(w, side->class[class],
					    side->inside_max[class]);
		json_close(w, '}');
	}
	json_close(w, '}');
	json_close(w, '}');
}

/* What few shapes have, and only then. */
static void write_section(struct json_writer *w,
			  const struct lockload_shape *shape)
{
	static const char *const touch[] = {
		[LOCKLOAD_TOUCH_APART] = "apart",
		[LOCKLOAD_TOUCH_BESIDE] = "beside",
	};
	const struct {
		const char *key;
		u64 value;
	} figure[] = {
		{ "apart", shape->apart },
		{ "freed", shape->freed },
		{ "unpinned", shape->loose },
		{ "tries", shape->tries },
		{ "zipf", shape->zipf },
		{ "hot_permille", shape->hot_permille },
		{ "outside", shape->outside },
		{ "section_ns", shape->hold_ns },
		{ "queue", shape->queue },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(figure); i++)
		if (figure[i].value)
			json_integer(w, figure[i].key, figure[i].value);
	if (shape->touch)
		json_string(w, "touch", touch[shape->touch]);
}

static void write_shape(struct json_writer *w,
			const struct lockload_shape *shape)
{
	static const char *const place[] = {
		[LOCKLOAD_SAME] = "same",
		[LOCKLOAD_PRIVATE] = "private",
		[LOCKLOAD_RANDOM] = "random",
		[LOCKLOAD_GAP] = "gap",
		[LOCKLOAD_BEHIND] = "behind",
		[LOCKLOAD_TAKEN] = "taken",
		[LOCKLOAD_EDGE] = "edge",
	};

	json_string(w, "place", place[shape->place]);
	json_string(w, "mode", shape->exclusive ? "excl" : "shared");
	json_integer(w, "size", shape->size);
	json_integer(w, "held", shape->held);
	json_integer(w, "inside", shape->inside);
	json_integer(w, "shared_permille", shape->shared_permille);
	json_integer(w, "whole_permille", shape->whole_permille);
	json_integer(w, "whole_every", shape->whole_every);
	json_string(w, "whole_mode",
		    shape->whole_exclusive ? "excl" : "shared");
	json_integer(w, "burst", shape->burst);
	write_section(w, shape);
	if (!shape->guest.present)
		return;
	json_open(w, "guest", '{');
	json_integer(w, "size", shape->guest.size);
	json_integer(w, "hold_ns", shape->guest.hold_ns);
	json_integer(w, "pause_ns", shape->guest.pause_ns);
	json_close(w, '}');
}

static void write_params(struct json_writer *w,
			 const struct result_context *context)
{
	const struct scenario *scenario = context->scenario;

	json_open(w, "params", '{');
	json_string(w, "variant", scenario->variant);
	if (scenario->kind == SCENARIO_ENGINE) {
		json_string(w, "device", context->device);
	} else {
		write_shape(w, &scenario->shape);
	}
	json_close(w, '}');
	if (scenario->kind != SCENARIO_LOCK ||
	    scenario->base == SCENARIO_BASE_LOCK)
		return;
	json_open(w, "base", '{');
	json_integer(w, "threads",
		     scenario_threads_b(scenario, context->threads));
	write_shape(w, scenario_shape_b(scenario));
	json_close(w, '}');
}

static void write_pairs(struct json_writer *w, const char *key,
			const double *values, unsigned int n)
{
	unsigned int i;

	json_open(w, key, '[');
	for (i = 0; i < n; i++)
		json_number(w, NULL, values[i], 5);
	json_close(w, ']');
}

/**
 * result_write() - write one line
 * @out:     where to
 * @context: what was compared
 * @result:  what came out
 */
void result_write(FILE *out, const struct result_context *context,
		  const struct measure_result *result)
{
	struct json_writer w = { .out = out };

	json_open(&w, NULL, '{');
	json_string(&w, "scenario", context->scenario->name);
	write_params(&w, context);
	json_integer(&w, "threads", context->threads);
	json_integer(&w, "cpus", context->cpus);
	json_string(&w, "lock_a", context->lock_a);
	json_string(&w, "lock_b", context->lock_b);
	json_string(&w, "metric", context->subject->metric);
	json_string(&w, "unit", context->subject->unit);
	json_number(&w, "ratio", result->ratio.median, 4);
	json_number(&w, "ci_lo",
		    result->ratio.n < STATS_MIN_PAIRS ? NAN : result->ratio.lo,
		    4);
	json_number(&w, "ci_hi", result->ratio.hi, 4);
	json_integer(&w, "n", result->n);
	json_integer(&w, "dropped", result->dropped);
	json_string(&w, "dropped_why", result->why);
	json_string(&w, "verdict", stats_verdict_name(result->verdict));
	write_side(&w, "a", context, &result->side[MEASURE_A]);
	write_side(&w, "b", context, &result->side[MEASURE_B]);
	json_open(&w, "aa", '{');
	json_number(&w, "ratio", result->aa.median, 4);
	json_number(&w, "ci_lo",
		    result->aa.n < STATS_MIN_PAIRS ? NAN : result->aa.lo, 4);
	json_number(&w, "ci_hi", result->aa.hi, 4);
	json_close(&w, '}');
	json_integer(&w, "seed", context->seed);
	json_number(&w, "window_ms", (double)context->window_ns / 1e6, 1);
	json_string(&w, "git", rlbench_git);
	json_string(&w, "sources", rlbench_sources);
	json_integer(&w, "process", (unsigned long long)getpid());
	write_pairs(&w, "ratios", result->ratios, result->n);
	write_pairs(&w, "aa_ratios", result->aa_ratios, result->n);
	json_close(&w, '}');
	fputc('\n', out);
	fflush(out);
}
