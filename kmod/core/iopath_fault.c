// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Mappings of a file: faults, and the loads and stores that take them (P12).
 *
 *   MF.1  reserve space, if the page is to become writable
 *   MF.2  design: M on the page.  Never F or the inode lock: a fault may come
 *         from a direct IO that holds them, on any file.
 *   MF.3  lock the page, read it; lock E; an ordered extent in the range: let go
 *         of all, wait, again
 *   MF.4  mark it dirty; unlock E
 *
 * A processor that stores to a page which is writable already takes no fault,
 * until writeback write-protects it.  Here every store does, and keeps the page
 * locked for it: that is one possible timing of the real thing.
 */
#include "iopath_control.h"

static void fault_op_init(struct iopath_op *op, struct iopath_inode *inode,
			  const struct iopath_design_ops *ops,
			  enum iopath_op_kind kind, u64 block)
{
	memset(op, 0, sizeof(*op));
	op->inode = inode;
	op->ops = ops;
	op->kind = kind;
	op->start = iopath_first_byte(block);
	op->last = iopath_last_byte(block);
}

/* MF.3.  Return: 0 with the page locked, referenced and up to date. */
static int fault_page(struct iopath_inode *inode, u64 block,
		      struct iopath_page **page)
{
	int err;

	*page = iopath_page_lock(inode, block);
	if (!*page)
		return -ENOMEM;
	err = iopath_page_fill(*page);
	if (err) {
		iopath_page_unlock(*page);
		iopath_page_put(*page);
	}
	return err;
}

/* MF.3 and MF.4.  Return: as fault_page(); @dirtied: it was clean. */
static int fault_page_writable(struct iopath_inode *inode, u64 block,
			       struct iopath_page **page, bool *dirtied)
{
	struct iopath_fs *fs = inode->fs;
	struct rangelock_req extent;
	struct iopath_oe *oe;
	bool again = true;
	int err;

	for (;;) {
		err = fault_page(inode, block, page);
		if (err)
			return err;
		iopath_extent_acquire(inode, &extent, block, block);
		oe = again ? iopath_oe_get_overlap(inode, block, block) : NULL;
		if (likely(!oe))
			break;
		iopath_extent_release(inode, &extent);
		iopath_page_unlock(*page);
		iopath_page_put(*page);
		iopath_count(fs, IOPATH_COUNT_OE_WAITS);
		again = iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
		iopath_oe_put(oe);
	}
	*dirtied = !(iopath_page_change(*page, 0, IOPATH_PAGE_DIRTY) &
		     IOPATH_PAGE_DIRTY);
	iopath_step(fs, IOPATH_MF_DIRTY);
	iopath_extent_release(inode, &extent);
	return 0;
}

/* Make a page writable and store to it.  @buf: NULL to store nothing. */
static int fault_store(struct iopath_inode *inode,
		       const struct iopath_design_ops *ops, u64 block,
		       u32 offset, const void *buf, u32 len)
{
	struct iopath_page *page;
	struct iopath_op op;
	bool dirtied = false;
	int err;

	err = iopath_space_reserve(inode->fs, 1);
	if (err)
		return err;
	fault_op_init(&op, inode, ops, IOPATH_OP_FAULT, block);
	ops->op_enter(&op);
	err = fault_page_writable(inode, block, &page, &dirtied);
	if (!err) {
		if (buf)
			memcpy((char *)page->data + offset, buf, len);
		iopath_page_unlock(page);
		iopath_page_put(page);
	}
	ops->op_leave(&op);
	if (!dirtied)
		iopath_space_return(inode->fs, 1);
	return err;
}

static int fault_load(struct iopath_inode *inode,
		      const struct iopath_design_ops *ops, u64 block,
		      u32 offset, void *buf, u32 len)
{
	struct iopath_page *page;
	struct iopath_op op;
	int err;

	fault_op_init(&op, inode, ops, IOPATH_OP_READ_FAULT, block);
	ops->op_enter(&op);
	err = fault_page(inode, block, &page);
	if (!err) {
		memcpy(buf, (char *)page->data + offset, len);
		iopath_page_unlock(page);
		iopath_page_put(page);
	}
	ops->op_leave(&op);
	return err;
}

static bool mmap_is_valid(struct iopath_inode *inode, u64 pos, const void *buf,
			  u32 len)
{
	u64 size = iopath_size(inode);

	return buf && len && len <= size && pos <= size - len;
}

static u32 mmap_part(u64 pos, u32 len, u32 *offset)
{
	*offset = (u32)(pos & (IOPATH_BLOCK_SIZE - 1));
	return min_t(u32, len, IOPATH_BLOCK_SIZE - *offset);
}

/**
 * iopath_page_mkwrite() - make a page of a mapping writable
 * @inode: file
 * @block: file block
 *
 * Context: process context, sleeps; locks of the caller's direct IO may be held,
 * E may not.
 * Return: 0, -EINVAL for a block behind the end of the file, -EROFS after a
 * failed commit, -ENOSPC, -ENOMEM, or the error of reading the page.
 */
int iopath_page_mkwrite(struct iopath_inode *inode, u64 block)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	u32 slot;
	int err;

	if (block >= DIV_ROUND_UP(iopath_size(inode), IOPATH_BLOCK_SIZE))
		return -EINVAL;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &ops);
	err = fault_store(inode, ops, block, 0, NULL, 0);
	iopath_gate_exit(fs, slot, ops);
	return err;
}

/**
 * iopath_mmap_store() - store to a mapping of a file
 * @inode: file
 * @pos:   first byte
 * @buf:   data
 * @len:   bytes
 *
 * Context: process context, sleeps.
 * Return: 0, or the errors of iopath_page_mkwrite(): a real mapping would answer
 * them by a signal.
 */
int iopath_mmap_store(struct iopath_inode *inode, u64 pos, const void *buf,
		      u32 len)
{
	const struct iopath_design_ops *ops;
	struct iopath_fs *fs = inode->fs;
	u32 slot, part, offset;
	const char *from = buf;
	int err = 0;

	if (!mmap_is_valid(inode, pos, buf, len))
		return -EINVAL;
	if (READ_ONCE(fs->aborted))
		return -EROFS;
	slot = iopath_gate_enter(fs, &ops);
	for (; len && !err; pos += part, from += part, len -= part) {
		part = mmap_part(pos, len, &offset);
		err = fault_store(inode, ops, pos >> IOPATH_BLOCK_SHIFT, offset,
				  from, part);
	}
	iopath_gate_exit(fs, slot, ops);
	return err;
}

static int mmap_load(struct iopath_inode *inode,
		     const struct iopath_design_ops *ops, u64 pos, void *buf,
		     u32 len)
{
	u32 part, offset;
	char *to = buf;
	int err = 0;

	for (; len && !err; pos += part, to += part, len -= part) {
		part = mmap_part(pos, len, &offset);
		err = fault_load(inode, ops, pos >> IOPATH_BLOCK_SHIFT, offset,
				 to, part);
	}
	return err;
}

/**
 * iopath_mmap_load() - load from a mapping of a file
 * @inode: file
 * @pos:   first byte
 * @buf:   memory for the data
 * @len:   bytes
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for a range that is not mapped, -ENOMEM, or the error of
 * reading a page.
 */
int iopath_mmap_load(struct iopath_inode *inode, u64 pos, void *buf, u32 len)
{
	const struct iopath_design_ops *ops;
	u32 slot;
	int err;

	if (!mmap_is_valid(inode, pos, buf, len))
		return -EINVAL;
	slot = iopath_gate_enter(inode->fs, &ops);
	err = mmap_load(inode, ops, pos, buf, len);
	iopath_gate_exit(inode->fs, slot, ops);
	return err;
}

/**
 * iopath_io_touch() - the buffer of a direct IO is a mapping of a file
 * @io:     the direct IO, in its callback pin()
 * @inode:  the file that is mapped
 * @pos:    first byte of it
 * @buf:    memory for the data
 * @len:    bytes
 * @nofault: do not take faults
 *
 * Context: that of the callback.
 * Return: 0, -EFAULT if a page is not resident and @nofault, or the errors of
 * iopath_mmap_load().
 */
int iopath_io_touch(struct iopath_io *io, struct iopath_inode *inode, u64 pos,
		    void *buf, u32 len, bool nofault)
{
	u32 part, offset;
	char *to = buf;

	if (!mmap_is_valid(inode, pos, buf, len))
		return -EINVAL;
	if (!nofault)
		return mmap_load(inode, io->ops, pos, buf, len);
	for (; len; pos += part, to += part, len -= part) {
		part = mmap_part(pos, len, &offset);
		if (!iopath_page_peek(inode, pos >> IOPATH_BLOCK_SHIFT, offset,
				      to, part))
			return -EFAULT;
	}
	return 0;
}
