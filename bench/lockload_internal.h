/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The choice of a range and the work inside it, shared by the loops of
 * lockload.c and lockload_roles.c.
 */
#ifndef BENCH_LOCKLOAD_INTERNAL_H
#define BENCH_LOCKLOAD_INTERNAL_H

#include "prng.h"
#include "bench/lockload.h"

#define LOCKLOAD_BLOCK	4096

/* A timed window times one pair in eight: two clock reads cost as much as a
 * pair, and timing all of them would measure the clock. */
#define LOCKLOAD_SAMPLE	8

/**
 * struct lockload_range - one choice
 * @start:     first byte
 * @last:      last byte, inclusive
 * @exclusive: how
 * @class:     how it is counted
 * @turn:      choices made so far
 */
struct lockload_range {
	u64 start;
	u64 last;
	bool exclusive;
	enum lockload_class class;
	unsigned int turn;
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

static __always_inline bool lockload_wants_whole(
	const struct lockload_shape *shape, struct prng *prng,
	struct lockload_range *range)
{
	if (shape->whole_every)
		return !(++range->turn % shape->whole_every);
	return shape->whole_permille &&
	       prng_below(prng, 1000) < shape->whole_permille;
}

static __always_inline u64 lockload_place(const struct lockload_shape *shape,
					  unsigned int index,
					  struct prng *prng)
{
	switch (shape->place) {
	case LOCKLOAD_SAME:
		break;
	case LOCKLOAD_PRIVATE:
		return (shape->held ? 2ull * index + 1 : index) * shape->size;
	case LOCKLOAD_RANDOM:
		return (u64)prng_below(prng, shape->area / LOCKLOAD_BLOCK) *
		       LOCKLOAD_BLOCK;
	case LOCKLOAD_GAP:
		return (2ull * prng_below(prng, shape->held + 1) + 1) *
		       shape->size;
	case LOCKLOAD_BEHIND:
		return 2ull * shape->held * shape->size;
	case LOCKLOAD_TAKEN:
		return 2ull * (shape->held / 2) * shape->size;
	case LOCKLOAD_EDGE:
		return (2ull * (shape->held / 2) + 1) * shape->size - 1;
	}
	return 0;
}

static __always_inline void lockload_choose(const struct lockload_shape *shape,
					    unsigned int index,
					    struct prng *prng,
					    struct lockload_range *range)
{
	if (lockload_wants_whole(shape, prng, range)) {
		range->start = 0;
		range->last = BENCH_WHOLE_LAST;
		range->exclusive = shape->whole_exclusive;
		range->class = LOCKLOAD_WHOLE;
		return;
	}
	range->start = lockload_place(shape, index, prng);
	range->last = range->start + shape->size - 1;
	range->exclusive = shape->exclusive;
	if (shape->shared_permille &&
	    prng_below(prng, 1000) < shape->shared_permille)
		range->exclusive = false;
	range->class = LOCKLOAD_NARROW;
}

/* The lock of a worker. */
void *lockload_lock(struct lockload *load, unsigned int index);

/* Loops of workers with a role, see struct lockload_guest, @burst, @queue. */
void lockload_run_queue(struct harness_thread *thread);
void lockload_run_guest(struct harness_thread *thread);
void lockload_run_burst(struct harness_thread *thread);

/* The loop of workers that do something inside, or between. */
bool lockload_has_section(const struct lockload_shape *shape);
void lockload_run_section(struct harness_thread *thread);

#endif /* BENCH_LOCKLOAD_INTERNAL_H */
