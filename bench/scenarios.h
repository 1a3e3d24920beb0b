/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scenarios: rows of a table.  A new one is a new row here, or for the IO
 * engine a new row in its own table of mixes; it is never a new program.
 */
#ifndef BENCH_SCENARIOS_H
#define BENCH_SCENARIOS_H

#include "bench/lockload.h"
#include "bench/measure.h"
#include "bench/topology.h"

enum scenario_kind {
	SCENARIO_LOCK,
	SCENARIO_ENGINE,
};

/* Which numbers of threads a lock scenario runs with. */
enum scenario_threads {
	/* One, by definition of the scenario. */
	SCENARIO_ONE,
	/* 1, 2, 4 ... as the machine has them, see topology_points(). */
	SCENARIO_FROM_ONE,
	/* The same without 1. */
	SCENARIO_FROM_TWO,
	/* As many as there are CPUs, and no less than two. */
	SCENARIO_CPUS,
	/* Sixteen, most of which sleep. */
	SCENARIO_CROWD,
};

/* What side B of a row does. */
enum scenario_base {
	/* The same as A, with another lock. */
	SCENARIO_BASE_LOCK,
	/* Its own shape, with another lock. */
	SCENARIO_BASE_SHAPE,
	/* Its own shape or number of threads, with the same lock. */
	SCENARIO_BASE_SELF,
};

/* What `run` without locks does with a row. */
enum scenario_quick {
	/* Only if asked for: controls and floors, for locks of their own. */
	SCENARIO_ASKED = -1,
	/* Long run only. */
	SCENARIO_LONG = 0,
	/* The quick set compares it with dio. */
	SCENARIO_QUICK = 1,
	/* The quick set compares it with the other locks too. */
	SCENARIO_QUICK_ALL = 2,
};

/**
 * struct scenario - a row
 * @name:    as in the results of both builds
 * @variant: what distinguishes rows of one name; may be empty
 * @what:    one line for people
 * @kind:    lock or engine
 * @threads: numbers of threads; an engine mix has its own
 * @quick:   part of the quick set
 * @tail:    compares p99.9 of the narrow pairs' waits, not the cost of a pair
 * @shape:   what the workers do, for a lock
 * @base:    what side B is
 * @base_shape: its shape, unless SCENARIO_BASE_LOCK
 * @base_threads: its number of threads, 0 for that of A
 */
struct scenario {
	const char *name;
	const char *variant;
	const char *what;
	enum scenario_kind kind;
	enum scenario_threads threads;
	enum scenario_quick quick;
	bool tail;
	struct lockload_shape shape;
	enum scenario_base base;
	struct lockload_shape base_shape;
	unsigned int base_threads;
};

#define SCENARIO_MAX_POINTS	TOPOLOGY_MAX_POINTS

extern const struct scenario scenarios[];
extern const unsigned int scenarios_nr;

void scenario_label(const struct scenario *scenario, char *buf, size_t size);
const struct scenario *scenario_find(const char *label);
const struct lockload_shape *scenario_shape_b(const struct scenario *scenario);
unsigned int scenario_threads_b(const struct scenario *scenario,
				unsigned int threads);
bool label_matches(const char *label, const char *filter);
bool scenario_matches(const struct scenario *scenario, const char *filter);
unsigned int scenario_points(const struct scenario *scenario,
			     const struct topology *topology, bool quick,
			     unsigned int points[SCENARIO_MAX_POINTS]);

#endif /* BENCH_SCENARIOS_H */
