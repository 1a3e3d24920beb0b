// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * See treelock.h.
 *
 * A release takes one from the count of every conflicting request that
 * overlaps.  It need not know which of them came later: whoever came earlier
 * has been released before, or this range would still be waiting.
 */
#include "treelock.h"

#define for_each_overlap(node, tl, start, last)                         \
	for (node = interval_tree_iter_first(&(tl)->tree, start, last); \
	     node; node = interval_tree_iter_next(node, start, last))

static struct treelock_req *node_req(struct interval_tree_node *node)
{
	return container_of(node, struct treelock_req, node);
}

void treelock_init(struct treelock *tl)
{
	spin_lock_init(&tl->lock);
	tl->tree = RB_ROOT_CACHED;
}

/**
 * treelock_acquire - take a range, FIFO among those that conflict
 * @tl:     the lock
 * @req:    the caller's, must not move until released
 * @start:  first byte
 * @last:   last byte, inclusive
 * @shared: may overlap other shared ranges
 *
 * Context: process context, sleeps.
 */
void treelock_acquire(struct treelock *tl, struct treelock_req *req,
		      unsigned long start, unsigned long last, bool shared)
{
	struct interval_tree_node *node;
	unsigned long flags;

	might_sleep();
	req->node.start = start;
	req->node.last = last;
	req->task = current;
	req->blockers = 0;
	req->shared = shared;
	spin_lock_irqsave(&tl->lock, flags);
	for_each_overlap(node, tl, start, last)
		if (!shared || !node_req(node)->shared)
			req->blockers++;
	interval_tree_insert(&req->node, &tl->tree);
	/* Read under the lock: the waker is through with @req then. */
	while (req->blockers) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		spin_unlock_irqrestore(&tl->lock, flags);
		schedule();
		spin_lock_irqsave(&tl->lock, flags);
	}
	spin_unlock_irqrestore(&tl->lock, flags);
}

/**
 * treelock_release - give a range back
 * @tl:  the lock
 * @req: held
 *
 * Context: any.
 */
void treelock_release(struct treelock *tl, struct treelock_req *req)
{
	struct interval_tree_node *node;
	unsigned long flags;

	spin_lock_irqsave(&tl->lock, flags);
	interval_tree_remove(&req->node, &tl->tree);
	for_each_overlap(node, tl, req->node.start, req->node.last) {
		struct treelock_req *other = node_req(node);

		if ((!req->shared || !other->shared) && !--other->blockers)
			wake_up_process(other->task);
	}
	spin_unlock_irqrestore(&tl->lock, flags);
}
