// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Lists of extents on the device: encode, check, decode.
 */
#include "iopath_internal.h"
#include "iopath_format.h"

/* Length of an extent of @nr blocks in a list. */
u64 iopath_disk_extent_bytes(const struct iopath_fs *fs, u64 nr)
{
	u64 bytes = sizeof(struct iopath_disk_extent);

	if (fs->geo.datasum)
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
	disk->ino = inode->ino;
	for (i = 0; fs->geo.datasum && i < nr; i++)
		sums[i] = READ_ONCE(fs->sums[extent->block + i -
					     fs->layout.data_first]);
	if (fs->geo.datasum && nr % 2)
		sums[nr] = 0;
	list->nr++;
	return at + (size_t)iopath_disk_extent_bytes(fs, nr);
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

static bool extent_is_sane(struct iopath_fs *fs,
			   const struct iopath_disk_extent *disk)
{
	const struct iopath_layout *layout = &fs->layout;

	return disk->nr && disk->ino < fs->geo.nr_files &&
	       disk->start < layout->file_blocks &&
	       disk->nr <= layout->file_blocks - disk->start &&
	       disk->block >= layout->data_first &&
	       disk->block < layout->nr_blocks &&
	       disk->nr <= layout->nr_blocks - disk->block &&
	       disk->generation <= fs->generation + 1;
}

/**
 * iopath_list_walk() - visit the extents of a valid list
 * @fs:  file system
 * @buf: list
 * @fn:  called for each
 *
 * Context: that of @fn.
 * Return: 0, -EINVAL for an extent that cannot be, or what @fn returned.
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
		struct iopath_extent extent = {
			.node.start = disk->start,
			.node.last = disk->start + disk->nr - 1,
			.block = disk->block,
			.generation = disk->generation,
		};

		if (at + sizeof(*disk) > list->bytes ||
		    !extent_is_sane(fs, disk))
			return -EINVAL;
		err = fn(&fs->inodes[disk->ino], &extent, fs->geo.datasum ?
			 (const u32 *)(disk + 1) : NULL);
		at += (size_t)iopath_disk_extent_bytes(fs, disk->nr);
	}
	return err;
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
	struct iopath_fs *fs = inode->fs;
	struct iopath_extent *item = iopath_extent_alloc();
	struct iopath_extent *spare = iopath_extent_alloc();
	u64 i, nr = iopath_nr(&extent->node);

	if (!item || !spare) {
		rlenv_free(item);
		rlenv_free(spare);
		return -ENOMEM;
	}
	iopath_items_replace(inode, extent->node.start, extent->node.last,
			     extent->block, extent->generation, &item, &spare);
	rlenv_free(spare);
	/* after the drop: it may have freed blocks that this one refers to */
	iopath_bg_claim(fs, extent->block, nr);
	for (i = 0; sums && i < nr; i++)
		fs->sums[extent->block + i - fs->layout.data_first] = sums[i];
	return 0;
}
