// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Layout of the device, super block, and the list of extents that a checkpoint
 * and a log record consist of.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

#define LOG_BLOCKS_DEFAULT	1024U
#define COWEXTSIZE_DEFAULT	32U

/* Writes are in place but for shared blocks, and files have their full size. */
static bool cow_fork_is_valid(const struct iopath_geometry *geo)
{
	return !geo->nocow && !geo->datasum && !geo->empty &&
	       geo->cowextsize && !(geo->cowextsize & (geo->cowextsize - 1));
}

/**
 * iopath_layout_init() - check a geometry and compute where things are
 * @layout: set
 * @geo:    geometry; log_blocks and nr_files not 0
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int iopath_layout_init(struct iopath_layout *layout,
		       const struct iopath_geometry *geo)
{
	u64 blocks = geo->file_bytes >> IOPATH_BLOCK_SHIFT;
	u64 worst;

	if (!blocks || blocks > U32_MAX / 64 ||
	    !IS_ALIGNED(geo->file_bytes, IOPATH_BLOCK_SIZE) ||
	    !geo->bg_blocks || geo->bg_blocks % 64 || !geo->nr_bgs ||
	    !geo->nr_files || geo->nr_files > IOPATH_FILES ||
	    (u64)geo->bg_blocks * geo->nr_bgs <= blocks * geo->nr_files ||
	    (u64)geo->bg_blocks * geo->nr_bgs > U32_MAX ||
	    !geo->log_blocks || geo->log_blocks > U32_MAX / 64 ||
	    (geo->nocow && geo->datasum) ||
	    (geo->cow_fork && !cow_fork_is_valid(geo)))
		return -EINVAL;
	/* every block an extent of its own, with a padded checksum; the sizes */
	worst = sizeof(struct iopath_disk_list) +
		geo->nr_files * sizeof(struct iopath_disk_extent) +
		blocks * geo->nr_files *
		(sizeof(struct iopath_disk_extent) + sizeof(u64));
	layout->file_blocks = blocks;
	layout->check_blocks = DIV_ROUND_UP(worst, IOPATH_BLOCK_SIZE);
	layout->check_first[0] = IOPATH_SUPER_COPIES;
	layout->check_first[1] = layout->check_first[0] + layout->check_blocks;
	layout->log_first = layout->check_first[1] + layout->check_blocks;
	layout->data_first = layout->log_first + geo->log_blocks;
	layout->nr_blocks = layout->data_first +
			    (u64)geo->bg_blocks * geo->nr_bgs;
	return 0;
}

static void geometry_default(struct iopath_geometry *geo)
{
	if (!geo->log_blocks)
		geo->log_blocks = LOG_BLOCKS_DEFAULT;
	if (!geo->nr_files)
		geo->nr_files = 1;
	if (!geo->cowextsize)
		geo->cowextsize = COWEXTSIZE_DEFAULT;
}

/**
 * iopath_device_blocks() - size of the device that a geometry needs
 * @geo: geometry
 *
 * Context: any.
 * Return: blocks of 4096 bytes, 0 if @geo is not valid.
 */
u64 iopath_device_blocks(const struct iopath_geometry *geo)
{
	struct iopath_geometry full = *geo;
	struct iopath_layout layout;

	geometry_default(&full);
	return iopath_layout_init(&layout, &full) ? 0 : layout.nr_blocks;
}

/* A checksum of a block; never 0, which stands for none. */
u32 iopath_block_sum(const void *block)
{
	u32 crc = rlenv_crc32(0, block, IOPATH_BLOCK_SIZE);

	return crc ? crc : 1;
}

/**
 * iopath_super_write() - make a checkpoint the current one
 * @dev:         device
 * @geo:         geometry
 * @generation:  of the checkpoint
 * @check_bytes: its length
 * @check_crc:   its checksum
 *
 * The pre-flush makes the checkpoint and all data durable before.  The second
 * copy is written when the first is durable, so that one is always whole; which
 * is first alternates, because a crash may have left the second of the last
 * commit torn.
 *
 * Context: process context, sleeps.
 * Return: 0 or -errno.
 */
int iopath_super_write(struct iopath_dev *dev,
		       const struct iopath_geometry *geo, u64 generation,
		       u64 check_bytes, u32 check_crc)
{
	struct iopath_disk_super *super = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	u32 i, copy;
	int err = 0;

	if (!super)
		return -ENOMEM;
	super->magic = IOPATH_SUPER_MAGIC;
	super->generation = generation;
	super->file_bytes = geo->file_bytes;
	super->check_bytes = check_bytes;
	super->bg_blocks = geo->bg_blocks;
	super->nr_bgs = geo->nr_bgs;
	super->nr_files = geo->nr_files;
	super->log_blocks = geo->log_blocks;
	super->cowextsize = geo->cowextsize;
	super->flags = (geo->nocow ? IOPATH_SUPER_NOCOW : 0) |
		       (geo->cow_fork ? IOPATH_SUPER_COW_FORK : 0) |
		       (geo->datasum ? IOPATH_SUPER_DATASUM : 0);
	super->check_crc = check_crc;
	super->crc = rlenv_crc32(0, super,
				 offsetof(struct iopath_disk_super, crc));
	for (i = 0; i < IOPATH_SUPER_COPIES && !err; i++) {
		copy = (u32)(generation + i) % IOPATH_SUPER_COPIES;
		err = iopath_dev_io(dev, IOPATH_BIO_WRITE,
				    IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA, copy,
				    1, super);
	}
	rlenv_free_big(super);
	return err;
}

static bool super_is_valid(const struct iopath_disk_super *super)
{
	return super->magic == IOPATH_SUPER_MAGIC &&
	       super->crc == rlenv_crc32(0, super,
					 offsetof(struct iopath_disk_super,
						  crc));
}

static void super_take(struct iopath_fs *fs,
		       const struct iopath_disk_super *super)
{
	fs->generation = super->generation;
	fs->geo.file_bytes = super->file_bytes;
	fs->geo.bg_blocks = super->bg_blocks;
	fs->geo.nr_bgs = super->nr_bgs;
	fs->geo.nr_files = super->nr_files;
	fs->geo.log_blocks = super->log_blocks;
	fs->geo.cowextsize = super->cowextsize;
	fs->geo.cow_fork = super->flags & IOPATH_SUPER_COW_FORK;
	fs->geo.nocow = super->flags & IOPATH_SUPER_NOCOW;
	fs->geo.datasum = super->flags & IOPATH_SUPER_DATASUM;
}

/**
 * iopath_super_read() - find the current checkpoint
 * @fs: its device is set; generation, geometry and layout are filled in
 * @check_bytes: set to the length of the checkpoint
 * @check_crc:   set to its checksum
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL without a valid super block, or -errno.
 */
int iopath_super_read(struct iopath_fs *fs, u64 *check_bytes, u32 *check_crc)
{
	struct iopath_disk_super *super = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	bool found = false;
	u32 copy;
	int err = 0;

	if (!super)
		return -ENOMEM;
	for (copy = 0; copy < IOPATH_SUPER_COPIES && !err; copy++) {
		err = iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0, copy, 1,
				    super);
		if (err || !super_is_valid(super) ||
		    (found && super->generation <= fs->generation))
			continue;
		super_take(fs, super);
		*check_bytes = super->check_bytes;
		*check_crc = super->check_crc;
		found = true;
	}
	rlenv_free_big(super);
	if (err)
		return err;
	if (!found || iopath_layout_init(&fs->layout, &fs->geo) ||
	    fs->layout.nr_blocks > fs->dev->nr_blocks)
		return -EINVAL;
	return 0;
}

/* The first checkpoint: files without an extent.  Return: its length. */
static size_t mkfs_checkpoint(char *buf, const struct iopath_geometry *geo)
{
	size_t at = iopath_list_begin(buf, IOPATH_CHECK_MAGIC, 1, 0);
	u32 ino;

	for (ino = 0; ino < geo->nr_files; ino++)
		at = iopath_list_add_size(buf, at, ino, geo->empty ?
					  0 : geo->file_bytes);
	iopath_list_finish(buf, at);
	return at;
}

/**
 * iopath_mkfs() - make a file system: all of each file is a hole
 * @dev: device
 * @geo: geometry
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for a bad geometry, -ENOSPC if @dev is too small for it,
 * or -errno.
 */
int iopath_mkfs(struct iopath_dev *dev, const struct iopath_geometry *geo)
{
	struct iopath_geometry full = *geo;
	struct iopath_layout layout;
	size_t bytes;
	char *buf;
	u32 crc;
	int err;

	geometry_default(&full);
	if (iopath_layout_init(&layout, &full))
		return -EINVAL;
	if (layout.nr_blocks > dev->nr_blocks)
		return -ENOSPC;
	buf = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	if (!buf)
		return -ENOMEM;
	/* records of an earlier file system must not look like ours */
	err = iopath_dev_io(dev, IOPATH_BIO_WRITE, 0, layout.log_first, 1, buf);
	bytes = mkfs_checkpoint(buf, &full);
	crc = ((struct iopath_disk_list *)buf)->crc;
	if (!err)
		err = iopath_dev_io(dev, IOPATH_BIO_WRITE, 0,
				    layout.check_first[1], 1, buf);
	rlenv_free_big(buf);
	return err ? err : iopath_super_write(dev, &full, 1, bytes, crc);
}
