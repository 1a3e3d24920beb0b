// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design none: no exclusion between paths.  Broken on purpose; the tests
 * must catch it, or they prove nothing about the others.  What is left is what
 * the objects themselves need: E around a mapping, the order of a completion,
 * transactions.
 *
 * The functions that do nothing are those of the other designs, too, for the
 * steps that they have nothing to do at.
 */
#include "design_internal.h"

void design_no_io(struct iopath_io *io)
{
}

void design_no_oe(struct iopath_oe *oe)
{
}

void design_no_sync(struct iopath_sync *sync)
{
}

void design_no_reloc(struct iopath_reloc *reloc)
{
}

void design_no_op(struct iopath_op *op)
{
}

void design_no_read(struct iopath_read *read)
{
}

void design_read_unlock_extent(struct iopath_read *read)
{
	iopath_extent_release(read->io->inode, &read->extent);
}

static void none_write_check(struct iopath_io *io)
{
	iopath_io_place(io);
	if (io->pos + io->len > iopath_size(io->inode))
		io->internal |= IOPATH_IO_EXTENDS;
}

static bool none_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	return true;
}

static void none_op_enter(struct iopath_op *op)
{
	op->extends = op->kind == IOPATH_OP_BUFFERED_WRITE &&
		      op->last >= iopath_size(op->inode);
}

static bool none_is_idle(struct iopath_fs *fs)
{
	return true;
}

const struct iopath_design_ops iopath_design_none = {
	.name = "none",
	.title = "nothing",
	/* not of the design: who has gathered an ordered extent waits for it */
	.needs = NEEDS(SYNC_WAIT),
	.write_check = none_write_check,
	.write_begin = design_no_io,
	.write_size_set = design_no_io,
	.insert_begin = design_no_oe,
	.insert_done = design_no_oe,
	.write_submitted = design_no_io,
	.write_complete = design_no_io,
	.write_waited = design_no_io,
	.alloc_enter = none_enter,
	.nocow_enter = none_enter,
	.disk_inserted = design_no_oe,
	.disk_complete = design_no_oe,
	.read_begin = design_no_io,
	.read_mapped = design_read_unlock_extent,
	.read_submitted = design_no_io,
	.read_piece_done = design_no_read,
	.read_complete = design_no_io,
	.fsync_enter = design_no_sync,
	.fsync_gather = design_no_sync,
	.fsync_gathered = design_no_sync,
	.fsync_logged = design_no_sync,
	.fsync_leave = design_no_sync,
	.reloc_drain = design_no_reloc,
	.reloc_piece = design_no_reloc,
	.reloc_piece_done = design_no_reloc,
	.reloc_done = design_no_reloc,
	.op_enter = none_op_enter,
	.op_size_set = design_no_op,
	.op_leave = design_no_op,
	.is_idle = none_is_idle,
};
