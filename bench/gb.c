/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The lock scenarios through Google Benchmark: those of one thread in its own
 * loop, the others as episodes, one window of our harness per iteration, with
 * the time of one operation as manual time.  Good for its filters, repetitions
 * and tools; the comparisons of this project come from `run`, which pairs.
 */
#include "bench/gb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prng.h"
#include "bench/cli.h"
#include "bench/gbc.h"
#include "bench/scenarios.h"
#include "bench/subject.h"
#include "bench/version.h"

#define GB_BATCH	1000
#define GB_REPETITIONS	9
#define GB_WINDOW_NS	50000000ull
#define GB_WARM_NS	5000000ull

/**
 * struct gb_row - one registered benchmark
 * @next:     the one registered before
 * @harness:  pool of threads
 * @scenario: row
 * @ops:      lock
 * @threads:  number of workers
 */
struct gb_row {
	struct gb_row *next;
	struct harness *harness;
	const struct scenario *scenario;
	const struct lock_ops *ops;
	unsigned int threads;
};

static void run_loop(struct gbc_state *state, void *arg)
{
	const struct gb_row *row = arg;
	struct lockload load;
	struct prng prng;
	void *req = aligned_alloc(256, round_up(row->ops->req_size, 256ul));

	if (!req || lockload_init(&load, &row->scenario->shape, row->ops)) {
		free(req);
		gbc_skip(state, "out of memory");
		return;
	}
	memset(req, 0, row->ops->req_size);
	prng_seed(&prng, 1);
	while (gbc_keep_running_batch(state, GB_BATCH))
		lockload_pairs(&load, req, &prng, GB_BATCH);
	lockload_destroy(&load);
	free(req);
}

static void run_episodes(struct gbc_state *state, void *arg)
{
	const struct gb_row *row = arg;
	const struct subject_times times = { GB_WARM_NS, GB_WINDOW_NS };
	const struct lock_side side[MEASURE_SIDES] = {
		{ row->ops, &row->scenario->shape, row->threads },
		{ &lock_ops_none, &row->scenario->shape, row->threads },
	};
	static struct lock_subject ls;
	struct measure_window window = { .disturbed = NULL };
	double per_op, empty = 0;
	u64 seed = 1;

	if (lock_subject_init(&ls, row->harness, side, false, &times)) {
		gbc_skip(state, "out of memory");
		return;
	}
	while (gbc_keep_running(state)) {
		memset(&window, 0, sizeof(window));
		/*
		 * A window in which nothing was done counts as one operation
		 * that took all of it.  Skipping is no way out: 1.7.1 reads
		 * statistics from the first repetition, which has none then.
		 */
		per_op = (double)GB_WINDOW_NS / 1e9;
		if (!ls.subject.window(&ls.subject, MEASURE_A, false, seed++,
				       &window) &&
		    window.ops_per_s > 0)
			per_op = 1 / window.ops_per_s;
		else
			empty++;
		gbc_set_iteration_time(state, per_op);
	}
	gbc_set_items(state, 1);
	gbc_counter(state, "core_ns", window.core_ns);
	gbc_counter(state, "jain", window.jain);
	gbc_counter(state, "min_per_s", window.thread_min);
	gbc_counter(state, "max_per_s", window.thread_max);
	gbc_counter(state, "empty", empty);
	gbc_counter(state, "disturbed", window.disturbed != NULL);
	lock_subject_destroy(&ls);
}

static struct gb_row *register_point(struct gb_row *next,
				     struct harness *harness,
				     const struct scenario *scenario,
				     const struct lock_ops *ops,
				     unsigned int threads)
{
	struct gb_row *row = malloc(sizeof(*row));
	struct gbc_bench *bench;
	char label[96], name[160];

	if (!row)
		abort();
	*row = (struct gb_row){ next, harness, scenario, ops, threads };
	scenario_label(scenario, label, sizeof(label));
	snprintf(name, sizeof(name), "%s/lock:%s/t:%u", label, ops->name,
		 threads);
	if (scenario->threads == SCENARIO_ONE) {
		gbc_use_real_time(gbc_register(name, run_loop, row));
		return row;
	}
	bench = gbc_register(name, run_episodes, row);
	gbc_iterations(bench, 1);
	gbc_repetitions(bench, GB_REPETITIONS);
	gbc_use_manual_time(bench);
	return row;
}

static struct gb_row *register_all(struct harness *harness)
{
	struct gb_row *row = NULL;
	unsigned int points[SCENARIO_MAX_POINTS], i, j, k, nr;
	const char *why;

	for (i = 0; i < scenarios_nr; i++) {
		const struct scenario *scenario = &scenarios[i];

		if (scenario->kind != SCENARIO_LOCK)
			continue;
		nr = scenario_points(scenario, harness_topology(harness), true,
				     points);
		for (j = 0; j < lock_ops_nr; j++) {
			const struct lock_ops *ops = lock_ops_all[j];

			if ((ops->properties & LOCK_BUSTED) ||
			    !lockload_fits(&scenario->shape, ops, &why))
				continue;
			for (k = 0; k < nr; k++)
				row = register_point(row, harness, scenario,
						     ops, points[k]);
		}
	}
	return row;
}

/**
 * gb_main() - `rlbench gb`
 * @argc: words from "gb" on
 * @argv: they
 *
 * Return: enum cli_exit.
 */
int gb_main(int argc, char **argv)
{
	struct harness *harness = harness_create();
	struct gb_row *row, *next;
	int err;

	if (!harness)
		return CLI_FAILURE;
	gbc_context("git", rlbench_git);
	gbc_context("sources", rlbench_sources);
	gbc_context("placement", "pinned: cores of a node, of the next, second hardware "
		    "threads last");
	row = register_all(harness);
	err = gbc_main(&argc, argv);
	for (; row; row = next) {
		next = row->next;
		free(row);
	}
	harness_delete(harness);
	return err;
}
