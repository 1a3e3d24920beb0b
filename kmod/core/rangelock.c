// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The range lock: one interval tree of held and waiting requests under one
 * spinlock, and in front of it, while the lock is spread, buckets of held ones.
 * See rangelock.h for what it promises, rangelock_wait.c for the verbs that
 * sleep, rangelock_release.c for those that give back, rangelock_spread.h for
 * the buckets.
 *
 * Invariants (rangelock_validate() checks them by these numbers)
 *   I1  The tree is a valid interval tree; each request in it names this lock.
 *   I2  No two held requests conflict.
 *   I3  Q1 of rangelock_queue.c: who is in whose list, and rightly so.
 *   I4  Q2 of rangelock_queue.c: nobody who waits is forgotten.
 *   I5  A held request has seq 0; no two waiting ones have the same, and all
 *       are below next_seq.
 *   I6  nr_waiting is the number of waiting requests.
 *   I7  What rangelock_spread.h says of buckets, and no range in a bucket
 *       conflicts with another one there or in the tree.
 *
 * Two requests conflict if their ranges overlap and the mask of the mode of
 * one holds the mode of the other; the matrix is symmetric.
 *
 * A lock in use by one.  While tree.root is 0 nothing is held, and a cmpxchg()
 * of it to the address of a request's node takes any range without the
 * spinlock; a cmpxchg() back releases it.  Who has the spinlock and wants the
 * tree seals it first: ITREE_USER is set in tree.root, both of these fail, and
 * the one who holds the lock alone is put into the tree (rangelock_seal()).  The
 * seal is taken off when the spinlock is dropped and nothing is held.
 *
 * Request states (who moves them)
 *   idle     -> GRANTED    the task itself: alone, in a bucket, or under the lock
 *   idle     -> WAITING    enqueue, under the lock, if somebody comes before it
 *   WAITING  -> GRANTING   whoever finds that nobody does any more, under the
 *                          lock
 *   GRANTING -> GRANTED    the same task after unlocking; it is the last time
 *                          that this task touches the request
 *   WAITING  -> idle       cancel, signal or timeout, under the lock
 *   GRANTED  -> idle       release: alone, in a bucket, or under the lock
 * and for a task that may be passed by
 *   idle     -> WOKEN      acquire, under the lock: it is awake
 *   WOKEN    -> GRANTED    the waiter, under the lock, if it finds nobody before
 *                          it
 *   WOKEN    -> WAITING    the waiter, under the lock: it goes to sleep
 *   WAITING  -> WAKING     whoever finds nobody before it, under the lock
 *   WAKING   -> WOKEN      the same task after unlocking, as GRANTED above
 *   WOKEN    -> idle       signal or timeout, under the lock
 *
 * Lock order: inside rangelock.lock only the bit of one bucket and the locks of
 * the pool or of a place of deliveries are taken, each of them a leaf.  All are
 * taken with interrupts off because a completion in IRQ context releases.
 *
 * Wake-ups.  A release collects those whose last blocker it was on a private
 * list and wakes them after unlocking.  GRANTING keeps such a request in place
 * meanwhile: a waiter that gives up finds that it may not leave any more, and
 * waits for the store of GRANTED, see rangelock_wait().
 *
 *   CPU0 (release)                     CPU1 (waiter that times out)
 *   lock; state = GRANTING; unlock
 *                                      lock; state is GRANTING: not withdrawn
 *                                      unlock; sleep until GRANTED
 *   next = req->next
 *   store-release GRANTED, wake        load-acquire sees GRANTED: it is held
 *
 * No wake-up is lost: the state is tested after the task is marked as sleeping
 * (kernel) or by the futex call itself (userspace), and GRANTED is stored
 * before the wake.
 *
 * Bypass.  A task in an acquire verb may take a range that nobody holds although
 * tasks wait for it or for parts of it, see may_pass(): it goes ahead of them
 * with seq 0.  Each pass costs all of them one of their RANGELOCK_BYPASS_MAX; one
 * with none left, or older than RANGELOCK_BYPASS_NS, is not passed any more, and
 * neither is one whose range reaches beyond that of the passer, for that one may
 * be waiting for somebody else.  Hence from then on only those are ahead of it
 * who were so at that moment.  A task that is passed looks again before it takes
 * its range (rangelock_claim()).
 *
 * Cost: a section looks at RANGELOCK_LOOK_MAX overlapping requests for one
 * waiter, each for O(log n), and after RANGELOCK_SWEEP_MAX waiters, whatever is
 * held and whoever waits; rangelock_stats.visited_max tells.  A verb as a whole
 * takes as long as there are requests that it has to look at.  While the lock is
 * spread, a range without a conflict costs a look at four slots.
 */
#include "rangelock_queue.h"

const struct rangelock_modes rangelock_modes_rw = {
	.nr = 2,
	.conflict = {
		[RANGELOCK_SHARED] = RANGELOCK_MASK(RANGELOCK_EXCLUSIVE),
		[RANGELOCK_EXCLUSIVE] = RANGELOCK_MASK(RANGELOCK_SHARED) |
					RANGELOCK_MASK(RANGELOCK_EXCLUSIVE),
	},
	.name = {
		[RANGELOCK_SHARED] = "shared",
		[RANGELOCK_EXCLUSIVE] = "exclusive",
	},
};

#define MASK_ALL                                                        \
	(RANGELOCK_MASK(RANGELOCK_READ) | RANGELOCK_MASK(RANGELOCK_WRITE) |                 \
	 RANGELOCK_MASK(RANGELOCK_LOG) | RANGELOCK_MASK(RANGELOCK_REFLINK_SRC) |            \
	 RANGELOCK_MASK(RANGELOCK_RESTRUCTURE))

const struct rangelock_modes rangelock_modes_file = {
	.nr = 5,
	.conflict = {
		[RANGELOCK_READ] = RANGELOCK_MASK(RANGELOCK_WRITE) |
				   RANGELOCK_MASK(RANGELOCK_RESTRUCTURE),
		[RANGELOCK_WRITE] = MASK_ALL,
		[RANGELOCK_LOG] = RANGELOCK_MASK(RANGELOCK_WRITE) |
				  RANGELOCK_MASK(RANGELOCK_LOG) |
				  RANGELOCK_MASK(RANGELOCK_RESTRUCTURE),
		[RANGELOCK_REFLINK_SRC] = RANGELOCK_MASK(RANGELOCK_WRITE) |
					  RANGELOCK_MASK(RANGELOCK_RESTRUCTURE),
		[RANGELOCK_RESTRUCTURE] = MASK_ALL,
	},
	.name = {
		[RANGELOCK_READ] = "read",
		[RANGELOCK_WRITE] = "write",
		[RANGELOCK_LOG] = "log",
		[RANGELOCK_REFLINK_SRC] = "reflink_src",
		[RANGELOCK_RESTRUCTURE] = "restructure",
	},
};

/**
 * rangelock_init_class() - make a lock; rangelock_init() is the way to call it
 * @rl:    the lock
 * @modes: its conflict matrix, must outlive the lock
 * @name:  for lock dependency reports
 * @key:   lock dependency class, static
 *
 * Context: any.
 */
void rangelock_init_class(struct rangelock *rl,
			  const struct rangelock_modes *modes,
			  const char *name, struct lock_class_key *key)
{
	spin_lock_init(&rl->lock);
	rl->nr_waiting = 0;
	rl->tree.root = 0;
	rl->next_seq = 1;
	rl->nr_modes = (u8)modes->nr;
	rl->luck = 0;
	rl->heat = 0;
	rl->spread = NULL;
	rl->config = (unsigned long)modes;
	rlenv_dep_init(&rl->dep_map, name, key);
}

/**
 * rangelock_set_class() - change the lock dependency class of a lock
 * @rl:   the lock
 * @name: for lock dependency reports
 * @key:  lock dependency class, static
 *
 * For a lock whose place in the order of locks changes.
 *
 * Context: nobody holds @rl or waits for it.
 */
void rangelock_set_class(struct rangelock *rl, const char *name,
			 struct lock_class_key *key)
{
	rlenv_dep_init(&rl->dep_map, name, key);
}

/**
 * rangelock_attach_stats() - count what happens on a lock
 * @rl:    the lock
 * @stats: zeroed counters that outlive the lock, or NULL to stop counting
 *
 * Context: before the first use of @rl or while nobody uses it.
 */
void rangelock_attach_stats(struct rangelock *rl, struct rangelock_stats *stats)
{
	const struct rangelock_modes *modes = rangelock_modes(rl);
	unsigned long policy = rl->config & (RANGELOCK_FIFO |
					     RANGELOCK_TREE_ONLY);

	if (stats) {
		stats->modes = modes;
		rl->config = (unsigned long)stats | RANGELOCK_HAS_STATS;
	} else {
		rl->config = (unsigned long)modes;
	}
	rl->config |= policy;
}

/**
 * rangelock_set_policy() - turn bounded bypass or adaption off, or on again
 * @rl:     the lock
 * @policy: mask of RANGELOCK_FIFO and RANGELOCK_TREE_ONLY; 0 is the default
 *
 * Context: before the first use of @rl or while nobody uses it.
 */
void rangelock_set_policy(struct rangelock *rl, unsigned int policy)
{
	rl->config &= ~(unsigned long)(RANGELOCK_FIFO | RANGELOCK_TREE_ONLY);
	rl->config |= policy & (RANGELOCK_FIFO | RANGELOCK_TREE_ONLY);
}

/**
 * rangelock_destroy() - the memory of a lock is about to be reused
 * @rl: the lock
 *
 * Gives the lock's buckets back, if it has any.
 *
 * Context: any.
 * Return: 0, or -EBUSY if the lock has holders, waiters or a grant callback
 * under way; the lock stays usable then.
 */
int rangelock_destroy(struct rangelock *rl)
{
	unsigned long flags = rangelock_gather(rl);
	struct rangelock_spread *s = rl->spread;
	bool busy;

	busy = !itree_is_empty(&rl->tree) || rangelock_is_busy(rl) ||
	       (s && s->closers);
	if (!busy && s) {
		rlenv_rcu_assign(rl->spread, NULL);
		if (s->next)
			rangelock_pool_retire(s->next);
		rangelock_pool_retire(s);
	}
	rangelock_unlock(rl, flags);
	return busy ? -EBUSY : 0;
}

/* Time for rangelock_req.patience_ends; comparisons survive the wrap. */
static u32 patience_clock(void)
{
	return (u32)(rlenv_now_ns() >> 10);
}

/* May @req, which overlaps @other, go ahead of it? */
static bool may_pass(const struct rangelock_req *req,
		     const struct rangelock_req *other, u32 now)
{
	return req_is_waiting(other) && other->patience &&
	       READ_ONCE(other->queue) != RANGELOCK_QUEUE_SEARCHED &&
	       other->node.start >= req->node.start &&
	       other->node.last <= req->node.last &&
	       (int)(other->patience_ends - now) > 0;
}

/* Go ahead of all who are in the way, if they are few and it may. */
static bool pass_locked(struct rangelock *rl, const struct rangelock_req *req)
{
	u64 start = req->node.start, last = req->node.last;
	u8 mask = conflict_mask(rl, req->mode);
	unsigned int visited = 0;
	struct itree_node *node;
	u32 now = patience_clock();

	lockdep_assert_held(&rl->lock);
	itree_for_each_overlap(node, &rl->tree, start, last) {
		if (++visited > RANGELOCK_LOOK_MAX)
			return false;
		if ((mask & RANGELOCK_MASK(node_req(node)->mode)) &&
		    !may_pass(req, node_req(node), now))
			return false;
	}
	itree_for_each_overlap(node, &rl->tree, start, last)
		if (mask & RANGELOCK_MASK(node_req(node)->mode))
			node_req(node)->patience--;
	RANGELOCK_EVENT(rl, bypassed);
	return true;
}

/*
 * Somebody holds the lock alone: from now on, in the tree like everyone.
 * Under rangelock.lock.
 */
noinline void rangelock_adopt(struct rangelock *rl, unsigned long alone)
{
	struct rangelock_req *req = node_req((struct itree_node *)alone);

	lockdep_assert_held(&rl->lock);
	req->seq = 0;
	req->waiters = NULL;
	req->counted = 0;
	itree_insert(&rl->tree, &req->node);
}

static inline void insert_granted_locked(struct rangelock *rl,
					 struct rangelock_req *req)
{
	lockdep_assert_held(&rl->lock);
	req->seq = 0;
	req->waiters = NULL;
	WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTED);
	itree_insert(&rl->tree, &req->node);
	RANGELOCK_ATOMIC_EVENT(rl, acquired);
}

/* Queue @req behind @by, or behind whom a search that is not over will find. */
static void insert_waiting_locked(struct rangelock *rl,
				  struct rangelock_req *req,
				  struct rangelock_req *by, unsigned int how)
{
	bool patient = how & RANGELOCK_MAY_PASS;

	lockdep_assert_held(&rl->lock);
	if (!rl->nr_waiting)
		rl->next_seq = 1;
	req->seq = rl->next_seq++;
	if (!req->callback)
		req->task = rlenv_self();
	req->waiters = NULL;
	req->patience = patient ? RANGELOCK_BYPASS_MAX : 0;
	if (patient)
		req->patience_ends = patience_clock() +
				     (RANGELOCK_BYPASS_NS >> 10);
	/* One that may be passed by looks for itself at first. */
	WRITE_ONCE(req->state, patient ? RANGELOCK_REQ_WOKEN :
					 RANGELOCK_REQ_WAITING);
	req->pprev = NULL;
	WRITE_ONCE(req->queue, RANGELOCK_QUEUE_SEARCHED);
	if (by)
		rangelock_block(by, req);
	itree_insert(&rl->tree, &req->node);
	rl->nr_waiting++;
	RANGELOCK_EVENT(rl, contended);
}

/*
 * Find out whether a range may be had, and take it or queue for it.
 * Returns 0, -EINPROGRESS, or what stands in the way of those who may not
 * queue: -EAGAIN if a range that is held, -EBUSY if somebody comes first, and
 * -EOVERFLOW if there is too much there to tell.  With -EINPROGRESS the search
 * may have to be continued, see @scan.
 */
static inline int take_locked(struct rangelock *rl, struct rangelock_req *req,
			      unsigned int how, struct rangelock_scan *scan)
{
	struct rangelock_req *by = NULL;

	lockdep_assert_held(&rl->lock);
	if (likely(itree_is_empty(&rl->tree)))
		goto grant;
	req->seq = U64_MAX;
	by = rangelock_predecessor(rl, req, scan);
	if (!by && !scan->more)
		goto grant;
	if (by && (how & RANGELOCK_MAY_PASS) && pass_locked(rl, req))
		goto grant;
	if (how & RANGELOCK_MAY_QUEUE) {
		insert_waiting_locked(rl, req, by, how);
		return -EINPROGRESS;
	}
	return !by ? -EOVERFLOW : by->seq ? -EBUSY : -EAGAIN;
grant:
	insert_granted_locked(rl, req);
	return by ? -EALREADY : 0;
}

/* Go on with the search for whom a request that is queued has to wait for. */
static noinline int continue_search(struct rangelock *rl,
				    struct rangelock_req *req,
				    struct rangelock_scan *scan)
{
	struct rangelock_req *by;
	unsigned long flags;
	int ret = 0;

	do {
		rangelock_lock(rl, flags);
		by = rangelock_predecessor(rl, req, scan);
		if (by) {
			rangelock_block(by, req);
			ret = -EINPROGRESS;
		} else if (!scan->more) {
			rangelock_unblock(req);
			rangelock_grant_in_place(rl, req);
			WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTED);
		}
		rangelock_unlock(rl, flags);
	} while (!by && scan->more);
	return ret;
}

static void cool_down(struct rangelock *rl)
{
	lockdep_assert_held(&rl->lock);
	WRITE_ONCE(rl->heat, (u8)(rl->heat - min_t(unsigned int, rl->heat,
						   RANGELOCK_COOL)));
}

/* The tree's part of rangelock_take(). */
static inline int take_in_tree(struct rangelock *rl, struct rangelock_req *req,
			       unsigned int how, enum rangelock_taken found)
{
	struct rangelock_scan scan = { .req = NULL };
	bool met, alone, kick = false;
	u16 counted = 0;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&rl->lock, flags);
	met = rangelock_seal(rl);
	if (unlikely(rl->spread))
		flags = rangelock_prepare(rl, req->node.start, req->node.last,
					  req->mode, flags, &counted);
	alone = itree_is_empty(&rl->tree);
	req->counted = counted;
	ret = take_locked(rl, req, how, &scan);
	if (unlikely(ret && ret != -EINPROGRESS && ret != -EALREADY)) {
		rangelock_forget(rl, req->node.start, req->node.last, counted);
		cool_down(rl);
		WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	} else if (unlikely(!alone || rl->spread || rl->heat)) {
		kick = rangelock_adapt(rl, req, ret, met, found);
	}
	rangelock_unlock(rl, flags);
	if (unlikely(kick))
		rangelock_pool_kick();
	if (unlikely(scan.more && ret == -EINPROGRESS))
		ret = continue_search(rl, req, &scan);
	/* It has passed somebody: as good as any grant. */
	return ret == -EALREADY ? 0 : ret;
}

/*
 * Take a range or queue for it; the arguments are valid and the caller tells
 * lockdep.  Returns 0 or -EINPROGRESS, without RANGELOCK_MAY_QUEUE also -EAGAIN
 * or -EBUSY as take_locked().
 */
int rangelock_take(struct rangelock *rl, struct rangelock_req *req, u64 start,
		   u64 last, unsigned int mode, rangelock_grant_fn grant,
		   unsigned int how)
{
	enum rangelock_taken found;
	int ret = 0;

	found = rangelock_take_fast(rl, req, start, last, mode, grant);
	/* Held, in its bucket: that need not be disturbed to look again. */
	if (found == RANGELOCK_CONFLICT && !(how & RANGELOCK_MAY_QUEUE))
		return -EAGAIN;
	if (found != RANGELOCK_TAKEN) {
		rangelock_fill(rl, req, start, last, mode, grant,
			       grant ? 0 : rlenv_self_id());
		req->grant = grant;
		WRITE_ONCE(req->home, NULL);
		ret = take_in_tree(rl, req, how, found);
	}
	if (!ret)
		rlenv_trace_granted(rl, start, last, mode);
	return ret;
}

/**
 * rangelock_enqueue() - ask for a range without waiting for it
 * @rl:    the lock
 * @req:   the caller's request; must stay in place until released or cancelled
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 * @grant: called when a queued request is granted, or NULL if a task will call
 *         rangelock_wait()
 *
 * If the request is granted at once, @grant is not called.  A request with a
 * callback belongs to no task: it is not tracked by lockdep and any task or
 * interrupt may release it.
 *
 * Context: any with @grant, task without.
 * Return: 0 if granted, -EINPROGRESS if queued, -EINVAL if @start > @last or
 * the lock has no such mode (@req and @rl are untouched then).
 */
int rangelock_enqueue(struct rangelock *rl, struct rangelock_req *req,
		      u64 start, u64 last, unsigned int mode,
		      rangelock_grant_fn grant)
{
	int ret;

	if (unlikely(!range_is_valid(rl, start, last, mode)))
		return -EINVAL;
	rlenv_trace_request(rl, start, last, mode);
	ret = rangelock_take(rl, req, start, last, mode, grant,
			     RANGELOCK_MAY_QUEUE);
	if (!ret && !grant)
		rlenv_dep_acquire(&rl->dep_map, 0, true,
				  mode_is_shared(rl, mode));
	return ret;
}

/*
 * A try on a range with so many others on it that one section of the lock does
 * not do: queue for a moment.
 */
static noinline int try_in_queue(struct rangelock *rl,
				 struct rangelock_req *req, u64 start, u64 last,
				 unsigned int mode)
{
	int ret = rangelock_take(rl, req, start, last, mode, NULL,
				 RANGELOCK_MAY_QUEUE);

	if (ret != -EINPROGRESS)
		return ret;
	/* Granted meanwhile is as good. */
	if (rangelock_withdraw(rl, req) != -EALREADY)
		return -EAGAIN;
	while (smp_load_acquire(&req->state) != RANGELOCK_REQ_GRANTED)
		cpu_relax();
	return 0;
}

/**
 * rangelock_try() - take a range if nothing conflicts
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * Fails exactly if a conflicting request overlaps, held or waiting, so a try
 * does not overtake the queue.  A try that fails leaves no trace in the lock.
 * Where more than RANGELOCK_LOOK_MAX others overlap that do not conflict, it
 * queues for a moment.
 *
 * Context: any.
 * Return: 0, -EAGAIN on a conflict, -EINVAL as rangelock_enqueue(); @req is not
 * held then.
 */
int rangelock_try(struct rangelock *rl, struct rangelock_req *req, u64 start,
		  u64 last, unsigned int mode)
{
	int ret;

	if (!range_is_valid(rl, start, last, mode))
		return -EINVAL;

	ret = rangelock_take(rl, req, start, last, mode, NULL, 0);
	if (unlikely(ret == -EOVERFLOW))
		ret = try_in_queue(rl, req, start, last, mode);
	if (ret) {
		RANGELOCK_ATOMIC_EVENT(rl, try_failed);
		return -EAGAIN;
	}
	rlenv_dep_acquire(&rl->dep_map, 0, true, mode_is_shared(rl, mode));
	return 0;
}

/**
 * rangelock_is_held() - has a request been granted and not released yet
 * @req: a request that some verb has been called with
 *
 * Context: any.  True is stable only for whoever may release @req.
 * Return: true if it is held.
 */
bool rangelock_is_held(const struct rangelock_req *req)
{
	/* Pairs with the store-release in deliver_callbacks(). */
	return smp_load_acquire(&req->state) == RANGELOCK_REQ_GRANTED;
}
