// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Scenarios in which many requests overlap: the search for whom to wait for, and
 * the sweep over those who wait for one, take several sections of the lock.
 */
#include "steps.h"

#define TREE	RANGELOCK_TREE_ONLY
#define FIFO	(RANGELOCK_TREE_ONLY | RANGELOCK_FIFO)

/* Four readers of two tasks. */
#define READERS                                                         \
	SETUP(0, V_ACQUIRE, 0, S, PAGE), SETUP(0, V_ACQUIRE, 1, S, HALF), \
	SETUP(1, V_ACQUIRE, 2, S, UPPER), SETUP(1, V_ACQUIRE, 3, S, PAGE)

/* One holder, and callbacks that wait behind it; their task does no more. */
#define CROWD                                                           \
	SETUP(0, V_ACQUIRE, 0, X, PAGE), SETUP(3, V_ASYNC, 1, X, HALF), \
	SETUP(3, V_ASYNC, 2, S, PAGE), SETUP(3, V_ASYNC, 3, S, UPPER),  \
	SETUP(3, V_ASYNC_RELEASES, 4, X, PAGE),                         \
	SETUP(3, V_ASYNC_RELEASES, 5, S, TWO)

const struct scenario scenarios_many[] = {
{
	.name = "look", .title = "a writer looks for whom to wait for",
	.policy = TREE,
	.bound = 1,
	.setup = { READERS },
	.task = {
		{ RELEASE(0), RELEASE(1), PAIR(0, S, 1, PAGE) },
		{ RELEASE(3), RELEASE(2), TRY(2, S, TWO), RELEASE(2) },
		{ PAIR(4, X, 1, PAGE) },
	},
}, {
	.name = "look-fifo", .title = "the same, and nobody passes",
	.policy = FIFO,
	.bound = 1,
	.setup = { READERS },
	.task = {
		{ RELEASE(0), RELEASE(1), PAIR(0, S, 1, PAGE) },
		{ RELEASE(3), RELEASE(2), TRY(2, S, TWO), RELEASE(2) },
		{ PAIR(4, X, 1, PAGE) },
		{ TIMEOUT(5, X, 10, TWO), RELEASE(5) },
	},
}, {
	.name = "look-give-up", .title = "writers that give up in the search",
	.policy = TREE,
	.bound = 1,
	.setup = { READERS },
	.task = {
		{ RELEASE(0), SHRINK(1, 4, 7), RELEASE(1) },
		{ RELEASE(3), SIGNAL(2), RELEASE(2) },
		{ INTERRUPTIBLE(4, X, PAGE), RELEASE(4), PAIR(4, X, 1, HALF) },
		{ TIMEOUT(5, X, 10, ALL), RELEASE(5), PAIR(5, S, 2, UPPER) },
	},
}, {
	.name = "look-async", .title = "callbacks and cancels in the search",
	.policy = TREE,
	.bound = 1,
	.setup = { READERS },
	.task = {
		{ RELEASE(0), RELEASE(1), CANCEL(4) },
		{ RELEASE(3), RELEASE(2), ASYNC_RELEASES(6, X, ALL) },
		{ ASYNC(4, X, PAGE), ENQUEUE(5, X, UPPER), WAIT(5, 10),
		  RELEASE(5) },
	},
}, {
	.name = "look-bypass", .title = "passing while somebody searches",
	.policy = TREE,
	.bound = 1,
	.setup = { READERS },
	.task = {
		{ RELEASE(0), RELEASE(1), PAIR(0, X, 3, PAGE) },
		{ RELEASE(3), RELEASE(2), PAIR(2, X, 3, ALL) },
		{ PAIR(4, X, 2, PAGE) },
		{ PAIR(5, X, 2, TWO) },
	},
}, {
	.name = "look-spread", .title = "the search, buckets behind it",
	.visits = true,
	.bound = 1,
	.setup = { FILL, SPREAD(X, PAGE), READERS },
	.task = {
		{ RELEASE(0), RELEASE(1), PAIR(0, X, 2, PAGE) },
		{ RELEASE(3), RELEASE(2), PAIR(2, S, 2, NEXT) },
		{ PAIR(4, X, 2, TWO) },
		{ TIMEOUT(5, X, 10, ALL), RELEASE(5) },
	},
}, {
	.name = "sweep", .title = "a release looks after many", .policy = TREE,
	.bound = 1,
	.setup = { CROWD },
	.task = {
		{ RELEASE(0), RELEASE(2) },
		{ RELEASE(1), PAIR(6, X, 1, UPPER) },
		{ RELEASE(3), TIMEOUT(7, S, 10, ALL), RELEASE(7) },
	},
}, {
	.name = "sweep-cancel", .title = "cancels meet the sweep",
	.policy = TREE,
	.bound = 1,
	.setup = { CROWD },
	.task = {
		{ RELEASE(0) },
		{ CANCEL(1), CANCEL(3) },
		{ CANCEL(2), PAIR(6, S, 1, PAGE) },
	},
}, {
	.name = "sweep-weaker", .title = "a shrink and a downgrade sweep",
	.policy = TREE,
	.bound = 1,
	.setup = { CROWD },
	.task = {
		{ SHRINK(0, HALF), DOWNGRADE(0, S), RELEASE(0) },
		{ RELEASE(3), CANCEL(2) },
		{ RELEASE(1), PAIR(6, S, 2, HALF) },
	},
}, {
	.name = "sweep-sleepers", .title = "sleepers of all kinds are swept",
	.policy = TREE,
	.bound = 1,
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ QUEUED(1), RELEASE(0), PAIR(0, X, 1, HALF) },
		{ ACQUIRE(1, S, PAGE), RELEASE(1), SIGNAL(3) },
		{ TIMEOUT(2, X, 10, PAGE), RELEASE(2), PAIR(2, S, 1, ALL) },
		{ INTERRUPTIBLE(3, S, HALF), RELEASE(3) },
	},
}, {
	.name = "sweep-last", .title = "the last one swept frees the lock",
	.policy = FIFO,
	.bound = 1,
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(3, V_ASYNC_RELEASES, 1, S, PAGE),
		   SETUP(3, V_ASYNC_RELEASES, 2, S, HALF),
		   SETUP(3, V_ASYNC_RELEASES, 3, X, PAGE) },
	.task = {
		{ RELEASE(0) },
		{ ACQUIRE(4, X, ALL), RELEASE(4), DESTROY_NOW },
	},
}, {
	.name = "sweep-gone", .title = "all who are swept give up, the lock goes",
	.policy = TREE,
	.bound = 2,
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(2, V_ASYNC, 1, X, PAGE),
		   SETUP(2, V_ASYNC, 2, X, PAGE) },
	.task = {
		{ RELEASE(0) },
		{ CANCEL(2), CANCEL(1), DESTROY_NOW },
	},
},
{ .name = NULL },
};
