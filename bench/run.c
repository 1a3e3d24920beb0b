/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Runs: a plan of cells is made first, so that the length is known, then each
 * lock is put through the owner checker, then the cells are measured one after
 * the other.  A cell is one scenario, one number of threads and two locks.
 */
#include "bench/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iopath_load.h"
#include "prng.h"
#include "bench/oracle.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/result.h"
#include "bench/subject.h"

#define MS	1000000ull

#define MAX_CELLS	1024
#define CHECK_NS	(60 * MS)

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

static void add_cell(struct plan *plan, const struct scenario *scenario,
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
			add_cell(plan, scenario, 0, a, b);
		return;
	}
	nr = scenario_points(scenario, harness_cpus(plan->harness), cli->quick,
			     points);
	if (cli->nr_threads && scenario->threads != SCENARIO_ONE) {
		nr = cli->nr_threads;
		memcpy(points, cli->threads, sizeof(points));
	}
	for (i = 0; i < nr; i++)
		add_cell(plan, scenario, points[i], a, b);
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
	lockload_fits(&scenario->shape, b, &why);
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

static void plan_pair(struct plan *plan, const struct lock_ops *a,
		      const struct lock_ops *b, enum scenario_quick least,
		      bool tell)
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

static void write_cell(struct plan *plan, const struct cell *cell,
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
	if (plan->cli->json)
		result_write(stdout, &context, result);
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
	write_cell(plan, cell, subject, seed, result);
	measure_free(result);
	return 0;
}

static int run_lock_cell(struct plan *plan, struct cell *cell, u64 seed)
{
	static struct lock_subject ls;
	int err = lock_subject_init(&ls, plan->harness, &cell->scenario->shape,
				    cell->threads, cell->a, cell->b,
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
	int err = engine_subject_init(&es, cell->scenario->name, cell->a,
				      cell->b, &cell->times, plan->cli->dev);

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

/* Say what a lock does not promise, and refuse one that breaks a promise. */
static int check_lock(struct harness *harness, const struct lock_ops *ops,
		      u64 seed, FILE *out)
{
	struct oracle_result result;
	unsigned int threads = 2 * max(harness_cpus(harness), 2u);
	int err = oracle_check(harness, ops, threads, CHECK_NS, seed, &result);

	if (err) {
		fprintf(stderr, "rlbench: owner checker on %s: %s\n",
			ops->name, strerror(-err));
		return CLI_FAILURE;
	}
	if (!oracle_passed(ops, &result)) {
		fprintf(out, "%-7s FAILED the owner checker: %llu conflicts in "
			     "%llu pairs (seed %llu)\n",
			ops->name, result.conflicts, result.pairs, seed);
		return CLI_FAILURE;
	}
	if (ops->properties & LOCK_EXCLUDES_NOBODY)
		fprintf(out, "%-7s excludes nobody by declaration: a "
			     "speed-of-light row (%llu conflicts in %llu "
			     "pairs)\n",
			ops->name, result.conflicts, result.pairs);
	else
		fprintf(out, "%-7s passed the owner checker, %llu pairs%s\n",
			ops->name, result.pairs,
			ops->properties & LOCK_PARTIAL_SHARED ?
				"; partial ranges share by declaration" :
				"");
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

static int execute(struct plan *plan)
{
	const struct cli *cli = plan->cli;
	char *text = NULL;
	size_t size = 0;
	int err;

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
	plan->lines = open_memstream(&text, &size);
	err = check_locks_of(plan);
	if (!err)
		err = run_cells(plan);
	fclose(plan->lines);
	if (plan->file && fclose(plan->file) && !err) {
		fprintf(stderr, "rlbench: cannot write %s\n", cli->out);
		err = CLI_FAILURE;
	}
	if (!err && !cli->json)
		err = report_text(text, stdout);
	free(text);
	if (!err && plan->untrusted > plan->nr / UNTRUSTED_SHARE) {
		fprintf(stderr, "rlbench: UNTRUSTED: %u of %u comparisons "
				"failed their A/A control or lost too many "
				"pairs; is the machine idle?\n",
			plan->untrusted, plan->nr);
		err = CLI_UNTRUSTED;
	}
	return err;
}

static struct plan *plan_create(const struct cli *cli)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		abort();
	plan->cli = cli;
	plan->harness = harness_create();
	if (!plan->harness)
		abort();
	return plan;
}

static void plan_delete(struct plan *plan)
{
	harness_delete(plan->harness);
	free(plan);
}

/**
 * run_default() - `run`: rl against the others
 * @cli: command line
 *
 * Return: enum cli_exit.
 */
int run_default(const struct cli *cli)
{
	static const struct {
		const struct lock_ops *ops;
		enum scenario_quick quick, full;
	} peers[] = {
		{ &lock_ops_dio, SCENARIO_QUICK, SCENARIO_LONG },
		{ &lock_ops_tree, SCENARIO_QUICK_ALL, SCENARIO_QUICK_ALL },
		{ &lock_ops_rwsem, SCENARIO_QUICK_ALL, SCENARIO_QUICK_ALL },
		{ &lock_ops_glibc, SCENARIO_QUICK_ALL, SCENARIO_QUICK_ALL },
	};
	const struct lock_ops *named[CLI_MAX_WORDS];
	struct plan *plan;
	unsigned int i;
	int err;

	for (i = 0; i < cli->nr_words; i++) {
		named[i] = cli_lock(cli->words[i]);
		if (!named[i])
			return CLI_USAGE;
	}
	plan = plan_create(cli);
	for (i = 0; i < cli->nr_words; i++)
		plan_pair(plan, &lock_ops_rl, named[i],
			  cli->quick ? SCENARIO_QUICK : SCENARIO_LONG, true);
	for (i = 0; !cli->nr_words && i < ARRAY_SIZE(peers); i++)
		plan_pair(plan, &lock_ops_rl, peers[i].ops,
			  cli->quick ? peers[i].quick : peers[i].full, false);
	err = execute(plan);
	plan_delete(plan);
	return err;
}

/**
 * run_compare() - `compare`: any two locks
 * @cli: command line
 *
 * Return: enum cli_exit.
 */
int run_compare(const struct cli *cli)
{
	const struct lock_ops *a, *b;
	struct plan *plan;
	int err;

	if (cli->nr_words != 2)
		return cli_usage("compare wants two locks");
	a = cli_lock(cli->words[0]);
	b = a ? cli_lock(cli->words[1]) : NULL;
	if (!b)
		return CLI_USAGE;
	plan = plan_create(cli);
	plan_pair(plan, a, b, cli->quick ? SCENARIO_QUICK : SCENARIO_LONG,
		  true);
	err = execute(plan);
	plan_delete(plan);
	return err;
}

/**
 * run_check() - `check`: the owner checker alone
 * @cli: command line
 *
 * Return: CLI_OK if each lock behaved as declared, the busted one by failing.
 */
int run_check(const struct cli *cli)
{
	const struct lock_ops *named[CLI_MAX_WORDS];
	unsigned int i, nr = cli->nr_words;
	struct harness *harness;
	int bad = 0;

	for (i = 0; i < nr; i++) {
		named[i] = cli_lock(cli->words[i]);
		if (!named[i])
			return CLI_USAGE;
		if (!named[i]->acquire)
			return cli_usage("%s is a design of the engine, not a "
					 "lock", named[i]->name);
	}
	for (i = 0; !cli->nr_words && i < lock_ops_nr; i++)
		named[nr++] = lock_ops_all[i];
	harness = harness_create();
	if (!harness)
		abort();
	for (i = 0; i < nr; i++) {
		bool failed = check_lock(harness, named[i], cli->seed, stdout);
		bool busted = named[i]->properties & LOCK_BUSTED;

		if (busted && failed)
			puts("        ... as it should: it is wrong on "
			     "purpose");
		if (busted && !failed)
			puts("        ... but it is wrong on purpose: the "
			     "checker is blind");
		bad += busted != failed;
	}
	harness_delete(harness);
	return bad ? CLI_FAILURE : CLI_OK;
}
