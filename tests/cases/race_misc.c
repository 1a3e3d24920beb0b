// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S24: an ordered extent without a bio.  S26: how long an fsync waits for a
 * stream of writes.  S28: space that is reserved while E is held.
 */
#include "race.h"

/*
 * S24: the second piece of a write fails, and the ordered extent of the first
 * is left behind.  Asynchronous, so that the writer itself does not wait.
 */
static void s24(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *next = race_write(r, 0, 2, 0);

	race_run(writer);
	race_run(next);
}

static void s24_clean_setup(struct race *r)
{
	r->knobs.run_blocks = 2;
	r->knobs.fail_piece = true;
}

static void s24_setup(struct race *r)
{
	s24_clean_setup(r);
	r->knobs.leave_oe = true;
}

#define S26_WRITERS	8U
#define S26_WRITES	6

static int s26_writer(struct race_task *task)
{
	int i, err = 0;

	for (i = 0; i < S26_WRITES && !err; i++) {
		ssize_t done = iopath_write(task->inode, task->block * BLK,
					    task->buf, task->nr * BLK, 0);

		err = done < 0 ? (int)done : 0;
		atomic_inc((atomic_t *)task->private);
	}
	return err;
}

/*
 * S26: eight writers of disjoint ranges, each with one write in flight when the
 * fsync of the whole file comes, and more to follow.  A queue that is first in,
 * first out lets the fsync wait for those eight only.  So does the inode lock,
 * which the fsync has while it waits; and an fsync without a lock, which waits
 * for what was there when it looked.
 */
static void s26(struct race *r)
{
	struct race_task *writer[S26_WRITERS], *syncer;
	atomic_t writes;
	u32 i, round;
	u64 before;
	int nr;

	atomic_set(&writes, 0);
	for (i = 0; i < S26_WRITERS; i++) {
		writer[i] = race_io(r, s26_writer, i, 1, 0);
		writer[i]->private = &writes;
	}
	syncer = race_fsync(r, 0, 0);
	race_hold_bios(r, true);
	for (i = 0; i < S26_WRITERS; i++)
		race_run(writer[i]);
	race_run(syncer);
	before = r->steps;
	for (round = 0; round < S26_WRITES; round++) {
		for (i = 0; i < S26_WRITERS; i++) {
			race_end_bios(r, writer[i]);
			/* on to its next write, which may overtake */
			race_run(writer[i]);
		}
		if (race_run(syncer) == RACE_DONE)
			break;
	}
	nr = atomic_read(&writes);
	race_say(r, "the fsync waited for %d writes of %u, %llu steps\n", nr,
		 S26_WRITERS * S26_WRITES, r->steps - before);
	if (syncer->state != RACE_DONE || nr != (int)S26_WRITERS)
		race_fail(r, IOPATH_CODE_STARVE);
	race_finish(r);
}

static void s26_setup(struct race *r)
{
	r->judge = false;
}

/*
 * S28: two writes overlap and have two pieces each; there is space for one more
 * piece.  The first writer is between its pieces, the second gets as far as its
 * second piece and looks for space in ordered extents, under E.  None of the
 * ordered extents has a bio, since that comes after the next mapping.  Space
 * that is reserved before anything is held has no such wait: the first write has
 * all that it needs, the second finds that there is too little, and says so.
 */
static void s28(struct race *r)
{
	struct race_task *first = race_write(r, 0, 4, 0);
	struct race_task *second = race_write(r, 2, 4, 0);
	u64 spare;

	race_run_to(first, IOPATH_DW_UNLOCKED);
	spare = r->fs->space.free - 2;
	iopath_space_reserve(r->fs, (u32)spare);
	race_run(second);
	race_run(first);
	race_finish(r);
	iopath_space_return(r->fs, (u32)spare);
}

static void s28_early_setup(struct race *r)
{
	r->knobs.run_blocks = 2;
	r->judge = false;
}

static void s28_setup(struct race *r)
{
	s28_early_setup(r);
	r->knobs.reserve_late = true;
}

const struct race_row race_rows_misc[] = {
	{
		.name = "s24",
		.title = "a failed write leaves its OE behind",
		.setup = s24_setup,
		.run = s24,
		.expect = { RACE_ALL(RACE_HANGS) },
	}, {
		.name = "s24_clean",
		.title = "a failed write ends its OE",
		.setup = s24_clean_setup,
		.run = s24,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s26",
		.title = "fsync behind eight streams of writes",
		.setup = s26_setup,
		.run = s26,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			[RACE_SEM_HELPER] = RACE_BLOCKS(OE),
			[RACE_SEM_WHOLE] = RACE_BLOCKS(DIO_SEM),
			[RACE_RANGE_B] = RACE_BLOCKS(OE),
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s28",
		.title = "two writes reserve space under E",
		.setup = s28_setup,
		.run = s28,
		.expect = {
			[RACE_NONE] = RACE_DEADLOCKS,
			RACE_SEMS(RACE_DEADLOCKS),
			[RACE_RANGE_B] = RACE_DEADLOCKS,
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s28_early",
		.title = "reserved before: the second gets ENOSPC",
		.setup = s28_early_setup,
		.run = s28,
		.expect = {
			[RACE_NONE] = RACE_IS_OK,
			RACE_SEMS(RACE_IS_OK),
			[RACE_RANGE_B] = RACE_IS_OK,
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	},
	{ .name = NULL },
};
