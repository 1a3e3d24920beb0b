/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Replay in logical time: the device, the tasks of a trace, and what comes out;
 * see replay_internal.h.
 */
#include "bench/replay_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct replay_slot;

/**
 * struct replay_task - a task of the trace
 * @r:     its replay
 * @actor: who does it
 * @index: its number
 * @buf:   of synchronous operations
 * @slot:  TRACE_DEPTH of them, or NULL
 * @idle:  free slots
 * @busy:  the others
 */
struct replay_task {
	struct replay *r;
	struct replay_actor *actor;
	u32 index;
	void *buf;
	struct replay_slot *slot;
	struct list_head idle;
	u32 busy;
};

/**
 * struct replay_slot - an asynchronous IO of a task
 * @io:    the IO
 * @task:  whose it is
 * @list:  on @task->idle
 * @buf:   its data
 * @op:    index of the operation
 * @begin: when it should have begun
 */
struct replay_slot {
	struct iopath_io io;
	struct replay_task *task;
	struct list_head list;
	void *buf;
	size_t op;
	u64 begin;
};

static struct replay *replay_of(struct iopath_dev *dev)
{
	return container_of(dev, struct replay, dev);
}

/* The cache of the device is protected: a flush takes no time. */
static void dev_submit(struct iopath_dev *dev, struct iopath_bio *bio)
{
	struct replay *r = replay_of(dev);

	if (!r->running || bio->op == IOPATH_BIO_FLUSH) {
		r->ram->ops->submit(r->ram, bio);
	} else if (bio->flags & IOPATH_BIO_WAITED) {
		replay_sleep_until(r, r->now_ns + r->params.device_ns);
		r->ram->ops->submit(r->ram, bio);
	} else {
		/* all take the same time, so this keeps the list in order */
		bio->due_ns = r->now_ns + r->params.device_ns;
		list_add_tail(&bio->list, &r->bios);
	}
}

static void dev_destroy(struct iopath_dev *dev)
{
	WARN_ON(!list_empty(&replay_of(dev)->bios));
}

static const struct iopath_dev_ops dev_ops = {
	.submit = dev_submit,
	.destroy = dev_destroy,
};

static void op_ended(struct replay *r, size_t op, u64 begin, ssize_t result)
{
	r->response_ns[op] = r->now_ns - begin;
	if (result < 0 && !r->error)
		r->error = (int)result;
}

static void slot_done(struct iopath_io *io)
{
	struct replay_slot *slot = container_of(io, struct replay_slot, io);
	struct replay_task *task = slot->task;

	op_ended(task->r, slot->op, slot->begin, io->result);
	list_add_tail(&slot->list, &task->idle);
	task->busy--;
	task->r->moves++;
}

static bool has_idle_slot(void *data)
{
	struct replay_task *task = data;

	return !list_empty(&task->idle);
}

static bool has_no_busy_slot(void *data)
{
	struct replay_task *task = data;

	return !task->busy;
}

static void task_wait(struct replay_task *task, bool (*ready)(void *data))
{
	struct iopath_res res = { .kind = IOPATH_RES_IO, .object = task };

	replay_wait(task->r, &res, ready, task);
}

static void task_submit(struct replay_task *task, size_t op, u64 begin)
{
	struct replay *r = task->r;
	struct replay_slot *slot;
	int err;

	task_wait(task, has_idle_slot);
	slot = list_first_entry(&task->idle, struct replay_slot, list);
	list_del_init(&slot->list);
	task->busy++;
	slot->op = op;
	slot->begin = begin;
	trace_prepare(&r->trace->op[op], &slot->io, slot->buf);
	slot->io.done = slot_done;
	err = iopath_submit(iopath_file(r->fs, 0), &slot->io);
	if (err) {
		slot->io.result = err;
		slot_done(&slot->io);
	}
}

/* Body of a task: each operation when it is its time, or as soon as it can. */
void replay_task_main(struct replay_task *task)
{
	struct replay *r = task->r;
	const struct trace *trace = r->trace;
	size_t i;

	for (i = 0; i < trace->nr; i++) {
		const struct trace_op *op = &trace->op[i];
		u64 begin = op->time_ns / r->params.speed;

		if (op->task != task->index)
			continue;
		replay_sleep_until(r, begin);
		task->actor->lock_ns = 0;
		if (op->flags & TRACE_ASYNC)
			task_submit(task, i, begin);
		else
			op_ended(r, i, begin,
				 trace_do(iopath_file(r->fs, 0), op,
					  task->buf));
		r->wait_ns[i] = task->actor->lock_ns;
	}
	task_wait(task, has_no_busy_slot);
}

static int task_init(struct replay *r, u32 index)
{
	struct replay_task *task = &r->task[index];
	u32 i, bytes = trace_buffer_bytes(r->trace);
	bool async = false;
	size_t op;

	task->r = r;
	task->index = index;
	INIT_LIST_HEAD(&task->idle);
	task->buf = rlenv_alloc_big(bytes);
	if (!task->buf)
		return -ENOMEM;
	for (op = 0; op < r->trace->nr; op++)
		if (r->trace->op[op].task == index)
			async |= r->trace->op[op].flags & TRACE_ASYNC;
	if (!async)
		return 0;
	task->slot = calloc(TRACE_DEPTH, sizeof(*task->slot));
	if (!task->slot)
		return -ENOMEM;
	for (i = 0; i < TRACE_DEPTH; i++) {
		struct replay_slot *slot = &task->slot[i];

		slot->task = task;
		slot->buf = rlenv_alloc_big(bytes);
		if (!slot->buf)
			return -ENOMEM;
		list_add_tail(&slot->list, &task->idle);
	}
	return 0;
}

static void task_exit(struct replay_task *task)
{
	u32 i;

	for (i = 0; task->slot && i < TRACE_DEPTH; i++)
		rlenv_free_big(task->slot[i].buf);
	free(task->slot);
	rlenv_free_big(task->buf);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void collect_class(const struct replay *r, enum iopath_load_class cl,
			  u64 *response, struct replay_class *out)
{
	size_t i;

	for (i = 0; i < r->trace->nr; i++) {
		if (trace_class(&r->trace->op[i]) != cl)
			continue;
		response[out->ops++] = r->response_ns[i];
		out->response_ns += r->response_ns[i];
		out->wait_ns += r->wait_ns[i];
		out->wait_max_ns = max(out->wait_max_ns, r->wait_ns[i]);
		out->waited += r->wait_ns[i] > 0;
	}
	if (!out->ops)
		return;
	qsort(response, out->ops, sizeof(*response), compare_u64);
	out->response_p99_ns = response[(out->ops * 99 - 1) / 100];
	out->response_max_ns = response[out->ops - 1];
}

/* Levels end where they end; the parts of the timeline are all alike. */
static void collect_timeline(const struct replay *r,
			     struct replay_result *result)
{
	u64 part = r->now_ns / REPLAY_TIMELINE + 1;
	u64 begin = 0, until, at;
	size_t i;

	for (i = 0; i < r->nr_levels; i++) {
		for (; begin < r->level[i].until_ns; begin = until) {
			at = begin / part;
			until = min((at + 1) * part, r->level[i].until_ns);
			result->timeline[at] += r->level[i].inside *
						(until - begin) * 1000;
		}
	}
	for (i = 0; i < REPLAY_TIMELINE; i++)
		result->timeline[i] /= part;
}

static int collect(const struct replay *r, struct replay_result *result)
{
	u64 *response = calloc(r->trace->nr, sizeof(*response));
	u32 cl;

	memset(result, 0, sizeof(*result));
	if (!response)
		return -ENOMEM;
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		collect_class(r, cl, response, &result->cl[cl]);
	result->makespan_ns = r->now_ns;
	result->inside_mean = r->now_ns / 1000 ?
			      r->area / (r->now_ns / 1000) : 0;
	result->inside_max = r->inside_max;
	result->wakeups = r->wakeups;
	result->releases = r->releases;
	collect_timeline(r, result);
	free(response);
	return 0;
}

static int make_fs(struct replay *r)
{
	static const struct iopath_ram_params ram;
	static const struct iopath_knobs knobs = { .one_cpu = true };
	struct iopath_geometry geo;
	int err;

	trace_geometry(r->trace, &geo);
	r->ram = iopath_ram_create(iopath_device_blocks(&geo), &ram);
	if (!r->ram)
		return -ENOMEM;
	r->dev.ops = &dev_ops;
	r->dev.nr_blocks = r->ram->nr_blocks;
	INIT_LIST_HEAD(&r->bios);
	err = iopath_mkfs(&r->dev, &geo);
	if (!err)
		err = iopath_mount(&r->dev, r->params.design, &r->fs);
	if (err)
		return err;
	iopath_set_knobs(r->fs, &knobs);
	return iopath_load_prefill(r->fs);
}

static int run_tasks(struct replay *r)
{
	u32 i;
	int err = 0;

	r->task = calloc(r->trace->tasks, sizeof(*r->task));
	r->response_ns = calloc(r->trace->nr, sizeof(u64));
	r->wait_ns = calloc(r->trace->nr, sizeof(u64));
	if (!r->task || !r->response_ns || !r->wait_ns)
		return -ENOMEM;
	for (i = 0; i < r->trace->tasks && !err; i++)
		err = task_init(r, i);
	if (!err)
		err = replay_sched_init(r);
	if (err)
		return err;
	for (i = 0; i < r->trace->tasks; i++) {
		r->task[i].actor = &r->actor[i];
		r->actor[i].task = &r->task[i];
	}
	err = replay_sched_run(r);
	if (!err)
		replay_sched_exit(r);
	return err ? err : r->error;
}

/**
 * replay_run() - a trace under one design
 * @trace:  trace
 * @params: how
 * @result: filled
 *
 * Return: 0, -EDEADLK if it got stuck, after a complaint and with threads that
 * never end, or -errno.
 */
int replay_run(const struct trace *trace, const struct replay_params *params,
	       struct replay_result *result)
{
	struct replay *r = calloc(1, sizeof(*r));
	u32 i;
	int err;

	if (!r)
		return -ENOMEM;
	r->trace = trace;
	r->params = *params;
	err = make_fs(r);
	if (!err)
		err = run_tasks(r);
	if (err == -EDEADLK)
		return err;
	if (!err)
		err = collect(r, result);
	for (i = 0; r->task && i < trace->tasks; i++)
		task_exit(&r->task[i]);
	if (r->fs)
		WARN_ON(iopath_unmount(r->fs));
	if (r->ram)
		iopath_dev_destroy(r->ram);
	free(r->task);
	free(r->response_ns);
	free(r->wait_ns);
	free(r->level);
	free(r);
	return err;
}
