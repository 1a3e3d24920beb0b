// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The framework for schedules, tested on schedules whose outcome is known: it
 * must tell a wrong expectation, find a cycle, tell a hang from a cycle, and do
 * the same each time.
 */
#include "cases.h"
#include "race.h"

/**
 * struct locks - what the tasks of these schedules take
 * @fs:    theirs
 * @mutex: three of them
 */
struct locks {
	struct iopath_fs *fs;
	struct mutex mutex[3];
};

static struct locks *locks_new(struct race *r)
{
	struct locks *locks = rlenv_alloc(sizeof(*locks));
	u32 i;

	if (!locks) {
		race_skip(r, "no memory");
		return NULL;
	}
	locks->fs = r->fs;
	for (i = 0; i < ARRAY_SIZE(locks->mutex); i++)
		mutex_init(&locks->mutex[i]);
	return locks;
}

/* Take the mutex of task->nr, stop, take the next one. */
static int take_two(struct race_task *task)
{
	struct locks *locks = task->private;
	struct mutex *a = &locks->mutex[task->nr];
	struct mutex *b = &locks->mutex[(task->nr + 1) % task->block];

	iopath_mutex_lock(locks->fs, a, IOPATH_RES_LOG_SYNC);
	iopath_step(locks->fs, IOPATH_DW_LOCKED);
	iopath_mutex_lock(locks->fs, b, IOPATH_RES_LOG_SYNC);
	iopath_mutex_unlock(locks->fs, b, IOPATH_RES_LOG_SYNC);
	iopath_mutex_unlock(locks->fs, a, IOPATH_RES_LOG_SYNC);
	return 0;
}

/* Each of @nr tasks has a mutex and wants that of the next one. */
static void ring(struct race *r, u32 nr)
{
	struct locks *locks = locks_new(r);
	struct race_task *task[3];
	u32 i;

	for (i = 0; locks && i < nr; i++) {
		task[i] = race_task(r, take_two, locks);
		task[i]->nr = i;
		task[i]->block = nr;
		race_run_to(task[i], IOPATH_DW_LOCKED);
	}
	race_finish(r);
	rlenv_free(locks);
}

static void ring_of_two(struct race *r)
{
	ring(r, 2);
}

static void ring_of_three(struct race *r)
{
	ring(r, 3);
}

static int keep_one(struct race_task *task)
{
	struct locks *locks = task->private;

	iopath_mutex_lock(locks->fs, &locks->mutex[1], IOPATH_RES_LOG_SYNC);
	/* only the control shall believe that it is kept */
	mutex_unlock(&locks->mutex[1]);
	return 0;
}

static bool never(void *data)
{
	return false;
}

static int wait_for_it(struct race_task *task)
{
	struct locks *locks = task->private;

	return iopath_control_wait(locks->fs, IOPATH_RES_LOG_SYNC,
				   &locks->mutex[1], never, NULL);
}

/* What a task waits for was taken by one that has returned. */
static void kept(struct race *r)
{
	struct locks *locks = locks_new(r);

	if (!locks)
		return;
	race_run(race_task(r, keep_one, locks));
	race_run(race_task(r, wait_for_it, locks));
	race_finish(r);
	rlenv_free(locks);
}

/* The write is not waited for: under no design this is anything but ok. */
static void nothing(struct race *r)
{
	race_run(race_write(r, 0, 4, 0));
}

static const struct race_row rows[] = {
	{
		.name = "self_ring_of_two",
		.run = ring_of_two,
		.expect = { [RACE_NONE] = RACE_DEADLOCKS },
	}, {
		.name = "self_ring_of_three",
		.run = ring_of_three,
		.expect = { [RACE_NONE] = RACE_DEADLOCKS },
	}, {
		.name = "self_kept",
		.run = kept,
		.expect = { [RACE_NONE] = RACE_HANGS },
	}, {
		.name = "self_nothing",
		.run = nothing,
		.expect = {
			[RACE_NONE] = RACE_IS_OK,
			/* wrong on purpose */
			[RACE_RANGE] = RACE_FAILS(LOST_ACKED_WRITE),
			[RACE_SEM_WHOLE] = RACE_BLOCKS(DIO_SEM),
		},
	},
};

static const char *const cycles[] = {
	"cycle: T1 waits for log sync of T2, T2 waits for log sync of T1\n",
	("cycle: T1 waits for log sync of T2, T2 waits for log sync of T3, "
	 "T3 waits for log sync of T1\n"),
	"T2 waits for log sync, which nobody will end\n",
};

static void case_verdicts(struct case_ctx *t)
{
	struct race_result *result = rlenv_alloc(sizeof(*result));
	u32 i;

	CASE_CHECK(t, result);
	for (i = 0; i < ARRAY_SIZE(cycles); i++) {
		race_cell(&rows[i], RACE_NONE, t, NULL, result);
		CASE_EXPECT(t, result->passed);
		/* the text goes on with what the tasks returned */
		CASE_EXPECT(t, !strncmp(result->text, cycles[i],
					strlen(cycles[i])));
	}
	rlenv_free(result);
}

static void case_expectations(struct case_ctx *t)
{
	struct race_result *result = rlenv_alloc(sizeof(*result));
	const struct race_row *row = &rows[ARRAY_SIZE(rows) - 1];

	CASE_CHECK(t, result);
	race_cell(row, RACE_NONE, t, NULL, result);
	CASE_EXPECT(t, result->passed);
	CASE_EXPECT_EQ(t, result->found.kind, RACE_KIND_OK);
	race_cell(row, RACE_RANGE, t, NULL, result);
	CASE_EXPECT(t, !result->passed);
	race_cell(row, RACE_SEM_WHOLE, t, NULL, result);
	CASE_EXPECT(t, !result->passed);
	race_cell(row, RACE_RANGE_C, t, NULL, result);
	CASE_EXPECT_EQ(t, result->found.kind, RACE_KIND_UNDEFINED);
	rlenv_free(result);
}

/* Of all lines traced; one cell runs at a time. */
static u32 trace_sum;

static void sum_line(const char *line)
{
	trace_sum = rlenv_crc32(trace_sum, line, strlen(line));
}

/* Every step of every task, twice: the same. */
static void case_repeatable(struct case_ctx *t)
{
	struct race_result *result = rlenv_alloc(sizeof(*result));
	static const u32 policies[] = { RACE_SEM_WHOLE, RACE_RANGE };
	const struct race_row *row;
	u32 i, first;

	CASE_CHECK(t, result);
	for (row = race_tables[0]; row->name; row++) {
		for (i = 0; i < ARRAY_SIZE(policies); i++) {
			trace_sum = 0;
			race_cell(row, policies[i], t, sum_line, result);
			first = trace_sum;
			trace_sum = 0;
			race_cell(row, policies[i], t, sum_line, result);
			CASE_EXPECT_EQ(t, trace_sum, first);
		}
	}
	rlenv_free(result);
}

const struct case_desc cases_race_self[] = {
	{ "verdicts", case_verdicts },
	{ "expectations", case_expectations },
	{ "repeatable", case_repeatable },
	{ NULL, NULL },
};
