// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each verb against each: scenarios made from a table of roles.  A role is what
 * one task does with a request, and what another does about it.  In a pair two
 * roles meet on ranges that overlap, on a lock of each kind.
 */
#include "steps.h"

#define MAIN_STEPS	4
#define HELP_STEPS	3

/**
 * struct role - a verb in use; slots count from the role's first one
 * @name: of the verb
 * @main: what its task does; ranges stand for the role's range
 * @help: what another task does about it; signals go to the role's task
 */
struct role {
	const char *name;
	struct step main[MAIN_STEPS];
	struct step help[HELP_STEPS];
};

static const struct role roles[] = {
	{ "acquire", { PAIR(0, X, 2, PAGE) }, { } },
	{ "shared", { PAIR(0, S, 2, PAGE) }, { } },
	{ "try", { TRY(0, X, PAGE), RELEASE(0), TRY(0, S, PAGE), RELEASE(0) },
	  { } },
	{ "timeout", { TIMEOUT(0, X, 10, PAGE), RELEASE(0) }, { } },
	{ "interruptible", { INTERRUPTIBLE(0, X, PAGE), RELEASE(0) },
	  { SIGNAL(0) } },
	{ "killable", { KILLABLE(0, X, PAGE), RELEASE(0) },
	  { SIGNAL(0), KILL(0) } },
	{ "enqueue", { ENQUEUE(0, X, PAGE), WAIT(0, 0), RELEASE(0) }, { } },
	{ "enqueue-timeout", { ENQUEUE(0, X, PAGE), WAIT(0, 10), RELEASE(0) },
	  { } },
	{ "cancel", { ASYNC(0, X, PAGE) }, { CANCEL(0) } },
	{ "async", { ASYNC(0, X, PAGE), ASYNC_RELEASES(1, S, PAGE) },
	  { RELEASE(0) } },
	{ "downgrade", { ACQUIRE(0, X, PAGE), DOWNGRADE(0, S), RELEASE(0) },
	  { } },
	{ "shrink", { ACQUIRE(0, X, PAGE), SHRINK(0, UPPER), RELEASE(0) },
	  { } },
	{ "elsewhere", { ACQUIRE(0, X, PAGE), DISOWN(0) }, { RELEASE(0) } },
	{ "snapshot", { SNAPSHOT, PAIR(0, X, 1, PAGE), VALIDATE }, { } },
};

/**
 * struct kind - a kind of lock
 * @name:   first word of the scenario's name
 * @policy: its policy
 * @spread: it has spread
 * @start:  range of the second role; that of the first is PAGE
 * @last:   last byte of it
 */
struct kind {
	const char *name;
	unsigned int policy;
	bool spread;
	u64 start;
	u64 last;
};

static const struct kind kinds[] = {
	{ "p-tree", RANGELOCK_TREE_ONLY, false, PAGE },
	{ "p-fifo", RANGELOCK_TREE_ONLY | RANGELOCK_FIFO, false, TWO },
	{ "p-bucket", 0, true, PAGE },
	{ "p-straddle", 0, true, TWO },
	{ "p-wide", RANGELOCK_FIFO, true, ALL },
};

#define NR_ROLES	ARRAY_SIZE(roles)
#define NR_PAIRS	(NR_ROLES * NR_ROLES)

struct scenario scenarios_pairs[ARRAY_SIZE(kinds) * NR_PAIRS + 1];
static char names[ARRAY_SIZE(kinds) * NR_PAIRS][48];

/* The steps of a role for the task @who, whose slots begin at @slot. */
static void place(struct step *to, const struct step *from, u32 nr, u32 who,
		  const struct kind *kind)
{
	u32 i;

	for (i = 0; i < nr && from[i].verb; i++) {
		to[i] = from[i];
		to[i].slot += 4 * who;
		to[i].who = (u8)who;
		if (!who || from[i].start == from[i].last)
			continue;
		to[i].start = kind->start;
		/* What is shrunk to begins where the range does. */
		to[i].last = from[i].verb == V_SHRINK ? kind->start + 7 :
							kind->last;
	}
}

static void make(struct scenario *s, const struct kind *kind,
		 const struct role *a, const struct role *b)
{
	static const struct step open[] = { FILL, SPREAD(X, PAGE) };
	char *name = names[s - scenarios_pairs];

	scnprintf(name, sizeof(names[0]), "%s:%s:%s", kind->name, a->name,
		  b->name);
	s->name = name;
	s->title = "a pair of verbs";
	s->policy = kind->policy;
	if (kind->spread)
		memcpy(s->setup, open, sizeof(open));
	place(s->task[0], a->main, MAIN_STEPS, 0, kind);
	place(s->task[1], b->main, MAIN_STEPS, 1, kind);
	place(s->task[2], a->help, HELP_STEPS, 0, kind);
	place(s->task[3], b->help, HELP_STEPS, 1, kind);
}

/**
 * scenarios_make_pairs() - fill scenarios_pairs
 */
void scenarios_make_pairs(void)
{
	struct scenario *s = scenarios_pairs;
	u32 i, a, b;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (a = 0; a < NR_ROLES; a++)
			for (b = 0; b < NR_ROLES; b++)
				make(s++, &kinds[i], &roles[a], &roles[b]);
}
