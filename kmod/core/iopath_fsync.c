// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Fast fsync of the first era, Linux 4.7 to 4.18.  Labels as in the design
 * text: FS.1 to FS.12.
 *
 *   FS.2    design: inode lock, or F in mode "log" on the range
 *   FS.5    start a handle, log_mutex
 *   FS.6    design: dio_sem for write
 *   FS.7    gather the modified extent maps
 *   FS.8    gather the ordered extents that are not logged
 *   FS.9    wait for IO_DONE of those that have an extent map; log the items
 *   FS.10   drop everything
 *   FS.11   wait for IO_DONE of the others (in place); sync the log
 *
 * There is no page cache to flush (FS.1, FS.3).  With F held to completion
 * nothing can be gathered in FS.8 that FS.9 would have to wait for.  btrfs ends
 * its handle after FS.11; here it ends before, and the log knows when a commit
 * came in between.
 */
#include "iopath_internal.h"

/* FS.9, FS.11: wait for the data.  Return: 0, or -EIO if a write has failed. */
static int sync_wait_data(struct iopath_sync *sync, bool regular_only)
{
	struct iopath_oe *oe;
	int err = 0;

	list_for_each_entry(oe, &sync->oes, gather) {
		if (regular_only && oe->type != IOPATH_OE_REGULAR)
			continue;
		iopath_oe_wait(oe, IOPATH_OE_IO_DONE);
		if (smp_load_acquire(&oe->state) & IOPATH_OE_ERROR)
			err = -EIO;
	}
	return err;
}

/*
 * Nothing has been logged: the extent maps go back to the list of modified ones.
 * The ordered extents are waited for until they are COMPLETE, so that a commit
 * instead finds their items, and the next fsync its checksums in the tree.
 * Completion needs none of the locks that are held here, E is not.
 */
static void sync_give_up(struct iopath_sync *sync,
			 const struct iopath_extent *ems, u32 nr)
{
	struct iopath_oe *oe;
	u32 i;

	list_for_each_entry(oe, &sync->oes, gather)
		iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
	iopath_oe_release_list(sync->inode->fs, &sync->oes);
	for (i = 0; i < nr; i++)
		iopath_em_mark_modified(sync->inode, ems[i].node.start,
					ems[i].node.last);
}

/*
 * FS.7 to FS.9.  Return: 0 with a ticket, -ENOSPC if a commit has to do it, or
 * an error after which the next fsync tries again.
 */
static int sync_gather_and_log(struct iopath_sync *sync, u64 *ticket)
{
	struct iopath_inode *inode = sync->inode;
	struct iopath_fs *fs = inode->fs;
	struct iopath_extent *ems;
	u32 nr;
	int err;

	err = iopath_em_gather(inode, sync->start, sync->last, &ems, &nr);
	if (err)
		return err;
	iopath_step(fs, IOPATH_FS_EMS);
	iopath_oe_gather(inode, sync->start, sync->last, &sync->oes);
	iopath_step(fs, IOPATH_FS_OES);
	sync->ops->fsync_gathered(sync);
	err = sync_wait_data(sync, true);
	if (!err)
		err = iopath_log_append(inode, ems, nr, &sync->oes, ticket);
	if (!err)
		iopath_oe_mark_logged(fs, &sync->oes);
	else
		sync_give_up(sync, ems, nr);
	rlenv_free(ems);
	return err;
}

/* FS.2 to FS.10, with the locks taken and dropped. */
static int sync_log(struct iopath_sync *sync, u64 *ticket)
{
	struct iopath_inode *inode = sync->inode;
	struct iopath_fs *fs = inode->fs;
	int err;

	sync->ops->fsync_enter(sync);
	iopath_trans_start(fs);
	iopath_step(fs, IOPATH_FS_ENTERED);
	iopath_mutex_lock(fs, &inode->log_mutex, IOPATH_RES_LOG_MUTEX);
	sync->ops->fsync_gather(sync);
	iopath_admit(fs, IOPATH_INSIDE_FSYNC);
	err = sync_gather_and_log(sync, ticket);
	sync->ops->fsync_logged(sync);
	iopath_mutex_unlock(fs, &inode->log_mutex, IOPATH_RES_LOG_MUTEX);
	iopath_trans_stop(fs);
	sync->ops->fsync_leave(sync);
	iopath_step(fs, IOPATH_FS_LOGGED);
	return err;
}

/**
 * iopath_fsync_run() - make completed writes of a range durable
 * @inode: file
 * @ops:   design of the operation that this is a part of
 * @start: first file block
 * @last:  last file block
 *
 * Context: process context, sleeps; nothing is held.
 * Return: 0 or -errno.
 */
int iopath_fsync_run(struct iopath_inode *inode,
		     const struct iopath_design_ops *ops, u64 start, u64 last)
{
	struct iopath_sync sync = {
		.inode = inode,
		.ops = ops,
		.start = start,
		.last = last,
	};
	struct iopath_fs *fs = inode->fs;
	u64 ticket = 0;
	int err;

	INIT_LIST_HEAD(&sync.oes);
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	err = sync_log(&sync, &ticket);
	if (err == -ENOSPC) {
		iopath_count(fs, IOPATH_COUNT_LOG_FULL);
		err = iopath_trans_commit(fs);
	} else if (!err) {
		err = sync_wait_data(&sync, false);
		if (!err)
			err = iopath_log_sync(fs, ticket);
	}
	iopath_oe_release_list(fs, &sync.oes);
	iopath_depart(fs, IOPATH_INSIDE_FSYNC);
	iopath_count(fs, IOPATH_COUNT_FSYNCS);
	iopath_step(fs, IOPATH_FS_SYNCED);
	return err;
}

/**
 * iopath_fsync() - make completed writes of a range durable
 * @inode: file
 * @start: first byte
 * @last:  last byte, inclusive; U64_MAX for the end of the file
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL if @start is behind @last or behind the end of the file,
 * -EIO if a write in the range or the log failed, -EROFS after a failed commit.
 */
int iopath_fsync(struct iopath_inode *inode, u64 start, u64 last)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	u32 slot;
	int err;

	if (start > last || start >= fs->geo.file_bytes)
		return -EINVAL;
	last = min(last, fs->geo.file_bytes - 1);
	slot = iopath_gate_enter(fs, &ops);
	err = iopath_fsync_run(inode, ops, start >> IOPATH_BLOCK_SHIFT,
			       last >> IOPATH_BLOCK_SHIFT);
	iopath_gate_exit(fs, slot, ops);
	return err;
}
