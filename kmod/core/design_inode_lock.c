// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The locks and counters of the dio_sem era, Linux 4.9, but for dio_sem itself.
 * The designs dio_sem, dio_sem-helper, range-b and range-c have them in common.
 *
 *   inode lock   for write, by everything that changes the file.  A direct
 *                write inside of the size drops it at once (DW.5), one beyond
 *                the size keeps it to the end of its submission (DW.18), that
 *                is to its completion if it is synchronous.  An fsync keeps it
 *                from FS.2 to FS.10.  Not taken by direct and buffered reads,
 *                nor by faults: the lock that later kernels have for those
 *                (i_mmap_lock, 5.13) did not exist.
 *   dio_count    i_dio_count: direct IOs from DW.4 to completion.  A truncate
 *                waits for 0; meanwhile dio_locked makes new direct reads take
 *                the inode lock, or it might wait for ever.
 *   E            kept by a read from mapping to end of IO
 *   per group    reservations: extents allocated that no ordered extent shows
 *                yet; nocow_writers: the same for writes in place.  Relocation
 *                sets the group read-only, waits for both to become 0, in that
 *                order, and then for the ordered extents (f78c436c393).
 */
#include "design_internal.h"

static void lock_inode(struct iopath_inode *inode)
{
	iopath_down_write(inode->fs, &inode->dio_sem.inode_lock,
			  IOPATH_RES_INODE_LOCK);
}

static void unlock_inode(struct iopath_inode *inode)
{
	iopath_up_write(inode->fs, &inode->dio_sem.inode_lock,
			IOPATH_RES_INODE_LOCK);
}

void design_dio_begin(struct iopath_io *io)
{
	struct dio_sem_inode *locks = &io->inode->dio_sem;

	/* full barrier: pairs with the one in design_dio_wait() */
	atomic_inc_return(&locks->dio_count);
	iopath_hold(io->inode->fs, IOPATH_RES_DIO_COUNT, locks, io);
}

void design_dio_pass(struct iopath_io *io)
{
	iopath_pass(io->inode->fs, IOPATH_RES_DIO_COUNT, &io->inode->dio_sem,
		    io);
}

void design_dio_end(struct iopath_io *io)
{
	struct dio_sem_inode *locks = &io->inode->dio_sem;

	iopath_unhold(io->inode->fs, IOPATH_RES_DIO_COUNT, locks, io);
	/* full barrier: pairs with the one in design_dio_wait() */
	if (!atomic_dec_return(&locks->dio_count) &&
	    unlikely(READ_ONCE(locks->dio_locked)))
		wake_up_all(&locks->dio_wait);
}

static bool dio_count_is_zero(void *locks)
{
	return !atomic_read(&((struct dio_sem_inode *)locks)->dio_count);
}

void design_dio_wait(struct iopath_inode *inode)
{
	struct dio_sem_inode *locks = &inode->dio_sem;

	if (unlikely(inode->fs->knobs.truncate_no_wait))
		return;
	WRITE_ONCE(locks->dio_locked, 1);
	/*
	 * Whoever counts itself in or out from here on sees dio_locked, or is
	 * seen in dio_count.
	 */
	smp_mb();
	iopath_wait(inode->fs, &locks->dio_wait, IOPATH_RES_DIO_COUNT, locks,
		    dio_count_is_zero, locks);
	WRITE_ONCE(locks->dio_locked, 0);
}

/* DW.1 to DW.5 */
void design_counted_write_check(struct iopath_io *io)
{
	lock_inode(io->inode);
	design_dio_begin(io);
	iopath_io_place(io);
	if (io->pos + io->len > iopath_size(io->inode))
		io->internal |= IOPATH_IO_EXTENDS;
	else
		unlock_inode(io->inode);
}

void design_counted_write_waited(struct iopath_io *io)
{
	if (io->internal & IOPATH_IO_EXTENDS)
		unlock_inode(io->inode);
}

void design_counted_write_submitted(struct iopath_io *io)
{
	design_dio_pass(io);
	if (!(io->internal & IOPATH_IO_SYNC))
		design_counted_write_waited(io);
}

void design_counted_read_begin(struct iopath_io *io)
{
	design_dio_begin(io);
	if (likely(!READ_ONCE(io->inode->dio_sem.dio_locked)) ||
	    unlikely(io->inode->fs->knobs.reads_pass_truncate))
		return;
	design_dio_end(io);
	lock_inode(io->inode);
	design_dio_begin(io);
	io->internal |= IOPATH_IO_LOCKED;
}

void design_counted_read_submitted(struct iopath_io *io)
{
	design_dio_pass(io);
	if (io->internal & IOPATH_IO_LOCKED)
		unlock_inode(io->inode);
}

/* another task will release it */
void design_read_keep_extent(struct iopath_read *read)
{
	iopath_range_disown(read->io->inode->fs, &read->io->inode->extent_lock,
			    &read->extent, IOPATH_RES_EXTENT_RANGE);
}

/* bg->lock, held by the caller, makes "not read-only" and the count one step */
bool design_counted_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	lockdep_assert_held(&bg->lock);
	bg->dio_sem.reservations++;
	iopath_hold(oe->inode->fs, IOPATH_RES_RESERVATIONS, bg, oe);
	return true;
}

bool design_counted_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	lockdep_assert_held(&bg->lock);
	if (bg->ro)
		return false;
	bg->dio_sem.nocow_writers++;
	iopath_hold(oe->inode->fs, IOPATH_RES_NOCOW_WRITERS, bg, oe);
	return true;
}

void design_counted_disk_inserted(struct iopath_oe *oe)
{
	struct iopath_bg *bg = oe->bg;
	bool nocow = oe->type != IOPATH_OE_REGULAR;
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

static u32 bg_count(struct iopath_bg *bg, const u32 *count)
{
	u32 value;

	spin_lock(&bg->lock);
	value = *count;
	spin_unlock(&bg->lock);
	return value;
}

static bool bg_has_no_reservations(void *data)
{
	struct iopath_bg *bg = data;

	return !bg_count(bg, &bg->dio_sem.reservations);
}

static bool bg_has_no_nocow_writers(void *data)
{
	struct iopath_bg *bg = data;

	return !bg_count(bg, &bg->dio_sem.nocow_writers);
}

void design_counted_reloc_drain(struct iopath_reloc *reloc)
{
	struct iopath_bg *bg = reloc->bg;
	struct iopath_fs *fs = reloc->fs;

	if (unlikely(fs->knobs.reloc_oes_first))
		iopath_oe_wait_group(fs, bg);
	/* RL.2, RL.3: afterwards every old write has an ordered extent */
	iopath_wait(fs, &bg->dio_sem.wait, IOPATH_RES_RESERVATIONS, bg,
		    bg_has_no_reservations, bg);
	iopath_wait(fs, &bg->dio_sem.wait, IOPATH_RES_NOCOW_WRITERS, bg,
		    bg_has_no_nocow_writers, bg);
	/* RL.4: afterwards every old write has its data on the device */
	if (likely(!fs->knobs.reloc_oes_first))
		iopath_oe_wait_group(fs, bg);
}

/*
 * FS.7 gathers all modified extent maps of the inode, whatever range the fsync
 * was asked for, and logs them; so it is the ordered extents of all of them that
 * it has to wait for.  (Reconstruction: FS.8 of 4.9 looks for ordered extents in
 * the range only, which on its own would log a write in flight outside of it.)
 */
void design_inode_lock_fsync_enter(struct iopath_sync *sync)
{
	sync->start = 0;
	sync->last = sync->inode->fs->layout.file_blocks - 1;
	lock_inode(sync->inode);
}

void design_inode_lock_fsync_leave(struct iopath_sync *sync)
{
	unlock_inode(sync->inode);
}

/*
 * That is our mapping, so that "restructure a part of a file" has a form in all
 * designs; btrfs itself only tried the extent lock there.
 */
void design_inode_lock_reloc_piece(struct iopath_reloc *reloc)
{
	lock_inode(reloc->inode);
}

void design_inode_lock_reloc_piece_done(struct iopath_reloc *reloc)
{
	unlock_inode(reloc->inode);
}

static bool op_takes_inode_lock(enum iopath_op_kind kind)
{
	return kind != IOPATH_OP_BUFFERED_READ && kind != IOPATH_OP_FAULT &&
	       kind != IOPATH_OP_READ_FAULT && kind != IOPATH_OP_FIEMAP;
}

void design_inode_lock_op_enter(struct iopath_op *op)
{
	struct iopath_inode *inode = op->inode;

	if (!op_takes_inode_lock(op->kind))
		return;
	lock_inode(inode);
	if (op->with)
		lock_inode(op->with->inode);
	if (op->kind == IOPATH_OP_TRUNCATE)
		design_dio_wait(inode);
	op->extends = op->kind == IOPATH_OP_BUFFERED_WRITE &&
		      op->last >= iopath_size(inode);
}

void design_inode_lock_op_leave(struct iopath_op *op)
{
	struct iopath_inode *inode = op->inode;

	if (!op_takes_inode_lock(op->kind))
		return;
	if (op->with)
		unlock_inode(op->with->inode);
	unlock_inode(inode);
}

static bool rwsem_is_idle(struct rw_semaphore *sem)
{
	if (!down_write_trylock(sem))
		return false;
	up_write(sem);
	return true;
}

bool design_counted_is_idle(struct iopath_fs *fs)
{
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++) {
		struct dio_sem_inode *locks = &fs->inodes[ino].dio_sem;

		if (!rwsem_is_idle(&locks->inode_lock) ||
		    !rwsem_is_idle(&locks->dio_sem) ||
		    atomic_read(&locks->dio_count))
			return false;
	}
	return true;
}
