// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reflink: a part of a file refers to the same blocks as another part, of this
 * file or of another one, until one of them is written.
 *
 *   RK.1  design: keep writes off the source, and everybody off the target;
 *         write back their pages, forget those of the target
 *   RK.2  lock E on both, wait for ordered extents of both
 *   RK.3  read an item of the source
 *   RK.4  join, add a reference, replace the items of the target; unlock E
 *         RK.2 to RK.4 again for the next item
 *
 * E on the source keeps relocation from taking the blocks away between RK.3 and
 * RK.4.  Linux 6.10 stopped locking it there (5d6f0e9890ed), because readers had
 * to wait for long reflinks, and has relocation stay away by other means; with
 * the knob reflink_blind it is the design that has to.
 *
 * Two ranges of E are never waited for together: the second one is tried, and if
 * it is busy the first one is given back before waiting.
 */
#include "iopath_internal.h"

/**
 * struct clone_side - source or target
 * @inode:  file; constant
 * @first:  first file block; constant
 * @extent: E from where the clone has come to the end
 */
struct clone_side {
	struct iopath_inode *inode;
	u64 first;
	struct rangelock_req extent;
};

/**
 * struct clone - a reflink
 * @fs:      constant
 * @ops:     design; constant
 * @src:     constant
 * @dst:     constant
 * @nr:      blocks; constant
 * @done:    blocks of them that are done
 * @extends: the target grows: others are kept off all behind it, too
 * @op:      of target and source; for two ranges of one file only the first one
 * @entered: what has been entered
 */
struct clone {
	struct iopath_fs *fs;
	const struct iopath_design_ops *ops;
	struct clone_side src;
	struct clone_side dst;
	u64 nr;
	u64 done;
	bool extends;
	struct iopath_op op[2];
	struct iopath_op *entered;
};

static u64 side_first(const struct clone *clone, const struct clone_side *side)
{
	return side->first + clone->done;
}

static u64 side_last(const struct clone *clone, const struct clone_side *side)
{
	return side->first + clone->nr - 1;
}

static u64 side_end(const struct clone *clone, const struct clone_side *side)
{
	return iopath_first_byte(side->first + clone->nr);
}

static void op_init(struct clone *clone, struct iopath_op *op,
		    const struct clone_side *side, enum iopath_op_kind kind)
{
	op->inode = side->inode;
	op->ops = clone->ops;
	op->kind = kind;
	op->start = iopath_first_byte(side->first);
	op->last = side_end(clone, side) - 1;
	if (clone->extends && kind == IOPATH_OP_REFLINK_TARGET)
		op->last = RANGELOCK_MAX;
}

/*
 * RK.1.  Two ranges of one file are one range here: with two requests, the
 * second one could queue up behind an fsync of the whole file, which waits for
 * the first.
 */
static void clone_enter(struct clone *clone)
{
	struct clone_side *src = &clone->src, *dst = &clone->dst;
	struct iopath_op *op = clone->op;

	memset(op, 0, sizeof(clone->op));
	op_init(clone, &op[0], dst, IOPATH_OP_REFLINK_TARGET);
	op_init(clone, &op[1], src, IOPATH_OP_REFLINK_SOURCE);
	if (src->inode != dst->inode) {
		clone->entered = iopath_op_pair(&op[0], &op[1]);
	} else {
		op[0].start = min(op[0].start, op[1].start);
		op[0].last = max(op[0].last, op[1].last);
		clone->entered = &op[0];
	}
	clone->ops->op_enter(clone->entered);
}

static void clone_leave(struct clone *clone)
{
	clone->ops->op_leave(clone->entered);
}

static void side_lock(struct clone *clone, struct clone_side *side)
{
	iopath_lock_extent(side->inode, &side->extent, side_first(clone, side),
			   side_last(clone, side));
}

static void side_unlock(struct clone *clone, struct clone_side *side)
{
	iopath_extent_release(side->inode, &side->extent);
}

static bool side_has_oe(struct clone *clone, struct clone_side *side)
{
	struct iopath_oe *oe;

	oe = iopath_oe_get_overlap(side->inode, side_first(clone, side),
				   side_last(clone, side));
	if (oe)
		iopath_oe_put(oe);
	return oe;
}

/* Lock E if that needs no waiting, neither for E nor for an ordered extent. */
static bool side_try_lock(struct clone *clone, struct clone_side *side)
{
	u64 first = side_first(clone, side);
	u64 last = side_last(clone, side);

	if (iopath_range_try(clone->fs, &side->inode->extent_lock,
			     &side->extent, iopath_first_byte(first),
			     iopath_last_byte(last), RANGELOCK_EXCLUSIVE,
			     IOPATH_RES_EXTENT_RANGE))
		return false;
	if (!side_has_oe(clone, side))
		return true;
	side_unlock(clone, side);
	return false;
}

static void clone_iunlock(struct clone *clone)
{
	if (clone->src.inode != clone->dst.inode)
		iopath_iunlock(clone->src.inode);
	iopath_iunlock(clone->dst.inode);
}

/*
 * ILOCK of both.  With CoW forks a write inserts its ordered extent under that,
 * and not under E, so there may be one again.  Return: whether there is none.
 */
static bool clone_ilock(struct clone *clone)
{
	struct iopath_inode *src = clone->src.inode, *dst = clone->dst.inode;

	if (likely(!clone->fs->geo.cow_fork))
		return true;
	iopath_ilock(src->ino < dst->ino ? src : dst);
	if (src != dst)
		iopath_ilock(src->ino < dst->ino ? dst : src);
	if (!side_has_oe(clone, &clone->src) &&
	    !side_has_oe(clone, &clone->dst))
		return true;
	clone_iunlock(clone);
	return false;
}

static bool clone_try_lock(struct clone *clone)
{
	if (!side_try_lock(clone, &clone->src))
		return false;
	if (clone_ilock(clone))
		return true;
	side_unlock(clone, &clone->src);
	return false;
}

/* RK.2 */
static void clone_lock(struct clone *clone)
{
	side_lock(clone, &clone->dst);
	if (unlikely(clone->fs->knobs.reflink_blind))
		return;
	while (!clone_try_lock(clone)) {
		side_unlock(clone, &clone->dst);
		side_lock(clone, &clone->src);
		side_unlock(clone, &clone->src);
		side_lock(clone, &clone->dst);
		if (iopath_is_broken(clone->fs))
			return;
	}
}

static void clone_unlock(struct clone *clone)
{
	if (likely(!clone->fs->knobs.reflink_blind)) {
		clone_iunlock(clone);
		side_unlock(clone, &clone->src);
	}
	side_unlock(clone, &clone->dst);
}

/*
 * RK.3: the next extent of the source, or hole.  What is allocated and not
 * written reads as zeroes and stays with its file: for the target it is a hole.
 */
static void clone_look(struct clone *clone, struct iopath_extent *found)
{
	u64 first = side_first(clone, &clone->src);
	u64 last = side_last(clone, &clone->src);
	bool mapped;

	mapped = iopath_item_lookup(clone->src.inode, first, last, found);
	if (!mapped)
		iopath_extent_set(found, first, last, 0, IOPATH_EXTENT_HOLE, 0);
	else if (found->node.start > first)
		iopath_extent_set(found, first, found->node.start - 1, 0,
				  IOPATH_EXTENT_HOLE, 0);
	else if (found->type == IOPATH_EXTENT_PREALLOC)
		iopath_extent_set(found, first, found->node.last, 0,
				  IOPATH_EXTENT_HOLE, 0);
}

/* RK.4 */
static void clone_apply(struct clone *clone, const struct iopath_extent *found,
			struct iopath_remap *remap)
{
	struct iopath_inode *inode = clone->dst.inode;
	struct iopath_fs *fs = clone->fs;
	u64 nr = iopath_nr(&found->node);
	u64 start = side_first(clone, &clone->dst);
	u64 transid = iopath_trans_join(fs);
	struct iopath_extent to = *found;
	bool alive = true;

	to.node.start = start;
	to.node.last = start + nr - 1;
	if (to.type != IOPATH_EXTENT_HOLE)
		alive = iopath_bg_ref(fs, to.block, nr);
	WARN_ON_ONCE(!alive && !fs->knobs.reflink_blind);
	iopath_remap(inode, &to, transid, remap);
	iopath_size_grow(inode, iopath_first_byte(start + nr));
	iopath_size_written(inode, iopath_first_byte(start + nr));
	iopath_trans_leave(fs);
	clone->done += nr;
}

/* RK.2 to RK.4 for one extent. */
static int clone_extent(struct clone *clone)
{
	struct iopath_extent found;
	struct iopath_remap remap;
	int err;

	err = iopath_remap_alloc(&remap);
	if (!err) {
		if (unlikely(clone->fs->knobs.reflink_blind)) {
			clone_look(clone, &found);
			iopath_step(clone->fs, IOPATH_RK_LOOKED);
			clone_lock(clone);
		} else {
			clone_lock(clone);
			clone_look(clone, &found);
			iopath_step(clone->fs, IOPATH_RK_LOOKED);
		}
		clone_apply(clone, &found, &remap);
		clone_unlock(clone);
	}
	iopath_remap_free(&remap);
	return err;
}

/* RK.1, when it is known whether the target grows.  Return: 0 or -EINVAL. */
static int clone_begin(struct clone *clone)
{
	struct clone_side *src = &clone->src, *dst = &clone->dst;

	clone_enter(clone);
	if (side_end(clone, src) > iopath_size(src->inode)) {
		clone_leave(clone);
		return -EINVAL;
	}
	if (!clone->extends &&
	    side_end(clone, dst) > iopath_size(dst->inode)) {
		clone_leave(clone);
		clone->extends = true;
		return clone_begin(clone);
	}
	return 0;
}

/*
 * Nobody can dirty a page of either range now, but for a fault where there is no
 * M: then its writeback finds under E that the blocks are shared.
 */
static int clone_flush(struct clone *clone)
{
	struct clone_side *src = &clone->src, *dst = &clone->dst;
	int err;

	err = iopath_flush_run(src->inode, clone->ops, src->first,
			       side_last(clone, src));
	if (!err)
		err = iopath_flush_run(dst->inode, clone->ops, dst->first,
				       side_last(clone, dst));
	if (!err)
		iopath_cache_invalidate(dst->inode, dst->first,
					side_last(clone, dst));
	return err;
}

static int clone_run(struct clone *clone)
{
	int err = clone_begin(clone);

	if (err)
		return err;
	iopath_step(clone->fs, IOPATH_RK_ENTERED);
	err = clone_flush(clone);
	while (clone->done < clone->nr && !err)
		err = clone_extent(clone);
	clone_leave(clone);
	iopath_count(clone->fs, IOPATH_COUNT_REFLINKS);
	return err;
}

static bool range_is_valid(const struct iopath_fs *fs, u64 pos, u64 len)
{
	return len && IS_ALIGNED(pos | len, IOPATH_BLOCK_SIZE) &&
	       len <= fs->geo.file_bytes && pos <= fs->geo.file_bytes - len;
}

/**
 * iopath_reflink() - let a part of a file share the blocks of another part
 * @src:     source file
 * @src_pos: first byte of the source
 * @dst:     target file, of the same file system; may be @src
 * @dst_pos: first byte of the target
 * @len:     bytes
 *
 * What the target had there before is gone.  Not atomic: a crash, or an error,
 * may leave the first part done.
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for positions or a length that are not aligned, a source
 * beyond the end of its file, a target that no file can have, files of two file
 * systems, or two ranges of one file that
 * overlap; -EROFS after a failed commit; -ENOMEM.
 */
int iopath_reflink(struct iopath_inode *src, u64 src_pos,
		   struct iopath_inode *dst, u64 dst_pos, u64 len)
{
	struct clone *clone;
	u32 slot;
	int err;

	if (src->fs != dst->fs || !range_is_valid(src->fs, src_pos, len) ||
	    !range_is_valid(dst->fs, dst_pos, len) ||
	    (src == dst && src_pos < dst_pos + len && dst_pos < src_pos + len))
		return -EINVAL;
	if (READ_ONCE(src->fs->aborted))
		return -EROFS;
	clone = rlenv_alloc(sizeof(*clone));
	if (!clone)
		return -ENOMEM;
	clone->fs = src->fs;
	clone->src.inode = src;
	clone->src.first = src_pos >> IOPATH_BLOCK_SHIFT;
	clone->dst.inode = dst;
	clone->dst.first = dst_pos >> IOPATH_BLOCK_SHIFT;
	clone->nr = len >> IOPATH_BLOCK_SHIFT;
	slot = iopath_gate_enter(src->fs, &clone->ops);
	err = clone_run(clone);
	iopath_gate_exit(src->fs, slot, clone->ops);
	rlenv_free(clone);
	return err;
}
