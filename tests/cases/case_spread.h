/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the cases of a lock that spreads share: whether it has, and ranges that
 * make it.
 */
#ifndef RANGELOCK_CASE_SPREAD_H
#define RANGELOCK_CASE_SPREAD_H

#include "case_lock.h"
#include "rangelock_spread.h"

#define CASE_PAGE	4096ull
#define CASE_WARM_TURNS	100000

static inline bool case_is_open(struct rangelock *rl)
{
	unsigned long flags;
	bool open;

	spin_lock_irqsave(&rl->lock, flags);
	open = rl->spread && rl->spread->phase == RANGELOCK_OPEN;
	spin_unlock_irqrestore(&rl->lock, flags);
	return open;
}

/* A pair on page @page; false if the case has failed. */
static inline bool case_page_pair(struct case_ctx *t, struct rangelock *rl,
				  struct rangelock_req *req, u64 page,
				  unsigned int mode)
{
	u64 start = page * CASE_PAGE;

	return CASE_EXPECT_EQ(t, rangelock_try(rl, req, start,
					       start + CASE_PAGE - 1, mode),
			      0) &&
	       CASE_EXPECT_EQ(t, rangelock_release(rl, req), 0);
}

/*
 * Beside what is held use @nr pages from @first until the lock has spread.  The
 * pool may be empty at first; the worker fills it.
 */
static inline bool case_make_spread(struct case_ctx *t, struct rangelock *rl,
				    struct rangelock_req *req, u64 first,
				    u32 nr)
{
	u32 i;

	for (i = 0; i < CASE_WARM_TURNS && !case_is_open(rl); i++) {
		if (!case_page_pair(t, rl, req, first + i % nr,
				    RANGELOCK_EXCLUSIVE))
			return false;
		if (i % 256 == 255)
			rlenv_sleep_ns(100000);
	}
	return CASE_EXPECT(t, case_is_open(rl));
}

#endif /* RANGELOCK_CASE_SPREAD_H */
