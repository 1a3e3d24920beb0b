// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fsync.  Labels as in the design text: FS.1 to FS.12, here in the order of the
 * first era; iopath_fsync_era.c has what differs in the others, and
 * iopath_fsync_full.c what differs in a full fsync.
 *
 *   FS.1    write back the pages of the range, and wait
 *   FS.2    design: inode lock, or F in mode "log" on the range
 *   FS.3    write back again, for pages that became dirty in between; wait for
 *           what has to be COMPLETE
 *   FS.5    start a handle, log_mutex
 *   FS.6    design: dio_sem for write; in the later eras it is part of FS.2
 *   FS.7    gather the modified extent maps
 *   FS.8    gather the ordered extents that are not logged
 *   FS.9    wait for IO_DONE of those that have an extent map; log the items
 *   FS.10   drop everything
 *   FS.11   wait for IO_DONE of the others (in place); sync the log
 *
 * With F held to completion nothing can be gathered in FS.8 that FS.9 would have
 * to wait for, but for writeback, which never takes F.  btrfs ends its handle
 * after FS.11 (knob sync_keeps_handle); here it ends before, and the log knows
 * when a commit came in between.
 */
#include "iopath_internal.h"

static bool sync_wants_full(const struct iopath_inode *inode)
{
	return atomic_read(&inode->full_sync);
}

static const struct iopath_era_ops *sync_era(struct iopath_inode *inode)
{
	if (sync_wants_full(inode))
		return iopath_full_ops(inode->fs);
	return iopath_era_ops(inode->fs->knobs.era);
}

/*
 * FS.2.  Whoever wants a full fsync says so under a lock that excludes us, but
 * perhaps only just before we got ours.
 */
static void sync_enter(struct iopath_sync *sync)
{
	struct iopath_inode *inode = sync->inode;
	bool full;

	for (;;) {
		full = sync_wants_full(inode);
		sync->era = sync_era(inode);
		sync->start = sync->era->whole ? 0 : sync->asked_start;
		sync->last = sync->era->whole ?
			     inode->fs->layout.file_blocks - 1 :
			     sync->asked_last;
		sync->ops->fsync_enter(sync);
		if (likely(full || !sync_wants_full(inode)))
			return;
		sync->ops->fsync_leave(sync);
	}
}

/*
 * FS.7 to FS.9.  Return: 0 with a ticket, -ENOSPC if a commit has to do it, or
 * an error after which the next fsync tries again.
 */
static int sync_gather_and_log(struct iopath_sync *sync, u64 *ticket)
{
	struct iopath_inode *inode = sync->inode;
	struct iopath_fs *fs = inode->fs;
	int err;

	err = sync->era->gather(sync);
	sync->ops->fsync_gathered(sync);
	if (!err)
		err = sync->era->wait(sync);
	if (!err)
		err = iopath_log_append(inode, sync->ems, sync->nr_ems,
					&sync->oes, ticket);
	if (!err)
		iopath_oe_mark_logged(fs, &sync->oes);
	else
		sync->era->undo(sync);
	rlenv_free(sync->ems);
	return err;
}

/*
 * FS.3.  After an error nothing is logged, and the ordered extents are waited
 * for, so that the next fsync does not find the extent maps of failed ones.
 */
static int sync_flush(struct iopath_sync *sync)
{
	struct iopath_inode *inode = sync->inode;
	bool under_extent = inode->fs->knobs.flush_under_extent;
	struct rangelock_req extent;
	int err;

	if (unlikely(under_extent))
		iopath_lock_extent(inode, &extent, sync->start, sync->last);
	err = iopath_flush_run(inode, sync->ops, sync->start, sync->last);
	if (unlikely(under_extent))
		iopath_extent_release(inode, &extent);
	if (!err)
		err = iopath_writeback_error(inode);
	if (unlikely(err))
		iopath_oe_wait_range(inode, sync->start, sync->last);
	return err;
}

static void sync_start_handle(struct iopath_sync *sync)
{
	iopath_trans_start(sync->inode->fs);
	sync->handle = true;
}

/* Before the log is written; with the knob, as btrfs does, behind that. */
static void sync_stop_handle(struct iopath_sync *sync, bool is_logged)
{
	struct iopath_fs *fs = sync->inode->fs;

	if (!sync->handle || fs->knobs.sync_keeps_handle != is_logged)
		return;
	iopath_trans_stop(fs);
	sync->handle = false;
}

/* FS.5 to FS.10: with the handle and log_mutex. */
static int sync_log_locked(struct iopath_sync *sync, u64 *ticket)
{
	struct iopath_inode *inode = sync->inode;
	struct iopath_fs *fs = inode->fs;
	int err;

	sync_start_handle(sync);
	iopath_step(fs, IOPATH_FS_ENTERED);
	/*
	 * Under what excludes direct writes, or before it.  Two fsyncs that
	 * differ in that cannot meet: the design's inode lock is held by one.
	 */
	iopath_mutex_lock_nested(fs, &inode->log_mutex,
				 sync->era->exclude_first,
				 IOPATH_RES_LOG_MUTEX);
	sync->ops->fsync_gather(sync);
	iopath_admit(fs, IOPATH_INSIDE_FSYNC);
	err = sync_gather_and_log(sync, ticket);
	sync->ops->fsync_logged(sync);
	iopath_mutex_unlock(fs, &inode->log_mutex, IOPATH_RES_LOG_MUTEX);
	sync_stop_handle(sync, false);
	return err;
}

/* FS.2 to FS.10, with the locks taken and dropped. */
static int sync_log(struct iopath_sync *sync, u64 *ticket)
{
	struct iopath_fs *fs = sync->inode->fs;
	int err;

	sync_enter(sync);
	iopath_step(fs, IOPATH_FS_LOCKED);
	err = sync_flush(sync);
	if (!err)
		err = sync->era->settle(sync);
	if (!err)
		err = sync_log_locked(sync, ticket);
	sync->ops->fsync_leave(sync);
	iopath_step(fs, IOPATH_FS_LOGGED);
	return err;
}

/*
 * Nothing has been logged.  What was to be is waited for, so that a commit finds
 * the items, and the next fsync no extent maps of writes that have failed.  With
 * the handle ended: a commit waits for it, and somebody who has what a completion
 * needs may wait for the commit (S18).
 */
static int sync_fall_back(struct iopath_sync *sync, int err)
{
	struct iopath_fs *fs = sync->inode->fs;

	iopath_oe_wait_range(sync->inode, sync->start, sync->last);
	sync_stop_handle(sync, true);
	if (err != -ENOSPC)
		return err;
	iopath_count(fs, IOPATH_COUNT_LOG_FULL);
	return iopath_trans_commit(fs);
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
		.asked_start = start,
		.asked_last = last,
	};
	struct iopath_fs *fs = inode->fs;
	u64 ticket = 0;
	int err = 0;

	INIT_LIST_HEAD(&sync.oes);
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	/* FS.1 */
	if (likely(!fs->knobs.skip_first_flush))
		err = iopath_flush_run(inode, ops, start, last);
	if (err)
		return err;
	err = sync_log(&sync, &ticket);
	if (unlikely(err)) {
		err = sync_fall_back(&sync, err);
	} else {
		err = sync.era->wait_rest(&sync);
		if (!err)
			err = iopath_log_sync(fs, ticket);
		sync_stop_handle(&sync, true);
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

/**
 * iopath_want_full_sync() - the next fsync of a file has to be a full one
 * @inode: file
 *
 * For changes that extent maps do not tell.
 *
 * Context: any; what is changed is excluded from an fsync by the design.
 */
void iopath_want_full_sync(struct iopath_inode *inode)
{
	atomic_set(&inode->full_sync, 1);
}

/**
 * iopath_fsync_full() - make all of a file durable by copying its items
 * @inode: file
 *
 * Context: process context, sleeps.
 * Return: as iopath_fsync().
 */
int iopath_fsync_full(struct iopath_inode *inode)
{
	iopath_want_full_sync(inode);
	return iopath_fsync(inode, 0, U64_MAX);
}
