/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A trace once, see trace_pass.h.
 *
 * Each task is a thread that does its operations one after the other.  That a
 * task waited for another one, for a lock of the program, is not in a trace.
 *
 * With a speed they begin when they were recorded, divided by it, or when the
 * task is done with the one before; latency counts from when they should have
 * begun.  Without, there are no pauses, so tasks overlap where they did not; so
 * that the mix stays that of the recording, no task begins an operation that is
 * far behind the first one that has not ended, in the order of the trace.
 */
#include "bench/trace_pass.h"

#include <errno.h>
#include <stdlib.h>

/* How far, per task of the trace. */
#define AHEAD_PER_TASK	32u
/* Who waits for that is woken once in so many operations. */
#define AHEAD_STEP	16u

/* How often a pass looks at who is inside. */
#define LOOK_NS		250000ull

static bool may_begin(const struct pass *pass, size_t op)
{
	return op < READ_ONCE(pass->gate) +
		    AHEAD_PER_TASK * pass->trace->tasks;
}

/* Wait for the time of an operation, or its turn.  Return: when it begins. */
static u64 wait_begin(struct pass *pass, size_t op)
{
	u64 begin, now;

	if (!pass->speed) {
		wait_event(pass->wait, may_begin(pass, op));
		return rlenv_now_ns();
	}
	begin = pass->begin_ns + pass->trace->op[op].time_ns / pass->speed;
	for (now = rlenv_now_ns(); now < begin; now = rlenv_now_ns())
		rlenv_sleep_ns(begin - now);
	return begin;
}

static void op_ended(struct pass_task *task, size_t op, u64 ns, ssize_t result)
{
	struct pass *pass = task->pass;
	const struct trace_op *what = &pass->trace->op[op];
	size_t first;
	bool step;

	spin_lock(&pass->lock);
	if (result < 0)
		pass->errors++;
	else
		hist_add(&task->latency[trace_class(what)], ns);
	pass->ended[op] = 1;
	for (first = pass->first;
	     first < pass->trace->nr && pass->ended[first];)
		first++;
	pass->first = first;
	step = first >= pass->gate + AHEAD_STEP;
	if (step)
		WRITE_ONCE(pass->gate, round_down(first, (size_t)AHEAD_STEP));
	spin_unlock(&pass->lock);
	if (step)
		wake_up_all(&pass->wait);
}

/*
 * Any task.  It wakes under the lock, which task_main() takes once more: so
 * the pass is still there.
 */
static void slot_done(struct iopath_io *io)
{
	struct pass_slot *slot = container_of(io, struct pass_slot, io);
	struct pass_task *task = slot->task;
	struct pass *pass = task->pass;

	op_ended(task, slot->op, rlenv_now_ns() - slot->begin, io->result);
	spin_lock(&pass->lock);
	list_add_tail(&slot->list, &task->idle);
	WRITE_ONCE(task->busy, task->busy - 1);
	wake_up_all(&task->wait);
	spin_unlock(&pass->lock);
}

static void task_submit(struct pass_task *task, size_t op, u64 begin)
{
	struct pass *pass = task->pass;
	struct pass_slot *slot;
	int err;

	wait_event(task->wait, READ_ONCE(task->busy) < TRACE_DEPTH);
	spin_lock(&pass->lock);
	slot = list_first_entry(&task->idle, struct pass_slot, list);
	list_del_init(&slot->list);
	WRITE_ONCE(task->busy, task->busy + 1);
	spin_unlock(&pass->lock);
	slot->op = op;
	slot->begin = begin;
	trace_prepare(&pass->trace->op[op], &slot->io, slot->buf);
	slot->io.done = slot_done;
	err = iopath_submit(iopath_file(pass->fs, 0), &slot->io);
	if (err) {
		slot->io.result = err;
		slot_done(&slot->io);
	}
}

static int task_main(void *arg)
{
	struct pass_task *task = arg;
	struct pass *pass = task->pass;
	const struct trace *trace = pass->trace;
	ssize_t result;
	u64 begin;
	size_t i;

	for (i = 0; i < trace->nr; i++) {
		const struct trace_op *op = &trace->op[i];

		if (op->task != task->index)
			continue;
		begin = wait_begin(pass, i);
		if (op->flags & TRACE_ASYNC) {
			task_submit(task, i, begin);
			continue;
		}
		result = trace_do(iopath_file(pass->fs, 0), op, task->buf);
		op_ended(task, i, rlenv_now_ns() - begin, result);
	}
	wait_event(task->wait, !READ_ONCE(task->busy));
	spin_lock(&pass->lock);
	spin_unlock(&pass->lock);
	if (atomic_dec_and_test(&pass->active))
		pass->end_ns = rlenv_now_ns();
	return 0;
}

static int slots_init(struct pass_task *task, u32 bytes)
{
	u32 i;

	task->slot = calloc(TRACE_DEPTH, sizeof(*task->slot));
	if (!task->slot)
		return -ENOMEM;
	for (i = 0; i < TRACE_DEPTH; i++) {
		task->slot[i].task = task;
		task->slot[i].buf = rlenv_alloc_big(bytes);
		if (!task->slot[i].buf)
			return -ENOMEM;
		list_add_tail(&task->slot[i].list, &task->idle);
	}
	return 0;
}

static int task_init(struct pass *pass, u32 index)
{
	struct pass_task *task = &pass->task[index];
	u32 bytes = trace_buffer_bytes(pass->trace);
	size_t i;
	u32 cl;

	task->pass = pass;
	task->index = index;
	INIT_LIST_HEAD(&task->idle);
	init_waitqueue_head(&task->wait);
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		hist_init(&task->latency[cl]);
	task->buf = rlenv_alloc_big(bytes);
	if (!task->buf)
		return -ENOMEM;
	for (i = 0; i < pass->trace->nr; i++)
		if (pass->trace->op[i].task == index &&
		    (pass->trace->op[i].flags & TRACE_ASYNC))
			return slots_init(task, bytes);
	return 0;
}

/* Undo pass_init(), which may have failed. */
void pass_exit(struct pass *pass)
{
	u32 i, j;

	for (i = 0; pass->task && i < pass->trace->tasks; i++) {
		struct pass_task *task = &pass->task[i];

		for (j = 0; task->slot && j < TRACE_DEPTH; j++)
			rlenv_free_big(task->slot[j].buf);
		free(task->slot);
		rlenv_free_big(task->buf);
	}
	free(pass->task);
	free(pass->ended);
}

/* Threads are made by pass_run().  Return: 0 or -ENOMEM. */
int pass_init(struct pass *pass, struct iopath_fs *fs,
	      const struct trace *trace, u32 speed)
{
	int err = 0;
	u32 i;

	memset(pass, 0, sizeof(*pass));
	pass->fs = fs;
	pass->trace = trace;
	pass->speed = speed;
	spin_lock_init(&pass->lock);
	init_waitqueue_head(&pass->wait);
	pass->task = calloc(trace->tasks, sizeof(*pass->task));
	pass->ended = calloc(trace->nr, 1);
	if (!pass->task || !pass->ended)
		err = -ENOMEM;
	for (i = 0; i < trace->tasks && !err; i++)
		err = task_init(pass, i);
	return err;
}

static void look_again(struct look *look, struct iopath_fs *fs)
{
	u32 inside[IOPATH_INSIDE_KINDS + 1], i;
	u64 now = rlenv_now_ns();

	iopath_get_inside(fs, inside);
	inside[IOPATH_INSIDE_KINDS] = 0;
	for (i = 0; i < IOPATH_INSIDE_KINDS; i++)
		inside[IOPATH_INSIDE_KINDS] += inside[i];
	for (i = 0; i <= IOPATH_INSIDE_KINDS; i++) {
		look->area[i] += inside[i] * (now - look->last);
		look->max[i] = max(look->max[i], inside[i]);
	}
	look->time += now - look->last;
	look->last = now;
}

/* The trace once.  Return: how long it took, ns. */
u64 pass_run(struct pass *pass, struct look *look)
{
	u32 i, nr = pass->trace->tasks;
	u64 begin = rlenv_now_ns();

	pass->begin_ns = begin;
	memset(pass->ended, 0, pass->trace->nr);
	pass->first = 0;
	pass->gate = 0;
	look->last = begin;
	atomic_set(&pass->active, (int)nr);
	for (i = 0; i < nr; i++) {
		struct rlenv_thread *thread =
			rlenv_thread_run(task_main, &pass->task[i], -1, "trace");

		/* the others would wait for its operations */
		if (!thread || IS_ERR(thread))
			abort();
		pass->task[i].thread = thread;
	}
	while (atomic_read(&pass->active)) {
		rlenv_sleep_ns(LOOK_NS);
		look_again(look, pass->fs);
	}
	for (i = 0; i < nr; i++)
		rlenv_thread_join(pass->task[i].thread);
	return pass->end_ns - begin;
}
