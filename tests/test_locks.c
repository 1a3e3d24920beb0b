// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The locks that the bench compares, under the owner checker, for as long as
 * one likes and in builds with sanitizers, which rlbench has not.
 *
 *   build/VARIANT/test_locks [--seconds N] [--threads N] [--seed N] [LOCK...]
 *
 * Each lock is first used by one thread alone: many ranges held at once, and
 * piles of shared ranges that overlap, given back in another order; after that
 * the whole file must be free.  A lock that forgets a range hangs here.  Of the
 * time under the checker, one half goes to one lock and the other to many that
 * are new, because some locks change for good at their first conflict.
 */
#include <stdlib.h>
#include <string.h>

#include "prng.h"
#include "bench/harness.h"
#include "bench/lock_ops.h"
#include "bench/oracle.h"
#include "tests/options.h"

#define DEFAULT_NS	300000000ull
#define ROUND_NS	5000000ull
/* Below the number of locks that a debug build can follow in one thread. */
#define NR_HELD		40
#define PAGE		4096ull
#define PILE_ROUNDS	20

/**
 * struct options - the command line
 * @threads: workers of the owner checker
 * @run_ns:  how long each lock is checked
 * @seed:    of everything random
 * @wanted:  bits of the locks in lock_ops_all, 0 for all of them
 */
struct options {
	unsigned int threads;
	u64 run_ns;
	u64 seed;
	u64 wanted;
};

/**
 * struct pile - requests of one thread on one lock
 * @ops:  the lock under test
 * @lock: instance of it
 * @req:  NR_HELD requests and one more
 */
struct pile {
	const struct lock_ops *ops;
	void *lock;
	char *req;
};

static void *pile_req(const struct pile *pile, unsigned int i)
{
	return pile->req + i * round_up(pile->ops->req_size, (size_t)64);
}

/* A range that is free, whatever else this thread holds. */
static void pile_take(const struct pile *pile, unsigned int i, u64 start,
		      u64 last, bool exclusive)
{
	const struct lock_ops *ops = pile->ops;

	(ops->hold ? ops->hold : ops->acquire)(pile->lock, pile_req(pile, i),
					       start, last, exclusive);
}

static void pile_drop(const struct pile *pile, unsigned int i)
{
	pile->ops->release(pile->lock, pile_req(pile, i));
}

static void take_whole(const struct pile *pile)
{
	pile->ops->acquire(pile->lock, pile_req(pile, NR_HELD), 0,
			   BENCH_WHOLE_LAST, true);
	pile_drop(pile, NR_HELD);
}

/* Every other page is held, and those between are free. */
static void hold_apart(const struct pile *pile)
{
	unsigned int i;

	for (i = 0; i < NR_HELD; i++)
		pile_take(pile, i, 2 * i * PAGE, (2 * i + 1) * PAGE - 1, true);
	for (i = 0; i < NR_HELD; i++) {
		pile_take(pile, NR_HELD, (2 * i + 1) * PAGE,
			  (2 * i + 2) * PAGE - 1, i & 1);
		pile_drop(pile, NR_HELD);
	}
	for (i = 0; i < NR_HELD; i++)
		pile_drop(pile, (i * 7 + 3) % NR_HELD);
	take_whole(pile);
}

static void hold_shared(const struct pile *pile, struct prng *prng)
{
	unsigned int i, shift = prng_below(prng, NR_HELD);

	for (i = 0; i < NR_HELD; i++) {
		u64 start = prng_below(prng, 40);
		u64 last = start + prng_below(prng, 12);

		if (!prng_below(prng, 16))
			last = BENCH_WHOLE_LAST;
		pile_take(pile, i, start, last, false);
	}
	for (i = 0; i < NR_HELD; i++)
		pile_drop(pile, (i * 7 + shift) % NR_HELD);
	take_whole(pile);
}

/* The verb that only tries, with the first page and the last one held. */
static void try_beside(const struct pile *pile)
{
	const struct lock_ops *ops = pile->ops;
	bool whole = ops->properties & LOCK_IGNORES_RANGE;
	static const struct {
		u64 start, last;
		bool exclusive, free;
	} asked[] = {
		{ 0, PAGE - 1, true, false },
		{ 0, 0, false, false },
		{ PAGE - 1, 2 * PAGE - 1, true, false },
		{ 8 * PAGE - 1, 8 * PAGE, true, false },
		{ 0, BENCH_WHOLE_LAST, true, false },
		{ PAGE, 8 * PAGE - 1, true, true },
		{ 9 * PAGE, BENCH_WHOLE_LAST, false, true },
	};
	unsigned int i;

	pile_take(pile, 0, 0, PAGE - 1, true);
	if (!whole)
		pile_take(pile, 1, 8 * PAGE, 9 * PAGE - 1, true);
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		bool taken = ops->try_acquire(pile->lock, pile_req(pile, 2),
					      asked[i].start, asked[i].last,
					      asked[i].exclusive);

		WARN_ON(taken != (asked[i].free && !whole));
		if (taken)
			pile_drop(pile, 2);
	}
	if (!whole)
		pile_drop(pile, 1);
	pile_drop(pile, 0);
	take_whole(pile);
}

static void test_alone(const struct lock_ops *ops, u64 seed)
{
	struct pile pile = { .ops = ops, .lock = lock_ops_create(ops) };
	struct prng prng;
	unsigned int i;

	pile.req = aligned_alloc(64, (NR_HELD + 1) * round_up(ops->req_size,
							      (size_t)64));
	if (!pile.lock || !pile.req)
		abort();
	prng_seed(&prng, seed);
	take_whole(&pile);
	if (!(ops->properties & (LOCK_IGNORES_RANGE | LOCK_PARTIAL_SHARED |
				 LOCK_EXCLUDES_NOBODY | LOCK_BUSTED))) {
		hold_apart(&pile);
		for (i = 0; i < PILE_ROUNDS; i++)
			hold_shared(&pile, &prng);
	}
	if (ops->try_acquire && !(ops->properties & LOCK_PARTIAL_SHARED))
		try_beside(&pile);
	free(pile.req);
	lock_ops_delete(ops, pile.lock);
}

/* ThreadSanitizer would report what these locks declare. */
static bool races_by_design(const struct lock_ops *ops)
{
	return RLENV_TSAN &&
	       (ops->properties & (LOCK_EXCLUDES_NOBODY | LOCK_BUSTED));
}

/* One long round, then short ones; the sum in @sum. */
static bool check_owners(struct harness *harness, const struct lock_ops *ops,
			 const struct options *options,
			 struct oracle_result *sum)
{
	u64 run_ns = options->run_ns / 2, seed = options->seed, spent = 0;

	*sum = (struct oracle_result){ 0 };
	while (spent < options->run_ns) {
		struct oracle_result round;

		if (oracle_check(harness, ops, options->threads, run_ns, seed++,
				 &round))
			return false;
		sum->pairs += round.pairs;
		sum->conflicts += round.conflicts;
		spent += run_ns;
		run_ns = ROUND_NS;
	}
	return sum->pairs && oracle_passed(ops, sum);
}

static bool test_lock(struct harness *harness, const struct lock_ops *ops,
		      const struct options *options)
{
	bool busted = ops->properties & LOCK_BUSTED;
	int warnings = atomic_read(&rlenv_warnings);
	struct oracle_result result;
	bool good;

	test_alone(ops, options->seed);
	good = check_owners(harness, ops, options, &result) == !busted &&
	       (!busted || result.conflicts) &&
	       atomic_read(&rlenv_warnings) == warnings;
	printf("%s %s: %llu pairs, %llu conflicts%s\n", good ? "ok" : "not ok",
	       ops->name, result.pairs, result.conflicts,
	       busted ? ", as it should" : "");
	fflush(stdout);
	return good;
}

void usage(void)
{
	unsigned int i;

	fputs("usage: test_locks [--seconds N] [--threads N] [--seed N] "
	      "[LOCK...]\nlocks:", stderr);
	for (i = 0; i < lock_ops_nr; i++)
		fprintf(stderr, " %s", lock_ops_all[i]->name);
	fputs("\n", stderr);
	exit(2);
}

static void want(struct options *options, const char *name)
{
	unsigned int i;

	for (i = 0; i < lock_ops_nr; i++)
		if (!strcmp(lock_ops_all[i]->name, name)) {
			options->wanted |= 1ull << i;
			return;
		}
	usage();
}

static void parse(struct options *options, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = argv[i + 1];

		if (*argv[i] != '-') {
			want(options, argv[i]);
			continue;
		}
		if (!strcmp(argv[i], "--seconds"))
			options->run_ns = option_seconds(value);
		else if (!strcmp(argv[i], "--threads"))
			options->threads = (unsigned int)option_number(
				value, 1, HARNESS_MAX_THREADS);
		else if (!strcmp(argv[i], "--seed"))
			options->seed = option_number(value, 0, U64_MAX);
		else
			usage();
		i++;
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.threads = 8,
		.run_ns = DEFAULT_NS,
		.seed = prng_mix(rlenv_now_ns()),
	};
	struct harness *harness = harness_create();
	unsigned int passed = 0, failed = 0, skipped = 0, i;

	if (!harness)
		return 1;
	parse(&options, argc, argv);
	printf("# test_locks --threads %u --seed %llu\n", options.threads,
	       options.seed);
	for (i = 0; i < lock_ops_nr; i++) {
		if (options.wanted && !(options.wanted & 1ull << i))
			continue;
		if (races_by_design(lock_ops_all[i]))
			skipped++;
		else if (test_lock(harness, lock_ops_all[i], &options))
			passed++;
		else
			failed++;
	}
	harness_delete(harness);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed || !passed;
}
