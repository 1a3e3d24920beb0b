/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Queues: worker 0 holds the range until all others want it and then gives it
 * back, once and again.  What counts is the time from there until the last of
 * them has had it, and how many places each lost to workers that asked later.
 */
#include "bench/lockload_internal.h"

/* From about to ask to asleep in the lock. */
#define SETTLE_NS	100000
#define POLL_NS		10000

static u32 load_u32(const u32 *word)
{
	return smp_load_acquire(word);
}

/* Until @word is @value; false if the window is over. */
static bool wait_until(const struct harness_thread *thread, const u32 *word,
		       u32 value)
{
	while (load_u32(word) != value) {
		if (harness_should_stop(thread))
			return false;
		rlenv_sleep_ns(POLL_NS);
	}
	return true;
}

static void count_round(struct harness_thread *thread, u64 ns,
			unsigned int others)
{
	WRITE_ONCE(thread->busy_ns, thread->busy_ns + ns);
	WRITE_ONCE(thread->ops[LOCKLOAD_NARROW],
		   thread->ops[LOCKLOAD_NARROW] + others);
}

static void lead(struct harness_thread *thread, struct lockload *load)
{
	struct lockload_queue *queue = &load->queue;
	const u64 last = load->shape->size - 1;
	u32 others = thread->job->threads - 1;
	u64 began;
	bool all;

	while (!harness_should_stop(thread)) {
		load->ops->acquire(load->lock, thread->scratch, 0, last, true);
		WRITE_ONCE(queue->asked, 0);
		WRITE_ONCE(queue->granted, 0);
		/* Pairs with the acquire in wait_until() and follow(). */
		smp_store_release(&queue->round, queue->round + 1);
		all = wait_until(thread, &queue->asked, others);
		rlenv_sleep_ns(SETTLE_NS);
		began = rlenv_now_ns();
		load->ops->release(load->lock, thread->scratch);
		if (all && wait_until(thread, &queue->granted, others))
			count_round(thread, READ_ONCE(queue->done_ns) - began,
				    others);
	}
}

/* One queue, from its end; places lost are the rounds of a wait. */
static void follow_once(struct harness_thread *thread, struct lockload *load)
{
	struct lockload_queue *queue = &load->queue;
	u32 asked, granted;

	asked = __atomic_fetch_add(&queue->asked, 1, __ATOMIC_ACQ_REL);
	load->ops->acquire(load->lock, thread->scratch, 0,
			   load->shape->size - 1, true);
	granted = READ_ONCE(queue->granted);
	WRITE_ONCE(queue->done_ns, rlenv_now_ns());
	/* Pairs with the acquire in wait_until(): done_ns is set. */
	smp_store_release(&queue->granted, granted + 1);
	if (thread->rounds && READ_ONCE(*thread->counting))
		hist_add(thread->rounds, granted > asked ? granted - asked : 0);
	load->ops->release(load->lock, thread->scratch);
}

static void follow(struct harness_thread *thread, struct lockload *load)
{
	u32 seen = 0, round;

	while (!harness_should_stop(thread)) {
		round = load_u32(&load->queue.round);
		if (round == seen) {
			rlenv_sleep_ns(POLL_NS);
			continue;
		}
		seen = round;
		follow_once(thread, load);
	}
}

/**
 * lockload_run_queue() - the loop of a load in queues
 * @thread: any worker
 */
void lockload_run_queue(struct harness_thread *thread)
{
	if (thread->index)
		follow(thread, thread->job->arg);
	else
		lead(thread, thread->job->arg);
}
