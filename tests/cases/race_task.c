// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a schedule is made of: tasks, and how far they go.  See race.h.
 */
#include "race_internal.h"

/*
 * Tasks
 */

static struct race_task *named_task(struct race *r,
				    int (*fn)(struct race_task *task))
{
	struct race_task *task = race_task_new(r);

	if (!task) {
		race_skip(r, "too many tasks");
		return NULL;
	}
	task->fn = fn;
	r->nr_named++;
	scnprintf(task->name, sizeof(task->name), "T%u", r->nr_named);
	return task;
}

/**
 * race_io() - a task that does IO
 * @r:     schedule
 * @fn:    called once, in a thread of its own; returns a result
 * @block: for task->block
 * @nr:    for task->nr, at most RACE_IO_BLOCKS
 * @flags: for task->flags
 *
 * Return: the task, which has not begun and has a buffer.
 */
struct race_task *race_io(struct race *r, int (*fn)(struct race_task *task),
			  u64 block, u32 nr, u32 flags)
{
	struct race_task *task = named_task(r, fn);

	if (!task)
		return NULL;
	task->block = block;
	task->nr = nr;
	task->flags = flags;
	task->buf = rlenv_alloc_big(RACE_IO_BLOCKS * BLK);
	if (!task->buf || nr > RACE_IO_BLOCKS) {
		race_skip(r, "no memory for the IO of a task");
		task->state = RACE_DONE;
	}
	return task;
}

/**
 * race_task() - a task that does anything
 * @r:       schedule
 * @fn:      called once, in a thread of its own; returns a result
 * @private: for task->private
 *
 * Return: the task, which has not begun.
 */
struct race_task *race_task(struct race *r, int (*fn)(struct race_task *task),
			    void *private)
{
	struct race_task *task = named_task(r, fn);

	if (task)
		task->private = private;
	return task;
}

static void write_is_acked(struct race_task *task)
{
	struct iopath_oracle *oracle = task->race->oracle;
	u64 pos = task->block * BLK;
	u32 *snapshot = NULL;

	if (task->inode != task->race->file)
		return;
	iopath_oracle_ack(oracle, pos, task->nr * BLK, task->number);
	if (task->flags & IOPATH_DSYNC)
		snapshot = iopath_oracle_sync_begin(oracle);
	if (snapshot)
		iopath_oracle_sync_done(oracle, snapshot, pos,
					pos + task->nr * BLK - 1, true);
}

static void write_is_issued(struct race_task *task)
{
	if (task->inode == task->race->file)
		task->number = iopath_oracle_issue(task->race->oracle,
						   task->block * BLK, task->buf,
						   task->nr * BLK);
}

static int task_write(struct race_task *task)
{
	ssize_t done;

	write_is_issued(task);
	done = iopath_write(task->inode, task->block * BLK, task->buf,
			    task->nr * BLK, task->flags);
	if (done < 0)
		return (int)done;
	write_is_acked(task);
	return 0;
}

/* A write that waits, of file 0. */
struct race_task *race_write(struct race *r, u64 block, u32 nr, u32 flags)
{
	return race_io(r, task_write, block, nr, flags);
}

static void aio_done(struct iopath_io *io)
{
	struct race_task *task = io->private;

	if (io->result < 0)
		task->result = (int)io->result;
	else
		write_is_acked(task);
}

static int task_aio_write(struct race_task *task)
{
	write_is_issued(task);
	task->io.pos = task->block * BLK;
	task->io.len = task->nr * BLK;
	task->io.flags = task->flags | IOPATH_WRITE;
	task->io.buf = task->buf;
	task->io.done = aio_done;
	task->io.private = task;
	return iopath_submit(task->inode, &task->io);
}

/* A write that only submits. */
struct race_task *race_aio_write(struct race *r, u64 block, u32 nr, u32 flags)
{
	return race_io(r, task_aio_write, block, nr, flags);
}

static int task_read(struct race_task *task)
{
	ssize_t done = iopath_read(task->inode, task->block * BLK, task->buf,
				   task->nr * BLK);

	return done < 0 ? (int)done : 0;
}

/* A read that waits; what it has read is in task->buf. */
struct race_task *race_read(struct race *r, u64 block, u32 nr)
{
	return race_io(r, task_read, block, nr, 0);
}

static int task_fsync(struct race_task *task)
{
	u64 start = task->block * BLK;
	u64 last = task->nr ? start + task->nr * BLK - 1 : U64_MAX;
	bool judged = task->inode == task->race->file;
	u32 *snapshot = NULL;
	int err;

	if (judged)
		snapshot = iopath_oracle_sync_begin(task->race->oracle);
	err = iopath_fsync(task->inode, start, last);
	if (snapshot)
		iopath_oracle_sync_done(task->race->oracle, snapshot, start,
					last, !err);
	return err;
}

/* An fsync of some blocks, of all if @nr is 0. */
struct race_task *race_fsync(struct race *r, u64 block, u32 nr)
{
	struct race_task *task = named_task(r, task_fsync);

	if (task) {
		task->block = block;
		task->nr = nr;
	}
	return task;
}

static int task_relocate(struct race_task *task)
{
	return iopath_relocate(task->race->fs, task->nr);
}

/* A relocation of a block group. */
struct race_task *race_relocate_group(struct race *r, u32 index)
{
	struct race_task *task = named_task(r, task_relocate);

	if (task)
		task->nr = index;
	return task;
}

/* A relocation of the block group that has @block of file 0. */
struct race_task *race_relocate(struct race *r, u64 block)
{
	struct iopath_extent item;

	if (iopath_item_lookup(r->file, block, block, &item))
		return race_relocate_group(r, iopath_bg_of(r->fs,
							   item.block)->index);
	race_skip(r, "nothing to relocate");
	return race_relocate_group(r, 0);
}

static int task_commit(struct race_task *task)
{
	return iopath_commit(task->race->fs);
}

/* A commit of the running transaction. */
struct race_task *race_commit(struct race *r)
{
	return named_task(r, task_commit);
}

/*
 * Running them
 */

static void note_blocked(struct race *r, const struct race_task *task)
{
	enum iopath_res_kind kind = task->waits.kind;

	if (r->blocked.kind || kind == IOPATH_RES_IO || kind == IOPATH_RES_BIO)
		return;
	r->blocked.kind = RACE_KIND_BLOCKS;
	r->blocked.what = kind;
}

static enum race_state advance(struct race_task *task)
{
	struct race *r = task->race;

	do {
		race_run_one(task);
	} while (task->state == RACE_BLOCKED && race_run_helpers(r));
	if (task->state == RACE_BLOCKED)
		note_blocked(r, task);
	else
		race_run_helpers(r);
	return task->state;
}

/**
 * race_run_to() - let a task run to a step
 * @task: task; a work item, too
 * @step: where it stops, the next time it comes there
 *
 * Return: RACE_PARKED; RACE_BLOCKED if somebody else has to run first;
 * RACE_DONE if it did not come there.
 */
enum race_state race_run_to(struct race_task *task, enum iopath_step step)
{
	task->stop = step;
	return advance(task);
}

/* Let a task run until it is done (RACE_DONE) or has to wait (RACE_BLOCKED). */
enum race_state race_run(struct race_task *task)
{
	task->stop = IOPATH_STEPS;
	return advance(task);
}

/* Work items run only by race_run(), until @hold is false again. */
void race_hold_work(struct race *r, bool hold)
{
	r->hold_work = hold;
}

/* The oldest work item of the IO of a task that is not done, or NULL. */
struct race_task *race_work_of(struct race *r, const struct race_task *owner)
{
	u32 i;

	for (i = 0; i < r->nr_tasks; i++)
		if (r->task[i].work && r->task[i].state != RACE_DONE &&
		    r->task[i].owner == owner)
			return &r->task[i];
	return NULL;
}

/* Give each task the baton once.  *@left: whether any is not done. */
static bool run_round(struct race *r, bool *left)
{
	bool moved = false;
	u32 i;

	*left = false;
	for (i = 0; i < r->nr_tasks; i++) {
		struct race_task *task = &r->task[i];

		task->stop = IOPATH_STEPS;
		moved |= race_run_one(task);
		*left |= task->state != RACE_DONE;
	}
	return moved;
}

/**
 * race_finish() - let everything run to its end
 * @r: schedule
 *
 * If nobody can go on, the verdict is DEADLOCK or HANG, and waits are broken
 * until all tasks are done.
 */
void race_finish(struct race *r)
{
	bool left = true;

	r->hold_work = false;
	r->hold_bios = false;
	while (left && !r->lost) {
		if (run_round(r, &left) || !left || race_end_bios(r, NULL))
			continue;
		if (!race_stuck(r)) {
			race_say(r, "there is no way out\n");
			r->lost = true;
		}
	}
	race_reap(r);
}
