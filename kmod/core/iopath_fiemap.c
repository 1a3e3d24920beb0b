// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fiemap: which parts of a file have blocks.
 *
 *   FM.1  design: F in mode "read" on the range; without range locks nothing.
 *         (Reconstruction: with the inode lock S18 could not happen.)
 *   FM.2  lock E on the range
 *   FM.3  walk the extent maps, and where there are none the dirty pages
 *   FM.4  unlock, then copy to the caller, whose memory may be a mapping of the
 *         file: a fault in it may want E (the class of S14)
 *
 * Extents on the way count as if they were there: their extent map is.
 */
#include "iopath_control.h"
#include "iopath_page.h"

/**
 * struct fiemap_extent - E of the range, in one part or two
 * @head: of what was free at once, with the knob
 * @rest: of what had to be waited for
 * @cut:  first file block of @rest
 */
struct fiemap_extent {
	struct rangelock_req head;
	struct rangelock_req rest;
	u64 cut;
};

/*
 * What no path may do but with the knob: hold a part and wait for the rest.
 * Return: where the rest begins.
 */
static u64 fiemap_lock_head(struct iopath_inode *inode,
			    struct fiemap_extent *extent, u64 first, u64 last)
{
	u64 end = last + 1;

	while (end > first &&
	       iopath_range_try(inode->fs, &inode->extent_lock, &extent->head,
				iopath_first_byte(first),
				iopath_last_byte(end - 1), RANGELOCK_EXCLUSIVE,
				IOPATH_RES_EXTENT_RANGE))
		end--;
	return end;
}

/* FM.2 */
static void fiemap_lock(struct iopath_inode *inode,
			struct fiemap_extent *extent, u64 first, u64 last)
{
	extent->cut = first;
	if (unlikely(inode->fs->knobs.fiemap_partial))
		extent->cut = fiemap_lock_head(inode, extent, first, last);
	if (extent->cut <= last)
		iopath_extent_acquire(inode, &extent->rest, extent->cut, last);
}

static void fiemap_unlock(struct iopath_inode *inode,
			  struct fiemap_extent *extent, u64 first, u64 last)
{
	if (extent->cut <= last)
		iopath_extent_release(inode, &extent->rest);
	if (extent->cut > first)
		iopath_extent_release(inode, &extent->head);
}

/*
 * What is at @first; @last is cut to the blocks of which the same is true.
 * Return: 1 with @found, 0 for a hole, or -errno.
 */
static int fiemap_look(struct iopath_inode *inode, u64 first, u64 *last,
		       struct iopath_mapped *found)
{
	struct iopath_extent em;
	int mapped = iopath_em_lookup(inode, first, *last, &em);
	u64 dirty;

	if (mapped < 0)
		return mapped;
	memset(found, 0, sizeof(*found));
	if (mapped && em.node.start == first &&
	    em.type != IOPATH_EXTENT_HOLE) {
		*last = em.node.last;
		found->block = em.block;
		found->unwritten = em.type == IOPATH_EXTENT_PREALLOC;
		return 1;
	}
	if (mapped)
		*last = em.node.start == first ? em.node.last :
						 em.node.start - 1;
	dirty = iopath_first_dirty(inode, first, *last);
	*last = dirty == first ? first : dirty - 1;
	return dirty == first;
}

/* FM.3.  Return: how many, or -errno. */
static int fiemap_walk(struct iopath_inode *inode, u64 first, u64 last,
		       struct iopath_mapped *mapped, u32 max)
{
	u32 nr = 0;
	int found;
	u64 same;

	for (; first <= last && nr < max; first = same + 1) {
		same = last;
		found = fiemap_look(inode, first, &same, &mapped[nr]);
		if (found < 0)
			return found;
		if (!found)
			continue;
		mapped[nr].pos = iopath_first_byte(first);
		mapped[nr].len = (same - first + 1) << IOPATH_BLOCK_SHIFT;
		nr++;
	}
	return (int)nr;
}

static int fiemap_run(struct iopath_op *op, struct iopath_mapped *mapped,
		      u32 max)
{
	struct iopath_inode *inode = op->inode;
	u64 first = op->start >> IOPATH_BLOCK_SHIFT;
	u64 last = op->last >> IOPATH_BLOCK_SHIFT;
	struct fiemap_extent extent;
	int nr;

	op->ops->op_enter(op);
	fiemap_lock(inode, &extent, first, last);
	nr = fiemap_walk(inode, first, last, mapped, max);
	fiemap_unlock(inode, &extent, first, last);
	op->ops->op_leave(op);
	return nr;
}

/**
 * iopath_fiemap() - which parts of a range have blocks, or will have
 * @inode:  file
 * @start:  first byte
 * @last:   last byte, inclusive; U64_MAX for the end of the file
 * @mapped: filled in, ascending, in whole blocks
 * @max:    how many there is room for, at least one
 *
 * Context: process context, sleeps; nothing is held.
 * Return: how many; -EINVAL for a range that is not in the file, or -ENOMEM.
 */
int iopath_fiemap(struct iopath_inode *inode, u64 start, u64 last,
		  struct iopath_mapped *mapped, u32 max)
{
	struct iopath_op op = {
		.inode = inode,
		.kind = IOPATH_OP_FIEMAP,
		.start = start,
		.last = min(last, inode->fs->geo.file_bytes - 1),
	};
	struct iopath_mapped *copy;
	u32 slot;
	int nr;

	if (!max || op.start > op.last)
		return -EINVAL;
	copy = rlenv_alloc(max * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	slot = iopath_gate_enter(inode->fs, &op.ops);
	nr = fiemap_run(&op, copy, max);
	iopath_gate_exit(inode->fs, slot, op.ops);
	/* FM.4 */
	if (nr > 0)
		memcpy(mapped, copy, (u32)nr * sizeof(*copy));
	rlenv_free(copy);
	return nr;
}
