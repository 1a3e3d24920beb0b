// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Lists of extents on the device: encode, check, decode.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

/* Whether checksums follow an entry of that type. */
static bool has_sums(const struct iopath_fs *fs, u32 type)
{
	return fs->geo.datasum && type == IOPATH_EXTENT_REG;
}

/* Length of an extent of @nr blocks, or of another entry, in a list. */
u64 iopath_disk_extent_bytes(const struct iopath_fs *fs, u32 type, u64 nr)
{
	u64 bytes = sizeof(struct iopath_disk_extent);

	if (has_sums(fs, type))
		bytes += round_up(nr * sizeof(u32), sizeof(u64));
	return bytes;
}

/* Begin a list at @buf.  Return: where the first extent goes. */
size_t iopath_list_begin(char *buf, u64 magic, u64 generation, u64 seq)
{
	struct iopath_disk_list *list = (struct iopath_disk_list *)buf;

	memset(list, 0, sizeof(*list));
	list->magic = magic;
	list->generation = generation;
	list->seq = seq;
	return sizeof(*list);
}

/**
 * iopath_list_add() - append an extent and the checksums that are known of it
 * @inode:  whose extent it is
 * @buf:    list
 * @at:     where the extent goes
 * @extent: extent
 *
 * Context: any.
 * Return: where the next one goes.
 */
size_t iopath_list_add(struct iopath_inode *inode, char *buf, size_t at,
		       const struct iopath_extent *extent)
{
	struct iopath_disk_list *list = (struct iopath_disk_list *)buf;
	struct iopath_fs *fs = inode->fs;
	struct iopath_disk_extent *disk = (void *)(buf + at);
	u64 i, nr = iopath_nr(&extent->node);
	u32 *sums = iopath_list_sums(buf, at);

	disk->start = extent->node.start;
	disk->block = extent->block;
	disk->generation = extent->generation;
	disk->nr = (u32)nr;
	disk->ino = (u16)inode->ino;
	disk->type = (u16)extent->type;
	for (i = 0; has_sums(fs, disk->type) && i < nr; i++)
		sums[i] = READ_ONCE(fs->sums[extent->block + i -
					     fs->layout.data_first]);
	if (has_sums(fs, disk->type) && nr % 2)
		sums[nr] = 0;
	list->nr++;
	return at + (size_t)iopath_disk_extent_bytes(fs, disk->type, nr);
}

/* Append the end of a file, which counts for what comes before. */
size_t iopath_list_add_size(char *buf, size_t at, u32 ino, u64 size)
{
	struct iopath_disk_list *list = (struct iopath_disk_list *)buf;
	struct iopath_disk_extent *disk = (void *)(buf + at);

	memset(disk, 0, sizeof(*disk));
	disk->start = size;
	disk->ino = (u16)ino;
	disk->type = IOPATH_DISK_SIZE;
	list->nr++;
	return at + sizeof(*disk);
}

/* Where the checksums of the extent at @at are. */
u32 *iopath_list_sums(char *buf, size_t at)
{
	return (u32 *)(buf + at + sizeof(struct iopath_disk_extent));
}

void iopath_list_finish(char *buf, size_t bytes)
{
	struct iopath_disk_list *list = (struct iopath_disk_list *)buf;

	list->bytes = bytes;
	list->crc = 0;
	list->crc = rlenv_crc32(0, buf, bytes);
}

/* Whether a whole list of that kind begins at @buf, which has @max bytes. */
bool iopath_list_is_valid(const char *buf, size_t max, u64 magic,
			  u64 generation, u64 seq)
{
	struct iopath_disk_list head;
	u32 crc;

	if (max < sizeof(head))
		return false;
	memcpy(&head, buf, sizeof(head));
	if (head.magic != magic || head.generation != generation ||
	    head.seq != seq || head.bytes < sizeof(head) || head.bytes > max)
		return false;
	crc = head.crc;
	head.crc = 0;
	return crc == rlenv_crc32(rlenv_crc32(0, &head, sizeof(head)),
				  buf + sizeof(head),
				  (size_t)head.bytes - sizeof(head));
}

static bool blocks_are_sane(struct iopath_fs *fs,
			    const struct iopath_disk_extent *disk)
{
	const struct iopath_layout *layout = &fs->layout;

	if (disk->type == IOPATH_EXTENT_HOLE)
		return !disk->block;
	return disk->block >= layout->data_first &&
	       disk->block < layout->nr_blocks &&
	       disk->nr <= layout->nr_blocks - disk->block &&
	       disk->generation <= fs->generation + 1;
}

static bool entry_is_sane(struct iopath_fs *fs,
			  const struct iopath_disk_extent *disk)
{
	const struct iopath_layout *layout = &fs->layout;

	if (disk->ino >= fs->geo.nr_files)
		return false;
	if (disk->type == IOPATH_DISK_SIZE)
		return !disk->nr && !disk->block &&
		       disk->start <= fs->geo.file_bytes;
	return disk->type <= IOPATH_EXTENT_HOLE && disk->nr &&
	       disk->start < layout->file_blocks &&
	       disk->nr <= layout->file_blocks - disk->start &&
	       blocks_are_sane(fs, disk);
}

/* Apply one entry. */
static int entry_visit(struct iopath_fs *fs,
		       const struct iopath_disk_extent *disk, iopath_list_fn fn)
{
	struct iopath_inode *inode = &fs->inodes[disk->ino];
	struct iopath_extent extent;

	if (disk->type == IOPATH_DISK_SIZE) {
		iopath_size_restore(inode, disk->start);
		return 0;
	}
	iopath_extent_set(&extent, disk->start, disk->start + disk->nr - 1,
			  disk->block, disk->type, disk->generation);
	return fn(inode, &extent, has_sums(fs, disk->type) ?
		  (const u32 *)(disk + 1) : NULL);
}

/**
 * iopath_list_walk() - visit the extents of a valid list, set the sizes
 * @fs:  file system
 * @buf: list
 * @fn:  called for each extent
 *
 * Context: that of @fn; process context, sleeps.
 * Return: 0, -EINVAL for an entry that cannot be, or what @fn returned.
 */
int iopath_list_walk(struct iopath_fs *fs, const char *buf, iopath_list_fn fn)
{
	const struct iopath_disk_list *list = (const void *)buf;
	size_t at = sizeof(*list);
	u32 i;
	int err = 0;

	for (i = 0; i < list->nr && !err; i++) {
		const struct iopath_disk_extent *disk =
			(const void *)(buf + at);

		if (at + sizeof(*disk) > list->bytes || !entry_is_sane(fs, disk))
			return -EINVAL;
		err = entry_visit(fs, disk, fn);
		at += (size_t)iopath_disk_extent_bytes(fs, disk->type, disk->nr);
	}
	return err;
}

/* Put a copy of @extent into the tree; @item is used up. */
static void item_put_back(struct iopath_inode *inode,
			  const struct iopath_extent *extent,
			  struct iopath_extent **item,
			  struct iopath_extent **spare)
{
	const struct itree_node *node = &extent->node;

	if (extent->type == IOPATH_EXTENT_HOLE) {
		iopath_items_drop(inode, node->start, node->last, spare);
		return;
	}
	iopath_extent_set(*item, node->start, node->last, extent->block,
			  extent->type, extent->generation);
	iopath_items_replace(inode, item, spare);
	/* after the drop: it may have freed blocks that this one refers to */
	iopath_bg_claim(inode->fs, extent->block, iopath_nr(node));
}

/**
 * iopath_item_restore() - put an extent from the device into the tree
 * @inode:  file of a file system being mounted
 * @extent: extent
 * @sums:   its checksums, or NULL
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int iopath_item_restore(struct iopath_inode *inode,
			const struct iopath_extent *extent, const u32 *sums)
{
	struct iopath_extent *item = iopath_extent_alloc();
	struct iopath_extent *spare = iopath_extent_alloc();
	u64 data = inode->fs->layout.data_first;
	int err = item && spare ? 0 : -ENOMEM;
	u64 i;

	if (!err)
		item_put_back(inode, extent, &item, &spare);
	for (i = 0; !err && sums && i < iopath_nr(&extent->node); i++)
		inode->fs->sums[extent->block + i - data] = sums[i];
	rlenv_free(item);
	rlenv_free(spare);
	return err;
}
