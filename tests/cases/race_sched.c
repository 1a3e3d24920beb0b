// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The scheduler of schedules: one thread runs at a time, the schedule itself or
 * one of its tasks.  It gives the baton away by storing 1 in a word and waits for
 * its own word; no time is involved, so that a schedule has one outcome.
 *
 * A task gives the baton back when it comes to the step where it is to park,
 * when it would have to wait, and when it is done.  What it waits for is asked
 * for again by the task itself each time it gets the baton, because it may be a
 * lock, which belongs to the thread that took it.
 */
#include "race_internal.h"

/* Longest time that a task runs; passed only if it waits behind our back. */
#define LOST_NS		30000000000ULL

static void wait_for_baton(struct race *r)
{
	u64 woken = 0;

	if (rlenv_wait_on(&r->back, 1, RANGELOCK_WAIT_FOREVER,
			  rlenv_now_ns() + LOST_NS, &woken))
		r->lost = true;
}

/* Give the baton back to the schedule. */
static void back_to_schedule(struct race *r)
{
	r->current_task = NULL;
	rlenv_publish_wake(&r->back, 1, r->main);
}

/* Called by a task: let others run until it is its turn again. */
static void pause_task(struct race_task *task)
{
	u64 woken = 0;

	back_to_schedule(task->race);
	rlenv_wait_on(&task->go, 1, RANGELOCK_WAIT_FOREVER, 0, &woken);
	WRITE_ONCE(task->go, 0);
}

static int task_thread(void *arg)
{
	struct race_task *task = arg;
	struct race *r = task->race;

	task->self = rlenv_self();
	pause_task(task);
	if (task->work)
		task->work->func(task->work);
	else
		task->result = task->fn(task);
	race_trace(r, "%s returns %d", task->name, task->result);
	if (task->result && !r->dead && !r->ended)
		race_say(r, "%s returns %d\n", task->name, task->result);
	task->state = RACE_DONE;
	task->moves++;
	back_to_schedule(r);
	return 0;
}

static bool make_thread(struct race_task *task)
{
	struct race *r = task->race;
	struct rlenv_thread *thread;

	WRITE_ONCE(r->back, 0);
	thread = rlenv_thread_run(task_thread, task, -1, "race");
	if (!thread || IS_ERR(thread)) {
		race_skip(r, "no memory for a thread");
		task->state = RACE_DONE;
		return false;
	}
	task->thread = thread;
	wait_for_baton(r);
	return true;
}

/* Called by the schedule: let a task run until it stops.  Whether it moved. */
bool race_run_one(struct race_task *task)
{
	struct race *r = task->race;
	u64 moves = task->moves;

	if (task->state == RACE_DONE || r->lost ||
	    (!task->thread && !make_thread(task)))
		return false;
	if (task->state != RACE_BLOCKED)
		task->state = RACE_READY;
	r->current_task = task;
	WRITE_ONCE(r->back, 0);
	rlenv_publish_wake(&task->go, 1, task->self);
	wait_for_baton(r);
	if (r->lost)
		race_say(r, "%s waits outside of the control, after %s\n",
			 task->name, race_step_name(task->at));
	return task->moves != moves;
}

/* Let the work items run as far as they can.  Whether any moved. */
bool race_run_helpers(struct race *r)
{
	bool any = false, moved = true;
	u32 i;

	while (moved && !r->hold_work) {
		moved = false;
		for (i = 0; i < r->nr_tasks; i++)
			if (r->task[i].work && r->task[i].state != RACE_PARKED)
				moved |= race_run_one(&r->task[i]);
		any |= moved;
	}
	return any;
}

/* Join the threads of all tasks that are done. */
void race_reap(struct race *r)
{
	u32 i;

	for (i = 0; i < r->nr_tasks; i++) {
		struct race_task *task = &r->task[i];

		if (task->state != RACE_DONE || !task->thread)
			continue;
		rlenv_thread_join(task->thread);
		task->thread = NULL;
	}
}

/* The hook: a task is at a step. */
void race_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	struct race *r = arg;
	struct race_task *task = r->current_task;

	r->steps++;
	if (!task)
		return;
	task->moves++;
	task->at = step;
	race_trace(r, "%s at %s", task->name, race_step_name(step));
	if (task->stop != step)
		return;
	task->stop = IOPATH_STEPS;
	task->state = RACE_PARKED;
	pause_task(task);
}

/*
 * The control
 */

static void trace_wait(struct race *r, const struct race_task *task,
		       const struct iopath_res *res, const char *what)
{
	char text[64];

	if (!r->trace)
		return;
	race_res_text(r, res, text, sizeof(text));
	race_trace(r, "%s %s %s", task->name, what, text);
}

static bool control_wait(void *arg, const struct iopath_res *res,
			 bool (*ready)(void *data), void *data)
{
	struct race *r = arg;
	struct race_task *task = r->current_task;

	if (ready(data))
		return true;
	if (!task) {
		race_say(r, "the schedule itself had to wait for %s\n",
			 iopath_res_name(res->kind));
		race_fail(r, IOPATH_CODE_HANG);
		r->control.broken = true;
		return false;
	}
	task->waits = *res;
	task->state = RACE_BLOCKED;
	trace_wait(r, task, res, "waits for");
	do {
		pause_task(task);
		if (ready(data)) {
			trace_wait(r, task, res, "gets");
			goto out;
		}
	} while (!task->give_up);
	trace_wait(r, task, res, "gives up");
out:
	r->steps++;
	task->moves++;
	task->state = RACE_READY;
	if (!task->give_up)
		return true;
	task->give_up = false;
	return false;
}

static void control_acquired(void *arg, const struct iopath_res *res, bool real)
{
	struct race *r = arg;
	struct race_hold *hold = &r->hold[r->nr_holds];

	if (WARN_ON(r->nr_holds == RACE_HOLDS))
		return;
	r->nr_holds++;
	hold->res = *res;
	hold->task = r->current_task;
	hold->creator = race_root(r->current_task);
	hold->real = real;
	hold->passed = false;
}

/*
 * The hold of the running task, or else anybody's.  The last one, since a task
 * may believe to hold a lock once more after a broken wait for itself.
 */
static struct race_hold *find_hold(struct race *r, const struct iopath_res *res)
{
	struct race_hold *found = NULL;
	u32 i;

	for (i = r->nr_holds; i-- > 0;) {
		struct race_hold *hold = &r->hold[i];

		if (hold->res.kind != res->kind ||
		    hold->res.object != res->object ||
		    hold->res.token != res->token)
			continue;
		if (hold->task == r->current_task)
			return hold;
		if (!found)
			found = hold;
	}
	return found;
}

static void drop_hold(struct race *r, struct race_hold *hold)
{
	u32 i = (u32)(hold - r->hold);

	r->nr_holds--;
	for (; i < r->nr_holds; i++)
		r->hold[i] = r->hold[i + 1];
}

/* What was taken before there was a control is real. */
static bool control_released(void *arg, const struct iopath_res *res)
{
	struct race *r = arg;
	struct race_hold *hold = find_hold(r, res);
	bool real = !hold || hold->real;

	if (hold)
		drop_hold(r, hold);
	return real;
}

static void control_passed(void *arg, const struct iopath_res *res)
{
	struct race_hold *hold = find_hold(arg, res);

	if (hold) {
		hold->passed = true;
		hold->task = NULL;
	}
}

/* An entry for a task: a new one, or that of a work item that is done. */
struct race_task *race_task_new(struct race *r)
{
	struct race_task *task = NULL;
	u32 i;

	for (i = 0; i < r->nr_tasks && !task; i++)
		if (r->task[i].work && r->task[i].state == RACE_DONE)
			task = &r->task[i];
	if (!task) {
		if (WARN_ON(r->nr_tasks == RACE_TASKS))
			return NULL;
		task = &r->task[r->nr_tasks++];
	} else if (task->thread) {
		rlenv_thread_join(task->thread);
	}
	memset(task, 0, sizeof(*task));
	task->race = r;
	task->inode = r->file;
	task->at = IOPATH_STEPS;
	task->stop = IOPATH_STEPS;
	return task;
}

static const char *work_name(const struct iopath_fs *fs,
			     const struct workqueue_struct *wq,
			     const struct work_struct *work)
{
	if (work == &fs->flusher.work)
		return "flusher";
	if (wq == fs->oc_wq)
		return "OC";
	if (wq == fs->read_wq)
		return "end of read";
	if (wq == fs->sync_wq)
		return "fsync";
	return "work";
}

/* A hold that a completion was to end is now that of this work item. */
static void take_over(struct race *r, struct race_task *task)
{
	u32 i;

	for (i = 0; i < r->nr_holds; i++) {
		struct race_hold *hold = &r->hold[i];

		if (hold->res.kind == task->ends.kind &&
		    hold->res.object == task->ends.object) {
			hold->task = task;
			hold->passed = false;
		}
	}
}

static bool control_queue(void *arg, struct workqueue_struct *wq,
			  struct work_struct *work,
			  const struct iopath_res *res)
{
	struct race *r = arg;
	struct race_task *by = r->current_task ? r->current_task : r->ender;
	struct race_task *task = race_task_new(r);

	if (!task)
		return false;
	task->work = work;
	task->ends = *res;
	task->owner = race_root(by);
	task->state = RACE_READY;
	scnprintf(task->name, sizeof(task->name), "%s%s%s",
		  work_name(r->fs, wq, work), task->owner ? " of " : "",
		  task->owner ? task->owner->name : "");
	take_over(r, task);
	return true;
}

const struct iopath_control_ops race_control_ops = {
	.wait = control_wait,
	.acquired = control_acquired,
	.released = control_released,
	.passed = control_passed,
	.queue = control_queue,
};
