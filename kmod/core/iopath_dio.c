// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What direct reads and writes have in common: checks, begin, completion.
 *
 * io->pending counts the pieces in flight plus one for the submitter, so that
 * an IO whose bios all end before its submission does not complete under its
 * submitter's feet.  Whoever drops the last one completes the IO: a completion
 * worker, or the submitter.
 *
 * O_DSYNC: the fsync runs when the IO has given up its locks, and never in the
 * completion itself: a synchronous writer does it after it has waited, for an
 * asynchronous one it is queued, even when the IO completes inside of its own
 * submission.  iopath_dsync.c has this, and how it was done before.
 */
#include "iopath_internal.h"

/* Keep the first error of an IO. */
void iopath_io_error(struct iopath_io *io, int err)
{
	cmpxchg(&io->error, 0, (u32)-err);
}

/* The submitter goes on, or done() is called.  Any task; @io may be gone then. */
void iopath_io_finish(struct iopath_io *io)
{
	struct iopath_fs *fs = io->inode->fs;

	if (io->internal & IOPATH_IO_SYNC) {
		rlenv_publish_wake(&io->finished, 1, io->waiter);
		return;
	}
	iopath_gate_exit(fs, io->gate_slot, io->ops);
	io->done(io);
}

/* The design gives up what it holds for the IO, once.  Any task. */
void iopath_io_end(struct iopath_io *io)
{
	if (io->internal & IOPATH_IO_ENDED)
		return;
	io->internal |= IOPATH_IO_ENDED;
	if (io->flags & IOPATH_WRITE)
		io->ops->write_complete(io);
	else
		io->ops->read_complete(io);
}

/* The rest of an asynchronous IO, which holds nothing any more. */
static void io_rest_work(struct work_struct *work)
{
	struct iopath_io *io = container_of(work, struct iopath_io, work);

	iopath_io_fallback(io);
	iopath_io_finish(io);
}

static bool io_queue_rest(struct iopath_io *io)
{
	struct iopath_fs *fs = io->inode->fs;

	if (likely(io->buffered_from == U64_MAX) || io->result < 0 ||
	    (io->internal & IOPATH_IO_SYNC))
		return false;
	INIT_WORK(&io->work, io_rest_work);
	iopath_queue(fs, fs->sync_wq, &io->work, IOPATH_RES_IO, io);
	return true;
}

static void io_complete_direct(struct iopath_io *io)
{
	iopath_depart(io->inode->fs, iopath_io_kind(io));
	if (likely(!iopath_dsync_is_late(io)))
		iopath_io_end(io);
	iopath_count(io->inode->fs, io->flags & IOPATH_WRITE ?
		     IOPATH_COUNT_WRITES : IOPATH_COUNT_READS);
}

static void io_complete(struct iopath_io *io)
{
	int err = -(int)READ_ONCE(io->error);
	u64 last = min(io->pos + io->todo, io->buffered_from);

	if (!(io->internal & IOPATH_IO_SYNCED))
		io->result = err ? err : (ssize_t)(last - io->pos);
	if (likely(!(io->internal & IOPATH_IO_UNALIGNED)))
		io_complete_direct(io);
	if (!io_queue_rest(io) && !iopath_dsync_queue(io))
		iopath_io_finish(io);
}

/* Drop a piece, or the submitter's hold.  Any task. */
void iopath_io_put(struct iopath_io *io)
{
	if (!atomic_dec_and_test(&io->pending))
		return;
	if (io->internal & IOPATH_IO_WRITEBACK)
		iopath_writeback_complete(io);
	else
		io_complete(io);
}

static int io_check(const struct iopath_fs *fs, const struct iopath_io *io)
{
	if (!io->buf || !io->len || io->len > fs->geo.file_bytes ||
	    io->pos > fs->geo.file_bytes - io->len ||
	    (io->flags & ~(IOPATH_WRITE | IOPATH_DSYNC | IOPATH_APPEND)))
		return -EINVAL;
	if ((io->flags & IOPATH_APPEND) &&
	    (!(io->flags & IOPATH_WRITE) || !iopath_io_is_aligned(io)))
		return -EINVAL;
	if ((io->flags & IOPATH_WRITE) && READ_ONCE(fs->aborted))
		return -EROFS;
	return 0;
}

static int io_begin(struct iopath_inode *inode, struct iopath_io *io,
		    u32 internal)
{
	struct iopath_fs *fs = inode->fs;
	int err;

	if (io->flags & IOPATH_APPEND)
		io->pos = 0;
	err = io_check(fs, io);
	if (err)
		return err;
	io->inode = inode;
	io->submit_ns = rlenv_now_ns();
	io->internal = internal;
	io->result = 0;
	io->reserved = 0;
	io->buffered_from = U64_MAX;
	io->todo = io->len;
	io->error = 0;
	io->finished = 0;
	atomic_set(&io->pending, 1);
	err = io->flags & IOPATH_WRITE ? iopath_dsync_begin(io) : 0;
	if (!err)
		io->gate_slot = iopath_gate_enter(fs, &io->ops);
	return err;
}

/* DW.4: nothing of it is direct, and the design has nothing to do with it. */
static void io_run_unaligned(struct iopath_io *io)
{
	if (io->flags & IOPATH_WRITE)
		iopath_dsync_fallback(io);
	io->internal |= IOPATH_IO_UNALIGNED | IOPATH_IO_ENDED;
	io->buffered_from = io->pos;
	iopath_io_put(io);
}

static void io_run(struct iopath_io *io)
{
	if (unlikely(!iopath_io_is_aligned(io)))
		io_run_unaligned(io);
	else if (io->flags & IOPATH_WRITE)
		iopath_write_run(io);
	else
		iopath_read_run(io);
}

/**
 * iopath_submit() - start a direct IO
 * @inode: file
 * @io:    filled in as struct iopath_io says; must stay until its done()
 *
 * Context: process context, sleeps: for locks, for space.
 * Return: 0 if done() will be called, or has been; -EINVAL for a range that is
 * empty or not in the file, -EROFS after a failed commit: then nothing has
 * happened and done() is not called.
 */
int iopath_submit(struct iopath_inode *inode, struct iopath_io *io)
{
	int err;

	if (!io->done)
		return -EINVAL;
	err = io_begin(inode, io, 0);
	if (!err)
		io_run(io);
	return err;
}

/**
 * iopath_submit_wait() - do a direct IO and wait for it
 * @inode: file
 * @io:    filled in as struct iopath_io says, without done()
 *
 * Context: process context, sleeps.
 * Return: as iopath_write() or iopath_read().
 */
ssize_t iopath_submit_wait(struct iopath_inode *inode, struct iopath_io *io)
{
	int err;

	io->waiter = rlenv_self();
	err = io_begin(inode, io, IOPATH_IO_SYNC);
	if (err)
		return err;
	io_run(io);
	iopath_wait_word(inode->fs, &io->finished, IOPATH_RES_IO, io);
	if ((io->flags & IOPATH_WRITE) &&
	    !(io->internal & IOPATH_IO_UNALIGNED))
		iopath_dsync_waited(io);
	iopath_io_end(io);
	if (unlikely(io->buffered_from != U64_MAX) && io->result >= 0)
		iopath_io_fallback(io);
	iopath_gate_exit(inode->fs, io->gate_slot, io->ops);
	return io->result;
}

/**
 * iopath_write() - write and wait
 * @inode: file
 * @pos:   first byte
 * @buf:   data
 * @len:   bytes
 * @flags: 0, or IOPATH_DSYNC | IOPATH_APPEND; with the latter @pos is ignored
 *
 * Direct if position, buffer and length are multiples of 4096, else through the
 * page cache.
 *
 * Context: process context, sleeps.
 * Return: @len or -errno; less than @len if the part that went through the page
 * cache has failed behind another one.
 */
ssize_t iopath_write(struct iopath_inode *inode, u64 pos, const void *buf,
		     u32 len, u32 flags)
{
	struct iopath_io io = {
		.pos = pos,
		.len = len,
		.flags = flags | IOPATH_WRITE,
		.buf = (void *)buf,
	};

	return iopath_submit_wait(inode, &io);
}

/**
 * iopath_read() - read and wait
 * @inode: file
 * @pos: first byte
 * @buf: memory for the data
 * @len: bytes
 *
 * Context: process context, sleeps.
 * Return: @len or -errno; -EIO also for data whose checksum is wrong or missing.
 */
ssize_t iopath_read(struct iopath_inode *inode, u64 pos, void *buf, u32 len)
{
	struct iopath_io io = {
		.pos = pos,
		.len = len,
		.buf = buf,
	};

	return iopath_submit_wait(inode, &io);
}
