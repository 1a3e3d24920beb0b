// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S9, S9d, S10: relocation beside direct writes.
 *
 * A write chooses its place on the device (DW.10) before its ordered extent is
 * there to be waited for (DW.12).  Relocation that comes in between sees nothing
 * of it, copies what the write is about to replace (S9), or leaves behind what
 * the write is about to add (S9d).  So the choice is counted, or it holds a
 * range of the device, until others can see the ordered extent or, better, until
 * the data is there.  The counters are worth nothing if the ordered extents are
 * waited for before them (S10).
 */
#include "race.h"

/* S9: the write has its place, relocation copies, the write lands. */
static void s9(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *mover = race_relocate(r, 0);

	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run_to(mover, IOPATH_RL_COPIED);
	race_hold_bios(r, true);
	race_run(writer);
	race_run(mover);
	race_end_bios(r, writer);
}

/*
 * The other way round: the group is being relocated when the write comes.  The
 * write has more than one piece, so that dio_sem in the helper deadlocks as in
 * S4: relocation of a part of the file takes it, and waits for the first piece.
 */
static void s9_reloc_first(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *mover = race_relocate(r, 0);

	race_run_to(mover, IOPATH_RL_DRAINED);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_run(mover);
	race_run(writer);
}

/*
 * S9d: a write into a hole of file 0 has its place in the group that is being
 * relocated because of file 1; file 0 has nothing there that relocation could
 * find.
 */
static void s9d(struct race *r)
{
	struct race_task *other = race_write(r, 0, 4, 0);
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *mover = race_relocate_group(r, 0);
	struct iopath_extent left;

	other->inode = iopath_file(r->fs, 1);
	race_run(other);
	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run_to(mover, IOPATH_RL_COPIED);
	race_run(writer);
	race_finish(r);
	if (iopath_item_in_bg(r->file, &r->fs->bgs[0], 0, &left))
		race_fail(r, IOPATH_CODE_EXTENT_LEFT_IN_REMOVED_BG);
}

static void s9d_setup(struct race *r)
{
	race_two_files(r);
	r->fill = false;
}

/*
 * S10: as S9, but all waits are there, in the wrong order.  Asynchronous, since
 * relocation of a piece takes dio_sem (our mapping), which a synchronous write
 * keeps until its data is there.
 */
static void s10(struct race *r)
{
	struct race_task *writer = race_aio_write(r, 0, 4, 0);
	struct race_task *mover = race_relocate(r, 0);

	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run(mover);
	race_hold_bios(r, true);
	race_run(writer);
	race_hold_bios(r, false);
	race_run(mover);
	race_end_bios(r, writer);
}

static void s10_setup(struct race *r)
{
	race_nocow(r);
	r->knobs.reloc_oes_first = true;
}

const struct race_row race_rows_reloc[] = {
	{
		.name = "s9",
		.title = "write in place chosen; relocation",
		.setup = race_nocow,
		.run = s9,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOST_ACKED_WRITE),
			RACE_INODE_LOCKS(RACE_BLOCKS(NOCOW_WRITERS)),
			RACE_BOTH_RANGES(RACE_BLOCKS(DISK_RANGE)),
		},
	}, {
		.name = "s9_reloc_first",
		.title = "relocation; write that has to copy",
		.setup = race_nocow,
		.run = s9_reloc_first,
		.expect = {
			[RACE_NONE] = RACE_FAILS(LOST_ACKED_WRITE),
			[RACE_SEM_HELPER] = RACE_DEADLOCKS,
			[RACE_SEM_WHOLE] = RACE_BLOCKS(DIO_SEM),
			[RACE_RANGE_B] = RACE_BLOCKS(OE),
			RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE)),
		},
	}, {
		.name = "s9d",
		.title = "new extent chosen; relocation",
		.setup = s9d_setup,
		.run = s9d,
		.expect = {
			[RACE_NONE] = RACE_FAILS(EXTENT_LEFT_IN_REMOVED_BG),
			RACE_INODE_LOCKS(RACE_BLOCKS(RESERVATIONS)),
			RACE_BOTH_RANGES(RACE_BLOCKS(DISK_RANGE)),
		},
	}, {
		.name = "s10",
		.title = "S9, OEs waited for before counters",
		.setup = s10_setup,
		.run = s10,
		.expect = {
			RACE_INODE_LOCKS(RACE_FAILS(LOST_ACKED_WRITE)),
		},
	},
	{ .name = NULL },
};
