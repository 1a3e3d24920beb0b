// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S11, S12, S13: the CoW fork; S23, S27: reflink beside a write in place and
 * beside relocation.
 *
 * S11 is why a lock on the bytes that a write has is not enough.  A write in
 * place to 3-5 is about to end; another one to 0-2, which are shared, gets 0-7
 * in the CoW fork; the end of the first finds blocks there that nobody has
 * written, and moves them to the file.  The two writes do not overlap.  XFS's
 * cure is the state unwritten; of range locks only one on all that is allocated
 * helps, and that serialises neighbours unless it is tried.
 */
#include "iopath_cow.h"
#include "race.h"

#define FILE_BLOCKS	8U

/*
 * Clones: file 1 shares the first blocks of file 0.
 */

static int task_clone(struct race_task *task)
{
	struct iopath_fs *fs = task->race->fs;

	return iopath_reflink(iopath_file(fs, 0), 0, iopath_file(fs, 1), 0,
			      task->nr * BLK);
}

static struct race_task *race_clone(struct race *r, u32 nr)
{
	struct race_task *task = race_task(r, task_clone, NULL);

	task->nr = nr;
	return task;
}

/* Read the clone. */
static struct race_task *read_clone(struct race *r)
{
	struct race_task *task = race_read(r, 0, FILE_BLOCKS);

	task->inode = iopath_file(r->fs, 1);
	race_run(task);
	return task;
}

/* The clone is as it was when @before read it. */
static void check_clone(struct race *r, const struct race_task *before,
			enum iopath_code code)
{
	if (memcmp(before->buf, read_clone(r)->buf, FILE_BLOCKS * BLK))
		race_fail(r, code);
}

static void cow_setup(struct race *r)
{
	race_two_files(r);
	race_nodatasum(r);
	r->geo.cow_fork = true;
	r->geo.cowextsize = 8;
}

/*
 * S11
 */

/* What is in the file now that no write has put there? */
static void find_uninit(struct race *r)
{
	struct race_task *reader = race_read(r, 0, FILE_BLOCKS);
	enum iopath_code code;

	race_run(reader);
	code = iopath_oracle_check(r->oracle, 0, reader->buf,
				   FILE_BLOCKS * BLK, IOPATH_FLOOR_ACKED,
				   false);
	race_fail(r, code == IOPATH_CODE_STALE_EXPOSED ?
		  IOPATH_CODE_DATA_FORK_UNINIT : code);
}

static void s11(struct race *r)
{
	struct race_task *clone = race_clone(r, 3);
	struct race_task *in_place = race_aio_write(r, 3, 3, 0);
	struct race_task *shared = race_aio_write(r, 0, 3, 0);
	struct race_task *end;
	u64 blocks = 0, reserved = 0;

	race_run(clone);
	race_hold_work(r, true);
	race_run(in_place);
	if (race_run(shared) == RACE_DONE) {
		end = race_work_of(r, shared);
		if (end)
			race_run(end);
	}
	end = race_work_of(r, in_place);
	if (end)
		race_run(end);
	race_finish(r);
	iopath_cow_count(r->file, &blocks, &reserved);
	race_say(r, "%llu blocks are left over in the fork\n", blocks);
	find_uninit(r);
}

static void s11_setup(struct race *r)
{
	cow_setup(r);
	r->judge = false;
}

static void s11_end_all_setup(struct race *r)
{
	s11_setup(r);
	r->knobs.cow_end_all = true;
}

static void s11_real_setup(struct race *r)
{
	s11_setup(r);
	r->knobs.cow_prealloc_real = true;
}

static void s11_exact_setup(struct race *r)
{
	s11_end_all_setup(r);
	r->knobs.cow_lock = IOPATH_COW_LOCK_EXACT;
}

static void s11_rounded_setup(struct race *r)
{
	s11_end_all_setup(r);
	r->knobs.cow_lock = IOPATH_COW_LOCK_ROUNDED;
}

/*
 * S12: four writes that overlap, in flight at once, end in all orders.
 */

#define S12_WRITES	4U
#define S12_ORDERS	24U

static const struct {
	u32 block;
	u32 nr;
} s12_range[S12_WRITES] = { { 0, 2 }, { 0, 1 }, { 2, 1 }, { 0, 2 } };

/**
 * struct s12_write - a write of S12
 * @io:  the write
 * @buf: two blocks, filled with its number
 */
struct s12_write {
	struct iopath_io io;
	char *buf;
};

static void s12_done(struct iopath_io *io)
{
	struct race *r = io->private;

	if (io->result != (ssize_t)io->len)
		race_fail(r, IOPATH_CODE_LOST_ACKED_WRITE);
}

/* Share the blocks again, and submit all four. */
static int task_s12(struct race_task *task)
{
	struct s12_write *write = task->private;
	struct race *r = task->race;
	u32 i;
	int err;

	err = iopath_reflink(r->file, 0, iopath_file(r->fs, 1), 0,
			     FILE_BLOCKS * BLK);
	for (i = 0; i < S12_WRITES && !err; i++) {
		memset(&write[i].io, 0, sizeof(write[i].io));
		memset(write[i].buf, (int)(i + 1), 2 * BLK);
		write[i].io.pos = s12_range[i].block * BLK;
		write[i].io.len = s12_range[i].nr * BLK;
		write[i].io.flags = IOPATH_WRITE;
		write[i].io.buf = write[i].buf;
		write[i].io.done = s12_done;
		write[i].io.private = r;
		err = iopath_submit(r->file, &write[i].io);
	}
	return err;
}

/* The @n-th end of a write that is left, NULL if there are not so many. */
static struct race_task *nth_end(struct race *r, const struct race_task *owner,
				 u32 n)
{
	u32 i;

	for (i = 0; i < r->nr_tasks; i++)
		if (r->task[i].work && r->task[i].state != RACE_DONE &&
		    r->task[i].owner == owner && !n--)
			return &r->task[i];
	return NULL;
}

/* Each block has the content of a write to it. */
static void s12_check(struct race *r)
{
	struct race_task *reader = race_read(r, 0, 3);
	const char *buf = reader->buf;
	u32 i, block;
	bool known;

	race_run(reader);
	for (block = 0; block < 3; block++) {
		known = false;
		for (i = 0; i < S12_WRITES; i++)
			known |= block >= s12_range[i].block &&
				 block - s12_range[i].block < s12_range[i].nr &&
				 buf[block * BLK] == (char)(i + 1);
		if (!known)
			race_fail(r, IOPATH_CODE_LOST_ACKED_WRITE);
	}
}

static void s12_order(struct race *r, struct s12_write *write, u32 order)
{
	struct race_task *all = race_task(r, task_s12, write);
	struct race_task *end;
	u32 left;

	race_hold_work(r, true);
	while (race_run(all) == RACE_BLOCKED) {
		/* the design does not let them overlap */
		end = nth_end(r, all, 0);
		if (!end)
			break;
		race_run(end);
	}
	if (all->result)
		race_fail(r, IOPATH_CODE_LOST_ACKED_WRITE);
	for (left = S12_WRITES; left; left--) {
		end = nth_end(r, all, order % left);
		order /= left;
		if (end)
			race_run(end);
	}
	race_finish(r);
	s12_check(r);
}

static void s12(struct race *r)
{
	struct s12_write *write = rlenv_alloc(S12_WRITES * sizeof(*write));
	char *buf = rlenv_alloc_big(S12_WRITES * 2 * BLK);
	u32 i, order;

	for (i = 0; write && buf && i < S12_WRITES; i++)
		write[i].buf = buf + i * 2 * BLK;
	for (order = 0; write && buf && order < S12_ORDERS; order++)
		s12_order(r, write, order);
	if (!write || !buf)
		race_skip(r, "no memory");
	if (!r->lost) {
		rlenv_free(write);
		rlenv_free_big(buf);
	}
}

/*
 * S13: block 0 is shared.  T1 has seen that and drops ILOCK; T2 does all of a CoW
 * write of block 0, so that the old block is the clone's alone.
 */
static void s13(struct race *r)
{
	struct race_task *clone = race_clone(r, FILE_BLOCKS);
	struct race_task *late = race_write(r, 0, 1, 0);
	struct race_task *whole = race_write(r, 0, 1, 0);
	struct race_task *commit = race_commit(r);
	struct race_task *before;

	race_run(clone);
	before = read_clone(r);
	race_run_to(late, IOPATH_CW_SAMPLED);
	race_run(whole);
	/* until then the block counts as shared, see iopath_ref.c */
	race_run(commit);
	race_run(late);
	race_finish(r);
	check_clone(r, before, IOPATH_CODE_REFLINK_ISOLATION);
}

static void s13_no_recheck_setup(struct race *r)
{
	cow_setup(r);
	r->knobs.cow_no_recheck = true;
}

/*
 * S23: a write in place has found out that nobody shares its blocks; then comes a
 * snapshot, here a reflink of all of the file.  The engine has no check ahead of
 * the write, for which btrfs has its snapshot lock: it checks under E, and keeps
 * that until the ordered extent is there, which the snapshot waits for.
 */
static void snapshot(struct race *r, enum iopath_step step)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *clone = race_clone(r, FILE_BLOCKS);
	struct race_task *before;

	race_run_to(writer, step);
	if (race_run(clone) != RACE_DONE) {
		race_run_to(writer, IOPATH_DW_SUBMIT);
		race_run(clone);
		race_run(writer);
		race_finish(r);
	}
	before = read_clone(r);
	race_finish(r);
	check_clone(r, before, IOPATH_CODE_SNAPSHOT_CHANGED);
}

static void s23(struct race *r)
{
	snapshot(r, IOPATH_DW_MAPPED);
}

static void s23_early(struct race *r)
{
	snapshot(r, IOPATH_DW_CHECKED);
}

static void s23_setup(struct race *r)
{
	race_two_files(r);
	race_nocow(r);
}

static void s23_early_setup(struct race *r)
{
	s23_setup(r);
	r->knobs.nocow_early = true;
}

/*
 * S27: a reflink has read an item of its source, relocation takes the blocks
 * away, the reflink adds a reference to them.
 */
static void s27(struct race *r)
{
	struct race_task *clone = race_clone(r, FILE_BLOCKS);
	struct race_task *mover = race_relocate(r, 0);

	race_run_to(clone, IOPATH_RK_LOOKED);
	race_run(mover);
	race_run(clone);
}

static void s27_blind_setup(struct race *r)
{
	race_two_files(r);
	r->knobs.reflink_blind = true;
}

/* With ILOCK and E alone, or with an inode lock that a write has dropped. */
#define NO_FILE_RANGE(...)                                              \
	[RACE_NONE] = __VA_ARGS__,                                      \
	RACE_SEMS(__VA_ARGS__),                                         \
	[RACE_RANGE_B] = __VA_ARGS__

const struct race_row race_rows_share[] = {
	{
		.name = "s11",
		.title = "CoW beside a write in place; unwritten",
		.setup = s11_setup,
		.run = s11,
		.expect = { RACE_ALL(RACE_IS_OK) },
	}, {
		.name = "s11_end_all",
		.title = "end of write moves all; range tries more",
		.setup = s11_end_all_setup,
		.run = s11,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_FAILS(DATA_FORK_UNINIT)),
			[RACE_RANGE] = RACE_IS_OK,
		},
	}, {
		.name = "s11_prealloc_real",
		.title = "allocated counts as written; range tries",
		.setup = s11_real_setup,
		.run = s11,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_FAILS(DATA_FORK_UNINIT)),
			[RACE_RANGE] = RACE_IS_OK,
		},
	}, {
		.name = "s11_exact",
		.title = "moves all; range locks what it writes",
		.setup = s11_exact_setup,
		.run = s11,
		.expect = { RACE_ALL(RACE_FAILS(DATA_FORK_UNINIT)) },
	}, {
		.name = "s11_rounded",
		.title = "moves all; range locks to cowextsize",
		.setup = s11_rounded_setup,
		.run = s11,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_FAILS(DATA_FORK_UNINIT)),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s12",
		.title = "CoW writes overlap, end in 24 orders",
		.setup = s11_setup,
		.run = s12,
		.expect = {
			RACE_ALL_BUT_RANGE(RACE_IS_OK),
			[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
		},
	}, {
		.name = "s13",
		.title = "CoW cycle while ILOCK is dropped",
		.setup = cow_setup,
		.run = s13,
		.expect = {
			NO_FILE_RANGE(RACE_IS_OK),
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s13_no_recheck",
		.title = "the same without a second look",
		.setup = s13_no_recheck_setup,
		.run = s13,
		.expect = {
			NO_FILE_RANGE(RACE_FAILS(REFLINK_ISOLATION)),
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s23",
		.title = "write in place mapped; snapshot",
		.setup = s23_setup,
		.run = s23,
		.expect = {
			NO_FILE_RANGE(RACE_BLOCKS(EXTENT_RANGE)),
			[RACE_RANGE_C] = RACE_BLOCKS(EXTENT_RANGE),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s23_early",
		.title = "the same, checked before E",
		.setup = s23_early_setup,
		.run = s23_early,
		.expect = {
			NO_FILE_RANGE(RACE_FAILS(SNAPSHOT_CHANGED)),
			[RACE_RANGE_C] = RACE_FAILS(SNAPSHOT_CHANGED),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s27",
		.title = "reflink between look and reference",
		.setup = race_two_files,
		.run = s27,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(EXTENT_RANGE),
			RACE_INODE_LOCKS(RACE_BLOCKS(INODE_LOCK)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s27_blind",
		.title = "the same without E on the source",
		.setup = s27_blind_setup,
		.run = s27,
		.expect = {
			[RACE_NONE] = RACE_FAILS(REF_TO_FREED),
			RACE_INODE_LOCKS(RACE_BLOCKS(INODE_LOCK)),
			RACE_BOTH_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	},
	{ .name = NULL },
};
