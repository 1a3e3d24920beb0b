// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The lock under a controlled scheduler.
 *
 *   rlsched [--scenario NAME]... [--strategy exhaustive|random|pct]
 *           [--preemptions N] [--depth D] [--runs N] [--seconds S] [--seed S]
 *           [--stable] [--unvisited] [--quiet]
 *   rlsched --scenario NAME [--stable] --replay LIST [--trace]
 *   rlsched --list
 *
 * Without --strategy each scenario gets the exhaustive search as deep as its
 * table says, then random schedules and PCT.  --runs and --seconds are for each
 * of them; the exhaustive search may have ten times as many runs, and says
 * whether they were all, and each pair of verbs (pairs.c) has a tenth of them.  A
 * scenario with one strategy is one case of the sum.
 *
 * Exit status: 0, 1 if a schedule has failed, 2 for a bad command line.
 */
#include "explore.h"

#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#define NAMES_MAX	16
/* The exhaustive search may have so many times --runs. */
#define EXHAUSTIVE_TIMES	10
/* Pairs of verbs are many: each has a tenth of --runs. */
#define PAIRS_SHARE		10

/**
 * struct options - the command line
 * @strategy:    the only one, or NULL
 * @runs:        schedules per scenario
 * @seconds:     longest time per scenario, 0 for any
 * @seed:        of the first schedule
 * @preemptions: instead of the scenario's, or -1
 * @depth:       of PCT
 * @replay:      the schedule to run
 * @trace:       print each step of it
 * @unvisited:   print the operations that no schedule came to
 * @list:        print names
 * @quiet:       print failures only
 * @name:        the only scenarios
 * @nr:          of @name
 */
static struct options {
	const struct sched_strategy *strategy;
	u64 runs;
	u64 seconds;
	u64 seed;
	int preemptions;
	u32 depth;
	const char *replay;
	bool trace;
	bool unvisited;
	bool list;
	bool quiet;
	const char *name[NAMES_MAX];
	u32 nr;
} options = {
	.runs = 3000,
	.seed = 1,
	.preemptions = -1,
	.depth = 3,
};

static u32 passed, failed, skipped;
static u64 all_runs, all_steps;

static const struct sched_strategy *const strategies[] = {
	&sched_exhaustive,
	&sched_random,
	&sched_pct,
};

static const struct scenario *const tables[] = {
	scenarios_tree,
	scenarios_many,
	scenarios_spread,
	scenarios_pairs,
};

static _Noreturn void usage(void)
{
	fputs("usage: rlsched [--scenario NAME]... [--strategy exhaustive|random|pct]\n"
	      "               [--preemptions N] [--depth D] [--runs N] [--seconds S] [--seed S]\n"
	      "               [--stable] [--unvisited] [--quiet]\n"
	      "       rlsched --scenario NAME [--stable] --replay LIST [--trace]\n"
	      "       rlsched --list\n", stderr);
	exit(2);
}

static u64 number(const char *text, u64 most)
{
	char *rest;
	u64 value = strtoull(text, &rest, 0);

	if (*text < '0' || *text > '9' || *rest || value > most)
		usage();
	return value;
}

static const struct sched_strategy *find_strategy(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		if (!strcmp(strategies[i]->name, name))
			return strategies[i];
	usage();
}

static void parse_one(int option)
{
	switch (option) {
	case 'c':
		if (options.nr == NAMES_MAX)
			usage();
		options.name[options.nr++] = optarg;
		break;
	case 's':
		options.strategy = find_strategy(optarg);
		break;
	case 'p':
		options.preemptions = (int)number(optarg, 20);
		break;
	case 'd':
		options.depth = (u32)number(optarg, 16);
		break;
	case 'n':
		options.runs = number(optarg, U64_MAX);
		break;
	case 't':
		options.seconds = number(optarg, 1000000);
		options.runs = U64_MAX;
		break;
	case 'e':
		options.seed = number(optarg, U64_MAX);
		break;
	case 'r':
		options.replay = optarg;
		break;
	case 'm':
		sched_config.stable = true;
		break;
	case 'v':
		options.trace = true;
		break;
	case 'u':
		options.unvisited = true;
		break;
	case 'q':
		options.quiet = true;
		break;
	case 'l':
		options.list = true;
		break;
	default:
		usage();
	}
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "scenario", required_argument, NULL, 'c' },
		{ "strategy", required_argument, NULL, 's' },
		{ "preemptions", required_argument, NULL, 'p' },
		{ "depth", required_argument, NULL, 'd' },
		{ "runs", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 'e' },
		{ "replay", required_argument, NULL, 'r' },
		{ "stable", no_argument, NULL, 'm' },
		{ "trace", no_argument, NULL, 'v' },
		{ "unvisited", no_argument, NULL, 'u' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
		parse_one(option);
	if (optind != argc || (options.replay && options.nr != 1))
		usage();
}

/* By its name, or by the first word of it if a colon follows. */
static bool is_selected(const char *name)
{
	u32 i;

	for (i = 0; i < options.nr; i++) {
		size_t len = strlen(options.name[i]);

		if (!strncmp(options.name[i], name, len) &&
		    (!name[len] || name[len] == ':'))
			return true;
	}
	return !options.nr;
}

static u64 runs_for(const struct scenario *scenario,
		    const struct sched_strategy *strategy)
{
	if (options.runs != U64_MAX && strchr(scenario->name, ':'))
		return max(options.runs / PAIRS_SHARE, 1ull);
	if (strategy != &sched_exhaustive || options.runs == U64_MAX)
		return options.runs;
	return EXHAUSTIVE_TIMES * options.runs;
}

static void run_with(const struct scenario *scenario,
		     const struct sched_strategy *strategy)
{
	static struct found found;
	u64 began = explore_clock(), took;

	sched_config.seed = options.seed;
	sched_config.depth = options.depth;
	explore(scenario, strategy, runs_for(scenario, strategy),
		options.seconds * 1000000000ull, &found);
	took = explore_clock() - began;
	all_runs += found.runs;
	all_steps += found.steps;
	if (found.failed) {
		failed++;
		explore_report(scenario, strategy, &found);
		return;
	}
	passed++;
	if (options.quiet)
		return;
	printf("ok   %-22s %-10s %8llu schedules %5llu steps each %6llu ms%s\n",
	       scenario->name, strategy->name, found.runs,
	       found.runs ? found.steps / found.runs : 0, took / 1000000,
	       found.exhausted ? ", all of them" : "");
}

static void run_scenario(const struct scenario *scenario)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		if (options.strategy && options.strategy != strategies[i])
			continue;
		sched_config.preemptions = options.preemptions >= 0 ?
						   (u32)options.preemptions :
						   scenario->bound;
		if (!options.strategy && strategies[i] == &sched_exhaustive &&
		    !sched_config.preemptions)
			continue;
		run_with(scenario, strategies[i]);
	}
}

static void replay(const struct scenario *scenario)
{
	static struct found found;
	static struct sched_list list;

	if (!sched_list_parse(&list, options.replay))
		usage();
	if (explore_replay(scenario, &list, options.trace)) {
		passed++;
		printf("ok   %s %s\n", scenario->name, options.replay);
		return;
	}
	failed++;
	found.list = sched.taken;
	found.runs = 1;
	memcpy(found.why, sched.why, sizeof(found.why));
	explore_report(scenario, &sched_replay, &found);
}

static void run_all(void)
{
	const struct scenario *s;
	u32 i, known = 0;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (s = tables[i]; s->name; s++) {
			if (!is_selected(s->name))
				continue;
			known++;
			if (options.list)
				printf("%-22s %s\n", s->name, s->title);
			else if (options.replay)
				replay(s);
			else
				run_scenario(s);
		}
	}
	if (!known || known < options.nr)
		usage();
}

static u64 cpu_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (u64)now.tv_sec * 1000000000ull + (u64)now.tv_nsec;
}

int main(int argc, char **argv)
{
	u64 took;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv);
	scenarios_make_pairs();
	sched_memory_keep_core();
	sched_catch_signals();
	run_all();
	if (options.list)
		return 0;
	if (options.unvisited)
		sched_print_unvisited();
	took = cpu_clock() / 1000000 + 1;
	printf("seed %llu, %llu schedules, %llu steps, %llu schedules per second of CPU\n",
	       options.seed, all_runs, all_steps, all_runs * 1000 / took);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0;
}
