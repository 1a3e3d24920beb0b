// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Direct write.  Labels as in the design text: DW.1 to DW.19.
 *
 *   DW.1-5  design: inode lock, count
 *   DW.6    reserve space; may commit, so before any range lock
 *   DW.7    design: dio_sem, or F
 *   DW.3    write back and drop the pages of the range; here and not earlier,
 *           so that F keeps new ones away
 *   per piece:
 *   DW.8    lock E, wait for ordered extents in the range; a page there: give
 *           up, the rest goes through the page cache
 *   DW.9    look up the extent map
 *   DW.10   in place if allowed and possible, else allocate
 *   DW.11   insert the extent map, DW.12 the ordered extent
 *   DW.13   design: end of the reservation of the disk range
 *   DW.14   unlock E
 *   DW.15   see to it that the buffer is there; without faults, before DW.8
 *   DW.16   submit, one piece behind the mapping (DW.15)
 *   DW.17   design: end of submission
 *
 * A write that goes beyond the size of the file raises it piece by piece (DW.14),
 * while the design keeps out who else would change it.  If a piece cannot be
 * mapped, the size is put back.  If the device fails later, it stays, since
 * others may have written behind it by then: what has failed is a hole.
 *
 * DW.15 is for buffers that are mappings: io->pin().
 */
#include "iopath_internal.h"

/*
 * DW.9: the first part of [first, last] that has blocks which may be written in
 * place: allocated ones without data, or any if the file says so.
 */
static bool find_in_place(struct iopath_inode *inode, u64 first, u64 last,
			  struct iopath_extent *em)
{
	bool nocow = inode->fs->geo.nocow;

	if (!nocow && likely(!READ_ONCE(inode->nr_prealloc)))
		return false;
	while (first <= last && iopath_em_lookup(inode, first, last, em) > 0) {
		if (nocow || em->type == IOPATH_EXTENT_PREALLOC)
			return true;
		first = em->node.last + 1;
	}
	return false;
}

/*
 * What E is there to avoid (knob nocow_early): to find out before it is held that
 * nobody shares the blocks.
 */
static bool check_early(struct iopath_inode *inode, u64 first, u64 last)
{
	struct iopath_extent item;
	bool shared = true;

	if (iopath_item_lookup(inode, first, last, &item) &&
	    iopath_block_run(inode->fs, item.block, iopath_nr(&item.node),
			     &shared) < iopath_nr(&item.node))
		shared = true;
	iopath_step(inode->fs, IOPATH_DW_CHECKED);
	return !shared;
}

/*
 * DW.9, DW.10: may the piece at @first be written in place?  Sets the disk range
 * of @oe.  If not, *@last is where copying has to stop, because what follows may
 * be possible in place.  @alone: nobody shares it, that is known.  Return: blocks,
 * 0 to copy.
 */
static u64 map_in_place(struct iopath_oe *oe, bool alone, u64 first, u64 *last,
			u64 *block)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	struct iopath_extent em;
	bool ok;

	if (!find_in_place(inode, first, *last, &em))
		return 0;
	if (em.node.start > first) {
		*last = em.node.start - 1;
		return 0;
	}
	*last = min_t(u64, em.node.last, first + IOPATH_BIO_BLOCKS - 1);
	oe->type = em.type == IOPATH_EXTENT_PREALLOC ? IOPATH_OE_PREALLOC :
						       IOPATH_OE_NOCOW;
	ok = iopath_oe_enter_place(oe, em.block, *last - first + 1, alone);
	iopath_count(fs, ok ? IOPATH_COUNT_NOCOW : IOPATH_COUNT_NOCOW_DENIED);
	if (!ok)
		return 0;
	*block = em.block;
	return *last - first + 1;
}

/* DW.10: allocate, as much as there is in one run.  Return: blocks. */
static u64 map_copy(struct iopath_oe *oe, u64 first, u64 last, u64 *block)
{
	struct iopath_io *io = oe->io;
	u64 want = min_t(u64, last - first + 1, IOPATH_BIO_BLOCKS);
	u32 nr;

	if (unlikely(io->inode->fs->knobs.run_blocks))
		want = min_t(u64, want, io->inode->fs->knobs.run_blocks);
	want = min_t(u64, want, io->reserved);
	if (!want)
		return 0;
	nr = iopath_bg_alloc(oe->inode->fs, oe, (u32)want, block);
	WARN_ON_ONCE(!nr);
	io->reserved -= nr;
	oe->type = IOPATH_OE_REGULAR;
	return nr;
}

/*
 * What DW.6 is there to avoid (knob reserve_late): to get space while E is held.
 * As in btrfs, space that is short is looked for in ordered extents first.
 */
static void reserve_under_extent(struct iopath_io *io, u64 first, u64 last)
{
	struct iopath_fs *fs = io->inode->fs;
	u32 nr = (u32)(last - first + 1);

	if (fs->knobs.run_blocks)
		nr = min(nr, fs->knobs.run_blocks);
	if (iopath_space_is_short(fs, nr))
		iopath_oe_wait_range(io->inode, 0, fs->layout.file_blocks - 1);
	if (!iopath_space_reserve(fs, nr))
		io->reserved += nr;
}

/**
 * iopath_map_piece() - map a piece of a write (DW.8 to DW.14)
 * @io:    direct write, or writeback
 * @first: first file block
 * @last:  last file block that is still to be mapped
 *
 * Context: process context, sleeps.
 * Return: its ordered extent, inserted and not submitted; -ENOTBLK if a direct
 * write meets a page, or another error.
 */
struct iopath_oe *iopath_map_piece(struct iopath_io *io, u64 first, u64 last)
{
	struct iopath_inode *inode = io->inode;
	struct iopath_fs *fs = inode->fs;
	struct rangelock_req extent;
	struct iopath_oe *oe;
	bool alone = false;
	u64 block = 0, nr;

	if (unlikely(fs->geo.cow_fork))
		return iopath_cow_map_piece(io, first, last);
	oe = iopath_oe_alloc(io, min_t(u64, last - first + 1,
				       IOPATH_BIO_BLOCKS));
	if (!oe)
		return ERR_PTR(-ENOMEM);
	if (unlikely(fs->knobs.nocow_early))
		alone = check_early(inode, first, last);
	iopath_lock_extent(inode, &extent, first, last);
	if (!(io->internal & IOPATH_IO_WRITEBACK) &&
	    iopath_has_pages(inode) && iopath_cache_has(inode, first, last)) {
		iopath_extent_release(inode, &extent);
		iopath_oe_put(oe);
		return ERR_PTR(-ENOTBLK);
	}
	if (unlikely(fs->knobs.reserve_late))
		reserve_under_extent(io, first, last);
	nr = map_in_place(oe, alone, first, &last, &block);
	if (!nr)
		nr = map_copy(oe, first, last, &block);
	iopath_step(fs, IOPATH_DW_MAPPED);
	if (nr) {
		iopath_add_io_extent(oe, first, nr, block);
		/* DW.14: and not before the ordered extent is there */
		if (io->internal & IOPATH_IO_EXTENDS)
			iopath_size_grow(inode, iopath_last_byte(first + nr - 1)
					 + 1);
		iopath_count(fs, IOPATH_COUNT_PIECES);
	}
	iopath_extent_release(inode, &extent);
	if (!nr) {
		iopath_oe_put(oe);
		return ERR_PTR(-ENOSPC);
	}
	iopath_step(fs, IOPATH_DW_UNLOCKED);
	return oe;
}

/*
 * Not all of a write beyond the size could be mapped, and nobody else may change
 * the size yet: put it back.  Without memory for that the file ends with what
 * has been mapped.
 */
static void write_put_back(struct iopath_io *io)
{
	struct iopath_oe *oe = iopath_oe_alloc(io, 0);

	if (!oe)
		return;
	iopath_cut(oe, io->old_size);
	iopath_oe_put(oe);
}

/* DW.8 to DW.15.  Return: as iopath_map_piece(); -EFAULT without the buffer. */
static struct iopath_oe *write_piece(struct iopath_io *io, u64 first, u64 last)
{
	struct iopath_oe *oe;
	int err;

	err = iopath_io_pin(io, first, last, IOPATH_FAULT_LOCKED);
	if (err)
		return ERR_PTR(err);
	oe = iopath_map_piece(io, first, last);
	if (IS_ERR(oe))
		return oe;
	err = iopath_io_pin(io, first, oe->file.last, IOPATH_FAULT_MAPPED);
	if (err)
		iopath_io_error(io, err);
	return oe;
}

static void write_pieces(struct iopath_io *io)
{
	bool extends = io->internal & IOPATH_IO_EXTENDS;
	u64 first = iopath_io_first(io);
	u64 last = iopath_io_last(io);
	struct iopath_fs *fs = io->inode->fs;
	struct iopath_oe *oe, *mapped = NULL;

	while (first <= last) {
		if (mapped && unlikely(fs->knobs.fail_piece)) {
			iopath_io_error(io, -EFAULT);
			break;
		}
		oe = write_piece(io, first, last);
		if (IS_ERR(oe)) {
			int err = (int)PTR_ERR(oe);

			if (err == -EAGAIN && !iopath_is_broken(fs)) {
				/* relocation may wait for what is mapped */
				if (mapped)
					iopath_oe_submit(mapped);
				mapped = NULL;
				continue;
			}
			if (err == -ENOTBLK || err == -EFAULT)
				io->buffered_from = iopath_first_byte(first);
			else
				iopath_io_error(io, err);
			break;
		}
		first += iopath_nr(&oe->file);
		/* DW.15: the bio of a piece follows the next mapping */
		if (mapped)
			iopath_oe_submit(mapped);
		mapped = oe;
	}
	if (extends && first > last)
		io->ops->write_size_set(io);
	/* also after an error: an ordered extent without a bio hangs others */
	if (mapped && !(unlikely(fs->knobs.leave_oe) && READ_ONCE(io->error)))
		iopath_oe_submit(mapped);
	if (extends && first <= last) {
		if (READ_ONCE(io->error))
			write_put_back(io);
		io->ops->write_size_set(io);
	}
}

/* Whether the place that an appending write has got will do. */
static int write_check_place(const struct iopath_io *io)
{
	if (likely(!(io->flags & IOPATH_APPEND)))
		return 0;
	if (!IS_ALIGNED(io->pos, IOPATH_BLOCK_SIZE))
		return -EINVAL;
	return io->pos + io->len > io->inode->fs->geo.file_bytes ? -EFBIG : 0;
}

/**
 * iopath_write_run() - write, up to the end of submission
 * @io: begun; may be gone on return, if it is not synchronous
 *
 * Context: process context, sleeps.
 */
void iopath_write_run(struct iopath_io *io)
{
	u32 blocks = io->len >> IOPATH_BLOCK_SHIFT;
	struct iopath_fs *fs = io->inode->fs;
	int err, place_err;

	io->ops->write_check(io);
	err = fs->knobs.reserve_late ? 0 : iopath_space_reserve(fs, blocks);
	if (!err && !fs->knobs.reserve_late)
		io->reserved = blocks;
	io->ops->write_begin(io);
	io->old_size = iopath_size(io->inode);
	iopath_admit(fs, iopath_io_kind(io));
	iopath_step(fs, IOPATH_DW_LOCKED);
	place_err = write_check_place(io);
	if (!place_err && iopath_has_pages(io->inode))
		place_err = iopath_io_flush(io);
	/* without space, a write in place may still succeed */
	if (err && err != -ENOSPC)
		iopath_io_error(io, err);
	else if (place_err)
		iopath_io_error(io, place_err);
	else
		write_pieces(io);
	if (io->reserved)
		iopath_space_return(fs, io->reserved);
	iopath_step(fs, IOPATH_DW_SUBMITTED);
	iopath_dsync_submitted(io);
	iopath_io_put(io);
}
