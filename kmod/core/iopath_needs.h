/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a design needs: its locks, its counters, and where the paths make a
 * difference for it.  Each design says so beside its functions (->needs), and
 * the case iopath_needs watches it at work: what it claims has to be taken at
 * least once, what it does not claim never.
 *
 * Bytes are sizeof what the engine really has, in this build.
 */
#ifndef RANGELOCK_IOPATH_NEEDS_H
#define RANGELOCK_IOPATH_NEEDS_H

#include "iopath.h"

enum iopath_need {
	IOPATH_NEED_INODE_LOCK,
	IOPATH_NEED_DIO_SEM,
	IOPATH_NEED_FILE_RANGE,
	IOPATH_NEED_MAP_RANGE,
	IOPATH_NEED_DISK_RANGE,
	IOPATH_NEED_DIO_COUNT,
	IOPATH_NEED_RESERVATIONS,
	IOPATH_NEED_NOCOW_WRITERS,
	/* special cases */
	IOPATH_NEED_DIO_LOCKED,
	IOPATH_NEED_READ_EXTENT,
	IOPATH_NEED_SYNC_EXTENT,
	IOPATH_NEED_SYNC_WAIT,
	IOPATH_NEED_RELOC_WAIT,
	IOPATH_NEED_DSYNC_SPLIT,
	IOPATH_NEEDS,
};

/* What is a lock or a counter, and has bytes, comes before this. */
#define IOPATH_NEED_SPECIAL	IOPATH_NEED_DIO_LOCKED

/**
 * struct iopath_need_bytes - memory for it, where
 * @fs:    in each file system
 * @inode: in each inode
 * @bg:    in each block group
 * @io:    in each direct IO
 * @oe:    in each ordered extent
 */
struct iopath_need_bytes {
	u32 fs;
	u32 inode;
	u32 bg;
	u32 io;
	u32 oe;
};

/**
 * struct iopath_need_info - one thing that a design may need
 * @name:  a word or two
 * @what:  what it is for
 * @bytes: what it takes
 */
struct iopath_need_info {
	const char *name;
	const char *what;
	struct iopath_need_bytes bytes;
};

const struct iopath_need_info *iopath_need_info(enum iopath_need need);
bool iopath_design_needs(enum iopath_design design, enum iopath_need need);
void iopath_design_bytes(enum iopath_design design,
			 struct iopath_need_bytes *bytes);

#endif /* RANGELOCK_IOPATH_NEEDS_H */
