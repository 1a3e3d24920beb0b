/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Many schedules of one scenario, and what is said about one that fails.
 */
#ifndef RANGELOCK_SCHED_EXPLORE_H
#define RANGELOCK_SCHED_EXPLORE_H

#include "scenario.h"

/**
 * struct found - what came of it
 * @runs:      schedules
 * @steps:     decisions in all of them
 * @exhausted: the exhaustive search has tried all
 * @failed:    one has failed; it is the last one
 * @why:       its text
 * @list:      its switches
 * @seed:      its seed
 */
struct found {
	u64 runs;
	u64 steps;
	bool exhausted;
	bool failed;
	char why[256];
	struct sched_list list;
	u64 seed;
};

void explore(const struct scenario *scenario,
	     const struct sched_strategy *strategy, u64 runs, u64 ns,
	     struct found *found);
bool explore_replay(const struct scenario *scenario,
		    const struct sched_list *list, bool trace);
void explore_report(const struct scenario *scenario,
		    const struct sched_strategy *strategy,
		    struct found *found);
u64 explore_clock(void);

#endif /* RANGELOCK_SCHED_EXPLORE_H */
