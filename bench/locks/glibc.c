/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `glibc`: pthread_rwlock_t around the whole file, in the kind that does not
 * starve writers.  A sanity row: what a program would take without thinking.
 */
#include <pthread.h>

#include "bench/lock_ops.h"

/**
 * struct glibc_req - one request
 * @unused: the rwlock knows by itself how it was taken
 */
struct glibc_req {
	u8 unused;
};

static int bench_glibc_init(void *lock)
{
	pthread_rwlockattr_t attr;
	int err;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
		&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	err = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -err;
}

static void bench_glibc_destroy(void *lock)
{
	pthread_rwlock_destroy(lock);
}

static void bench_glibc_acquire(void *lock, void *req, u64 start, u64 last,
				bool exclusive)
{
	if (exclusive)
		pthread_rwlock_wrlock(lock);
	else
		pthread_rwlock_rdlock(lock);
}

static bool bench_glibc_try(void *lock, void *req, u64 start, u64 last,
			    bool exclusive)
{
	if (exclusive)
		return !pthread_rwlock_trywrlock(lock);
	return !pthread_rwlock_tryrdlock(lock);
}

static void bench_glibc_release(void *lock, void *req)
{
	pthread_rwlock_unlock(lock);
}

const struct lock_ops lock_ops_glibc = {
	.name = "glibc",
	.title = "pthread_rwlock around the whole file",
	.properties = LOCK_IGNORES_RANGE,
	.size = sizeof(pthread_rwlock_t),
	.req_size = sizeof(struct glibc_req),
	.init = bench_glibc_init,
	.destroy = bench_glibc_destroy,
	.acquire = bench_glibc_acquire,
	.try_acquire = bench_glibc_try,
	.release = bench_glibc_release,
};
