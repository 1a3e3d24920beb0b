/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench run` and `compare`: which pairs of locks go into a plan.
 */
#include "bench/run.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/plan.h"
#include "bench/report.h"

static int execute(struct plan *plan, bool json)
{
	char *text;
	int err = plan_run(plan, &text);

	if (!err && !json)
		err = report_text(text, stdout);
	if (!err)
		err = plan_trust(plan);
	free(text);
	plan_delete(plan);
	return err;
}

/* The empty loop, an atomic, the clock: what the other figures begin from. */
static void plan_controls(struct plan *plan)
{
	plan_control(plan, "u_clock", &lock_ops_clock, &lock_ops_none);
	plan_control(plan, "u_clock", &lock_ops_atomic, &lock_ops_none);
	plan_control(plan, "u_clock", &lock_ops_rl, &lock_ops_none);
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

	for (i = 0; i < cli->nr_words; i++) {
		named[i] = cli_lock(cli->words[i]);
		if (!named[i])
			return CLI_USAGE;
	}
	plan = plan_create(cli, true);
	for (i = 0; i < cli->nr_words; i++)
		plan_pair(plan, &lock_ops_rl, named[i],
			  cli->quick ? SCENARIO_QUICK : SCENARIO_LONG, true);
	for (i = 0; !cli->nr_words && i < ARRAY_SIZE(peers); i++)
		plan_pair(plan, &lock_ops_rl, peers[i].ops,
			  cli->quick ? peers[i].quick : peers[i].full, false);
	if (!cli->nr_words) {
		plan_self(plan, &lock_ops_rl,
			  cli->quick ? SCENARIO_QUICK : SCENARIO_LONG);
		plan_controls(plan);
	}
	return execute(plan, cli->json);
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

	if (cli->nr_words != 2)
		return cli_usage("compare wants two locks");
	a = cli_lock(cli->words[0]);
	b = a ? cli_lock(cli->words[1]) : NULL;
	if (!b)
		return CLI_USAGE;
	plan = plan_create(cli, true);
	plan_pair(plan, a, b, cli->quick ? SCENARIO_QUICK : SCENARIO_LONG,
		  true);
	return execute(plan, cli->json);
}
