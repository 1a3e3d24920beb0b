// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The end of a file, in three states of durability:
 *
 *   size         what readers and writers see; a write that extends the file
 *                raises it when it has mapped a piece, as in DW.14
 *   disk_size    what a commit writes; raised by the completion of the piece, in
 *                the transaction that has its item.  So after a crash nothing
 *                in the file is there that has not been written: what is
 *                behind is gone, what is missing in front of it is a hole.
 *   logged_size  what the last commit and the log say
 *
 * A log record says at least where the extents end that are in it: an fsync
 * may log them before their completion has run.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

/* The end of a file in bytes.  Context: any; it may change at any time. */
u64 iopath_size(struct iopath_inode *inode)
{
	return READ_ONCE(inode->size);
}

/* The file reaches to @size at least.  Context: E is held on what is added. */
void iopath_size_grow(struct iopath_inode *inode, u64 size)
{
	spin_lock(&inode->em_lock);
	WRITE_ONCE(inode->size, max(inode->size, size));
	spin_unlock(&inode->em_lock);
}

/**
 * iopath_size_set() - cut the file off, or extend it by a hole
 * @inode: file
 * @size:  its new end
 *
 * Context: process context; E is held from there or from the old end on, and a
 * joined handle.
 */
void iopath_size_set(struct iopath_inode *inode, u64 size)
{
	spin_lock(&inode->em_lock);
	inode->cut |= size < inode->disk_size;
	WRITE_ONCE(inode->size, size);
	WRITE_ONCE(inode->disk_size, size);
	spin_unlock(&inode->em_lock);
}

/**
 * iopath_size_written() - a part of the file has its items
 * @inode: file
 * @size:  where that part ends, rounded up to a block
 *
 * Context: process context; a joined handle is held.
 */
void iopath_size_written(struct iopath_inode *inode, u64 size)
{
	if (likely(size <= READ_ONCE(inode->disk_size)))
		return;
	spin_lock(&inode->em_lock);
	size = min(size, inode->size);
	WRITE_ONCE(inode->disk_size, max(inode->disk_size, size));
	spin_unlock(&inode->em_lock);
}

/**
 * iopath_size_to_log() - the size that goes into a log record
 * @inode:  file
 * @size:   where the extents in the record end, rounded up to a block
 * @to_log: set
 *
 * Context: process context; log_mutex and a started handle are held, and the
 * record is going to be written.
 * Return: whether the log does not have it yet.
 */
bool iopath_size_to_log(struct iopath_inode *inode, u64 size, u64 *to_log)
{
	bool news;

	iopath_assert_held(inode->fs, &inode->log_mutex);
	spin_lock(&inode->em_lock);
	size = max(size, inode->disk_size);
	if (!inode->cut)
		size = max(size, inode->logged_size);
	size = min(size, inode->size);
	news = inode->cut || size != inode->logged_size;
	inode->cut = false;
	inode->logged_size = size;
	spin_unlock(&inode->em_lock);
	*to_log = size;
	return news;
}

/* The size that goes into a checkpoint.  Context: trans.sem held for write. */
u64 iopath_size_to_commit(struct iopath_inode *inode)
{
	u64 size;

	iopath_assert_held_write(inode->fs, &inode->fs->trans.sem);
	spin_lock(&inode->em_lock);
	size = inode->disk_size;
	inode->logged_size = size;
	inode->cut = false;
	spin_unlock(&inode->em_lock);
	return size;
}

/**
 * iopath_size_restore() - apply a size from the device
 * @inode: file of a file system being mounted
 * @size:  its end; extents behind it go
 *
 * Context: process context, sleeps.
 */
void iopath_size_restore(struct iopath_inode *inode, u64 size)
{
	u64 first = DIV_ROUND_UP(size, IOPATH_BLOCK_SIZE);
	u64 last = inode->fs->layout.file_blocks - 1;
	struct iopath_extent *none = NULL;

	/* a range to the end of the file splits nothing */
	if (first <= last)
		iopath_items_drop(inode, first, last, &none);
	iopath_size_set(inode, size);
	inode->logged_size = size;
	inode->cut = false;
}
