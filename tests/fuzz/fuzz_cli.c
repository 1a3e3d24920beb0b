// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Any words as a command line of rlbench: one per line.  It is refused, or what
 * was asked for is within its limits and made of these words.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli.h"
#include "fuzz.h"

#define MOST	100

/* The locks are not linked: any two names will do, and none of the designs. */
static const struct lock_ops some_locks[] = {
	{ .name = "rl", .title = "the lock" },
	{ .name = "other", .title = "another one" },
};

const struct lock_ops *const lock_ops_all[] = {
	&some_locks[0], &some_locks[1],
};
const unsigned int lock_ops_nr = ARRAY_SIZE(lock_ops_all);
const struct lock_ops lock_ops_designs[1];
const unsigned int lock_ops_designs_nr;

const struct lock_ops *lock_ops_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < lock_ops_nr; i++)
		if (!strcmp(name, some_locks[i].name))
			return &some_locks[i];
	return NULL;
}

static void check_cli(const struct cli *cli)
{
	unsigned int i;

	check(cli->nr_words <= CLI_MAX_WORDS);
	check(cli->nr_threads <= SCENARIO_MAX_POINTS);
	check(cli->pairs <= 10000 && cli->window_ms <= 60000);
	for (i = 0; i < cli->nr_threads; i++)
		check(cli->threads[i] >= 1 && cli->threads[i] <= 512);
	for (i = 0; i < cli->nr_words; i++)
		cli_lock(cli->words[i]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static FILE *nowhere;
	char name[] = "rlbench", *argv[MOST + 2] = { name };
	char *text = malloc(size + 1), *word, *rest = text;
	struct cli cli;
	int argc = 1;

	check(text);
	if (!nowhere) {
		/* complaints by the million; those of a sanitizer go to fd 2 */
		nowhere = fopen("/dev/null", "w");
		check(nowhere);
		stdout = stderr = nowhere;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	while (argc <= MOST && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	/* begin anew, as the first call of a process does */
	optind = 0;
	if (!cli_parse(&cli, argc, argv) && cli.command)
		check_cli(&cli);
	free(text);
	return 0;
}
