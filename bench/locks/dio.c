/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `dio`: the rules of dio_sem (fs/btrfs, Linux 4.7 to 5.9) on the port of the
 * kernel's rw_semaphore.  A direct IO on a part of the file takes it shared,
 * whether it reads or writes; fsync, which is the whole file, takes it
 * exclusive.  So writers never exclude each other here, and a comparison on
 * disjoint writers compares with a lock that gives less.
 */
#include "rl_env.h"
#include "bench/lock_ops.h"

/**
 * struct dio_req - one request
 * @exclusive: how the semaphore was taken; owner only
 */
struct dio_req {
	bool exclusive;
};

static int bench_dio_init(void *lock)
{
	init_rwsem((struct rw_semaphore *)lock);
	return 0;
}

static void bench_dio_destroy(void *lock)
{
}

static void bench_dio_acquire(void *lock, void *arg, u64 start, u64 last,
			      bool exclusive)
{
	struct dio_req *req = arg;

	req->exclusive = exclusive && !start && last == BENCH_WHOLE_LAST;
	if (req->exclusive)
		down_write(lock);
	else
		down_read(lock);
}

static bool bench_dio_try(void *lock, void *arg, u64 start, u64 last,
			 bool exclusive)
{
	struct dio_req *req = arg;

	req->exclusive = exclusive && !start && last == BENCH_WHOLE_LAST;
	if (req->exclusive)
		return down_write_trylock(lock);
	return down_read_trylock(lock);
}

static void bench_dio_release(void *lock, void *arg)
{
	struct dio_req *req = arg;

	if (req->exclusive)
		up_write(lock);
	else
		up_read(lock);
}

const struct lock_ops lock_ops_dio = {
	.name = "dio",
	.title = "dio_sem rules: part of the file shared, whole file exclusive",
	.properties = LOCK_PARTIAL_SHARED,
	.size = sizeof(struct rw_semaphore),
	.req_size = sizeof(struct dio_req),
	.init = bench_dio_init,
	.destroy = bench_dio_destroy,
	.acquire = bench_dio_acquire,
	.try_acquire = bench_dio_try,
	.release = bench_dio_release,
};
