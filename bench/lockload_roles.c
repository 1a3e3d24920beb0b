/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Loads in which the workers are not alike: a guest that comes at fixed times
 * while the others go round, and bursts on the whole file between phases of
 * contention.
 */
#include "bench/lockload_internal.h"

#include <sys/resource.h>

/* Pairs of worker 0 in a phase of contention. */
#define CONTEND_PAIRS	512

/* Pairs of a burst before its clock starts: they fetch what the others wrote. */
#define BURST_WARM	32

/**
 * struct guest - the guest of a load
 * @thread: its worker
 * @load:   the lock under load
 * @prng:   source of its places
 * @before: pairs of each peer when it asked
 */
struct guest {
	struct harness_thread *thread;
	struct lockload *load;
	struct prng prng;
	u64 before[HARNESS_MAX_THREADS];
};

/* The most pairs that one peer finished while the guest waited. */
static u64 rounds_since(const struct guest *guest)
{
	unsigned int i, threads = guest->thread->job->threads;
	u64 most = 0;

	for (i = 1; i < threads; i++)
		most = max(most, harness_peer_ops(guest->thread, i) -
					 guest->before[i]);
	return most;
}

/*
 * Times that this thread lost its CPU unasked.  If it did so before it was
 * queued, the pairs of the others meanwhile say nothing about the lock.
 */
static u64 preemptions(void)
{
	struct rusage usage = { .ru_nivcsw = 0 };

	getrusage(RUSAGE_THREAD, &usage);
	return (u64)usage.ru_nivcsw;
}

static void visit(struct guest *guest)
{
	const struct lockload_guest *how = &guest->load->shape->guest;
	const struct lock_ops *ops = guest->load->ops;
	struct harness_thread *thread = guest->thread;
	bool count = thread->latency[LOCKLOAD_WHOLE] &&
		     READ_ONCE(*thread->counting);
	u64 start = 0, last = BENCH_WHOLE_LAST, asked, rounds, preempted;
	unsigned int i;

	if (how->size != LOCKLOAD_WHOLE_FILE) {
		start = (u64)prng_below(&guest->prng,
					guest->load->shape->area / how->size) *
			how->size;
		last = start + how->size - 1;
	}
	preempted = preemptions();
	for (i = 1; i < thread->job->threads; i++)
		guest->before[i] = harness_peer_ops(thread, i);
	asked = rlenv_now_ns();
	ops->acquire(guest->load->lock, thread->scratch, start, last, true);
	rounds = rounds_since(guest);
	if (count) {
		hist_add(thread->latency[LOCKLOAD_WHOLE],
			 rlenv_now_ns() - asked);
		if (preempted == preemptions())
			hist_add(thread->rounds, rounds);
	}
	if (how->hold_ns)
		rlenv_sleep_ns(how->hold_ns);
	ops->release(guest->load->lock, thread->scratch);
	harness_count(thread, LOCKLOAD_WHOLE);
}

/**
 * lockload_run_guest() - the loop of the guest
 * @thread: worker 0
 */
void lockload_run_guest(struct harness_thread *thread)
{
	struct guest guest = { .thread = thread, .load = thread->job->arg };
	const struct lockload_guest *how = &guest.load->shape->guest;
	u64 next = rlenv_now_ns(), now;

	prng_seed(&guest.prng, thread->seed);
	while (!harness_should_stop(thread)) {
		if (how->size)
			visit(&guest);
		next += how->pause_ns;
		now = rlenv_now_ns();
		if (next > now)
			rlenv_sleep_ns(next - now);
		else
			next = now;
	}
}

static void contend_once(struct harness_thread *thread, struct prng *prng)
{
	struct lockload *load = thread->job->arg;
	struct lockload_range range = { .turn = 0 };

	lockload_choose(load->shape, thread->index, prng, &range);
	load->ops->acquire(load->lock, thread->scratch, range.start,
			   range.last, range.exclusive);
	load->ops->release(load->lock, thread->scratch);
}

static void whole_pairs(struct harness_thread *thread, unsigned int pairs)
{
	struct lockload *load = thread->job->arg;

	while (pairs--) {
		load->ops->acquire(load->lock, thread->scratch, 0,
				   BENCH_WHOLE_LAST,
				   load->shape->whole_exclusive);
		load->ops->release(load->lock, thread->scratch);
	}
}

/* Until @number of the others rest. */
static void wait_for_rest(struct harness_thread *thread, unsigned int number)
{
	struct lockload *load = thread->job->arg;

	while (smp_load_acquire(&load->rest) != number &&
	       !harness_should_stop(thread))
		cpu_relax();
}

static void burst_leader(struct harness_thread *thread, struct prng *prng)
{
	struct lockload *load = thread->job->arg;
	unsigned int others = thread->job->threads - 1, i;
	u64 began;

	while (!harness_should_stop(thread)) {
		wait_for_rest(thread, 0);
		for (i = 0; i < CONTEND_PAIRS; i++)
			contend_once(thread, prng);
		smp_store_release(&load->resting, 1);
		wait_for_rest(thread, others);
		whole_pairs(thread, BURST_WARM);
		began = rlenv_now_ns();
		whole_pairs(thread, load->shape->burst);
		WRITE_ONCE(thread->busy_ns,
			   thread->busy_ns + rlenv_now_ns() - began);
		WRITE_ONCE(thread->ops[LOCKLOAD_WHOLE],
			   thread->ops[LOCKLOAD_WHOLE] + load->shape->burst);
		smp_store_release(&load->resting, 0);
	}
}

static void burst_follower(struct harness_thread *thread, struct prng *prng)
{
	struct lockload *load = thread->job->arg;

	while (!harness_should_stop(thread)) {
		if (!smp_load_acquire(&load->resting)) {
			contend_once(thread, prng);
			continue;
		}
		__atomic_fetch_add(&load->rest, 1, __ATOMIC_ACQ_REL);
		while (smp_load_acquire(&load->resting) &&
		       !harness_should_stop(thread))
			cpu_relax();
		__atomic_fetch_sub(&load->rest, 1, __ATOMIC_ACQ_REL);
	}
}

/**
 * lockload_run_burst() - the loop of a load in bursts
 * @thread: any worker
 */
void lockload_run_burst(struct harness_thread *thread)
{
	struct prng prng;

	prng_seed(&prng, thread->seed);
	if (thread->index)
		burst_follower(thread, &prng);
	else
		burst_leader(thread, &prng);
}
