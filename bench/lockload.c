/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load on one lock, see lockload.h.
 */
#include "bench/lockload_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "prng.h"

#define LOCKLOAD_LINE	64

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

/**
 * lockload_lock() - the lock of a worker, made by it where each has its own
 * @load:  under load
 * @index: of the worker
 *
 * Return: the lock.
 */
void *lockload_lock(struct lockload *load, unsigned int index)
{
	if (!load->own)
		return load->lock;
	if (!load->own[index])
		load->own[index] = lock_ops_create(load->ops);
	if (!load->own[index])
		abort();
	return load->own[index];
}

static void run_untimed(struct harness_thread *thread)
{
	struct lockload *load = thread->job->arg;
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	struct lockload_range range = { .turn = 0 };
	void *lock = lockload_lock(load, thread->index);
	struct prng prng;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		lockload_choose(shape, thread->index, &prng, &range);
		ops->acquire(lock, thread->scratch, range.start,
			     range.last, range.exclusive);
		lockload_work(shape->inside);
		ops->release(lock, thread->scratch);
		harness_count(thread, range.class);
	}
}

static void run_timed(struct harness_thread *thread)
{
	struct lockload *load = thread->job->arg;
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	struct lockload_range range = { .turn = 0 };
	void *lock = lockload_lock(load, thread->index);
	struct prng prng;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		bool sample = !prng_below(&prng, LOCKLOAD_SAMPLE) &&
			      READ_ONCE(*thread->counting);
		u64 asked = 0;

		lockload_choose(shape, thread->index, &prng, &range);
		if (sample)
			asked = rlenv_now_ns();
		ops->acquire(lock, thread->scratch, range.start,
			     range.last, range.exclusive);
		if (sample)
			hist_add(thread->latency[range.class],
				 rlenv_now_ns() - asked);
		lockload_work(shape->inside);
		ops->release(lock, thread->scratch);
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
	if (load->shape->queue)
		job->run = lockload_run_queue;
	if (lockload_has_section(load->shape))
		job->run = lockload_run_section;
	job->loose = load->shape->loose;
	load->queue = (struct lockload_queue){ .round = 0 };
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
	if (shape->tries && !ops->try_acquire) {
		*why = "it has no verb that only tries";
		return false;
	}
	if ((shape->queue || shape->place >= LOCKLOAD_TAKEN) &&
	    (ops->properties &
	     (LOCK_PARTIAL_SHARED | LOCK_EXCLUDES_NOBODY))) {
		*why = "nobody waits for a part of the file";
		return false;
	}
	if (shape->touch == LOCKLOAD_TOUCH_BESIDE &&
	    !(ops->size % LOCKLOAD_LINE)) {
		*why = "its last line is full";
		return false;
	}
	return true;
}

static void *held_req(struct lockload *load, unsigned int i)
{
	return load->held + (size_t)i * load->ops->req_size;
}

static int hold(struct lockload *load)
{
	const struct lockload_shape *shape = load->shape;
	const struct lock_ops *ops = load->ops;
	void (*take)(void *lock, void *req, u64 start, u64 last,
		     bool exclusive) = ops->hold ? ops->hold : ops->acquire;
	unsigned int i;

	load->held = calloc(shape->held, ops->req_size);
	if (!load->held)
		return -ENOMEM;
	/* From the last, or a sorted list would be walked to its end each time. */
	for (i = shape->held; i-- > 0;)
		take(load->lock, held_req(load, i), 2ull * i * shape->size,
		     (2ull * i + 1) * shape->size - 1, true);
	return 0;
}

static void unhold(struct lockload *load)
{
	unsigned int i;

	for (i = 0; i < load->shape->held && load->held; i++)
		load->ops->release(load->lock, held_req(load, i));
	free(load->held);
	load->held = NULL;
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
	int err = 0;

	*load = (struct lockload){ .shape = shape, .ops = ops };
	load->lock = lock_ops_create(ops);
	if (!load->lock)
		return -ENOMEM;
	if (shape->apart) {
		load->own = calloc(HARNESS_MAX_THREADS, sizeof(*load->own));
		err = load->own ? 0 : -ENOMEM;
	}
	if (!err && shape->held)
		err = hold(load);
	if (err)
		lockload_destroy(load);
	else if (shape->freed)
		unhold(load);
	return err;
}

/**
 * lockload_destroy() - undo lockload_init(), by the same thread
 * @load: without a window in progress
 */
void lockload_destroy(struct lockload *load)
{
	unsigned int i;

	unhold(load);
	for (i = 0; i < HARNESS_MAX_THREADS && load->own; i++)
		lock_ops_delete(load->ops, load->own[i]);
	free(load->own);
	lock_ops_delete(load->ops, load->lock);
}
