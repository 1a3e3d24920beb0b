// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * All schedules with at most so many preemptions, depth first.
 *
 * A schedule is run from the start each time: the decisions up to the last one
 * that has an untried alternative are repeated, that one takes the alternative,
 * and those behind it the default.  To leave a context that could go on costs
 * one preemption, and so does letting time pass while somebody could run; to
 * choose among those who can run when the other cannot is free.
 */
#include "sched.h"

#define DEPTH_MAX	SCHED_STEPS_MAX

/**
 * struct frame - a decision of the schedule under way
 * @pick:  which alternative it takes
 * @nr:    alternatives
 * @free:  the first so many cost nothing
 * @spent: preemptions before it
 */
struct frame {
	u8 pick;
	u8 nr;
	u8 free;
	u8 spent;
};

static struct frame frames[DEPTH_MAX];
/* Decisions of the last schedule; how many of them are to be repeated. */
static u32 depth, prefix;
static bool begun;

void sched_strategy_restart(void)
{
	begun = false;
	prefix = 0;
	sched_config.exhausted = false;
}

static bool has_next(const struct frame *f)
{
	u32 next = f->pick + 1u;

	return next < f->nr &&
	       f->spent + (next >= f->free ? 1u : 0u) <= sched_config.preemptions;
}

static bool exhaustive_start(void)
{
	if (begun) {
		while (depth && !has_next(&frames[depth - 1]))
			depth--;
		if (!depth) {
			sched_config.exhausted = true;
			return false;
		}
		frames[depth - 1].pick++;
		prefix = depth;
	}
	begun = true;
	depth = 0;
	return true;
}

static u32 exhaustive_pick(const struct sched_choice *c)
{
	struct frame *f = &frames[depth++];

	if (depth <= prefix) {
		if (f->nr != c->nr || f->free != c->free)
			sched_fail("the schedule is not repeatable");
		return f->pick;
	}
	f->pick = 0;
	f->nr = (u8)c->nr;
	f->free = (u8)c->free;
	f->spent = 0;
	if (depth > 1) {
		const struct frame *before = &frames[depth - 2];

		f->spent = (u8)(before->spent + (before->pick >= before->free));
	}
	return 0;
}

static void exhaustive_finish(void)
{
}

const struct sched_strategy sched_exhaustive = {
	"exhaustive", exhaustive_start, exhaustive_pick, exhaustive_finish,
};
