// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S9e: dev-replace beside a write in place.
 *
 * A block group is copied to another device, while writes go to both.  Relocation
 * that misses a write loses it (S9); here the write is on both devices, and the
 * copy, read before and written after it, puts back the old data on one of them.
 * Nobody sees that until the other device is gone, so the devices are compared.
 */
#include "race.h"

static int task_replace(struct race_task *task)
{
	struct race *r = task->race;

	return r->mirror ? iopath_replace(r->fs, task->nr, r->mirror) : 0;
}

/* The group of the first block of the file, compared when all is done. */
static u32 group_of_file(struct race *r)
{
	struct iopath_extent item;

	if (iopath_item_lookup(r->file, 0, 0, &item))
		return iopath_bg_of(r->fs, item.block)->index;
	race_skip(r, "nothing to replace");
	return 0;
}

static struct race_task *race_replace(struct race *r)
{
	struct race_task *task = race_task(r, task_replace, NULL);

	race_mirror(r);
	if (task)
		task->nr = group_of_file(r);
	return task;
}

static void judge_mirror(struct race *r, u32 index)
{
	struct iopath_bg *bg = &r->fs->bgs[index];
	u64 block;

	race_finish(r);
	for (block = bg->first; r->mirror && !r->lost &&
	     block <= iopath_bg_last(r->fs, bg); block++)
		if (memcmp(iopath_ram_peek(r->ram, block),
			   iopath_ram_peek(r->mirror, block), BLK))
			race_fail(r, IOPATH_CODE_MIRROR_MISMATCH);
}

/* The write has its place, the group is read, the write lands. */
static void s9e(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *copier = race_replace(r);

	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run_to(copier, IOPATH_RP_READ);
	race_run(writer);
	race_run(copier);
	judge_mirror(r, copier->nr);
}

/* The write is in flight when the group is read. */
static void s9e_flight(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *copier = race_replace(r);

	race_hold_bios(r, true);
	race_run(writer);
	race_run_to(copier, IOPATH_RP_READ);
	race_end_bios(r, writer);
	race_run(copier);
	judge_mirror(r, copier->nr);
}

static void no_oes_setup(struct race *r)
{
	race_nocow(r);
	r->knobs.drain_no_oes = true;
}

const struct race_row race_rows_replace[] = {
	{
		.name = "s9e",
		.title = "write in place chosen; dev-replace",
		.setup = race_nocow,
		.run = s9e,
		.expect = {
			[RACE_NONE] = RACE_FAILS(MIRROR_MISMATCH),
			RACE_INODE_LOCKS(RACE_BLOCKS(NOCOW_WRITERS)),
			RACE_BOTH_RANGES(RACE_BLOCKS(DISK_RANGE)),
		},
	}, {
		.name = "s9e_flight",
		.title = "write in place in flight; dev-replace",
		.setup = race_nocow,
		.run = s9e_flight,
		.expect = {
			[RACE_NONE] = RACE_FAILS(MIRROR_MISMATCH),
			RACE_INODE_LOCKS(RACE_BLOCKS(OE)),
			[RACE_RANGE_H1] = RACE_BLOCKS(OE),
			[RACE_RANGE] = RACE_BLOCKS(DISK_RANGE),
		},
	}, {
		.name = "s9e_no_oes",
		.title = "the same, OEs are not waited for",
		.setup = no_oes_setup,
		.run = s9e_flight,
		.expect = {
			[RACE_NONE] = RACE_FAILS(MIRROR_MISMATCH),
			RACE_INODE_LOCKS(RACE_FAILS(MIRROR_MISMATCH)),
			[RACE_RANGE_H1] = RACE_FAILS(MIRROR_MISMATCH),
			[RACE_RANGE] = RACE_BLOCKS(DISK_RANGE),
		},
	},
	{ .name = NULL },
};
