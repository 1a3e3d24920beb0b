/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Replay in logical time: who runs next, and the clock; see replay_internal.h.
 *
 * Actors are threads, but only one has the turn.  Who gives it away chooses the
 * next one, so all of this runs as if in one thread.
 */
#include "bench/replay_internal.h"

#include <stdio.h>
#include <stdlib.h>

static void wait_turn(u32 *word)
{
	u64 woken = 0;

	WARN_ON(rlenv_wait_on(word, 1, RANGELOCK_WAIT_FOREVER, 0, &woken));
	WRITE_ONCE(*word, 0);
}

static void take_turns(struct replay *r);

static int actor_main(void *arg)
{
	struct replay_actor *me = arg;
	struct replay *r = me->r;

	me->self = rlenv_self();
	while (!r->quit) {
		if (me->task) {
			replay_task_main(me->task);
			me->state = REPLAY_DONE;
		} else {
			me->work->func(me->work);
			me->work = NULL;
			me->state = REPLAY_FREE;
		}
		r->moves++;
		take_turns(r);
	}
	return 0;
}

/*
 * The turn goes to the new thread with its first instruction, and may be back
 * before the handle is kept; nobody looks at that before the end.
 */
static void actor_start(struct replay_actor *actor)
{
	struct rlenv_thread *thread =
		rlenv_thread_run(actor_main, actor, -1, "replay");

	if (!thread || IS_ERR(thread))
		abort();
	/* pairs with the acquire in replay_sched_exit() */
	smp_store_release(&actor->thread, thread);
}

/* Give the turn to @next, NULL for the main thread. */
static void hand_over(struct replay *r, struct replay_actor *next)
{
	r->now = next;
	if (!next)
		rlenv_publish_wake(&r->back, 1, r->main);
	else if (next->self)
		rlenv_publish_wake(&next->go, 1, next->self);
	else
		actor_start(next);
}

static bool can_go(struct replay *r, struct replay_actor *actor)
{
	if (replay_is_lock(actor->ready))
		return actor->tried != r->moves &&
		       replay_lock_is_free(r, actor);
	actor->granted = actor->ready(actor->data);
	return actor->granted;
}

static void keep_level(struct replay *r, u64 until_ns, u32 inside)
{
	if (r->nr_levels == r->room) {
		r->room = r->room ? 2 * r->room : 4096;
		r->level = realloc(r->level, r->room * sizeof(*r->level));
		if (!r->level)
			abort();
	}
	r->level[r->nr_levels].until_ns = until_ns;
	r->level[r->nr_levels++].inside = inside;
}

/* Operations have been inside since the clock stood still. */
static void pass_time(struct replay *r, u64 now_ns)
{
	u32 inside[IOPATH_INSIDE_KINDS], i, sum = 0;

	if (now_ns <= r->now_ns)
		return;
	iopath_get_inside(r->fs, inside);
	for (i = 0; i < IOPATH_INSIDE_KINDS; i++)
		sum += inside[i];
	r->area += sum * (now_ns - r->now_ns);
	r->inside_max = max(r->inside_max, sum);
	keep_level(r, now_ns, sum);
	r->now_ns = now_ns;
}

static struct replay_actor *first_sleeper(struct replay *r)
{
	struct replay_actor *first = NULL;
	u32 i;

	for (i = 0; i < r->nr_actors; i++)
		if (r->actor[i].state == REPLAY_ASLEEP &&
		    (!first || r->actor[i].due_ns < first->due_ns))
			first = &r->actor[i];
	return first;
}

static void wake_sleeper(struct replay *r, struct replay_actor *actor)
{
	actor->state = REPLAY_READY;
	list_add_tail(&actor->list, &r->ready);
}

/* Let the next thing happen that has a time.  Return: whether there is one. */
static bool advance(struct replay *r)
{
	struct replay_actor *actor = first_sleeper(r);
	struct iopath_bio *bio;

	r->moves++;
	if (!list_empty(&r->bios)) {
		bio = list_first_entry(&r->bios, struct iopath_bio, list);
		if (!actor || bio->due_ns <= actor->due_ns) {
			pass_time(r, bio->due_ns);
			list_del_init(&bio->list);
			r->ram->ops->submit(r->ram, bio);
			return true;
		}
	}
	if (!actor)
		return false;
	pass_time(r, actor->due_ns);
	wake_sleeper(r, actor);
	return true;
}

static struct replay_actor *choose(struct replay *r)
{
	struct replay_actor *actor;

	do {
		if (!list_empty(&r->ready)) {
			actor = list_first_entry(&r->ready,
						 struct replay_actor, list);
			list_del_init(&actor->list);
			return actor;
		}
		list_for_each_entry(actor, &r->waiting, list)
			if (can_go(r, actor))
				return actor;
	} while (advance(r));
	return NULL;
}

/* Somebody else may go on now, or the caller. */
static void take_turns(struct replay *r)
{
	struct replay_actor *me = r->now;
	struct replay_actor *next = choose(r);

	if (next == me)
		return;
	hand_over(r, next);
	wait_turn(me ? &me->go : &r->back);
}

/**
 * replay_sleep_until() - the actor that runs sleeps
 * @r:      replay
 * @due_ns: when it wakes up
 */
void replay_sleep_until(struct replay *r, u64 due_ns)
{
	struct replay_actor *me = r->now;

	if (due_ns <= r->now_ns)
		return;
	me->due_ns = due_ns;
	me->state = REPLAY_ASLEEP;
	take_turns(r);
}

/* Give the turn away until @ready has said yes, or its lock could be taken. */
static void wait_in_line(struct replay *r, struct replay_actor *me)
{
	me->granted = false;
	me->state = REPLAY_WAITING;
	list_add_tail(&me->list, &r->waiting);
	do {
		me->tried = r->moves;
		take_turns(r);
		r->wakeups += replay_is_design_wait(me->waits.kind);
	} while (!me->granted && !me->ready(me->data));
	list_del_init(&me->list);
	me->state = REPLAY_READY;
}

/**
 * replay_wait() - the actor that runs waits
 * @r:     replay
 * @res:   what for
 * @ready: whether it has come true; not called again when it has
 * @data:  its argument
 *
 * Return: true.
 */
bool replay_wait(struct replay *r, const struct iopath_res *res,
		 bool (*ready)(void *data), void *data)
{
	struct replay_actor *me = r->now;
	u64 begin = r->now_ns;

	me->waits = *res;
	me->ready = ready;
	me->data = data;
	if ((replay_is_lock(ready) && !replay_lock_is_free(r, me)) ||
	    !ready(data))
		wait_in_line(r, me);
	if (replay_is_design_wait(res->kind))
		me->lock_ns += r->now_ns - begin;
	if (replay_is_lock(ready))
		replay_lock_taken(r, res);
	return true;
}

static bool control_wait(void *arg, const struct iopath_res *res,
			 bool (*ready)(void *data), void *data)
{
	return replay_wait(arg, res, ready, data);
}

static void control_acquired(void *arg, const struct iopath_res *res, bool real)
{
}

static bool control_released(void *arg, const struct iopath_res *res)
{
	struct replay *r = arg;

	r->moves++;
	r->releases += replay_is_design_wait(res->kind);
	replay_lock_dropped(r, res->object);
	return true;
}

static void control_passed(void *arg, const struct iopath_res *res)
{
}

static bool control_queue(void *arg, struct workqueue_struct *wq,
			  struct work_struct *work, const struct iopath_res *res)
{
	struct replay *r = arg;
	struct replay_actor *actor;
	u32 i;

	if (!r->running)
		return false;
	for (i = r->trace->tasks; i < r->nr_actors; i++)
		if (r->actor[i].state == REPLAY_FREE)
			break;
	if (i == REPLAY_ACTORS)
		abort();
	r->nr_actors = max(r->nr_actors, i + 1);
	actor = &r->actor[i];
	actor->r = r;
	actor->work = work;
	actor->state = REPLAY_READY;
	list_add_tail(&actor->list, &r->ready);
	r->moves++;
	return true;
}

static const struct iopath_control_ops control_ops = {
	.wait = control_wait,
	.acquired = control_acquired,
	.released = control_released,
	.passed = control_passed,
	.queue = control_queue,
};

/**
 * replay_sched_init() - put the file system into the hands of a schedule
 * @r: with trace, tasks and a file system that does nothing
 *
 * Return: 0 or -ENOMEM.
 */
int replay_sched_init(struct replay *r)
{
	u32 i;

	r->actor = calloc(REPLAY_ACTORS, sizeof(*r->actor));
	if (!r->actor)
		return -ENOMEM;
	r->nr_actors = r->trace->tasks;
	for (i = 0; i < r->nr_actors; i++)
		r->actor[i].r = r;
	INIT_LIST_HEAD(&r->ready);
	INIT_LIST_HEAD(&r->waiting);
	r->main = rlenv_self();
	r->control.ops = &control_ops;
	r->control.arg = r;
	iopath_set_control(r->fs, &r->control);
	return 0;
}

static void tell_waits(const struct replay *r)
{
	const struct replay_actor *actor;

	fprintf(stderr, "rlbench: the replay is stuck under %s:\n",
		iopath_design_name(r->params.design));
	list_for_each_entry(actor, &r->waiting, list)
		fprintf(stderr, "  a %s waits for %s\n",
			actor->task ? "task" : "worker",
			iopath_res_name(actor->waits.kind));
}

/**
 * replay_sched_run() - from the first operation to the end of the last
 * @r: after replay_sched_init(), with tasks
 *
 * Return: 0, or -EDEADLK after a complaint: then @r cannot be taken down.
 */
int replay_sched_run(struct replay *r)
{
	u32 i;

	for (i = 0; i < r->trace->tasks; i++)
		list_add_tail(&r->actor[i].list, &r->ready);
	r->running = true;
	take_turns(r);
	r->running = false;
	if (list_empty(&r->waiting))
		return 0;
	tell_waits(r);
	return -EDEADLK;
}

/**
 * replay_sched_exit() - end the threads, give the file system back
 * @r: after replay_sched_run()
 */
void replay_sched_exit(struct replay *r)
{
	u32 i;

	r->quit = true;
	for (i = 0; i < r->nr_actors; i++) {
		struct replay_actor *actor = &r->actor[i];

		if (!actor->self)
			continue;
		/* pairs with the release in actor_start() */
		while (!smp_load_acquire(&actor->thread))
			cond_resched();
		rlenv_publish_wake(&actor->go, 1, actor->self);
		rlenv_thread_join(actor->thread);
	}
	iopath_set_control(r->fs, NULL);
	free(r->actor);
}
