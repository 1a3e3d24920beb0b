// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design dio_sem: direct IO, fsync and relocation as in Linux 4.9; and
 * dio_sem-helper, as it was between 5f9a8a51d8b and 97dcdea076ec.
 *
 * dio_sem is taken for write by an fsync while it gathers, waits for IO_DONE
 * and logs; for read by a direct write,
 *
 *   dio_sem         from before its first mapping to the end of its submission,
 *                   that is to its completion if it is synchronous
 *   dio_sem-helper  while it inserts the extent map and the ordered extent of a
 *                   piece.  An fsync that comes between two pieces waits for
 *                   the bio of the first, which is submitted after the second
 *                   has been mapped, which waits for the fsync (S4).
 *
 * The other locks are in design_inode_lock.c.  Relocation of a piece of the
 * file takes dio_sem for write, after the inode lock.
 */
#include "design_internal.h"

static void lock_shared(struct iopath_inode *inode)
{
	iopath_down_read(inode->fs, &inode->dio_sem.dio_sem,
			 IOPATH_RES_DIO_SEM);
}

static void unlock_shared(struct iopath_inode *inode)
{
	iopath_up_read(inode->fs, &inode->dio_sem.dio_sem, IOPATH_RES_DIO_SEM);
}

static void lock_exclusive(struct iopath_inode *inode)
{
	iopath_down_write(inode->fs, &inode->dio_sem.dio_sem,
			  IOPATH_RES_DIO_SEM);
}

static void unlock_exclusive(struct iopath_inode *inode)
{
	iopath_up_write(inode->fs, &inode->dio_sem.dio_sem,
			IOPATH_RES_DIO_SEM);
}

static void dio_sem_write_begin(struct iopath_io *io)
{
	lock_shared(io->inode);
}

static void dio_sem_write_waited(struct iopath_io *io)
{
	unlock_shared(io->inode);
	design_counted_write_waited(io);
}

static void dio_sem_write_submitted(struct iopath_io *io)
{
	if (!(io->internal & IOPATH_IO_SYNC))
		unlock_shared(io->inode);
	design_counted_write_submitted(io);
}

static void helper_insert_begin(struct iopath_oe *oe)
{
	lock_shared(oe->inode);
}

static void helper_insert_done(struct iopath_oe *oe)
{
	unlock_shared(oe->inode);
}

static void dio_sem_fsync_enter(struct iopath_sync *sync)
{
	design_inode_lock_fsync_enter(sync);
	if (sync->era->exclude_first)
		lock_exclusive(sync->inode);
}

static void dio_sem_fsync_gather(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		lock_exclusive(sync->inode);
}

static void dio_sem_fsync_gathered(struct iopath_sync *sync)
{
	iopath_assert_held_write(sync->inode->fs,
				 &sync->inode->dio_sem.dio_sem);
}

static void dio_sem_fsync_logged(struct iopath_sync *sync)
{
	if (!sync->era->exclude_first)
		unlock_exclusive(sync->inode);
}

static void dio_sem_fsync_leave(struct iopath_sync *sync)
{
	if (sync->era->exclude_first)
		unlock_exclusive(sync->inode);
	design_inode_lock_fsync_leave(sync);
}

static void dio_sem_reloc_piece(struct iopath_reloc *reloc)
{
	design_inode_lock_reloc_piece(reloc);
	lock_exclusive(reloc->inode);
}

static void dio_sem_reloc_piece_done(struct iopath_reloc *reloc)
{
	unlock_exclusive(reloc->inode);
	design_inode_lock_reloc_piece_done(reloc);
}

/* What does not depend on how long a direct write holds dio_sem. */
#define DIO_SEM_OPS                                                     \
	DESIGN_COUNTED_OPS,                                             \
	.needs = DESIGN_COUNTED_NEEDS | NEEDS(DIO_SEM),                 \
	.fsync_enter = dio_sem_fsync_enter,                             \
	.fsync_gather = dio_sem_fsync_gather,                           \
	.fsync_gathered = dio_sem_fsync_gathered,                       \
	.fsync_logged = dio_sem_fsync_logged,                           \
	.fsync_leave = dio_sem_fsync_leave,                             \
	.reloc_piece = dio_sem_reloc_piece,                             \
	.reloc_piece_done = dio_sem_reloc_piece_done,                   \
	.is_idle = design_counted_is_idle

const struct iopath_design_ops iopath_design_dio_sem = {
	.name = "dio_sem",
	.title = "inode lock, dio_sem over the whole direct IO, counters",
	.offered = true,
	DIO_SEM_OPS,
	.write_begin = dio_sem_write_begin,
	.insert_begin = design_no_oe,
	.insert_done = design_no_oe,
	.write_submitted = dio_sem_write_submitted,
	.write_waited = dio_sem_write_waited,
};

const struct iopath_design_ops iopath_design_dio_sem_helper = {
	.name = "dio_sem-helper",
	.title = "the same, dio_sem only around each insertion; deadlocks",
	DIO_SEM_OPS,
	.write_begin = design_no_io,
	.insert_begin = helper_insert_begin,
	.insert_done = helper_insert_done,
	.write_submitted = design_counted_write_submitted,
	.write_waited = design_counted_write_waited,
};
