// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Direct read.  Write back the pages of the range.  Per piece: lock E, wait for
 * ordered extents of direct writes, look up the extent map; then either the
 * design keeps E until the data is there (dio_sem), or the range lock on the file
 * does the same for the whole read (range).
 */
#include "iopath_internal.h"

/* Whether the data of blocks of the device is what has been written there. */
bool iopath_sums_match(const struct iopath_fs *fs, u64 block, u32 nr,
		       const void *buf)
{
	u64 first = block - fs->layout.data_first;
	u32 i;

	for (i = 0; fs->geo.datasum && i < nr; i++) {
		const char *data = (const char *)buf +
				   (size_t)i * IOPATH_BLOCK_SIZE;

		if (READ_ONCE(fs->sums[first + i]) != iopath_block_sum(data))
			return false;
	}
	return true;
}

static void read_done(struct iopath_read *read)
{
	struct iopath_io *io = read->io;

	io->ops->read_piece_done(read);
	rlenv_free(read);
	iopath_io_put(io);
}

static void read_work(struct work_struct *work)
{
	struct iopath_read *read = container_of(work, struct iopath_read, work);

	if (read->bio.error)
		iopath_io_error(read->io, read->bio.error);
	else if (!iopath_sums_match(read->io->inode->fs, read->bio.block,
				    read->bio.nr, read->bio.buf))
		iopath_io_error(read->io, -EIO);
	read_done(read);
}

/* IRQ context in the kernel; checksums are for the worker. */
static void read_bio_done(struct iopath_bio *bio)
{
	struct iopath_read *read = bio->private;
	struct iopath_fs *fs = read->io->inode->fs;

	iopath_queue(fs, fs->read_wq, &read->work, IOPATH_RES_IO, read->io);
}

/* Fill in the bio of a mapped piece; its block is 0 for a hole. */
static void read_prepare(struct iopath_read *read,
			 const struct iopath_extent *em, bool is_hole)
{
	struct iopath_io *io = read->io;

	read->bio.op = IOPATH_BIO_READ;
	read->bio.block = is_hole ? 0 : em->block;
	read->bio.nr = (u32)iopath_nr(&em->node);
	read->bio.buf = (char *)io->buf +
			(iopath_first_byte(em->node.start) - io->pos);
	read->bio.done = read_bio_done;
	read->bio.private = read;
}

/* Start the IO of a mapped piece, or fill a hole. */
static void read_submit(struct iopath_read *read)
{
	struct iopath_fs *fs = read->io->inode->fs;

	if (read->bio.block) {
		fs->dev->ops->submit(fs->dev, &read->bio);
		return;
	}
	memset(read->bio.buf, 0, (size_t)read->bio.nr * IOPATH_BLOCK_SIZE);
	read_done(read);
}

/*
 * What is at @first: a mapping or a hole, at most up to @last.  Allocated blocks
 * without data are as good as a hole, but for the type.  E is held.
 * Return: 0 or -ENOMEM.
 */
int iopath_read_lookup(struct iopath_inode *inode, u64 first, u64 last,
		       struct iopath_extent *em, bool *is_hole)
{
	int found = iopath_em_lookup(inode, first, last, em);

	if (found < 0)
		return found;
	*is_hole = !found || em->node.start > first;
	if (*is_hole) {
		em->node.last = found ? em->node.start - 1 : last;
		em->node.start = first;
		em->type = IOPATH_EXTENT_HOLE;
	} else {
		*is_hole = em->type == IOPATH_EXTENT_PREALLOC;
	}
	em->node.last = min_t(u64, em->node.last,
			      first + IOPATH_BIO_BLOCKS - 1);
	return 0;
}

/*
 * Submit a mapped piece, or with the knob the one before, which is in @late and
 * of which the design is told only now.  @read: NULL after the last one.
 */
static void read_submit_next(struct iopath_inode *inode,
			     struct iopath_read *read, struct iopath_read **late)
{
	bool is_late = inode->fs->knobs.read_waits_writeback;

	if (unlikely(is_late))
		swap(*late, read);
	if (!read)
		return;
	if (unlikely(is_late))
		read->io->ops->read_mapped(read);
	read_submit(read);
}

/* Map the piece at @first, submit.  Return: its blocks or -errno. */
static s64 read_piece(struct iopath_io *io, u64 first, u64 last,
		      struct iopath_read **late)
{
	struct iopath_inode *inode = io->inode;
	struct iopath_extent em;
	struct iopath_read *read;
	bool is_hole = false;
	int err;

	read = rlenv_alloc(sizeof(*read));
	if (!read)
		return -ENOMEM;
	read->io = io;
	INIT_WORK(&read->work, read_work);
	if (!iopath_lock_extent_direct(inode, &read->extent, first, last)) {
		rlenv_free(read);
		return -ENOTBLK;
	}
	err = iopath_read_lookup(inode, first, last, &em, &is_hole);
	if (err) {
		iopath_extent_release(inode, &read->extent);
		rlenv_free(read);
		return err;
	}
	iopath_range_shrink(inode->fs, &inode->extent_lock, &read->extent,
			    iopath_first_byte(first),
			    iopath_last_byte(em.node.last),
			    IOPATH_RES_EXTENT_RANGE);
	if (likely(!inode->fs->knobs.read_waits_writeback))
		io->ops->read_mapped(read);
	atomic_inc(&io->pending);
	read_prepare(read, &em, is_hole);
	iopath_step(inode->fs, IOPATH_DR_MAPPED);
	read_submit_next(inode, read, late);
	return (s64)iopath_nr(&em.node);
}

/*
 * A read ends where the file ended when it began.  Of a block with the end in it
 * the rest is read, too, but not counted.  Return: what is behind the last block.
 */
static u64 read_clip(struct iopath_io *io)
{
	u64 size = iopath_size(io->inode);

	if (unlikely(io->pos + io->len > size))
		io->todo = io->pos < size ? (u32)(size - io->pos) : 0;
	return DIV_ROUND_UP(io->pos + io->todo, IOPATH_BLOCK_SIZE);
}

/**
 * iopath_read_run() - read, up to the end of submission
 * @io: begun; may be gone on return, if it is not synchronous
 *
 * Context: process context, sleeps.
 */
void iopath_read_run(struct iopath_io *io)
{
	u64 first = iopath_io_first(io);
	struct iopath_read *late = NULL;
	u64 behind;
	int err = 0;
	s64 nr;

	io->ops->read_begin(io);
	behind = read_clip(io);
	iopath_admit(io->inode->fs, iopath_io_kind(io));
	if (iopath_has_pages(io->inode))
		err = iopath_io_flush(io);
	if (err)
		iopath_io_error(io, err);
	while (!err && first < behind) {
		nr = read_piece(io, first, behind - 1, &late);
		if (nr < 0) {
			if (nr == -ENOTBLK)
				io->buffered_from = iopath_first_byte(first);
			else
				iopath_io_error(io, (int)nr);
			break;
		}
		first += (u64)nr;
	}
	read_submit_next(io->inode, NULL, &late);
	io->ops->read_submitted(io);
	iopath_io_put(io);
}
