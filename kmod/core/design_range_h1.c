// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design range-h1: the range locks of design_range_lock.c, held to the end
 * of submission, as long as dio_sem was.
 *
 *   F  by direct IO from before the first mapping to the end of its submission,
 *      by a synchronous write to its completion
 *   D  by a direct write until its ordered extent is inserted
 *
 * What is in flight after that shows in ordered extents, which an fsync waits
 * for (IO_DONE), and relocation as well (COMPLETE).  Reads in flight show in E,
 * which they keep, and both in i_dio_count, which a truncate waits for.
 */
#include "design_internal.h"

/*
 * Count an IO that has F.  In this order, so that a truncate that has F waits
 * for nobody who waits for F.  While it waits, those in other parts of the file
 * are let in no more either: they queue behind it at the last byte of all, which
 * no direct IO has for itself, and begin again.  Return: whether it is counted.
 */
static bool h1_count(struct iopath_io *io)
{
	struct iopath_inode *inode = io->inode;

	design_dio_begin(io);
	if (likely(!READ_ONCE(inode->dio_sem.dio_locked)) ||
	    iopath_is_broken(inode->fs))
		return true;
	design_dio_end(io);
	design_file_unlock_io(io);
	design_file_lock(inode, &io->range, RANGELOCK_MAX, RANGELOCK_MAX,
			 RANGELOCK_READ);
	design_file_unlock_io(io);
	return false;
}

static void h1_write_begin(struct iopath_io *io)
{
	do
		design_file_lock_write(io);
	while (unlikely(!h1_count(io)));
}

static void h1_read_begin(struct iopath_io *io)
{
	do
		design_file_lock_read(io);
	while (unlikely(!h1_count(io)));
}

static void h1_write_submitted(struct iopath_io *io)
{
	design_dio_pass(io);
	if (!(io->internal & IOPATH_IO_SYNC))
		design_file_unlock_io(io);
}

static void h1_read_submitted(struct iopath_io *io)
{
	design_dio_pass(io);
	design_file_unlock_io(io);
}

static void h1_reloc_drain(struct iopath_reloc *reloc)
{
	design_range_reloc_drain(reloc);
	iopath_oe_wait_group(reloc->fs, reloc->bg);
}

static void h1_op_enter(struct iopath_op *op)
{
	design_range_op_enter(op);
	if (op->kind == IOPATH_OP_TRUNCATE)
		design_dio_wait(op->inode);
}

static bool h1_is_idle(struct iopath_fs *fs)
{
	return design_range_is_idle(fs) && design_counted_is_idle(fs);
}

const struct iopath_design_ops iopath_design_range_h1 = {
	.name = "range-h1",
	.title = "range locks on file and disk bytes, held for submission",
	.offered = true,
	.needs = DESIGN_RANGE_NEEDS | NEEDS(DIO_COUNT) | NEEDS(DIO_LOCKED) |
		 NEEDS(READ_EXTENT) | NEEDS(SYNC_WAIT) | NEEDS(RELOC_WAIT) |
		 NEEDS(DSYNC_SPLIT),
	DESIGN_RANGE_OPS,
	.write_begin = h1_write_begin,
	.write_submitted = h1_write_submitted,
	.write_complete = design_dio_end,
	.write_waited = design_file_unlock_io,
	.disk_inserted = design_disk_unlock,
	.disk_complete = design_no_oe,
	.read_begin = h1_read_begin,
	.read_mapped = design_read_keep_extent,
	.read_submitted = h1_read_submitted,
	.read_piece_done = design_read_unlock_extent,
	.read_complete = design_dio_end,
	.fsync_gathered = design_no_sync,
	.reloc_drain = h1_reloc_drain,
	.op_enter = h1_op_enter,
	.is_idle = h1_is_idle,
};
