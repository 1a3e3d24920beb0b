// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The verbs of a range lock that give something back: release, cancel,
 * downgrade, shrink, disown.  Each may grant requests that queued behind it;
 * the protocol of that hand-over is in front of rangelock.c.
 */
#include "rangelock_debug.h"
#include "rangelock_queue.h"

bool rangelock_expect_misuse;

/* Refuse a call that no correct program makes. */
int rangelock_refuse(const char *what)
{
	WARN_ONCE(rlenv_debug() && !READ_ONCE(rangelock_expect_misuse),
		  "rangelock: %s\n", what);
	return -EINVAL;
}

/* Take a request out of the tree and out of the count of its buckets. */
static void unlink_locked(struct rangelock *rl, struct rangelock_req *req)
{
	lockdep_assert_held(&rl->lock);
	itree_remove(&rl->tree, &req->node);
	if (unlikely(req->counted))
		rangelock_forget(rl, req->node.start, req->node.last,
				 req->counted);
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
}

/* Release a range that the tree holds; false if a bucket has it by now. */
static inline bool release_in_tree(struct rangelock *rl,
				   struct rangelock_req *req)
{
	unsigned long flags;

	rangelock_lock(rl, flags);
	if (unlikely(READ_ONCE(req->home))) {
		rangelock_unlock(rl, flags);
		return false;
	}
	unlink_locked(rl, req);
	if (unlikely(req->waiters)) {
		rangelock_sweep(rl, &req->waiters, flags);
		return true;
	}
	/* The last section: whoever comes now may destroy the lock. */
	if (unlikely(rl->heat >= RANGELOCK_REOPEN))
		rangelock_reopen(rl);
	rangelock_unlock(rl, flags);
	return true;
}

/* The rest of rangelock_release(). */
int rangelock_release_slowly(struct rangelock *rl, struct rangelock_req *req)
{
	rlenv_trace_released(rl, req->node.start, req->node.last, req->mode);

	if (rangelock_release_alone(rl, req))
		return 0;
	/* It may move between the tree and a bucket until we have the lock. */
	do {
		if (READ_ONCE(req->home) && rangelock_bucket_release(req))
			return 0;
	} while (!release_in_tree(rl, req));
	return 0;
}

/*
 * Withdraw a queued request.  Returns 0, -EALREADY if it has been granted, or
 * -EAGAIN if the task that woke it has not let go of it yet.
 */
int rangelock_withdraw(struct rangelock *rl, struct rangelock_req *req)
{
	unsigned long flags;
	u32 state;

	rangelock_lock(rl, flags);
	/* Pairs with the store-release of WOKEN: the waker is done with it. */
	state = smp_load_acquire(&req->state);
	if (state != RANGELOCK_REQ_WAITING && state != RANGELOCK_REQ_WOKEN) {
		rangelock_unlock(rl, flags);
		return state == RANGELOCK_REQ_WAKING ? -EAGAIN : -EALREADY;
	}
	rl->nr_waiting--;
	RANGELOCK_EVENT(rl, cancelled);
	rlenv_trace_cancelled(rl, req->node.start, req->node.last, req->mode);
	rangelock_unblock(req);
	unlink_locked(rl, req);
	rangelock_sweep(rl, &req->waiters, flags);
	return 0;
}

/* The task's own search, once it has been woken; it is not passed meanwhile. */
static struct rangelock_req *search_again(struct rangelock *rl,
					  struct rangelock_req *req,
					  unsigned long *flags)
	__must_hold(&rl->lock)
{
	struct rangelock_scan scan = { .req = NULL };
	struct rangelock_req *by;

	lockdep_assert_held(&rl->lock);
	while (!(by = rangelock_predecessor(rl, req, &scan)) && scan.more) {
		WRITE_ONCE(req->queue, RANGELOCK_QUEUE_SEARCHED);
		rangelock_unlock(rl, *flags);
		rangelock_lock(rl, *flags);
	}
	return by;
}

/*
 * A task that has been woken takes its range, unless somebody was faster; then
 * it goes on looking or will be woken again.
 */
bool rangelock_claim(struct rangelock *rl, struct rangelock_req *req,
		     bool goes_on)
{
	struct rangelock_req *by = NULL;
	unsigned long flags;
	bool won;

	rangelock_lock(rl, flags);
	won = READ_ONCE(req->queue) == RANGELOCK_QUEUE_FREE;
	if (won) {
		by = search_again(rl, req, &flags);
		won = !by;
	}
	if (won) {
		rangelock_unblock(req);
		rangelock_grant_in_place(rl, req);
		WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTED);
	} else {
		if (by)
			rangelock_block(by, req);
		if (!goes_on)
			WRITE_ONCE(req->state, RANGELOCK_REQ_WAITING);
	}
	rangelock_unlock(rl, flags);
	return won;
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

	if (state != RANGELOCK_REQ_WAITING && state != RANGELOCK_REQ_GRANTING &&
	    state != RANGELOCK_REQ_GRANTED)
		return rangelock_refuse("cancel of a request that is not queued");
	return rangelock_withdraw(req->rl, req);
}

/* The tree's part of a downgrade; false if a bucket has the range by now. */
static bool downgrade_in_tree(struct rangelock *rl, struct rangelock_req *req,
			      unsigned int mode)
{
	unsigned long flags;

	rangelock_lock(rl, flags);
	if (READ_ONCE(req->home)) {
		rangelock_unlock(rl, flags);
		return false;
	}
	req->mode = mode;
	/* Those who still have to wait will find it again. */
	rangelock_sweep(rl, &req->waiters, flags);
	return true;
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
	if (!rangelock_is_held_on(rl, req) || mode >= rl->nr_modes ||
	    (conflict_mask(rl, mode) & ~conflict_mask(rl, req->mode)))
		return rangelock_refuse("downgrade of a range that is not held, or to a stronger mode");
	while (!rangelock_bucket_change(req, req->node.start, req->node.last,
					mode) &&
	       !downgrade_in_tree(rl, req, mode))
		;
	return 0;
}

/* The tree's part of a shrink; false if a bucket has the range by now. */
static bool shrink_in_tree(struct rangelock *rl, struct rangelock_req *req,
			   u64 start, u64 last)
{
	unsigned long flags;
	u16 counted = 0;

	rangelock_lock(rl, flags);
	if (READ_ONCE(req->home)) {
		rangelock_unlock(rl, flags);
		return false;
	}
	/* Bar what is kept before what was kept is opened. */
	if (req->counted)
		counted = rangelock_rebar(rl, req, start, last);
	itree_remove(&rl->tree, &req->node);
	req->node.start = start;
	req->node.last = last;
	req->counted = counted;
	itree_insert(&rl->tree, &req->node);
	rangelock_sweep(rl, &req->waiters, flags);
	return true;
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
	if (!rangelock_is_held_on(rl, req) || start > last || start < req->node.start ||
	    last > req->node.last)
		return rangelock_refuse("shrink of a range that is not held, or outside of it");
	while (!rangelock_bucket_change(req, start, last, req->mode) &&
	       !shrink_in_tree(rl, req, start, last))
		;
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
	if (!rangelock_is_held_on(rl, req))
		return rangelock_refuse("disown of a range that is not held");
	rangelock_forget_owner(rl, req);
	WRITE_ONCE(req->owner, 0);
	return 0;
}
