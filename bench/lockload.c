/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load on one lock, see lockload.h.
 */
#include "bench/lockload.h"

#include <errno.h>
#include <stdlib.h>

#include "prng.h"

#define LOCKLOAD_BLOCK	4096

/* A timed window times one pair in eight: two clock reads cost as much as a
 * pair, and timing all of them would measure the clock. */
#define LOCKLOAD_SAMPLE	8

/**
 * struct lockload_range - one choice
 */
struct lockload_range {
	u64 start;
	u64 last;
	bool exclusive;
	enum lockload_class class;
};

/* Work that the compiler can neither shorten nor drop. */
static __always_inline void lockload_work(unsigned int steps)
{
	u64 x = steps;

	while (steps--) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		__asm__ volatile("" : "+r"(x));
	}
}

static __always_inline void lockload_choose(const struct lockload_shape *shape,
					    unsigned int index,
					    struct prng *prng,
					    struct lockload_range *range)
{
	if (shape->whole_permille &&
	    prng_below(prng, 1000) < shape->whole_permille) {
		range->start = 0;
		range->last = BENCH_WHOLE_LAST;
		range->exclusive = shape->whole_exclusive;
		range->class = LOCKLOAD_WHOLE;
		return;
	}
	range->start = 0;
	switch (shape->place) {
	case LOCKLOAD_SAME:
		break;
	case LOCKLOAD_PRIVATE:
		range->start = index * shape->size;
		break;
	case LOCKLOAD_RANDOM:
		range->start = (u64)prng_below(prng,
					       shape->area / LOCKLOAD_BLOCK) *
			       LOCKLOAD_BLOCK;
		break;
	case LOCKLOAD_GAP:
		range->start = (2ull * prng_below(prng, shape->held + 1) + 1) *
			       shape->size;
		break;
	}
	range->last = range->start + shape->size - 1;
	range->exclusive = shape->exclusive;
	range->class = LOCKLOAD_NARROW;
}

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
	struct lockload_range range;

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
	struct lockload_range range;
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
	struct lockload_range range;
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

/**
 * lockload_job() - describe the load to the harness
 * @load: lock under load
 * @job:  @threads, @timed and @seed are set by the caller, the rest here
 */
void lockload_job(struct lockload *load, struct harness_job *job)
{
	job->run = job->timed ? run_timed : run_untimed;
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
	for (i = 0; i < shape->held; i++)
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
