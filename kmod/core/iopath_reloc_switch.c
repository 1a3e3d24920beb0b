// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Relocation, second half: items go from the old blocks to their copy.
 *
 * Blocks may be shared.  The copy is made once, for the item through which they
 * were found; then the other items that name the old blocks, of this file or
 * of others, are switched to the same copy, one at a time.  Each has the design
 * keep others off its own part of its own file, so that no two files are locked
 * together.  The copy stays true meanwhile: nobody writes in place to a group
 * that is being relocated.  (btrfs holds tree locks at this point, and so it
 * can only try E and leave an item for a later pass.)
 */
#include "iopath_reloc.h"

void iopath_reloc_part_free(struct iopath_reloc_part *part)
{
	iopath_remap_free(&part->remap);
	rlenv_free(part);
}

/* A part with all memory for its switch, or NULL. */
struct iopath_reloc_part *iopath_reloc_part_alloc(const struct iopath_extent *old)
{
	struct iopath_reloc_part *part = rlenv_alloc(sizeof(*part));

	if (!part)
		return NULL;
	part->old = *old;
	if (iopath_remap_alloc(&part->remap)) {
		iopath_reloc_part_free(part);
		return NULL;
	}
	return part;
}

/*
 * Whether the whole part still is where it was.  A write in flight to another
 * group may have replaced it; its completion needs E, which we hold.
 */
static bool part_is_current(struct iopath_inode *inode,
			    const struct iopath_reloc_part *part)
{
	const struct itree_node *old = &part->old.node;
	struct iopath_extent now;

	return iopath_item_lookup(inode, old->start, old->last, &now) &&
	       now.node.start == old->start && now.node.last == old->last &&
	       now.block == part->old.block;
}

/*
 * Switch a part to its copy.  Extent maps are switched with the item.  A pinned
 * one belongs to a copying write in flight, which is about to replace the item:
 * then this part is given up.  Return: whether it was switched.
 */
static bool part_switch(struct iopath_inode *inode,
			struct iopath_reloc_part *part)
{
	struct iopath_fs *fs = inode->fs;
	u64 start = part->old.node.start;
	u64 last = part->old.node.last;
	u64 i, transid, nr = last - start + 1;
	u64 data = fs->layout.data_first;
	struct iopath_extent to = part->old;
	struct rangelock_req extent;
	bool move;

	iopath_extent_acquire(inode, &extent, start, last);
	iopath_ilock(inode);
	transid = iopath_trans_join(fs);
	move = part_is_current(inode, part) &&
	       (unlikely(fs->knobs.reloc_moves_pinned) ||
		!iopath_em_is_pinned(inode, start, last));
	if (move) {
		for (i = 0; i < nr; i++)
			WRITE_ONCE(fs->sums[part->block + i - data],
				   READ_ONCE(fs->sums[part->old.block + i -
						      data]));
		iopath_bg_ref(fs, part->block, nr);
		to.block = part->block;
		iopath_remap(inode, &to, transid, &part->remap);
	}
	iopath_trans_leave(fs);
	iopath_iunlock(inode);
	iopath_extent_release(inode, &extent);
	return move;
}

/**
 * iopath_reloc_switch() - switch a part to its copy, or wait for who replaces it
 * @inode: file
 * @part:  part, copied
 *
 * What is given up is tried again by a later pass, when the write that was in
 * its way is COMPLETE.  That may be waited for under the design's locks, which
 * no completion needs.
 *
 * Context: process context, sleeps; the design keeps others off the part.
 */
void iopath_reloc_switch(struct iopath_inode *inode,
			 struct iopath_reloc_part *part)
{
	struct iopath_oe *oe;

	if (part_switch(inode, part))
		return;
	oe = iopath_oe_get_overlap(inode, part->old.node.start,
				   part->old.node.last);
	if (!oe)
		return;
	iopath_oe_wait(oe, IOPATH_OE_COMPLETE);
	iopath_oe_put(oe);
}

/* Some item of some file that names a block of a run, cut to the run. */
static struct iopath_inode *others_find(struct iopath_fs *fs, u64 block, u64 nr,
					struct iopath_extent *found)
{
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		if (iopath_item_of_blocks(&fs->inodes[ino], block, nr, found))
			return &fs->inodes[ino];
	return NULL;
}

/* Switch one more item to the copy of @part, under its own locks. */
static int others_switch(struct iopath_reloc *reloc,
			 const struct iopath_reloc_part *part,
			 const struct iopath_extent *found)
{
	struct iopath_reloc_part *other = iopath_reloc_part_alloc(found);

	if (!other)
		return -ENOMEM;
	other->block = part->block + (found->block - part->old.block);
	reloc->start = found->node.start;
	reloc->last = found->node.last;
	reloc->ops->reloc_piece(reloc);
	iopath_reloc_switch(reloc->inode, other);
	reloc->ops->reloc_piece_done(reloc);
	iopath_reloc_part_free(other);
	return 0;
}

/**
 * iopath_reloc_switch_others() - switch whatever else names the old blocks
 * @reloc: relocation; nothing of a file is locked
 * @part:  part, copied
 *
 * Context: process context, sleeps.
 * Return: 0, or -ENOMEM: some items still name the old blocks.
 */
int iopath_reloc_switch_others(struct iopath_reloc *reloc,
			       const struct iopath_reloc_part *part)
{
	struct iopath_inode *inode = reloc->inode;
	struct iopath_fs *fs = reloc->fs;
	u64 nr = iopath_nr(&part->old.node);
	u64 start = reloc->start;
	u64 last = reloc->last;
	struct iopath_extent found;
	int err = 0;

	while (!err && !iopath_is_broken(fs) &&
	       iopath_bg_run_has_refs(fs, part->old.block, nr)) {
		reloc->inode = others_find(fs, part->old.block, nr, &found);
		if (!reloc->inode)
			break;
		err = others_switch(reloc, part, &found);
	}
	reloc->inode = inode;
	reloc->start = start;
	reloc->last = last;
	return err;
}
