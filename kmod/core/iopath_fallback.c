// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Direct IO beside the page cache.
 *
 * Before it maps anything, a direct IO writes back the pages of its range, and a
 * write invalidates them (DW.3).  New pages may come before it has locked E, or
 * be dirty or locked so that they stay:
 *
 *   write  finds a page at DW.8: this piece and what follows go through the
 *          page cache, when the direct part is complete
 *   read   finds an ordered extent of writeback: likewise.  It does not wait for
 *          it, since the writeback may need a page whose owner waits for E of
 *          an earlier piece (S16).
 *
 * And what is not aligned to blocks goes through the page cache from the start.
 * A write that took this way is written back at once and its pages dropped, as
 * in Linux, so that the file looks like after a direct write.
 */
#include "iopath_internal.h"

/* Whether a direct IO may be direct (DW.4). */
bool iopath_io_is_aligned(const struct iopath_io *io)
{
	return IS_ALIGNED((unsigned long)io->buf, IOPATH_BLOCK_SIZE) &&
	       IS_ALIGNED(io->len, IOPATH_BLOCK_SIZE) &&
	       IS_ALIGNED(io->pos, IOPATH_BLOCK_SIZE);
}

/**
 * iopath_io_flush() - bring the device up to date for a direct IO (DW.3)
 * @io: begun; under the design's locks
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int iopath_io_flush(struct iopath_io *io)
{
	struct iopath_inode *inode = io->inode;
	int err;

	err = iopath_flush_run(inode, io->ops, iopath_io_first(io),
			       iopath_io_last(io));
	if (!err && (io->flags & IOPATH_WRITE))
		iopath_cache_invalidate(inode, iopath_io_first(io),
					iopath_io_last(io));
	return err;
}

static ssize_t fallback_write(struct iopath_io *io, const char *buf, u32 len)
{
	struct iopath_inode *inode = io->inode;
	u64 first = io->buffered_from >> IOPATH_BLOCK_SHIFT;
	ssize_t done;
	int err;

	done = iopath_buffered_write_run(inode, io->ops, io->buffered_from,
					 buf, len);
	if (done < 0)
		return done;
	err = iopath_flush_run(inode, io->ops, first, iopath_io_last(io));
	if (err)
		return err;
	iopath_cache_invalidate(inode, first, iopath_io_last(io));
	return done;
}

/**
 * iopath_io_fallback() - do the rest of a direct IO through the page cache
 * @io: whose direct part is complete and has given up its locks; its result is
 *      the length of that part, and becomes the final one
 *
 * With the fsync of all of it, if it is an O_DSYNC write.
 *
 * Context: process context, sleeps; nothing is held.
 */
void iopath_io_fallback(struct iopath_io *io)
{
	char *buf = (char *)io->buf + io->result;
	u32 len = io->len - (u32)io->result;
	ssize_t done;
	int err;

	iopath_count(io->inode->fs, IOPATH_COUNT_FALLBACKS);
	if (io->flags & IOPATH_WRITE)
		done = fallback_write(io, buf, len);
	else
		done = iopath_buffered_read_run(io->inode, io->ops,
						io->buffered_from, buf, len);
	if (done >= 0)
		io->result += done;
	else if (!io->result)
		io->result = done;
	if (!(io->flags & IOPATH_WRITE) || !(io->flags & IOPATH_DSYNC) ||
	    io->result <= 0)
		return;
	err = iopath_fsync_run(io->inode, io->ops, iopath_io_first(io),
			       iopath_io_last(io));
	if (err)
		io->result = err;
}
