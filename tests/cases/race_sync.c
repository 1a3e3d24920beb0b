// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What an fsync waits for: S19, S20, S22.
 *
 *   s19  an asynchronous write in flight and a fast fsync, in each era.  E3 is a
 *        hypothesis from reading the code (H19), not a bug that was reported.
 *   s20  the data may be waited for under E, completion not
 *   s22  a full fsync walks the items while a write completes beside it
 */
#include "race.h"

/* S19: the write has been submitted, its submitter is gone. */
static void s19(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_hold_bios(r, true);
	race_run(writer);
	race_sync_and_crash(syncer);
}

static void era_2(struct race *r)
{
	r->knobs.era = IOPATH_E2;
}

static void era_3(struct race *r)
{
	r->knobs.era = IOPATH_E3;
}

static void era_3_nodatasum(struct race *r)
{
	era_3(r);
	race_nodatasum(r);
}

/* E2: the write comes when the fsync has waited for all there were. */
static void s19_gap(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_hold_bios(r, true);
	race_run_to(writer, IOPATH_DW_LOCKED);
	race_run_to(syncer, IOPATH_FS_ENTERED);
	race_run(writer);
	race_sync_and_crash(syncer);
}

/* S20: the completion needs E, which the fsync may have. */
static void s20(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_hold_bios(r, true);
	race_run(writer);
	race_run(syncer);
	race_end_bios(r, writer);
	race_finish(r);
}

static void keep_extent(struct race *r)
{
	r->knobs.fsync_keeps_extent = true;
}

static void wait_complete(struct race *r)
{
	r->knobs.fsync_waits_complete = true;
}

static void keep_extent_wait_complete(struct race *r)
{
	keep_extent(r);
	wait_complete(r);
}

/*
 * S22: a full fsync of blocks 0-3 has copied the item of blocks 0-7, which is
 * newer than the last commit, when the completion of a write of blocks 4-7 cuts
 * it in two.
 */
static struct race_task *s22_begin(struct race *r, struct race_task **syncer)
{
	struct race_task *writer;

	race_run(race_write(r, 0, 8, 0));
	writer = race_aio_write(r, 4, 4, 0);
	*syncer = race_fsync(r, 0, 4);
	iopath_want_full_sync(r->file);
	race_hold_bios(r, true);
	return writer;
}

static void s22_finish(struct race_task *writer, struct race_task *syncer)
{
	struct race *r = writer->race;

	race_run(writer);
	race_run_to(syncer, IOPATH_FS_LEAF);
	race_end_bios(r, writer);
	race_run(syncer);
	race_crash(r);
}

/* The write is in flight when the fsync comes. */
static void s22(struct race *r)
{
	struct race_task *syncer, *writer = s22_begin(r, &syncer);

	s22_finish(writer, syncer);
}

/* It begins when the fsync has waited. */
static void s22_gap(struct race *r)
{
	struct race_task *syncer, *writer = s22_begin(r, &syncer);

	race_run_to(syncer, IOPATH_FS_ENTERED);
	s22_finish(writer, syncer);
}

/* It has its locks when the fsync comes, and maps after the wait, if let. */
static void s22_begun(struct race *r)
{
	struct race_task *syncer, *writer = s22_begin(r, &syncer);

	race_run_to(writer, IOPATH_DW_LOCKED);
	race_run_to(syncer, IOPATH_FS_ENTERED);
	s22_finish(writer, syncer);
}

static void late(struct race *r)
{
	r->knobs.full_ranged = IOPATH_FULL_LATE;
}

/*
 * S22, the other half: a full fsync of a range forgets the extent map of a write
 * outside of it, which is in flight; the next fsync has nothing to log.
 */
static void s22_drop(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 4, 4, 0);
	struct race_task *ranged = race_fsync(r, 0, 4);
	struct race_task *whole = race_fsync(r, 0, 0);

	iopath_want_full_sync(r->file);
	race_hold_bios(r, true);
	race_run(writer);
	race_run(ranged);
	race_end_bios(r, writer);
	race_run(ranged);
	race_run(whole);
	race_crash(r);
}

static void ranged(struct race *r)
{
	r->knobs.full_ranged = IOPATH_RANGED;
}

static void ranged_drop(struct race *r)
{
	r->knobs.full_ranged = IOPATH_RANGED_DROP;
}

/* All wait for the ordered extent; the lock held to completion says the same. */
#define WAITS_FOR_WRITE                                                 \
	RACE_ALL_BUT_RANGE(RACE_BLOCKS(OE)),                            \
	[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE)

#define ONLY_COMPLETION_HOLD_IS_OK(code)                                \
	RACE_ALL_BUT_RANGE(RACE_FAILS(code)),                           \
	[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE)

const struct race_row race_rows_sync[] = {
	{
		.name = "s19_e1",
		.title = "AIO in flight, fsync of 4.7-4.18",
		.run = s19,
		.expect = { WAITS_FOR_WRITE },
	}, {
		.name = "s19_e2",
		.title = "AIO in flight, fsync of 4.19-5.9",
		.setup = era_2,
		.run = s19,
		.expect = { WAITS_FOR_WRITE },
	}, {
		.name = "s19_e2_gap",
		.title = "write behind the wait of 4.19-5.9",
		.setup = era_2,
		.run = s19_gap,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			RACE_SEMS(RACE_BLOCKS(DIO_SEM)),
			[RACE_RANGE_B] = RACE_FAILS(CSUM_MISSING),
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s19_e3",
		.title = "AIO in flight, fsync of 5.10: hypothesis",
		.setup = era_3,
		.run = s19,
		.expect = { ONLY_COMPLETION_HOLD_IS_OK(CSUM_BAD) },
	}, {
		.name = "s19_e3_nodatasum",
		.title = "the same without checksums: hypothesis",
		.setup = era_3_nodatasum,
		.run = s19,
		.expect = { ONLY_COMPLETION_HOLD_IS_OK(STALE_EXPOSED) },
	}, {
		.name = "s20_io_done",
		.title = "fsync waits for IO_DONE under E",
		.setup = keep_extent,
		.run = s20,
		.expect = { [RACE_RANGE_B] = RACE_BLOCKS(OE) },
	}, {
		.name = "s20_complete",
		.title = "fsync waits for COMPLETE under E",
		.setup = keep_extent_wait_complete,
		.run = s20,
		.expect = { [RACE_RANGE_B] = RACE_DEADLOCKS },
	}, {
		.name = "s20_released",
		.title = "fsync waits for COMPLETE without E",
		.setup = wait_complete,
		.run = s20,
		.expect = { WAITS_FOR_WRITE },
	}, {
		.name = "s22",
		.title = "full fsync of the file, write completes",
		.run = s22,
		.expect = { WAITS_FOR_WRITE },
	}, {
		.name = "s22_ranged",
		.title = "full fsync of a range, write completes",
		.setup = ranged,
		.run = s22,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOG_OVERLAP),
			RACE_SEMS(RACE_FAILS(LOG_OVERLAP)),
			/* is walking under E, so that nothing completes */
			[RACE_RANGE_B] = RACE_IS_OK,
			RACE_FILE_RANGES(RACE_FAILS(LOG_OVERLAP)),
		},
	}, {
		.name = "s22_gap",
		.title = "full fsync, write behind its wait",
		.run = s22_gap,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOG_OVERLAP),
			RACE_INODE_LOCKS(RACE_BLOCKS(INODE_LOCK)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s22_begun",
		.title = "full fsync, write has begun",
		.run = s22_begun,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOG_OVERLAP),
			RACE_SEMS(RACE_BLOCKS(DIO_SEM)),
			[RACE_RANGE_B] = RACE_IS_OK,
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s22_begun_late",
		.title = "the same, dio_sem too late: hypothesis",
		.setup = late,
		.run = s22_begun,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOG_OVERLAP),
			RACE_SEMS(RACE_FAILS(LOG_OVERLAP)),
			[RACE_RANGE_C] = RACE_FAILS(LOG_OVERLAP),
			[RACE_RANGE_B] = RACE_IS_OK,
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s22_drop",
		.title = "full fsync of a range drops ems outside",
		.setup = ranged_drop,
		.run = s22_drop,
		.expect = { RACE_ALL(RACE_FAILS(LOST_FSYNCED)) },
	}, {
		.name = "s22_keep",
		.title = "full fsync of a range keeps ems outside",
		.setup = ranged,
		.run = s22_drop,
		.expect = { RACE_ALL(RACE_IS_OK) },
	},
	{ .name = NULL },
};
