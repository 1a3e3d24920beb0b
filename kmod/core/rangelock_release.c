// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The verbs of a range lock that give something back: release, cancel,
 * downgrade, shrink, disown.  Each may grant requests that queued behind it;
 * the protocol of that hand-over is in front of rangelock.c.
 */
#include "rangelock.h"
#include "rangelock_debug.h"
#include "rangelock_internal.h"

bool rangelock_expect_misuse;

/* Refuse a call that no correct program makes. */
int rangelock_refuse(const char *what)
{
	WARN_ONCE(rlenv_debug() && !READ_ONCE(rangelock_expect_misuse),
		  "rangelock: %s\n", what);
	return -EINVAL;
}

/*
 * Requests that have been granted by one call and are still to be told.
 * Linked by wake_next, in the order of their grants.
 */
struct rangelock_grants {
	struct rangelock_req *first;
	struct rangelock_req **tail;
};

struct handoff {
	struct rangelock_grants tasks;
	struct rangelock_grants callbacks;
};

static void handoff_init(struct handoff *handoff)
{
	handoff->tasks.first = NULL;
	handoff->tasks.tail = &handoff->tasks.first;
	handoff->callbacks.first = NULL;
	handoff->callbacks.tail = &handoff->callbacks.first;
}

static struct rangelock_req *grants_pop(struct rangelock_grants *grants)
{
	struct rangelock_req *req = grants->first;

	if (req) {
		grants->first = req->wake_next;
		if (!grants->first)
			grants->tail = &grants->first;
	}
	return req;
}

/* One blocker of @req is gone. */
static void unblock_locked(struct rangelock *rl, struct rangelock_req *req,
			   struct handoff *handoff)
{
	struct rangelock_grants *grants;

	lockdep_assert_held(&rl->lock);
	if (--req->blockers)
		return;

	WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTING);
	rl->nr_waiting--;
	if (rl->stats) {
		rangelock_count(&rl->stats->acquired, 1);
		rangelock_count(&rl->stats->wakeups, 1);
	}
	grants = req->grant ? &handoff->callbacks : &handoff->tasks;
	*grants->tail = req;
	grants->tail = &req->wake_next;
}

/*
 * What a request has given up: it was held or queued with @mask on
 * [@start, @last] and keeps @kept_mask on the range it has now.
 */
struct given_up {
	u64 start;
	u64 last;
	u8 mask;
	u8 kept_mask;
	u64 seq;
};

/*
 * Take one blocker from each waiter behind @was.  Those are the conflicting
 * waiters with a larger seq; the ones with a smaller seq never counted it.
 */
static void unblock_waiters_locked(struct rangelock *rl,
				   const struct given_up *was,
				   const struct rangelock_req *kept,
				   struct handoff *handoff)
{
	struct itree_node *node;
	u64 visited = 0;

	lockdep_assert_held(&rl->lock);
	if (!rl->nr_waiting)
		return;

	itree_for_each_overlap(node, &rl->tree, was->start, was->last) {
		struct rangelock_req *req = node_req(node);

		visited++;
		if (!req->blockers || req->seq < was->seq ||
		    !(was->mask & RANGELOCK_MASK(req->mode)))
			continue;
		if (kept && (was->kept_mask & RANGELOCK_MASK(req->mode)) &&
		    itree_overlaps(&kept->node, node->start, node->last))
			continue;
		unblock_locked(rl, req, handoff);
	}
	if (rl->stats)
		rangelock_count(&rl->stats->visited, visited);
}

static void wake_tasks(struct rangelock_grants *tasks)
{
	struct rangelock_req *req;

	while ((req = grants_pop(tasks))) {
		/*
		 * Pairs with the load-acquire in rlenv_wait_on(): what the
		 * previous holder wrote is seen by the next one.  Once stored,
		 * the waiter may return and take its stack away.
		 */
		rlenv_publish_wake(&req->state, RANGELOCK_REQ_GRANTED,
				   req->task);
	}
}

/*
 * Call the callbacks on rl->deliver until there are none.  Callbacks may
 * release, which appends to the list rather than recursing.
 */
static void deliver_callbacks(struct rangelock *rl)
{
	for (;;) {
		struct rangelock_req *req;
		unsigned long flags;

		spin_lock_irqsave(&rl->lock, flags);
		req = grants_pop(rl->deliver);
		if (!req)
			rl->deliver = NULL;
		spin_unlock_irqrestore(&rl->lock, flags);
		if (!req)
			return;

		rlenv_trace_granted(rl, req->node.start, req->node.last,
				    req->mode);
		/* Pairs with the load-acquire in rangelock_is_held(). */
		smp_store_release(&req->state, RANGELOCK_REQ_GRANTED);
		req->grant(req);
	}
}

/* Unlock, then tell everyone in @handoff that they hold their range. */
static void handoff_unlock(struct rangelock *rl, struct handoff *handoff,
			   unsigned long flags)
	__releases(&rl->lock)
{
	bool deliver = false;

	lockdep_assert_held(&rl->lock);
	if (handoff->callbacks.first) {
		if (rl->deliver) {
			*rl->deliver->tail = handoff->callbacks.first;
			rl->deliver->tail = handoff->callbacks.tail;
		} else {
			rl->deliver = &handoff->callbacks;
			deliver = true;
		}
	}
	spin_unlock_irqrestore(&rl->lock, flags);

	wake_tasks(&handoff->tasks);
	if (deliver)
		deliver_callbacks(rl);
}

static bool is_held_on(const struct rangelock *rl,
		       const struct rangelock_req *req)
{
	return req->rl == rl && READ_ONCE(req->state) == RANGELOCK_REQ_GRANTED;
}

static struct given_up whole_request(const struct rangelock *rl,
				     const struct rangelock_req *req)
{
	struct given_up was = {
		.start = req->node.start,
		.last = req->node.last,
		.mask = conflict_mask(rl, req->mode),
		.seq = req->seq,
	};

	return was;
}

static void remove_locked(struct rangelock *rl, struct rangelock_req *req,
			  struct handoff *handoff)
{
	struct given_up was = whole_request(rl, req);

	lockdep_assert_held(&rl->lock);
	itree_remove(&rl->tree, &req->node);
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	unblock_waiters_locked(rl, &was, NULL, handoff);
}

/* The task that took a range and has not handed it over must release it. */
static void forget_owner(struct rangelock *rl, struct rangelock_req *req)
{
	if (!req->owner)
		return;
	if (rlenv_debug() && req->owner != rlenv_self_id()) {
		rangelock_refuse("released by another task without disown");
		return;
	}
	rlenv_dep_release(&rl->dep_map);
}

static noinline void release_to_waiters(struct rangelock *rl,
					struct rangelock_req *req,
					unsigned long flags)
	__releases(&rl->lock)
{
	struct handoff handoff;

	handoff_init(&handoff);
	remove_locked(rl, req, &handoff);
	handoff_unlock(rl, &handoff, flags);
}

/**
 * rangelock_release() - give a range back
 * @rl:  the lock
 * @req: a request that is held on @rl; may be reused or freed afterwards
 *
 * Legal from any task if the holder called rangelock_disown() or took the range
 * with a grant callback.
 *
 * Context: any, including hard IRQ.
 * Return: 0, or -EINVAL if @req is not held on @rl (nothing changes; a WARN in
 * debug builds).
 */
int rangelock_release(struct rangelock *rl, struct rangelock_req *req)
{
	unsigned long flags;

	spin_lock_irqsave(&rl->lock, flags);
	if (unlikely(!is_held_on(rl, req))) {
		spin_unlock_irqrestore(&rl->lock, flags);
		return rangelock_refuse("release of a range that is not held");
	}
	forget_owner(rl, req);
	rlenv_trace_released(rl, req->node.start, req->node.last, req->mode);
	if (unlikely(rl->nr_waiting)) {
		release_to_waiters(rl, req, flags);
		return 0;
	}
	itree_remove(&rl->tree, &req->node);
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	spin_unlock_irqrestore(&rl->lock, flags);
	return 0;
}

/**
 * rangelock_cancel() - withdraw a queued request
 * @req: what rangelock_enqueue() queued
 *
 * Requests behind it move up.  If 0 is returned, the grant callback has not run
 * and will not.
 *
 * Context: any.
 * Return: 0 if withdrawn, -EALREADY if it has been granted meanwhile (the
 * caller holds the range; a callback has run or is about to), -EINVAL if @req
 * is neither (a WARN in debug builds).
 */
int rangelock_cancel(struct rangelock_req *req)
{
	u32 state = READ_ONCE(req->state);
	struct handoff handoff;
	struct rangelock *rl;
	unsigned long flags;

	if (state != RANGELOCK_REQ_WAITING && state != RANGELOCK_REQ_GRANTING &&
	    state != RANGELOCK_REQ_GRANTED)
		return rangelock_refuse("cancel of a request that is not queued");

	rl = req->rl;
	handoff_init(&handoff);
	spin_lock_irqsave(&rl->lock, flags);
	if (READ_ONCE(req->state) != RANGELOCK_REQ_WAITING) {
		spin_unlock_irqrestore(&rl->lock, flags);
		return -EALREADY;
	}
	rl->nr_waiting--;
	if (rl->stats)
		rangelock_count(&rl->stats->cancelled, 1);
	rlenv_trace_cancelled(rl, req->node.start, req->node.last, req->mode);
	remove_locked(rl, req, &handoff);
	handoff_unlock(rl, &handoff, flags);
	return 0;
}

/**
 * rangelock_downgrade() - keep a held range in a weaker mode
 * @rl:   the lock
 * @req:  a request that is held on @rl
 * @mode: the new mode, which must exclude nothing that the old one did not
 *
 * Waiters that conflict with the old mode only are granted.
 *
 * Context: any.
 * Return: 0, or -EINVAL if @req is not held on @rl or @mode is not weaker
 * (nothing changes; a WARN in debug builds).
 */
int rangelock_downgrade(struct rangelock *rl, struct rangelock_req *req,
			unsigned int mode)
{
	struct handoff handoff;
	struct given_up was;
	unsigned long flags;

	handoff_init(&handoff);
	spin_lock_irqsave(&rl->lock, flags);
	if (!is_held_on(rl, req) || mode >= rl->modes->nr ||
	    (conflict_mask(rl, mode) & ~conflict_mask(rl, req->mode))) {
		spin_unlock_irqrestore(&rl->lock, flags);
		return rangelock_refuse("downgrade of a range that is not held, or to a stronger mode");
	}
	was = whole_request(rl, req);
	was.kept_mask = conflict_mask(rl, mode);
	req->mode = mode;
	unblock_waiters_locked(rl, &was, req, &handoff);
	handoff_unlock(rl, &handoff, flags);
	return 0;
}

/**
 * rangelock_shrink() - give part of a held range back
 * @rl:    the lock
 * @req:   a request that is held on @rl
 * @start: first byte to keep
 * @last:  last byte to keep, inclusive
 *
 * Waiters that conflict with the part given back only are granted.
 *
 * Context: any.
 * Return: 0, or -EINVAL if @req is not held on @rl or [@start, @last] is not
 * within it (nothing changes; a WARN in debug builds).
 */
int rangelock_shrink(struct rangelock *rl, struct rangelock_req *req,
		     u64 start, u64 last)
{
	struct handoff handoff;
	struct given_up was;
	unsigned long flags;

	handoff_init(&handoff);
	spin_lock_irqsave(&rl->lock, flags);
	if (!is_held_on(rl, req) || start > last || start < req->node.start ||
	    last > req->node.last) {
		spin_unlock_irqrestore(&rl->lock, flags);
		return rangelock_refuse("shrink of a range that is not held, or outside of it");
	}
	was = whole_request(rl, req);
	was.kept_mask = was.mask;
	itree_remove(&rl->tree, &req->node);
	req->node.start = start;
	req->node.last = last;
	itree_insert(&rl->tree, &req->node);
	unblock_waiters_locked(rl, &was, req, &handoff);
	handoff_unlock(rl, &handoff, flags);
	return 0;
}

/**
 * rangelock_disown() - hand a held range over to whoever completes the IO
 * @rl:  the lock
 * @req: a request that the calling task holds on @rl
 *
 * The range stays held; from now on any task or interrupt may release it and
 * lock dependency tracking does not count it as the caller's.
 *
 * Context: the task that took the range.
 * Return: 0, or -EINVAL if @req is not held on @rl (a WARN in debug builds).
 */
int rangelock_disown(struct rangelock *rl, struct rangelock_req *req)
{
	unsigned long flags;
	bool held;

	spin_lock_irqsave(&rl->lock, flags);
	held = is_held_on(rl, req);
	if (held) {
		forget_owner(rl, req);
		req->owner = 0;
	}
	spin_unlock_irqrestore(&rl->lock, flags);
	return held ? 0 : rangelock_refuse("disown of a range that is not held");
}
