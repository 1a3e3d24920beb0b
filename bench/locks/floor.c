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
 * `cas2` is what a lock with one holder does that keeps the holder's name in its
 * word: a compare-and-exchange to take and another one to give back.  `bucket` is
 * what a word does that is its own lock while ranges are put into it: a
 * compare-and-exchange and a store to take, a compare-and-exchange to give back;
 * `bucketrcu` does the first two within a section of RCU, without which the word
 * could not go away.
 * `clock` reads the clock: what timing a pair adds to it, half of it.
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

static void bench_cas2_acquire(void *lock, void *req, u64 start, u64 last,
			       bool exclusive)
{
	cmpxchg((u64 *)lock, 0ull, start + 2);
}

static void bench_cas2_release(void *lock, void *req)
{
	u64 *word = lock;

	cmpxchg(word, READ_ONCE(*word), 0ull);
}

static void bench_bucket_acquire(void *lock, void *req, u64 start, u64 last,
				 bool exclusive)
{
	cmpxchg((u64 *)lock, 0ull, 1ull);
	smp_store_release((u64 *)lock, start + 2);
}

static void bench_bucketrcu_acquire(void *lock, void *req, u64 start, u64 last,
				    bool exclusive)
{
	rlenv_rcu_read_lock();
	bench_bucket_acquire(lock, req, start, last, exclusive);
	rlenv_rcu_read_unlock();
}

static void bench_clock_acquire(void *lock, void *req, u64 start, u64 last,
				bool exclusive)
{
	WRITE_ONCE(*(u64 *)lock, rlenv_now_ns());
}

static void bench_clock_release(void *lock, void *req)
{
	barrier();
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

const struct lock_ops lock_ops_cas2 = {
	.name = "cas2",
	.title = "floor: two compare-and-exchanges",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(u64),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_cas2_acquire,
	.release = bench_cas2_release,
};

const struct lock_ops lock_ops_bucket = {
	.name = "bucket",
	.title = "floor: cas2 and a store, as a word that is its own lock",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(u64),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_bucket_acquire,
	.release = bench_cas2_release,
};

const struct lock_ops lock_ops_bucketrcu = {
	.name = "bucketrcu",
	.title = "floor: bucket, taken within a section of RCU",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(u64),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_bucketrcu_acquire,
	.release = bench_cas2_release,
};

const struct lock_ops lock_ops_clock = {
	.name = "clock",
	.title = "the price of reading the clock",
	.properties = LOCK_EXCLUDES_NOBODY,
	.size = sizeof(u64),
	.req_size = sizeof(u64),
	.init = bench_floor_init,
	.destroy = bench_floor_destroy,
	.acquire = bench_clock_acquire,
	.release = bench_clock_release,
};
