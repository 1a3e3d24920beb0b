// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Scenarios in which the lock spreads, is spread, or gathers.
 */
#include "steps.h"

/* Preparation: the worker has filled the pool; the lock has spread. */
#define OPEN		FILL, SPREAD(X, PAGE)
#define OPEN_READERS	FILL, SPREAD(S, ALL)

const struct scenario scenarios_spread[] = {
{
	.name = "bucket", .title = "two ranges that overlap in one bucket",
	.bound = 3,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, UPPER) },
	},
}, {
	.name = "bucket-fifo", .title = "the same, and nobody passes",
	.policy = RANGELOCK_FIFO,
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 1, UPPER) },
		{ PAIR(2, S, 1, PAGE) },
	},
}, {
	.name = "bucket-try", .title = "tries in a bucket",
	.bound = 3,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ TRY(1, X, UPPER), RELEASE(1), TRY(2, X, NEXT), RELEASE(2) },
	},
}, {
	.name = "bucket-evict", .title = "a release meets its bucket's eviction",
	.bound = 3,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0) },
		{ PAIR(1, X, 1, TWO) },
	},
}, {
	.name = "bucket-change", .title = "shrink and downgrade meet eviction",
	.stats = true,
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ SHRINK(0, UPPER), DOWNGRADE(0, S), RELEASE(0) },
		{ PAIR(1, S, 1, TWO) },
		{ PAIR(2, X, 1, HALF) },
	},
}, {
	.name = "bucket-timeout", .title = "a waiter bars the bucket and gives up",
	.bound = 2,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0), PAIR(0, X, 1, PAGE) },
		{ TIMEOUT(1, X, 10, TWO), RELEASE(1) },
		{ PAIR(2, X, 1, NEXT) },
	},
}, {
	.name = "bucket-cancel", .title = "a cancel opens the bucket again",
	.bound = 2,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0), PAIR(0, X, 1, PAGE) },
		{ ASYNC(1, X, TWO) },
		{ CANCEL(1) },
	},
}, {
	.name = "bucket-async", .title = "a grant callback out of a bucket",
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ ASYNC(1, X, PAGE) },
		{ RELEASE(1) },
	},
}, {
	.name = "bucket-elsewhere", .title = "released from a bucket elsewhere",
	.debug = true,
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ ACQUIRE(0, X, PAGE), DISOWN(0) },
		{ RELEASE(0) },
		{ PAIR(1, X, 1, TWO) },
	},
}, {
	.name = "bucket-straddle", .title = "ranges across two stripes",
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, TWO) },
		{ PAIR(2, X, 1, NEXT) },
	},
}, {
	.name = "bucket-full", .title = "a fifth range in a bucket, and growth",
	.bound = 1,
	.setup = { OPEN, SETUP(3, V_ACQUIRE, 0, X, 0, 3),
		   SETUP(3, V_ACQUIRE, 1, X, 4, 5),
		   SETUP(3, V_ACQUIRE, 2, X, 6, 7),
		   SETUP(3, V_ACQUIRE, 3, X, 8, 9) },
	.task = {
		{ PAIR(4, X, 9, 10, 11), PAIR(4, X, 2, 14, 15) },
		{ PAIR(5, X, 9, 12, 13), PAIR(5, X, 2, 0, 3) },
		{ PAIR(6, X, 2, PAGE), TRY(7, X, NEXT), RELEASE(7) },
		{ RELEASE(0), RELEASE(1), RELEASE(2), RELEASE(3) },
	},
}, {
	.name = "grow", .title = "more buckets, while ranges are held",
	.visits = true, .bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, 0, X, TWO),
		   SETUP_PAIRS(1, 1, X, 17, HALF), FILL,
		   SETUP_PAIRS(1, 1, X, 16, HALF) },
	.task = {
		{ PAIR(2, X, 4, HALF), PAIR(2, X, 1, ALL) },
		{ PAIR(3, X, 4, FAR), PAIR(3, X, 2, HALF) },
		{ RELEASE(0), PAIR(0, X, 4, NEXT) },
	},
}, {
	.name = "grow-meets", .title = "a release meets the growth of the set",
	.visits = true, .bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, 0, X, TWO),
		   SETUP(0, V_ACQUIRE, 1, X, FAR),
		   SETUP_PAIRS(1, 2, X, 4, HALF), FILL },
	.task = {
		{ RELEASE(1) },
		{ PAIR(2, X, 24, HALF), KICK, TICK(300000), KICK },
		{ RELEASE(0) },
	},
}, {
	.name = "grow-not", .title = "the set goes before the lock has grown",
	.visits = true, .bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, TWO),
		   SETUP_PAIRS(1, 1, X, 5, HALF) },
	.task = {
		{ RELEASE(0), TICK(300000), KICK, TICK(300000), KICK,
		  TICK(300000), KICK },
		{ PAIR(1, X, 2, PAGE) },
	},
}, {
	.name = "round", .title = "held while the buckets go and others come",
	.bound = 2,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(1, V_TRY, 1, X, TWO), TICK(300000), FILL, FILL, FILL,
		   FILL, OPEN },
	.task = {
		{ RELEASE(0) },
		{ PAIR(1, X, 1, PAGE) },
	},
}, {
	.name = "shrink-barred", .title = "a shrink moves the bars of its buckets",
	.bound = 3,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, TWO) },
	.task = {
		{ SHRINK(0, UPPER), RELEASE(0) },
		{ PAIR(1, X, 1, UPPER) },
	},
}, {
	.name = "wide", .title = "a wide range gathers the lock",
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, X, 1, ALL) },
	},
}, {
	.name = "wide-held", .title = "a wide range meets held narrow ones",
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(1, V_ACQUIRE, 1, S, FAR) },
	.task = {
		{ RELEASE(0), PAIR(0, X, 1, PAGE) },
		{ RELEASE(1) },
		{ PAIR(2, X, 1, WIDE) },
	},
}, {
	.name = "wide-two", .title = "two wide ranges gather, one try",
.spins = true,
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0), TRY(3, X, FAR), RELEASE(3) },
		{ PAIR(1, X, 1, WIDE) },
		{ PAIR(2, S, 1, ALL) },
	},
}, {
	.name = "wide-alike", .title = "two gather, and the worker comes between",
	.visits = true, .bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, ALL) },
		{ PAIR(1, X, 1, ALL) },
	},
}, {
	.name = "wide-timeout", .title = "a wide waiter times out",
	.stats = true,
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0), PAIR(0, X, 3, PAGE) },
		{ TIMEOUT(1, X, 10, ALL), RELEASE(1) },
		{ PAIR(2, X, 3, NEXT), TIMEOUT(2, S, 10, WIDE), RELEASE(2) },
	},
}, {
	.name = "snapshot", .title = "a dump gathers the lock",
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ RELEASE(0), PAIR(0, X, 1, PAGE) },
		{ SNAPSHOT, VALIDATE },
		{ PAIR(1, X, 1, UPPER) },
	},
}, {
	.name = "opening", .title = "the lock spreads meanwhile",
.spins = true, 	.setup = { FILL },
	.bound = 1,
	.task = {
		{ PAIR(0, X, 4, PAGE) },
		{ PAIR(1, X, 4, NEXT) },
		{ PAIR(2, X, 3, THIRD), PAIR(2, X, 2, UPPER) },
	},
}, {
	.name = "opening-held", .title = "it spreads over held and waiting ones",
	.bound = 1,
	.setup = { FILL, SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(0, V_ACQUIRE, 1, X, THIRD),
		   SETUP(0, V_ACQUIRE, 2, S, FAR) },
	.task = {
		{ RELEASE(1), RELEASE(0), RELEASE(2), PAIR(0, X, 1, ALL) },
		{ PAIR(3, X, 4, NEXT), PAIR(3, S, 2, PAGE) },
		{ PAIR(4, X, 3, FAR), PAIR(4, X, 3, THIRD) },
		{ TIMEOUT(5, X, 10, TWO), RELEASE(5), PAIR(6, X, 3, 64, 79) },
	},
}, {
	.name = "promote-fresh", .title = "a range moves to a bucket just made",
	.setup = { SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(2, V_ACQUIRE, 2, X, FAR) },
	.task = {
		{ RELEASE(0) },
		{ PAIR(1, X, 9, NEXT) },
		{ RELEASE(2) },
	},
}, {
	.name = "opening-dry", .title = "the pool is empty, the worker comes",
	.visits = true,
	.bound = 1,
	.task = {
		{ PAIR(0, X, 5, PAGE) },
		{ PAIR(1, X, 5, NEXT) },
		{ PAIR(2, X, 3, TWO) },
	},
}, {
	.name = "dry", .title = "there is no memory for buckets, ever",
	.bound = 1,
	.setup = { DRY },
	.task = {
		{ PAIR(0, X, 4, PAGE) },
		{ PAIR(1, X, 4, NEXT), PAIR(1, S, 1, ALL) },
		{ PAIR(2, X, 2, TWO) },
	},
}, {
	.name = "alloc-fails", .title = "allocations of the worker fail",
	.bound = 1,
	.setup = { ALLOC_FAILS(2) },
	.task = {
		{ PAIR(0, X, 5, PAGE) },
		{ PAIR(1, X, 5, NEXT) },
		{ PAIR(2, X, 2, TWO) },
	},
}, {
	.name = "reap", .title = "the worker gathers and takes the buckets away",
	.visits = true,
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 3, PAGE) },
		{ PAIR(1, X, 3, NEXT), PAIR(1, X, 1, UPPER) },
	},
}, {
	.name = "reap-held", .title = "the same with ranges held for long",
.spins = true, 	.visits = true,
	.stats = true,
	.bound = 1,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE) },
	.task = {
		{ TICK(300000), RELEASE(0), PAIR(0, X, 3, NEXT) },
		{ PAIR(1, X, 3, FAR), PAIR(1, X, 2, THIRD) },
		{ PAIR(2, X, 1, TWO), KICK, PAIR(2, X, 1, ALL) },
	},
}, {
	.name = "recycle", .title = "buckets of one lock time come again",
	.visits = true,
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 6, PAGE), KICK, PAIR(0, X, 4, NEXT) },
		{ PAIR(1, X, 6, NEXT), TICK(300000), PAIR(1, X, 4, FAR) },
		{ PAIR(2, S, 1, ALL), KICK, TICK(300000), KICK,
		  PAIR(2, X, 3, THIRD) },
	},
}, {
	.name = "two-locks", .title = "buckets go from one lock to another",
	.visits = true, .bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, SECOND, X, FAR) },
	.task = {
		{ PAIR(0, X, 2, PAGE), KICK, PAIR(0, X, 1, NEXT) },
		{ TICK(300000), KICK, TICK(300000), KICK, TICK(300000), KICK,
		  PAIR(SECOND + 1, X, 8, NEXT), PAIR(SECOND + 1, X, 2, PAGE) },
		{ PAIR(1, X, 2, PAGE), RELEASE(SECOND) },
	},
}, {
	.name = "closers",
	.title = "the worker comes while somebody closes the buckets for itself",
	.visits = true, .bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, SECOND, X, FAR) },
	.task = {
		{ PAIR(0, X, 1, ALL) },
		{ PAIR(1, X, 1, ALL), VISITS(3), PAIR(SECOND + 1, X, 8, NEXT) },
		{ RELEASE(SECOND) },
	},
}, {
	.name = "stale-set",
	.title = "a range looks into buckets that another lock has by now",
	.visits = true, .stable = true, .bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, SECOND, X, FAR) },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ VISITS(4), PAIR(SECOND + 1, X, 8, NEXT), ACQUIRE(1, X, PAGE), DISOWN(1) },
		{ HELD(1), RELEASE(1), RELEASE(SECOND) },
	},
}, {
	.name = "destroy-two", .title = "one lock goes, the other takes all",
	.visits = true, .bound = 1,
	.setup = { OPEN, SPREAD_SECOND(X, PAGE) },
	.task = {
		{ PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 2, UPPER), PAIR(SECOND, X, 2, PAGE) },
		{ DESTROY_SECOND, KICK, KICK },
	},
}, {
	.name = "last-holder-spread", .title = "the last who waits frees the lock",
	.visits = true,
	.bound = 2,
	.setup = { OPEN, SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(2, V_ACQUIRE, 2, X, NEXT) },
	.task = {
		{ RELEASE(0) },
		{ ACQUIRE(1, X, ALL), RELEASE(1), DESTROY_NOW },
		{ RELEASE(2) },
	},
}, {
	.name = "last-holder-hot", .title = "the same while it is to spread again",
	.visits = true,
	.bound = 2,
	.setup = { OPEN, TICK(1000000), SETUP(0, V_PAIR, 0, X, WIDE),
		   SETUP(0, V_ACQUIRE, 0, X, PAGE),
		   SETUP(2, V_ACQUIRE, 2, X, NEXT) },
	.task = {
		{ RELEASE(0) },
		{ ACQUIRE(1, X, ALL), RELEASE(1), DESTROY_NOW },
		{ RELEASE(2) },
	},
}, {
	.name = "destroy", .title = "the lock goes while the worker is at it",
	.visits = true,
	.bound = 2,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 1, PAGE), KICK },
		{ DESTROY, KICK },
	},
}, {
	.name = "pool-exit", .title = "everything goes", .visits = true,
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ KICK, PAIR(0, X, 2, PAGE) },
		{ PAIR(1, X, 1, WIDE), DESTROY, POOL_EXIT },
	},
}, {
	.name = "readers-spread", .title = "readers by processor, one writer",
	.bound = 2,
	.setup = { OPEN_READERS },
	.task = {
		{ PAIR(0, S, 1, ALL) },
		{ PAIR(1, S, 1, ALL) },
		{ PAIR(2, X, 1, PAGE) },
	},
}, {
	.name = "readers-held", .title = "readers are held when a writer comes",
	.bound = 2,
	.setup = { OPEN_READERS, SETUP(0, V_ACQUIRE, 0, S, ALL),
		   SETUP(1, V_ACQUIRE, 1, S, ALL) },
	.task = {
		{ SHRINK(0, PAGE), RELEASE(0) },
		{ RELEASE(1) },
		{ PAIR(2, X, 1, NEXT) },
	},
}, {
	.name = "readers-again",
	.title = "a release meets another reader in the slot of its request",
	.bound = 1,
	.setup = { OPEN_READERS, SETUP(1, V_ACQUIRE, 0, S, ALL),
		   SETUP(1, V_DISOWN, 0, S, ALL) },
	.task = {
		{ RELEASE(0), HELD(2), RELEASE(2) },
		{ TRY(1, X, ALL), RELEASE(1), PAIR(1, S, 40, ALL),
		  ACQUIRE(2, S, ALL), DISOWN(2) },
	},
}, {
	.name = "readers-downgrade", .title = "a writer becomes a reader",
	.bound = 1,
	.setup = { OPEN_READERS },
	.task = {
		{ PAIR(0, S, 2, ALL) },
		{ ACQUIRE(1, X, ALL), DOWNGRADE(1, S), RELEASE(1) },
		{ TRY(2, S, ALL), RELEASE(2), PAIR(2, S, 2, ALL) },
		{ TIMEOUT(3, X, 10, PAGE), RELEASE(3) },
	},
}, {
	.name = "shape-late",
	.title = "a range looks for its bucket while the shape changes",
	.bound = 1,
	.setup = { OPEN, SETUP(2, V_ACQUIRE, 2, S, NEXT) },
	.task = {
		{ PAIR(0, X, 1, PAGE) },
		{ PAIR(1, S, 40, ALL), ACQUIRE(1, S, ALL), DISOWN(1) },
		{ HELD(1), RELEASE(1), RELEASE(2) },
	},
}, {
	.name = "change-shape", .title = "stripes, then processors, then stripes",
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, S, 6, ALL), PAIR(0, X, 4, PAGE) },
		{ PAIR(1, S, 6, ALL), PAIR(1, X, 4, NEXT) },
		{ PAIR(2, X, 3, THIRD), PAIR(2, S, 3, ALL) },
	},
}, {
	.name = "bypass-spread", .title = "passing those who wait at a bucket",
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 5, PAGE) },
		{ PAIR(1, X, 2, PAGE) },
		{ PAIR(2, X, 5, UPPER) },
	},
}, {
	.name = "verbs-spread", .title = "some of everything, spread",
.spins = true, 	.debug = true, .visits = true,
	.bound = 1,
	.setup = { OPEN },
	.task = {
		{ PAIR(0, X, 2, TWO), ACQUIRE(0, X, WIDE), SHRINK(0, PAGE),
		  DOWNGRADE(0, S), RELEASE(0), PAIR(0, X, 3, NEXT) },
		{ ASYNC(1, X, PAGE), TIMEOUT(2, S, 10, ALL), RELEASE(2),
		  PAIR(2, X, 3, FAR) },
		{ PAIR(3, X, 2, FAR), CANCEL(1), TRY(3, X, UPPER), RELEASE(3),
		  KICK },
		{ INTERRUPTIBLE(4, S, NEXT), SIGNAL(1), RELEASE(4), SNAPSHOT,
		  PAIR(4, X, 3, THIRD) },
	},
},
{ .name = NULL },
};
