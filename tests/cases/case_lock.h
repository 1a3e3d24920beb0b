/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the cases of the lock share: a lock with counters, a request that
 * records its grant, ways to hold a range on behalf of nobody, and waiting
 * for a state instead of for a time.
 */
#ifndef RANGELOCK_CASE_LOCK_H
#define RANGELOCK_CASE_LOCK_H

#include "case.h"
#include "rangelock.h"
#include "rangelock_debug.h"

/**
 * struct case_lock - a lock under test
 * @rl:     the lock
 * @stats:  its counters
 * @grants: how many grant callbacks ran; numbers them
 */
struct case_lock {
	struct rangelock rl;
	struct rangelock_stats stats;
	atomic_t grants;
};

/**
 * struct case_req - a request whose grant is recorded
 * @req:     the request
 * @lock:    where it was queued
 * @granted: how often its callback ran; callback, release/acquire
 * @order:   number of its grant among those of the lock; before @granted
 */
struct case_req {
	struct rangelock_req req;
	struct case_lock *lock;
	u32 granted;
	int order;
};

static inline void case_lock_init(struct case_lock *lock,
				  const struct rangelock_modes *modes)
{
	memset(lock, 0, sizeof(*lock));
	rangelock_init_named(&lock->rl, modes, "case");
	rangelock_attach_stats(&lock->rl, &lock->stats);
}

/* A case ends with a lock that nobody holds and that says so. */
static inline void case_lock_destroy(struct case_ctx *t,
				     struct case_lock *lock)
{
	if (case_has_failed(t))
		return;
	CASE_EXPECT_EQ(t, rangelock_validate(&lock->rl), 0);
	CASE_EXPECT(t, itree_is_empty(&lock->rl.tree));
	CASE_EXPECT_EQ(t, lock->rl.nr_waiting, 0);
	CASE_EXPECT_EQ(t, rangelock_destroy(&lock->rl), 0);
}

static inline u32 case_nr_waiting_on(struct rangelock *rl)
{
	unsigned long flags;
	u32 nr;

	spin_lock_irqsave(&rl->lock, flags);
	nr = rl->nr_waiting;
	spin_unlock_irqrestore(&rl->lock, flags);
	return nr;
}

static inline u32 case_nr_waiting(struct case_lock *lock)
{
	return case_nr_waiting_on(&lock->rl);
}

/* One step of polling for a state that another thread will reach. */
static inline void case_poll(unsigned int *turns)
{
	if (++*turns < 100)
		cond_resched();
	else
		rlenv_sleep_ns(20000);
}

#define CASE_WAIT_UNTIL(cond)                                           \
	do {                                                            \
		unsigned int turns_ = 0;                                \
									\
		while (!(cond))                                         \
			case_poll(&turns_);                             \
	} while (0)

/*
 * Take a free range and hand it over to nobody, so that this thread may go on
 * with requests that conflict with it, as an IO in flight would make it.
 */
static inline bool case_hold(struct case_ctx *t, struct case_lock *lock,
			     struct rangelock_req *req, u64 start, u64 last,
			     unsigned int mode)
{
	return CASE_EXPECT_EQ(t, rangelock_try(&lock->rl, req, start, last,
					       mode), 0) &&
	       CASE_EXPECT_EQ(t, rangelock_disown(&lock->rl, req), 0);
}

static inline void case_granted(struct rangelock_req *req)
{
	struct case_req *r = container_of(req, struct case_req, req);

	r->order = atomic_inc_return(&r->lock->grants);
	/* Pairs with the load-acquire in case_nr_granted(). */
	smp_store_release(&r->granted, r->granted + 1);
}

/* Queue a request that records its grant. */
static inline int case_enqueue(struct case_lock *lock, struct case_req *r,
			       u64 start, u64 last, unsigned int mode)
{
	r->lock = lock;
	r->order = 0;
	r->granted = 0;
	return rangelock_enqueue(&lock->rl, &r->req, start, last, mode,
				 case_granted);
}

static inline u32 case_nr_granted(struct case_req *r)
{
	/* Pairs with the store-release in case_granted(). */
	return smp_load_acquire(&r->granted);
}

#endif /* RANGELOCK_CASE_LOCK_H */
