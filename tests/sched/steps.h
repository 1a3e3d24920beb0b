/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How the tables of scenarios are written: a verb with its slot, mode and range.
 */
#ifndef RANGELOCK_SCHED_STEPS_H
#define RANGELOCK_SCHED_STEPS_H

#include "scenario.h"

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED

/* Ranges: stripes of 16 bytes once the lock has spread over pages of 16. */
#define ALL	0, RANGELOCK_MAX
#define PAGE	0, 15
#define NEXT	16, 31
#define THIRD	32, 47
#define FAR	160, 175
#define HALF	0, 7
#define UPPER	8, 15
#define TWO	8, 23
#define WIDE	0, 79

/* Expands the range, which is one word in the tables, into its two numbers. */
#define STEP_RANGE(...)		STEP_RANGE_OF(__VA_ARGS__)
#define STEP_RANGE_OF(a, b)	.start = (a), .last = (b)
#define STEP(v, s, m, n, ...)                                           \
	{                                                               \
		.verb = (v), .slot = (s), .mode = (m), .arg = (n),      \
		STEP_RANGE(__VA_ARGS__)                                 \
	}
#define STEP_ON(v, s)		{ .verb = (v), .slot = (s) }
#define STEP_OF(v, w)		{ .verb = (v), .who = (w) }

#define ACQUIRE(s, m, ...)	STEP(V_ACQUIRE, s, m, 0, __VA_ARGS__)
#define NESTED(s, m, ...)	STEP(V_NESTED, s, m, 0, __VA_ARGS__)
#define TRY(s, m, ...)		STEP(V_TRY, s, m, 0, __VA_ARGS__)
#define INTERRUPTIBLE(s, m, ...)	STEP(V_INTERRUPTIBLE, s, m, 0, __VA_ARGS__)
#define KILLABLE(s, m, ...)	STEP(V_KILLABLE, s, m, 0, __VA_ARGS__)
#define TIMEOUT(s, m, us, ...)	STEP(V_TIMEOUT, s, m, us, __VA_ARGS__)
#define PAIR(s, m, n, ...)	STEP(V_PAIR, s, m, n, __VA_ARGS__)
#define ENQUEUE(s, m, ...)	STEP(V_ENQUEUE, s, m, 0, __VA_ARGS__)
#define WAIT(s, us)		{ .verb = V_WAIT, .slot = (s), .arg = (us) }
#define ASYNC(s, m, ...)	STEP(V_ASYNC, s, m, 0, __VA_ARGS__)
#define ASYNC_RELEASES(s, m, ...)	STEP(V_ASYNC_RELEASES, s, m, 0, __VA_ARGS__)
#define CANCEL(s)		STEP_ON(V_CANCEL, s)
#define RELEASE(s)		STEP_ON(V_RELEASE, s)
#define DISOWN(s)		STEP_ON(V_DISOWN, s)
#define DOWNGRADE(s, m)		{ .verb = V_DOWNGRADE, .slot = (s), .mode = (m) }
#define SHRINK(s, ...)		STEP(V_SHRINK, s, 0, 0, __VA_ARGS__)
#define HELD(s)			STEP_ON(V_AWAIT_HELD, s)
#define QUEUED(s)		STEP_ON(V_AWAIT_QUEUED, s)
#define SIGNAL(w)		STEP_OF(V_SIGNAL, w)
#define KILL(w)			STEP_OF(V_KILL, w)
#define TICK(us)		{ .verb = V_TICK, .arg = (us) }
#define SNAPSHOT		STEP_OF(V_SNAPSHOT, 0)
#define VALIDATE		STEP_OF(V_VALIDATE, 0)
#define DESTROY			STEP_OF(V_DESTROY, 0)
#define DESTROY_NOW		STEP_OF(V_DESTROY_NOW, 0)
#define POOL_EXIT		STEP_OF(V_POOL_EXIT, 0)
#define KICK			STEP_OF(V_KICK, 0)
#define VISITS(n)		{ .verb = V_VISITS, .arg = (n) }
#define FILL			STEP_OF(V_FILL, 0)
#define DRY			STEP_OF(V_DRY, 0)
#define ALLOC_FAILS(n)		{ .verb = V_ALLOC_FAILS, .arg = (n) }
/* Of the second lock. */
#define SECOND			SLOTS_OF_LOCK
#define DESTROY_SECOND		STEP_ON(V_DESTROY, SECOND)
#define SPREAD_SECOND(m, ...)	STEP(V_SPREAD, SECOND, m, 0, __VA_ARGS__)
#define SPREAD(m, ...)		STEP(V_SPREAD, 0, m, 0, __VA_ARGS__)
/* In the preparation: by which task. */
#define SETUP(w, v, s, m, ...)                                          \
	{                                                               \
		.verb = (v), .slot = (s), .mode = (m), .who = (w),      \
		STEP_RANGE(__VA_ARGS__)                                 \
	}

#define SETUP_PAIRS(w, s, m, n, ...)                                    \
	{                                                               \
		.verb = V_PAIR, .slot = (s), .mode = (m), .who = (w),   \
		.arg = (n), STEP_RANGE(__VA_ARGS__)                     \
	}

#endif /* RANGELOCK_SCHED_STEPS_H */
