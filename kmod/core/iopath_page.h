/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The page cache of a file: pages of one block, found by their file block.
 *
 *   clean      UPTODATE, or empty while it is being filled
 *   dirty      DIRTY: newer than the device.  A block of space is reserved for
 *              it (delalloc), and no ordered extent is in its range.
 *   mapped     DIRTY | ORDERED: writeback has mapped it, the reservation is
 *              used up, the data is not yet on its way
 *   writeback  WRITEBACK: from there until the end of its bio
 *
 * A page becomes dirty under its lock and E on its range, with no ordered
 * extent in the range; whoever meets one lets go of everything and waits for
 * it.  So the data of a page does not change between ORDERED and the end of its
 * bio, and no direct write maps a range with a page in it (DW.8).
 */
#ifndef RANGELOCK_IOPATH_PAGE_H
#define RANGELOCK_IOPATH_PAGE_H

#include "iopath.h"

enum iopath_page_state {
	IOPATH_PAGE_LOCKED = 1U << 0,
	IOPATH_PAGE_CACHED = 1U << 1,	/* in the tree of its cache */
	IOPATH_PAGE_UPTODATE = 1U << 2,
	IOPATH_PAGE_DIRTY = 1U << 3,
	IOPATH_PAGE_ORDERED = 1U << 4,
	IOPATH_PAGE_WRITEBACK = 1U << 5,
};

/* Most pages that are written back, or written to, in one go. */
#define IOPATH_WB_PAGES		64U
#define IOPATH_CHUNK_PAGES	16U

/**
 * struct iopath_page - a page
 * @node:  its file block, start and last; constant
 * @inode: constant
 * @state: enum iopath_page_state; under cache.lock.  DIRTY and UPTODATE change
 *         only while the page is locked.
 * @refs:  one of the tree, one per user
 * @data:  4096 bytes, aligned; under the lock of the page.  Read by writeback
 *         and written by nobody from ORDERED to the end of WRITEBACK.
 */
struct iopath_page {
	struct itree_node node;
	struct iopath_inode *inode;
	u32 state;
	refcount_t refs;
	void *data;
};

/**
 * struct iopath_cache - the pages of a file
 * @lock:        guards the tree, the state of the pages and @nr_delalloc; irqsave
 * @tree:        pages by file block
 * @nr:          number of pages; written under @lock.  0 is what keeps direct IO
 *               away from all of this.
 * @nr_delalloc: pages that are DIRTY and not ORDERED
 * @wait:        for changes of the state of any page
 * @error:       of writeback, negated, not yet reported; cmpxchg from 0, xchg to 0
 */
struct iopath_cache {
	spinlock_t lock;
	struct itree tree;
	atomic_t nr;
	u32 nr_delalloc;
	wait_queue_head_t wait;
	u32 error;
};

static inline u64 iopath_page_block(const struct iopath_page *page)
{
	return page->node.start;
}

/* iopath_page.c */
void iopath_cache_init(struct iopath_cache *cache);
void iopath_cache_destroy(struct iopath_cache *cache);
struct iopath_page *iopath_page_lock(struct iopath_inode *inode, u64 block);
bool iopath_page_relock(struct iopath_page *page);
void iopath_page_unlock(struct iopath_page *page);
void iopath_page_put(struct iopath_page *page);
u32 iopath_page_state(struct iopath_page *page);
u32 iopath_page_change(struct iopath_page *page, u32 clear, u32 set);
int iopath_page_fill(struct iopath_page *page);
bool iopath_page_peek(struct iopath_inode *inode, u64 block, u32 offset,
		      void *buf, u32 len);
struct iopath_page *iopath_page_find(struct iopath_inode *inode, u64 first,
				     u64 last, u32 mask, u32 value);
u64 iopath_first_dirty(struct iopath_inode *inode, u64 first, u64 last);
bool iopath_cache_has(struct iopath_inode *inode, u64 first, u64 last);
bool iopath_page_wait(struct iopath_page *page, u32 state);
void iopath_cache_invalidate(struct iopath_inode *inode, u64 first, u64 last);
void iopath_cache_drop(struct iopath_inode *inode, u64 first, u64 last);

/* iopath_buffered.c */
ssize_t iopath_buffered_write_run(struct iopath_inode *inode,
				  const struct iopath_design_ops *ops, u64 pos,
				  const void *buf, u32 len);
ssize_t iopath_buffered_read_run(struct iopath_inode *inode,
				 const struct iopath_design_ops *ops, u64 pos,
				 void *buf, u32 len);

/* iopath_fallback.c */
bool iopath_io_is_aligned(const struct iopath_io *io);
int iopath_io_flush(struct iopath_io *io);
int iopath_io_pin(struct iopath_io *io, u64 first, u64 last,
		  enum iopath_fault when);
void iopath_io_fallback(struct iopath_io *io);

/* iopath_writeback.c */
int iopath_flush_run(struct iopath_inode *inode,
		     const struct iopath_design_ops *ops, u64 first, u64 last);
int iopath_writeback_error(struct iopath_inode *inode);
void iopath_writeback_bio_done(struct iopath_oe *oe);
void iopath_writeback_complete(struct iopath_io *io);

#endif /* RANGELOCK_IOPATH_PAGE_H */
