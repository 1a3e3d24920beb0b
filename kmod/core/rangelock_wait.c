// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The verbs of a range lock that sleep.  All are enqueue plus rangelock_wait().
 */
#include "rangelock_spread.h"

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
	struct rangelock_stats *stats = rangelock_stats(rl);

	/* One return from sleep is the grant, the signal or the timeout. */
	if (stats && woken > 1)
		atomic64_add(woken - 1, &stats->spurious);
}

/* Report a task that would wait for a range that it holds itself. */
static void warn_self_deadlock(struct rangelock *rl,
			       const struct rangelock_req *req)
{
	struct itree_node *node;
	unsigned long flags;
	bool self = false;

	rangelock_lock(rl, flags);
	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last) {
		const struct rangelock_req *other = node_req(node);

		self |= other != req && req_is_granted(other) &&
			READ_ONCE(other->owner) == req->owner &&
			(conflict_mask(rl, req->mode) &
			 RANGELOCK_MASK(other->mode));
	}
	rangelock_unlock(rl, flags);
	if (self)
		rangelock_refuse("a task waits for a range that it holds itself");
}

/* Sleep until the waker has let go of @req: short, and not to be broken off. */
static void wait_for_waker(struct rangelock_req *req, u64 *woken)
{
	rlenv_wait_on(&req->state, RANGELOCK_REQ_AWAKE, RANGELOCK_WAIT_FOREVER,
		      0, woken);
}

/* Signal or timeout: withdraw @req, unless the grant came first. */
static int give_up(struct rangelock *rl, struct rangelock_req *req, int why,
		   u64 *woken)
{
	int ret;

	while ((ret = rangelock_withdraw(rl, req)) == -EAGAIN)
		wait_for_waker(req, woken);
	if (!ret)
		return why;
	wait_for_waker(req, woken);
	return 0;
}

/* How often a task that has been woken looks whether nobody is in its way. */
#define CLAIM_TURNS	64

/* A task that is awake takes its range when it can; false: it is to sleep. */
static bool claim_range(struct rangelock *rl, struct rangelock_req *req)
{
	unsigned int turn;

	for (turn = 0; turn < CLAIM_TURNS && rlenv_may_spin(); turn++) {
		if (READ_ONCE(req->queue) == RANGELOCK_QUEUE_FREE &&
		    rangelock_claim(rl, req, true))
			return true;
		cpu_relax();
	}
	return rangelock_claim(rl, req, false);
}

/* Sleep until @req is held; lock dependencies are the caller's business. */
static int wait_for_grant(struct rangelock *rl, struct rangelock_req *req,
			  enum rangelock_wait how, u64 timeout_ns)
{
	u64 deadline = deadline_of(timeout_ns);
	u64 woken = 0;
	int ret;

	if (rlenv_debug())
		warn_self_deadlock(rl, req);

	rlenv_trace_blocked(rl, req->node.start, req->node.last, req->mode);
	rlenv_contention_begin(rl, !mode_is_shared(rl, req->mode));
	do {
		ret = rlenv_wait_on(&req->state, RANGELOCK_REQ_AWAKE, how,
				    deadline, &woken);
		if (ret)
			ret = give_up(rl, req, ret, &woken);
		else if (READ_ONCE(req->state) == RANGELOCK_REQ_WOKEN &&
			 !claim_range(rl, req))
			ret = -EAGAIN;
	} while (ret == -EAGAIN);
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
	if (req->callback)
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

/*
 * Before a task queues it waits without sleeping, as long as going to sleep and
 * being woken would take: SPIN_TURNS turns, and one more for each time that it
 * has helped lately (rangelock.luck).  The pauses in between grow, so that the
 * holder is not kept from its own cache lines.
 */
#define SPIN_TURNS	32
#define SPIN_PAUSE_MAX	4u

/* Of these turns so many go by between two looks into the tree. */
#define SPIN_LOOK	8

/*
 * With so much luck a task looks into the tree at once, to find out whether the
 * two that meet do conflict: if not, that makes the lock warmer.
 */
#define LUCK_SAMPLE	192
#define LUCK_SAMPLED	128
#define LUCK_MAX	255u

static void pause_for(unsigned int turn)
{
	unsigned int i;

	for (i = 0; i <= min(turn, SPIN_PAUSE_MAX - 1); i++)
		cpu_relax();
}

/* May a task wait for who holds the lock alone, rather than look who it is? */
static bool trusts_luck(struct rangelock *rl)
{
	if (READ_ONCE(rl->heat) || (READ_ONCE(rl->tree.root) & ITREE_USER))
		return false;
	if (READ_ONCE(rl->luck) < LUCK_SAMPLE)
		return true;
	WRITE_ONCE(rl->luck, LUCK_SAMPLED);
	return false;
}

/* One attempt: alone if nobody is there, else now and then in the tree. */
static int try_again(struct rangelock *rl, struct rangelock_req *req, u64 start,
		     u64 last, unsigned int mode, unsigned int turn)
{
	unsigned long root = READ_ONCE(rl->tree.root);

	if (!(root & ITREE_USER)) {
		if (!rangelock_take_alone(rl, req, start, last, mode, false,
					  rlenv_self_id()))
			return -EAGAIN;
		RANGELOCK_ATOMIC_EVENT(rl, acquired);
		rlenv_trace_granted(rl, start, last, mode);
		return 0;
	}
	if (root != ITREE_USER && turn % SPIN_LOOK != SPIN_LOOK - 1)
		return -EAGAIN;
	return rangelock_take(rl, req, start, last, mode, NULL,
			      RANGELOCK_MAY_PASS);
}

/* Wait for a range without sleeping. */
static int spin_for_range(struct rangelock *rl, struct rangelock_req *req,
			  u64 start, u64 last, unsigned int mode)
{
	unsigned int turn, luck = READ_ONCE(rl->luck);
	int ret = -EAGAIN;

	for (turn = 0; ret == -EAGAIN && turn < SPIN_TURNS + luck; turn++) {
		if (!rlenv_may_spin())
			break;
		pause_for(turn);
		ret = try_again(rl, req, start, last, mode, turn);
	}
	WRITE_ONCE(rl->luck, (u8)(ret ? luck / 2 : min(luck + 1, LUCK_MAX)));
	return ret;
}

/* Take a range or queue for it, in the way that a task does it. */
static int take_or_queue(struct rangelock *rl, struct rangelock_req *req,
			 u64 start, u64 last, unsigned int mode)
{
	int ret = -EAGAIN;

	if (rl->config & RANGELOCK_FIFO)
		return rangelock_take(rl, req, start, last, mode, NULL,
				      RANGELOCK_MAY_QUEUE);
	if (!trusts_luck(rl))
		ret = rangelock_take(rl, req, start, last, mode, NULL,
				     RANGELOCK_MAY_PASS);
	if (ret == -EAGAIN)
		ret = spin_for_range(rl, req, start, last, mode);
	if (ret)
		ret = rangelock_take(rl, req, start, last, mode, NULL,
				     RANGELOCK_MAY_PASS | RANGELOCK_MAY_QUEUE);
	return ret;
}

static int acquire(struct rangelock *rl, struct rangelock_req *req, u64 start,
		   u64 last, unsigned int mode, unsigned int subclass,
		   enum rangelock_wait how, u64 timeout_ns)
{
	int ret = 0;

	might_sleep();
	if (unlikely(!range_is_valid(rl, start, last, mode)))
		return -EINVAL;
	rlenv_trace_request(rl, start, last, mode);
	if (likely(rangelock_take_fast(rl, req, start, last, mode, false) ==
		   RANGELOCK_TAKEN))
		rlenv_trace_granted(rl, start, last, mode);
	else
		ret = take_or_queue(rl, req, start, last, mode);

	/* Before the wait, so that a deadlock is reported rather than met. */
	rlenv_dep_acquire(&rl->dep_map, subclass, false,
			  mode_is_shared(rl, mode));
	if (unlikely(ret == -EINPROGRESS))
		ret = wait_for_grant(rl, req, how, timeout_ns);
	if (unlikely(ret))
		rlenv_dep_release(&rl->dep_map);
	return ret;
}

/* The rest of rangelock_acquire(). */
int rangelock_acquire_slowly(struct rangelock *rl, struct rangelock_req *req,
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
