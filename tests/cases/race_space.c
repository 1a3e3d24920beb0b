// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S3: an fsync beside a write to allocated blocks.  The write changes the type
 * of the mapping before its data is there.  An fsync that sees this, and not
 * the ordered extent, logs blocks as data that hold what somebody else once
 * wrote.
 *
 * S9b: a relocation beside a write to allocated blocks, as S9.  It copies the
 * blocks before the data is there, and switches to the copy afterwards.  A
 * pinned extent map keeps it from that only for a while; the knob does without,
 * as btrfs, which has nothing but the waits.
 *
 * S25: a truncate beside direct IO.  A write that has found itself inside of the
 * file must not map behind a new end, and one in flight must not land on
 * blocks that are cut off; and readers that come without end must not keep
 * the truncate from ever beginning.
 *
 * Appending writes: where the file ends is decided under the lock.  With a range
 * to give back they follow each other while the first is in flight; an inode
 * lock is kept until a synchronous write is complete.
 */
#include "race.h"

/* More readers than a truncate may wait for. */
#define READERS	8U

static int task_prealloc(struct race_task *task)
{
	int err;

	err = iopath_fallocate(task->inode, IOPATH_FALLOC_ALLOCATE, 0,
			       task->race->geo.file_bytes - 1);
	return err ? err : iopath_commit(task->race->fs);
}

static int task_truncate(struct race_task *task)
{
	return iopath_truncate(task->inode, 2 * BLK);
}

static void prealloc(struct race *r)
{
	struct race_task *task = race_task(r, task_prealloc, NULL);

	if (race_run(task) != RACE_DONE || task->result)
		race_skip(r, "no allocated blocks");
}

static void prealloc_setup(struct race *r)
{
	r->fill = false;
}

static void prealloc_nodatasum_setup(struct race *r)
{
	r->fill = false;
	race_nodatasum(r);
}

static void s3(struct race *r)
{
	struct race_task *writer, *syncer;

	prealloc(r);
	writer = race_write(r, 0, 4, 0);
	syncer = race_fsync(r, 0, 0);
	race_run_to(writer, IOPATH_DW_EM_INSERTED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_sync_and_crash(syncer);
}

/* Two of the four blocks have reached the medium when the power fails. */
static void s3_partial(struct race *r)
{
	struct race_task *writer, *syncer;

	prealloc(r);
	race_hold_bios(r, true);
	writer = race_write(r, 0, 4, 0);
	syncer = race_fsync(r, 0, 0);
	race_run_to(writer, IOPATH_DW_EM_INSERTED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_run(writer);
	race_run(syncer);
	race_tear_bio(r, writer, 2);
	race_crash(r);
}

static void s9b(struct race *r)
{
	struct race_task *writer, *mover;

	prealloc(r);
	writer = race_write(r, 0, 4, 0);
	mover = race_relocate(r, 0);
	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run(mover);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_run(mover);
	race_run(writer);
}

static void s9b_pinned_setup(struct race *r)
{
	r->fill = false;
	r->knobs.reloc_moves_pinned = true;
}

/* What is left of the file is as it was; nothing has landed behind its end. */
static void s25_judge(struct race *r)
{
	struct iopath_stats stats;

	race_finish(r);
	if (r->lost)
		return;
	iopath_get_stats(r->fs, &stats);
	if (stats.unowned)
		race_fail(r, IOPATH_CODE_WRITE_TO_UNOWNED);
	if (iopath_size(r->file) != 2 * BLK)
		race_fail(r, IOPATH_CODE_STALE_EXPOSED);
}

/* The write has found itself inside of the file, and mapped nothing. */
static void s25(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 4, 4, 0);
	struct race_task *cutter = race_task(r, task_truncate, NULL);

	race_run_to(writer, IOPATH_DW_LOCKED);
	race_run(cutter);
	race_run(writer);
	s25_judge(r);
}

/* The write is in flight: submitted, and its submitter has gone. */
static void s25_flight(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 4, 4, 0);
	struct race_task *cutter = race_task(r, task_truncate, NULL);

	race_hold_bios(r, true);
	race_run(writer);
	race_run(cutter);
	race_end_bios(r, writer);
	s25_judge(r);
}

/* One reader is always in flight. */
static void s25_readers(struct race *r)
{
	struct race_task *cutter = race_task(r, task_truncate, NULL);
	struct race_task *reader, *before;
	struct race_task *work;
	u32 i;

	race_hold_work(r, true);
	before = race_read(r, 4, 1);
	race_run(before);
	for (i = 0; i < READERS && race_run(cutter) != RACE_DONE; i++) {
		reader = race_read(r, 4, 1);
		race_run(reader);
		work = race_work_of(r, before);
		if (work)
			race_run(work);
		race_run(before);
		before = reader;
	}
	if (cutter->state != RACE_DONE)
		race_fail(r, IOPATH_CODE_HANG);
	s25_judge(r);
}

/* Append a block that says whose it is. */
static int task_append(struct race_task *task)
{
	ssize_t done;

	memset(task->buf, task->name[1], BLK);
	done = iopath_write(task->inode, 0, task->buf, BLK, IOPATH_APPEND);
	return done == BLK ? 0 : -EIO;
}

static struct race_task *race_append(struct race *r)
{
	return race_io(r, task_append, 0, 1, 0);
}

/* Each has a block of its own. */
static void append_judge(struct race *r)
{
	race_finish(r);
	if (!r->lost && iopath_size(r->file) != 2 * BLK)
		race_fail(r, IOPATH_CODE_LOST_ACKED_WRITE);
}

/* The second one asks for the end of the file when the first has its place. */
static void append(struct race *r)
{
	struct race_task *first = race_append(r);
	struct race_task *second = race_append(r);

	race_run_to(first, IOPATH_DW_LOCKED);
	race_run(second);
	append_judge(r);
}

/* The first one is in flight, and the end of the file is where it ends. */
static void append_flight(struct race *r)
{
	struct race_task *first = race_append(r);
	struct race_task *second = race_append(r);

	race_hold_bios(r, true);
	race_run(first);
	race_run_to(second, IOPATH_DW_SUBMIT);
	append_judge(r);
}

static void append_setup(struct race *r)
{
	r->fill = false;
	r->judge = false;
	r->geo.empty = true;
}

static void s25_setup(struct race *r)
{
	r->judge = false;
}

static void s25_nocow_setup(struct race *r)
{
	r->judge = false;
	race_nocow(r);
}

static void s25_no_wait_setup(struct race *r)
{
	s25_nocow_setup(r);
	r->knobs.truncate_no_wait = true;
}

static void s25_starved_setup(struct race *r)
{
	r->judge = false;
	r->knobs.reads_pass_truncate = true;
}

#define FSYNC_BLOCKS                                                    \
	RACE_SEMS(RACE_BLOCKS(DIO_SEM)),                                \
	[RACE_RANGE_B] = RACE_BLOCKS(EXTENT_RANGE),                     \
	RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE))

#define RELOC_BLOCKS                                                    \
	RACE_INODE_LOCKS(RACE_BLOCKS(NOCOW_WRITERS)),                   \
	RACE_BOTH_RANGES(RACE_BLOCKS(DISK_RANGE))

const struct race_row race_rows_space[] = {
	{
		.name = "s3",
		.title = "fsync beside a write to allocated blocks",
		.setup = prealloc_setup,
		.run = s3,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			FSYNC_BLOCKS,
		},
	}, {
		.name = "s3_nodatasum",
		.title = "the same without checksums",
		.setup = prealloc_nodatasum_setup,
		.run = s3,
		.expect = {
			[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
			FSYNC_BLOCKS,
		},
	}, {
		.name = "s3_partial",
		.title = "crash with 2 of 4 blocks written",
		.setup = prealloc_nodatasum_setup,
		.run = s3_partial,
		.expect = {
			[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
			FSYNC_BLOCKS,
		},
	}, {
		.name = "s9b",
		.title = "relocation, write to allocated blocks",
		.setup = prealloc_setup,
		.run = s9b,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_BAD),
			RELOC_BLOCKS,
		},
	}, {
		.name = "s9b_pinned",
		.title = "the same, pinned extent maps move",
		.setup = s9b_pinned_setup,
		.run = s9b,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOST_ACKED_WRITE),
			RELOC_BLOCKS,
		},
	}, {
		.name = "s25",
		.title = "truncate before a write has mapped",
		.setup = s25_setup,
		.run = s25,
		.expect = {
			[RACE_NONE] = RACE_FAILS(WRITE_TO_UNOWNED),
			RACE_INODE_LOCKS(RACE_BLOCKS(DIO_COUNT)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s25_flight",
		.title = "truncate, write in place in flight",
		.setup = s25_nocow_setup,
		.run = s25_flight,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			RACE_INODE_LOCKS(RACE_BLOCKS(DIO_COUNT)),
			[RACE_RANGE_H1] = RACE_BLOCKS(DIO_COUNT),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s25_no_wait",
		.title = "the same, truncate waits for no IO",
		.setup = s25_no_wait_setup,
		.run = s25_flight,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_FAILS(WRITE_TO_UNOWNED)),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s25_readers",
		.title = "truncate beside endless readers",
		.setup = s25_setup,
		.run = s25_readers,
		.expect = {
			[RACE_NONE] = RACE_IS_OK,
			RACE_INODE_LOCKS(RACE_BLOCKS(DIO_COUNT)),
			[RACE_RANGE_H1] = RACE_BLOCKS(DIO_COUNT),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s25_starved",
		.title = "the same, readers pass the truncate",
		.setup = s25_starved_setup,
		.run = s25_readers,
		.expect = {
			RACE_INODE_LOCKS(RACE_FAILS(HANG)),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "append",
		.title = "two appending writes, one place",
		.setup = append_setup,
		.run = append,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOST_ACKED_WRITE),
			RACE_INODE_LOCKS(RACE_BLOCKS(INODE_LOCK)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "append_flight",
		.title = "the same, the first is in flight",
		.setup = append_setup,
		.run = append_flight,
		.expect = {
			[RACE_NONE] = RACE_IS_OK,
			RACE_INODE_LOCKS(RACE_BLOCKS(INODE_LOCK)),
			RACE_BOTH_RANGES(RACE_IS_OK),
		},
	},
	{ .name = NULL },
};
