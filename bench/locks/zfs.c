/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `zfs`: the design of OpenZFS's range lock (module/zfs/zfs_rlock.c): one mutex
 * and a balanced tree of ranges that do not overlap.
 *
 * The tree stays free of overlaps because shared owners of overlapping ranges
 * do not stand in it themselves.  Proxies do: ranges with a count of owners,
 * one for each piece of file that the same owners share.  A shared range that
 * comes to overlap turns the one it meets into a proxy, splits proxies at its
 * two edges and fills the gaps between them; an owner that leaves lowers the
 * count of each proxy that it covers.  Hence an exclusive request only has to
 * look for one overlapping range.
 *
 * Who finds a conflict waits on the range in its way, writers and readers
 * apart; a range that goes away wakes all its waiters, and each starts again.
 * A writer that waits marks the range: readers that meet the mark wait too, so
 * that a stream of readers does not starve a writer.  Writers are in no order.
 *
 * As there, each request and each proxy is allocated, and freed after the mutex
 * has been dropped.
 *
 * Left out: append mode, reduce and try.  The tree is the AVL tree of this
 * project, whose nodes must not change while inside, so a split takes its range
 * out and puts it back.  The lock is smaller than there, where mutexes and
 * condition variables are, and so is a range.
 */
#include <stdlib.h>

#include "itree.h"
#include "bench/lock_ops.h"

/**
 * struct zfs_waiter - a thread that waits for a range to go away
 * @next: on the same condition, or in the private list of a waker
 * @go:   1 when the range has gone; the thread sleeps on it
 * @task: who
 */
struct zfs_waiter {
	struct zfs_waiter *next;
	u32 go;
	rlenv_task_t task;
};

/**
 * struct zfs_range - a request, or a proxy for several
 * @node:          place in the tree, and the range
 * @count:         owners; 0 for a reader that proxies stand in for
 * @exclusive:     constant; one owner
 * @proxy:         constant; belongs to nobody, freed with the last owner
 * @write_wanted:  a writer waits: no more readers
 * @write_waiters: writers that wait for this range to go away
 * @read_waiters:  readers likewise
 * @next_free:     in the private list of who frees it
 *
 * All but the constants under zfs_lock.lock.
 */
struct zfs_range {
	struct itree_node node;
	u32 count;
	bool exclusive;
	bool proxy;
	bool write_wanted;
	struct zfs_waiter *write_waiters;
	struct zfs_waiter *read_waiters;
	struct zfs_range *next_free;
};

/**
 * struct zfs_lock - the lock
 * @lock: guards the tree and all ranges
 * @tree: ranges that are held; no two overlap
 */
struct zfs_lock {
	struct mutex lock;
	struct itree tree;
};

/**
 * struct zfs_req - one request
 * @range: its range, whether it is in the tree or not; owner only
 */
struct zfs_req {
	struct zfs_range *range;
};

/**
 * struct zfs_gone - what a release leaves to do without the mutex
 * @wake: waiters
 * @free: ranges
 */
struct zfs_gone {
	struct zfs_waiter *wake;
	struct zfs_range *free;
};

static struct zfs_range *zfs_range_of(struct itree_node *node)
{
	return node ? container_of(node, struct zfs_range, node) : NULL;
}

static struct zfs_range *zfs_range_new(u64 start, u64 last)
{
	struct zfs_range *range = calloc(1, sizeof(*range));

	if (!range)
		abort();
	range->node.start = start;
	range->node.last = last;
	range->count = 1;
	return range;
}

static int bench_zfs_init(void *lock)
{
	struct zfs_lock *zl = lock;

	mutex_init(&zl->lock);
	return 0;
}

static void bench_zfs_destroy(void *lock)
{
	struct zfs_lock *zl = lock;

	WARN_ON(!itree_is_empty(&zl->tree));
}

/* Wait for a range to go away; it must not be looked at afterwards. */
static void zfs_wait(struct zfs_lock *zl, struct zfs_waiter **condition)
{
	struct zfs_waiter waiter = {
		.next = *condition,
		.task = rlenv_self(),
	};
	u64 woken = 0;

	lockdep_assert_held(&zl->lock);
	*condition = &waiter;
	mutex_unlock(&zl->lock);
	rlenv_wait_on(&waiter.go, 1, RLENV_WAIT_FOREVER, 0, &woken);
	mutex_lock(&zl->lock);
}

static void zfs_collect(struct zfs_gone *gone, struct zfs_waiter *waiter)
{
	struct zfs_waiter *next;

	for (; waiter; waiter = next) {
		next = waiter->next;
		waiter->next = gone->wake;
		gone->wake = waiter;
	}
}

/* Take a range out of the tree for good. */
static void zfs_remove(struct zfs_lock *zl, struct zfs_range *range,
		       struct zfs_gone *gone)
{
	lockdep_assert_held(&zl->lock);
	itree_remove(&zl->tree, &range->node);
	zfs_collect(gone, range->read_waiters);
	zfs_collect(gone, range->write_waiters);
	range->next_free = gone->free;
	gone->free = range;
}

static void zfs_finish(struct zfs_gone *gone)
{
	struct zfs_waiter *waiter, *next;
	struct zfs_range *range;

	for (waiter = gone->wake; waiter; waiter = next) {
		next = waiter->next;
		/* Pairs with the acquire load in rlenv_wait_on(). */
		rlenv_publish_wake(&waiter->go, 1, waiter->task);
	}
	while ((range = gone->free)) {
		gone->free = range->next_free;
		free(range);
	}
}

static struct zfs_range *zfs_add_proxy(struct zfs_lock *zl, u64 start, u64 last,
				       u32 count)
{
	struct zfs_range *proxy = zfs_range_new(start, last);

	proxy->proxy = true;
	proxy->count = count;
	itree_insert(&zl->tree, &proxy->node);
	return proxy;
}

/* Let a proxy stand in for a reader; return what is in the tree now. */
static struct zfs_range *zfs_proxify(struct zfs_lock *zl,
				     struct zfs_range *range)
{
	/* Who waits for it keeps readers out, so no reader came here. */
	WARN_ON(range->write_waiters || range->read_waiters);
	if (range->proxy)
		return range;
	itree_remove(&zl->tree, &range->node);
	range->count = 0;
	return zfs_add_proxy(zl, range->node.start, range->node.last, 1);
}

/* Cut a proxy before @at, which is inside of it; return the rear part. */
static struct zfs_range *zfs_split(struct zfs_lock *zl, struct zfs_range *proxy,
				   u64 at)
{
	u64 last = proxy->node.last;

	itree_remove(&zl->tree, &proxy->node);
	proxy->node.last = at - 1;
	itree_insert(&zl->tree, &proxy->node);
	return zfs_add_proxy(zl, at, last, proxy->count);
}

/*
 * Put a reader into the tree that meets other readers at most, the first of
 * them @next.  From left to right: @at is the first byte without a count yet.
 */
static void zfs_add_reader(struct zfs_lock *zl, struct zfs_range *reader,
			   struct zfs_range *next)
{
	u64 at = reader->node.start, last = reader->node.last;

	lockdep_assert_held(&zl->lock);
	if (!next) {
		itree_insert(&zl->tree, &reader->node);
		return;
	}
	reader->count = 0;
	while (next) {
		if (next->node.start > at)
			zfs_add_proxy(zl, at, next->node.start - 1, 1);
		next = zfs_proxify(zl, next);
		if (next->node.start < at)
			next = zfs_split(zl, next, at);
		if (next->node.last > last)
			zfs_split(zl, next, last + 1);
		next->count++;
		if (next->node.last == last)
			return;
		at = next->node.last + 1;
		next = zfs_range_of(itree_first_overlap(&zl->tree, at, last));
	}
	zfs_add_proxy(zl, at, last, 1);
}

static void zfs_enter_writer(struct zfs_lock *zl, struct zfs_range *range)
{
	struct zfs_range *held;

	for (;;) {
		held = zfs_range_of(itree_first_overlap(&zl->tree,
							range->node.start,
							range->node.last));
		if (!held)
			break;
		held->write_wanted = true;
		zfs_wait(zl, &held->write_waiters);
	}
	itree_insert(&zl->tree, &range->node);
}

static void zfs_enter_reader(struct zfs_lock *zl, struct zfs_range *range)
{
	struct itree_node *node, *first;

again:
	first = itree_first_overlap(&zl->tree, range->node.start,
				    range->node.last);
	for (node = first; node;
	     node = itree_next_overlap(node, range->node.start,
				       range->node.last)) {
		struct zfs_range *held = zfs_range_of(node);

		if (held->exclusive || held->write_wanted) {
			zfs_wait(zl, &held->read_waiters);
			goto again;
		}
	}
	zfs_add_reader(zl, range, zfs_range_of(first));
}

static void bench_zfs_acquire(void *lock, void *arg, u64 start, u64 last,
			      bool exclusive)
{
	struct zfs_lock *zl = lock;
	struct zfs_req *req = arg;

	req->range = zfs_range_new(start, last);
	req->range->exclusive = exclusive;
	mutex_lock(&zl->lock);
	if (exclusive)
		zfs_enter_writer(zl, req->range);
	else
		zfs_enter_reader(zl, req->range);
	mutex_unlock(&zl->lock);
}

/* Proxies of a reader tile its range without a gap. */
static void zfs_leave_proxies(struct zfs_lock *zl, struct zfs_range *reader,
			      struct zfs_gone *gone)
{
	struct itree_node *node, *next;

	lockdep_assert_held(&zl->lock);
	node = itree_first_overlap(&zl->tree, reader->node.start,
				   reader->node.last);
	for (; node; node = next) {
		struct zfs_range *proxy = zfs_range_of(node);

		next = itree_next_overlap(node, reader->node.start,
					  reader->node.last);
		WARN_ON(!proxy->proxy || !proxy->count);
		if (!--proxy->count)
			zfs_remove(zl, proxy, gone);
	}
	reader->next_free = gone->free;
	gone->free = reader;
}

static void bench_zfs_release(void *lock, void *arg)
{
	struct zfs_lock *zl = lock;
	struct zfs_req *req = arg;
	struct zfs_gone gone = { NULL, NULL };

	mutex_lock(&zl->lock);
	if (req->range->count)
		zfs_remove(zl, req->range, &gone);
	else
		zfs_leave_proxies(zl, req->range, &gone);
	mutex_unlock(&zl->lock);
	zfs_finish(&gone);
}

const struct lock_ops lock_ops_zfs = {
	.name = "zfs",
	.title = "mutex + AVL tree with proxies for readers (OpenZFS)",
	.size = sizeof(struct zfs_lock),
	.req_size = sizeof(struct zfs_req),
	.init = bench_zfs_init,
	.destroy = bench_zfs_destroy,
	.acquire = bench_zfs_acquire,
	.release = bench_zfs_release,
};
