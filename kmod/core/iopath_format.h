/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is on the device, in units of blocks:
 *
 *   0, 1    super block, two copies
 *   ...     checkpoint area 0
 *   ...     checkpoint area 1
 *   ...     log
 *   ...     block groups
 *
 * The checkpoint of generation G is in area G & 1, so that a crash while one is
 * written leaves the other.  Records of the log carry the generation of the
 * checkpoint they build on.  Numbers have the byte order of the machine: a
 * device does not leave it.
 */
#ifndef RANGELOCK_IOPATH_FORMAT_H
#define RANGELOCK_IOPATH_FORMAT_H

#include "iopath_dev.h"

#define IOPATH_SUPER_MAGIC	0x72616e6765667331ULL
#define IOPATH_CHECK_MAGIC	0x72616e6765636b31ULL
#define IOPATH_LOG_MAGIC	0x72616e67656c6731ULL

#define IOPATH_SUPER_COPIES	2U

#define IOPATH_SUPER_NOCOW	(1U << 0)
#define IOPATH_SUPER_DATASUM	(1U << 1)
#define IOPATH_SUPER_COW_FORK	(1U << 2)

/**
 * struct iopath_disk_super - super block, padded to a block
 * @magic:       IOPATH_SUPER_MAGIC
 * @generation:  transaction of the checkpoint; the highest valid copy wins
 * @file_bytes:  geometry
 * @check_bytes: length of the checkpoint
 * @bg_blocks:   geometry
 * @nr_bgs:      geometry
 * @nr_files:    geometry
 * @log_blocks:  geometry
 * @flags:       IOPATH_SUPER_*
 * @cowextsize:  geometry
 * @check_crc:   of the checkpoint
 * @crc:         of all fields before
 */
struct iopath_disk_super {
	u64 magic;
	u64 generation;
	u64 file_bytes;
	u64 check_bytes;
	u32 bg_blocks;
	u32 nr_bgs;
	u32 nr_files;
	u32 log_blocks;
	u32 flags;
	u32 cowextsize;
	u32 check_crc;
	u32 crc;
};

/**
 * struct iopath_disk_extent - file extent item
 * @start:      first file block
 * @block:      first device block, 0 for a hole
 * @generation: transaction that made it
 * @nr:         number of blocks
 * @ino:        number of the file
 * @type:       enum iopath_extent_type, or IOPATH_DISK_SIZE
 *
 * With checksums, behind a regular extent follows one u32 per block, 0 for
 * none, padded to 8 bytes.
 *
 * A hole is in log records only: what the range had goes.  IOPATH_DISK_SIZE is
 * no extent: @start is the end of the file in bytes, and the fields that an
 * extent has besides are 0; all extents behind that end go.
 */
struct iopath_disk_extent {
	u64 start;
	u64 block;
	u64 generation;
	u32 nr;
	u16 ino;
	u16 type;
};

#define IOPATH_DISK_SIZE	0x8000U

/**
 * struct iopath_disk_list - head of a checkpoint and of a log record
 * @magic:      IOPATH_CHECK_MAGIC or IOPATH_LOG_MAGIC
 * @generation: of this checkpoint; of the one that the record builds on
 * @seq:        number of the record since that checkpoint; 0 in a checkpoint
 * @bytes:      length with this head
 * @nr:         number of entries, struct iopath_disk_extent, that follow
 * @crc:        of all @bytes, with this field 0
 */
struct iopath_disk_list {
	u64 magic;
	u64 generation;
	u64 seq;
	u64 bytes;
	u32 nr;
	u32 crc;
};

struct iopath_fs;
struct iopath_inode;
struct iopath_extent;

u64 iopath_disk_extent_bytes(const struct iopath_fs *fs, u32 type, u64 nr);
size_t iopath_list_begin(char *buf, u64 magic, u64 generation, u64 seq);
size_t iopath_list_add(struct iopath_inode *inode, char *buf, size_t at,
		       const struct iopath_extent *extent);
size_t iopath_list_add_size(char *buf, size_t at, u32 ino, u64 size);
u32 *iopath_list_sums(char *buf, size_t at);
void iopath_list_finish(char *buf, size_t bytes);
bool iopath_list_is_valid(const char *buf, size_t max, u64 magic,
			  u64 generation, u64 seq);

/**
 * typedef iopath_list_fn - an extent read from a list
 * @inode:  whose it is
 * @extent: extent with its range, block, type and generation
 * @sums:   its checksums, or NULL
 *
 * Return: 0 or -errno, which ends the walk.
 */
typedef int (*iopath_list_fn)(struct iopath_inode *inode,
			      const struct iopath_extent *extent,
			      const u32 *sums);
int iopath_list_walk(struct iopath_fs *fs, const char *buf, iopath_list_fn fn);
int iopath_item_restore(struct iopath_inode *inode,
			const struct iopath_extent *extent, const u32 *sums);

#endif /* RANGELOCK_IOPATH_FORMAT_H */
