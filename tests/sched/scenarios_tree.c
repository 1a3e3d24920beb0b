// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Scenarios in which the lock stays one tree: the verbs against each other, and
 * the promises about order.
 */
#include "steps.h"

#define TREE	RANGELOCK_TREE_ONLY
#define FIFO	(RANGELOCK_TREE_ONLY | RANGELOCK_FIFO)

const struct scenario scenarios_tree[] = {
{
	.name = "acquire", .title = "two tasks, one range", .policy = TREE,
	.bound = 3,
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, PAGE) },
	},
}, {
	.name = "acquire-spin", .title = "the same, and the second waits actively",
	.spins = true, .policy = TREE,
	.bound = 2,
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, PAGE) },
	},
}, {
	.name = "alone", .title = "lone lockers of ranges that are disjoint",
	.policy = TREE,
	.bound = 3,
	.task = {
		{ PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 2, NEXT) },
	},
}, {
	.name = "alone-3", .title = "one disjoint, two that overlap",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, TWO) },
		{ PAIR(2, X, 1, THIRD) },
	},
}, {
	.name = "readers", .title = "two shared, one exclusive",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ PAIR(0, S, 1, PAGE) },
		{ PAIR(1, S, 1, TWO) },
		{ PAIR(2, X, 1, PAGE) },
	},
}, {
	.name = "try", .title = "tries against an acquire", .policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ TRY(1, X, UPPER), RELEASE(1), TRY(2, S, PAGE), RELEASE(2) },
	},
}, {
	.name = "try-queue", .title = "a try does not overtake the queue",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ ACQUIRE(1, X, PAGE), RELEASE(1) },
		{ TRY(2, X, PAGE), RELEASE(2) },
	},
}, {
	.name = "timeout", .title = "a timeout against the grant",
	.policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ TIMEOUT(1, X, 10, PAGE), RELEASE(1) },
	},
}, {
	.name = "timeout-behind", .title = "one waits behind one that times out",
	.policy = TREE,
	.stats = true,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, S, PAGE), RELEASE(0) },
		{ TIMEOUT(1, X, 10, PAGE), RELEASE(1) },
		{ ACQUIRE(2, S, PAGE), RELEASE(2) },
	},
}, {
	.name = "timeout-two", .title = "two time out behind one holder",
	.policy = FIFO,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ TIMEOUT(1, X, 10, PAGE), RELEASE(1) },
		{ TIMEOUT(2, X, 20, PAGE), RELEASE(2) },
	},
}, {
	.name = "signal", .title = "a signal against the grant",
	.policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ INTERRUPTIBLE(1, X, PAGE), RELEASE(1) },
		{ SIGNAL(1) },
	},
}, {
	.name = "signal-fifo", .title = "the same where grants are handed over",
	.policy = FIFO,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ INTERRUPTIBLE(1, X, PAGE), RELEASE(1) },
		{ SIGNAL(1) },
	},
}, {
	.name = "kill", .title = "a killable wait: signals do not end it",
	.policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ KILLABLE(1, X, PAGE), RELEASE(1) },
		{ SIGNAL(1), KILL(1) },
	},
}, {
	.name = "downgrade", .title = "a downgrade lets readers in",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), DOWNGRADE(0, S), RELEASE(0) },
		{ ACQUIRE(1, S, UPPER), RELEASE(1) },
		{ ACQUIRE(2, X, PAGE), RELEASE(2) },
	},
}, {
	.name = "shrink", .title = "a shrink lets neighbours in",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), SHRINK(0, HALF), RELEASE(0) },
		{ ACQUIRE(1, X, UPPER), RELEASE(1) },
		{ ACQUIRE(2, S, HALF), RELEASE(2) },
	},
}, {
	.name = "enqueue", .title = "enqueue, then wait", .policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ ENQUEUE(1, X, PAGE), WAIT(1, 0), RELEASE(1) },
	},
}, {
	.name = "enqueue-timeout", .title = "enqueue, then wait for some time",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ ENQUEUE(1, X, PAGE), WAIT(1, 10), RELEASE(1) },
		{ ACQUIRE(2, S, UPPER), RELEASE(2) },
	},
}, {
	.name = "async", .title = "a callback, released by another task",
	.debug = true, .policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ ASYNC(1, X, PAGE) },
		{ RELEASE(1) },
	},
}, {
	.name = "async-chain", .title = "callbacks that release grant the next",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, ALL), RELEASE(0) },
		{ ASYNC_RELEASES(1, X, PAGE), ASYNC_RELEASES(2, X, PAGE) },
		{ ASYNC_RELEASES(3, S, TWO), ASYNC_RELEASES(4, X, ALL) },
	},
}, {
	.name = "async-two", .title = "two releases deliver callbacks of one lock",
	.policy = TREE,
	.stats = true,
	.bound = 2,
	.setup = {
		SETUP(0, V_ACQUIRE, 0, X, PAGE),
		SETUP(1, V_ACQUIRE, 1, X, THIRD),
		SETUP(2, V_ASYNC_RELEASES, 2, X, HALF),
		SETUP(2, V_ASYNC_RELEASES, 3, X, THIRD),
		SETUP(2, V_ASYNC_RELEASES, 4, X, ALL),
	},
	.task = {
		{ RELEASE(0) },
		{ RELEASE(1) },
		{ PAIR(5, X, 1, PAGE) },
	},
}, {
	.name = "cancel", .title = "a cancel against the grant", .policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), RELEASE(0) },
		{ ASYNC(1, X, PAGE) },
		{ CANCEL(1) },
	},
}, {
	.name = "cancel-behind", .title = "those behind a cancelled one move up",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, S, PAGE), RELEASE(0) },
		{ ASYNC(1, X, PAGE), CANCEL(1) },
		{ ACQUIRE(2, S, PAGE), RELEASE(2) },
	},
}, {
	.name = "elsewhere", .title = "disowned, released by another task",
	.debug = true, .policy = TREE,
	.bound = 3,
	.task = {
		{ ACQUIRE(0, X, PAGE), DISOWN(0) },
		{ RELEASE(0) },
		{ ACQUIRE(1, X, PAGE), RELEASE(1) },
	},
}, {
	.name = "whole-narrow", .title = "the whole file against narrow ranges",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ PAIR(0, X, 1, ALL) },
		{ PAIR(1, X, 2, PAGE) },
		{ PAIR(2, X, 2, FAR) },
	},
}, {
	.name = "whole-shared", .title = "readers of the whole file, a writer",
	.policy = TREE,
	.bound = 2,
	.task = {
		{ PAIR(0, S, 1, ALL) },
		{ PAIR(1, S, 1, ALL) },
		{ PAIR(2, X, 1, PAGE) },
	},
}, {
	.name = "two-ranges", .title = "two ranges each, in ascending order",
	.debug = true, .policy = TREE,
	.bound = 2,
	.task = {
		{ ACQUIRE(0, X, PAGE), NESTED(1, X, THIRD), RELEASE(0),
		  RELEASE(1) },
		{ ACQUIRE(2, X, UPPER), NESTED(3, X, THIRD), RELEASE(3),
		  RELEASE(2) },
		{ PAIR(4, X, 1, TWO), PAIR(4, X, 1, THIRD) },
	},
}, {
	.name = "fifo", .title = "nobody passes a waiter", .spins = true, .policy = FIFO,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 1, ALL) },
		{ PAIR(2, S, 2, UPPER) },
	},
}, {
	.name = "bypass", .title = "a waiter is passed by so often, not more",
.spins = true, 	.policy = TREE,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 6, PAGE) },
		{ PAIR(1, X, 1, PAGE) },
		{ PAIR(2, X, 6, PAGE) },
	},
}, {
	.name = "bypass-queue", .title = "what was enqueued is not passed by",
	.policy = TREE,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 4, PAGE) },
		{ ENQUEUE(1, X, PAGE), WAIT(1, 0), RELEASE(1) },
		{ PAIR(2, S, 4, PAGE) },
	},
}, {
	.name = "bypass-timeout", .title = "passed by, and out of patience",
	.policy = TREE,
	.stats = true,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 3, PAGE), TICK(5000), PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 2, PAGE) },
		{ TIMEOUT(2, X, 10, PAGE), RELEASE(2) },
	},
}, {
	.name = "file-modes", .title = "modes of a file system", .policy = TREE,
	.stats = true,
	.bound = 1,
	.modes = &rangelock_modes_file,
	.task = {
		{ PAIR(0, RANGELOCK_READ, 1, PAGE),
		  PAIR(0, RANGELOCK_RESTRUCTURE, 1, ALL) },
		{ ACQUIRE(1, RANGELOCK_WRITE, PAGE),
		  DOWNGRADE(1, RANGELOCK_READ), RELEASE(1) },
		{ PAIR(2, RANGELOCK_LOG, 2, ALL) },
		{ PAIR(3, RANGELOCK_REFLINK_SRC, 2, TWO) },
	},
}, {
	.name = "last-holder", .title = "the last one who waits frees the lock",
	.policy = TREE,
	.bound = 3,
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0) },
		{ ACQUIRE(1, X, ALL), RELEASE(1), DESTROY_NOW },
	},
}, {
	.name = "last-holder-fifo", .title = "the same with grants handed over",
	.policy = FIFO,
	.bound = 2,
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(2, V_ASYNC_RELEASES, 2, X, PAGE) },
	.task = {
		{ RELEASE(0) },
		{ ACQUIRE(1, X, ALL), RELEASE(1), DESTROY_NOW },
	},
}, {
	.name = "verbs", .title = "some of everything", .spins = true, .debug = true, .policy = TREE,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 2, TWO), ACQUIRE(0, X, WIDE), SHRINK(0, PAGE),
		  DOWNGRADE(0, S), RELEASE(0) },
		{ ASYNC(1, X, PAGE), TIMEOUT(2, S, 10, ALL), RELEASE(2) },
		{ CANCEL(1), TRY(3, X, UPPER), RELEASE(3) },
		{ INTERRUPTIBLE(4, S, NEXT), SIGNAL(1), RELEASE(4),
		  SNAPSHOT },
	},
},
{ .name = NULL },
};
