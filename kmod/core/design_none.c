// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design none: no exclusion between paths.  Broken on purpose; the tests
 * must catch it, or they prove nothing about the other two.  What is left is
 * what the objects themselves need: E around a mapping, the order of a
 * completion, transactions.
 */
#include "iopath_internal.h"

static void none_io(struct iopath_io *io)
{
}

static bool none_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	return true;
}

static void none_oe(struct iopath_oe *oe)
{
}

static void none_read_mapped(struct iopath_read *read)
{
	iopath_range_release(read->io->inode->fs, &read->io->inode->extent_lock,
			     &read->extent, IOPATH_RES_EXTENT_RANGE);
}

static void none_read_piece_done(struct iopath_read *read)
{
}

static void none_sync(struct iopath_sync *sync)
{
}

static void none_reloc(struct iopath_reloc *reloc)
{
}

static void none_op(struct iopath_op *op)
{
}

static bool none_is_idle(struct iopath_fs *fs)
{
	return true;
}

const struct iopath_design_ops iopath_design_none = {
	.name = "none",
	.write_check = none_io,
	.write_begin = none_io,
	.write_submitted = none_io,
	.write_complete = none_io,
	.write_waited = none_io,
	.alloc_enter = none_enter,
	.nocow_enter = none_enter,
	.disk_inserted = none_oe,
	.disk_complete = none_oe,
	.read_begin = none_io,
	.read_mapped = none_read_mapped,
	.read_submitted = none_io,
	.read_piece_done = none_read_piece_done,
	.read_complete = none_io,
	.fsync_enter = none_sync,
	.fsync_gather = none_sync,
	.fsync_gathered = none_sync,
	.fsync_logged = none_sync,
	.fsync_leave = none_sync,
	.reloc_drain = none_reloc,
	.reloc_piece = none_reloc,
	.reloc_piece_done = none_reloc,
	.reloc_done = none_reloc,
	.op_enter = none_op,
	.op_leave = none_op,
	.is_idle = none_is_idle,
};
