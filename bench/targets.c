/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of targets, see targets.h.  All of them are better when lower.
 */
#include "bench/targets.h"

#include <math.h>

#define RATIO(i, w, s, t, base, m, st)                                       \
	{ .id = i, .what = w, .figure = TARGET_RATIO, .scenario = s,          \
	  .threads = t, .a = "rl", .b = base, .must = m, .stretch = st }

/* What the machine, or the atomics alone, make of the target above. */
#define FLOOR(i, w, of, s, t, lock, base, m, st)                             \
	{ .id = i, .what = w, .figure = TARGET_RATIO, .scenario = s,          \
	  .threads = t, .a = lock, .b = base, .floor_of = of, .must = m,      \
	  .stretch = st }

#define BYTES(i, w, f, m, st)                                                \
	{ .id = i, .what = w, .figure = f, .scenario = "sizeof", .a = "rl",   \
	  .must = m, .stretch = st }

#define KERNEL(i, w, s, held, m, st)                                         \
	{ .id = i, .what = w, .figure = TARGET_KERNEL, .scenario = s,         \
	  .threads = held, .a = "rl", .must = m, .stretch = st }

#define VALUE(i, w, s, t, base, p)                                           \
	{ .id = i, .what = w, .figure = TARGET_VALUE, .scenario = s,          \
	  .threads = t, .a = "rl", .b = base, .path = p, .must = NAN,         \
	  .stretch = NAN }

#define COUNT(i, w, f, s, held, p, m, st)                                     \
	{ .id = i, .what = w, .figure = f, .scenario = s, .threads = held,    \
	  .a = "rl", .path = p, .must = m, .stretch = st }

/* Mixes of the engine; what is better when higher is turned around. */
#define RATE(i, w, s, m, st)                                                 \
	{ .id = i, .what = w, .figure = TARGET_INVERSE, .scenario = s,        \
	  .a = "rl", .b = "dio", .must = m, .stretch = st }

#define WAIT(i, w, s, p, m, st)                                              \
	{ .id = i, .what = w, .figure = TARGET_QUOTIENT, .scenario = s,       \
	  .a = "rl", .b = "dio", .path = p, .must = m, .stretch = st }

const struct target targets[] = {
	RATIO("T1", "exclusive pair, nothing held, over a read pair",
	      "u_pair/excl,vs=shared", 1, "glibc", 1.15, 1.0),
	FLOOR("T1 floor", "one locked RMW and a store",
	      "u_pair/excl,vs=shared", "u_floor", 1, "rmw", "glibc", 1.15,
	      1.0),
	FLOOR("T1 floor", "two locked RMWs", "u_pair/excl,vs=shared",
	      "u_floor", 1, "rmw2", "glibc", 1.15, 1.0),

	RATIO("T2", "one more pair with 16 held, over none",
	      "u_held/held=16,vs=0", 1, "rl", 1.3, 1.1),
	RATIO("T2", "with 4096 held", "u_held/held=4096,vs=0", 1, "rl", 2,
	      1.2),
	RATIO("T2", "with 65536 held", "u_held/held=65536,vs=0", 1, "rl", 4,
	      2),

	RATIO("T3", "private 4 KiB each", "g_disjoint/4k,excl", 2, "dio",
	      0.35, 0.28),
	RATIO("T4", "private 4 KiB each, over one thread alone",
	      "g_disjoint/4k,excl,vs=1", 2, "rl", 1.1, 1.02),
	FLOOR("T4 floor", "the machine: two threads, a lock each, over one",
	      "g_disjoint/4k,excl,vs=1", "g_disjoint/4k,excl,apart,vs=1", 2,
	      "rl", "rl", 1.1, 1.02),
	FLOOR("T4 floor", "the same of two cmpxchg",
	      "g_disjoint/4k,excl,vs=1", "g_disjoint/4k,excl,apart,vs=1", 2,
	      "cas2", "cas2", 1.1, 1.02),
	FLOOR("T4 floor", "a bucket each, over two cmpxchg of one thread",
	      "g_disjoint/4k,excl,vs=1", "g_disjoint/4k,excl,apart,vs=1", 2,
	      "bucket", "cas2", 1.1, 1.02),
	FLOOR("T4 floor", "the same, taken under RCU",
	      "g_disjoint/4k,excl,vs=1", "g_disjoint/4k,excl,apart,vs=1", 2,
	      "bucketrcu", "cas2", 1.1, 1.02),
	FLOOR("T4 floor", "one thread: a bucket over two cmpxchg",
	      "g_disjoint/4k,excl,vs=1", "u_floor", 1, "bucket", "cas2", 1.1,
	      1.02),
	FLOOR("T4 floor", "one thread: the same, taken under RCU",
	      "g_disjoint/4k,excl,vs=1", "u_floor", 1, "bucketrcu", "cas2",
	      1.1, 1.02),

	RATIO("T5", "random 4 KiB in 1 GiB", "g_random/4k,excl", 2, "dio",
	      0.45, 0.35),
	RATIO("T5", "random 4 KiB in 1 GiB", "g_random/4k,excl", 8, "dio",
	      0.45, 0.35),
	RATIO("T5", "random 64 KiB in 1 GiB", "g_random/64k,excl", 2, "dio",
	      0.45, 0.35),
	RATIO("T5", "random 64 KiB in 1 GiB", "g_random/64k,excl", 8, "dio",
	      0.45, 0.35),

	FLOOR("T5 floor", "one locked RMW on a line by offset",
	      "g_random/4k,excl", "g_random/4k,excl", 2, "rmwh", "dio", 0.45,
	      0.35),
	FLOOR("T5 floor", "one locked RMW on a line by offset",
	      "g_random/4k,excl", "g_random/4k,excl", 8, "rmwh", "dio", 0.45,
	      0.35),

	RATIO("T6", "private 1 MiB each", "g_disjoint/1m,excl", 2, "dio", 0.4,
	      0.3),
	RATIO("T6", "private 16 MiB each", "g_disjoint/16m,excl", 2, "dio",
	      0.4, 0.3),

	RATIO("T7", "private 4 KiB between 2 held", "g_heldset/held=2", 1,
	      "tree", 1.0, 0.6),
	RATIO("T7", "private 4 KiB between 2 held", "g_heldset/held=2", 2,
	      "tree", 1.0, 0.6),
	RATIO("T7", "private 4 KiB between 2 held", "g_heldset/held=2", 8,
	      "tree", 1.0, 0.6),
	RATIO("T7", "private 4 KiB between 16 held", "g_heldset/held=16", 1,
	      "tree", 1.0, 0.6),
	RATIO("T7", "private 4 KiB between 16 held", "g_heldset/held=16", 2,
	      "tree", 1.0, 0.6),
	RATIO("T7", "private 4 KiB between 16 held", "g_heldset/held=16", 8,
	      "tree", 1.0, 0.6),

	RATIO("T8", "same page exclusive", "g_same/4k,excl", 2, "rwsem", 2.5,
	      1.0),
	RATIO("T8", "same page exclusive", "g_same/4k,excl", 8, "rwsem", 2.5,
	      1.0),
	RATIO("T8", "same page exclusive, 100 ns inside",
	      "g_same/4k,excl,work", 2, "rwsem", 2.5, 1.0),
	RATIO("T8", "same page exclusive, 100 ns inside",
	      "g_same/4k,excl,work", 8, "rwsem", 2.5, 1.0),

	RATIO("T9", "whole file shared by all", "g_whole/whole=100%,shared", 2,
	      "rwsem", 1.0, 0.4),
	RATIO("T9", "whole file shared by all", "g_whole/whole=100%,shared", 8,
	      "rwsem", 1.0, 0.4),

	RATIO("T10", "whole file exclusive, quiet lock", "u_whole/quiet", 1,
	      "rwsem", 1.3, 1.0),
	RATIO("T10", "whole file exclusive, grown lock", "u_whole/grown", 2,
	      "rwsem", 1.5, 1.1),
	RATIO("T10", "whole file and 4 KiB in turn", "u_whole/alternating", 1,
	      "rwsem", 2.0, 1.3),

	RATIO("T11", "p99.9 of 4 KiB, whole file each 1 ms",
	      "g_arrive/whole,1ms,p99.9", 3, "dio", 1.5, 1.0),
	FLOOR("T11 floor", "no lock at all: the scheduler and the clock",
	      "g_arrive/whole,1ms,p99.9", "g_arrive/whole,1ms,p99.9", 3,
	      "none", "dio", 1.5, 1.0),
	/* 10 % and 2 % of the throughput lost. */
	RATIO("T11", "cost of 4 KiB, over no arrivals",
	      "g_arrive/whole,1ms,vs=none", 3, "rl", 1 / 0.90, 1 / 0.98),
	FLOOR("T11 floor", "no lock at all: the thread that comes",
	      "g_arrive/whole,1ms,vs=none", "g_arrive/whole,1ms,vs=none", 3,
	      "none", "none", 1 / 0.90, 1 / 0.98),
	VALUE("T11", "pairs of a thread until the grant, p50",
	      "g_arrive/whole,1ms,p99.9", 3, "dio", "a.rounds.p50"),
	VALUE("T11", "pairs of a thread until the grant, p99",
	      "g_arrive/whole,1ms,p99.9", 3, "dio", "a.rounds.p99"),

	BYTES("T12", "bytes of an idle lock", TARGET_LOCK_BYTES, 40, 32),
	BYTES("T12", "bytes of a request", TARGET_REQ_BYTES, 192, 128),

	COUNT("T12", "allocations in verbs, contended lock", TARGET_COUNT,
	      "c_pair/contended", 0, "allocations", 0, 0),

	KERNEL("T13", "instructions per pair in the module", "u_pair/write",
	       0, 75, 52),
	KERNEL("T13", "with 256 held", "u_held/write", 256, 150, 80),

	/* Bounded by a constant: 16 buckets with four ranges each, some tree levels apiece. */
	COUNT("T14", "accesses of the longest locked section, ranges held",
	      TARGET_COUNT, "c_held", 65536, "section", 1000, 500),
	COUNT("T14", "the same, requests waiting", TARGET_COUNT,
	      "c_waiters", 1024, "section", 1000, 500),
	COUNT("T14", "most nodes visited in one locked section", TARGET_COUNT,
	      "c_stats", 0, "counters.visited_max", NAN, NAN),

	RATE("T15", "O_DSYNC mix, rate of dio_sem over range", "b_dsync",
	     1 / 4.0, 1 / 8.0),
	WAIT("T15", "p99 of its plain direct IO", "b_dsync",
	     "classes.write.p99_ns", 0.25, 0.05),
	WAIT("T16", "worst direct IO beside relocation", "b_reloc",
	     "classes.write.max_ns", 0.5, 0.1),
	WAIT("T16", "worst direct IO beside holes", "b_fallocate",
	     "classes.write.max_ns", 0.5, 0.1),
	RATE("T17", "direct IO only, rate of dio_sem over range", "b_dio",
	     1 / 0.97, 1 / 1.05),

	COUNT("T18", "bytes kept after contention, then 200k calm pairs",
	      TARGET_COUNT, "c_calm/pairs", 0, "bytes_left", 0, 0),
	COUNT("T18", "bytes kept after contention, then 0.3 s idle",
	      TARGET_COUNT, "c_calm/idle", 0, "bytes_left", 0, 0),

	COUNT("lines", "shared by threads on private 4 KiB, contended lock",
	      TARGET_COUNT, "c_pair/contended", 0, "shared_lines", 0, 0),
	COUNT("lines", "the same with 16 ranges held elsewhere",
	      TARGET_COUNT, "c_pair/busy", 16, "shared_lines", 0, 0),
};
const unsigned int targets_nr = ARRAY_SIZE(targets);
