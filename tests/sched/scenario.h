/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Scenarios: what the tasks of a schedule do, as tables.
 */
#ifndef RANGELOCK_SCHED_SCENARIO_H
#define RANGELOCK_SCHED_SCENARIO_H

#include "rangelock_spread.h"
#include "sched.h"

#define SCENARIO_TASKS	4
#define SCENARIO_STEPS	12
#define SCENARIO_SLOTS	12
#define SCENARIO_LOCKS	2
/* Slots from here on belong to the second lock. */
#define SLOTS_OF_LOCK	8

/*
 * What a step does with its slot.  A slot stands for one request; who acts on a
 * slot that another task fills waits until that has come to something.  A step
 * on a slot whose request was not granted does nothing.
 */
enum verb {
	V_NONE,
	V_ACQUIRE,
	V_NESTED,
	V_TRY,
	V_TIMEOUT,
	V_INTERRUPTIBLE,
	V_KILLABLE,
	V_ENQUEUE,
	V_WAIT,
	V_ASYNC,
	V_ASYNC_RELEASES,
	V_CANCEL,
	V_RELEASE,
	V_DISOWN,
	V_DOWNGRADE,
	V_SHRINK,
	V_PAIR,
	V_AWAIT_HELD,
	V_AWAIT_QUEUED,
	V_SIGNAL,
	V_KILL,
	V_TICK,
	V_SNAPSHOT,
	V_VALIDATE,
	V_DESTROY,
	V_DESTROY_NOW,
	V_POOL_EXIT,
	V_KICK,
	V_VISITS,
	/* of the preparation only */
	V_FILL,
	V_SPREAD,
	V_DRY,
	V_ALLOC_FAILS,
	V_NR,
};

/**
 * struct step - one call of a task
 * @verb:  enum verb
 * @slot:  which request
 * @mode:  of the matrix
 * @who:   task, in the preparation and for signals
 * @arg:   times, or microseconds
 * @start: first byte
 * @last:  last byte
 */
struct step {
	u8 verb;
	u8 slot;
	u8 mode;
	u8 who;
	u32 arg;
	u64 start;
	u64 last;
};

/**
 * struct scenario - what is explored
 * @name:   for the command line
 * @title:  one line
 * @policy: of the lock
 * @modes:  matrix, NULL for shared and exclusive
 * @debug:  with the self-checks of a debug build
 * @spins:  tasks wait actively for a little before they queue
 * @stats:  with counters
 * @visits: the worker also runs by its timer
 * @stable: memory of buckets stays what it is, as in userspace
 * @bound:  preemptions of the exhaustive search, 0 for none
 * @setup:  done before, without interleaving
 * @task:   what each task does
 */
struct scenario {
	const char *name;
	const char *title;
	unsigned int policy;
	const struct rangelock_modes *modes;
	bool debug;
	bool spins;
	bool stats;
	bool visits;
	bool stable;
	u32 bound;
	struct step setup[SCENARIO_STEPS];
	struct step task[SCENARIO_TASKS][SCENARIO_STEPS];
};

extern const struct scenario scenarios_tree[];
extern const struct scenario scenarios_many[];
extern const struct scenario scenarios_spread[];
extern struct scenario scenarios_pairs[];
void scenarios_make_pairs(void);

/* stage.c */
extern const struct scenario *script;
extern struct rangelock *script_locks[SCENARIO_LOCKS];
void script_choose(const struct scenario *chosen);
void script_before(void);
void script_after(void);
void script_validate(void);
void script_spread(const struct step *s);

/* script.c */
void script_step(const struct step *s);
void script_destroy(struct rangelock **lock);

/**
 * enum slot_state - where a request stands, as its user sees it
 */
enum slot_state {
	SLOT_IDLE,
	SLOT_ASKING,
	SLOT_QUEUED,
	SLOT_HELD,
	SLOT_LEAVING,
};

/**
 * struct slot - a request and what the oracle knows of it
 * @req:       of the lock; NULL if idle
 * @state:     enum slot_state
 * @owner:     task that asked
 * @lock:      which of the locks
 * @mode:      as asked for
 * @passes:    may pass those who wait, and be passed by
 * @disowned:  anybody may release it
 * @over:      it has come to its end, granted or not
 * @weakening: a call that makes it weaker is under way
 * @releases:  its callback releases it
 * @start:     first byte
 * @last:      last byte
 * @began:     event: the call began
 * @queued:    event: it was surely in the queue
 * @idle:      event: it was surely gone; of past ones only
 * @passed:    how often it was passed by
 * @queued_ns: time at @queued
 */
struct slot {
	struct rangelock_req *req;
	u8 state;
	u8 owner;
	u8 lock;
	u8 mode;
	bool passes;
	bool disowned;
	bool over;
	bool weakening;
	bool releases;
	u64 start;
	u64 last;
	u32 began;
	u32 queued;
	u32 idle;
	u32 passed;
	u64 queued_ns;
};

extern struct slot slots[SCENARIO_SLOTS];

/* Which lock a step is about. */
static inline struct rangelock **step_lock(const struct step *s)
{
	return &script_locks[s->slot / SLOTS_OF_LOCK];
}

/* oracle.c */
void oracle_reset(const struct rangelock_modes *modes, unsigned int policy);
void oracle_ask(struct slot *slot, const struct step *step, bool passes);
void oracle_queued(struct slot *slot);
void oracle_granted(struct slot *slot);
void oracle_try_failed(const struct slot *slot);
void oracle_weaken(struct slot *slot, u64 start, u64 last, unsigned int mode);
void oracle_weakened(struct slot *slot);
void oracle_leaving(struct slot *slot);
void oracle_gone(struct slot *slot);
void oracle_print(FILE *out);
/* For each context the slot that its call is about. */
extern struct slot *oracle_subject[SCHED_CTX_MAX];

#endif /* RANGELOCK_SCHED_SCENARIO_H */
