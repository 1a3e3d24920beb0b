/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `list`: the scalable range lock of A. Kogan, D. Dice and S. Issa (EuroSys
 * 2020, arXiv 2006.12144), with readers: a lock-free list of the ranges that
 * are held, sorted by their start.  The list is in sorted.c.
 *
 * A request walks the list from its head to its place, waits for each range in
 * its way to be given up, and gets in; to leave, it marks its node.  Both walk
 * and memory are by the number of ranges held.  If the list is empty, getting in
 * and leaving change the head and nothing else.
 *
 * Readers win: a writer that meets a reader which came at the same time starts
 * again, so a stream of readers can starve a writer.
 *
 * Waiters spin, as in the paper, and let others run after a while, since here
 * more threads than processors are measured too.  A waiter keeps its place in
 * the list, hence keeps memory from being used again until it goes on.
 *
 * Left out: the optional layer of fairness, an auxiliary lock for requests that
 * have failed too often.  Instead of the paper's pools of nodes, whose owner
 * waits for all others when one is used up, memory is in epochs (epoch.c).
 */
#include <sched.h>

#include "sorted.h"
#include "bench/lock_ops.h"

/* Turns of the spin loop before the processor is given away. */
#define LIST_SPIN_TURNS	200

/**
 * struct list_lock - the lock
 * @head: of the sorted list; atomic
 */
struct list_lock {
	unsigned long head;
};

/**
 * struct list_req - one request
 * @node: its node; owner only
 */
struct list_req {
	struct sorted_node *node;
};

static int bench_list_init(void *lock)
{
	return 0;
}

static void bench_list_destroy(void *lock)
{
	struct list_lock *ll = lock;

	sorted_destroy(&ll->head);
}

static void list_wait(const struct sorted_node *node)
{
	unsigned int turns = 0;

	while (!sorted_is_deleted(node)) {
		if (++turns % LIST_SPIN_TURNS)
			cpu_relax();
		else
			sched_yield();
	}
}

/* Return false if the node got in and had to give way. */
static bool list_try(struct list_lock *ll, struct sorted_node *node)
{
	struct sorted_place place = { &ll->head, &ll->head, true };
	struct sorted_node *other;

	while ((other = sorted_insert(&place, node)))
		list_wait(other);
	if (!node->exclusive) {
		while ((other = sorted_exclusive_behind(node)))
			list_wait(other);
		return true;
	}
	if (!sorted_overlap_before(&ll->head, node))
		return true;
	sorted_delete(node);
	return false;
}

static noinline struct sorted_node *list_acquire_slow(struct list_lock *ll,
						      struct sorted_node *node)
{
	u64 start = node->start, last = node->last;
	bool exclusive = node->exclusive;

	epoch_enter();
	while (!list_try(ll, node))
		node = sorted_node_new(start, last, exclusive);
	epoch_leave();
	return node;
}

static void bench_list_acquire(void *lock, void *arg, u64 start, u64 last,
			       bool exclusive)
{
	struct list_lock *ll = lock;
	struct list_req *req = arg;

	req->node = sorted_node_new(start, last, exclusive);
	if (!sorted_take_empty(&ll->head, req->node))
		req->node = list_acquire_slow(ll, req->node);
}

static void bench_list_release(void *lock, void *arg)
{
	struct list_lock *ll = lock;
	struct list_req *req = arg;

	if (sorted_drop_only(&ll->head, req->node))
		epoch_free(req->node);
	else
		sorted_delete(req->node);
}

const struct lock_ops lock_ops_list = {
	.name = "list",
	.title = "lock-free sorted list (Kogan, Dice, Issa)",
	.size = sizeof(struct list_lock),
	.req_size = sizeof(struct list_req),
	.init = bench_list_init,
	.destroy = bench_list_destroy,
	.acquire = bench_list_acquire,
	.release = bench_list_release,
};
