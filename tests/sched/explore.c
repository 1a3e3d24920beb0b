// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Runs schedules, and makes a failing one short.
 */
#include "explore.h"

#include <time.h>

/* Schedules that the minimiser may run, each time, and how often it is called. */
#define MINIMISE_RUNS	20000
#define SHORTER_RUNS	4000
#define SHORTER_NS	1500000000ull

u64 explore_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000ull + (u64)now.tv_nsec;
}

/**
 * explore() - run schedules of a scenario until one fails
 * @scenario: what
 * @strategy: how they are chosen
 * @runs:     how many at most
 * @ns:       for how long at most, 0 for any time
 * @found:    filled
 */
void explore(const struct scenario *scenario,
	     const struct sched_strategy *strategy, u64 runs, u64 ns,
	     struct found *found)
{
	u64 until = ns ? explore_clock() + ns : U64_MAX;

	memset(found, 0, offsetof(struct found, list));
	script_choose(scenario);
	sched.strategy = strategy;
	sched_strategy_restart();
	while (found->runs < runs && !found->failed) {
		found->seed = sched_config.seed;
		if (!(found->runs % 64) && explore_clock() > until)
			break;
		if (!strategy->start())
			break;
		found->failed = !sched_run(script_before, script_after);
		strategy->finish();
		found->runs++;
		found->steps += sched.steps;
	}
	found->exhausted = sched_config.exhausted;
	if (found->failed) {
		found->list = sched.taken;
		memcpy(found->why, sched.why, sizeof(found->why));
	}
}

/**
 * explore_replay() - run one schedule
 * @scenario: what
 * @list:     its switches
 * @trace:    print each step
 *
 * Return: true if no check has failed.
 */
bool explore_replay(const struct scenario *scenario,
		    const struct sched_list *list, bool trace)
{
	bool good;

	script_choose(scenario);
	sched.strategy = &sched_replay;
	sched_config.list = list;
	sched_replay.start();
	sched.trace = trace;
	good = sched_run(script_before, script_after);
	sched.trace = false;
	return good;
}

/* The first words tell one kind of failure from another. */
static bool same_failure(const char *a, const char *b)
{
	return !strncmp(a, b, 6);
}

/* @list without @nr entries at @at. */
static void without(const struct sched_list *list, u32 at, u32 nr,
		    struct sched_list *out)
{
	u32 i;

	out->nr = 0;
	for (i = 0; i < list->nr; i++)
		if (i < at || i >= at + nr)
			out->at[out->nr++] = list->at[i];
}

/*
 * Leave out ever smaller parts of the list as long as the same check fails
 * (delta debugging).  What the schedule really took is shorter still.
 */
static void minimise(const struct scenario *scenario, struct found *found)
{
	static struct sched_list shorter;
	u32 part = max(found->list.nr / 2, 1u), at = 0, runs = 0;
	bool progress = false;

	while (found->list.nr && runs++ < MINIMISE_RUNS) {
		without(&found->list, at, part, &shorter);
		if (!explore_replay(scenario, &shorter, false) &&
		    same_failure(sched.why, found->why) &&
		    sched.taken.nr < found->list.nr) {
			found->list = sched.taken;
			memcpy(found->why, sched.why, sizeof(found->why));
			part = min(part, max(found->list.nr, 1u));
			progress = true;
			continue;
		}
		at += part;
		if (at < found->list.nr)
			continue;
		at = 0;
		if (part == 1 && !progress)
			break;
		progress = false;
		part = max(part / 2, 1u);
	}
}

/*
 * The same failure may come of a schedule with fewer switches: look for one with
 * few preemptions before the list is minimised.
 */
static void look_for_shorter(const struct scenario *scenario,
			     struct found *found)
{
	u64 seed = sched_config.seed, until = explore_clock() + SHORTER_NS;
	u32 depth = sched_config.depth, i;

	script_choose(scenario);
	sched.strategy = &sched_pct;
	for (i = 0; i < SHORTER_RUNS && explore_clock() < until; i++) {
		sched_config.depth = 2 + i % 3;
		sched_pct.start();
		if (sched_run(script_before, script_after) ||
		    !same_failure(sched.why, found->why) ||
		    sched.taken.nr >= found->list.nr)
			continue;
		found->list = sched.taken;
		memcpy(found->why, sched.why, sizeof(found->why));
	}
	sched_config.seed = seed;
	sched_config.depth = depth;
}

/* Where each task stands. */
static void print_tasks(void)
{
	u32 i;

	for (i = 0; i < SCHED_CTX_MAX; i++) {
		const struct sched_ctx *ctx = &sched.ctx[i];
		const char *file;

		if (ctx->state == SCHED_UNUSED || !ctx->place)
			continue;
		file = strrchr(ctx->place->file, '/');
		printf("  %c %s %s:%d %s%s%s\n", sched_letter(i),
		       ctx->state == SCHED_DONE ? "is done, last at" :
		       ctx->state == SCHED_BLOCKED ? "waits at" : "is at",
		       file ? file + 1 : ctx->place->file, ctx->place->line,
		       ctx->place->what, ctx->locks ? ", spinlock held" : "",
		       ctx->rcu ? ", in RCU" : "");
	}
}

/**
 * explore_report() - one screen about a failure
 * @scenario: what
 * @strategy: how it was found
 * @found:    the failure; made shorter
 */
void explore_report(const struct scenario *scenario,
		    const struct sched_strategy *strategy, struct found *found)
{
	static char text[16 * SCHED_SWITCHES_MAX];
	u32 before = found->list.nr;

	minimise(scenario, found);
	if (strategy != &sched_replay && found->list.nr > 4) {
		look_for_shorter(scenario, found);
		minimise(scenario, found);
	}
	explore_replay(scenario, &found->list, false);
	sched_list_print(&found->list, text, sizeof(text));
	printf("FAIL %s: %s\n", scenario->name, found->why);
	printf("  %s, schedule %llu, seed %llu, %u switches, shortened to %u\n",
	       strategy->name, found->runs, found->seed, before,
	       found->list.nr);
	oracle_print(stdout);
	print_tasks();
	printf("  replay: rlsched --scenario %s%s --replay %s\n", scenario->name,
	       sched_config.stable ? " --stable" : "", text);
}
