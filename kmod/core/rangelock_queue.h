/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who waits for whom, and what happens when somebody leaves.  Between the files
 * of the range lock; see rangelock_queue.c.
 */
#ifndef RANGELOCK_QUEUE_H
#define RANGELOCK_QUEUE_H

#include "rangelock_spread.h"

/*
 * What one section of the lock does at most: look at so many overlapping
 * requests for one waiter, and look after so many waiters.
 */
#ifndef RANGELOCK_LOOK_MAX
#define RANGELOCK_LOOK_MAX	32
#define RANGELOCK_SWEEP_MAX	8
#endif

/*
 * Requests that have been granted and are still to be told, linked by next, in
 * the order of their grants.
 */
struct rangelock_grants {
	struct rangelock_req *first;
	struct rangelock_req **tail;
};

/**
 * struct rangelock_handoff - whom to tell after the lock has been dropped
 * @tasks:     by waking them
 * @callbacks: by calling them
 */
struct rangelock_handoff {
	struct rangelock_grants tasks;
	struct rangelock_grants callbacks;
};

/**
 * struct rangelock_busy - somebody who will touch a lock again
 * @rl:       the lock
 * @delivers: it calls callbacks for the lock, else it sweeps
 * @grants:   whom it has still to call
 * @next:     another one in the same place
 */
struct rangelock_busy {
	struct rangelock *rl;
	bool delivers;
	struct rangelock_grants grants;
	struct rangelock_busy *next;
};

/**
 * struct rangelock_scan - how far the search for a predecessor has come
 * @req:   whose it is, NULL before the first step
 * @start: start of the request visited last
 * @place: address of its node, which may have left the tree
 * @more:  there is more to look at
 */
struct rangelock_scan {
	const struct rangelock_req *req;
	u64 start;
	unsigned long place;
	bool more;
};

/* rangelock_queue.c; all under rangelock.lock, but rangelock_sweep() */
struct rangelock_req *rangelock_predecessor(struct rangelock *rl,
					    const struct rangelock_req *req,
					    struct rangelock_scan *scan);
void rangelock_block(struct rangelock_req *by, struct rangelock_req *req);
void rangelock_unblock(struct rangelock_req *req);
void rangelock_grant_in_place(struct rangelock *rl, struct rangelock_req *req);
void rangelock_sweep(struct rangelock *rl, struct rangelock_req **waiters,
		     unsigned long flags)
	__releases(&rl->lock);

/* rangelock_handoff.c */
void rangelock_handoff_init(struct rangelock_handoff *handoff);
void rangelock_handoff_add(struct rangelock_handoff *handoff,
			   struct rangelock_req *req, bool callback);
void rangelock_handoff_unlock(struct rangelock *rl,
			      struct rangelock_handoff *handoff,
			      unsigned long flags)
	__releases(&rl->lock);
bool rangelock_is_busy(struct rangelock *rl);
void rangelock_set_busy(struct rangelock *rl, struct rangelock_busy *busy);
void rangelock_clear_busy(struct rangelock_busy *busy);

#endif /* RANGELOCK_QUEUE_H */
