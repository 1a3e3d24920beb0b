/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The command line of rlbench: bad words are told by name, with what would
 * have been good.
 */
#include "bench/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLI_DEFAULT_SEED	20260101ull

enum option_code {
	OPTION_JSON = 256,
	OPTION_QUICK,
	OPTION_FILTER,
	OPTION_THREADS,
	OPTION_SEED,
	OPTION_PAIRS,
	OPTION_WINDOW,
	OPTION_OUT,
	OPTION_DEV,
	OPTION_HGRM,
	OPTION_MARKDOWN,
	OPTION_PLOT,
	OPTION_HTML,
	OPTION_CHECK,
	OPTION_HELP,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "quick", no_argument, NULL, OPTION_QUICK },
	{ "filter", required_argument, NULL, OPTION_FILTER },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "pairs", required_argument, NULL, OPTION_PAIRS },
	{ "window-ms", required_argument, NULL, OPTION_WINDOW },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "dev", required_argument, NULL, OPTION_DEV },
	{ "hgrm", required_argument, NULL, OPTION_HGRM },
	{ "markdown", required_argument, NULL, OPTION_MARKDOWN },
	{ "plot", required_argument, NULL, OPTION_PLOT },
	{ "html", required_argument, NULL, OPTION_HTML },
	{ "check", required_argument, NULL, OPTION_CHECK },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

/**
 * cli_help() - the manual
 * @out: where to
 */
void cli_help(FILE *out)
{
	fputs("usage: rlbench COMMAND [OPTION...]\n"
	      "\n"
	      "  list                    scenarios and locks\n"
	      "  designs                 what each design of the engine needs; "
	      "with --markdown\n"
	      "                          as a document\n"
	      "  env                     what this machine can and cannot "
	      "measure\n"
	      "  run [LOCK...]           rl against each LOCK; without LOCK the "
	      "default set\n"
	      "  compare LOCK_A LOCK_B   any two side by side\n"
	      "  check [LOCK...]         put locks through the owner checker\n"
	      "  targets [FILE...]       what rl has to reach and how far it "
	      "is: measured, or\n"
	      "                          from JSON lines\n"
	      "  gb [--benchmark_...]    the same through Google Benchmark\n"
	      "  replay TRACE...         recorded traces in logical time: what "
	      "the designs do\n"
	      "                          to them on any machine; --filter picks "
	      "designs\n"
	      "  report FILE...          tables from JSON lines\n"
	      "  report --markdown DIR   RESULTS.md from a results directory, "
	      "on stdout\n"
	      "  report --plot DIR       its pictures, as input for gnuplot\n"
	      "  report --html DIR       all of it and its pictures as one "
	      "page, on stdout\n"
	      "  report --check FILE     make FILE again from its raw data and "
	      "compare\n"
	      "\n"
	      "  --json             JSON lines on stdout instead of tables\n"
	      "  --out FILE         JSON lines into FILE too\n"
	      "  --hgrm DIR         histograms of latencies into DIR, for the "
	      "plotters of\n"
	      "                     HdrHistogram\n"
	      "  --filter WORDS     only scenarios that contain a word or match "
	      "a glob\n"
	      "  --threads LIST     such as 1,2,8; or auto, from the machine\n"
	      "  --quick            the set of `make bench`, about 100 s\n"
	      "  --pairs N          pairs of windows per comparison\n"
	      "  --window-ms N      length of a window\n"
	      "  --seed N           of everything random\n"
	      "  --dev FILE         O_DIRECT on FILE (and FILE.b) instead of "
	      "memory with latency\n"
	      "\n"
	      "A ratio is A over B.  Lock scenarios compare core-ns per pair: "
	      "below 1, A is\n"
	      "cheaper.  Engine mixes (b_...) compare operations per second: "
	      "above 1, A is\n"
	      "faster.  The verdict is about A.\n"
	      "\n"
	      "Exit: 0 ok, 1 failure, 2 usage, 3 the run does not deserve "
	      "trust.\n",
	      out);
}

/**
 * cli_usage() - complain about the command line
 * @format: as for printf, without newline
 *
 * Return: CLI_USAGE.
 */
int cli_usage(const char *format, ...)
{
	va_list args;

	fputs("rlbench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry `rlbench --help`.\n", stderr);
	return CLI_USAGE;
}

/**
 * cli_lock() - a lock by its word, or a complaint
 * @name: word
 *
 * Return: the lock, or NULL after saying which there are.
 */
const struct lock_ops *cli_lock(const char *name)
{
	const struct lock_ops *ops = lock_ops_find(name);
	char known[256] = "";
	unsigned int i;

	if (ops)
		return ops;
	for (i = 0; i < lock_ops_nr; i++) {
		strcat(known, i ? ", " : "");
		strcat(known, lock_ops_all[i]->name);
	}
	for (i = 0; i < lock_ops_designs_nr; i++) {
		strcat(known, ", ");
		strcat(known, lock_ops_designs[i].name);
	}
	cli_usage("no lock is called '%s'; there are %s", name, known);
	return NULL;
}

static int parse_number(const char *option, const char *text, u64 least,
			u64 most, u64 *number)
{
	char *rest;

	errno = 0;
	*number = strtoull(text, &rest, 0);
	if (errno || *rest || rest == text || *text == '-')
		return cli_usage("%s wants a number, not '%s'", option, text);
	if (*number < least || *number > most)
		return cli_usage("%s wants a number from %llu to %llu, not %s",
				 option, least, most, text);
	return CLI_OK;
}

static int parse_threads(struct cli *cli, const char *text)
{
	char list[256], *word, *save;

	cli->nr_threads = 0;
	if (!strcmp(text, "auto"))
		return CLI_OK;
	if (strlen(text) >= sizeof(list))
		return cli_usage("--threads: the list is too long");
	strcpy(list, text);
	for (word = strtok_r(list, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		u64 n;

		if (parse_number("--threads", word, 1, 512, &n))
			return CLI_USAGE;
		if (cli->nr_threads == SCENARIO_MAX_POINTS)
			return cli_usage("--threads takes at most %d numbers",
					 SCENARIO_MAX_POINTS);
		cli->threads[cli->nr_threads++] = (unsigned int)n;
	}
	if (!cli->nr_threads)
		return cli_usage("--threads wants numbers, such as 1,2,8");
	return CLI_OK;
}

static int parse_option(struct cli *cli, int code)
{
	u64 n;

	switch (code) {
	case OPTION_JSON:
		cli->json = true;
		return CLI_OK;
	case OPTION_QUICK:
		cli->quick = true;
		return CLI_OK;
	case OPTION_FILTER:
		cli->filter = optarg;
		return CLI_OK;
	case OPTION_THREADS:
		return parse_threads(cli, optarg);
	case OPTION_SEED:
		return parse_number("--seed", optarg, 0, U64_MAX, &cli->seed);
	case OPTION_PAIRS:
		if (parse_number("--pairs", optarg, 1, 10000, &n))
			return CLI_USAGE;
		cli->pairs = (unsigned int)n;
		return CLI_OK;
	case OPTION_WINDOW:
		if (parse_number("--window-ms", optarg, 1, 60000, &n))
			return CLI_USAGE;
		cli->window_ms = (unsigned int)n;
		return CLI_OK;
	case OPTION_OUT:
		cli->out = optarg;
		return CLI_OK;
	case OPTION_HGRM:
		cli->hgrm = optarg;
		return CLI_OK;
	case OPTION_DEV:
		cli->dev = optarg;
		return CLI_OK;
	case OPTION_MARKDOWN:
		cli->markdown = optarg;
		return CLI_OK;
	case OPTION_PLOT:
		cli->plot = optarg;
		return CLI_OK;
	case OPTION_HTML:
		cli->html = optarg;
		return CLI_OK;
	case OPTION_CHECK:
		cli->check = optarg;
		return CLI_OK;
	default:
		return CLI_USAGE;
	}
}

/**
 * cli_parse() - read the command line
 * @cli:  filled
 * @argc: of main()
 * @argv: of main()
 *
 * Return: CLI_OK, with @cli->command NULL if only help was asked for and given;
 * or CLI_USAGE after a complaint.
 */
int cli_parse(struct cli *cli, int argc, char **argv)
{
	int code, err;

	*cli = (struct cli){ .seed = CLI_DEFAULT_SEED };
	opterr = 0;
	while ((code = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (code == 'h' || code == OPTION_HELP) {
			cli_help(stdout);
			return CLI_OK;
		}
		if (code == ':' && optopt == OPTION_MARKDOWN) {
			/* a report wants a directory, see report_command() */
			cli->markdown = "";
			continue;
		}
		if (code == ':')
			return cli_usage("%s wants a value", argv[optind - 1]);
		if (code == '?')
			return cli_usage("no option is called '%s'",
					 argv[optind - 1]);
		err = parse_option(cli, code);
		if (err)
			return err;
	}
	if (optind == argc)
		return cli_usage("a command is needed");
	cli->command = argv[optind++];
	for (; optind < argc; optind++) {
		if (cli->nr_words == CLI_MAX_WORDS)
			return cli_usage("too many words");
		cli->words[cli->nr_words++] = argv[optind];
	}
	return CLI_OK;
}
