/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Speed-of-light rows.  `none` is the cost of the loop around a lock, `atomic`
 * that of one locked add on a shared word, below which no lock of one word can
 * go.  Neither excludes anybody, and both say so.
 */
#include "bench/lock_ops.h"

static int bench_none_init(void *lock)
{
	return 0;
}

static void bench_none_destroy(void *lock)
{
}

static void bench_none_acquire(void *lock, void *req, u64 start, u64 last,
			       bool exclusive)
{
	barrier();
}

static void bench_none_release(void *lock, void *req)
{
	barrier();
}

static void bench_atomic_acquire(void *lock, void *req, u64 start, u64 last,
				 bool exclusive)
{
	atomic64_inc((atomic64_t *)lock);
}

const struct lock_ops lock_ops_none = {
	.name = "none",
	.title = "no lock: the cost of the loop",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(u64),
	.req_size = sizeof(u64),
	.init = bench_none_init,
	.destroy = bench_none_destroy,
	.acquire = bench_none_acquire,
	.release = bench_none_release,
};

const struct lock_ops lock_ops_atomic = {
	.name = "atomic",
	.title = "one atomic add on a shared word",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(atomic64_t),
	.req_size = sizeof(u64),
	.init = bench_none_init,
	.destroy = bench_none_destroy,
	.acquire = bench_atomic_acquire,
	.release = bench_none_release,
};
