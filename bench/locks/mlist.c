/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `mlist`: what an application writes in an hour.  One mutex, a list of the
 * ranges that are held, one condition variable.  Who finds a conflict in the
 * list waits; who leaves wakes all that wait, and each looks again.
 *
 * There is no source for this but habit.  It has no fairness: a stream of
 * shared owners keeps an exclusive one out for as long as it lasts.
 */
#include <pthread.h>

#include "bench/lock_ops.h"

/**
 * struct mlist_lock - the lock
 * @mutex:   guards everything below
 * @changed: somebody has left
 * @held:    requests that hold their ranges, in no order
 * @waiters: threads in wait for @changed, so that it is not signalled in vain
 */
struct mlist_lock {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct list_head held;
	unsigned int waiters;
};

/**
 * struct mlist_req - one request
 * @entry:     place in mlist_lock.held, under its mutex
 * @start:     first byte; constant while in the list
 * @last:      last byte, inclusive; constant while in the list
 * @exclusive: constant while in the list
 */
struct mlist_req {
	struct list_head entry;
	u64 start;
	u64 last;
	bool exclusive;
};

static int bench_mlist_init(void *lock)
{
	struct mlist_lock *ml = lock;

	INIT_LIST_HEAD(&ml->held);
	pthread_mutex_init(&ml->mutex, NULL);
	pthread_cond_init(&ml->changed, NULL);
	return 0;
}

static void bench_mlist_destroy(void *lock)
{
	struct mlist_lock *ml = lock;

	WARN_ON(!list_empty(&ml->held));
	pthread_cond_destroy(&ml->changed);
	pthread_mutex_destroy(&ml->mutex);
}

/* Under the mutex. */
static bool mlist_conflicts(struct mlist_lock *ml, const struct mlist_req *req)
{
	struct mlist_req *held;

	list_for_each_entry(held, &ml->held, entry)
		if (held->start <= req->last && req->start <= held->last &&
		    (held->exclusive || req->exclusive))
			return true;
	return false;
}

static void bench_mlist_acquire(void *lock, void *arg, u64 start, u64 last,
				bool exclusive)
{
	struct mlist_lock *ml = lock;
	struct mlist_req *req = arg;

	req->start = start;
	req->last = last;
	req->exclusive = exclusive;

	pthread_mutex_lock(&ml->mutex);
	while (mlist_conflicts(ml, req)) {
		ml->waiters++;
		pthread_cond_wait(&ml->changed, &ml->mutex);
		ml->waiters--;
	}
	list_add_tail(&req->entry, &ml->held);
	pthread_mutex_unlock(&ml->mutex);
}

/* As acquire but for the look at all that is held already. */
static void bench_mlist_hold(void *lock, void *arg, u64 start, u64 last,
			     bool exclusive)
{
	struct mlist_lock *ml = lock;
	struct mlist_req *req = arg;

	req->start = start;
	req->last = last;
	req->exclusive = exclusive;
	pthread_mutex_lock(&ml->mutex);
	list_add_tail(&req->entry, &ml->held);
	pthread_mutex_unlock(&ml->mutex);
}

static void bench_mlist_release(void *lock, void *arg)
{
	struct mlist_lock *ml = lock;
	struct mlist_req *req = arg;

	pthread_mutex_lock(&ml->mutex);
	list_del(&req->entry);
	if (ml->waiters)
		pthread_cond_broadcast(&ml->changed);
	pthread_mutex_unlock(&ml->mutex);
}

const struct lock_ops lock_ops_mlist = {
	.name = "mlist",
	.title = "mutex + list + condition variable (an hour's work)",
	.size = sizeof(struct mlist_lock),
	.req_size = sizeof(struct mlist_req),
	.init = bench_mlist_init,
	.destroy = bench_mlist_destroy,
	.acquire = bench_mlist_acquire,
	.hold = bench_mlist_hold,
	.release = bench_mlist_release,
};
