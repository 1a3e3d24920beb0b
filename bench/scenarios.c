/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of scenarios, see scenarios.h.
 */
#include "bench/scenarios.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define KIB(n)	((n) * 1024ull)
#define GIB(n)	((n) * 1024ull * 1024 * 1024)

/* Multiply-adds that take about 100 ns on a machine of 2020 or later. */
#define WORK_100NS	75

#define CROWD		16

#define HELD_WHAT	"one thread, ranges held elsewhere in the file"
#define WHOLE_AFTER	"one thread, the whole file after ranges were held"

#define PAIR(v, x, q)                                                        \
	{ .name = "u_pair", .variant = v,                                     \
	  .what = "one thread, nothing else held: the price of a pair",       \
	  .threads = SCENARIO_ONE, .quick = q,                                \
	  .shape = { .size = KIB(4), .exclusive = x } }

#define HELD(v, n, q)                                                        \
	{ .name = "u_held", .variant = v,                                     \
	  .what = HELD_WHAT,                                                  \
	  .threads = SCENARIO_ONE, .quick = q,                                \
	  .shape = { .place = LOCKLOAD_GAP, .size = KIB(4),                   \
		     .exclusive = true, .held = n } }

#define DISJOINT(v, x, q)                                                    \
	{ .name = "g_disjoint", .variant = v,                                 \
	  .what = "each thread a 4 KiB range of its own",                     \
	  .threads = SCENARIO_FROM_ONE, .quick = q,                           \
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),               \
		     .exclusive = x } }

#define RANDOM(v, s, q)                                                      \
	{ .name = "g_random", .variant = v,                                   \
	  .what = "random exclusive ranges in 1 GiB",                         \
	  .threads = SCENARIO_FROM_TWO, .quick = q,                           \
	  .shape = { .place = LOCKLOAD_RANDOM, .size = s, .area = GIB(1),     \
		     .exclusive = true } }

#define WHOLE(v, permille, x, q)                                             \
	{ .name = "g_whole", .variant = v,                                    \
	  .what = "random exclusive 4 KiB, and a share on the whole file",    \
	  .threads = SCENARIO_FROM_TWO, .quick = q,                           \
	  .shape = { .place = LOCKLOAD_RANDOM, .size = KIB(4),                \
		     .area = GIB(1), .exclusive = true,                       \
		     .whole_permille = permille, .whole_exclusive = x } }

#define SAME(v, x, work, q)                                                  \
	{ .name = "g_same", .variant = v,                                     \
	  .what = "all threads the same 4 KiB",                               \
	  .threads = SCENARIO_FROM_TWO, .quick = q,                           \
	  .shape = { .place = LOCKLOAD_SAME, .size = KIB(4), .exclusive = x,  \
		     .inside = work } }

/* One more pair with ranges held, over the same pair without. */
#define HELD_VS_0(v, n)                                                      \
	{ .name = "u_held", .variant = v,                                     \
	  .what = "the same over the price of a pair with nothing held",      \
	  .threads = SCENARIO_ONE,                                            \
	  .shape = { .place = LOCKLOAD_GAP, .size = KIB(4),                   \
		     .exclusive = true, .held = n },                          \
	  .base = SCENARIO_BASE_SELF,                                         \
	  .base_shape = { .place = LOCKLOAD_GAP, .size = KIB(4),              \
			  .exclusive = true } }

#define PRIVATE(v, s, h, n, w)                                               \
	{ .name = n, .variant = v, .what = w,                                 \
	  .threads = SCENARIO_FROM_ONE,                                       \
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = s,                    \
		     .exclusive = true, .held = h } }

#define HELDSET_CPUS(v, h)                                                   \
	{ .name = "g_heldset", .variant = v,                                  \
	  .what = "a private 4 KiB each, and some held between them",         \
	  .threads = SCENARIO_CPUS,                                           \
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),               \
		     .exclusive = true, .held = h } }

#define HELDSET(v, h)                                                        \
	PRIVATE(v, KIB(4), h, "g_heldset",                                    \
		"a private 4 KiB each, and some held between them")

/* A guest comes; what is measured are the others, on random ranges. */
#define ARRIVING(s, hold, pause)                                             \
	{ .place = LOCKLOAD_RANDOM, .size = KIB(4), .area = GIB(1),           \
	  .exclusive = true,                                                  \
	  .guest = { .present = true, .size = s, .hold_ns = hold,             \
		     .pause_ns = pause } }

/* One lock, other ranges held, and @p where the own one is. */
#define AT(n, v, w, q, p, h, ...)                                            \
	{ .name = n, .variant = v, .what = w, .threads = SCENARIO_ONE,        \
	  .quick = q,                                                         \
	  .shape = { .place = p, .size = KIB(4), .exclusive = true,           \
		     .held = h, __VA_ARGS__ } }

#define SHARE(v, permille)                                                   \
	{ .name = "g_same", .variant = v,                                     \
	  .what = "the same 4 KiB, most pairs shared",                        \
	  .threads = SCENARIO_FROM_TWO,                                       \
	  .shape = { .place = LOCKLOAD_SAME, .size = KIB(4),                  \
		     .exclusive = true, .shared_permille = permille } }

/* Ranges that are held for a time, by more threads than there are CPUs. */
#define CROWDED(n, v, w, s, ...)                                             \
	{ .name = n, .variant = v, .what = w, .threads = SCENARIO_CROWD,      \
	  .shape = { .place = LOCKLOAD_RANDOM, .size = s, .area = GIB(1),     \
		     .exclusive = true, __VA_ARGS__ } }

#define OVERLAP(v, permille)                                                 \
	CROWDED("g_overlap", v,                                               \
		"random 4 KiB, held 100 us, a share on one and the same",     \
		KIB(4), .hold_ns = 100000, .hot_permille = permille)

#define SIZE(v, blocks, z)                                                   \
	CROWDED("g_size", v, "random ranges of so many 4 KiB, held 100 us",   \
		KIB(4) * (blocks), .hold_ns = 100000, .zipf = z)

#define HOLD(v, ...)                                                         \
	CROWDED("g_hold", v,                                                  \
		"random 4 KiB, one in four on the same, work in and outside", \
		KIB(4), .hot_permille = 250, __VA_ARGS__)

#define PADDED(t)                                                            \
	{ .place = LOCKLOAD_PRIVATE, .size = KIB(4), .exclusive = true,       \
	  .touch = t }

#define ENGINE(n, w, q)                                                      \
	{ .name = n, .variant = "", .what = w, .kind = SCENARIO_ENGINE,       \
	  .quick = q }

#define TRACE(v, w)                                                          \
	{ .name = "b_trace", .variant = v, .what = w,                         \
	  .kind = SCENARIO_ENGINE, .quick = SCENARIO_LONG }

const struct scenario scenarios[] = {
	PAIR("excl", true, SCENARIO_QUICK_ALL),
	PAIR("shared", false, SCENARIO_QUICK),

	HELD("held=0", 0, SCENARIO_LONG),
	HELD("held=16", 16, SCENARIO_QUICK_ALL),
	HELD("held=256", 256, SCENARIO_LONG),
	HELD("held=4096", 4096, SCENARIO_QUICK_ALL),
	HELD("held=65536", 65536, SCENARIO_LONG),

	DISJOINT("4k,excl", true, SCENARIO_QUICK_ALL),
	DISJOINT("4k,shared", false, SCENARIO_LONG),

	RANDOM("4k,excl", KIB(4), SCENARIO_QUICK),
	RANDOM("64k,excl", KIB(64), SCENARIO_QUICK),

	WHOLE("whole=0%", 0, true, SCENARIO_LONG),
	WHOLE("whole=1%,excl", 10, true, SCENARIO_QUICK_ALL),
	WHOLE("whole=10%,excl", 100, true, SCENARIO_LONG),
	WHOLE("whole=100%,excl", 1000, true, SCENARIO_QUICK),
	WHOLE("whole=1%,shared", 10, false, SCENARIO_LONG),
	WHOLE("whole=10%,shared", 100, false, SCENARIO_LONG),
	WHOLE("whole=100%,shared", 1000, false, SCENARIO_QUICK),

	SAME("4k,excl", true, 0, SCENARIO_LONG),
	SAME("4k,excl,work", true, WORK_100NS, SCENARIO_QUICK),
	SAME("4k,shared", false, 0, SCENARIO_LONG),

	{ .name = "u_floor", .variant = "",
	  .what = "a pair over a shared pair: the target of the atomics alone",
	  .threads = SCENARIO_ONE,
	  .shape = { .size = KIB(4), .exclusive = true },
	  .base = SCENARIO_BASE_SHAPE,
	  .base_shape = { .size = KIB(4) } },
	{ .name = "u_pair", .variant = "excl,vs=shared",
	  .what = "an exclusive pair of one over a shared pair of the other",
	  .threads = SCENARIO_ONE,
	  .shape = { .size = KIB(4), .exclusive = true },
	  .base = SCENARIO_BASE_SHAPE,
	  .base_shape = { .size = KIB(4) } },
	HELD_VS_0("held=16,vs=0", 16),
	HELD_VS_0("held=256,vs=0", 256),
	HELD_VS_0("held=4096,vs=0", 4096),
	HELD_VS_0("held=65536,vs=0", 65536),
	{ .name = "u_whole", .variant = "quiet",
	  .what = "one thread, exclusive pairs on the whole file",
	  .threads = SCENARIO_ONE,
	  .shape = { .size = KIB(4), .exclusive = true, .whole_every = 1,
		     .whole_exclusive = true } },
	{ .name = "u_whole", .variant = "grown",
	  .what = "the same in pauses of a contended load",
	  .threads = SCENARIO_CPUS,
	  .shape = { .place = LOCKLOAD_RANDOM, .size = KIB(4), .area = GIB(1),
		     .exclusive = true, .whole_exclusive = true,
		     .burst = 256 } },
	{ .name = "u_whole", .variant = "alternating",
	  .what = "the same, every second pair a 4 KiB range",
	  .threads = SCENARIO_ONE,
	  .shape = { .size = KIB(4), .exclusive = true, .whole_every = 2,
		     .whole_exclusive = true } },

	{ .name = "g_disjoint", .variant = "4k,excl,vs=1",
	  .what = "a private 4 KiB each, over the cost to one thread alone",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
		     .exclusive = true },
	  .base = SCENARIO_BASE_SELF,
	  .base_shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
			  .exclusive = true },
	  .base_threads = 1 },
	PRIVATE("1m,excl", KIB(1024), 0, "g_disjoint",
		"each thread a 1 MiB range of its own"),
	PRIVATE("16m,excl", KIB(16384), 0, "g_disjoint",
		"each thread a 16 MiB range of its own"),
	HELDSET("held=2", 2),
	HELDSET("held=4", 4),
	HELDSET("held=16", 16),
	{ .name = "g_random", .variant = "4k,80%shared",
	  .what = "random 4 KiB in 1 GiB, one pair in five exclusive",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = { .place = LOCKLOAD_RANDOM, .size = KIB(4), .area = GIB(1),
		     .exclusive = true, .shared_permille = 800 } },
	{ .name = "g_sync", .variant = "1m,200us",
	  .what = "random 4 KiB beside a random 1 MiB that is held for 200 us",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = ARRIVING(KIB(1024), 200000, 0) },
	{ .name = "g_sync", .variant = "1m,200us,vs=whole",
	  .what = "the same over a sync that has to take the whole file",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = ARRIVING(KIB(1024), 200000, 0),
	  .base = SCENARIO_BASE_SHAPE,
	  .base_shape = ARRIVING(LOCKLOAD_WHOLE_FILE, 200000, 0) },
	{ .name = "g_arrive", .variant = "whole,1ms",
	  .what = "random 4 KiB, and the whole file once in a millisecond",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = ARRIVING(LOCKLOAD_WHOLE_FILE, 0, 1000000) },
	{ .name = "g_arrive", .variant = "whole,1ms,p99.9",
	  .what = "the same, p99.9 of the waits for 4 KiB",
	  .threads = SCENARIO_FROM_TWO,
	  .tail = true,
	  .shape = ARRIVING(LOCKLOAD_WHOLE_FILE, 0, 1000000) },
	{ .name = "g_arrive", .variant = "whole,1ms,vs=none",
	  .what = "the same, cost of a 4 KiB pair over that without arrivals",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = ARRIVING(LOCKLOAD_WHOLE_FILE, 0, 1000000),
	  .base = SCENARIO_BASE_SELF,
	  .base_shape = ARRIVING(0, 0, 1000000) },

	AT("u_held", "held=1", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP, 1),
	AT("u_held", "held=4", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP, 4),
	AT("u_held", "held=64", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP, 64),
	AT("u_held", "held=1000", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP,
	   1000),
	AT("u_held", "held=1000,first", "the same, always before the second",
	   SCENARIO_LONG, LOCKLOAD_PRIVATE, 1000),
	AT("u_held", "held=1000,last", "the same, always behind the last",
	   SCENARIO_LONG, LOCKLOAD_BEHIND, 1000),
	AT("u_held", "held=10000", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP,
	   10000),
	AT("u_held", "held=100000", HELD_WHAT, SCENARIO_LONG, LOCKLOAD_GAP,
	   100000),
	AT("u_try", "hit", "one thread tries for a range that is free",
	   SCENARIO_LONG, LOCKLOAD_GAP, 16, .tries = true),
	AT("u_try", "miss", "for one that is held: refused",
	   SCENARIO_QUICK_ALL, LOCKLOAD_TAKEN, 16, .tries = true),
	AT("u_try", "edge", "for one whose first byte is held: refused",
	   SCENARIO_QUICK_ALL, LOCKLOAD_EDGE, 16, .tries = true),
	AT("u_whole", "after=64", WHOLE_AFTER, SCENARIO_LONG, LOCKLOAD_SAME,
	   64, .freed = true, .whole_every = 1, .whole_exclusive = true),
	AT("u_whole", "after=10000", WHOLE_AFTER, SCENARIO_LONG, LOCKLOAD_SAME,
	   10000, .freed = true, .whole_every = 1, .whole_exclusive = true),
	{ .name = "u_clock", .variant = "",
	  .what = "what stands in place of a lock over the empty loop",
	  .threads = SCENARIO_ONE, .quick = SCENARIO_ASKED,
	  .shape = { .size = KIB(4), .exclusive = true } },

	{ .name = "g_disjoint", .variant = "4k,excl,apart,vs=1",
	  .what = "a private 4 KiB of a lock of one's own, over one thread",
	  .threads = SCENARIO_FROM_TWO,
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
		     .exclusive = true, .apart = true },
	  .base = SCENARIO_BASE_SELF,
	  .base_shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
			  .exclusive = true, .apart = true },
	  .base_threads = 1 },
	{ .name = "g_disjoint", .variant = "4k,excl,work=200",
	  .what = "each thread a 4 KiB range of its own, work inside",
	  .threads = SCENARIO_FROM_ONE,
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
		     .exclusive = true, .inside = 200 } },
	{ .name = "g_disjoint", .variant = "4k,excl,work=2000",
	  .what = "each thread a 4 KiB range of its own, more work inside",
	  .threads = SCENARIO_FROM_ONE,
	  .shape = { .place = LOCKLOAD_PRIVATE, .size = KIB(4),
		     .exclusive = true, .inside = 2000 } },
	SHARE("4k,1%excl", 990),
	SHARE("4k,10%excl", 900),
	SHARE("4k,50%excl", 500),
	{ .name = "g_same", .variant = "4k,excl,unpinned",
	  .what = "all the same 4 KiB, placed by the scheduler: a control",
	  .threads = SCENARIO_CPUS,
	  .shape = { .place = LOCKLOAD_SAME, .size = KIB(4),
		     .exclusive = true, .loose = true } },
	OVERLAP("0%", 0),
	OVERLAP("1%", 10),
	OVERLAP("5%", 50),
	OVERLAP("25%", 250),
	OVERLAP("100%", 1000),
	SIZE("1", 1, false),
	SIZE("8", 8, false),
	SIZE("64", 64, false),
	SIZE("512", 512, false),
	SIZE("4096", 4096, false),
	SIZE("zipf", 1, true),
	HOLD("work=0", .inside = 0),
	HOLD("work=1000", .inside = 1000),
	HOLD("work=10000", .inside = 10000),
	HOLD("work=1000,out=1000", .inside = 1000, .outside = 1000),
	HOLD("work=1000,out=10000", .inside = 1000, .outside = 10000),
	HOLD("20us", .hold_ns = 20000),
	HOLD("1ms", .hold_ns = 1000000),
	HOLD("5ms", .hold_ns = 5000000),
	HELDSET_CPUS("held=64", 64),
	HELDSET_CPUS("held=1000", 1000),
	HELDSET_CPUS("held=10000", 10000),
	WHOLE("whole=0.1%,excl", 1, true, SCENARIO_LONG),
	WHOLE("whole=0.1%,shared", 1, false, SCENARIO_LONG),
	{ .name = "g_pad", .variant = "packed,vs=alone",
	  .what = "fields written inside: on the lock's line, over elsewhere",
	  .threads = SCENARIO_CPUS,
	  .shape = PADDED(LOCKLOAD_TOUCH_BESIDE),
	  .base = SCENARIO_BASE_SELF,
	  .base_shape = PADDED(LOCKLOAD_TOUCH_APART) },
	{ .name = "g_queue0", .variant = "",
	  .what = "all but one queue for the same 4 KiB, then it is given back",
	  .threads = SCENARIO_CROWD, .quick = SCENARIO_QUICK_ALL,
	  .shape = { .size = KIB(4), .exclusive = true, .queue = true } },

	ENGINE("b_dio", "direct IO writers and readers only", SCENARIO_QUICK),
	ENGINE("b_dio_fsync", "the same beside a whole-file fsync",
	       SCENARIO_QUICK),
	ENGINE("b_dsync", "O_DSYNC writers beside plain direct IO",
	       SCENARIO_QUICK),
	ENGINE("b_reloc", "relocation of block groups beside direct IO",
	       SCENARIO_QUICK),
	ENGINE("b_dsync_0", "16 writers, none O_DSYNC", SCENARIO_LONG),
	ENGINE("b_dsync_10", "16 writers, 2 O_DSYNC", SCENARIO_LONG),
	ENGINE("b_dsync_100", "16 writers, all O_DSYNC", SCENARIO_LONG),
	ENGINE("b_db", "a database: journal, data files, checkpoints",
	       SCENARIO_LONG),
	ENGINE("b_vm", "four guests in one image, each syncs its quarter",
	       SCENARIO_LONG),
	ENGINE("b_fallocate", "holes and zeroes beside direct IO",
	       SCENARIO_QUICK),
	ENGINE("b_open_50", "b_dsync at fixed rates: half load",
	       SCENARIO_LONG),
	ENGINE("b_open_70", "b_dsync at 70 % load", SCENARIO_LONG),
	ENGINE("b_open_90", "b_dsync at 90 % load", SCENARIO_LONG),
	ENGINE("b_open_110", "b_dsync at more than dio_sem can do",
	       SCENARIO_LONG),
	ENGINE("b_adversary", "overlapping writers and no end of fsyncs",
	       SCENARIO_LONG),
	ENGINE("b_oversub_2", "b_dsync bound by the scheduler, 2 threads",
	       SCENARIO_LONG),
	ENGINE("b_oversub_8", "8 threads", SCENARIO_LONG),
	ENGINE("b_oversub_32", "32 threads", SCENARIO_LONG),
	ENGINE("b_oversub_128", "128 threads", SCENARIO_LONG),

	TRACE("oltp", "recorded: fio, a data file with an O_DSYNC log in it"),
	TRACE("wal", "recorded: the WAL of PostgreSQL, O_DSYNC, without its own lock"),
	TRACE("sqlite", "recorded: the WAL of SQLite, buffered and fsync"),
	TRACE("vm", "recorded: a disk image with four guests, asynchronous"),
	TRACE("oltp,x16", "the same at 16 times the recorded rate"),
	TRACE("wal,x16", "16 times the recorded rate"),
	TRACE("sqlite,x16", "16 times the recorded rate"),
	TRACE("vm,x16", "16 times the recorded rate"),
};
const unsigned int scenarios_nr = ARRAY_SIZE(scenarios);

/**
 * scenario_label() - name/variant, as filters and tables have it
 * @scenario: row
 * @buf:      filled
 * @size:     of @buf
 */
void scenario_label(const struct scenario *scenario, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", scenario->name,
		 *scenario->variant ? "/" : "", scenario->variant);
}

/**
 * scenario_find() - a row by name
 * @label: name/variant
 *
 * Return: the row or NULL.
 */
const struct scenario *scenario_find(const char *label)
{
	char buf[96];
	unsigned int i;

	for (i = 0; i < scenarios_nr; i++) {
		scenario_label(&scenarios[i], buf, sizeof(buf));
		if (!strcmp(buf, label))
			return &scenarios[i];
	}
	return NULL;
}

/**
 * scenario_shape_b() - what the workers of side B do
 * @scenario: row of a lock
 *
 * Return: the shape.
 */
const struct lockload_shape *scenario_shape_b(const struct scenario *scenario)
{
	return scenario->base == SCENARIO_BASE_LOCK ? &scenario->shape :
						      &scenario->base_shape;
}

/**
 * scenario_threads_b() - number of workers of side B
 * @scenario: row of a lock
 * @threads:  that of side A
 *
 * Return: the number.
 */
unsigned int scenario_threads_b(const struct scenario *scenario,
				unsigned int threads)
{
	return scenario->base_threads ? scenario->base_threads : threads;
}

static bool word_matches(const char *label, const char *word)
{
	char glob[160];

	if (strstr(label, word))
		return true;
	if (!strpbrk(word, "*?["))
		return false;
	snprintf(glob, sizeof(glob), "%s", word);
	return !fnmatch(glob, label, 0);
}

/**
 * label_matches() - whether a row of some name is wanted
 * @label:  name/variant
 * @filter: words separated by spaces, each a part of @label or a glob for all
 *          of it
 *
 * Return: true if one of the words fits.
 */
bool label_matches(const char *label, const char *filter)
{
	char words[512], *word, *save;

	snprintf(words, sizeof(words), "%s", filter);
	for (word = strtok_r(words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		if (word_matches(label, word))
			return true;
	return false;
}

/**
 * scenario_matches() - whether a row is wanted
 * @scenario: row
 * @filter:   as for label_matches(), or NULL for everything
 *
 * Return: true if it is.
 */
bool scenario_matches(const struct scenario *scenario, const char *filter)
{
	char label[96];

	scenario_label(scenario, label, sizeof(label));
	return !filter || label_matches(label, filter);
}

/**
 * scenario_points() - numbers of threads of a row on this machine
 * @scenario: row of a lock
 * @topology: of the machine
 * @quick:    only the ends and the number of CPUs
 * @points:   filled in ascending order
 *
 * Return: how many.
 */
unsigned int scenario_points(const struct scenario *scenario,
			     const struct topology *topology, bool quick,
			     unsigned int points[SCENARIO_MAX_POINTS])
{
	switch (scenario->threads) {
	case SCENARIO_ONE:
		points[0] = 1;
		return 1;
	case SCENARIO_CPUS:
		points[0] = max(topology->cpus, 2u);
		return 1;
	case SCENARIO_CROWD:
		points[0] = CROWD;
		return 1;
	case SCENARIO_FROM_ONE:
		return topology_points(topology, 1, quick, points);
	case SCENARIO_FROM_TWO:
		break;
	}
	return topology_points(topology, 2, quick, points);
}
