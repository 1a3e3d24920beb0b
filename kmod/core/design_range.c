// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design range: one range lock on file bytes (F), one on disk bytes (D).
 *
 *   F write        a direct write, its range, from before the first mapping
 *                  until all of its ordered extents are COMPLETE; the completion
 *                  releases it, in another task
 *   F read         a direct read, its range, to the end of IO; E only for the
 *                  mapping
 *   F log          an fsync, its range: granted when no write of the range is in
 *                  flight, so there is nothing to wait for, and the others go on
 *   F restructure  relocation, the part of the file that it moves
 *   D shared       an extent that is being written, from the choice of the
 *                  extent until COMPLETE; always by try
 *   D exclusive    relocation, the block group: granted when the last old write
 *                  has landed
 *
 * Gone: inode lock, dio_sem, i_dio_count, reservations, nocow_writers, and the
 * waits for ordered extents in fsync and relocation.  bg->ro stays, but it only
 * tells the allocator where not to look.
 *
 * Order: D exclusive -> F -> E -> handle -> D shared (try).  A write that does
 * not get D copies, or takes another group, and never waits for a relocation,
 * which may be waiting for its F.
 */
#include "iopath_internal.h"

static void range_lock_io(struct iopath_io *io, unsigned int mode)
{
	iopath_range_acquire(io->inode->fs, &io->inode->range.file, &io->range,
			     io->pos, io->pos + io->len - 1, mode,
			     IOPATH_RES_FILE_RANGE);
}

static void range_write_check(struct iopath_io *io)
{
}

static void range_write_begin(struct iopath_io *io)
{
	range_lock_io(io, RANGELOCK_WRITE);
}

/*
 * From here on the completion answers for F.  It cannot be releasing it yet:
 * the submitter still counts as a pending part of the IO.
 */
static void range_submitted(struct iopath_io *io)
{
	iopath_range_disown(io->inode->fs, &io->inode->range.file, &io->range,
			    IOPATH_RES_FILE_RANGE);
}

static void range_complete(struct iopath_io *io)
{
	iopath_range_release(io->inode->fs, &io->inode->range.file, &io->range,
			     IOPATH_RES_FILE_RANGE);
}

static void range_write_waited(struct iopath_io *io)
{
}

static bool range_disk_try(struct iopath_oe *oe)
{
	struct iopath_fs *fs = oe->inode->fs;

	if (iopath_range_try(fs, &fs->disk_lock, &oe->range,
			     iopath_first_byte(oe->disk.start),
			     iopath_last_byte(oe->disk.last), RANGELOCK_SHARED,
			     IOPATH_RES_DISK_RANGE))
		return false;
	iopath_range_disown(fs, &fs->disk_lock, &oe->range,
			    IOPATH_RES_DISK_RANGE);
	return true;
}

/* The group is not read-only, and bg->lock keeps it so: nobody asks for D. */
static bool range_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	bool ok = range_disk_try(oe);

	lockdep_assert_held(&bg->lock);
	iopath_warn_on(oe->inode->fs, !ok);
	return ok;
}

static bool range_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	return range_disk_try(oe);
}

static void range_disk_inserted(struct iopath_oe *oe)
{
}

static void range_disk_complete(struct iopath_oe *oe)
{
	iopath_range_release(oe->inode->fs, &oe->inode->fs->disk_lock,
			     &oe->range, IOPATH_RES_DISK_RANGE);
}

static void range_read_begin(struct iopath_io *io)
{
	range_lock_io(io, RANGELOCK_READ);
}

static void range_read_mapped(struct iopath_read *read)
{
	iopath_range_release(read->io->inode->fs, &read->io->inode->extent_lock,
			     &read->extent, IOPATH_RES_EXTENT_RANGE);
}

static void range_read_piece_done(struct iopath_read *read)
{
}

static void range_fsync_enter(struct iopath_sync *sync)
{
	iopath_range_acquire(sync->inode->fs, &sync->inode->range.file,
			     &sync->range, iopath_first_byte(sync->start),
			     iopath_last_byte(sync->last), RANGELOCK_LOG,
			     IOPATH_RES_FILE_RANGE);
}

static void range_fsync_gather(struct iopath_sync *sync)
{
}

/*
 * F is held by writes to completion: no direct write is in flight in the range.
 * Writeback does not take F, and may not be COMPLETE.
 */
static void range_fsync_gathered(struct iopath_sync *sync)
{
	struct iopath_oe *oe;

	list_for_each_entry(oe, &sync->oes, gather)
		iopath_warn_on(sync->inode->fs,
			       !(oe->io->internal & IOPATH_IO_WRITEBACK));
}

static void range_fsync_logged(struct iopath_sync *sync)
{
}

static void range_fsync_leave(struct iopath_sync *sync)
{
	iopath_range_release(sync->inode->fs, &sync->inode->range.file,
			     &sync->range, IOPATH_RES_FILE_RANGE);
}

static void range_reloc_drain(struct iopath_reloc *reloc)
{
	struct iopath_bg *bg = reloc->bg;

	iopath_range_acquire(reloc->fs, &reloc->fs->disk_lock, &reloc->disk,
			     iopath_first_byte(bg->first),
			     iopath_last_byte(iopath_bg_last(reloc->fs, bg)),
			     RANGELOCK_EXCLUSIVE, IOPATH_RES_DISK_RANGE);
}

static void range_reloc_piece(struct iopath_reloc *reloc)
{
	iopath_range_acquire(reloc->fs, &reloc->inode->range.file,
			     &reloc->range, iopath_first_byte(reloc->start),
			     iopath_last_byte(reloc->last),
			     RANGELOCK_RESTRUCTURE, IOPATH_RES_FILE_RANGE);
}

static void range_reloc_piece_done(struct iopath_reloc *reloc)
{
	iopath_range_release(reloc->fs, &reloc->inode->range.file,
			     &reloc->range, IOPATH_RES_FILE_RANGE);
}

static void range_reloc_done(struct iopath_reloc *reloc)
{
	iopath_range_release(reloc->fs, &reloc->fs->disk_lock, &reloc->disk,
			     IOPATH_RES_DISK_RANGE);
}

static unsigned int range_op_mode(enum iopath_op_kind kind)
{
	switch (kind) {
	case IOPATH_OP_BUFFERED_READ:
	case IOPATH_OP_WALK:
		return RANGELOCK_READ;
	case IOPATH_OP_BUFFERED_WRITE:
		return RANGELOCK_WRITE;
	case IOPATH_OP_REFLINK_SOURCE:
		return RANGELOCK_REFLINK_SRC;
	default:
		return RANGELOCK_RESTRUCTURE;
	}
}

static void range_op_enter(struct iopath_op *op)
{
	iopath_range_acquire(op->inode->fs, &op->inode->range.file, &op->range,
			     op->start, op->last, range_op_mode(op->kind),
			     IOPATH_RES_FILE_RANGE);
}

static void range_op_leave(struct iopath_op *op)
{
	iopath_range_release(op->inode->fs, &op->inode->range.file, &op->range,
			     IOPATH_RES_FILE_RANGE);
}

/* a try of everything fails if anything is held or waited for */
static bool range_lock_is_idle(struct rangelock *lock, unsigned int mode)
{
	struct rangelock_req req;

	if (rangelock_try(lock, &req, 0, RANGELOCK_MAX, mode))
		return false;
	rangelock_release(lock, &req);
	return true;
}

static bool range_is_idle(struct iopath_fs *fs)
{
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		if (!range_lock_is_idle(&fs->inodes[ino].range.file,
					RANGELOCK_RESTRUCTURE))
			return false;
	return range_lock_is_idle(&fs->disk_lock, RANGELOCK_EXCLUSIVE);
}

const struct iopath_design_ops iopath_design_range = {
	.name = "range",
	.write_check = range_write_check,
	.write_begin = range_write_begin,
	.write_submitted = range_submitted,
	.write_complete = range_complete,
	.write_waited = range_write_waited,
	.alloc_enter = range_alloc_enter,
	.nocow_enter = range_nocow_enter,
	.disk_inserted = range_disk_inserted,
	.disk_complete = range_disk_complete,
	.read_begin = range_read_begin,
	.read_mapped = range_read_mapped,
	.read_submitted = range_submitted,
	.read_piece_done = range_read_piece_done,
	.read_complete = range_complete,
	.fsync_enter = range_fsync_enter,
	.fsync_gather = range_fsync_gather,
	.fsync_gathered = range_fsync_gathered,
	.fsync_logged = range_fsync_logged,
	.fsync_leave = range_fsync_leave,
	.reloc_drain = range_reloc_drain,
	.reloc_piece = range_reloc_piece,
	.reloc_piece_done = range_reloc_piece_done,
	.reloc_done = range_reloc_done,
	.op_enter = range_op_enter,
	.op_leave = range_op_leave,
	.is_idle = range_is_idle,
};
