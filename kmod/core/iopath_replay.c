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
		err = iopath_list_walk(fs, record, iopath_item_restore);
		at += blocks;
		(*nr_records)++;
	}
	rlenv_free_big(buf);
	return err;
}
