/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rwsem`: the port of the kernel's rw_semaphore around the whole file, shared
 * for shared and exclusive for exclusive requests, as i_rwsem is used.
 */
#include "rl_env.h"
#include "bench/lock_ops.h"

/**
 * struct rwsem_req - one request
 * @exclusive: how the semaphore was taken; owner only
 */
struct rwsem_req {
	bool exclusive;
};

static int bench_rwsem_init(void *lock)
{
	init_rwsem((struct rw_semaphore *)lock);
	return 0;
}

static void bench_rwsem_destroy(void *lock)
{
}

static void bench_rwsem_acquire(void *lock, void *arg, u64 start, u64 last,
				bool exclusive)
{
	struct rwsem_req *req = arg;

	req->exclusive = exclusive;
	if (exclusive)
		down_write(lock);
	else
		down_read(lock);
}

static bool bench_rwsem_try(void *lock, void *arg, u64 start, u64 last,
			   bool exclusive)
{
	struct rwsem_req *req = arg;

	req->exclusive = exclusive;
	if (req->exclusive)
		return down_write_trylock(lock);
	return down_read_trylock(lock);
}

static void bench_rwsem_release(void *lock, void *arg)
{
	struct rwsem_req *req = arg;

	if (req->exclusive)
		up_write(lock);
	else
		up_read(lock);
}

const struct lock_ops lock_ops_rwsem = {
	.name = "rwsem",
	.title = "port of the kernel's rw_semaphore around the whole file",
	.properties = LOCK_IGNORES_RANGE,
	.size = sizeof(struct rw_semaphore),
	.req_size = sizeof(struct rwsem_req),
	.init = bench_rwsem_init,
	.destroy = bench_rwsem_destroy,
	.acquire = bench_rwsem_acquire,
	.try_acquire = bench_rwsem_try,
	.release = bench_rwsem_release,
};
