/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The owner checker, see oracle.h.
 */
#include "bench/oracle.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "prng.h"
#include "bench/harness.h"

#define ORACLE_PAGES		64
#define ORACLE_PAGE_SIZE	4096
#define ORACLE_LONGEST		8

/**
 * struct oracle_page - one page of the file; guarded by the lock under test
 * @owner:   number of the exclusive owner, 0 if none
 * @version: number of exclusive owners so far
 */
struct oracle_page {
	u64 owner;
	u64 version;
};

/**
 * struct oracle - one check
 * @ops:       lock under test
 * @lock:      instance of it
 * @page:      the file
 * @conflicts: seen by all workers; atomic
 */
struct oracle {
	const struct lock_ops *ops;
	void *lock;
	struct oracle_page page[ORACLE_PAGES];
	u64 conflicts;
};

/**
 * struct oracle_claim - what one worker is about to do
 * @first:     first page
 * @last:      last page, inclusive
 * @whole:     take the whole file, not only up to the last page
 * @exclusive: ask for the lock exclusively
 * @alone:     the lock promises to keep everybody else out
 */
struct oracle_claim {
	unsigned int first;
	unsigned int last;
	bool whole;
	bool exclusive;
	bool alone;
};

static void choose(const struct oracle *oracle, struct prng *prng,
		   struct oracle_claim *claim)
{
	u64 r = prng_next(prng);

	claim->whole = !((r >> 8) % 16);
	claim->exclusive = (r >> 16) & 1;
	claim->first = claim->whole ? 0 : (r >> 24) % ORACLE_PAGES;
	claim->last = claim->whole ? ORACLE_PAGES - 1 :
				     claim->first + (r >> 32) % ORACLE_LONGEST;
	claim->last = min_t(unsigned int, claim->last, ORACLE_PAGES - 1);
	claim->alone = claim->exclusive;
	if (oracle->ops->properties & LOCK_PARTIAL_SHARED)
		claim->alone = claim->exclusive && claim->whole;
}

/* Give others the chance to be where they must not be. */
static void dwell(u64 r)
{
	unsigned int spin = r % 64;

	if (!(r >> 8 & 31))
		sched_yield();
	while (spin--)
		cpu_relax();
}

static bool own_alone(struct oracle *oracle, const struct oracle_claim *claim,
		      u64 me, u64 r)
{
	bool conflict = false;
	unsigned int i;

	for (i = claim->first; i <= claim->last; i++) {
		conflict |= oracle->page[i].owner != 0;
		oracle->page[i].owner = me;
		oracle->page[i].version++;
	}
	barrier();
	dwell(r);
	barrier();
	for (i = claim->first; i <= claim->last; i++) {
		conflict |= oracle->page[i].owner != me;
		oracle->page[i].owner = 0;
	}
	return conflict;
}

static bool own_shared(struct oracle *oracle, const struct oracle_claim *claim,
		       u64 r)
{
	u64 version[ORACLE_PAGES];
	bool conflict = false;
	unsigned int i;

	for (i = claim->first; i <= claim->last; i++) {
		conflict |= oracle->page[i].owner != 0;
		version[i] = oracle->page[i].version;
	}
	barrier();
	dwell(r);
	barrier();
	for (i = claim->first; i <= claim->last; i++) {
		conflict |= oracle->page[i].owner != 0;
		conflict |= oracle->page[i].version != version[i];
	}
	return conflict;
}

static void oracle_run(struct harness_thread *thread)
{
	struct oracle *oracle = thread->job->arg;
	struct oracle_claim claim;
	struct prng prng;
	u64 me = thread->index + 1;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		u64 start, last;
		bool conflict;

		choose(oracle, &prng, &claim);
		start = (u64)claim.first * ORACLE_PAGE_SIZE;
		last = claim.whole ? BENCH_WHOLE_LAST :
				     (claim.last + 1ull) * ORACLE_PAGE_SIZE - 1;
		oracle->ops->acquire(oracle->lock, thread->scratch, start, last,
				     claim.exclusive);
		if (claim.alone)
			conflict = own_alone(oracle, &claim, me,
					     prng_next(&prng));
		else
			conflict = own_shared(oracle, &claim, prng_next(&prng));
		oracle->ops->release(oracle->lock, thread->scratch);
		if (conflict)
			__atomic_fetch_add(&oracle->conflicts, 1,
					   __ATOMIC_RELAXED);
		harness_count(thread, 0);
	}
}

/**
 * oracle_check() - put a lock through the owner checker
 * @harness: pool of threads
 * @ops:     lock under test
 * @threads: number of workers
 * @run_ns:  how long
 * @seed:    of the random ranges
 * @result:  filled
 *
 * Return: 0 if the check ran, whatever it found, or -errno.
 */
int oracle_check(struct harness *harness, const struct lock_ops *ops,
		 unsigned int threads, u64 run_ns, u64 seed,
		 struct oracle_result *result)
{
	static struct harness_window window;
	struct oracle *oracle = calloc(1, sizeof(*oracle));
	struct harness_job job = {
		.threads = threads,
		.run = oracle_run,
		.arg = oracle,
		.scratch = ops->req_size,
		.seed = seed,
	};
	int err = -ENOMEM;

	if (!oracle)
		return err;
	oracle->ops = ops;
	oracle->lock = lock_ops_create(ops);
	if (oracle->lock)
		err = harness_run(harness, &job, 0, run_ns, &window);
	if (!err) {
		result->pairs = window.class_ops[0];
		result->conflicts = oracle->conflicts;
	}
	lock_ops_delete(ops, oracle->lock);
	free(oracle);
	return err;
}

/**
 * oracle_passed() - whether a lock may be timed
 * @ops:    lock under test
 * @result: of oracle_check()
 *
 * Return: true if no conflict was seen, or if the lock declares that it
 * excludes nobody.
 */
bool oracle_passed(const struct lock_ops *ops,
		   const struct oracle_result *result)
{
	return !result->conflicts || (ops->properties & LOCK_EXCLUDES_NOBODY);
}
