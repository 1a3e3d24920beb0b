// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The range lock: one interval tree of held and waiting requests under one
 * spinlock.  See rangelock.h for what it promises and rangelock_wait.c for
 * the verbs that sleep and rangelock_release.c for those that give back.
 *
 * Invariants (rangelock_validate() checks them by these numbers)
 *   I1  The tree is a valid interval tree; each request in it names this lock.
 *   I2  No two held requests conflict.
 *   I3  A request's blockers is the number of conflicting requests in the tree
 *       with a smaller seq, held or waiting.
 *   I4  A request is waiting if and only if its blockers is not 0.
 *   I5  No two requests have the same seq, and all are below next_seq.
 *   I6  nr_waiting is the number of waiting requests.
 *
 * Two requests conflict if their ranges overlap and the mask of the mode of
 * one holds the mode of the other; the matrix is symmetric.
 *
 * Request states (who moves them)
 *   idle     -> WAITING    enqueue, under the lock, if blockers > 0
 *   idle     -> GRANTED    enqueue or try, under the lock, if blockers == 0
 *   WAITING  -> GRANTING   whoever takes the last blocker away, under the lock
 *   GRANTING -> GRANTED    the same task after unlocking; it is the last time
 *                          that this task touches the request
 *   WAITING  -> idle       cancel, signal or timeout, under the lock
 *   GRANTED  -> idle       release, under the lock
 *
 * Lock order: rangelock.lock is a leaf, nothing is taken inside it.  It is
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
 *   next = req->wake_next
 *   store-release GRANTED, wake        load-acquire sees GRANTED: it is held
 *
 * No wake-up is lost: the state is tested after the task is marked as sleeping
 * (kernel) or by the futex call itself (userspace), and GRANTED is stored
 * before the wake.
 *
 * Cost: O((1 + k) log n) under the spinlock with k overlaps of n requests.
 * Not handled: that section is not bounded; whoever needs that bound wants a
 * lock that spreads its ranges.
 */
#include "rangelock.h"
#include "rangelock_internal.h"

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
	rl->tree.root = NULL;
	rl->next_seq = 0;
	rl->modes = modes;
	rl->stats = NULL;
	rl->deliver = NULL;
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
	rl->stats = stats;
}

/**
 * rangelock_destroy() - check that a lock may go away
 * @rl: the lock
 *
 * A lock owns no memory, so there is nothing to free.
 *
 * Context: any.
 * Return: 0, or -EBUSY if the lock has holders, waiters or a grant callback
 * under way; the lock stays usable then.
 */
int rangelock_destroy(struct rangelock *rl)
{
	unsigned long flags;
	bool busy;

	spin_lock_irqsave(&rl->lock, flags);
	busy = !itree_is_empty(&rl->tree) || rl->deliver;
	spin_unlock_irqrestore(&rl->lock, flags);
	return busy ? -EBUSY : 0;
}

/* How many requests in the tree conflict; stops at @limit. */
static inline u32 count_blockers_locked(struct rangelock *rl, u64 start,
					u64 last, unsigned int mode, u32 limit)
{
	u8 mask = conflict_mask(rl, mode);
	struct itree_node *node;
	u32 blockers = 0;
	u64 visited = 0;

	lockdep_assert_held(&rl->lock);
	if (itree_is_empty(&rl->tree))
		return 0;

	itree_for_each_overlap(node, &rl->tree, start, last) {
		visited++;
		if (!(mask & RANGELOCK_MASK(node_req(node)->mode)))
			continue;
		if (++blockers == limit)
			break;
	}
	if (rl->stats)
		rangelock_count(&rl->stats->visited, visited);
	return blockers;
}

static inline void insert_locked(struct rangelock *rl,
				 struct rangelock_req *req, u64 start, u64 last,
				 unsigned int mode, u32 blockers)
{
	lockdep_assert_held(&rl->lock);
	req->node.start = start;
	req->node.last = last;
	req->mode = mode;
	req->seq = rl->next_seq++;
	req->rl = rl;
	req->blockers = blockers;
	req->wake_next = NULL;
	WRITE_ONCE(req->state, blockers ? RANGELOCK_REQ_WAITING :
					  RANGELOCK_REQ_GRANTED);
	itree_insert(&rl->tree, &req->node);
	if (blockers)
		rl->nr_waiting++;
	if (rl->stats)
		rangelock_count(blockers ? &rl->stats->contended : &rl->stats->acquired,
		      1);
}

static bool range_is_valid(const struct rangelock *rl, u64 start, u64 last,
			   unsigned int mode)
{
	return start <= last && mode < rl->modes->nr;
}

/* Queue a request; the caller tells lockdep. */
static int enqueue(struct rangelock *rl, struct rangelock_req *req, u64 start,
		   u64 last, unsigned int mode, rangelock_grant_fn grant)
{
	unsigned long flags;
	u32 blockers;

	if (!range_is_valid(rl, start, last, mode))
		return -EINVAL;

	rlenv_trace_request(rl, start, last, mode);
	req->grant = grant;
	req->task = rlenv_self();
	req->owner = grant ? 0 : rlenv_self_id();

	spin_lock_irqsave(&rl->lock, flags);
	blockers = count_blockers_locked(rl, start, last, mode, U32_MAX);
	insert_locked(rl, req, start, last, mode, blockers);
	spin_unlock_irqrestore(&rl->lock, flags);

	if (blockers)
		return -EINPROGRESS;
	rlenv_trace_granted(rl, start, last, mode);
	return 0;
}

/* rangelock_enqueue() for a task that goes on to wait: see rangelock_wait.c. */
int rangelock_enqueue_task(struct rangelock *rl, struct rangelock_req *req,
			   u64 start, u64 last, unsigned int mode)
{
	return enqueue(rl, req, start, last, mode, NULL);
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
	int ret = enqueue(rl, req, start, last, mode, grant);

	if (!ret && !grant)
		rlenv_dep_acquire(&rl->dep_map, 0, true,
				  mode_is_shared(rl, mode));
	return ret;
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
 * does not overtake the queue.  A try that fails leaves no trace.
 *
 * Context: any.
 * Return: 0, -EAGAIN on a conflict, -EINVAL as rangelock_enqueue(); @req is
 * untouched on failure.
 */
int rangelock_try(struct rangelock *rl, struct rangelock_req *req, u64 start,
		  u64 last, unsigned int mode)
{
	unsigned long flags;
	u32 blockers;

	if (!range_is_valid(rl, start, last, mode))
		return -EINVAL;

	spin_lock_irqsave(&rl->lock, flags);
	blockers = count_blockers_locked(rl, start, last, mode, 1);
	if (!blockers) {
		req->grant = NULL;
		req->task = rlenv_self();
		req->owner = rlenv_self_id();
		insert_locked(rl, req, start, last, mode, 0);
	} else if (rl->stats) {
		rangelock_count(&rl->stats->try_failed, 1);
	}
	spin_unlock_irqrestore(&rl->lock, flags);

	if (blockers)
		return -EAGAIN;
	rlenv_trace_granted(rl, start, last, mode);
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
