/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench check`, and the same before a lock is timed.
 */
#include "bench/check.h"

#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/oracle.h"

/* A busy machine may need several runs until so many pairs have met. */
#define CHECK_NS	60000000ull
#define CHECK_PAIRS	5000
#define CHECK_RUNS	20

static int check_runs(struct harness *harness, const struct lock_ops *ops,
		      u64 seed, struct oracle_result *sum)
{
	unsigned int threads = 2 * max(harness_cpus(harness), 2u), run;

	for (run = 0; run < CHECK_RUNS && sum->pairs < CHECK_PAIRS; run++) {
		struct oracle_result result;
		int err = oracle_check(harness, ops, threads, CHECK_NS,
				       seed + run, &result);

		if (err)
			return err;
		sum->pairs += result.pairs;
		sum->conflicts += result.conflicts;
	}
	return 0;
}

/**
 * check_lock() - put a lock through the owner checker
 * @harness: pool of threads
 * @ops:     the lock
 * @seed:    of the random ranges
 * @out:     where to say what it promises and what it does not
 *
 * Return: CLI_OK, or CLI_FAILURE for one that breaks a promise.
 */
int check_lock(struct harness *harness, const struct lock_ops *ops, u64 seed,
	       FILE *out)
{
	struct oracle_result result = { 0 };
	int err = check_runs(harness, ops, seed, &result);

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
