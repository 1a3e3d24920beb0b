/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The loop of workers that do more than take a range and give it back: they
 * sleep inside, write a word there, work outside, only try, or draw their range
 * in a way of its own.  Apart from the plain loop, which would pay for asking.
 */
#include "bench/lockload_internal.h"

/* The largest range of a mix is so many times doubled. */
#define ZIPF_DOUBLED	12

/**
 * lockload_has_section() - whether a shape wants this loop
 * @shape: what the workers do
 *
 * Return: false if the plain one does.
 */
bool lockload_has_section(const struct lockload_shape *shape)
{
	return shape->tries || shape->zipf || shape->hot_permille ||
	       shape->outside || shape->hold_ns || shape->touch;
}

/* What the plain choice does not draw. */
static void vary(const struct lockload_shape *shape, struct prng *prng,
		 struct lockload_range *range)
{
	u64 size = shape->size;
	unsigned int doubled;

	if (range->class == LOCKLOAD_WHOLE)
		return;
	if (shape->hot_permille && prng_below(prng, 1000) < shape->hot_permille)
		range->start = 0;
	for (doubled = 0; shape->zipf && doubled < ZIPF_DOUBLED; doubled++) {
		if (prng_below(prng, 2))
			break;
		size *= 2;
	}
	range->last = range->start + size - 1;
}

static u64 *touched_word(struct lockload *load, void *lock)
{
	switch (load->shape->touch) {
	case LOCKLOAD_TOUCH_NOTHING:
		break;
	case LOCKLOAD_TOUCH_APART:
		return &load->word;
	case LOCKLOAD_TOUCH_BESIDE:
		return lock + round_up(load->ops->size, sizeof(u64));
	}
	return NULL;
}

static void inside(const struct lockload_shape *shape, u64 *word)
{
	if (word)
		WRITE_ONCE(*word, READ_ONCE(*word) + 1);
	lockload_work(shape->inside);
	if (shape->hold_ns)
		rlenv_sleep_ns(shape->hold_ns);
}

static bool take(const struct lockload *load, void *lock, void *req,
		 const struct lockload_range *range)
{
	if (load->shape->tries)
		return load->ops->try_acquire(lock, req, range->start,
					      range->last, range->exclusive);
	load->ops->acquire(lock, req, range->start, range->last,
			   range->exclusive);
	return true;
}

/* Where a pair sleeps, the clock costs nothing. */
static bool wants_time(const struct harness_thread *thread,
		       const struct lockload_shape *shape, struct prng *prng)
{
	return thread->job->timed &&
	       (shape->hold_ns || !prng_below(prng, LOCKLOAD_SAMPLE)) &&
	       READ_ONCE(*thread->counting);
}

/**
 * lockload_run_section() - the loop
 * @thread: any worker
 */
void lockload_run_section(struct harness_thread *thread)
{
	struct lockload *load = thread->job->arg;
	const struct lockload_shape *shape = load->shape;
	struct lockload_range range = { .turn = 0 };
	void *lock = lockload_lock(load, thread->index);
	u64 *word = touched_word(load, lock), asked;
	struct prng prng;
	bool taken, time;

	prng_seed(&prng, thread->seed);
	while (!harness_should_stop(thread)) {
		time = wants_time(thread, shape, &prng);
		lockload_choose(shape, thread->index, &prng, &range);
		vary(shape, &prng, &range);
		asked = time ? rlenv_now_ns() : 0;
		taken = take(load, lock, thread->scratch, &range);
		if (time)
			hist_add(thread->latency[range.class],
				 rlenv_now_ns() - asked);
		if (taken) {
			inside(shape, word);
			load->ops->release(lock, thread->scratch);
		}
		harness_count(thread, range.class);
		lockload_work(shape->outside);
	}
}
