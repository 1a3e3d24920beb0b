/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Plans: what is to be measured, and its measurement one cell after the other.
 * See plan.h.
 */
#include "bench/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prng.h"
#include "bench/check.h"
#include "bench/hgrm.h"
#include "bench/progress.h"
#include "bench/result.h"
#include "bench/subject.h"

#define MS	1000000ull

#define MAX_CELLS	1024

/* One cell in so many may fail its A/A control by chance. */
#define UNTRUSTED_SHARE	10

/**
 * struct cell - one comparison to be
 */
struct cell {
	const struct scenario *scenario;
	unsigned int threads;
	const struct lock_ops *a;
	const struct lock_ops *b;
	unsigned int pairs;
	struct subject_times times;
	unsigned int timed_windows;
};

/**
 * struct plan - all of them
 * @cli:     what was asked for
 * @echo:    JSON lines on stdout, if they are asked for
 * @harness: pool of threads
 * @cell:    the cells
 * @nr:      how many
 * @untrusted: cells without a trustworthy result, so far
 * @lines:   JSON lines in memory, for the tables
 * @file:    --out, or NULL
 * @progress: on stderr
 */
struct plan {
	const struct cli *cli;
	bool echo;
	struct harness *harness;
	struct cell cell[MAX_CELLS];
	unsigned int nr;
	unsigned int untrusted;
	FILE *lines;
	FILE *file;
	struct progress progress;
};

static double cell_seconds(const struct cell *cell)
{
	unsigned int windows = 2 + 3 * cell->pairs + 2 * cell->timed_windows;

	return (double)windows *
	       (double)(cell->times.warm_ns + cell->times.window_ns + MS) /
	       1e9;
}

static void set_effort(const struct cli *cli, struct cell *cell)
{
	bool engine = cell->scenario->kind == SCENARIO_ENGINE;
	unsigned int window_ms = cli->quick ? 30 : 100;

	cell->pairs = cli->quick ? 11 : 21;
	if (engine) {
		window_ms = cli->quick ? 400 : 500;
		cell->pairs = cli->quick ? 7 : 11;
	}
	if (cli->window_ms)
		window_ms = cli->window_ms * (engine ? 4 : 1);
	if (cli->pairs)
		cell->pairs = cli->pairs;
	cell->times.window_ns = window_ms * MS;
	cell->times.warm_ns = window_ms * MS / (engine ? 4 : 8) + MS;
	cell->timed_windows = engine ? 0 : 3;
}

static bool has_cell(const struct plan *plan, const struct cell *like)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		const struct cell *cell = &plan->cell[i];

		if (cell->scenario == like->scenario && cell->a == like->a &&
		    cell->b == like->b && cell->threads == like->threads)
			return true;
	}
	return false;
}

/**
 * plan_cell() - one more cell, unless the plan has it
 * @plan:     the plan
 * @scenario: row
 * @threads:  number of workers; 0 for a mix of the engine
 * @a:        one lock
 * @b:        the other
 */
void plan_cell(struct plan *plan, const struct scenario *scenario,
	       unsigned int threads, const struct lock_ops *a,
	       const struct lock_ops *b)
{
	struct cell *cell = &plan->cell[plan->nr];

	if (plan->nr == MAX_CELLS)
		return;
	*cell = (struct cell){
		.scenario = scenario,
		.threads = threads,
		.a = a,
		.b = b,
	};
	if (has_cell(plan, cell))
		return;
	set_effort(plan->cli, cell);
	plan->nr++;
}

static void add_points(struct plan *plan, const struct scenario *scenario,
		       const struct lock_ops *a, const struct lock_ops *b)
{
	const struct cli *cli = plan->cli;
	unsigned int points[SCENARIO_MAX_POINTS], nr, i;

	if (scenario->kind == SCENARIO_ENGINE) {
		if (engine_has_design(a) && engine_has_design(b))
			plan_cell(plan, scenario, 0, a, b);
		return;
	}
	nr = scenario_points(scenario, harness_topology(plan->harness),
			     cli->quick, points);
	if (cli->nr_threads && (scenario->threads == SCENARIO_FROM_ONE ||
				scenario->threads == SCENARIO_FROM_TWO)) {
		nr = cli->nr_threads;
		memcpy(points, cli->threads, sizeof(points));
	}
	for (i = 0; i < nr; i++)
		plan_cell(plan, scenario, points[i], a, b);
}

/* Why a comparison of a row cannot be made, or NULL. */
static const char *why_not(const struct scenario *scenario,
			   const struct lock_ops *a, const struct lock_ops *b)
{
	const char *why = NULL;

	if (scenario->kind == SCENARIO_ENGINE) {
		if (!engine_has_design(a) || !engine_has_design(b))
			return "the engine has no such design";
		return NULL;
	}
	if (!lockload_fits(&scenario->shape, a, &why))
		return why;
	/* Floors have different atomics on the two sides, and no name. */
	if (scenario->base == SCENARIO_BASE_SELF && a != b &&
	    !(a->properties & b->properties & LOCK_EXCLUDES_NOBODY))
		return "it compares a lock with itself";
	lockload_fits(scenario_shape_b(scenario), b, &why);
	return why;
}

static bool row_is_wanted(const struct cli *cli,
			  const struct scenario *scenario,
			  enum scenario_quick least)
{
	if (!scenario_matches(scenario, cli->filter))
		return false;
	/* A filter asks for rows by name, then quick only means short. */
	return cli->filter || scenario->quick >= least;
}

/**
 * plan_pair() - two locks in all rows that are wanted
 * @plan:  the plan
 * @a:     one lock
 * @b:     the other
 * @least: rows wanted
 * @tell:  say on stderr which rows do not fit them
 */
void plan_pair(struct plan *plan, const struct lock_ops *a,
	       const struct lock_ops *b, enum scenario_quick least, bool tell)
{
	char label[96];
	unsigned int i;

	for (i = 0; i < scenarios_nr; i++) {
		const struct scenario *scenario = &scenarios[i];
		const char *why;

		if (!row_is_wanted(plan->cli, scenario, least))
			continue;
		why = why_not(scenario, a, b);
		if (!why) {
			add_points(plan, scenario, a, b);
			continue;
		}
		scenario_label(scenario, label, sizeof(label));
		if (tell)
			fprintf(stderr, "skip %s, %s vs %s: %s\n", label,
				a->name, b->name, why);
	}
}

/**
 * plan_self() - a lock in the rows that compare one with itself
 * @plan:  the plan
 * @ops:   the lock
 * @least: rows wanted
 */
void plan_self(struct plan *plan, const struct lock_ops *ops,
	       enum scenario_quick least)
{
	unsigned int i;

	for (i = 0; i < scenarios_nr; i++)
		if (scenarios[i].base == SCENARIO_BASE_SELF &&
		    row_is_wanted(plan->cli, &scenarios[i], least))
			add_points(plan, &scenarios[i], ops, ops);
}

/**
 * plan_control() - one row that only stands beside the others
 * @plan:  the plan
 * @label: name/variant of it
 * @a:     one lock
 * @b:     the other
 */
void plan_control(struct plan *plan, const char *label,
		  const struct lock_ops *a, const struct lock_ops *b)
{
	const struct scenario *scenario = scenario_find(label);

	if (scenario_matches(scenario, plan->cli->filter))
		add_points(plan, scenario, a, b);
}

static void cell_label(const struct cell *cell, char *buf, size_t size)
{
	char label[96];

	scenario_label(cell->scenario, label, sizeof(label));
	if (cell->scenario->kind == SCENARIO_ENGINE)
		snprintf(buf, size, "%s %s vs %s", label, cell->a->name,
			 cell->b->name);
	else
		snprintf(buf, size, "%s t=%u %s vs %s", label, cell->threads,
			 cell->a->name, cell->b->name);
}

static int write_cell(struct plan *plan, const struct cell *cell,
		      const struct measure_subject *subject, u64 seed,
		       const struct measure_result *result)
{
	struct result_context context = {
		.scenario = cell->scenario,
		.subject = subject,
		.threads = cell->threads,
		.cpus = harness_cpus(plan->harness),
		.lock_a = cell->a->name,
		.lock_b = cell->b->name,
		.device = plan->cli->dev ? "file" : "ram",
		.seed = seed,
		.window_ns = cell->times.window_ns,
	};

	progress_finish(&plan->progress, &result->ratio, result->verdict,
			result->dropped);
	plan->untrusted += result->verdict == STATS_UNTRUSTED;
	result_write(plan->lines, &context, result);
	if (plan->file)
		result_write(plan->file, &context, result);
	if (plan->cli->json && plan->echo)
		result_write(stdout, &context, result);
	return plan->cli->hgrm ?
		       hgrm_write(plan->cli->hgrm, &context, result) : 0;
}

static int measure_cell(struct plan *plan, struct cell *cell, u64 seed,
			struct measure_subject *subject)
{
	struct measure_params params = {
		.pairs = cell->pairs,
		.timed_windows = cell->timed_windows,
		.seed = seed,
		.progress = progress_pair,
		.arg = &plan->progress,
	};
	struct measure_result *result;
	int err;

	result = measure_compare(subject, &params, &err);
	if (!result)
		return err;
	err = write_cell(plan, cell, subject, seed, result);
	measure_free(result);
	return err;
}

static int run_lock_cell(struct plan *plan, struct cell *cell, u64 seed)
{
	static struct lock_subject ls;
	const struct scenario *scenario = cell->scenario;
	const struct lock_side side[MEASURE_SIDES] = {
		{ cell->a, &scenario->shape, cell->threads },
		{ cell->b, scenario_shape_b(scenario),
		  scenario_threads_b(scenario, cell->threads) },
	};
	int err = lock_subject_init(&ls, plan->harness, side, scenario->tail,
				    &cell->times);

	if (err)
		return err;
	err = measure_cell(plan, cell, seed, &ls.subject);
	lock_subject_destroy(&ls);
	return err;
}

static int run_engine_cell(struct plan *plan, struct cell *cell, u64 seed)
{
	static struct engine_subject es;
	int err = engine_subject_init(&es, cell->scenario, cell->a, cell->b,
				      &cell->times, plan->cli->dev);

	if (err)
		return err;
	cell->threads = es.threads;
	err = measure_cell(plan, cell, seed, &es.subject);
	engine_subject_destroy(&es);
	return err;
}

static int run_cells(struct plan *plan)
{
	double expected = 0;
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		expected += cell_seconds(&plan->cell[i]);
	progress_begin(&plan->progress, plan->nr, expected);

	for (i = 0; i < plan->nr; i++) {
		struct cell *cell = &plan->cell[i];
		u64 seed = prng_mix(plan->cli->seed + i);
		char label[160];
		int err;

		cell_label(cell, label, sizeof(label));
		progress_cell(&plan->progress, label, cell_seconds(cell));
		err = cell->scenario->kind == SCENARIO_ENGINE ?
			      run_engine_cell(plan, cell, seed) :
			      run_lock_cell(plan, cell, seed);
		if (err) {
			progress_note(&plan->progress, "rlbench: %s failed: %s",
				      label, strerror(-err));
			return CLI_FAILURE;
		}
	}
	return CLI_OK;
}

static int check_locks_of(struct plan *plan)
{
	unsigned int i, j;

	for (i = 0; i < lock_ops_nr; i++) {
		const struct lock_ops *ops = lock_ops_all[i];

		for (j = 0; j < plan->nr; j++)
			if (plan->cell[j].a == ops || plan->cell[j].b == ops)
				break;
		if (j < plan->nr && check_lock(plan->harness, ops,
					       plan->cli->seed, stderr)) {
			fprintf(stderr, "rlbench: %s is not timed\n",
				ops->name);
			return CLI_FAILURE;
		}
	}
	return CLI_OK;
}

/**
 * plan_run() - measure all cells of a plan
 * @plan: the plan
 * @text: filled with JSON lines, for free()
 *
 * They go into --out too, and to stdout if the plan echoes.
 *
 * Return: enum cli_exit.
 */
int plan_run(struct plan *plan, char **text)
{
	const struct cli *cli = plan->cli;
	size_t size = 0;
	int err;

	*text = NULL;
	if (!plan->nr)
		return cli_usage("nothing to run: no scenario fits '%s'; "
				 "`rlbench list` shows them",
				 cli->filter ? cli->filter : "");
	if (cli->out) {
		plan->file = fopen(cli->out, "w");
		if (!plan->file)
			return cli_usage("cannot write %s: %s", cli->out,
					 strerror(errno));
	}
	plan->lines = open_memstream(text, &size);
	err = check_locks_of(plan);
	if (!err)
		err = run_cells(plan);
	fclose(plan->lines);
	if (plan->file && fclose(plan->file) && !err) {
		fprintf(stderr, "rlbench: cannot write %s\n", cli->out);
		err = CLI_FAILURE;
	}
	return err;
}

/**
 * plan_trust() - whether a run deserves trust as a whole
 * @plan: after plan_run()
 *
 * Return: CLI_OK, or CLI_UNTRUSTED after saying why.
 */
int plan_trust(const struct plan *plan)
{
	if (plan->untrusted <= plan->nr / UNTRUSTED_SHARE)
		return CLI_OK;
	fprintf(stderr, "rlbench: UNTRUSTED: %u of %u comparisons failed their "
			"A/A control or lost too many pairs; is the machine "
			"idle?\n",
		plan->untrusted, plan->nr);
	return CLI_UNTRUSTED;
}

/**
 * plan_cpus() - the machine under a plan
 * @plan: the plan
 *
 * Return: CPUs that its threads spread over.
 */
unsigned int plan_cpus(const struct plan *plan)
{
	return harness_cpus(plan->harness);
}

/**
 * plan_cells() - the length of a plan
 * @plan: the plan
 *
 * Return: number of cells.
 */
unsigned int plan_cells(const struct plan *plan)
{
	return plan->nr;
}

/**
 * plan_create() - an empty plan
 * @cli:  command line, stays
 * @echo: JSON lines on stdout as they come, if the user wants JSON
 *
 * Return: the plan, for plan_delete().
 */
struct plan *plan_create(const struct cli *cli, bool echo)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		abort();
	plan->cli = cli;
	plan->echo = echo;
	plan->harness = harness_create();
	if (!plan->harness)
		abort();
	return plan;
}

/**
 * plan_delete() - end of a plan
 * @plan: the plan
 */
void plan_delete(struct plan *plan)
{
	harness_delete(plan->harness);
	free(plan);
}
