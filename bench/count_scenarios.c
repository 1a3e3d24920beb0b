/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The situations in which rlcount looks at a lock, see count_scenarios.h.
 */
#include "bench/count_scenarios.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "prng.h"
#include "rangelock.h"
#include "bench/count.h"
#include "bench/stats.h"

#define BLOCK		4096ull
#define AREA_BLOCKS	(1u << 18)
#define TRIALS		32
#define CALM_PAIRS	200000
#define CONTEND_NS	4000000
#define FIRST_NS	100000000
#define BUSY_HELD	16
#define IDLE_NS		300000000

/* Far from where the probers are. */
#define BUSY_START	(4ull * AREA_BLOCKS * BLOCK)

/**
 * struct prober - one of two threads
 * @trace: what it does
 * @allocs: allocations of its pairs outside of the trace
 * @prng:  source of its places
 * @req:   its request
 */
struct prober {
	struct count_trace trace;
	u64 allocs;
	struct prng prng;
	char req[1024] __attribute__((aligned(256)));
};

/**
 * struct probe - a lock that is looked at
 * @ops:       which
 * @lock:      it
 * @row:       what comes out
 * @contended: the probers fight before each trial
 * @too_long:  a trace was cut off
 * @step:      they move on together
 * @prober:    they
 * @figure:    per trial
 * @shared:    per trial
 */
struct probe {
	const struct lock_ops *ops;
	void *lock;
	struct count_row row;
	bool contended;
	bool too_long;
	pthread_barrier_t step;
	struct prober prober[2];
	double figure[5][TRIALS];
	double shared[TRIALS];
};

static struct probe probe;

static void take(struct prober *prober, u64 start, u64 last)
{
	count_verb_begin(&prober->trace);
	probe.ops->acquire(probe.lock, prober->req, start, last,
			   probe.row.exclusive);
	count_verb_end(&prober->trace);
}

static void give(struct prober *prober)
{
	count_verb_begin(&prober->trace);
	probe.ops->release(probe.lock, prober->req);
	count_verb_end(&prober->trace);
}

static void pairs_untraced(struct prober *prober, unsigned int pairs,
			   u64 start)
{
	u64 before = count_allocations();

	while (pairs--) {
		probe.ops->acquire(probe.lock, prober->req, start,
				   start + BLOCK - 1, probe.row.exclusive);
		probe.ops->release(probe.lock, prober->req);
	}
	prober->allocs += count_allocations() - before;
}

static void contend(struct prober *prober, u64 ns)
{
	u64 until = rlenv_now_ns() + ns;

	while (rlenv_now_ns() < until)
		pairs_untraced(prober, 16,
			       prng_below(&prober->prng, AREA_BLOCKS) * BLOCK);
}

static void keep_figures(const struct count_trace *trace,
			 const struct count_lines *lines, unsigned int trial)
{
	probe.figure[0][trial] = (double)trace->nr;
	probe.figure[1][trial] = (double)count_kind(trace, COUNT_RMW);
	probe.figure[2][trial] = (double)count_kind(trace, COUNT_FENCE);
	probe.figure[3][trial] = (double)lines->nr_touched;
	probe.figure[4][trial] = (double)lines->nr_written;
	probe.row.section = max(probe.row.section, (double)trace->section);
	probe.too_long |= trace->nr > COUNT_MAX;
	probe.row.allocations += (double)trace->allocs;
}

static void keep_trial(unsigned int trial)
{
	struct count_lines lines[2];

	count_lines_of(&lines[0], &probe.prober[0].trace);
	keep_figures(&probe.prober[0].trace, &lines[0], trial);
	if (probe.row.two) {
		count_lines_of(&lines[1], &probe.prober[1].trace);
		probe.shared[trial] =
			(double)count_shared(&lines[0], &lines[1]);
		count_lines_free(&lines[1]);
	}
	count_lines_free(&lines[0]);
}

static void summarise(void)
{
	struct count_row *row = &probe.row;
	double *median[] = { &row->accesses, &row->locked, &row->fences,
			     &row->touched, &row->written };
	unsigned int i;

	row->allocations += (double)(probe.prober[0].allocs +
				     probe.prober[1].allocs);
	for (i = 0; i < ARRAY_SIZE(median); i++)
		*median[i] = stats_median(probe.figure[i], TRIALS);
	if (probe.too_long)
		row->section = NAN;
	if (!row->two)
		return;
	row->shared = stats_median(probe.shared, TRIALS);
	for (i = 0; i < TRIALS; i++) {
		row->shared_mean += probe.shared[i] / TRIALS;
		row->shared_max = max(row->shared_max, probe.shared[i]);
	}
}

/* Whether two that hold disjoint ranges never wait for each other. */
static bool is_deep(const struct lock_ops *ops)
{
	return ops == &lock_ops_rl || ops == &lock_ops_tree;
}

/*
 * Both hold their range at the same time; each verb of each is traced while the
 * other stands still.  Locks of others may make the second wait for the first
 * (FreeBSD's does, once), so they are looked at one after the other.
 */
static void trial_of_two(unsigned int me, unsigned int trial)
{
	struct prober *prober = &probe.prober[me];
	u64 start = (2ull * trial + me) * BLOCK;

	if (probe.contended)
		contend(prober, trial ? CONTEND_NS : FIRST_NS);
	pairs_untraced(prober, 1, start);
	count_reset(&prober->trace);
	pthread_barrier_wait(&probe.step);
	if (!me)
		take(prober, start, start + BLOCK - 1);
	if (!me && !is_deep(probe.ops))
		give(prober);
	pthread_barrier_wait(&probe.step);
	if (me)
		take(prober, start, start + BLOCK - 1);
	pthread_barrier_wait(&probe.step);
	if (!me && is_deep(probe.ops))
		give(prober);
	pthread_barrier_wait(&probe.step);
	if (me)
		give(prober);
	pthread_barrier_wait(&probe.step);
	if (!me)
		keep_trial(trial);
	pthread_barrier_wait(&probe.step);
}

static void *prober_main(void *arg)
{
	struct prober *prober = arg;
	unsigned int me = prober == &probe.prober[1], trial;

	for (trial = 0; trial < TRIALS; trial++)
		trial_of_two(me, trial);
	return NULL;
}

static void hold(char *reqs, unsigned int nr, u64 start)
{
	const struct lock_ops *ops = probe.ops;
	void (*take_free)(void *lock, void *req, u64 first, u64 last,
			  bool exclusive) =
		ops->hold ? ops->hold : ops->acquire;
	unsigned int i = nr;
	u64 first;

	/* From the last to the first: a list then needs no walk. */
	while (i--) {
		first = start + 2ull * i * BLOCK;
		take_free(probe.lock, reqs + i * ops->req_size, first,
			  first + BLOCK - 1, probe.row.exclusive);
	}
	probe.row.held = nr;
}

static void unhold(char *reqs, unsigned int nr)
{
	while (nr--)
		probe.ops->release(probe.lock, reqs + nr * probe.ops->req_size);
}

static char *reqs_of(const struct lock_ops *ops, unsigned int nr)
{
	char *reqs = calloc(nr + 1, ops->req_size);

	if (!reqs)
		abort();
	return reqs;
}

static void begin(const struct lock_ops *ops, const char *scenario)
{
	unsigned int i;

	memset(&probe.row, 0, sizeof(probe.row));
	probe.ops = ops;
	probe.contended = false;
	probe.too_long = false;
	probe.row.scenario = scenario;
	probe.row.lock = ops->name;
	/* One that ignores the range lets two in only if they share. */
	probe.row.exclusive = !(ops->properties & LOCK_IGNORES_RANGE);
	probe.lock = lock_ops_create(ops);
	if (!probe.lock)
		abort();
	for (i = 0; i < 2; i++) {
		memset(probe.prober[i].req, 0, sizeof(probe.prober[i].req));
		probe.prober[i].allocs = 0;
		prng_seed(&probe.prober[i].prng, i);
	}
}

static void end(count_emit_fn emit, void *arg)
{
	emit(arg, &probe.row);
	lock_ops_delete(probe.ops, probe.lock);
}

static void run_probers(void)
{
	pthread_t thread[2];
	unsigned int i;

	pthread_barrier_init(&probe.step, NULL, 2);
	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, prober_main,
				   &probe.prober[i]))
			abort();
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&probe.step);
}

/*
 * Two threads on 4 KiB each, side by side: on a quiet lock, after a fight, or
 * after a fight while somebody holds ranges elsewhere.
 */
static void count_pair(const struct lock_ops *ops, const char *scenario,
		       bool contended, unsigned int held, count_emit_fn emit,
		       void *arg)
{
	char *reqs = reqs_of(ops, held);

	begin(ops, scenario);
	probe.row.two = true;
	probe.contended = contended;
	hold(reqs, held, BUSY_START);
	run_probers();
	summarise();
	unhold(reqs, held);
	end(emit, arg);
	free(reqs);
}

/* The longest section may be that of a range which is not aligned. */
static void look_for_section(struct prober *prober, u64 start)
{
	struct count_trace *trace = &prober->trace;

	count_reset(trace);
	take(prober, start, start + BLOCK - 1);
	give(prober);
	probe.row.section = max(probe.row.section, (double)trace->section);
}

/* One thread, others hold ranges; the same gaps as u_held. */
static void count_held(const struct lock_ops *ops, unsigned int held,
		       count_emit_fn emit, void *arg)
{
	struct prober *prober = &probe.prober[0];
	char *reqs = reqs_of(ops, held);
	u64 start, until;
	unsigned int i;

	begin(ops, "c_held");
	hold(reqs, held, 0);
	/* It may take the lock a while to get used to them. */
	until = rlenv_now_ns() + FIRST_NS;
	for (i = 0; i < TRIALS; i++) {
		do {
			start = (2ull * prng_below(&prober->prng, held + 1) +
				 1) * BLOCK;
			pairs_untraced(prober, 16, start);
		} while (rlenv_now_ns() < until);
		count_reset(&prober->trace);
		take(prober, start, start + BLOCK - 1);
		give(prober);
		keep_trial(i);
		look_for_section(prober, (2ull * held + 2) * BLOCK - BLOCK / 2);
	}
	summarise();
	unhold(reqs, held);
	end(emit, arg);
	free(reqs);
}

/* The whole file, alone, right after a fight. */
static void count_whole(const struct lock_ops *ops, count_emit_fn emit,
			void *arg)
{
	struct prober *prober = &probe.prober[0];
	unsigned int i;

	begin(ops, "c_whole/contended");
	probe.contended = true;
	run_probers();
	probe.row.exclusive = true;
	probe.row.section = 0;
	for (i = 0; i < TRIALS; i++) {
		count_reset(&prober->trace);
		take(prober, 0, BENCH_WHOLE_LAST);
		give(prober);
		keep_trial(i);
	}
	summarise();
	end(emit, arg);
}

/*
 * What the lock keeps of a fight when it is over: after many pairs of one
 * thread, or after a time without any.
 */
static void count_calm(const struct lock_ops *ops, bool idle,
		       count_emit_fn emit, void *arg)
{
	s64 bytes;

	begin(ops, idle ? "c_calm/idle" : "c_calm/pairs");
	bytes = count_live_bytes();
	probe.contended = true;
	run_probers();
	if (!idle)
		pairs_untraced(&probe.prober[0], CALM_PAIRS, 0);
	/* Memory may wait for a grace period. */
	rlenv_sleep_ns(IDLE_NS);
	probe.row.calm = true;
	probe.row.bytes = (double)(count_live_bytes() - bytes);
	summarise();
	end(emit, arg);
}

/* What the counters of the lock say about a fight and calm pairs after it. */
static void count_counters(count_emit_fn emit, void *arg)
{
	static struct rangelock_stats stats;

	begin(&lock_ops_rl, "c_stats");
	memset(&stats, 0, sizeof(stats));
	rangelock_attach_stats(probe.lock, &stats);
	probe.row.stats = &stats;
	probe.contended = true;
	run_probers();
	pairs_untraced(&probe.prober[0], CALM_PAIRS, 0);
	rlenv_sleep_ns(IDLE_NS);
	summarise();
	end(emit, arg);
}

static void granted(struct rangelock_req *req)
{
}

/* The release of the whole file lets in all who wait for parts of it. */
static void count_waiters(unsigned int waiting, count_emit_fn emit, void *arg)
{
	struct rangelock_req *req = calloc(waiting, sizeof(*req));
	struct prober *prober = &probe.prober[0];
	unsigned int i, j;

	if (!req)
		abort();
	begin(&lock_ops_rl, "c_waiters");
	probe.row.held = waiting;
	for (i = 0; i < TRIALS; i++) {
		count_reset(&prober->trace);
		take(prober, 0, BENCH_WHOLE_LAST);
		for (j = 0; j < waiting; j++)
			if (rangelock_enqueue(probe.lock, &req[j], j * BLOCK,
					      (j + 1) * BLOCK - 1,
					      RANGELOCK_EXCLUSIVE, granted) !=
			    -EINPROGRESS)
				abort();
		give(prober);
		keep_trial(i);
		for (j = 0; j < waiting; j++)
			rangelock_release(probe.lock, &req[j]);
	}
	summarise();
	end(emit, arg);
	free(req);
}

/* What is not compiled by us shows as a lock that nobody writes to. */
static bool is_seen(const struct lock_ops *ops)
{
	const struct count_trace *trace = &probe.prober[0].trace;
	uintptr_t lock;
	size_t i;
	bool seen = false;

	begin(ops, "");
	lock = (uintptr_t)probe.lock;
	count_reset(&probe.prober[0].trace);
	take(&probe.prober[0], 0, BLOCK - 1);
	give(&probe.prober[0]);
	for (i = 0; i < trace->nr; i++)
		seen |= trace->access[i].addr - lock < ops->size &&
			trace->access[i].kind == COUNT_RMW;
	lock_ops_delete(ops, probe.lock);
	return seen;
}

/**
 * count_scenarios() - all situations of a lock
 * @ops:  the lock
 * @emit: called for each row
 * @arg:  for @emit
 *
 * Return: NULL, or why there is nothing to count.
 */
const char *count_scenarios(const struct lock_ops *ops, count_emit_fn emit,
			    void *arg)
{
	static const unsigned int held[] = { 0, 16, 256, 4096, 65536 };
	static const unsigned int waiting[] = { 16, 256, 1024 };
	const unsigned int no_ranges = LOCK_IGNORES_RANGE |
				       LOCK_PARTIAL_SHARED |
				       LOCK_EXCLUDES_NOBODY;
	unsigned int i;

	if (!is_seen(ops))
		return "its atomics are in a library that is not counted";
	count_pair(ops, "c_pair/quiet", false, 0, emit, arg);
	count_pair(ops, "c_pair/contended", true, 0, emit, arg);
	count_pair(ops, "c_pair/busy", true, BUSY_HELD, emit, arg);
	count_whole(ops, emit, arg);
	for (i = 0; i < ARRAY_SIZE(held); i++)
		if (!(ops->properties & no_ranges) &&
		    (is_deep(ops) || held[i] <= 256))
			count_held(ops, held[i], emit, arg);
	for (i = 0; i < ARRAY_SIZE(waiting) && ops == &lock_ops_rl; i++)
		count_waiters(waiting[i], emit, arg);
	if (ops == &lock_ops_rl)
		count_counters(emit, arg);
	count_calm(ops, false, emit, arg);
	count_calm(ops, true, emit, arg);
	return NULL;
}
