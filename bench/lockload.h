/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load on one lock: each worker takes a range, works inside, gives it back
 * and starts again.  What the ranges look like is a struct lockload_shape, so a
 * scenario is data.
 */
#ifndef BENCH_LOCKLOAD_H
#define BENCH_LOCKLOAD_H

#include "bench/harness.h"
#include "bench/lock_ops.h"

/* Where a worker takes its range. */
enum lockload_place {
	/* All workers the same range. */
	LOCKLOAD_SAME,
	/* Each worker a range of its own, side by side, or in the gaps between
	 * the ranges held by somebody else and behind them. */
	LOCKLOAD_PRIVATE,
	/* Anywhere in the area, on a 4 KiB boundary, drawn for each pair. */
	LOCKLOAD_RANDOM,
	/* In a random gap between the ranges held by somebody else. */
	LOCKLOAD_GAP,
	/* Behind the last of them. */
	LOCKLOAD_BEHIND,
	/* On one of them, or with one byte on it: for who tries only. */
	LOCKLOAD_TAKEN,
	LOCKLOAD_EDGE,
};

/* A word that all workers write inside their section. */
enum lockload_touch {
	LOCKLOAD_TOUCH_NOTHING,
	/* On a cache line of its own. */
	LOCKLOAD_TOUCH_APART,
	/* Right behind the lock, as the fields of an inode are. */
	LOCKLOAD_TOUCH_BESIDE,
};

/* Classes of operations, reported apart; the guest counts as the second. */
enum lockload_class {
	LOCKLOAD_NARROW,
	LOCKLOAD_WHOLE,
};

/* A guest whose range is the whole file. */
#define LOCKLOAD_WHOLE_FILE	U64_MAX

/**
 * struct lockload_guest - worker 0 does something else than the others
 * @present:  there is one
 * @size:     bytes of its exclusive range, at random in the area;
 *            LOCKLOAD_WHOLE_FILE, or 0: it only passes the time
 * @hold_ns:  it sleeps so long inside
 * @pause_ns: so long from one arrival to the next
 */
struct lockload_guest {
	bool present;
	u64 size;
	u64 hold_ns;
	u64 pause_ns;
};

/**
 * struct lockload_shape - what the workers do
 * @place:           where a narrow range is
 * @size:            its bytes
 * @area:            bytes of the file that LOCKLOAD_RANDOM draws from
 * @exclusive:       narrow ranges are exclusive
 * @shared_permille: but for this share of them
 * @whole_permille:  share of pairs on the whole file
 * @whole_every:     or every so manieth pair of a worker
 * @whole_exclusive: those are exclusive
 * @held:            exclusive ranges held all the time by somebody else
 * @inside:          dependent multiply-adds inside the section
 * @burst:           workers contend and rest in turn, and only so many pairs of
 *                   worker 0 on the whole file count, done while the others rest
 * @guest:           what worker 0 does, if it is not like the others
 * @apart:           each worker has a lock of its own
 * @freed:           the @held ranges are given back before the load begins
 * @loose:           the scheduler places the workers
 * @tries:           they try, and a refusal counts as a pair
 * @zipf:            narrow ranges of @size and of powers of two more, each twice
 *                   as often as the next
 * @hot_permille:    share of the narrow pairs on the first bytes of the file
 * @outside:         multiply-adds between two pairs
 * @hold_ns:         a worker sleeps so long inside
 * @touch:           what it writes inside
 * @queue:           worker 0 holds the range until all others want it, and what
 *                   counts is how they get it one after the other
 */
struct lockload_shape {
	enum lockload_place place;
	u64 size;
	u64 area;
	bool exclusive;
	unsigned int shared_permille;
	unsigned int whole_permille;
	unsigned int whole_every;
	bool whole_exclusive;
	unsigned int held;
	unsigned int inside;
	unsigned int burst;
	struct lockload_guest guest;
	bool apart;
	bool freed;
	bool loose;
	bool tries;
	bool zipf;
	unsigned int hot_permille;
	unsigned int outside;
	u64 hold_ns;
	enum lockload_touch touch;
	bool queue;
};

/**
 * struct lockload_queue - workers that queue up behind worker 0
 * @round:   number of the queue; written by worker 0 while it has the range
 * @asked:   workers that are about to ask for the range; atomic
 * @granted: workers that have got it; atomic
 * @done_ns: when the last of them did, or 0
 */
struct lockload_queue {
	u32 round;
	u32 asked;
	u32 granted;
	u64 done_ns;
};

/**
 * struct lockload - a lock under load
 * @shape:   what the workers do; constant
 * @ops:     the lock; constant
 * @lock:    instance of it
 * @own:     of a load with a lock per worker, these; each made by its worker
 * @held:    requests of the ranges held by somebody else
 * @resting: of a load in bursts: the others have to rest; written by worker 0
 * @rest:    how many do; atomic
 * @word:    what they write inside, if it is not beside the lock
 * @queue:   of a load in queues, see lockload_queue.c
 */
struct lockload {
	const struct lockload_shape *shape;
	const struct lock_ops *ops;
	void *lock;
	void **own;
	char *held;
	u32 resting __attribute__((aligned(256)));
	u32 rest __attribute__((aligned(256)));
	u64 word __attribute__((aligned(256)));
	struct lockload_queue queue __attribute__((aligned(256)));
};

struct prng;

int lockload_init(struct lockload *load, const struct lockload_shape *shape,
		  const struct lock_ops *ops);
void lockload_destroy(struct lockload *load);
bool lockload_fits(const struct lockload_shape *shape,
		   const struct lock_ops *ops, const char **why);
void lockload_job(struct lockload *load, struct harness_job *job);
void lockload_pairs(struct lockload *load, void *req, struct prng *prng,
		    unsigned int count);

#endif /* BENCH_LOCKLOAD_H */
