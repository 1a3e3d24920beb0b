/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The controlled scheduler: contexts on one OS thread which switch only at the
 * operations of the seam (tests/sched/rl_env.h), in an order that a strategy
 * decides and that can be repeated.
 */
#ifndef RANGELOCK_SCHED_H
#define RANGELOCK_SCHED_H

#include "rl_env.h"

#define SCHED_TASKS_MAX		6
#define SCHED_CTX_MAX		(SCHED_TASKS_MAX + 1)
/* The context that runs the worker of the seam. */
#define SCHED_WORKER		SCHED_TASKS_MAX
#define SCHED_STEPS_MAX		30000
#define SCHED_SWITCHES_MAX	4096

enum sched_state {
	SCHED_UNUSED,
	SCHED_READY,
	SCHED_BLOCKED,
	SCHED_DONE,
};

/**
 * struct sched_ctx - a task of the schedule
 * @sp:        stack pointer while it does not run
 * @id:        index, also its processor
 * @state:     enum sched_state
 * @yielded:   it waits actively: let others run first
 * @relaxed:   how often in a row it has been let go on all the same
 * @relaxes:   how often it has, since somebody got on; up to RELAXED_MAX
 * @works:     accesses since it last waited actively
 * @timed_out: it was let run because its deadline came
 * @ready:     while BLOCKED: may it go on?
 * @on:        what @ready looks at
 * @deadline:  while BLOCKED: virtual time when it may go on in any case, 0 never
 * @count:     decisions it has come to; names a place in the schedule
 * @fn:        what it runs
 * @woken:     somebody has woken it since it went to sleep
 * @asleep:    in rlenv_wait_on()
 * @signal:    a signal is pending; 2 a fatal one
 * @how:       which signals end the sleep
 * @spins:     how often rlenv_may_spin() says yes
 * @irqs_off:  nesting of interrupts off
 * @locks:     spinlocks held
 * @rcu:       nesting of RCU sections
 * @rcu_since: number of the grace period in which the outermost one began
 * @dep:       ranges that lockdep would count as held by it
 * @place:     operation it is about to do
 */
struct sched_ctx {
	void *sp;
	u8 id;
	u8 state;
	bool yielded;
	u8 relaxed;
	u8 relaxes;
	u32 works;
	bool timed_out;
	bool (*ready)(const struct sched_ctx *ctx);
	const void *on;
	u64 deadline;
	u32 count;
	void (*fn)(struct sched_ctx *ctx);
	bool woken;
	bool asleep;
	u8 signal;
	u8 how;
	u32 spins;
	u32 irqs_off;
	u32 locks;
	u32 rcu;
	u32 rcu_since;
	int dep;
	struct sched_place *place;
};

/**
 * struct sched_choice - who may run next
 * @ctx:   contexts, the default first
 * @nr:    how many
 * @free:  of these those that cost no preemption, if not the default only
 * @timed: of these, at the end, those that would run because time passes
 * @forced: the default is another than the one that ran
 */
struct sched_choice {
	u8 ctx[SCHED_CTX_MAX];
	u32 nr;
	u32 free;
	u32 timed;
	bool forced;
};

/**
 * struct sched_switch - a decision that is not the default
 * @ctx:   context that ran, or had run, when it was taken
 * @count: its sched_ctx.count then
 * @to:    context that was chosen
 */
struct sched_switch {
	u8 ctx;
	u8 to;
	u32 count;
};

/**
 * struct sched_list - what tells a schedule from the default one
 * @nr: entries
 * @at: in the order in which they were taken
 */
struct sched_list {
	u32 nr;
	struct sched_switch at[SCHED_SWITCHES_MAX];
};

/**
 * struct sched_strategy - how schedules are chosen
 * @name:   for the command line
 * @start:  before each schedule; false if there are none left
 * @pick:   index into choice->ctx
 * @finish: after each schedule
 */
struct sched_strategy {
	const char *name;
	bool (*start)(void);
	u32 (*pick)(const struct sched_choice *choice);
	void (*finish)(void);
};

/**
 * struct sched - the schedule under way
 * @ctx:      contexts
 * @current:  the one that runs; also while the main program acts for it
 * @strategy: who decides
 * @quiet:    no operation is a scheduling point
 * @steps:    decisions so far
 * @clock:    virtual time in ns
 * @taken:    decisions that were not the default
 * @spinning: spinlocks held by anybody
 * @idle_visits: times in a row that only the worker's timer could go on
 * @trace:    print each step
 * @failed:   sched_fail() was called
 * @why:      its text
 */
struct sched {
	struct sched_ctx ctx[SCHED_CTX_MAX];
	struct sched_ctx *current;
	const struct sched_strategy *strategy;
	bool quiet;
	u32 steps;
	u64 clock;
	struct sched_list taken;
	u32 spinning;
	u32 idle_visits;
	bool trace;
	bool failed;
	char why[256];
};

extern struct sched sched;

/* sched.c */
void sched_reset(void);
void sched_add(u32 id, void (*fn)(struct sched_ctx *ctx));
bool sched_run(void (*before)(void), void (*after)(void));
void sched_block(bool (*ready)(const struct sched_ctx *ctx), const void *on);
bool sched_block_until(bool (*ready)(const struct sched_ctx *ctx),
		       const void *on, u64 deadline);
_Noreturn __printf(1, 2) void sched_fail(const char *fmt, ...);
char sched_letter(u32 id);
extern volatile u32 sched_runs;
extern volatile bool sched_running;

/* guard.c */
void sched_catch_signals(void);
void sched_print_unvisited(void);

/* switch.c */
void *sched_stack(u32 id, void (*entry)(void));
void sched_switch_stacks(void **save, void *load);

/* memory.c */
void sched_memory_reset(void);
void sched_memory_keep_core(void);
void sched_memory_check(const void *p, size_t size, const char *what);
void *sched_memory_get(size_t size, const char *what);
void sched_memory_put(void *p);
const char *sched_memory_name(const void *p);
void sched_memory_audit(void);
u32 sched_memory_in_use(const char *what);
extern u32 sched_alloc_fails;

extern const char *const sched_arena;
extern const size_t sched_arena_size;

/* races.c */
extern bool sched_races;
void sched_races_begin(void);
void sched_races_use(const void *p, bool writes);
void sched_races_write(const void *p, size_t size);

/* env.c */
void sched_env_reset(void);
bool sched_run_worker_now(void);
void sched_await_worker(void);
void sched_worker_begin(void);
extern bool sched_worker_still;

/* strategy.c */
extern const struct sched_strategy sched_exhaustive;
extern const struct sched_strategy sched_random;
extern const struct sched_strategy sched_pct;
extern const struct sched_strategy sched_replay;

/**
 * struct sched_config - arguments of the strategies
 * @preemptions: bound of the exhaustive one
 * @depth:       of PCT
 * @seed:        of random and PCT; each schedule has its own
 * @stable:      all scenarios, as those that are stable by themselves
 * @list:        for a replay
 * @exhausted:   set when the exhaustive one has tried all
 */
struct sched_config {
	u32 preemptions;
	u32 depth;
	u64 seed;
	bool stable;
	const struct sched_list *list;
	bool exhausted;
};

extern struct sched_config sched_config;
void sched_strategy_restart(void);

/* The names of schedules on the command line. */
size_t sched_list_print(const struct sched_list *list, char *buf, size_t size);
bool sched_list_parse(struct sched_list *list, const char *text);

#endif /* RANGELOCK_SCHED_H */
