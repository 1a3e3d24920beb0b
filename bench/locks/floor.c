/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The floor: nothing but the atomics that a lock needs, one thread, no range
 * kept, nobody excluded.  `rmw` is a locked read-modify-write to take and a
 * plain store to give back, which is all that a lock with one owner can get by
 * with; `rmw2` gives back with a second locked one, as whoever shares its word
 * with others has to.
 * `rmwh` is `rmw` on one of FLOOR_LINES lines, picked by the offset: what it costs
 * at random offsets is what the machine asks for moving a line from the processor
 * that had it last.
 */
#include "bench/lock_ops.h"

static int bench_floor_init(void *lock)
{
	return 0;
}

static void bench_floor_destroy(void *lock)
{
}

static void bench_floor_acquire(void *lock, void *req, u64 start, u64 last,
				bool exclusive)
{
	atomic64_inc((atomic64_t *)lock);
}

static void bench_rmw_release(void *lock, void *req)
{
	smp_store_release((u64 *)lock, 0);
}

static void bench_rmw2_release(void *lock, void *req)
{
	atomic64_dec((atomic64_t *)lock);
}

#define FLOOR_LINES	256
#define FLOOR_SHIFT	12

struct floor_line {
	u64 word;
} __aligned(64);

static void bench_rmwh_acquire(void *lock, void *req, u64 start, u64 last,
			       bool exclusive)
{
	u64 hash = (start >> FLOOR_SHIFT) * 0x9E3779B97F4A7C15ull;
	struct floor_line *line = lock;
	u64 **kept = req;

	*kept = &line[(hash >> 32) % FLOOR_LINES].word;
	__atomic_fetch_add(*kept, 1, __ATOMIC_ACQUIRE);
}

static void bench_rmwh_release(void *lock, void *req)
{
	u64 **kept = req;

	smp_store_release(*kept, 0);
}

const struct lock_ops lock_ops_rmw = {
	.name = "rmw",
	.title = "floor: one locked read-modify-write and a store",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(atomic64_t),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_floor_acquire,
	.release = bench_rmw_release,
};

const struct lock_ops lock_ops_rmw2 = {
	.name = "rmw2",
	.title = "floor: two locked read-modify-writes",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(atomic64_t),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_floor_acquire,
	.release = bench_rmw2_release,
};

const struct lock_ops lock_ops_rmwh = {
	.name = "rmwh",
	.title = "floor: rmw on a line picked by the offset",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = FLOOR_LINES * sizeof(struct floor_line),
	.req_size = sizeof(u64 *),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_rmwh_acquire,
	.release = bench_rmwh_release,
};
