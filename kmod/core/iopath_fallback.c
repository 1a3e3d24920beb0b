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
 * The buffer of a direct write may not be there, if it is a mapping: the faults
 * are not taken under locks, but with nothing held, and what is left of the write
 * goes through the page cache, too.
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

/**
 * iopath_io_pin() - see to it that a part of the buffer is there (DW.15)
 * @io:    direct write
 * @first: first file block of the part
 * @last:  last file block
 * @when:  where this is called from
 *
 * Without the knob the part is looked for before it is mapped, and faults are not
 * taken.
 *
 * Context: process context, sleeps.
 * Return: 0, -EFAULT, or the error of the caller's pin().
 */
int iopath_io_pin(struct iopath_io *io, u64 first, u64 last,
		  enum iopath_fault when)
{
	enum iopath_fault how = io->inode->fs->knobs.fault;
	bool nofault = how == IOPATH_FAULT_UNLOCKED;
	enum iopath_fault at = nofault ? IOPATH_FAULT_LOCKED : how;

	if (likely(!io->pin) || when != at)
		return 0;
	return io->pin(io, iopath_first_byte(first) - io->pos,
		       (u32)(last - first + 1) << IOPATH_BLOCK_SHIFT, nofault);
}

static ssize_t fallback_write(struct iopath_io *io, const char *buf, u32 len)
{
	struct iopath_inode *inode = io->inode;
	u64 first = io->buffered_from >> IOPATH_BLOCK_SHIFT;
	ssize_t done;
	int err;

	/* P6: before the lock of any page */
	if (io->pin) {
		err = io->pin(io, io->buffered_from - io->pos, len, false);
		if (err)
			return err;
	}
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
