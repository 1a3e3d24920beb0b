// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design dio_sem: direct IO, fsync and relocation as in Linux 4.9.
 *
 *   inode lock   taken for write by a direct write, which drops it at once
 *                (DW.5: the write is inside of the file), and by an fsync for
 *                all of its work (FS.2 to FS.10).  Direct reads do not take it.
 *   dio_sem      for read by a direct write from before its first mapping to
 *                the end of its submission, that is to its completion if it is
 *                synchronous (97dcdea076ec, "whole DIO"); for write by an fsync
 *                while it gathers, waits for IO_DONE and logs.
 *   dio_count    i_dio_count, for truncate; nobody waits for it here
 *   E            kept by a read from mapping to end of IO
 *   per group    reservations: extents allocated that no ordered extent shows
 *                yet; nocow_writers: the same for writes in place.  Relocation
 *                sets the group read-only, waits for both to become 0, in that
 *                order, and then for the ordered extents (f78c436c393).
 *
 * Relocation of a piece of the file takes the inode lock and dio_sem for write.
 * That is our mapping, so that "restructure a part of a file" has a form in both
 * designs; btrfs itself only tried the extent lock there.
 */
#include "iopath_internal.h"

static void dio_sem_count(struct iopath_io *io)
{
	struct dio_sem_inode *inode = &io->inode->dio_sem;

	atomic_inc(&inode->dio_count);
	iopath_hold(io->inode->fs, IOPATH_RES_DIO_COUNT, inode, io);
}

static void dio_sem_write_check(struct iopath_io *io)
{
	struct dio_sem_inode *inode = &io->inode->dio_sem;
	struct iopath_fs *fs = io->inode->fs;

	/* DW.1 to DW.5 */
	iopath_down_write(fs, &inode->inode_lock, IOPATH_RES_INODE_LOCK);
	dio_sem_count(io);
	iopath_up_write(fs, &inode->inode_lock, IOPATH_RES_INODE_LOCK);
}

static void dio_sem_write_begin(struct iopath_io *io)
{
	iopath_down_read(io->inode->fs, &io->inode->dio_sem.dio_sem,
			 IOPATH_RES_DIO_SEM);
}

/* From here on the completion counts the IO out. */
static void dio_sem_pass(struct iopath_io *io)
{
	iopath_pass(io->inode->fs, IOPATH_RES_DIO_COUNT, &io->inode->dio_sem,
		    io);
}

static void dio_sem_write_submitted(struct iopath_io *io)
{
	dio_sem_pass(io);
	if (!(io->internal & IOPATH_IO_SYNC))
		iopath_up_read(io->inode->fs, &io->inode->dio_sem.dio_sem,
			IOPATH_RES_DIO_SEM);
}

static void dio_sem_write_waited(struct iopath_io *io)
{
	iopath_up_read(io->inode->fs, &io->inode->dio_sem.dio_sem,
		       IOPATH_RES_DIO_SEM);
}

static void dio_sem_complete(struct iopath_io *io)
{
	struct dio_sem_inode *inode = &io->inode->dio_sem;

	iopath_unhold(io->inode->fs, IOPATH_RES_DIO_COUNT, inode, io);
	atomic_dec(&inode->dio_count);
}

/* bg->lock, held by the caller, makes "not read-only" and the count one step */
static bool dio_sem_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	lockdep_assert_held(&bg->lock);
	bg->dio_sem.reservations++;
	iopath_hold(oe->inode->fs, IOPATH_RES_RESERVATIONS, bg, oe);
	return true;
}

static bool dio_sem_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	lockdep_assert_held(&bg->lock);
	if (bg->ro)
		return false;
	bg->dio_sem.nocow_writers++;
	iopath_hold(oe->inode->fs, IOPATH_RES_NOCOW_WRITERS, bg, oe);
	return true;
}

static void dio_sem_disk_inserted(struct iopath_oe *oe)
{
	struct iopath_bg *bg = oe->bg;
	bool nocow = oe->type == IOPATH_OE_NOCOW;
	u32 *count = nocow ? &bg->dio_sem.nocow_writers :
			     &bg->dio_sem.reservations;
	bool last;

	iopath_unhold(oe->inode->fs, nocow ? IOPATH_RES_NOCOW_WRITERS :
					     IOPATH_RES_RESERVATIONS, bg, oe);
	spin_lock(&bg->lock);
	last = !--*count;
	last = last && bg->ro;
	spin_unlock(&bg->lock);
	if (last)
		wake_up_all(&bg->dio_sem.wait);
}

static void dio_sem_disk_complete(struct iopath_oe *oe)
{
}

static void dio_sem_read_begin(struct iopath_io *io)
{
	dio_sem_count(io);
}

/* E stays until the data is there; another task will release it */
static void dio_sem_read_mapped(struct iopath_read *read)
{
	iopath_range_disown(read->io->inode->fs, &read->io->inode->extent_lock,
			    &read->extent, IOPATH_RES_EXTENT_RANGE);
}

static void dio_sem_read_submitted(struct iopath_io *io)
{
	dio_sem_pass(io);
}

static void dio_sem_read_piece_done(struct iopath_read *read)
{
	iopath_range_release(read->io->inode->fs, &read->io->inode->extent_lock,
			     &read->extent, IOPATH_RES_EXTENT_RANGE);
}

static void dio_sem_exclude_writes(struct iopath_sync *sync)
{
	iopath_down_write(sync->inode->fs, &sync->inode->dio_sem.dio_sem,
			  IOPATH_RES_DIO_SEM);
}

static void dio_sem_admit_writes(struct iopath_sync *sync)
{
	iopath_up_write(sync->inode->fs, &sync->inode->dio_sem.dio_sem,
			IOPATH_RES_DIO_SEM);
}

/*
 * FS.7 gathers all modified extent maps of the inode, whatever range the fsync
 * was asked for, and logs them; so it is the ordered extents of all of them that
 * it has to wait for.  (Reconstruction: FS.8 of 4.9 looks for ordered extents in
 * the range only, which on its own would log a write in flight outside of it.)
 */
static void dio_sem_fsync_enter(struct iopath_sync *sync)
{
	sync->start = 0;
	sync->last = sync->inode->fs->layout.file_blocks - 1;
	iopath_down_write(sync->inode->fs, &sync->inode->dio_sem.inode_lock,
			  IOPATH_RES_INODE_LOCK);
	if (sync->era->exclude_first)
		dio_sem_exclude_writes(sync);
}

static void dio_sem_fsync_gather(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		dio_sem_exclude_writes(sync);
}

static void dio_sem_fsync_gathered(struct iopath_sync *sync)
{
	iopath_assert_held_write(sync->inode->fs,
				 &sync->inode->dio_sem.dio_sem);
}

static void dio_sem_fsync_logged(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		dio_sem_admit_writes(sync);
}

static void dio_sem_fsync_leave(struct iopath_sync *sync)
{
	if (sync->era->exclude_first)
		dio_sem_admit_writes(sync);
	iopath_up_write(sync->inode->fs, &sync->inode->dio_sem.inode_lock,
			IOPATH_RES_INODE_LOCK);
}

static u32 bg_count(struct iopath_bg *bg, const u32 *count)
{
	u32 value;

	spin_lock(&bg->lock);
	value = *count;
	spin_unlock(&bg->lock);
	return value;
}

static inline bool bg_has_no_reservations(void *data)
{
	struct iopath_bg *bg = data;

	return !bg_count(bg, &bg->dio_sem.reservations);
}

static inline bool bg_has_no_nocow_writers(void *data)
{
	struct iopath_bg *bg = data;

	return !bg_count(bg, &bg->dio_sem.nocow_writers);
}

static void dio_sem_reloc_drain(struct iopath_reloc *reloc)
{
	struct iopath_bg *bg = reloc->bg;

	/* RL.2, RL.3: afterwards every old write has an ordered extent */
	iopath_wait(reloc->fs, &bg->dio_sem.wait, IOPATH_RES_RESERVATIONS, bg,
		    bg_has_no_reservations, bg);
	iopath_wait(reloc->fs, &bg->dio_sem.wait, IOPATH_RES_NOCOW_WRITERS, bg,
		    bg_has_no_nocow_writers, bg);
	/* RL.4: afterwards every old write has its data on the device */
	iopath_oe_wait_disk(reloc->fs, bg->first,
			    iopath_bg_last(reloc->fs, bg));
}

static void dio_sem_reloc_piece(struct iopath_reloc *reloc)
{
	iopath_down_write(reloc->fs, &reloc->inode->dio_sem.inode_lock,
			  IOPATH_RES_INODE_LOCK);
	iopath_down_write(reloc->fs, &reloc->inode->dio_sem.dio_sem,
			  IOPATH_RES_DIO_SEM);
}

static void dio_sem_reloc_piece_done(struct iopath_reloc *reloc)
{
	iopath_up_write(reloc->fs, &reloc->inode->dio_sem.dio_sem,
			IOPATH_RES_DIO_SEM);
	iopath_up_write(reloc->fs, &reloc->inode->dio_sem.inode_lock,
			IOPATH_RES_INODE_LOCK);
}

static void dio_sem_reloc_done(struct iopath_reloc *reloc)
{
}

static void dio_sem_op_enter(struct iopath_op *op)
{
	iopath_down_write(op->inode->fs, &op->inode->dio_sem.inode_lock,
			  IOPATH_RES_INODE_LOCK);
}

static void dio_sem_op_leave(struct iopath_op *op)
{
	iopath_up_write(op->inode->fs, &op->inode->dio_sem.inode_lock,
			IOPATH_RES_INODE_LOCK);
}

static bool dio_sem_inode_is_idle(struct dio_sem_inode *inode)
{
	if (!down_write_trylock(&inode->inode_lock))
		return false;
	up_write(&inode->inode_lock);
	if (!down_write_trylock(&inode->dio_sem))
		return false;
	up_write(&inode->dio_sem);
	return !atomic_read(&inode->dio_count);
}

static bool dio_sem_is_idle(struct iopath_fs *fs)
{
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		if (!dio_sem_inode_is_idle(&fs->inodes[ino].dio_sem))
			return false;
	return true;
}

const struct iopath_design_ops iopath_design_dio_sem = {
	.name = "dio_sem",
	.write_check = dio_sem_write_check,
	.write_begin = dio_sem_write_begin,
	.write_submitted = dio_sem_write_submitted,
	.write_complete = dio_sem_complete,
	.write_waited = dio_sem_write_waited,
	.alloc_enter = dio_sem_alloc_enter,
	.nocow_enter = dio_sem_nocow_enter,
	.disk_inserted = dio_sem_disk_inserted,
	.disk_complete = dio_sem_disk_complete,
	.read_begin = dio_sem_read_begin,
	.read_mapped = dio_sem_read_mapped,
	.read_submitted = dio_sem_read_submitted,
	.read_piece_done = dio_sem_read_piece_done,
	.read_complete = dio_sem_complete,
	.fsync_enter = dio_sem_fsync_enter,
	.fsync_gather = dio_sem_fsync_gather,
	.fsync_gathered = dio_sem_fsync_gathered,
	.fsync_logged = dio_sem_fsync_logged,
	.fsync_leave = dio_sem_fsync_leave,
	.reloc_drain = dio_sem_reloc_drain,
	.reloc_piece = dio_sem_reloc_piece,
	.reloc_piece_done = dio_sem_reloc_piece_done,
	.reloc_done = dio_sem_reloc_done,
	.op_enter = dio_sem_op_enter,
	.op_leave = dio_sem_op_leave,
	.is_idle = dio_sem_is_idle,
};
