// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Buffered reads and writes, byte by byte.
 *
 *   BW.1  reserve space for every page; may commit, so before any lock
 *   BW.2  design: inode lock, or F on the range, for all of the call
 *   per chunk of pages:
 *   BW.3  lock the pages, ascending; read those that are written in part
 *   BW.4  lock E; an ordered extent in the range: let go of all, wait, again
 *   BW.5  copy, mark dirty; unlock
 *
 * Space is reserved also for what writeback will write in place, and given back
 * then.  So a buffered write may see -ENOSPC where a direct one does not: btrfs
 * looks for a place under E then, which is not done here.
 */
#include "iopath_control.h"

/**
 * struct buffered_chunk - some pages in a row, locked
 * @inode: constant
 * @pos:   first byte
 * @len:   bytes
 * @first: first file block
 * @nr:    number of pages
 * @page:  the pages
 */
struct buffered_chunk {
	struct iopath_inode *inode;
	u64 pos;
	u32 len;
	u64 first;
	u32 nr;
	struct iopath_page *page[IOPATH_CHUNK_PAGES];
};

static u64 byte_block(u64 pos)
{
	return pos >> IOPATH_BLOCK_SHIFT;
}

/* Set @chunk to the beginning of [pos, pos + len). */
static void chunk_init(struct buffered_chunk *chunk,
		       struct iopath_inode *inode, u64 pos, u32 len)
{
	u64 limit;

	chunk->inode = inode;
	chunk->pos = pos;
	chunk->first = byte_block(pos);
	chunk->nr = 0;
	limit = iopath_first_byte(chunk->first + IOPATH_CHUNK_PAGES) - pos;
	chunk->len = (u32)min_t(u64, len, limit);
}

static u64 chunk_last(const struct buffered_chunk *chunk)
{
	return byte_block(chunk->pos + chunk->len - 1);
}

static void chunk_unlock(struct buffered_chunk *chunk)
{
	while (chunk->nr) {
		struct iopath_page *page = chunk->page[--chunk->nr];

		iopath_page_unlock(page);
		iopath_page_put(page);
	}
}

/* The part of the chunk that is in a page: offset in the page, and bytes. */
static u32 chunk_part(const struct buffered_chunk *chunk,
		      const struct iopath_page *page, u32 *offset)
{
	u64 begin = iopath_first_byte(iopath_page_block(page));
	u64 from = max(begin, chunk->pos);
	u64 to = min(begin + IOPATH_BLOCK_SIZE, chunk->pos + chunk->len);

	*offset = (u32)(from - begin);
	return (u32)(to - from);
}

/* BW.3 */
static int chunk_lock(struct buffered_chunk *chunk)
{
	u64 last = chunk_last(chunk);
	struct iopath_page *page;
	u32 offset;
	u64 block;
	int err;

	for (block = chunk->first; block <= last; block++) {
		page = iopath_page_lock(chunk->inode, block);
		if (!page) {
			chunk_unlock(chunk);
			return -ENOMEM;
		}
		chunk->page[chunk->nr++] = page;
		if (chunk_part(chunk, page, &offset) == IOPATH_BLOCK_SIZE)
			continue;
		err = iopath_page_fill(page);
		if (err) {
			chunk_unlock(chunk);
			return err;
		}
	}
	return 0;
}

/* BW.3 and BW.4: on success the pages and E are locked. */
static int chunk_lock_extent(struct buffered_chunk *chunk,
			     struct rangelock_req *extent)
{
	struct iopath_inode *inode = chunk->inode;
	struct iopath_fs *fs = inode->fs;
	u64 last = chunk_last(chunk);
	struct iopath_oe *oe;
	bool again = true;
	int err;

	for (;;) {
		err = chunk_lock(chunk);
		if (err)
			return err;
		iopath_extent_acquire(inode, extent, chunk->first, last);
		oe = again ? iopath_oe_get_overlap(inode, chunk->first, last) :
			     NULL;
		if (likely(!oe))
			return 0;
		iopath_extent_release(inode, extent);
		chunk_unlock(chunk);
		iopath_count(fs, IOPATH_COUNT_OE_WAITS);
		again = iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
		iopath_oe_put(oe);
	}
}

/* BW.5.  @reserved: blocks reserved; each page that becomes dirty takes one. */
static void chunk_dirty(struct buffered_chunk *chunk, const char *buf,
			u32 *reserved)
{
	u32 i, nr, offset, old;

	for (i = 0; i < chunk->nr; i++) {
		nr = chunk_part(chunk, chunk->page[i], &offset);
		memcpy((char *)chunk->page[i]->data + offset, buf, nr);
		buf += nr;
		old = iopath_page_change(chunk->page[i], 0,
					 IOPATH_PAGE_UPTODATE |
					 IOPATH_PAGE_DIRTY);
		if (!(old & IOPATH_PAGE_DIRTY))
			(*reserved)--;
	}
	iopath_size_grow(chunk->inode, chunk->pos + chunk->len);
}

static ssize_t write_chunk(struct iopath_inode *inode, u64 pos, const char *buf,
			   u32 len, u32 *reserved)
{
	struct buffered_chunk chunk;
	struct rangelock_req extent;
	int err;

	chunk_init(&chunk, inode, pos, len);
	err = chunk_lock_extent(&chunk, &extent);
	if (err)
		return err;
	iopath_step(inode->fs, IOPATH_BW_LOCKED);
	chunk_dirty(&chunk, buf, reserved);
	iopath_extent_release(inode, &extent);
	chunk_unlock(&chunk);
	return chunk.len;
}

static ssize_t read_chunk(struct iopath_inode *inode, u64 pos, char *buf,
			  u32 len)
{
	struct buffered_chunk chunk;
	struct iopath_page *page;
	u32 offset, nr;
	int err;

	chunk_init(&chunk, inode, pos, len);
	chunk.len = min_t(u32, chunk.len, IOPATH_BLOCK_SIZE -
			  (u32)(pos - iopath_first_byte(chunk.first)));
	page = iopath_page_lock(inode, chunk.first);
	if (!page)
		return -ENOMEM;
	err = iopath_page_fill(page);
	nr = chunk_part(&chunk, page, &offset);
	if (!err)
		memcpy(buf, (char *)page->data + offset, nr);
	iopath_page_unlock(page);
	iopath_page_put(page);
	return err ? err : (ssize_t)nr;
}

static void buffered_op_init(struct iopath_op *op, struct iopath_inode *inode,
			     const struct iopath_design_ops *ops,
			     enum iopath_op_kind kind, u64 pos, u32 len)
{
	memset(op, 0, sizeof(*op));
	op->inode = inode;
	op->ops = ops;
	op->kind = kind;
	op->start = round_down(pos, (u64)IOPATH_BLOCK_SIZE);
	op->last = iopath_last_byte(byte_block(pos + len - 1));
}

/**
 * iopath_buffered_write_run() - write to the page cache
 * @inode: file
 * @ops:   design of the operation that this is a part of
 * @pos:   first byte
 * @buf:   data
 * @len:   bytes
 *
 * Context: process context, sleeps; nothing is held.
 * Return: bytes, less than @len after an error behind the first chunk; or
 * -errno.
 */
ssize_t iopath_buffered_write_run(struct iopath_inode *inode,
				  const struct iopath_design_ops *ops, u64 pos,
				  const void *buf, u32 len)
{
	u32 reserved = (u32)(byte_block(pos + len - 1) - byte_block(pos) + 1);
	struct iopath_op op;
	ssize_t part = 0;
	u32 done = 0;
	int err;

	err = iopath_space_reserve(inode->fs, reserved);
	if (err)
		return err;
	buffered_op_init(&op, inode, ops, IOPATH_OP_BUFFERED_WRITE, pos, len);
	ops->op_enter(&op);
	iopath_admit(inode->fs, IOPATH_INSIDE_BUFFERED);
	while (done < len) {
		part = write_chunk(inode, pos + done, (const char *)buf + done,
				   len - done, &reserved);
		if (part < 0)
			break;
		done += (u32)part;
	}
	if (op.extends)
		ops->op_size_set(&op);
	iopath_depart(inode->fs, IOPATH_INSIDE_BUFFERED);
	ops->op_leave(&op);
	iopath_space_return(inode->fs, reserved);
	iopath_count(inode->fs, IOPATH_COUNT_BUFFERED_WRITES);
	return done ? (ssize_t)done : part;
}

/**
 * iopath_buffered_read_run() - read through the page cache
 * @inode: file
 * @ops:   design of the operation that this is a part of
 * @pos:   first byte
 * @buf:   memory for the data
 * @len:   bytes
 *
 * Context: process context, sleeps; nothing is held.
 * Return: bytes, less than @len at the end of the file or after an error behind
 * the first page; or -errno.
 */
ssize_t iopath_buffered_read_run(struct iopath_inode *inode,
				 const struct iopath_design_ops *ops, u64 pos,
				 void *buf, u32 len)
{
	struct iopath_op op;
	ssize_t part = 0;
	u32 done = 0;
	u64 size;

	buffered_op_init(&op, inode, ops, IOPATH_OP_BUFFERED_READ, pos, len);
	ops->op_enter(&op);
	size = iopath_size(inode);
	if (pos + len > size)
		len = pos < size ? (u32)(size - pos) : 0;
	while (done < len) {
		part = read_chunk(inode, pos + done, (char *)buf + done,
				  len - done);
		if (part < 0)
			break;
		done += (u32)part;
	}
	ops->op_leave(&op);
	iopath_count(inode->fs, IOPATH_COUNT_BUFFERED_READS);
	return done ? (ssize_t)done : part;
}

static bool buffered_is_valid(const struct iopath_fs *fs, u64 pos,
			      const void *buf, u32 len)
{
	return buf && len && len <= fs->geo.file_bytes &&
	       pos <= fs->geo.file_bytes - len;
}

/**
 * iopath_buffered_write() - write to the page cache
 * @inode: file
 * @pos:   first byte, any
 * @buf:   data, any alignment
 * @len:   bytes, any
 *
 * The data is visible to all readers on return, and reaches the device when an
 * fsync or somebody else asks for it.
 *
 * Context: process context, sleeps: for locks, for space.
 * Return: bytes, less than @len after an error in the middle; -EINVAL for a
 * range that is empty or not in the file, -EROFS after a failed commit, -ENOSPC,
 * -ENOMEM, or the error of reading a page that is written in part.
 */
ssize_t iopath_buffered_write(struct iopath_inode *inode, u64 pos,
			      const void *buf, u32 len)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	ssize_t done;
	u32 slot;

	if (!buffered_is_valid(fs, pos, buf, len))
		return -EINVAL;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &ops);
	done = iopath_buffered_write_run(inode, ops, pos, buf, len);
	iopath_gate_exit(fs, slot, ops);
	return done;
}

/**
 * iopath_buffered_read() - read through the page cache
 * @inode: file
 * @pos:   first byte, any
 * @buf:   memory for the data, any alignment
 * @len:   bytes, any
 *
 * Context: process context, sleeps.
 * Return: bytes, less than @len at the end of the file, 0 behind it, or less after
 * an error in the middle; -EINVAL for a range that is empty or that no file can
 * have, -ENOMEM, or the error of the read.
 */
ssize_t iopath_buffered_read(struct iopath_inode *inode, u64 pos, void *buf,
			     u32 len)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	ssize_t done;
	u32 slot;

	if (!buffered_is_valid(fs, pos, buf, len))
		return -EINVAL;
	slot = iopath_gate_enter(fs, &ops);
	done = iopath_buffered_read_run(inode, ops, pos, buf, len);
	iopath_gate_exit(fs, slot, ops);
	return done;
}
