/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The command line of rlbench.
 */
#ifndef BENCH_CLI_H
#define BENCH_CLI_H

#include "rl_env.h"
#include "bench/lock_ops.h"
#include "bench/scenarios.h"

/* Exit codes, the same for every command. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILURE = 1,
	CLI_USAGE = 2,
	CLI_UNTRUSTED = 3,
};

#define CLI_MAX_WORDS	64

/**
 * struct cli - what was asked for
 * @command:   first word
 * @words:     the others
 * @nr_words:  how many
 * @json:      JSON lines on stdout instead of tables
 * @quick:     the quick set
 * @filter:    rows wanted, or NULL
 * @threads:   numbers of threads, if @nr_threads
 * @nr_threads: 0 for auto
 * @seed:      of everything random
 * @pairs:     0 for the default
 * @window_ms: 0 for the default
 * @out:       file for JSON lines, or NULL
 * @hgrm:      directory for histograms, or NULL
 * @dev:       file to use as device of the engine, or NULL
 * @markdown:  results directory to render, "" without one, or NULL
 * @plot:      results directory to draw, or NULL
 * @html:      results directory to make a page of, or NULL
 * @check:     document to check, or NULL
 */
struct cli {
	const char *command;
	const char *words[CLI_MAX_WORDS];
	unsigned int nr_words;
	bool json;
	bool quick;
	const char *filter;
	unsigned int threads[SCENARIO_MAX_POINTS];
	unsigned int nr_threads;
	u64 seed;
	unsigned int pairs;
	unsigned int window_ms;
	const char *out;
	const char *hgrm;
	const char *dev;
	const char *markdown;
	const char *plot;
	const char *html;
	const char *check;
};

int cli_parse(struct cli *cli, int argc, char **argv);
void cli_help(FILE *out);
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
const struct lock_ops *cli_lock(const char *name);

#endif /* BENCH_CLI_H */
