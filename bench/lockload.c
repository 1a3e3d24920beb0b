/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load on one lock, see lockload.h.
 */
#include "bench/lockload_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "prng.h"

/* A timed window times one pair in eight: two clock reads cost as much as a
 * pair, and timing all of them would measure the clock. */
#define LOCKLOAD_SAMPLE	8

/**
 * lockload_pairs() - some pairs in a row, by the calling thread
 * @load:  lock under load
 * @req:   memory for its request
 * @prng:  source of choices
 * @count: number of pairs
 */
void lockload_pairs(struct lockload *load, void *req, struct prng *prng,
		    unsigned int count)
{
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	struct lockload_range range = { .turn = 0 };

	while (count--) {
		lockload_choose(shape, 0, prng, &range);
		ops->acquire(load->lock, req, range.start, range.last,
			     range.exclusive);
		lockload_work(shape->inside);
		ops->release(load->lock, req);
	}
}

static void run_untimed(struct harness_thread *thread)
{
	struct lockload *load = thread->job->arg;
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	struct lockload_range range = { .turn = 0 };
	struct prng prng;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		lockload_choose(shape, thread->index, &prng, &range);
		ops->acquire(load->lock, thread->scratch, range.start,
			     range.last, range.exclusive);
		lockload_work(shape->inside);
		ops->release(load->lock, thread->scratch);
		harness_count(thread, range.class);
	}
}

static void run_timed(struct harness_thread *thread)
{
	struct lockload *load = thread->job->arg;
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	struct lockload_range range = { .turn = 0 };
	struct prng prng;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		bool sample = !prng_below(&prng, LOCKLOAD_SAMPLE) &&
			      READ_ONCE(*thread->counting);
		u64 asked = 0;

		lockload_choose(shape, thread->index, &prng, &range);
		if (sample)
			asked = rlenv_now_ns();
		ops->acquire(load->lock, thread->scratch, range.start,
			     range.last, range.exclusive);
		if (sample)
			hist_add(thread->latency[range.class],
				 rlenv_now_ns() - asked);
		lockload_work(shape->inside);
		ops->release(load->lock, thread->scratch);
		harness_count(thread, range.class);
	}
}

static void run_with_guest(struct harness_thread *thread)
{
	if (!thread->index)
		lockload_run_guest(thread);
	else if (thread->job->timed)
		run_timed(thread);
	else
		run_untimed(thread);
}

/**
 * lockload_job() - describe the load to the harness
 * @load: lock under load
 * @job:  @threads, @timed and @seed are set by the caller, the rest here
 */
void lockload_job(struct lockload *load, struct harness_job *job)
{
	job->run = job->timed ? run_timed : run_untimed;
	if (load->shape->guest.present)
		job->run = run_with_guest;
	if (load->shape->burst)
		job->run = lockload_run_burst;
	job->arg = load;
	job->scratch = load->ops->req_size;
}

/**
 * lockload_fits() - whether a lock can run a shape at all
 * @shape: what the workers do
 * @ops:   the lock
 * @why:   filled with the reason if not
 *
 * Return: false if the lock would wait for itself, or is none.
 */
bool lockload_fits(const struct lockload_shape *shape,
		   const struct lock_ops *ops, const char **why)
{
	if (shape->held && (ops->properties & LOCK_IGNORES_RANGE)) {
		*why = "it ignores the range and would wait for the held ones";
		return false;
	}
	if (!ops->acquire) {
		*why = "it is a design of the engine, not a lock";
		return false;
	}
	return true;
}

static void *held_req(struct lockload *load, unsigned int i)
{
	return load->held + (size_t)i * load->ops->req_size;
}

/**
 * lockload_init() - make a lock and hold what the shape wants held
 * @load:  filled
 * @shape: has to stay until lockload_destroy()
 * @ops:   the lock
 *
 * Return: 0 or -ENOMEM.
 */
int lockload_init(struct lockload *load, const struct lockload_shape *shape,
		  const struct lock_ops *ops)
{
	void (*hold)(void *lock, void *req, u64 start, u64 last,
		     bool exclusive) = ops->hold ? ops->hold : ops->acquire;
	unsigned int i;

	*load = (struct lockload){ .shape = shape, .ops = ops };
	load->lock = lock_ops_create(ops);
	if (!load->lock)
		return -ENOMEM;
	if (!shape->held)
		return 0;
	load->held = calloc(shape->held, ops->req_size);
	if (!load->held) {
		lock_ops_delete(ops, load->lock);
		return -ENOMEM;
	}
	/* From the last, or a sorted list would be walked to its end each time. */
	for (i = shape->held; i-- > 0;)
		hold(load->lock, held_req(load, i), 2ull * i * shape->size,
		     (2ull * i + 1) * shape->size - 1, true);
	return 0;
}

/**
 * lockload_destroy() - undo lockload_init(), by the same thread
 * @load: without a window in progress
 */
void lockload_destroy(struct lockload *load)
{
	unsigned int i;

	for (i = 0; i < load->shape->held; i++)
		load->ops->release(load->lock, held_req(load, i));
	free(load->held);
	lock_ops_delete(load->ops, load->lock);
}
