// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Replay of the log at mount: apply record after record until one is missing,
 * torn or of another generation.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

/* Length of the record at @buf in blocks, 0 if there is none. */
static u64 record_blocks(struct iopath_fs *fs, const char *buf, u64 at, u64 seq)
{
	u64 left = (u64)(fs->geo.log_blocks - at) * IOPATH_BLOCK_SIZE;
	struct iopath_disk_list head;

	memcpy(&head, buf, sizeof(head));
	if (!iopath_list_is_valid(buf, (size_t)left, IOPATH_LOG_MAGIC,
				  fs->generation, seq))
		return 0;
	return DIV_ROUND_UP(head.bytes, IOPATH_BLOCK_SIZE);
}

/*
 * Apply an extent of a record.  The extents of one record never overlap: here
 * the last one would win, but it would be by chance.
 */
static int replay_extent(struct iopath_inode *inode,
			 const struct iopath_extent *extent, const u32 *sums)
{
	struct iopath_log *log = &inode->fs->log;
	struct iopath_extent *seen = iopath_extent_alloc();

	if (!seen)
		return -ENOMEM;
	iopath_extent_set(seen, extent->node.start, extent->node.last,
			  extent->block, extent->type, extent->generation);
	if (itree_first_overlap(&log->replayed, seen->node.start,
				seen->node.last))
		log->overlaps++;
	itree_insert(&log->replayed, &seen->node);
	return iopath_item_restore(inode, extent, sums);
}

static int replay_record(struct iopath_fs *fs, const char *record)
{
	int err = iopath_list_walk(fs, record, replay_extent);

	iopath_extent_clear(&fs->log.replayed);
	return err;
}

/**
 * iopath_log_replay() - bring the tree up to the last durable fsync
 * @fs:         file system whose checkpoint has been read
 * @nr_records: set to the number of records applied
 *
 * Context: process context, sleeps.
 * Return: 0 or -errno.
 */
int iopath_log_replay(struct iopath_fs *fs, u32 *nr_records)
{
	u64 log_blocks = fs->geo.log_blocks;
	u64 at = 0, blocks;
	char *buf, *record;
	int err;

	*nr_records = 0;
	buf = rlenv_alloc_big((size_t)log_blocks * IOPATH_BLOCK_SIZE);
	if (!buf)
		return -ENOMEM;
	err = iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0, fs->layout.log_first,
			    log_blocks, buf);
	while (!err && at < log_blocks) {
		record = buf + (size_t)at * IOPATH_BLOCK_SIZE;
		blocks = record_blocks(fs, record, at, *nr_records);
		if (!blocks)
			break;
		err = replay_record(fs, record);
		at += blocks;
		(*nr_records)++;
	}
	rlenv_free_big(buf);
	return err;
}
