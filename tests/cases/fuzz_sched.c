// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random schedules: who runs next.
 *
 * A decision picks one of: an actor that can go on, an actor that waits and has
 * not tried since something has moved, a bio that is held.  Some are slow: they are
 * left out for a while, unless there is nobody else, so that much may happen
 * between two of their steps.  A wait is tried by
 * the waiter itself, because what it waits for may be a lock that the try takes.
 */
#include "fuzz_internal.h"

/*
 * More decisions than any run needs: somebody goes in circles.  After as many
 * again, with waits that fail, the threads are given up.
 */
#define FUZZ_DECISIONS_MAX	30000U

#define SLOW_STEP_ONE_IN	32U
#define SLOW_DECISIONS_MAX	200U

static void trace_actor(struct fuzz *f, const char *what,
			const struct fuzz_actor *actor)
{
	char line[120];

	if (!f->params.trace)
		return;
	scnprintf(line, sizeof(line), "%6llu %s %u %s%s%s",
		  f->result->decisions, what, actor->index,
		  actor->index < f->clients ? fuzz_op_name(actor->op) :
						"work",
		  actor->state == FUZZ_WAITING ? " tries " : "",
		  actor->state == FUZZ_WAITING ?
			  iopath_res_name(actor->waits.kind) : "");
	f->params.trace(line);
}

static int actor_main(void *arg)
{
	struct fuzz_actor *me = arg;
	struct fuzz *f = me->f;

	me->self = rlenv_self();
	for (;;) {
		if (f->quit)
			return 0;
		if (me->index < f->clients) {
			fuzz_client(me);
			me->state = FUZZ_DONE;
		} else {
			me->work->func(me->work);
			me->work = NULL;
			me->state = FUZZ_FREE;
		}
		f->moves++;
		fuzz_point(f);
	}
}

static void actor_start(struct fuzz_actor *actor)
{
	struct rlenv_thread *thread;

	actor->started = true;
	thread = rlenv_thread_run(actor_main, actor, -1, "fuzz");
	/* the run could not go on without it */
	WARN_ON(!thread || IS_ERR(thread));
	/* Pairs with the load-acquire in actor_thread(). */
	smp_store_release(&actor->thread, thread);
}

/* The turn may have come back before whoever started it has kept the thread. */
static struct rlenv_thread *actor_thread(struct fuzz_actor *actor)
{
	struct rlenv_thread *thread;

	/* Pairs with the store-release in actor_start(). */
	while (!(thread = smp_load_acquire(&actor->thread)))
		cond_resched();
	return thread;
}

static void wait_turn(u32 *word)
{
	u64 woken = 0;

	WARN_ON(rlenv_wait_on(word, 1, RANGELOCK_WAIT_FOREVER, 0, &woken));
	WRITE_ONCE(*word, 0);
}

/* Give the turn to @next, NULL for the main thread. */
static void hand_over(struct fuzz *f, struct fuzz_actor *next)
{
	f->now = next;
	if (!next)
		rlenv_publish_wake(&f->back, 1, f->main);
	else if (!next->started)
		actor_start(next);
	else
		rlenv_publish_wake(&next->go, 1, next->self);
}

/* The decision from which on something may be chosen; far off if it is slow. */
u64 fuzz_due(struct fuzz *f, u32 one_in)
{
	u64 due = f->result->decisions;

	if (!prng_below(&f->choice, one_in))
		due += prng_below(&f->choice, SLOW_DECISIONS_MAX);
	return due;
}

/* @any: also if it is slow */
static bool actor_can_try(const struct fuzz *f, const struct fuzz_actor *actor,
			  bool any)
{
	if (!any && actor->due > f->result->decisions)
		return false;
	return actor->state == FUZZ_READY ||
	       (actor->state == FUZZ_WAITING && actor->tried != f->moves);
}

static u32 count_actors(const struct fuzz *f, bool any)
{
	u32 i, nr = 0;

	for (i = 0; i < f->nr_actors; i++)
		nr += actor_can_try(f, &f->actor[i], any);
	return nr;
}

static bool somebody_waits(const struct fuzz *f)
{
	u32 i;

	for (i = 0; i < f->nr_actors; i++)
		if (f->actor[i].state == FUZZ_WAITING)
			return true;
	return false;
}

/* Say who waits for what. */
static void tell_waits(struct fuzz *f, enum iopath_code code)
{
	char *why = f->result->why;
	size_t len = 0;
	u32 i;

	if (atomic_xchg(&f->failed, 1))
		return;
	f->result->code = code;
	for (i = 0; i < f->nr_actors; i++) {
		const struct fuzz_actor *actor = &f->actor[i];

		if (actor->state != FUZZ_WAITING)
			continue;
		len += scnprintf(why + len, FUZZ_WHY - len,
				 "%s%u (%s) waits for %s", len ? ", " : "",
				 actor->index,
				 i < f->clients ? fuzz_op_name(actor->op) :
						    "work",
				 iopath_res_name(actor->waits.kind));
	}
}

/* Whoever waits for the end of an IO has it on its stack: not before others. */
static bool is_io_wait(const struct fuzz_actor *actor)
{
	return actor->waits.kind == IOPATH_RES_BIO ||
	       actor->waits.kind == IOPATH_RES_IO;
}

/* Nobody can go on: let one wait fail, so that the others may. */
static void break_wait(struct fuzz *f)
{
	struct fuzz_actor *victim = NULL;
	u32 i;

	tell_waits(f, IOPATH_CODE_DEADLOCK);
	for (i = 0; i < f->nr_actors; i++) {
		struct fuzz_actor *actor = &f->actor[i];

		if (actor->state == FUZZ_WAITING &&
		    (!victim || (is_io_wait(victim) && !is_io_wait(actor))))
			victim = actor;
	}
	victim->gives_up = true;
	f->control.broken = true;
	f->moves++;
}

static void note_decision(struct fuzz *f, u32 pick)
{
	f->result->decisions++;
	f->result->hash = prng_mix(f->result->hash + pick + 1);
	if (f->params.cut == FUZZ_CUT_DECISION && !f->filling &&
	    f->result->decisions == f->params.cut_at)
		fuzz_dev_cut(f);
	if (f->result->decisions == FUZZ_DECISIONS_MAX) {
		tell_waits(f, IOPATH_CODE_HANG);
		f->control.broken = true;
	}
}

/* Decide until it is an actor's turn.  Return: whose, NULL when all is done. */
static struct fuzz_actor *choose(struct fuzz *f)
{
	u32 i, nr, pick, bios;
	bool any;

	for (;;) {
		any = !fuzz_dev_due(f, false) && !count_actors(f, false);
		bios = fuzz_dev_due(f, any);
		nr = bios + count_actors(f, any);
		f->lost = f->result->decisions > 2 * FUZZ_DECISIONS_MAX;
		if (f->lost || (!nr && !somebody_waits(f)))
			return NULL;
		if (!nr) {
			break_wait(f);
			continue;
		}
		pick = prng_below(&f->choice, nr);
		note_decision(f, pick);
		if (pick < bios) {
			fuzz_dev_end_bio(f, pick, any);
			f->moves++;
			continue;
		}
		pick -= bios;
		for (i = 0; i < f->nr_actors; i++)
			if (actor_can_try(f, &f->actor[i], any) && !pick--)
				break;
		trace_actor(f, "run", &f->actor[i]);
		f->control.cpu = i;
		return &f->actor[i];
	}
}

/* Somebody else may go on now, or the caller. */
static void take_turns(struct fuzz *f)
{
	struct fuzz_actor *me = f->now;
	struct fuzz_actor *next = choose(f);

	if (next == me)
		return;
	hand_over(f, next);
	wait_turn(me ? &me->go : &f->back);
}

/* A point where the schedule may change; nothing else happens here. */
void fuzz_point(struct fuzz *f)
{
	if (!f->running)
		return;
	f->moves++;
	take_turns(f);
}

static void fuzz_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	struct fuzz *f = arg;

	if (f->now)
		f->now->due = fuzz_due(f, SLOW_STEP_ONE_IN);
	fuzz_point(f);
}

static bool control_wait(void *arg, const struct iopath_res *res,
			 bool (*ready)(void *data), void *data)
{
	struct fuzz *f = arg;
	struct fuzz_actor *me = f->now;

	fuzz_point(f);
	for (;;) {
		if (ready(data)) {
			f->moves++;
			return true;
		}
		if (me->gives_up) {
			me->gives_up = false;
			return false;
		}
		me->state = FUZZ_WAITING;
		me->waits = *res;
		me->tried = f->moves;
		take_turns(f);
		me->state = FUZZ_READY;
	}
}

static void control_acquired(void *arg, const struct iopath_res *res, bool real)
{
	struct fuzz *f = arg;
	u32 i;

	for (i = 0; !real && i < FUZZ_UNREAL; i++) {
		if (f->unreal[i].res.object)
			continue;
		f->unreal[i].actor = f->now;
		f->unreal[i].res = *res;
		return;
	}
}

static struct fuzz_unreal *find_unreal(struct fuzz *f,
				       const struct iopath_res *res)
{
	u32 i;

	for (i = 0; i < FUZZ_UNREAL; i++) {
		struct fuzz_unreal *u = &f->unreal[i];

		if (u->res.object == res->object && u->res.kind == res->kind &&
		    u->res.token == res->token &&
		    (res->token || u->actor == f->now))
			return u;
	}
	return NULL;
}

static bool control_released(void *arg, const struct iopath_res *res)
{
	struct fuzz *f = arg;
	struct fuzz_unreal *u = find_unreal(f, res);

	f->moves++;
	if (!u)
		return true;
	u->res.object = NULL;
	return false;
}

static void control_passed(void *arg, const struct iopath_res *res)
{
	struct fuzz *f = arg;
	struct fuzz_unreal *u = find_unreal(f, res);

	if (u)
		u->actor = NULL;
}

static bool control_queue(void *arg, struct workqueue_struct *wq,
			  struct work_struct *work, const struct iopath_res *res)
{
	struct fuzz *f = arg;
	struct fuzz_actor *actor;
	u32 i;

	if (!f->running)
		return false;
	for (i = f->clients; i < FUZZ_ACTORS; i++)
		if (f->actor[i].state == FUZZ_FREE)
			break;
	if (WARN_ON(i == FUZZ_ACTORS))
		return false;
	actor = &f->actor[i];
	actor->f = f;
	actor->index = i;
	actor->work = work;
	actor->state = FUZZ_READY;
	f->nr_actors = max(f->nr_actors, i + 1);
	f->moves++;
	return true;
}

static const struct iopath_control_ops fuzz_control_ops = {
	.wait = control_wait,
	.acquired = control_acquired,
	.released = control_released,
	.passed = control_passed,
	.queue = control_queue,
};

/* Put the file system into the hands of the schedule. */
void fuzz_sched_init(struct fuzz *f)
{
	u32 i;

	f->control.ops = &fuzz_control_ops;
	f->control.arg = f;
	f->main = rlenv_self();
	prng_seed(&f->choice, f->params.seed);
	for (i = 0; i < f->clients; i++) {
		f->actor[i].f = f;
		f->actor[i].index = i;
		f->actor[i].state = FUZZ_DONE;
		prng_seed(&f->actor[i].prng, f->params.seed + 1000 * (i + 1));
	}
	f->nr_actors = f->clients;
	iopath_set_control(f->fs, &f->control);
	iopath_set_hook(f->fs, fuzz_step, f);
}

/* Let the first @clients work until all is done. */
void fuzz_sched_run(struct fuzz *f, u32 clients)
{
	u32 i;

	for (i = 0; i < clients; i++)
		f->actor[i].state = FUZZ_READY;
	f->result->decisions = 0;
	f->result->flushes = 0;
	f->running = true;
	take_turns(f);
	f->running = false;
}

/* End the threads, give the file system back. */
void fuzz_sched_exit(struct fuzz *f)
{
	u32 i;

	f->quit = true;
	for (i = 0; i < f->nr_actors; i++) {
		struct fuzz_actor *actor = &f->actor[i];

		if (!actor->started)
			continue;
		rlenv_publish_wake(&actor->go, 1, actor->self);
		rlenv_thread_join(actor_thread(actor));
	}
	iopath_set_hook(f->fs, NULL, NULL);
	iopath_set_control(f->fs, NULL);
}
