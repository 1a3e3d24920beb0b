/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The CoW fork of a file, as XFS has it; see iopath_cow.c.
 */
#ifndef RANGELOCK_IOPATH_COW_H
#define RANGELOCK_IOPATH_COW_H

#include "iopath_internal.h"

enum iopath_cow_state {
	IOPATH_COW_DELALLOC,	/* space is reserved, there are no blocks */
	IOPATH_COW_UNWRITTEN,	/* blocks, which nobody writes */
	IOPATH_COW_REAL,	/* blocks that are being written */
};

/**
 * struct iopath_cow - an extent of a CoW fork
 * @node:  file blocks
 * @block: device block of node.start, one reference to each is ours; no meaning
 *         while delalloc
 * @state: enum iopath_cow_state
 * @remap: memory for the end of the write
 *
 * All under inode->ilock.
 */
struct iopath_cow {
	struct itree_node node;
	u64 block;
	enum iopath_cow_state state;
	struct iopath_remap remap;
};

/* iopath_cow.c */
struct iopath_cow *iopath_cow_at(struct iopath_inode *inode, u64 block);
struct iopath_cow *iopath_cow_insert(struct iopath_inode *inode, u64 start,
				     u64 last, struct iopath_cow **pool);
struct iopath_cow *iopath_cow_allocate(struct iopath_inode *inode,
				       struct iopath_cow *cow, u64 first,
				       struct iopath_cow **pool);
void iopath_cow_convert(struct iopath_inode *inode, u64 start, u64 last,
			struct iopath_cow **pool);
bool iopath_cow_is_written(struct iopath_inode *inode,
			   const struct iopath_cow *cow,
			   const struct iopath_oe *oe);
void iopath_cow_cancel(struct iopath_inode *inode, struct iopath_cow *cow,
		       struct iopath_cow **pool);

#endif /* RANGELOCK_IOPATH_COW_H */
