/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * rlbench: range locks measured against each other and against dio_sem.
 */
#include <stdio.h>
#include <string.h>

#include "bench/check.h"
#include "bench/cli.h"
#include "bench/designs.h"
#include "bench/env.h"
#include "bench/gb.h"
#include "bench/json.h"
#include "bench/replay.h"
#include "bench/report.h"
#include "bench/run.h"
#include "bench/targets.h"

static int list_json(void)
{
	unsigned int i;

	for (i = 0; i < lock_ops_nr; i++) {
		struct json_writer w = { .out = stdout };

		json_open(&w, NULL, '{');
		json_string(&w, "lock", lock_ops_all[i]->name);
		json_string(&w, "title", lock_ops_all[i]->title);
		json_integer(&w, "bytes", lock_ops_all[i]->size);
		json_integer(&w, "bytes_per_range", lock_ops_all[i]->req_size);
		json_close(&w, '}');
		putchar('\n');
	}
	for (i = 0; i < scenarios_nr; i++) {
		struct json_writer w = { .out = stdout };

		json_open(&w, NULL, '{');
		json_string(&w, "scenario", scenarios[i].name);
		json_string(&w, "variant", scenarios[i].variant);
		json_string(&w, "what", scenarios[i].what);
		json_bool(&w, "quick", scenarios[i].quick != SCENARIO_LONG);
		json_close(&w, '}');
		putchar('\n');
	}
	return CLI_OK;
}

static int list(const struct cli *cli)
{
	char label[96];
	unsigned int i;

	if (cli->json)
		return list_json();
	printf("Locks (bytes idle, bytes per held range)\n");
	for (i = 0; i < lock_ops_nr; i++)
		printf("  %-8s %4zu %4zu  %s\n", lock_ops_all[i]->name,
		       lock_ops_all[i]->size, lock_ops_all[i]->req_size,
		       lock_ops_all[i]->title);
	for (i = 0; i < lock_ops_designs_nr; i++)
		printf("  %-8s %4s %4s  %s\n", lock_ops_designs[i].name, "-",
		       "-", lock_ops_designs[i].title);
	printf("\nScenarios (q: in the quick set)\n");
	for (i = 0; i < scenarios_nr; i++) {
		if (!scenario_matches(&scenarios[i], cli->filter))
			continue;
		scenario_label(&scenarios[i], label, sizeof(label));
		printf("  %c %-28s %s\n",
		       scenarios[i].quick == SCENARIO_LONG ? ' ' : 'q', label,
		       scenarios[i].what);
	}
	return CLI_OK;
}

static int env(const struct cli *cli)
{
	if (cli->json)
		env_write_json(stdout);
	else
		env_print(stdout);
	return CLI_OK;
}

static const struct command {
	const char *name;
	int (*run)(const struct cli *cli);
	unsigned int max_words;
} commands[] = {
	{ "list", list, 0 },
	{ "designs", designs_command, 0 },
	{ "env", env, 0 },
	{ "run", run_default, CLI_MAX_WORDS },
	{ "compare", run_compare, CLI_MAX_WORDS },
	{ "check", run_check, CLI_MAX_WORDS },
	{ "targets", targets_command, CLI_MAX_WORDS },
	{ "replay", replay_command, CLI_MAX_WORDS },
	{ "report", report_command, CLI_MAX_WORDS },
};

int main(int argc, char **argv)
{
	struct cli cli;
	unsigned int i;
	int err;

	/* Google Benchmark reads its own options. */
	if (argc > 1 && !strcmp(argv[1], "gb"))
		return gb_main(argc - 1, argv + 1);

	err = cli_parse(&cli, argc, argv);
	if (err || !cli.command)
		return err;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(cli.command, commands[i].name))
			continue;
		if (cli.nr_words > commands[i].max_words)
			return cli_usage("%s takes no '%s'", cli.command,
					 cli.words[commands[i].max_words]);
		err = commands[i].run(&cli);
		if (fflush(stdout)) {
			perror("rlbench: stdout");
			err = CLI_FAILURE;
		}
		return err;
	}
	return cli_usage("no command is called '%s'; there are list, designs, "
			 "env, run, compare, check, targets, gb, replay, report",
			 cli.command);
}
