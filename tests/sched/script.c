// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Does what the table of a scenario says, and tells the oracle.
 */
#include "rangelock_debug.h"
#include "scenario.h"

/* Wait for another task, as a program does that hands its request over. */
static void wait_for(bool (*ready)(const struct sched_ctx *ctx),
		     struct slot *slot)
{
	sched_block(ready, slot);
	sched_order(slot, SCHED_ACQUIRES);
}

/* What others may wait for. */
static void hand_over(struct slot *slot)
{
	sched_order(slot, SCHED_READS | SCHED_RELEASES);
}

static void check_held(const struct slot *slot)
{
	bool was_quiet = sched.quiet, held;

	sched.quiet = true;
	held = rangelock_is_held(slot->req);
	sched.quiet = was_quiet;
	if (!held)
		sched_fail("granted, but rangelock_is_held() says no");
}

static void do_release(struct slot *slot)
{
	int ret;

	oracle_leaving(slot);
	ret = rangelock_release(script_locks[slot->lock], slot->req);
	if (ret)
		sched_fail("release returned %d", ret);
	oracle_gone(slot);
}

static void granted(struct rangelock_req *req)
{
	u32 i = 0;

	while (i < SCENARIO_SLOTS && slots[i].req != req)
		i++;
	if (i == SCENARIO_SLOTS)
		sched_fail("a callback for a request that is gone");
	oracle_granted(&slots[i]);
	check_held(&slots[i]);
	hand_over(&slots[i]);
	if (slots[i].releases)
		do_release(&slots[i]);
}

/* What the verbs that wait return, and what it means. */
static void conclude(struct slot *slot, int ret, u64 deadline)
{
	const struct sched_ctx *self = sched.current;

	if (!ret) {
		oracle_granted(slot);
		check_held(slot);
		return;
	}
	if (ret == -ETIMEDOUT && sched.clock < deadline)
		sched_fail("a timeout before its time");
	if (ret == -EINTR && !self->signal)
		sched_fail("-EINTR without a signal");
	if (ret == -EAGAIN)
		oracle_try_failed(slot);
	if (ret != -ETIMEDOUT && ret != -EINTR && ret != -EAGAIN)
		sched_fail("a verb returned %d", ret);
	oracle_gone(slot);
}

static void do_ask(const struct step *s, struct slot *slot)
{
	u64 timeout = s->arg * 1000ull, deadline = sched.clock + timeout;
	struct rangelock *lock = *step_lock(s);
	int ret = 0;

	oracle_ask(slot, s, s->verb != V_TRY);
	switch (s->verb) {
	case V_ACQUIRE:
	case V_PAIR:
		ret = rangelock_acquire(lock, slot->req, s->start, s->last,
					s->mode);
		break;
	case V_NESTED:
		ret = rangelock_acquire_nested(lock, slot->req, s->start,
					       s->last, s->mode, 1);
		break;
	case V_TRY:
		ret = rangelock_try(lock, slot->req, s->start, s->last,
				    s->mode);
		break;
	case V_TIMEOUT:
		ret = rangelock_acquire_timeout(lock, slot->req, s->start,
						s->last, s->mode, timeout);
		break;
	case V_INTERRUPTIBLE:
		ret = rangelock_acquire_interruptible(lock, slot->req,
						      s->start, s->last,
						      s->mode);
		break;
	case V_KILLABLE:
		ret = rangelock_acquire_killable(lock, slot->req, s->start,
						 s->last, s->mode);
		break;
	}
	conclude(slot, ret, deadline);
}

static void do_enqueue(const struct step *s, struct slot *slot)
{
	rangelock_grant_fn grant = s->verb == V_ENQUEUE ? NULL : granted;
	struct rangelock_req *req;
	int ret;

	oracle_ask(slot, s, false);
	slot->releases = s->verb == V_ASYNC_RELEASES;
	slot->disowned = grant;
	req = slot->req;
	ret = rangelock_enqueue(*step_lock(s), req,
			       s->start, s->last, s->mode, grant);
	if (!ret) {
		oracle_granted(slot);
		if (slot->releases)
			do_release(slot);
		return;
	}
	if (ret != -EINPROGRESS)
		sched_fail("enqueue returned %d", ret);
	/* It may have been granted, and more, before we come to note it. */
	if (slot->req != req)
		return;
	oracle_queued(slot);
	hand_over(slot);
}

static void do_wait(const struct step *s, struct slot *slot)
{
	u64 timeout = s->arg ? s->arg * 1000ull : RANGELOCK_NO_TIMEOUT;
	u64 deadline = s->arg ? sched.clock + timeout : U64_MAX;
	int ret;

	if (slot->state != SLOT_QUEUED)
		return;
	oracle_subject[sched.current->id] = slot;
	ret = rangelock_wait(slot->req, RANGELOCK_WAIT_INTERRUPTIBLE, timeout);
	conclude(slot, ret, deadline);
}

/* Cancel; if the grant comes first, wait for the callback and release. */
static bool is_over(const struct sched_ctx *ctx)
{
	const struct slot *slot = ctx->on;

	return slot->over && slot->state != SLOT_ASKING;
}

static bool is_queued(const struct sched_ctx *ctx)
{
	const struct slot *slot = ctx->on;

	return slot->over || slot->state == SLOT_QUEUED;
}

static void do_cancel(const struct step *s, struct slot *slot)
{
	int ret;

	wait_for(is_queued, slot);
	if (slot->state == SLOT_IDLE)
		return;
	oracle_subject[sched.current->id] = slot;
	ret = rangelock_cancel(slot->req);
	if (!ret) {
		if (slot->state != SLOT_LEAVING)
			sched_fail("cancelled, and granted as well");
		oracle_gone(slot);
		return;
	}
	if (ret != -EALREADY)
		sched_fail("cancel returned %d", ret);
	wait_for(is_over, slot);
	do_release(slot);
}

static bool may_release(const struct sched_ctx *ctx)
{
	const struct slot *slot = ctx->on;

	if (slot->state == SLOT_HELD)
		return slot->disowned || slot->owner == ctx->id;
	return slot->over && slot->state == SLOT_IDLE;
}

/* Steps on a request that somebody holds. */
static void do_held(const struct step *s, struct slot *slot)
{
	struct rangelock *lock = *step_lock(s);
	int ret = 0;

	wait_for(may_release, slot);
	if (slot->state != SLOT_HELD)
		return;
	switch (s->verb) {
	case V_RELEASE:
		do_release(slot);
		return;
	case V_DISOWN:
		ret = rangelock_disown(lock, slot->req);
		slot->disowned = true;
		hand_over(slot);
		break;
	case V_DOWNGRADE:
		oracle_weaken(slot, slot->start, slot->last, s->mode);
		ret = rangelock_downgrade(lock, slot->req, s->mode);
		oracle_weakened(slot);
		break;
	case V_SHRINK:
		oracle_weaken(slot, s->start, s->last, slot->mode);
		ret = rangelock_shrink(lock, slot->req, s->start, s->last);
		oracle_weakened(slot);
		break;
	}
	if (ret)
		sched_fail("disown, downgrade or shrink returned %d", ret);
}

static bool others_are_done(const struct sched_ctx *ctx)
{
	u32 i;

	for (i = 0; i < SCHED_TASKS_MAX; i++)
		if (i != ctx->id && sched.ctx[i].state != SCHED_UNUSED &&
		    sched.ctx[i].state != SCHED_DONE)
			return false;
	return true;
}

/*
 * Nobody will call for the lock any more, and what was held is given back; but
 * those who have given it back may not have returned from that.
 */
static bool free_lock(struct rangelock **lock)
{
	struct rangelock *gone = *lock;

	if (rangelock_destroy(gone))
		return false;
	*lock = NULL;
	sched_memory_put(gone);
	return true;
}

/* All is given back; the lock goes, though the worker may be at it. */
void script_destroy(struct rangelock **lock)
{
	u32 i;

	sched_block(others_are_done, NULL);
	for (i = 0; i < SCENARIO_SLOTS; i++)
		sched_order(&slots[i], SCHED_ACQUIRES);
	if (!free_lock(lock))
		sched_fail("destroy says that the lock is in use");
}

static void do_snapshot(struct rangelock *lock)
{
	struct rangelock_record records[SCENARIO_SLOTS];

	rangelock_snapshot(lock, RANGELOCK_EVERYONE, records,
			   ARRAY_SIZE(records));
}

/* Steps that are about no request. */
/* The worker comes so often, each time when it may take buckets away. */
static void do_visits(u32 times)
{
	while (times--) {
		sched.clock += RANGELOCK_VISIT_NS;
		rangelock_pool_kick();
		sched_await_worker();
	}
}

static void do_other(const struct step *s)
{
	switch (s->verb) {
	case V_SIGNAL:
		sched.ctx[s->who].signal = 1;
		break;
	case V_KILL:
		sched.ctx[s->who].signal = 2;
		break;
	case V_TICK:
		sched.clock += s->arg * 1000ull;
		break;
	case V_SNAPSHOT:
		do_snapshot(*step_lock(s));
		break;
	case V_VALIDATE:
		if (rangelock_validate(*step_lock(s)))
			sched_fail("rangelock_validate() finds a mistake");
		break;
	case V_DESTROY_NOW:
		/* Somebody may still call callbacks for it. */
		while (!free_lock(step_lock(s)))
			cpu_relax();
		break;
	case V_DESTROY:
		script_destroy(step_lock(s));
		break;
	case V_POOL_EXIT:
		rangelock_pool_exit();
		break;
	case V_KICK:
		rangelock_pool_kick();
		break;
	case V_VISITS:
		do_visits(s->arg);
		break;
	case V_FILL:
		rangelock_pool_kick();
		sched_run_worker_now();
		break;
	case V_SPREAD:
		script_spread(s);
		break;
	case V_DRY:
		rangelock_pool_dry = true;
		break;
	case V_ALLOC_FAILS:
		sched_alloc_fails = s->arg;
		break;
	}
}

/**
 * script_step() - do what a line of the table says
 * @s: the line
 */
void script_step(const struct step *s)
{
	struct slot *slot = &slots[s->slot];
	u32 i;

	sched.current->spins = script->spins;
	if (s->verb == V_PAIR) {
		for (i = 0; i < max(s->arg, 1u); i++) {
			do_ask(s, slot);
			do_release(slot);
		}
	} else if (s->verb <= V_KILLABLE) {
		do_ask(s, slot);
	} else if (s->verb == V_WAIT) {
		do_wait(s, slot);
	} else if (s->verb == V_CANCEL) {
		do_cancel(s, slot);
	} else if (s->verb >= V_ENQUEUE && s->verb <= V_ASYNC_RELEASES) {
		do_enqueue(s, slot);
	} else if (s->verb >= V_RELEASE && s->verb <= V_SHRINK) {
		do_held(s, slot);
	} else if (s->verb == V_AWAIT_HELD) {
		wait_for(is_over, slot);
	} else if (s->verb == V_AWAIT_QUEUED) {
		wait_for(is_queued, slot);
	} else {
		do_other(s);
	}
	hand_over(slot);
	oracle_subject[sched.current->id] = NULL;
	script_validate();
}
