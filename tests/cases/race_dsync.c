// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * O_DSYNC: S5, S6, S7.  The fsync of a write takes what the write itself has
 * held, so a task can wait for itself; see iopath_dsync.c.
 *
 *   s5a  a write that waits and extends the file
 *   s5b  a write that waits, inside of the file
 *   s6   an asynchronous write whose bios have all ended when its submitter
 *        comes to the end of the submission, or not
 *   s7   the fsync of an asynchronous write, and a truncate that waits for the
 *        write to end
 *
 * In each row the power fails after the write has been acknowledged.
 */
#include "race.h"

static void form_inline(struct race *r)
{
	r->knobs.dsync = IOPATH_DSYNC_INLINE;
}

static void form_workaround(struct race *r)
{
	r->knobs.dsync = IOPATH_DSYNC_WORKAROUND;
}

static void form_late(struct race *r)
{
	r->knobs.dsync_late = true;
}

static void empty_file(struct race *r)
{
	r->geo.empty = true;
	r->fill = false;
}

static void empty_inline(struct race *r)
{
	empty_file(r);
	form_inline(r);
}

static void empty_workaround(struct race *r)
{
	empty_file(r);
	form_workaround(r);
}

/* S5: the write, its fsync, the crash. */
static void s5(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, IOPATH_DSYNC);

	if (race_run(writer) == RACE_DONE)
		race_crash(r);
}

/* S6, no latency: the last part is the submitter's. */
static void s6(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, IOPATH_DSYNC);

	race_run_to(writer, IOPATH_DW_SUBMITTED);
	if (race_run(writer) == RACE_DONE)
		race_crash(r);
}

/* S6, some latency: the last part is a completion's. */
static void s6_latency(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, IOPATH_DSYNC);

	race_hold_bios(r, true);
	race_run(writer);
	race_end_bios(r, writer);
	race_finish(r);
	race_crash(r);
}

/* What a truncate has in common with others: its locks, and nothing else. */
static int truncate_locks(struct race_task *task)
{
	struct iopath_fs *fs = task->race->fs;
	struct iopath_op op = {
		.inode = task->inode,
		.kind = IOPATH_OP_TRUNCATE,
		.last = RANGELOCK_MAX,
	};
	u32 slot = iopath_gate_enter(fs, &op.ops);

	op.ops->op_enter(&op);
	op.ops->op_leave(&op);
	iopath_gate_exit(fs, slot, op.ops);
	return 0;
}

/* S7: T1 is about to fsync, T2 waits for the end of its write, T1 goes on. */
static void s7(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, IOPATH_DSYNC);
	struct race_task *other = race_task(r, truncate_locks, NULL);
	struct race_task *work;

	race_hold_bios(r, true);
	race_run(writer);
	race_hold_work(r, true);
	race_end_bios(r, writer);
	work = race_work_of(r, writer);
	if (work)
		race_run(work);
	work = race_work_of(r, writer);
	if (work)
		race_run_to(work, IOPATH_DW_DSYNC);
	else
		race_say(r, "there is no fsync\n");
	race_run(other);
	if (work)
		race_run(work);
	race_finish(r);
}

/* The inode lock is held, or F. */
#define ALL_BUT_NONE_DEADLOCK                                           \
	[RACE_NONE] = RACE_IS_OK,                                       \
	RACE_INODE_LOCKS(RACE_DEADLOCKS),                               \
	RACE_BOTH_RANGES(RACE_DEADLOCKS)

/* dio_sem or F is held; the designs that hold neither so long have nothing. */
#define INSIDE_DEADLOCKS                                                \
	[RACE_NONE] = RACE_IS_OK,                                       \
	[RACE_SEM_HELPER] = RACE_IS_OK,                                 \
	[RACE_SEM_WHOLE] = RACE_DEADLOCKS,                              \
	[RACE_RANGE_B] = RACE_IS_OK,                                    \
	RACE_FILE_RANGES(RACE_DEADLOCKS)

const struct race_row race_rows_dsync[] = {
	{
		.name = "s5a",
		.title = "O_DSYNC extends: split_complete",
		.setup = empty_file,
		.run = s5,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s5a_inline",
		.title = "O_DSYNC extends: inline_locked",
		.setup = empty_inline,
		.run = s5,
		.expect = { ALL_BUT_NONE_DEADLOCK },
	}, {
		.name = "s5a_workaround",
		.title = "O_DSYNC extends: workaround",
		.setup = empty_workaround,
		.run = s5,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s5b",
		.title = "O_DSYNC in the file: split_complete",
		.run = s5,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s5b_inline",
		.title = "O_DSYNC in the file: inline_locked",
		.setup = form_inline,
		.run = s5,
		.expect = { INSIDE_DEADLOCKS },
	}, {
		.name = "s5b_workaround",
		.title = "O_DSYNC in the file: workaround",
		.setup = form_workaround,
		.run = s5,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s5b_late",
		.title = "O_DSYNC: F is released after the fsync",
		.setup = form_late,
		.run = s5,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_IS_OK),
			[RACE_RANGE] = RACE_DEADLOCKS,
		},
	}, {
		.name = "s6",
		.title = "AIO O_DSYNC, no latency: split_complete",
		.run = s6,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s6_inline",
		.title = "AIO O_DSYNC, no latency: inline_locked",
		.setup = form_inline,
		.run = s6,
		.expect = { INSIDE_DEADLOCKS },
	}, {
		.name = "s6_inline_extends",
		.title = "the same, extending the file",
		.setup = empty_inline,
		.run = s6,
		.expect = { ALL_BUT_NONE_DEADLOCK },
	}, {
		.name = "s6_workaround",
		.title = "AIO O_DSYNC, no latency: workaround",
		.setup = form_workaround,
		.run = s6,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s6_latency",
		.title = "AIO O_DSYNC, latency: split_complete",
		.run = s6_latency,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s6_latency_inline",
		.title = "AIO O_DSYNC, latency: inline_locked",
		.setup = form_inline,
		.run = s6_latency,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s6_latency_workaround",
		.title = "AIO O_DSYNC, latency: workaround",
		.setup = form_workaround,
		.run = s6_latency,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s7",
		.title = "truncate waits; end of IO, then fsync",
		.run = s7,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s7_late",
		.title = "truncate waits; fsync, then end of IO",
		.setup = form_late,
		.run = s7,
		.expect = { ALL_BUT_NONE_DEADLOCK },
	},
	{ .name = NULL },
};
