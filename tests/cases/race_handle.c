// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S18: five tasks and the handle of an fsync.
 *
 * The fsync has gathered a write that is not COMPLETE, found the log full, and
 * given up its locks, but not its handle.  A commit waits for that.  An fallocate
 * has E on the second half of the file and starts a handle: it waits for the
 * commit.  fiemap wants E on all of the file, and keeps the first half while it
 * waits for the second.  The fsync waits for the write to be COMPLETE, which
 * needs E on the first half.
 *
 * Each of two rules breaks the cycle: an fsync ends its handle before it waits,
 * nobody starts a handle under E.  So does a lock that keeps fiemap out of a file
 * that fallocate is in.  To lock E all or nothing helps only where E has no queue,
 * as in Linux 6.1: here the completion comes behind fiemap, which waits for all.
 */
#include "race.h"

static int task_allocate(struct race_task *task)
{
	return iopath_fallocate(task->inode, IOPATH_FALLOC_ALLOCATE,
				task->block * BLK,
				(task->block + task->nr) * BLK - 1);
}

static int task_fiemap(struct race_task *task)
{
	struct iopath_mapped mapped[4];
	int nr = iopath_fiemap(task->inode, 0, U64_MAX, mapped,
			       ARRAY_SIZE(mapped));

	/* what is being written, and what has been allocated meanwhile */
	return nr == 1 || nr == 2 ? 0 : -EIO;
}

static void s18(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);
	struct race_task *committer = race_commit(r);
	struct race_task *allocator = race_task(r, task_allocate, NULL);
	struct race_task *mapper = race_task(r, task_fiemap, NULL);

	allocator->block = 4;
	allocator->nr = 4;
	race_hold_work(r, true);
	race_run(writer);
	iopath_log_refuse(&r->fs->log);
	race_run_to(syncer, IOPATH_FS_LOGGED);
	race_run(committer);
	race_run(allocator);
	race_run(mapper);
	race_run(syncer);
	race_finish(r);
	if (!r->ended && mapper->result)
		race_fail(r, IOPATH_CODE_INVARIANT);
}

static void s18_setup(struct race *r)
{
	r->fill = false;
	r->knobs.fiemap_partial = true;
	r->knobs.falloc_starts = true;
	r->knobs.sync_keeps_handle = true;
}

static void s18_whole_setup(struct race *r)
{
	s18_setup(r);
	r->knobs.fiemap_partial = false;
}

static void s18_ends_setup(struct race *r)
{
	s18_setup(r);
	r->knobs.sync_keeps_handle = false;
}

static void s18_joins_setup(struct race *r)
{
	s18_setup(r);
	r->knobs.falloc_starts = false;
}

const struct race_row race_rows_handle[] = {
	{
		.name = "s18",
		.title = "fsync with handle, fallocate, half fiemap",
		.setup = s18_setup,
		.run = s18,
		.expect = {
			[RACE_NONE] = RACE_DEADLOCKS,
			RACE_INODE_LOCKS(RACE_DEADLOCKS),
			[RACE_RANGE_H1] = RACE_BLOCKS(HANDLE),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s18_whole",
		.title = "the same, fiemap queues for all of E",
		.setup = s18_whole_setup,
		.run = s18,
		.expect = {
			[RACE_NONE] = RACE_DEADLOCKS,
			RACE_INODE_LOCKS(RACE_DEADLOCKS),
			[RACE_RANGE_H1] = RACE_BLOCKS(HANDLE),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s18_ends",
		.title = "the same, fsync ends its handle first",
		.setup = s18_ends_setup,
		.run = s18,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			RACE_INODE_LOCKS(RACE_BLOCKS(OE)),
			[RACE_RANGE_H1] = RACE_BLOCKS(OE),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s18_joins",
		.title = "the same, fallocate joins under E",
		.setup = s18_joins_setup,
		.run = s18,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(HANDLE),
			RACE_INODE_LOCKS(RACE_BLOCKS(HANDLE)),
			[RACE_RANGE_H1] = RACE_BLOCKS(HANDLE),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	},
	{ .name = NULL },
};
