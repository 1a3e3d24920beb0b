/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a file consists of: extent maps, file extent items, its size.
 */
#ifndef RANGELOCK_IOPATH_EXTENT_H
#define RANGELOCK_IOPATH_EXTENT_H

#include "iopath.h"
#include "itree.h"

struct iopath_bg;

/* The numbers are those on the device. */
enum iopath_extent_type {
	IOPATH_EXTENT_REG,	/* the blocks hold the data */
	IOPATH_EXTENT_PREALLOC,	/* blocks of the file, reads as zeroes */
	IOPATH_EXTENT_HOLE,	/* no blocks; only where an fsync must say so */
};

/**
 * struct iopath_extent - file blocks at a place on the device
 * @node:       file blocks; under the guard of its tree
 * @block:      device block of node.start, 0 for a hole; same guard
 * @type:       enum iopath_extent_type; same guard.  An item is no hole.
 * @generation: transaction that made it; U64_MAX for a pinned extent map
 * @modified:   on the inode's list of ems that an fsync has to log, or empty;
 *              under em_lock.  Extent maps only.
 *
 * Used for extent maps (guard: em_lock) and for file extent items (item_lock).
 */
struct iopath_extent {
	struct itree_node node;
	u64 block;
	enum iopath_extent_type type;
	u64 generation;
	struct list_head modified;
};

/* iopath_extent.c */
struct iopath_extent *iopath_extent_alloc(void);
void iopath_extent_set(struct iopath_extent *extent, u64 start, u64 last,
		       u64 block, enum iopath_extent_type type, u64 generation);
void iopath_extent_clip(const struct iopath_extent *extent, u64 start,
			u64 last, struct iopath_extent *found);
void iopath_extent_clear(struct itree *tree);

/**
 * typedef iopath_cut_fn - a part of an extent goes out of its tree
 * @inode:   whose extent it is
 * @extent:  the extent as it was
 * @start:   first file block that goes
 * @last:    last file block that goes
 */
typedef void (*iopath_cut_fn)(struct iopath_inode *inode,
			      struct iopath_extent *extent, u64 start,
			      u64 last);
void iopath_extent_drop(struct iopath_inode *inode, struct itree *tree, u64 start,
			u64 last, struct iopath_extent **spare,
			iopath_cut_fn cut, struct list_head *dead);
void iopath_extent_free_list(struct list_head *dead);

/* iopath_em.c */
int iopath_em_lookup(struct iopath_inode *inode, u64 start, u64 last,
		     struct iopath_extent *found);
void iopath_em_replace(struct iopath_inode *inode, struct iopath_extent **em,
		       struct iopath_extent **spare);
void iopath_em_unpin(struct iopath_inode *inode, u64 start, u64 last,
		     u64 generation);
int iopath_em_drop(struct iopath_inode *inode, u64 start, u64 last,
		   struct iopath_extent **spare);
int iopath_em_gather(struct iopath_inode *inode, u64 start, u64 last,
		     struct iopath_extent **ems, u32 *nr);
bool iopath_em_is_pinned(struct iopath_inode *inode, u64 start, u64 last);
void iopath_em_mark_modified(struct iopath_inode *inode, u64 start, u64 last);
void iopath_em_settle(struct iopath_inode *inode, u64 start, u64 last,
		      bool pinned);
void iopath_em_prune(struct iopath_inode *inode, u64 generation);

/* iopath_item.c */
void iopath_items_replace(struct iopath_inode *inode,
			  struct iopath_extent **item,
			  struct iopath_extent **spare);
bool iopath_items_convert(struct iopath_inode *inode,
			  struct iopath_extent **item,
			  struct iopath_extent **spare);
void iopath_items_drop(struct iopath_inode *inode, u64 start, u64 last,
		       struct iopath_extent **spare);
bool iopath_item_lookup(struct iopath_inode *inode, u64 start, u64 last,
			struct iopath_extent *found);
bool iopath_item_next(struct iopath_inode *inode, u64 key,
		      struct iopath_extent *found);
u32 iopath_item_count(struct iopath_inode *inode);
bool iopath_item_in_bg(struct iopath_inode *inode, const struct iopath_bg *bg,
		       u64 from, struct iopath_extent *found);
bool iopath_item_of_blocks(struct iopath_inode *inode, u64 block, u64 nr,
			   struct iopath_extent *found);

/**
 * struct iopath_remap - memory to move a part of a file to other blocks
 * @em:   an extent map and one to split with
 * @item: the same for the item
 */
struct iopath_remap {
	struct iopath_extent *em[2];
	struct iopath_extent *item[2];
};

/* iopath_remap.c */
int iopath_remap_alloc(struct iopath_remap *remap);
void iopath_remap_free(struct iopath_remap *remap);
void iopath_remap(struct iopath_inode *inode, const struct iopath_extent *to,
		  u64 transid, struct iopath_remap *remap);

/* iopath_size.c */
void iopath_size_grow(struct iopath_inode *inode, u64 size);
void iopath_size_set(struct iopath_inode *inode, u64 size);
void iopath_size_written(struct iopath_inode *inode, u64 size);
bool iopath_size_to_log(struct iopath_inode *inode, u64 size, u64 *to_log);
u64 iopath_size_to_commit(struct iopath_inode *inode);
void iopath_size_restore(struct iopath_inode *inode, u64 size);

#endif /* RANGELOCK_IOPATH_EXTENT_H */
