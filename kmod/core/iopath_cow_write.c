// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Mapping a piece of a write in a file system with CoW forks.  In the place of
 * DW.8 to DW.14; what is before and after is as in iopath_write.c.
 *
 *   CW.1  ILOCK; look up the item.  Not shared: in place, at once
 *   CW.2  shared, or a hole: drop ILOCK, allocate memory for the fork.  (XFS
 *         gets a transaction here.  A handle that is started would wait for a
 *         commit, and that for an fsync, which wants dio_sem.)
 *   CW.3  ILOCK; if the file has been remapped since CW.1, look again; shared
 *         may have become not shared also without that
 *   CW.4  the fork: hole -> delalloc, enlarged, -> unwritten -> real
 *   CW.5  insert the ordered extent; drop ILOCK
 *
 * Without the second look of CW.3 a whole CoW cycle of somebody else in between
 * makes us overwrite a block that is another file's by now (S13).
 *
 * E is not taken: as in XFS, two writes in flight may overlap here unless the
 * design is against it.
 */
#include "iopath_cow.h"

/**
 * struct cow_map - what is at a piece of the file
 * @first: first file block
 * @last:  last file block
 * @block: device block of @first, 0 for a hole
 * @copy:  shared, or a hole: has to go through the fork
 * @seq:   inode->map_seq of the look
 */
struct cow_map {
	u64 first;
	u64 last;
	u64 block;
	bool copy;
	u64 seq;
};

/* How far the piece is shared or not, where it is now. */
static void map_update_shared(struct iopath_inode *inode, struct cow_map *map)
{
	u64 run;

	if (!map->block)
		return;
	run = iopath_block_run(inode->fs, map->block,
			       map->last - map->first + 1, &map->copy);
	map->last = map->first + run - 1;
}

/* CW.1 */
static void map_look(struct iopath_inode *inode, u64 first, u64 last,
		     struct cow_map *map)
{
	struct iopath_extent item;

	map->first = first;
	map->last = min_t(u64, last, first + IOPATH_BIO_BLOCKS - 1);
	map->block = 0;
	map->copy = true;
	map->seq = inode->map_seq;
	if (!iopath_item_lookup(inode, first, map->last, &item))
		return;
	if (item.node.start > first) {
		map->last = item.node.start - 1;
		return;
	}
	map->last = item.node.last;
	map->block = item.block;
	map_update_shared(inode, map);
}

/* CW.3 */
static void map_look_again(struct iopath_inode *inode, u64 last,
			   struct cow_map *map)
{
	if (map->seq != inode->map_seq &&
	    likely(!inode->fs->knobs.cow_no_recheck))
		map_look(inode, map->first, last, map);
	else
		map_update_shared(inode, map);
}

/* May these blocks be written?  Not if they are being relocated. */
static bool disk_enter(struct iopath_oe *oe, u64 block, u64 nr)
{
	oe->type = IOPATH_OE_NOCOW;
	return iopath_oe_enter_place(oe, block, nr, true);
}

/*
 * One side of the enlargement.  It must be nobody's who has locked it: a write
 * in flight there would find our blocks when it ends.
 */
static bool side_may_grow(struct iopath_io *io, u64 start, u64 last)
{
	if (io->ops->cow_may_grow &&
	    io->inode->fs->knobs.cow_lock == IOPATH_COW_LOCK_TRY &&
	    !io->ops->cow_may_grow(io, iopath_first_byte(start),
				   iopath_last_byte(last)))
		return false;
	return iopath_space_try(io->inode->fs, (u32)(last - start + 1));
}

/* The last block before @first, down to @least, that the fork has; or none. */
static u64 fork_before(struct iopath_inode *inode, u64 least, u64 first)
{
	struct itree_node *node;

	if (least < first)
		itree_for_each_overlap(node, &inode->cow, least, first - 1)
			least = node->last + 1;
	return least;
}

/*
 * CW.4: hole -> delalloc.  The write has reserved what it writes; the rest of
 * the enlarged range is taken if there is space.
 */
static struct iopath_cow *fork_insert(struct iopath_oe *oe, u64 first, u64 last)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_io *io = oe->io;
	struct iopath_fs *fs = inode->fs;
	u64 hint = fs->geo.cowextsize;
	struct itree_node *next;
	u64 start, end;

	next = itree_first_overlap(&inode->cow, first, last);
	if (next)
		last = next->start - 1;
	if (io->reserved >= last - first + 1)
		io->reserved -= (u32)(last - first + 1);
	else if (!iopath_space_try(fs, (u32)(last - first + 1)))
		return NULL;
	start = fork_before(inode, round_down(first, hint), first);
	end = min(round_down(last, hint) + hint - 1,
		  fs->layout.file_blocks - 1);
	next = itree_first_overlap(&inode->cow, last, end);
	if (next)
		end = next->start - 1;
	if (start < first && side_may_grow(io, start, first - 1))
		first = start;
	if (end > last && side_may_grow(io, last + 1, end))
		last = end;
	return iopath_cow_insert(inode, first, last, oe->cow);
}

/*
 * CW.4: blocks of the fork for the piece.  Return: how many; 0 without space,
 * -EAGAIN if they are being relocated: look again, or wait for who writes there.
 */
static s64 map_fork(struct iopath_oe *oe, const struct cow_map *map, u64 *block)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_cow *cow;
	u64 last;

	cow = iopath_cow_at(inode, map->first);
	if (!cow)
		cow = fork_insert(oe, map->first, map->last);
	if (cow && cow->state == IOPATH_COW_DELALLOC)
		cow = iopath_cow_allocate(inode, cow, map->first, oe->cow);
	if (!cow)
		return 0;
	last = min(map->last, cow->node.last);
	*block = cow->block + (map->first - cow->node.start);
	if (!disk_enter(oe, *block, last - map->first + 1)) {
		if (!iopath_cow_is_written(inode, cow, NULL))
			iopath_cow_cancel(inode, cow, oe->cow);
		return -EAGAIN;
	}
	if (cow->state == IOPATH_COW_UNWRITTEN)
		iopath_cow_convert(inode, map->first, last, oe->cow);
	return (s64)(last - map->first + 1);
}

/* In place, if that is still allowed.  Return: blocks, 0 to copy. */
static s64 map_in_place(struct iopath_oe *oe, struct cow_map *map, u64 *block)
{
	u64 nr = map->last - map->first + 1;
	bool ok;

	if (map->copy)
		return 0;
	*block = map->block;
	ok = disk_enter(oe, *block, nr);
	iopath_count(oe->inode->fs, ok ? IOPATH_COUNT_NOCOW :
		     IOPATH_COUNT_NOCOW_DENIED);
	return ok ? (s64)nr : 0;
}

/* CW.1 to CW.5.  Return: blocks, 0 without space, -EAGAIN, or -ENOMEM. */
static s64 map_once(struct iopath_oe *oe, u64 first, u64 last)
{
	struct iopath_inode *inode = oe->inode;
	struct iopath_fs *fs = inode->fs;
	struct cow_map map;
	u64 block;
	s64 nr;

	iopath_down_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
	map_look(inode, first, last, &map);
	nr = map_in_place(oe, &map, &block);
	if (!nr) {
		iopath_up_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
		iopath_step(fs, IOPATH_CW_SAMPLED);
		if (iopath_cow_pool_fill(oe->cow, IOPATH_COW_POOL))
			return -ENOMEM;
		iopath_down_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
		map_look_again(inode, last, &map);
		nr = map_in_place(oe, &map, &block);
		if (!nr)
			nr = map_fork(oe, &map, &block);
	}
	iopath_step(fs, IOPATH_DW_MAPPED);
	if (nr > 0)
		iopath_add_io_extent(oe, first, (u64)nr, block);
	iopath_up_write(fs, &inode->ilock, IOPATH_RES_ILOCK);
	return nr;
}

/**
 * iopath_cow_map_piece() - map a piece of a write, in place or through the fork
 * @io:    direct write, or writeback
 * @first: first file block
 * @last:  last file block that is still to be mapped
 *
 * Context: process context, sleeps.
 * Return: as iopath_map_piece(); -EAGAIN to a direct write whose blocks are being
 * relocated: it may be waiting for a piece that is not submitted yet.
 */
struct iopath_oe *iopath_cow_map_piece(struct iopath_io *io, u64 first,
				       u64 last)
{
	struct iopath_inode *inode = io->inode;
	struct iopath_oe *oe, *other;
	s64 nr;

	if (!(io->internal & IOPATH_IO_WRITEBACK) && iopath_has_pages(inode) &&
	    iopath_cache_has(inode, first, last))
		return ERR_PTR(-ENOTBLK);
	oe = iopath_oe_alloc(io, 1);
	if (!oe)
		return ERR_PTR(-ENOMEM);
	while ((nr = map_once(oe, first, last)) == -EAGAIN &&
	       !iopath_is_broken(inode->fs)) {
		other = iopath_oe_get_overlap(inode, first, first);
		if (other) {
			iopath_oe_wait(other, IOPATH_OE_COMPLETE);
			iopath_oe_put(other);
		} else if (!(io->internal & IOPATH_IO_WRITEBACK)) {
			break;
		}
	}
	if (nr > 0) {
		iopath_step(inode->fs, IOPATH_DW_UNLOCKED);
		iopath_count(inode->fs, IOPATH_COUNT_PIECES);
		return oe;
	}
	iopath_oe_put(oe);
	return ERR_PTR(nr ? (int)nr : -ENOSPC);
}
