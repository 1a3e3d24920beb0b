/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `busted`: a range lock with an off-by-one, which takes `last` for exclusive
 * and so lets two owners share the last page of a range.  It exists to show
 * that the owner checker bites; it is never timed.
 */
#include "rangelock.h"
#include "bench/lock_ops.h"

#define BUSTED_PAGE	4096

static int bench_busted_init(void *lock)
{
	return lock_ops_rl.init(lock);
}

static void bench_busted_destroy(void *lock)
{
	lock_ops_rl.destroy(lock);
}

static void bench_busted_acquire(void *lock, void *req, u64 start, u64 last,
				 bool exclusive)
{
	if (last - start >= BUSTED_PAGE)
		last -= BUSTED_PAGE;
	lock_ops_rl.acquire(lock, req, start, last, exclusive);
}

static void bench_busted_release(void *lock, void *req)
{
	lock_ops_rl.release(lock, req);
}

const struct lock_ops lock_ops_busted = {
	.name = "busted",
	.title = "wrong on purpose (off by one), to test the checker",
	.properties = LOCK_BUSTED,
	.size = sizeof(struct rangelock),
	.req_size = sizeof(struct rangelock_req),
	.init = bench_busted_init,
	.destroy = bench_busted_destroy,
	.acquire = bench_busted_acquire,
	.release = bench_busted_release,
};
