// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Schedules of the page cache: S8, S9c, S14 to S17, S20b, S20c, S21.
 *
 * Writeback is asked for by those who hold locks: an fsync, a direct IO.  So it
 * must not want what they hold, F or E (S20b, S20c), nor may a direct read wait
 * for it under E (S16).  It makes extent maps and ordered extents at times of
 * its own, so a fault must not start it behind the last look of an fsync (S21),
 * and in place it is a writer like any other to a relocation (S9c).
 *
 * A fault may come from anywhere, also from a direct IO whose buffer is a
 * mapping, of the same file (S14), or crosswise of two files (S15).
 */
#include "race.h"

/* Tell the oracle.  The write is acknowledged when it is in the page cache. */
static int task_store(struct race_task *task, bool fault)
{
	struct iopath_oracle *oracle = task->race->oracle;
	u64 pos = task->block * BLK;
	u32 len = task->nr * BLK;
	u32 number = iopath_oracle_issue(oracle, pos, task->buf, len);
	ssize_t done;

	if (fault)
		done = iopath_mmap_store(task->inode, pos, task->buf, len);
	else
		done = iopath_buffered_write(task->inode, pos, task->buf, len);
	if (done >= 0)
		iopath_oracle_ack(oracle, pos, len, number);
	return done < 0 ? (int)done : 0;
}

static int task_buffered_write(struct race_task *task)
{
	return task_store(task, false);
}

static int task_mmap_store(struct race_task *task)
{
	return task_store(task, true);
}

static int task_writeback(struct race_task *task)
{
	return iopath_writeback_start(task->inode, task->block * BLK,
				      (task->block + task->nr) * BLK - 1);
}

static struct race_task *writeback(struct race *r, u64 block, u32 nr)
{
	struct race_task *task = race_task(r, task_writeback, NULL);

	if (task) {
		task->block = block;
		task->nr = nr;
	}
	return task;
}

static int task_unaligned_dsync(struct race_task *task)
{
	ssize_t done = iopath_write(task->inode, 512, task->buf, 1000,
				    IOPATH_DSYNC);

	return done < 0 ? (int)done : 0;
}

/* S8: what is not aligned goes through the page cache.  */
static void stub_leak(struct race *r)
{
	race_run(race_io(r, task_unaligned_dsync, 0, 1, 0));
	race_finish(r);
	if (iopath_dsync_has_leaked(r->fs))
		race_fail(r, IOPATH_CODE_STATE_LEAK);
}

static void s8_setup(struct race *r)
{
	r->knobs.dsync = IOPATH_DSYNC_WORKAROUND;
	/* not blocks of the oracle */
	r->judge = false;
}

static void s8_leak_setup(struct race *r)
{
	s8_setup(r);
	r->knobs.stub_leak = true;
}

/* S9c: writeback has chosen to write in place; relocation comes. */
static void s9c(struct race *r)
{
	struct race_task *writer = race_io(r, task_buffered_write, 0, 4, 0);
	struct race_task *flusher = writeback(r, 0, 4);
	struct race_task *mover = race_relocate(r, 0);

	race_run(writer);
	race_run_to(flusher, IOPATH_DW_MAPPED);
	race_run_to(mover, IOPATH_RL_COPIED);
	race_hold_bios(r, true);
	race_run(flusher);
	race_run(mover);
	race_end_bios(r, flusher);
}

/* S20b, S20c: an fsync of a dirty page.  The knobs differ. */
static void fsync_dirty(struct race *r)
{
	race_run(race_io(r, task_buffered_write, 0, 4, 0));
	race_run(race_fsync(r, 0, 0));
	race_crash(r);
}

/* Something is left to be written under the locks of the fsync. */
static void s20_pages_setup(struct race *r)
{
	r->knobs.skip_first_flush = true;
}

static void s20b_setup(struct race *r)
{
	s20_pages_setup(r);
	r->knobs.flush_under_extent = true;
}

static void s20c_setup(struct race *r)
{
	s20_pages_setup(r);
	r->knobs.writeback_locks_file = true;
}

/* A direct write of file task->inode from a mapping of file task->private. */
static int task_pin(struct iopath_io *io, u64 offset, u32 len, bool nofault)
{
	struct race_task *task = io->private;

	return iopath_io_touch(io, task->private, io->pos + offset,
			       (char *)io->buf + offset, len, nofault);
}

static int task_write_mapping(struct race_task *task)
{
	ssize_t done;

	task->io.pos = task->block * BLK;
	task->io.len = task->nr * BLK;
	task->io.flags = IOPATH_WRITE;
	task->io.buf = task->buf;
	task->io.private = task;
	task->io.pin = task_pin;
	done = iopath_submit_wait(task->inode, &task->io);
	return done < 0 ? (int)done : 0;
}

static struct race_task *write_mapping(struct race *r, u32 ino, u32 mapped)
{
	struct race_task *task = race_io(r, task_write_mapping, 0, 4, 0);

	if (task) {
		task->inode = iopath_file(r->fs, ino);
		task->private = iopath_file(r->fs, mapped);
	}
	return task;
}

/* S14: a part of a file is written onto itself. */
static void s14(struct race *r)
{
	race_run(write_mapping(r, 0, 0));
}

static void fault_locked_setup(struct race *r)
{
	r->knobs.fault = IOPATH_FAULT_LOCKED;
}

static void fault_mapped_setup(struct race *r)
{
	r->knobs.fault = IOPATH_FAULT_MAPPED;
}

static void merge_setup(struct race *r)
{
	r->knobs.merge_map = true;
}

static void merge_locked_setup(struct race *r)
{
	merge_setup(r);
	fault_locked_setup(r);
}

/* S15: two files, each written from a mapping of the other. */
static void s15(struct race *r)
{
	struct race_task *a = write_mapping(r, 0, 1);
	struct race_task *b = write_mapping(r, 1, 0);

	/* whichever comes last */
	r->judge = false;
	race_run_to(a, IOPATH_DW_LOCKED);
	race_run_to(b, IOPATH_DW_LOCKED);
	race_run(a);
	race_run(b);
}

static void s15_locked_setup(struct race *r)
{
	race_two_files(r);
	fault_locked_setup(r);
}

static void s15_merge_setup(struct race *r)
{
	race_two_files(r);
	merge_setup(r);
}

static void s15_merge_locked_setup(struct race *r)
{
	race_two_files(r);
	merge_locked_setup(r);
}

/*
 * S16: a direct read has mapped its first piece.  A page of the second one is
 * mapped by writeback, and has to be locked for its bio.  A buffered write locks
 * it, and waits for E of the first piece.  The read comes to the second piece.
 * It would wait for the ordered extent there; E being a queue, it already waits
 * for the buffered write that is in front of it.
 */
static void read_two_extents(struct race *r)
{
	struct race_task *reader = race_read(r, 0, 2);
	struct race_task *dirtier = race_io(r, task_buffered_write, 1, 1, 0);
	struct race_task *flusher = writeback(r, 1, 1);
	struct race_task *writer = race_io(r, task_buffered_write, 0, 1, 0);

	race_run_to(reader, IOPATH_DR_MAPPED);
	race_run(dirtier);
	race_run_to(flusher, IOPATH_WB_MAPPED);
	if (writer)
		writer->nr = 2;
	/* the oracle knows no order between writes of one block */
	r->judge = false;
	race_run(writer);
	race_run(flusher);
	race_run(reader);
}

static void s16_setup(struct race *r)
{
	r->knobs.read_waits_writeback = true;
}

static int task_allocate(struct race_task *task)
{
	return iopath_fallocate(task->inode, IOPATH_FALLOC_ALLOCATE, 0,
				task->race->geo.file_bytes - 1);
}

/*
 * S17: an fallocate has its locks, and has written back its range.  A fault makes
 * a page there dirty again.  With E held the fallocate starts a handle; metadata
 * is short, so a flusher has to write that page, and needs E.
 */
static void s17(struct race *r)
{
	struct race_task *allocator = race_task(r, task_allocate, NULL);
	struct race_task *storer = race_io(r, task_mmap_store, 0, 4, 0);

	race_run_to(allocator, IOPATH_FA_ENTERED);
	race_run(storer);
	race_run(allocator);
	race_run(storer);
}

/* Reserved before anything is locked. */
static void s17_early_setup(struct race *r)
{
	r->fill = false;
	r->knobs.meta_short = true;
}

static void s17_setup(struct race *r)
{
	s17_early_setup(r);
	r->knobs.falloc_starts = true;
}

/*
 * S21: an fsync has taken its second look at the pages.  A fault makes one
 * dirty, writeback comes as far as the extent map, the fsync gathers.
 */
static void s21(struct race *r)
{
	struct race_task *syncer = race_fsync(r, 0, 0);
	struct race_task *storer = race_io(r, task_mmap_store, 0, 4, 0);
	struct race_task *flusher = writeback(r, 0, 4);

	race_run_to(syncer, IOPATH_FS_ENTERED);
	race_run(storer);
	race_run_to(flusher, IOPATH_DW_EM_INSERTED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_hold_bios(r, true);
	race_run(flusher);
	race_sync_and_crash(syncer);
}

const struct race_row race_rows_buffered[] = {
	{
		.name = "s8",
		.title = "unaligned O_DSYNC leaks the stub",
		.setup = s8_leak_setup,
		.run = stub_leak,
		.expect = { RACE_ALL(RACE_FAILS(STATE_LEAK)) },
	}, {
		.name = "s8_fixed",
		.title = "unaligned O_DSYNC clears the stub",
		.setup = s8_setup,
		.run = stub_leak,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s9c",
		.title = "writeback in place chosen; relocation",
		.setup = race_nocow,
		.run = s9c,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOST_ACKED_WRITE),
			RACE_INODE_LOCKS(RACE_BLOCKS(NOCOW_WRITERS)),
			RACE_BOTH_RANGES(RACE_BLOCKS(DISK_RANGE)),
		},
	}, {
		.name = "s14",
		.title = "file written from its own mapping",
		.run = s14,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s14_locked",
		.title = "the same, fault under F, before mapping",
		.setup = fault_locked_setup,
		.run = s14,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s14_mapped",
		.title = "the same, fault behind mapping",
		.setup = fault_mapped_setup,
		.run = s14,
		.expect = { RACE_ALL(RACE_DEADLOCKS) },
	}, {
		.name = "s14_merge",
		.title = "F and M are one, no fault under it",
		.setup = merge_setup,
		.run = s14,
		.expect = { RACE_BOTH_RANGES(RACE_IS_OK) },
	}, {
		.name = "s14_merge_locked",
		.title = "F and M are one, fault under it",
		.setup = merge_locked_setup,
		.run = s14,
		.expect = { RACE_BOTH_RANGES(RACE_DEADLOCKS) },
	}, {
		.name = "s15",
		.title = "two files from each other's mapping",
		.setup = race_two_files,
		.run = s15,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s15_locked",
		.title = "the same, faults under F",
		.setup = s15_locked_setup,
		.run = s15,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s15_merge",
		.title = "F and M are one, no fault under it",
		.setup = s15_merge_setup,
		.run = s15,
		.expect = { RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)) },
	}, {
		.name = "s15_merge_locked",
		.title = "F and M are one, faults under it",
		.setup = s15_merge_locked_setup,
		.run = s15,
		.expect = { RACE_BOTH_RANGES(RACE_DEADLOCKS) },
	}, {
		.name = "s16",
		.title = "direct read; writeback; buffered write",
		.run = read_two_extents,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			RACE_INODE_LOCKS(RACE_BLOCKS(EXTENT_RANGE)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s16_waits",
		.title = "the same, the read waits for writeback",
		.setup = s16_setup,
		.run = read_two_extents,
		.expect = {
			RACE_INODE_LOCKS(RACE_DEADLOCKS),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s17",
		.title = "fallocate starts a handle under E; fault",
		.setup = s17_setup,
		.run = s17,
		.expect = {
			[RACE_NONE] = RACE_DEADLOCKS,
			RACE_INODE_LOCKS(RACE_DEADLOCKS),
			RACE_BOTH_RANGES(RACE_BLOCKS(MAP_RANGE)),
		},
	}, {
		.name = "s17_early",
		.title = "the same, metadata reserved before",
		.setup = s17_early_setup,
		.run = s17,
		.expect = {
			[RACE_NONE] = RACE_IS_OK,
			RACE_INODE_LOCKS(RACE_IS_OK),
			RACE_BOTH_RANGES(RACE_BLOCKS(MAP_RANGE)),
		},
	}, {
		.name = "s20_pages",
		.title = "fsync of dirty pages; crash",
		.setup = s20_pages_setup,
		.run = fsync_dirty,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s20b",
		.title = "fsync writes back under E",
		.setup = s20b_setup,
		.run = fsync_dirty,
		.expect = { RACE_ALL(RACE_DEADLOCKS) },
	}, {
		.name = "s20c",
		.title = "writeback takes F",
		.setup = s20c_setup,
		.run = fsync_dirty,
		.expect = { RACE_BOTH_RANGES(RACE_DEADLOCKS) },
	}, {
		.name = "s21",
		.title = "fault and writeback beside an fsync",
		.run = s21,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			RACE_SEMS(RACE_FAILS(CSUM_MISSING)),
			[RACE_RANGE_C] = RACE_FAILS(CSUM_MISSING),
			[RACE_RANGE_B] = RACE_BLOCKS(EXTENT_RANGE),
			RACE_BOTH_RANGES(RACE_BLOCKS(MAP_RANGE)),
		},
	}, {
		.name = "s21_nodatasum",
		.title = "the same without checksums",
		.setup = race_nodatasum,
		.run = s21,
		.expect = {
			[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
			RACE_SEMS(RACE_FAILS(STALE_EXPOSED)),
			[RACE_RANGE_C] = RACE_FAILS(STALE_EXPOSED),
			[RACE_RANGE_B] = RACE_BLOCKS(EXTENT_RANGE),
			RACE_BOTH_RANGES(RACE_BLOCKS(MAP_RANGE)),
		},
	},
	{ .name = NULL },
};
