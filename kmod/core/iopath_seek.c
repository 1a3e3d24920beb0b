// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * lseek for data and holes.
 *
 *   SK.1  design: inode lock, or F in mode "read", from there to the end
 *   SK.2  lock E likewise, and wait for ordered extents, until there are none
 *   SK.3  walk the extent maps, and where they have no data the pages
 *
 * A block without data of its own is a hole: not mapped, or allocated and never
 * written.  A page that waits for writeback is data.  What is found goes to the
 * caller when nothing is held any more: his memory may be a mapping of the file,
 * and a fault in it may want E (the class of S14).
 */
#include "iopath_control.h"
#include "iopath_page.h"

/*
 * Whether there is data at @first; @last is cut to the blocks of which the same
 * is true.  Return: 1, 0 or -errno.
 */
static int seek_step(struct iopath_inode *inode, u64 first, u64 *last)
{
	struct iopath_extent em;
	int found = iopath_em_lookup(inode, first, *last, &em);
	u64 dirty;

	if (found < 0)
		return found;
	if (found && em.node.start > first)
		*last = em.node.start - 1;
	else if (found)
		*last = em.node.last;
	if (found && em.node.start == first && em.type == IOPATH_EXTENT_REG)
		return 1;
	dirty = iopath_first_dirty(inode, first, *last);
	*last = dirty == first ? first : dirty - 1;
	return dirty == first;
}

/* SK.3.  Return: the block, behind @last if there is none, or -errno. */
static s64 seek_walk(struct iopath_inode *inode, u64 first, u64 last, bool data)
{
	int is_data;
	u64 same;

	while (first <= last) {
		same = last;
		is_data = seek_step(inode, first, &same);
		if (is_data < 0)
			return is_data;
		if (is_data == data)
			break;
		first = same + 1;
	}
	return (s64)first;
}

static s64 seek_run(struct iopath_op *op, bool data)
{
	struct iopath_inode *inode = op->inode;
	u64 size = iopath_size(inode), first, last;
	struct rangelock_req extent;
	s64 block;

	if (op->start >= size)
		return -ENXIO;
	first = op->start >> IOPATH_BLOCK_SHIFT;
	last = (size - 1) >> IOPATH_BLOCK_SHIFT;
	iopath_lock_extent(inode, &extent, first, last);
	block = seek_walk(inode, first, last, data);
	iopath_extent_release(inode, &extent);
	if (block < 0)
		return block;
	if ((u64)block > last)
		return data ? -ENXIO : (s64)size;
	return (s64)max(op->start, iopath_first_byte((u64)block));
}

/**
 * iopath_seek() - find data, or a hole
 * @inode: file
 * @pos:   first byte to look at
 * @data:  true for data, false for a hole; there is one at the end of the file
 *
 * Context: process context, sleeps; nothing is held.
 * Return: the position, not before @pos; -ENXIO if @pos is at or behind the end,
 * or there is no data up to it; or -ENOMEM.
 */
s64 iopath_seek(struct iopath_inode *inode, u64 pos, bool data)
{
	struct iopath_op op = {
		.inode = inode,
		.kind = IOPATH_OP_WALK,
		.start = pos,
		.last = RANGELOCK_MAX,
	};
	s64 found;
	u32 slot;

	slot = iopath_gate_enter(inode->fs, &op.ops);
	op.ops->op_enter(&op);
	found = seek_run(&op, data);
	op.ops->op_leave(&op);
	iopath_gate_exit(inode->fs, slot, op.ops);
	return found;
}
