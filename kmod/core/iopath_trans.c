// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Transactions.  A handle is a shared hold on the running transaction, a commit
 * the exclusive side.
 *
 * The commit first keeps new *started* handles out and waits for those that
 * exist, then for the ordered extents that they have logged: the log is about
 * to be dropped, so their items must be in the tree.  Meanwhile completions may
 * still *join*.  Only then comes the short critical section, in which the tree
 * is copied to memory.  While the copy is written, completions join the next
 * transaction; fsyncs have to wait, because their log would build on a
 * checkpoint that is not there yet.
 */
#include "iopath_internal.h"

void iopath_trans_init(struct iopath_trans *trans, u64 id)
{
	mutex_init(&trans->commit_mutex);
	init_rwsem(&trans->sem);
	init_waitqueue_head(&trans->wait);
	trans->id = id;
}

static inline bool trans_is_open(void *data)
{
	struct iopath_trans *trans = data;

	return !READ_ONCE(trans->blocked);
}

static inline bool trans_is_alone(void *data)
{
	struct iopath_trans *trans = data;

	return !atomic_read(&trans->starts);
}

static inline bool trans_has_landed(void *data)
{
	struct iopath_trans *trans = data;

	return !atomic_read(&trans->pending);
}

static void trans_put(struct iopath_trans *trans)
{
	if (atomic_dec_and_test(&trans->starts) && READ_ONCE(trans->blocked))
		wake_up_all(&trans->wait);
}

/**
 * iopath_trans_start() - start a handle (FS.5)
 * @fs: file system
 *
 * Context: process context, sleeps while a commit runs; E, or anything else
 * that a completion needs, must not be held.
 */
void iopath_trans_start(struct iopath_fs *fs)
{
	struct iopath_trans *trans = &fs->trans;

	might_sleep();
	if (unlikely(fs->knobs.dsync == IOPATH_DSYNC_WORKAROUND))
		iopath_dsync_check_stub(fs);
	for (;;) {
		/* full barrier: pairs with the one in trans_block() */
		atomic_inc_return(&trans->starts);
		if (likely(!READ_ONCE(trans->blocked)) || iopath_is_broken(fs))
			break;
		trans_put(trans);
		iopath_wait(fs, &trans->wait, IOPATH_RES_BLOCKED, trans,
			    trans_is_open, trans);
	}
	iopath_hold(fs, IOPATH_RES_HANDLE, trans, NULL);
}

/* End a started handle. */
void iopath_trans_stop(struct iopath_fs *fs)
{
	iopath_unhold(fs, IOPATH_RES_HANDLE, &fs->trans, NULL);
	trans_put(&fs->trans);
}

/**
 * iopath_trans_join() - join the running transaction
 * @fs: file system
 *
 * Context: process context, sleeps during the critical section of a commit;
 * E may be held.
 * Return: the number of the transaction, constant until iopath_trans_leave().
 */
u64 iopath_trans_join(struct iopath_fs *fs)
{
	iopath_down_read(fs, &fs->trans.sem, IOPATH_RES_JOIN);
	return fs->trans.id;
}

void iopath_trans_leave(struct iopath_fs *fs)
{
	iopath_up_read(fs, &fs->trans.sem, IOPATH_RES_JOIN);
}

/* A logged ordered extent has become COMPLETE. */
void iopath_trans_pending_done(struct iopath_fs *fs, const struct iopath_oe *oe)
{
	iopath_unhold(fs, IOPATH_RES_PENDING, &fs->trans, oe);
	if (atomic_dec_and_test(&fs->trans.pending))
		wake_up_all(&fs->trans.wait);
}

static void trans_block(struct iopath_fs *fs)
{
	struct iopath_trans *trans = &fs->trans;

	WRITE_ONCE(trans->blocked, 1);
	iopath_hold(fs, IOPATH_RES_BLOCKED, trans, NULL);
	/* pairs with atomic_inc_return() in iopath_trans_start() */
	smp_mb();
	iopath_wait(fs, &trans->wait, IOPATH_RES_HANDLE, trans, trans_is_alone,
		    trans);
	iopath_step(fs, IOPATH_CM_BLOCKED);
	iopath_wait(fs, &trans->wait, IOPATH_RES_PENDING, trans,
		    trans_has_landed, trans);
}

static void trans_unblock(struct iopath_fs *fs)
{
	struct iopath_trans *trans = &fs->trans;

	iopath_unhold(fs, IOPATH_RES_BLOCKED, trans, NULL);
	WRITE_ONCE(trans->blocked, 0);
	wake_up_all(&trans->wait);
}

/*
 * The critical section, and the writing of what it has copied.  The writer of
 * the log is kept out from before the log is reset until the super block tells
 * that it is empty.
 */
static int trans_commit_locked(struct iopath_fs *fs)
{
	u64 id, bytes, ticket, nocow;
	u32 ino;
	int err;

	iopath_mutex_lock(fs, &fs->log.sync_mutex, IOPATH_RES_LOG_SYNC);
	iopath_down_write(fs, &fs->trans.sem, IOPATH_RES_JOIN);
	id = fs->trans.id;
	bytes = iopath_checkpoint_encode(fs);
	nocow = atomic64_read(&fs->log.nocow_done);
	ticket = iopath_log_reset(fs);
	WRITE_ONCE(fs->trans.id, id + 1);
	iopath_up_write(fs, &fs->trans.sem, IOPATH_RES_JOIN);

	err = iopath_checkpoint_write(fs, id, bytes);
	if (err) {
		WRITE_ONCE(fs->aborted, 1);
		/* the records are gone, and nothing has taken their place */
		fs->log.failed = ticket;
	} else {
		WRITE_ONCE(fs->generation, id);
		iopath_bg_unpin(fs, id);
		for (ino = 0; ino < fs->geo.nr_files; ino++)
			iopath_em_prune(&fs->inodes[ino], id);
		iopath_log_committed(fs, ticket, nocow);
		iopath_count(fs, IOPATH_COUNT_COMMITS);
	}
	iopath_mutex_unlock(fs, &fs->log.sync_mutex, IOPATH_RES_LOG_SYNC);
	return err;
}

/**
 * iopath_trans_commit() - make everything that is COMPLETE durable
 * @fs: file system
 *
 * Context: process context, sleeps; no handle and no lock of an inode or range
 * may be held.
 * Return: 0, -EROFS after an earlier commit has failed, or the device's error.
 */
int iopath_trans_commit(struct iopath_fs *fs)
{
	u64 id = READ_ONCE(fs->trans.id);
	int err = 0;

	iopath_mutex_lock(fs, &fs->trans.commit_mutex, IOPATH_RES_COMMIT);
	if (fs->aborted) {
		err = -EROFS;
	} else if (READ_ONCE(fs->generation) < id) {
		trans_block(fs);
		err = trans_commit_locked(fs);
		trans_unblock(fs);
	}
	iopath_mutex_unlock(fs, &fs->trans.commit_mutex, IOPATH_RES_COMMIT);
	return err;
}
