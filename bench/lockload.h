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
	/* Each worker a range of its own, side by side. */
	LOCKLOAD_PRIVATE,
	/* Anywhere in the area, on a 4 KiB boundary, drawn for each pair. */
	LOCKLOAD_RANDOM,
	/* In a random gap between the ranges held by somebody else. */
	LOCKLOAD_GAP,
};

/* Classes of operations, reported apart. */
enum lockload_class {
	LOCKLOAD_NARROW,
	LOCKLOAD_WHOLE,
};

/**
 * struct lockload_shape - what the workers do
 * @place:           where a narrow range is
 * @size:            its bytes
 * @area:            bytes of the file that LOCKLOAD_RANDOM draws from
 * @exclusive:       narrow ranges are exclusive
 * @whole_permille:  share of pairs on the whole file
 * @whole_exclusive: those are exclusive
 * @held:            exclusive ranges held all the time by somebody else
 * @inside:          dependent multiply-adds inside the section
 */
struct lockload_shape {
	enum lockload_place place;
	u64 size;
	u64 area;
	bool exclusive;
	unsigned int whole_permille;
	bool whole_exclusive;
	unsigned int held;
	unsigned int inside;
};

/**
 * struct lockload - a lock under load
 * @shape: what the workers do; constant
 * @ops:   the lock; constant
 * @lock:  instance of it
 * @held:  requests of the ranges held by somebody else
 */
struct lockload {
	const struct lockload_shape *shape;
	const struct lock_ops *ops;
	void *lock;
	char *held;
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
