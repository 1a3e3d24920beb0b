// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The verbs of a range lock that sleep.  All are enqueue plus rangelock_wait().
 */
#include "rangelock.h"
#include "rangelock_internal.h"

static u64 deadline_of(u64 timeout_ns)
{
	u64 now;

	if (timeout_ns == RANGELOCK_NO_TIMEOUT)
		return 0;
	now = rlenv_now_ns();
	return timeout_ns > U64_MAX - now ? U64_MAX : now + timeout_ns;
}

static void count_spurious(struct rangelock *rl, u64 woken)
{
	/* One return from sleep is the grant, the signal or the timeout. */
	if (rl->stats && woken > 1)
		atomic64_add(woken - 1, &rl->stats->spurious);
}

/* Report a task that would wait for a range that it holds itself. */
static void warn_self_deadlock(struct rangelock *rl,
			       const struct rangelock_req *req)
{
	struct itree_node *node;
	unsigned long flags;
	bool self = false;

	spin_lock_irqsave(&rl->lock, flags);
	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last) {
		const struct rangelock_req *other = node_req(node);

		self |= other != req && !other->blockers &&
			other->owner == req->owner &&
			(conflict_mask(rl, req->mode) &
			 RANGELOCK_MASK(other->mode));
	}
	spin_unlock_irqrestore(&rl->lock, flags);
	if (self)
		rangelock_refuse("a task waits for a range that it holds itself");
}

/* Sleep until @req is held; lock dependencies are the caller's business. */
static int wait_for_grant(struct rangelock *rl, struct rangelock_req *req,
			  enum rangelock_wait how, u64 timeout_ns)
{
	u64 woken = 0;
	int ret;

	if (rlenv_debug())
		warn_self_deadlock(rl, req);

	rlenv_trace_blocked(rl, req->node.start, req->node.last, req->mode);
	rlenv_contention_begin(rl, !mode_is_shared(rl, req->mode));
	ret = rlenv_wait_on(&req->state, RANGELOCK_REQ_GRANTED, how,
			    deadline_of(timeout_ns), &woken);
	if (ret && rangelock_cancel(req) == -EALREADY) {
		/*
		 * The grant came first.  Its maker is between unlocking and
		 * the store of GRANTED, so this wait is short and must not be
		 * broken off: the request is in use until then.
		 */
		ret = rlenv_wait_on(&req->state, RANGELOCK_REQ_GRANTED,
				    RANGELOCK_WAIT_FOREVER, 0, &woken);
	}
	rlenv_contention_end(rl, ret);
	count_spurious(rl, woken);
	if (!ret)
		rlenv_trace_granted(rl, req->node.start, req->node.last,
				    req->mode);
	return ret;
}

/**
 * rangelock_wait() - wait until a queued request is granted
 * @req:        what rangelock_enqueue() queued without a callback
 * @how:        which signals may end the wait
 * @timeout_ns: longest wait in ns, 0 to look once, RANGELOCK_NO_TIMEOUT for no
 *              limit
 *
 * If a grant and a signal or timeout race, the grant wins.
 *
 * Context: the task that queued it; may sleep.
 * Return: 0 if held; -EINTR or -ETIMEDOUT if withdrawn (the request is the
 * caller's again); -EINVAL if @req is not queued, has a callback or was queued
 * by another task.
 */
int rangelock_wait(struct rangelock_req *req, enum rangelock_wait how,
		   u64 timeout_ns)
{
	u32 state = smp_load_acquire(&req->state);
	struct rangelock *rl;
	int ret = 0;

	might_sleep();
	if (state != RANGELOCK_REQ_WAITING && state != RANGELOCK_REQ_GRANTING &&
	    state != RANGELOCK_REQ_GRANTED)
		return rangelock_refuse("wait for a request that is not queued");
	if (req->grant)
		return rangelock_refuse("wait for a request with a callback");

	if (req->owner != rlenv_self_id())
		return rangelock_refuse("wait by a task that did not queue the request");

	rl = req->rl;
	rlenv_dep_acquire(&rl->dep_map, 0, false, mode_is_shared(rl, req->mode));
	if (state != RANGELOCK_REQ_GRANTED)
		ret = wait_for_grant(rl, req, how, timeout_ns);
	if (ret)
		rlenv_dep_release(&rl->dep_map);
	return ret;
}

static int acquire(struct rangelock *rl, struct rangelock_req *req, u64 start,
		   u64 last, unsigned int mode, unsigned int subclass,
		   enum rangelock_wait how, u64 timeout_ns)
{
	int ret;

	might_sleep();
	ret = rangelock_enqueue_task(rl, req, start, last, mode);
	if (ret == -EINVAL)
		return ret;

	/* Before the wait, so that a deadlock is reported rather than met. */
	rlenv_dep_acquire(&rl->dep_map, subclass, false,
			  mode_is_shared(rl, mode));
	if (ret == -EINPROGRESS)
		ret = wait_for_grant(rl, req, how, timeout_ns);
	if (ret)
		rlenv_dep_release(&rl->dep_map);
	return ret;
}

/**
 * rangelock_acquire() - take a range, however long it takes
 * @rl:    the lock
 * @req:   the caller's request; must stay in place until released
 * @start: first byte
 * @last:  last byte, inclusive; RANGELOCK_MAX means to the end of the file
 * @mode:  index into the lock's matrix
 *
 * Context: task; may sleep.  The task must not hold a conflicting range.
 * Return: 0, or -EINVAL if @start > @last or the lock has no such mode
 * (nothing is taken then).
 */
int rangelock_acquire(struct rangelock *rl, struct rangelock_req *req,
		      u64 start, u64 last, unsigned int mode)
{
	return acquire(rl, req, start, last, mode, 0, RANGELOCK_WAIT_FOREVER,
		       RANGELOCK_NO_TIMEOUT);
}

/**
 * rangelock_acquire_nested() - take a range while holding another of its class
 * @rl:       the lock
 * @req:      the caller's request
 * @start:    first byte
 * @last:     last byte, inclusive
 * @mode:     index into the lock's matrix
 * @subclass: lock dependency subclass, 1 to 7; 0 is rangelock_acquire()
 *
 * For lockdep each range counts as the full range.  The caller answers for an
 * order that cannot deadlock: ascending start in one lock, ascending address
 * among locks.
 *
 * Context: task; may sleep.
 * Return: as rangelock_acquire().
 */
int rangelock_acquire_nested(struct rangelock *rl, struct rangelock_req *req,
			     u64 start, u64 last, unsigned int mode,
			     unsigned int subclass)
{
	return acquire(rl, req, start, last, mode, subclass,
		       RANGELOCK_WAIT_FOREVER, RANGELOCK_NO_TIMEOUT);
}

/**
 * rangelock_acquire_killable() - take a range unless the task is killed
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * In userspace a task is killed by rangelock_thread_die(), to be called from
 * its signal handler.
 *
 * Context: task; may sleep.
 * Return: as rangelock_acquire(), or -EINTR (nothing is taken then).
 */
int rangelock_acquire_killable(struct rangelock *rl, struct rangelock_req *req,
			       u64 start, u64 last, unsigned int mode)
{
	return acquire(rl, req, start, last, mode, 0, RANGELOCK_WAIT_KILLABLE,
		       RANGELOCK_NO_TIMEOUT);
}

/**
 * rangelock_acquire_interruptible() - take a range unless a signal arrives
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * Context: task; may sleep.
 * Return: as rangelock_acquire(), or -EINTR (nothing is taken then).
 */
int rangelock_acquire_interruptible(struct rangelock *rl,
				    struct rangelock_req *req, u64 start,
				    u64 last, unsigned int mode)
{
	return acquire(rl, req, start, last, mode, 0,
		       RANGELOCK_WAIT_INTERRUPTIBLE, RANGELOCK_NO_TIMEOUT);
}

/**
 * rangelock_acquire_timeout() - take a range within a time
 * @rl:         the lock
 * @req:        the caller's request
 * @start:      first byte
 * @last:       last byte, inclusive
 * @mode:       index into the lock's matrix
 * @timeout_ns: longest wait in ns
 *
 * Unlike a try it holds its place in the queue while it waits.
 *
 * Context: task; may sleep.
 * Return: as rangelock_acquire(), or -ETIMEDOUT (nothing is taken then).
 */
int rangelock_acquire_timeout(struct rangelock *rl, struct rangelock_req *req,
			      u64 start, u64 last, unsigned int mode,
			      u64 timeout_ns)
{
	return acquire(rl, req, start, last, mode, 0, RANGELOCK_WAIT_FOREVER,
		       timeout_ns);
}
