// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * S1, S2: an fsync beside a direct write, in all orders of insertion and
 * gathering.  A race exists iff the fsync can see the extent map of a write
 * without its ordered extent; then it logs blocks that nobody has written:
 *
 *   write inserts   fsync gathers
 *   em, OE          OE, em          race      before 4.5        S1
 *   em, OE          em, OE          race      4.7 without lock  S2
 *   OE, em          OE, em          race
 *   OE, em          em, OE          safe
 *   OE, em          OE, em, OE      safe      4.5, de0ee0edb21f
 *
 * With any lock around both pairs every row is safe.
 *
 * S4: the lock must cover more than the pair.  A write of two extents submits
 * the first one only after it has mapped the second.  If it gives the lock back
 * in between, an fsync takes it, waits for the first extent, and the write
 * waits for the lock.
 */
#include "race.h"

/* Gather ordered extents, then the extent map comes, gather extent maps. */
static void s1(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_run_to(writer, IOPATH_DW_EM_INSERTED);
	race_run_to(syncer, IOPATH_FS_EMS);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_sync_and_crash(syncer);
}

static void s1_setup(struct race *r)
{
	r->knobs.gather_oes_first = true;
}

static void s1_nodatasum_setup(struct race *r)
{
	s1_setup(r);
	race_nodatasum(r);
}

/* The extent map comes, gather both, the ordered extent comes. */
static void s2(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_run_to(writer, IOPATH_DW_EM_INSERTED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_sync_and_crash(syncer);
}

/* Gather ordered extents, then both come, gather extent maps. */
static void oe_em_vs_oe_em(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_run_to(writer, IOPATH_DW_MAPPED);
	race_run_to(syncer, IOPATH_FS_OES);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_sync_and_crash(syncer);
}

static void oe_em_vs_oe_em_setup(struct race *r)
{
	r->knobs.insert_oe_first = true;
	r->knobs.gather_oes_first = true;
}

/* The ordered extent comes, gather extent maps, the extent map comes. */
static void oe_em_vs_em_oe(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_run_to(writer, IOPATH_DW_OE_INSERTED);
	race_run_to(syncer, IOPATH_FS_EMS);
	race_run_to(writer, IOPATH_DW_SUBMIT);
	race_sync_and_crash(syncer);
}

static void oe_em_vs_em_oe_setup(struct race *r)
{
	r->knobs.insert_oe_first = true;
}

static void oe_em_vs_oe_em_oe_setup(struct race *r)
{
	oe_em_vs_oe_em_setup(r);
	r->knobs.gather_oes_again = true;
}

/*
 * A write of two pieces is between them, the fsync waits for the first one.
 */
static void s4(struct race *r)
{
	struct race_task *writer = race_write(r, 0, 4, 0);
	struct race_task *syncer = race_fsync(r, 0, 0);

	race_run_to(writer, IOPATH_DW_UNLOCKED);
	race_run(syncer);
	race_run(writer);
}

static void s4_setup(struct race *r)
{
	r->knobs.run_blocks = 2;
}

static void s4_per_piece_setup(struct race *r)
{
	s4_setup(r);
	r->knobs.hold_per_piece = true;
}

#define LOCKS_BLOCK                                                     \
	[RACE_SEM_WHOLE] = RACE_BLOCKS(DIO_SEM),                        \
	RACE_FILE_RANGES(RACE_BLOCKS(FILE_RANGE))

/*
 * The helper's dio_sem is taken around the pair only, so that of range-b: where
 * the write is parked before the pair, the fsync comes first and the write has
 * to wait; the first wait is that of the fsync for the write or the reverse.
 */
#define PAIR_BLOCKS                                                     \
	[RACE_SEM_HELPER] = RACE_BLOCKS(DIO_SEM),                       \
	[RACE_RANGE_B] = RACE_BLOCKS(EXTENT_RANGE)

const struct race_row race_rows_fsync[] = {
	{
		.name = "s1",
		.title = "write em,OE; fsync OE,em",
		.setup = s1_setup,
		.run = s1,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "s1_nodatasum",
		.title = "the same without checksums",
		.setup = s1_nodatasum_setup,
		.run = s1,
		.expect = {
			[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "s2",
		.title = "write em,OE; fsync em,OE",
		.run = s2,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "s2_nodatasum",
		.title = "the same without checksums",
		.setup = race_nodatasum,
		.run = s2,
		.expect = {
			[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "order_oe_em_oe_em",
		.title = "write OE,em; fsync OE,em",
		.setup = oe_em_vs_oe_em_setup,
		.run = oe_em_vs_oe_em,
		.expect = {
			[RACE_NONE] = RACE_FAILS(CSUM_MISSING),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "order_oe_em_em_oe",
		.title = "write OE,em; fsync em,OE",
		.setup = oe_em_vs_em_oe_setup,
		.run = oe_em_vs_em_oe,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "order_oe_em_oe_em_oe",
		.title = "write OE,em; fsync OE,em,OE",
		.setup = oe_em_vs_oe_em_oe_setup,
		.run = oe_em_vs_oe_em,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			LOCKS_BLOCK, PAIR_BLOCKS,
		},
	}, {
		.name = "s4",
		.title = "write of two pieces; fsync between them",
		.setup = s4_setup,
		.run = s4,
		.expect = {
			[RACE_NONE] = RACE_BLOCKS(OE),
			[RACE_SEM_HELPER] = RACE_DEADLOCKS,
			[RACE_RANGE_B] = RACE_BLOCKS(OE),
			LOCKS_BLOCK,
		},
	}, {
		.name = "s4_per_piece",
		.title = "F held per mapping, like dio_sem at first",
		.setup = s4_per_piece_setup,
		.run = s4,
		.expect = { [RACE_RANGE_C] = RACE_DEADLOCKS },
	},
	{ .name = NULL },
};
