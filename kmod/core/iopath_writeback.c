// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Writeback: dirty pages become ordered extents and bios, as in btrfs:
 *
 *   WB.1  lock a run of dirty pages, ascending
 *   WB.2  per piece, as a direct write does: lock E, choose the place, insert
 *         extent map and ordered extent (DW.8 to DW.14); the pages are ORDERED
 *   WB.3  unlock the pages
 *   WB.4  page by page: lock, DIRTY and ORDERED become WRITEBACK, unlock; then
 *         the bio of the piece
 *   WB.5  end of the bio: the pages are clean
 *   WB.6  completion, as for a direct write
 *
 * It takes no lock of the design: an fsync that holds F, or the inode lock,
 * starts it and waits for it.  What it may need of the design is asked by try:
 * the place on the disk.  Its space has been reserved when the page was dirtied.
 *
 * Pages of one bio do not lie together in memory, so the data is copied to a
 * buffer in WB.4.  It could not change on its way anyway: see iopath_page.h.
 */
#include "iopath_control.h"

/**
 * struct iopath_wb - writeback of some pages
 * @io:   the write as the paths below see it: begin, length, data, reservation
 * @nr:   number of pages; the submitter's
 * @page: the pages, of consecutive blocks, each with a reference; constant
 * @oe:   the ordered extents of them; the submitter's
 */
struct iopath_wb {
	struct iopath_io io;
	u32 nr;
	struct iopath_page *page[IOPATH_WB_PAGES];
	struct iopath_oe *oe[IOPATH_WB_PAGES];
};

#define WB_DELALLOC	(IOPATH_PAGE_DIRTY | IOPATH_PAGE_ORDERED)

static void wb_free(struct iopath_wb *wb)
{
	rlenv_free_big(wb->io.buf);
	rlenv_free(wb);
}

static struct iopath_wb *wb_alloc(struct iopath_inode *inode,
				  const struct iopath_design_ops *ops)
{
	struct iopath_wb *wb = rlenv_alloc(sizeof(*wb));

	if (!wb)
		return NULL;
	wb->io.buf = rlenv_alloc_big(IOPATH_WB_PAGES * IOPATH_BLOCK_SIZE);
	if (!wb->io.buf) {
		rlenv_free(wb);
		return NULL;
	}
	wb->io.inode = inode;
	wb->io.ops = ops;
	wb->io.internal = IOPATH_IO_WRITEBACK;
	wb->io.flags = IOPATH_WRITE;
	atomic_set(&wb->io.pending, 1);
	return wb;
}

/*
 * WB.1: lock the first run of dirty pages of [first, last].  Pages are locked
 * one by one, and each is looked at again under its lock.
 */
static void wb_lock(struct iopath_wb *wb, u64 first, u64 last)
{
	struct iopath_inode *inode = wb->io.inode;
	struct iopath_page *page;

	while (wb->nr < IOPATH_WB_PAGES && first <= last) {
		page = iopath_page_find(inode, first, wb->nr ? first : last,
					WB_DELALLOC, IOPATH_PAGE_DIRTY);
		if (!page)
			return;
		first = iopath_page_block(page) + 1;
		if (!iopath_page_relock(page)) {
			iopath_page_put(page);
		} else if ((iopath_page_state(page) & WB_DELALLOC) ==
			   IOPATH_PAGE_DIRTY) {
			wb->page[wb->nr++] = page;
			continue;
		} else {
			iopath_page_unlock(page);
			iopath_page_put(page);
		}
		if (wb->nr)
			return;
	}
}

static struct iopath_page *wb_page(struct iopath_wb *wb, u64 block)
{
	return wb->page[block - iopath_page_block(wb->page[0])];
}

/* WB.2.  Return: 0, or an error; what could not be mapped stays dirty. */
static int wb_map(struct iopath_wb *wb, u32 *nr_oes)
{
	u64 first = iopath_page_block(wb->page[0]);
	u64 last = iopath_page_block(wb->page[wb->nr - 1]);
	struct iopath_fs *fs = wb->io.inode->fs;
	struct iopath_oe *oe;
	u32 left;
	u64 i;

	wb->io.pos = iopath_first_byte(first);
	wb->io.len = wb->nr << IOPATH_BLOCK_SHIFT;
	wb->io.reserved = wb->nr;
	while (first <= last) {
		oe = iopath_map_piece(&wb->io, first, last);
		if (IS_ERR(oe))
			break;
		wb->oe[(*nr_oes)++] = oe;
		for (i = oe->file.start; i <= oe->file.last; i++) {
			iopath_page_change(wb_page(wb, i), 0,
					   IOPATH_PAGE_ORDERED);
			iopath_hold(fs, IOPATH_RES_WRITEBACK, wb_page(wb, i),
				    wb);
		}
		first += iopath_nr(&oe->file);
	}
	left = (u32)(last + 1 - first);
	/* a write in place needs no space */
	iopath_space_return(fs, wb->io.reserved - left);
	return left ? -ENOMEM : 0;
}

/* WB.4.  The ordered extent is gone, or may be, on return. */
static void wb_submit(struct iopath_wb *wb, struct iopath_oe *oe)
{
	struct iopath_fs *fs = wb->io.inode->fs;
	struct iopath_page *page;
	u64 block;

	for (block = oe->file.start; block <= oe->file.last; block++) {
		page = wb_page(wb, block);
		/* ORDERED pages do not leave the cache */
		iopath_warn_on(fs, !iopath_page_relock(page));
		memcpy((char *)wb->io.buf + (iopath_first_byte(block) -
					     wb->io.pos),
		       page->data, IOPATH_BLOCK_SIZE);
		iopath_page_change(page, IOPATH_PAGE_DIRTY |
				   IOPATH_PAGE_ORDERED, IOPATH_PAGE_WRITEBACK);
		iopath_page_unlock(page);
		iopath_pass(fs, IOPATH_RES_WRITEBACK, page, wb);
		iopath_count(fs, IOPATH_COUNT_WRITEBACK);
	}
	iopath_oe_submit(oe);
}

/* What writeback must not do, but with a knob. */
static void wb_lock_file(struct iopath_wb *wb, struct rangelock_req *range)
{
	u64 first = iopath_page_block(wb->page[0]);
	struct iopath_inode *inode = wb->io.inode;

	iopath_range_acquire(inode->fs, &inode->range.file, range,
			     iopath_first_byte(first),
			     iopath_last_byte(first + wb->nr - 1),
			     RANGELOCK_WRITE, IOPATH_RES_FILE_RANGE);
}

/* Write back the locked pages.  @wb is no longer the caller's on return. */
static int wb_run(struct iopath_wb *wb)
{
	struct iopath_fs *fs = wb->io.inode->fs;
	struct rangelock_req range;
	u32 i, nr_oes = 0;
	int err;

	iopath_gate_hold(&fs->gate);
	if (unlikely(fs->knobs.writeback_locks_file))
		wb_lock_file(wb, &range);
	err = wb_map(wb, &nr_oes);
	for (i = 0; i < wb->nr; i++)
		iopath_page_unlock(wb->page[i]);
	iopath_step(fs, IOPATH_WB_MAPPED);
	for (i = 0; i < nr_oes; i++)
		wb_submit(wb, wb->oe[i]);
	if (unlikely(fs->knobs.writeback_locks_file))
		iopath_range_release(fs, &wb->io.inode->range.file, &range,
				     IOPATH_RES_FILE_RANGE);
	iopath_io_put(&wb->io);
	return err;
}

/*
 * Start writeback of the dirty pages of a range.  Pages that become dirty in
 * the meantime, behind the one it has come to, are written, too.
 */
static int wb_start(struct iopath_inode *inode,
		    const struct iopath_design_ops *ops, u64 first, u64 last)
{
	struct iopath_wb *wb;
	int err = 0;

	while (!err && first <= last) {
		struct iopath_page *page;

		page = iopath_page_find(inode, first, last, WB_DELALLOC,
					IOPATH_PAGE_DIRTY);
		if (!page)
			break;
		first = iopath_page_block(page);
		iopath_page_put(page);
		wb = wb_alloc(inode, ops);
		if (!wb)
			return -ENOMEM;
		wb_lock(wb, first, last);
		if (!wb->nr) {
			wb_free(wb);
			continue;
		}
		first = iopath_page_block(wb->page[wb->nr - 1]) + 1;
		err = wb_run(wb);
	}
	return err;
}

/* Wait for what of a range has been mapped or is under writeback. */
static void wb_wait(struct iopath_inode *inode, u64 first, u64 last)
{
	const u32 busy[] = { IOPATH_PAGE_ORDERED, IOPATH_PAGE_WRITEBACK };
	struct iopath_page *page;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(busy); i++) {
		/* mapped first: what is mapped goes under writeback */
		while ((page = iopath_page_find(inode, first, last, busy[i],
						busy[i]))) {
			bool done = iopath_page_wait(page, busy[i]);

			iopath_page_put(page);
			if (!done)
				return;
		}
	}
}

/**
 * iopath_flush_run() - write back the pages of a range and wait
 * @inode: file
 * @ops:   design of the operation that this is a part of
 * @first: first file block
 * @last:  last file block
 *
 * On success every page that was dirty when this began has its data on the
 * device, or has failed, see iopath_writeback_error(); and its extent map and
 * ordered extent, or item, are there for an fsync to see.
 *
 * Context: process context, sleeps; E and the lock of a page must not be held.
 * Return: 0, or -ENOMEM; then pages stay dirty.
 */
int iopath_flush_run(struct iopath_inode *inode,
		     const struct iopath_design_ops *ops, u64 first, u64 last)
{
	int err;

	if (!iopath_has_pages(inode))
		return 0;
	err = wb_start(inode, ops, first, last);
	wb_wait(inode, first, last);
	return err;
}

/* WB.5: IRQ context in the kernel. */
void iopath_writeback_bio_done(struct iopath_oe *oe)
{
	struct iopath_wb *wb = container_of(oe->io, struct iopath_wb, io);
	u64 block;

	if (oe->bio.error)
		cmpxchg(&oe->inode->cache.error, 0, (u32)-oe->bio.error);
	for (block = oe->file.start; block <= oe->file.last; block++) {
		iopath_page_change(wb_page(wb, block), IOPATH_PAGE_WRITEBACK,
				   0);
		iopath_unhold(oe->inode->fs, IOPATH_RES_WRITEBACK,
			      wb_page(wb, block), wb);
	}
}

/* WB.6: all of its ordered extents are COMPLETE. */
void iopath_writeback_complete(struct iopath_io *io)
{
	struct iopath_wb *wb = container_of(io, struct iopath_wb, io);
	struct iopath_fs *fs = io->inode->fs;
	u32 i;

	for (i = 0; i < wb->nr; i++)
		iopath_page_put(wb->page[i]);
	wb_free(wb);
	iopath_gate_drop(&fs->gate);
}

/**
 * iopath_writeback_error() - what of writeback has failed, once
 * @inode: file
 *
 * The pages are clean then and keep the new data, the device has the old: as in
 * Linux, the one who asks first is told.
 *
 * Context: any.
 * Return: 0 or -errno since the last call.
 */
int iopath_writeback_error(struct iopath_inode *inode)
{
	if (likely(!READ_ONCE(inode->cache.error)))
		return 0;
	return -(int)xchg(&inode->cache.error, 0);
}

static int flush_bytes(struct iopath_inode *inode, u64 start, u64 last,
		       bool wait)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	u64 first = start >> IOPATH_BLOCK_SHIFT;
	u32 slot;
	int err;

	if (start > last || start >= fs->geo.file_bytes)
		return -EINVAL;
	last = min(last, fs->geo.file_bytes - 1) >> IOPATH_BLOCK_SHIFT;
	slot = iopath_gate_enter(fs, &ops);
	if (wait)
		err = iopath_flush_run(inode, ops, first, last);
	else
		err = wb_start(inode, ops, first, last);
	iopath_gate_exit(fs, slot, ops);
	return err;
}

/**
 * iopath_writeback_start() - start writeback of a range
 * @inode: file
 * @start: first byte
 * @last:  last byte, inclusive; U64_MAX for the end of the file
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for a range that is not in the file, or -ENOMEM.
 */
int iopath_writeback_start(struct iopath_inode *inode, u64 start, u64 last)
{
	return flush_bytes(inode, start, last, false);
}

/**
 * iopath_flush() - write back a range and wait
 * @inode: file
 * @start: first byte
 * @last:  last byte, inclusive; U64_MAX for the end of the file
 *
 * The data has reached the device then, but is not durable: that takes an
 * fsync, which is also told of errors of writeback.
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for a range that is not in the file, or -ENOMEM.
 */
int iopath_flush(struct iopath_inode *inode, u64 start, u64 last)
{
	return flush_bytes(inode, start, last, true);
}
