// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Around the steps of a scenario: what is there before, and what may be left.
 */
#include "rangelock_debug.h"
#include "scenario.h"

const struct scenario *script;
struct rangelock *script_locks[SCENARIO_LOCKS];

void script_choose(const struct scenario *chosen)
{
	script = chosen;
}

static const struct rangelock_modes *matrix(void)
{
	return script->modes ? script->modes : &rangelock_modes_rw;
}

/* Does somebody hold the lock bit of a bucket? */
static bool is_busy(const struct rangelock *lock)
{
	struct rangelock_spread *s = lock->spread;
	u32 i;

	for (i = 0; s && i < rangelock_nr_buckets(s); i++)
		if (s->bucket[i].word.counter & (s64)BUCKET_LOCKED)
			return true;
	return false;
}

/*
 * Look at the lock as a bystander would who is never interrupted.  Not if it is
 * held by one alone: to look would change that.
 */
static void validate(struct rangelock *lock)
{
	unsigned long root = lock->tree.root;
	bool was_quiet = sched.quiet;
	int broken;

	if (sched.spinning || is_busy(lock) || (root && !(root & ITREE_USER)))
		return;
	sched.quiet = true;
	broken = rangelock_validate(lock);
	sched.quiet = was_quiet;
	if (broken)
		sched_fail("rangelock_validate: I%d is broken", broken);
}

void script_validate(void)
{
	u32 i;

	for (i = 0; i < SCENARIO_LOCKS; i++)
		if (script_locks[i])
			validate(script_locks[i]);
}

static bool is_open(const struct rangelock *lock)
{
	return lock->spread && lock->spread->phase == RANGELOCK_OPEN;
}

/*
 * Ranges beside a held one, until the lock has spread in their shape; from all
 * processors, since they matter to the shape for readers.
 */
void script_spread(const struct step *s)
{
	struct rangelock *lock = *step_lock(s);
	struct sched_ctx *self = sched.current;
	struct rangelock_req *a = sched_memory_get(sizeof(*a), "request");
	struct rangelock_req *b = sched_memory_get(sizeof(*b), "request");
	u64 next = s->last == U64_MAX ? 0 : s->last - s->start + 1;
	u32 i;

	if (rangelock_try(lock, a, s->start + next, s->last + next, s->mode))
		sched_fail("scenario: a try failed");
	for (i = 0; i < 100 && !is_open(lock); i++) {
		u64 at = next * (2 + i % 16);

		sched.current = &sched.ctx[i % SCHED_TASKS_MAX];
		if (rangelock_try(lock, b, s->start + at, s->last + at,
				  s->mode))
			sched_fail("scenario: a try failed");
		rangelock_release(lock, b);
		sched_run_worker_now();
	}
	sched.current = self;
	rangelock_release(lock, a);
	if (!is_open(lock))
		sched_fail("scenario: the lock does not spread");
	sched_memory_put(a);
	sched_memory_put(b);
}

static void task_main(struct sched_ctx *self)
{
	const struct step *s = script->task[self->id];
	u32 i;

	for (i = 0; i < SCENARIO_STEPS && s[i].verb; i++)
		script_step(&s[i]);
}

static struct rangelock *make_lock(void)
{
	struct rangelock *lock = sched_memory_get(sizeof(*lock), "lock");

	rangelock_init(lock, matrix());
	rangelock_set_policy(lock, script->policy);
	if (script->stats)
		rangelock_attach_stats(lock, sched_memory_get(
			sizeof(struct rangelock_stats), "statistics"));
	return lock;
}

/**
 * script_before() - make the lock and the tasks of the chosen scenario
 */
void script_before(void)
{
	const struct step *s = script->setup;
	u32 i;

	oracle_reset(matrix(), script->policy);
	for (i = 0; i < SCENARIO_LOCKS; i++)
		script_locks[i] = make_lock();
	sched_debug = script->debug;
	sched_worker_still = !script->visits;
	sched_stable = script->stable || sched_config.stable;
	for (i = 0; i < SCENARIO_STEPS && s[i].verb; i++) {
		sched.current = &sched.ctx[s[i].who];
		script_step(&s[i]);
	}
	for (i = 0; i < SCENARIO_TASKS; i++)
		if (script->task[i][0].verb)
			sched_add(i, task_main);
	sched_worker_begin();
}

/* Nothing is in the tree: no request bars a bucket, and none is in one. */
static void check_buckets(const struct rangelock *lock)
{
	struct rangelock_spread *s = lock->spread;
	u32 i;

	for (i = 0; s && i < rangelock_nr_buckets(s); i++) {
		const struct rangelock_bucket *b = &s->bucket[i];

		/* While CLOSING those that are closed keep no count. */
		if ((b->barred & ~RANGELOCK_BUCKET_CLOSED) &&
		    (s->phase != RANGELOCK_CLOSING ||
		     !(b->barred & RANGELOCK_BUCKET_CLOSED)))
			sched_fail("bucket %u stays barred", i);
		if (b->word.counter & (s64)(BUCKET_SLOTS | BUCKET_LOCKED))
			sched_fail("bucket %u is not empty", i);
	}
}

/**
 * script_after() - all has been given back: nothing may be left
 */
void script_after(void)
{
	u32 i;

	for (i = 0; i < SCENARIO_SLOTS; i++)
		if (slots[i].state != SLOT_IDLE)
			sched_fail("scenario: slot %u is left over", i);
	script_validate();
	for (i = 0; i < SCENARIO_LOCKS; i++) {
		if (!script_locks[i])
			continue;
		if (script_locks[i]->nr_waiting)
			sched_fail("waiters are left");
		check_buckets(script_locks[i]);
		script_destroy(&script_locks[i]);
	}
	rangelock_pool_exit();
	if (sched_memory_in_use("request"))
		sched_fail("requests are left over");
	if (sched_memory_in_use("set of buckets"))
		sched_fail("leak: %u sets of buckets",
			   sched_memory_in_use("set of buckets"));
}
