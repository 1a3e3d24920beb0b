// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design range-c: F, the range lock on file bytes, in place of dio_sem, and
 * nothing else changed: the smallest step from dio_sem to a range lock.
 *
 *   dio_sem for read  -> F write on the range of the direct write, for as long:
 *                        to the end of submission, of a synchronous write to
 *                        its completion
 *   dio_sem for write -> F log on all of the file
 *
 * So two direct writes of one range exclude each other during submission, which
 * under dio_sem they did not.  All else is as in the dio_sem era,
 * design_inode_lock.c.
 */
#include "design_internal.h"

static bool holds_per_piece(const struct iopath_inode *inode)
{
	return unlikely(inode->fs->knobs.hold_per_piece);
}

static void range_c_write_begin(struct iopath_io *io)
{
	if (!holds_per_piece(io->inode))
		design_file_lock(io->inode, &io->range, io->pos,
				 io->pos + io->len - 1, RANGELOCK_WRITE);
}

static void unlock_whole(struct iopath_io *io)
{
	if (!holds_per_piece(io->inode))
		design_file_unlock_io(io);
}

static void range_c_write_waited(struct iopath_io *io)
{
	unlock_whole(io);
	design_counted_write_waited(io);
}

static void range_c_write_submitted(struct iopath_io *io)
{
	if (!(io->internal & IOPATH_IO_SYNC))
		unlock_whole(io);
	design_counted_write_submitted(io);
}

static void range_c_insert_begin(struct iopath_oe *oe)
{
	if (holds_per_piece(oe->inode))
		design_file_lock(oe->inode, &oe->io->range,
				 iopath_first_byte(oe->file.start),
				 iopath_last_byte(oe->file.last),
				 RANGELOCK_WRITE);
}

static void range_c_insert_done(struct iopath_oe *oe)
{
	if (holds_per_piece(oe->inode))
		design_file_unlock(oe->inode, &oe->io->range);
}

static void exclude_writes(struct iopath_sync *sync)
{
	design_file_lock(sync->inode, &sync->range, 0, RANGELOCK_MAX,
			 RANGELOCK_LOG);
}

static void admit_writes(struct iopath_sync *sync)
{
	design_file_unlock(sync->inode, &sync->range);
}

static void range_c_fsync_enter(struct iopath_sync *sync)
{
	design_inode_lock_fsync_enter(sync);
	if (sync->era->exclude_first)
		exclude_writes(sync);
}

static void range_c_fsync_gather(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		exclude_writes(sync);
}

static void range_c_fsync_logged(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		admit_writes(sync);
}

static void range_c_fsync_leave(struct iopath_sync *sync)
{
	if (sync->era->exclude_first)
		admit_writes(sync);
	design_inode_lock_fsync_leave(sync);
}

/* dio_sem for write, with the mode of those who change what is where */
static void range_c_reloc_piece(struct iopath_reloc *reloc)
{
	design_inode_lock_reloc_piece(reloc);
	design_range_reloc_piece(reloc);
}

static void range_c_reloc_piece_done(struct iopath_reloc *reloc)
{
	design_range_reloc_piece_done(reloc);
	design_inode_lock_reloc_piece_done(reloc);
}

static bool range_c_is_idle(struct iopath_fs *fs)
{
	return design_counted_is_idle(fs) && design_file_is_idle(fs);
}

const struct iopath_design_ops iopath_design_range_c = {
	.name = "range-c",
	.title = "inode lock, a range lock for dio_sem, counters",
	.offered = true,
	.needs = DESIGN_COUNTED_NEEDS | NEEDS(FILE_RANGE),
	DESIGN_COUNTED_OPS,
	.write_begin = range_c_write_begin,
	.insert_begin = range_c_insert_begin,
	.insert_done = range_c_insert_done,
	.write_submitted = range_c_write_submitted,
	.write_waited = range_c_write_waited,
	.fsync_enter = range_c_fsync_enter,
	.fsync_gather = range_c_fsync_gather,
	.fsync_gathered = design_no_sync,
	.fsync_logged = range_c_fsync_logged,
	.fsync_leave = range_c_fsync_leave,
	.reloc_piece = range_c_reloc_piece,
	.reloc_piece_done = range_c_reloc_piece_done,
	.is_idle = range_c_is_idle,
};
