// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The log: what fsyncs have made durable since the last commit.
 *
 * An fsync appends one record to the batch in memory and gets a ticket.  Then,
 * with all locks dropped, it syncs: the first one to come writes the whole
 * batch with a pre-flush and FUA, while the next batch fills; those whose
 * ticket went with it return at once.  That is the group commit.
 *
 * The pre-flush makes the data durable that the records refer to, so a record
 * may only be appended when its data has been written (IO_DONE).
 *
 * When the log is full, or a write of it or of data has failed, appending is
 * refused until the next commit, and the fsync commits instead, even if it has
 * nothing to log: what it should have logged may no longer be on the list.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

/**
 * iopath_log_init() - an empty log
 * @fs: file system
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM; undo by iopath_log_exit() in both cases.
 */
int iopath_log_init(struct iopath_fs *fs)
{
	size_t bytes = (size_t)IOPATH_BIO_BLOCKS * IOPATH_BLOCK_SIZE;
	struct iopath_log *log = &fs->log;

	mutex_init(&log->batch_lock);
	mutex_init(&log->sync_mutex);
	log->batch[0].buf = rlenv_alloc_big(bytes);
	log->batch[1].buf = rlenv_alloc_big(bytes);
	return log->batch[0].buf && log->batch[1].buf ? 0 : -ENOMEM;
}

void iopath_log_exit(struct iopath_fs *fs)
{
	rlenv_free_big(fs->log.batch[0].buf);
	rlenv_free_big(fs->log.batch[1].buf);
}

static u64 record_bytes(const struct iopath_fs *fs,
			const struct iopath_extent *ems, u32 nr)
{
	u64 bytes = sizeof(struct iopath_disk_list) +
		    sizeof(struct iopath_disk_extent);
	u32 i;

	for (i = 0; i < nr; i++)
		bytes += iopath_disk_extent_bytes(fs, ems[i].type,
						  iopath_nr(&ems[i].node));
	return bytes;
}

/*
 * Checksums of an extent whose completion has not run come from its ordered
 * extent; the others are in the tree.
 */
static void record_oe_sums(u32 *sums, const struct iopath_extent *em,
			   const struct iopath_oe *oe)
{
	u64 last = em->block + iopath_nr(&em->node) - 1;
	u64 block;

	if (oe->type == IOPATH_OE_NOCOW)
		return;
	for (block = max(em->block, oe->disk.start);
	     block <= min(last, oe->disk.last); block++)
		sums[block - em->block] = oe->sums[block - oe->disk.start];
}

/*
 * Add an extent to a record.  One that is still pinned has no generation yet:
 * its item is made by the running transaction or by a later one, and what is
 * replayed belongs to the transaction that mount commits, which is the same
 * number.
 */
static size_t record_add(struct iopath_inode *inode, char *buf, size_t at,
			 const struct iopath_extent *em)
{
	struct iopath_extent extent = *em;

	extent.generation = min(em->generation, inode->fs->generation + 1);
	return iopath_list_add(inode, buf, at, &extent);
}

/* Where the extents of a record end, in bytes of the file. */
static u64 record_end(const struct iopath_extent *ems, u32 nr)
{
	u64 end = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		if (ems[i].type != IOPATH_EXTENT_HOLE)
			end = max(end, iopath_last_byte(ems[i].node.last) + 1);
	return end;
}

static void record_encode(struct iopath_inode *inode, char *buf,
			  const struct iopath_extent *ems, u32 nr,
			  struct list_head *oes, u64 size)
{
	struct iopath_fs *fs = inode->fs;
	struct iopath_oe *oe;
	size_t at, next;
	u32 i;

	at = iopath_list_begin(buf, IOPATH_LOG_MAGIC, fs->generation,
			       fs->log.seq);
	for (i = 0; i < nr; i++, at = next) {
		next = record_add(inode, buf, at, &ems[i]);
		if (!fs->geo.datasum || ems[i].type != IOPATH_EXTENT_REG)
			continue;
		list_for_each_entry(oe, oes, gather)
			record_oe_sums(iopath_list_sums(buf, at), &ems[i], oe);
	}
	at = iopath_list_add_size(buf, at, inode->ino, size);
	WARN_ON(at != record_bytes(fs, ems, nr));
	iopath_list_finish(buf, at);
}

/**
 * iopath_log_append() - add a record to the batch in memory (FS.9)
 * @inode:  file
 * @ems:    extents to log; their data has been written
 * @nr:     how many; 0 adds nothing unless the size has changed, and is refused
 *          like others after a failure
 * @oes:    their ordered extents, as far as these are not COMPLETE
 * @ticket: set to what to wait for in iopath_log_sync()
 *
 * Context: process context, sleeps; log_mutex and a started handle are held.
 * Return: 0, -ENOSPC: commit instead, or -EROFS after a failed commit.
 */
int iopath_log_append(struct iopath_inode *inode,
		      const struct iopath_extent *ems, u32 nr, struct list_head *oes, u64 *ticket)
{
	struct iopath_fs *fs = inode->fs;
	u64 blocks = DIV_ROUND_UP(record_bytes(fs, ems, nr), IOPATH_BLOCK_SIZE);
	struct iopath_log *log = &fs->log;
	struct iopath_log_batch *batch;
	int err = 0;
	u64 size;

	iopath_assert_held(fs, &inode->log_mutex);
	/*
	 * A commit that failed has reset the log and dropped the refusal with
	 * it.  It cannot fail behind this check: it waits for our handle.
	 */
	if (READ_ONCE(fs->aborted))
		return -EROFS;

	mutex_lock(&log->batch_lock);
	batch = &log->batch[log->active];
	if (log->full || batch->blocks + blocks > IOPATH_BIO_BLOCKS ||
	    log->next + batch->blocks + blocks > fs->geo.log_blocks) {
		err = -ENOSPC;
	} else if (iopath_size_to_log(inode, record_end(ems, nr), &size) ||
		   nr) {
		record_encode(inode, batch->buf + (size_t)batch->blocks *
			      IOPATH_BLOCK_SIZE, ems, nr, oes, size);
		batch->blocks += (u32)blocks;
		batch->ticket = ++log->ticket;
		log->seq++;
	}
	*ticket = log->ticket;
	mutex_unlock(&log->batch_lock);
	return err;
}

/* Take the filled batch for writing, let the other one fill. */
static struct iopath_log_batch *log_take_batch(struct iopath_fs *fs,
					       u64 *block)
{
	struct iopath_log *log = &fs->log;
	struct iopath_log_batch *batch;

	iopath_assert_held(fs, &log->sync_mutex);
	mutex_lock(&log->batch_lock);
	batch = &log->batch[log->active];
	*block = log->next;
	batch->ticket = log->ticket;
	log->next += batch->blocks;
	log->active = !log->active;
	log->batch[log->active].blocks = 0;
	mutex_unlock(&log->batch_lock);
	return batch;
}

/**
 * iopath_log_refuse() - no more records until the next commit
 * @log: log
 *
 * Context: process context, sleeps; E and a joined handle may be held.
 */
void iopath_log_refuse(struct iopath_log *log)
{
	mutex_lock(&log->batch_lock);
	log->full = true;
	mutex_unlock(&log->batch_lock);
}

/* What has been appended since would follow a gap: it has failed, too. */
static void log_fail(struct iopath_fs *fs)
{
	struct iopath_log *log = &fs->log;

	iopath_assert_held(fs, &log->sync_mutex);
	mutex_lock(&log->batch_lock);
	log->full = true;
	log->batch[log->active].blocks = 0;
	log->failed = log->ticket;
	mutex_unlock(&log->batch_lock);
}

/* Write the batch; an empty one is a plain flush. */
static int log_write(struct iopath_fs *fs)
{
	struct iopath_log *log = &fs->log;
	u64 nocow = atomic64_read(&log->nocow_done);
	struct iopath_log_batch *batch;
	u64 block;
	int err;

	batch = log_take_batch(fs, &block);
	if (batch->blocks)
		err = iopath_dev_io(fs->dev, IOPATH_BIO_WRITE,
				    IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA,
				    fs->layout.log_first + block, batch->blocks,
				    batch->buf);
	else
		err = iopath_dev_io(fs->dev, IOPATH_BIO_FLUSH, 0, 0, 0, NULL);
	if (err) {
		log_fail(fs);
		return err;
	}
	log->durable = batch->ticket;
	log->nocow_flushed = nocow;
	iopath_count(fs, IOPATH_COUNT_LOG_WRITES);
	return 0;
}

/**
 * iopath_log_sync() - make a record, and writes in place, durable (FS.11)
 * @fs:     file system
 * @ticket: from iopath_log_append()
 *
 * Context: process context, sleeps; nothing that a path needs is held.
 * Return: 0, or -EIO: the record is not durable.
 */
int iopath_log_sync(struct iopath_fs *fs, u64 ticket)
{
	struct iopath_log *log = &fs->log;
	int err = 0;

	iopath_mutex_lock(fs, &log->sync_mutex, IOPATH_RES_LOG_SYNC);
	if (log->durable < ticket && log->failed >= ticket)
		err = -EIO;
	else if (log->durable < ticket ||
		 log->nocow_flushed != (u64)atomic64_read(&log->nocow_done))
		err = log_write(fs);
	iopath_mutex_unlock(fs, &log->sync_mutex, IOPATH_RES_LOG_SYNC);
	return err;
}

/**
 * iopath_log_reset() - a commit has copied the tree: the log starts again
 * @fs: file system
 *
 * Records that nobody has written yet go, too: the commit contains them.
 *
 * Context: process context; log.sync_mutex is held, no handle exists.
 * Return: the last ticket, for iopath_log_committed().
 */
u64 iopath_log_reset(struct iopath_fs *fs)
{
	struct iopath_log *log = &fs->log;
	u64 ticket;

	iopath_assert_held(fs, &log->sync_mutex);
	mutex_lock(&log->batch_lock);
	log->batch[log->active].blocks = 0;
	log->next = 0;
	log->seq = 0;
	log->full = false;
	ticket = log->ticket;
	mutex_unlock(&log->batch_lock);
	return ticket;
}

/* The commit is durable, and with it all up to @ticket. */
void iopath_log_committed(struct iopath_fs *fs, u64 ticket, u64 nocow)
{
	iopath_assert_held(fs, &fs->log.sync_mutex);
	fs->log.durable = ticket;
	fs->log.nocow_flushed = nocow;
}
