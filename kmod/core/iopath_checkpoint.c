// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Checkpoints: all file extent items and the sizes of the files, written by a
 * commit and read by mount.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

static size_t check_max(const struct iopath_fs *fs)
{
	return (size_t)fs->layout.check_blocks * IOPATH_BLOCK_SIZE;
}

static size_t check_encode_inode(struct iopath_inode *inode, char *buf,
				 size_t at)
{
	struct itree_node *node;

	for (node = itree_first(&inode->items); node; node = itree_next(node))
		at = iopath_list_add(inode, buf, at,
				     container_of(node, struct iopath_extent,
						  node));
	return iopath_list_add_size(buf, at, inode->ino,
				    iopath_size_to_commit(inode));
}

/**
 * iopath_checkpoint_encode() - copy all items and sizes to memory
 * @fs: file system; trans.sem is held for write
 *
 * Context: process context, sleeps.
 * Return: bytes in fs->check_buf.
 */
u64 iopath_checkpoint_encode(struct iopath_fs *fs)
{
	size_t at;
	u32 ino;

	iopath_assert_held_write(fs, &fs->trans.sem);
	at = iopath_list_begin(fs->check_buf, IOPATH_CHECK_MAGIC, fs->trans.id,
			       0);
	mutex_lock(&fs->item_lock);
	for (ino = 0; ino < fs->geo.nr_files; ino++)
		at = check_encode_inode(&fs->inodes[ino], fs->check_buf, at);
	mutex_unlock(&fs->item_lock);
	WARN_ON(at > check_max(fs));
	return at;
}

/**
 * iopath_checkpoint_write() - write what was encoded, and the super block
 * @fs:         file system; trans.commit_mutex is held
 * @generation: of the checkpoint
 * @bytes:      from iopath_checkpoint_encode()
 *
 * Context: process context, sleeps.
 * Return: 0 or -errno; then the previous checkpoint is the current one.
 */
int iopath_checkpoint_write(struct iopath_fs *fs, u64 generation, u64 bytes)
{
	u64 blocks = DIV_ROUND_UP(bytes, IOPATH_BLOCK_SIZE);
	int err;

	iopath_assert_held(fs, &fs->trans.commit_mutex);
	/* not in the critical section: it reads all of the buffer */
	iopath_list_finish(fs->check_buf, (size_t)bytes);
	err = iopath_dev_io(fs->dev, IOPATH_BIO_WRITE, 0,
			    fs->layout.check_first[generation & 1], blocks,
			    fs->check_buf);
	if (err)
		return err;
	return iopath_super_write(fs->dev, &fs->geo, generation, bytes,
				  ((struct iopath_disk_list *)
				   fs->check_buf)->crc);
}

/**
 * iopath_checkpoint_read() - fill the tree at mount
 * @fs:    file system with a layout and empty block groups
 * @bytes: length, from the super block
 * @crc:   checksum, from the super block
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL if it is damaged, or -errno.
 */
int iopath_checkpoint_read(struct iopath_fs *fs, u64 bytes, u32 crc)
{
	u64 generation = fs->generation;
	int err;

	if (bytes > check_max(fs))
		return -EINVAL;
	err = iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0,
			    fs->layout.check_first[generation & 1],
			    DIV_ROUND_UP(bytes, IOPATH_BLOCK_SIZE),
			    fs->check_buf);
	if (err)
		return err;
	if (!iopath_list_is_valid(fs->check_buf, (size_t)bytes,
				  IOPATH_CHECK_MAGIC, generation, 0) ||
	    ((struct iopath_disk_list *)fs->check_buf)->crc != crc)
		return -EINVAL;
	return iopath_list_walk(fs, fs->check_buf, iopath_item_restore);
}
