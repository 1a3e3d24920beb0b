/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rl`: the lock of this project, through its ordinary interface.
 */
#include "rangelock.h"
#include "bench/lock_ops.h"

static int bench_rl_init(void *lock)
{
	rangelock_init_named((struct rangelock *)lock, &rangelock_modes_rw,
			     "bench");
	return 0;
}

static void bench_rl_destroy(void *lock)
{
	WARN_ON(rangelock_destroy(lock));
}

static void bench_rl_acquire(void *lock, void *req, u64 start, u64 last,
			     bool exclusive)
{
	int err = rangelock_acquire(lock, req, start, last,
				    exclusive ? RANGELOCK_EXCLUSIVE :
						RANGELOCK_SHARED);

	WARN_ON_ONCE(err);
}

static void bench_rl_hold(void *lock, void *req, u64 start, u64 last,
			  bool exclusive)
{
	int err = rangelock_try(lock, req, start, last,
				exclusive ? RANGELOCK_EXCLUSIVE :
					    RANGELOCK_SHARED);

	WARN_ON_ONCE(err);
}

static bool bench_rl_try(void *lock, void *req, u64 start, u64 last,
			 bool exclusive)
{
	return !rangelock_try(lock, req, start, last,
			      exclusive ? RANGELOCK_EXCLUSIVE :
					  RANGELOCK_SHARED);
}

static void bench_rl_release(void *lock, void *req)
{
	rangelock_release(lock, req);
}

const struct lock_ops lock_ops_rl = {
	.name = "rl",
	.title = "the range lock of this project",
	.size = sizeof(struct rangelock),
	.req_size = sizeof(struct rangelock_req),
	.init = bench_rl_init,
	.destroy = bench_rl_destroy,
	.acquire = bench_rl_acquire,
	.hold = bench_rl_hold,
	.try_acquire = bench_rl_try,
	.release = bench_rl_release,
};
