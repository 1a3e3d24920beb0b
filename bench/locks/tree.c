/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `tree`: a spinlock and an interval tree, the form in which range locks were
 * proposed for Linux (J. Kara 2013, D. Bueso 2017) and run in Lustre.  Written
 * from the published algorithm as a baseline, and kept simple on purpose:
 *
 *  - acquire counts the overlapping, conflicting requests already in the tree,
 *    inserts itself, and sleeps until that count is zero;
 *  - release removes itself and lowers the count of every overlapping,
 *    conflicting request that came later, told by a sequence number, because a
 *    reader inserted earlier never counted us;
 *  - those whose count reached zero are woken after the spinlock is dropped.
 *
 * Request states are WAITING -> GRANTED, both under lock until the last step,
 * which the waker does with a release store.
 */
#include "itree.h"
#include "bench/lock_ops.h"

enum { TREE_WAITING, TREE_GRANTED };

/**
 * struct tree_lock - the lock
 * @lock: guards everything below
 * @tree: held and waiting requests
 * @seq:  number of the next request
 */
struct tree_lock {
	spinlock_t lock;
	struct itree tree;
	u64 seq;
};

/**
 * struct tree_req - one request
 * @node:      place in the tree; under tree_lock.lock
 * @seq:       age; constant while in the tree
 * @task:      who to wake; constant while in the tree
 * @wake_next: link in the private list of a releasing task
 * @blocking:  earlier requests that keep this one out; under tree_lock.lock
 * @state:     TREE_WAITING or TREE_GRANTED; the waiter sleeps on it
 * @exclusive: constant while in the tree
 */
struct tree_req {
	struct itree_node node;
	u64 seq;
	rlenv_task_t task;
	struct tree_req *wake_next;
	u32 blocking;
	u32 state;
	bool exclusive;
};

static struct tree_req *tree_req_of(struct itree_node *node)
{
	return container_of(node, struct tree_req, node);
}

static bool tree_conflicts(const struct tree_req *a, const struct tree_req *b)
{
	return a->exclusive || b->exclusive;
}

static int bench_tree_init(void *lock)
{
	struct tree_lock *tl = lock;

	spin_lock_init(&tl->lock);
	return 0;
}

static void bench_tree_destroy(void *lock)
{
	struct tree_lock *tl = lock;

	WARN_ON(!itree_is_empty(&tl->tree));
}

static void bench_tree_acquire(void *lock, void *arg, u64 start, u64 last,
			       bool exclusive)
{
	struct tree_lock *tl = lock;
	struct tree_req *req = arg;
	struct itree_node *node;
	unsigned long flags;
	u64 woken = 0;

	req->node.start = start;
	req->node.last = last;
	req->exclusive = exclusive;
	req->blocking = 0;
	req->task = rlenv_self();

	spin_lock_irqsave(&tl->lock, flags);
	req->seq = tl->seq++;
	itree_for_each_overlap(node, &tl->tree, start, last)
		if (tree_conflicts(tree_req_of(node), req))
			req->blocking++;
	itree_insert(&tl->tree, &req->node);
	req->state = req->blocking ? TREE_WAITING : TREE_GRANTED;
	if (!req->blocking) {
		spin_unlock_irqrestore(&tl->lock, flags);
		return;
	}
	spin_unlock_irqrestore(&tl->lock, flags);

	rlenv_wait_on(&req->state, TREE_GRANTED, 0, 0, &woken);
}

static bool bench_tree_try(void *lock, void *arg, u64 start, u64 last,
			   bool exclusive)
{
	struct tree_lock *tl = lock;
	struct tree_req *req = arg;
	struct itree_node *node;
	unsigned long flags;
	bool taken = true;

	req->node.start = start;
	req->node.last = last;
	req->exclusive = exclusive;
	req->blocking = 0;
	req->task = rlenv_self();

	spin_lock_irqsave(&tl->lock, flags);
	itree_for_each_overlap(node, &tl->tree, start, last)
		if (tree_conflicts(tree_req_of(node), req))
			taken = false;
	if (taken) {
		req->seq = tl->seq++;
		req->state = TREE_GRANTED;
		itree_insert(&tl->tree, &req->node);
	}
	spin_unlock_irqrestore(&tl->lock, flags);
	return taken;
}

/* Collect those whose last blocker went away; they are woken later. */
static struct tree_req *tree_unblock_locked(struct tree_lock *tl,
					    struct tree_req *gone)
{
	struct tree_req *wake = NULL;
	struct itree_node *node;

	lockdep_assert_held(&tl->lock);
	itree_for_each_overlap(node, &tl->tree, gone->node.start,
			       gone->node.last) {
		struct tree_req *req = tree_req_of(node);

		if (req->seq < gone->seq || !tree_conflicts(req, gone))
			continue;
		if (--req->blocking)
			continue;
		req->wake_next = wake;
		wake = req;
	}
	return wake;
}

static void bench_tree_release(void *lock, void *arg)
{
	struct tree_lock *tl = lock;
	struct tree_req *req = arg, *wake, *next;
	unsigned long flags;

	spin_lock_irqsave(&tl->lock, flags);
	itree_remove(&tl->tree, &req->node);
	wake = tree_unblock_locked(tl, req);
	spin_unlock_irqrestore(&tl->lock, flags);

	for (; wake; wake = next) {
		next = wake->wake_next;
		/* Pairs with the acquire load in rlenv_wait_on(). */
		rlenv_publish_wake(&wake->state, TREE_GRANTED, wake->task);
	}
}

const struct lock_ops lock_ops_tree = {
	.name = "tree",
	.title = "spinlock + interval tree (Kara, Bueso, Lustre)",
	.size = sizeof(struct tree_lock),
	.req_size = sizeof(struct tree_req),
	.init = bench_tree_init,
	.destroy = bench_tree_destroy,
	.acquire = bench_tree_acquire,
	.try_acquire = bench_tree_try,
	.release = bench_tree_release,
};
