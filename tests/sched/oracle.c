// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the lock promises, checked by somebody who knows nothing of how it does
 * it: who holds what, who asked before whom.
 *
 *   O1  No two requests that conflict are held at a time.
 *   O2  A request that was in the queue before another was made is granted
 *       before it, if they conflict; but for bypasses, which only a task that
 *       runs may make, past tasks that sleep, at most RANGELOCK_BYPASS_MAX
 *       times and for RANGELOCK_BYPASS_NS each.
 *   O3  A try fails only if something that conflicts was held or asked for
 *       during the call.
 *   O4  What a holder did to the bytes of its range is ordered before what those
 *       do that it excludes; looked at by races.c.
 */
#include "scenario.h"

struct slot slots[SCENARIO_SLOTS];
struct slot *oracle_subject[SCHED_CTX_MAX];

static const struct rangelock_modes *modes;
static unsigned int policy;
/* What the ranges stand for, of use as addresses only. */
#define BYTES	256u
static char *bytes;
/* Counts what happens; event 0 is never. */
static u32 events;

/*
 * What slots were before: since one may have been used again, or been made
 * weaker, while a try was under way.  The last so many, and for each slot what
 * it was before the call that makes it weaker.
 */
#define PAST_MAX	64
static struct slot past[PAST_MAX], before[SCENARIO_SLOTS];
static u32 nr_past;

void oracle_reset(const struct rangelock_modes *matrix, unsigned int how)
{
	memset(slots, 0, sizeof(slots));
	memset(oracle_subject, 0, sizeof(oracle_subject));
	modes = matrix;
	policy = how;
	events = 0;
	nr_past = 0;
	bytes = sched_memory_get(SCENARIO_LOCKS * modes->nr * BYTES, "data");
}

static char letter(const struct slot *slot)
{
	return sched_letter(slot->owner);
}

static bool conflict(const struct slot *a, const struct slot *b)
{
	return a != b && a->lock == b->lock && a->start <= b->last &&
	       b->start <= a->last &&
	       (modes->conflict[a->mode] & (1u << b->mode));
}

void oracle_ask(struct slot *slot, const struct step *step, bool passes)
{
	if (slot->state != SLOT_IDLE)
		sched_fail("scenario: slot %u is in use", step->slot);
	slot->state = SLOT_ASKING;
	slot->owner = sched.current->id;
	slot->lock = step->slot / SLOTS_OF_LOCK;
	slot->start = step->start;
	slot->last = step->last;
	slot->mode = step->mode;
	slot->passes = passes;
	slot->disowned = false;
	slot->over = false;
	slot->began = ++events;
	slot->passed = 0;
	slot->req = sched_memory_get(sizeof(*slot->req), "request");
	memset(slot->req, 0xa5, sizeof(*slot->req));
	oracle_subject[sched.current->id] = slot;
}

void oracle_queued(struct slot *slot)
{
	if (slot->state != SLOT_ASKING)
		return;
	slot->state = SLOT_QUEUED;
	slot->queued = ++events;
	slot->queued_ns = sched.clock;
}

/* The lock tells that a task goes to sleep. */
void rlenv_trace_blocked(const struct rangelock *rl, u64 start, u64 last,
			 unsigned int mode)
{
	struct slot *slot = oracle_subject[sched.current->id];

	if (slot)
		oracle_queued(slot);
}

/* The lock tells, under its spinlock, that a request is withdrawn. */
void rlenv_trace_cancelled(const struct rangelock *rl, u64 start, u64 last,
			   unsigned int mode)
{
	struct slot *slot = oracle_subject[sched.current->id];

	if (!slot || slot->start != start || slot->last != last)
		sched_fail("a request is withdrawn that nobody gave up");
	slot->state = SLOT_LEAVING;
}

/* O2 for one that has waited when @slot was asked for. */
static void check_overtaken(struct slot *slot, struct slot *waiter)
{
	if (waiter->state != SLOT_QUEUED || waiter->queued > slot->began ||
	    !conflict(slot, waiter))
		return;
	if ((policy & RANGELOCK_FIFO) || !slot->passes || !waiter->passes)
		sched_fail("FIFO: %c got [%llu, %llu] before %c, which had queued before it asked",
			   letter(slot), slot->start, slot->last,
			   letter(waiter));
	if (++waiter->passed > RANGELOCK_BYPASS_MAX)
		sched_fail("%c was passed by more than %u times",
			   letter(waiter), RANGELOCK_BYPASS_MAX);
}

/*
 * O4: use the bytes.  There is a copy of them for each mode, which is written by
 * the holders of that mode, if it excludes itself, and read by all it excludes.
 */
static void use_bytes(const struct slot *slot)
{
	u8 mask = modes->conflict[slot->mode];
	u64 last = min_t(u64, slot->last, BYTES - 1), at;
	u32 mode, copy;

	for (mode = 0; mode < modes->nr; mode++) {
		if (!(mask & (1u << mode)))
			continue;
		copy = slot->lock * modes->nr + mode;
		for (at = slot->start; at <= last; at += 2)
			sched_races_use(&bytes[copy * BYTES + at],
					mode == slot->mode);
	}
}

void oracle_granted(struct slot *slot)
{
	u32 i;

	if (slot->state == SLOT_HELD)
		sched_fail("%c is granted twice", letter(slot));
	if (slot->state != SLOT_ASKING && slot->state != SLOT_QUEUED)
		sched_fail("%c is granted what it does not ask for",
			   letter(slot));
	for (i = 0; i < SCENARIO_SLOTS; i++) {
		struct slot *other = &slots[i];

		if (other->state == SLOT_HELD && conflict(slot, other))
			sched_fail("exclusion: %c got [%llu, %llu] %s while %c holds [%llu, %llu] %s",
				   letter(slot), slot->start, slot->last,
				   modes->name[slot->mode], letter(other),
				   other->start, other->last,
				   modes->name[other->mode]);
		check_overtaken(slot, other);
	}
	slot->state = SLOT_HELD;
	slot->over = true;
	use_bytes(slot);
}

/* Remember what a slot was until now. */
static void remember(const struct slot *was)
{
	past[nr_past % PAST_MAX] = *was;
	past[nr_past++ % PAST_MAX].idle = ++events;
}

/* O3 */
void oracle_try_failed(const struct slot *slot)
{
	u32 i;

	for (i = 0; i < SCENARIO_SLOTS; i++)
		if (slots[i].state != SLOT_IDLE &&
		    (conflict(slot, &slots[i]) ||
		     (slots[i].weakening && conflict(slot, &before[i]))))
			return;
	for (i = 0; i < min_t(u32, nr_past, PAST_MAX); i++)
		if (past[i].idle > slot->began && conflict(slot, &past[i]))
			return;
	sched_fail("%c tried [%llu, %llu] in vain although nothing conflicts",
		   letter(slot), slot->start, slot->last);
}

void oracle_weaken(struct slot *slot, u64 start, u64 last, unsigned int mode)
{
	use_bytes(slot);
	before[slot - slots] = *slot;
	slot->weakening = true;
	slot->start = start;
	slot->last = last;
	slot->mode = (u8)mode;
}

void oracle_weakened(struct slot *slot)
{
	slot->weakening = false;
	remember(&before[slot - slots]);
}

void oracle_leaving(struct slot *slot)
{
	use_bytes(slot);
	slot->state = SLOT_LEAVING;
}

/* The request is the caller's again, and gone at once. */
void oracle_gone(struct slot *slot)
{
	sched_memory_put(slot->req);
	slot->req = NULL;
	slot->state = SLOT_IDLE;
	slot->over = true;
	remember(slot);
}

/* Who holds and who waits, when a check has failed. */
void oracle_print(FILE *out)
{
	static const char *const names[] = {
		"", "asks for", "waits for", "holds", "gives back",
	};
	u32 i;

	for (i = 0; i < SCENARIO_SLOTS; i++) {
		const struct slot *slot = &slots[i];

		if (slot->state == SLOT_IDLE)
			continue;
		fprintf(out, "  %c %s [%llu, %llu] %s (slot %u", letter(slot),
			names[slot->state], slot->start, slot->last,
			modes->name[slot->mode], i);
		if (slot->passed)
			fprintf(out, ", passed by %u times", slot->passed);
		fprintf(out, ")\n");
	}
}
