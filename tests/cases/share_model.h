/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Files that share blocks, and what each of their blocks must contain.  The
 * oracle of iopath_verify.h knows which block of the file a sector was written
 * for; a block that is shared has been written for another one.
 */
#ifndef RANGELOCK_SHARE_MODEL_H
#define RANGELOCK_SHARE_MODEL_H

#include "case_iopath.h"

#define SHARE_FILES	3U
/* Contents of a block since it was durable, the last one included. */
#define SHARE_PAST	16U

/**
 * struct share_block - a block of the model
 * @past: contents that a crash may bring back, the last one is current
 * @nr:   how many; the first one is durable
 */
struct share_block {
	u32 past[SHARE_PAST];
	u32 nr;
};

/**
 * struct share - a file system with files that share blocks
 * @env:    file system; its oracle is not used
 * @last:   last content that was written; 0 is a hole
 * @block:  per file and file block
 * @item:   for who wants to look one up
 */
struct share {
	struct io_env *env;
	u32 last;
	struct share_block *block[SHARE_FILES];
	struct iopath_extent item;
};

struct share *share_new(struct case_ctx *t, enum iopath_design design,
			bool nocow, void (*tune)(struct iopath_geometry *geo));
void share_free(struct share *s);
bool share_write(struct share *s, u32 file, u64 block, u32 nr);
bool share_reflink(struct share *s, u32 src, u64 src_block, u32 dst,
		   u64 dst_block, u64 nr);
bool share_fsync(struct share *s, u32 file);
bool share_sync(struct share *s);
bool share_check(struct share *s);
bool share_sound(struct share *s);
bool share_remount(struct share *s);
bool share_crash(struct share *s);

/* What share_random() does. */
enum share_op {
	SHARE_RELOCATE,
	SHARE_SYNC,
	SHARE_FSYNC,
	SHARE_CRASH,
	SHARE_REFLINK,
	SHARE_RECLAIM,
	SHARE_WRITE,
	SHARE_OPS,
};

void share_random(struct share *s, u64 seed, const u32 *weight);

/* For those who write by themselves. */
u32 share_fill(struct share *s, void *buf, u32 nr);
void share_wrote(struct share *s, u32 file, u64 block, u32 nr, u32 content);

#endif /* RANGELOCK_SHARE_MODEL_H */
