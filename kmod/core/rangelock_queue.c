// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who waits for whom in a range lock, without a section that grows with them.
 *
 * Of all the requests that a waiter has to let go first it waits for one, any
 * one: it is linked to that one's list (rangelock_req.waiters).  When the one
 * leaves, the waiters in its list look for another; who finds none is granted.
 * So an arrival stops at the first conflict, and nobody counts.
 *
 *   Q1  A linked waiter is linked to a request of the tree that conflicts with
 *       it and comes before it: that is held, or has a smaller seq.  Links
 *       therefore never make a cycle.
 *   Q2  A waiter that is not linked is looked after by somebody: it has been
 *       woken and will look itself (QUEUE_FREE), or it is just being looked
 *       after (QUEUE_SEARCHED), by a sweep or by its own task.
 *
 * Each look visits RANGELOCK_LOOK_MAX requests at most; then the lock is dropped
 * for a moment.  What has been visited may leave meanwhile, and nothing that
 * comes before the waiter can appear behind the position: new requests come
 * after it, a shrink moves a node towards larger starts only, and a waiter in
 * QUEUE_SEARCHED is not passed by.
 */
#include "rangelock_queue.h"

/**
 * rangelock_predecessor() - look for a request that another one has to wait for
 * @rl:   the lock
 * @req:  a request, in the tree or not, with its seq
 * @scan: how far the search is; @scan->req must be NULL at first
 *
 * Context: under rangelock.lock.
 * Return: the first that is found, or NULL: then there is none, or @scan->more
 * is set and the search is to be continued.
 */
struct rangelock_req *rangelock_predecessor(struct rangelock *rl,
					    const struct rangelock_req *req,
					    struct rangelock_scan *scan)
{
	u64 start = req->node.start, last = req->node.last;
	u8 mask = conflict_mask(rl, req->mode);
	struct itree_node *node;
	unsigned int visited = 0;

	lockdep_assert_held(&rl->lock);
	node = scan->req == req ?
		       itree_overlap_after(&rl->tree, scan->start, scan->place,
					   start, last) :
		       itree_first_overlap(&rl->tree, start, last);
	scan->req = req;
	scan->more = false;
	for (; node; node = itree_next_overlap(node, start, last)) {
		struct rangelock_req *other = node_req(node);

		visited++;
		if (other->seq < req->seq &&
		    (mask & RANGELOCK_MASK(other->mode)))
			break;
		if (visited < RANGELOCK_LOOK_MAX)
			continue;
		scan->start = node->start;
		scan->place = (unsigned long)node;
		scan->more = true;
		node = NULL;
		break;
	}
	rangelock_count_visits(rl, visited);
	return node ? node_req(node) : NULL;
}

/* Let @req wait for @by. */
void rangelock_block(struct rangelock_req *by, struct rangelock_req *req)
{
	req->next = by->waiters;
	if (req->next)
		req->next->pprev = &req->next;
	req->pprev = &by->waiters;
	by->waiters = req;
	WRITE_ONCE(req->queue, RANGELOCK_QUEUE_LINKED);
}

/* Let it wait for nobody: it is free, or leaves. */
void rangelock_unblock(struct rangelock_req *req)
{
	if (req->pprev) {
		*req->pprev = req->next;
		if (req->next)
			req->next->pprev = req->pprev;
		req->pprev = NULL;
	}
	WRITE_ONCE(req->queue, RANGELOCK_QUEUE_FREE);
}

/* A waiting request becomes a held one, where it is. */
void rangelock_grant_in_place(struct rangelock *rl, struct rangelock_req *req)
{
	lockdep_assert_held(&rl->lock);
	req->seq = 0;
	WRITE_ONCE(req->home, NULL);
	rl->nr_waiting--;
	RANGELOCK_ATOMIC_EVENT(rl, acquired);
}

/*
 * Nobody is in the way of @req any more.  A task that may be passed by is woken
 * and takes the range itself when it runs, unless somebody has been faster; all
 * others hold the range from here on.
 */
static void let_go(struct rangelock *rl, struct rangelock_req *req,
		   struct rangelock_handoff *handoff)
{
	lockdep_assert_held(&rl->lock);
	/* One that has been woken is on its way already. */
	if (READ_ONCE(req->state) != RANGELOCK_REQ_WAITING)
		return;

	RANGELOCK_EVENT(rl, wakeups);
	if (req->patience) {
		WRITE_ONCE(req->state, RANGELOCK_REQ_WAKING);
	} else {
		WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTING);
		rangelock_grant_in_place(rl, req);
	}
	rangelock_handoff_add(handoff, req, req->callback);
}

/*
 * Look after the first waiters of a list: as many as one section can.
 */
static void sweep_step(struct rangelock *rl, struct rangelock_req **waiters,
		       struct rangelock_scan *scan,
		       struct rangelock_handoff *handoff)
{
	unsigned int looks;

	lockdep_assert_held(&rl->lock);
	for (looks = 0; *waiters && looks < RANGELOCK_SWEEP_MAX; looks++) {
		struct rangelock_req *req = *waiters, *by;

		by = rangelock_predecessor(rl, req, scan);
		if (scan->more) {
			WRITE_ONCE(req->queue, RANGELOCK_QUEUE_SEARCHED);
			return;
		}
		scan->req = NULL;
		rangelock_unblock(req);
		if (by)
			rangelock_block(by, req);
		else
			let_go(rl, req, handoff);
	}
}

/**
 * rangelock_sweep() - whom they waited for has left: look after the waiters
 * @rl:      the lock
 * @waiters: their list; rangelock_req.waiters of a request that has left the
 *           tree, or has given something back
 * @flags:   of the lock
 *
 * Context: under rangelock.lock; drops it.
 */
void rangelock_sweep(struct rangelock *rl, struct rangelock_req **waiters,
		     unsigned long flags)
	__releases(&rl->lock)
{
	struct rangelock_scan scan = { .req = NULL };
	struct rangelock_handoff handoff;
	struct rangelock_req *list = *waiters;
	struct rangelock_busy busy = { .rl = NULL };

	lockdep_assert_held(&rl->lock);
	*waiters = NULL;
	if (list)
		list->pprev = &list;
	for (;;) {
		rangelock_handoff_init(&handoff);
		sweep_step(rl, &list, &scan, &handoff);
		if (!list)
			break;
		if (!busy.rl)
			rangelock_set_busy(rl, &busy);
		rangelock_handoff_unlock(rl, &handoff, flags);
		cpu_relax();
		rangelock_lock(rl, flags);
	}
	if (busy.rl)
		rangelock_clear_busy(&busy);
	if (unlikely(rl->heat >= RANGELOCK_REOPEN))
		rangelock_reopen(rl);
	rangelock_handoff_unlock(rl, &handoff, flags);
}
