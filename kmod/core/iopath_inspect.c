// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Looking into a file system: counters, invariants, a text dump.
 *
 * Invariants, checked at rest:
 *   I1 items do not overlap, are inside of the file and are no holes
 *   I2 each item is inside one block group, and its blocks are used and not
 *      pinned
 *   I3 the blocks of the items, each counted once per item, and those of the CoW
 *      forks are as many as the references; only blocks that are used and not pinned have any
 *   I4 the free blocks of the groups are those that can be reserved and those
 *      that are reserved for dirty pages
 *   I5 an extent map that is not pinned says what the items say; one that is a
 *      hole, that there are none
 *   I6 no ordered extent and no lock is left
 *   I7 the list of modified extent maps is as long as it says
 *   I8 no item is behind the size that a commit would write, which is not
 *      behind the one in memory; the allocated blocks are as many as counted
 *   I9 no task is left marked as being in an O_DSYNC write
 */
#include "iopath_internal.h"
#include "rangelock_debug.h"

static u64 count_of(struct iopath_fs *fs, enum iopath_count what)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < IOPATH_STRIPES; i++)
		sum += (u64)atomic64_read(&fs->gate.stripe[i].count[what]);
	return sum;
}

/**
 * iopath_get_stats() - what happened since mount
 * @fs:    file system
 * @stats: filled in
 *
 * Context: any.
 */
void iopath_get_stats(struct iopath_fs *fs, struct iopath_stats *stats)
{
	stats->writes = count_of(fs, IOPATH_COUNT_WRITES);
	stats->reads = count_of(fs, IOPATH_COUNT_READS);
	stats->fsyncs = count_of(fs, IOPATH_COUNT_FSYNCS);
	stats->relocations = count_of(fs, IOPATH_COUNT_RELOCATIONS);
	stats->reflinks = count_of(fs, IOPATH_COUNT_REFLINKS);
	stats->commits = count_of(fs, IOPATH_COUNT_COMMITS);
	stats->log_writes = count_of(fs, IOPATH_COUNT_LOG_WRITES);
	stats->log_full = count_of(fs, IOPATH_COUNT_LOG_FULL);
	stats->pieces = count_of(fs, IOPATH_COUNT_PIECES);
	stats->oe_waits = count_of(fs, IOPATH_COUNT_OE_WAITS);
	stats->nocow = count_of(fs, IOPATH_COUNT_NOCOW);
	stats->nocow_denied = count_of(fs, IOPATH_COUNT_NOCOW_DENIED);
	stats->switches = count_of(fs, IOPATH_COUNT_SWITCHES);
	stats->unowned = count_of(fs, IOPATH_COUNT_UNOWNED);
	stats->buffered_writes = count_of(fs, IOPATH_COUNT_BUFFERED_WRITES);
	stats->buffered_reads = count_of(fs, IOPATH_COUNT_BUFFERED_READS);
	stats->writeback = count_of(fs, IOPATH_COUNT_WRITEBACK);
	stats->fallbacks = count_of(fs, IOPATH_COUNT_FALLBACKS);
}

/* Geometry of a mounted file system, with all defaults filled in. */
void iopath_get_geometry(struct iopath_fs *fs, struct iopath_geometry *geo)
{
	*geo = fs->geo;
}

/* F, the range lock on file bytes, of the design range. */
struct rangelock *iopath_file_lock(struct iopath_inode *inode)
{
	return &inode->range.file;
}

/* D, the range lock on device bytes, of the design range. */
struct rangelock *iopath_disk_lock(struct iopath_fs *fs)
{
	return &fs->disk_lock;
}

/* E, the extent lock of all designs. */
struct rangelock *iopath_extent_lock(struct iopath_inode *inode)
{
	return &inode->extent_lock;
}

/**
 * iopath_get_inside() - how many operations are admitted and have not ended
 * @fs:     file system
 * @inside: filled in, by kind
 *
 * Counted while others come and go: exact only at rest.
 *
 * Context: any.
 */
void iopath_get_inside(struct iopath_fs *fs, u32 inside[IOPATH_INSIDE_KINDS])
{
	u32 kind, i;
	s64 sum;

	for (kind = 0; kind < IOPATH_INSIDE_KINDS; kind++) {
		sum = 0;
		for (i = 0; i < IOPATH_STRIPES; i++)
			sum += atomic64_read(&fs->gate.stripe[i].inside[kind]);
		inside[kind] = sum > 0 ? (u32)sum : 0;
	}
}

/* Set or clear (NULL) the hook.  Context: no operation is running. */
void iopath_set_hook(struct iopath_fs *fs, iopath_hook_fn hook, void *arg)
{
	fs->hook_arg = arg;
	fs->hook = hook;
}

/* Deviate from the protocol.  Context: no operation is running. */
void iopath_set_knobs(struct iopath_fs *fs, const struct iopath_knobs *knobs)
{
	fs->knobs = *knobs;
	iopath_set_lock_classes(fs);
}

static bool item_blocks_are_used(struct iopath_fs *fs,
				 const struct iopath_extent *item)
{
	struct iopath_bg *bg = iopath_bg_of(fs, item->block);
	u64 nr = iopath_nr(&item->node);

	return bg && item->block + nr - 1 <= iopath_bg_last(fs, bg) &&
	       iopath_bg_run_is_used(bg, item->block, nr);
}

/* I1 and I2; the number of blocks with an item is added to @blocks. */
static int validate_items(struct iopath_inode *inode, u64 *blocks)
{
	struct iopath_fs *fs = inode->fs;
	struct itree_node *node;
	struct iopath_extent *item;
	u64 next = 0;
	u32 nr = 0;

	for (node = itree_first(&inode->items); node; node = itree_next(node)) {
		item = container_of(node, struct iopath_extent, node);
		if (node->start < next || node->last < node->start ||
		    node->last >= fs->layout.file_blocks ||
		    item->type == IOPATH_EXTENT_HOLE)
			return 1;
		if (!item_blocks_are_used(fs, item))
			return 2;
		next = node->last + 1;
		*blocks += iopath_nr(node);
		nr++;
	}
	return nr == inode->nr_items ? 0 : 1;
}

/* I3 and I4 of one group; its references are added to @refs. */
static int validate_bg(struct iopath_fs *fs, struct iopath_bg *bg, u64 *refs)
{
	u32 bit, taken = 0;

	for (bit = 0; bit < fs->geo.bg_blocks; bit++) {
		bool used = iopath_bit_test(bg->used, bit);
		bool pinned = iopath_bit_test(bg->pinned[0], bit) ||
			      iopath_bit_test(bg->pinned[1], bit);

		if ((used && !pinned) != !!bg->refs[bit])
			return 3;
		*refs += bg->refs[bit];
		taken += used;
	}
	return bg->nr_free == fs->geo.bg_blocks - taken && !bg->ro ? 0 : 4;
}

/* Blocks reserved for dirty pages.  The gate is closed. */
static u64 nr_delalloc(struct iopath_fs *fs)
{
	u64 sum = 0;
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		sum += READ_ONCE(fs->inodes[ino].cache.nr_delalloc);
	return sum;
}

/* I8 */
static int validate_size(struct iopath_inode *inode)
{
	struct iopath_extent *item;
	struct itree_node *node;
	u64 prealloc = 0, behind = 0;

	for (node = itree_first(&inode->items); node; node = itree_next(node)) {
		item = container_of(node, struct iopath_extent, node);
		if (item->type == IOPATH_EXTENT_PREALLOC)
			prealloc += iopath_nr(node);
		behind = node->last + 1;
	}
	if (behind > DIV_ROUND_UP(inode->disk_size, IOPATH_BLOCK_SIZE) ||
	    inode->disk_size > inode->size ||
	    inode->size > inode->fs->geo.file_bytes ||
	    prealloc != inode->nr_prealloc)
		return 8;
	return 0;
}

/* I3 and I4 */
static int validate_bgs(struct iopath_fs *fs, u64 item_blocks)
{
	u64 refs = 0, free = 0, forks = 0, reserved = 0;
	int broken = 0;
	u32 i;

	for (i = 0; i < fs->geo.nr_files; i++)
		iopath_cow_count(&fs->inodes[i], &forks, &reserved);
	for (i = 0; i < fs->geo.nr_bgs && !broken; i++) {
		broken = validate_bg(fs, &fs->bgs[i], &refs);
		free += fs->bgs[i].nr_free;
	}
	if (broken)
		return broken;
	if (refs != item_blocks + forks)
		return 3;
	return free == fs->space.free + nr_delalloc(fs) + reserved ? 0 : 4;
}

/* Whether the items say what an extent map says. */
static bool em_matches_items(struct iopath_inode *inode,
			     const struct iopath_extent *em)
{
	u64 at = em->node.start;
	struct itree_node *node;
	struct iopath_extent *item;

	itree_for_each_overlap(node, &inode->items, em->node.start,
			       em->node.last) {
		item = container_of(node, struct iopath_extent, node);
		at = max(at, node->start);
		if (item->type != em->type || item->block + (at - node->start) !=
		    em->block + (at - em->node.start))
			return false;
		at = node->last + 1;
	}
	return em->type == IOPATH_EXTENT_HOLE || at > em->node.last;
}

/* I5 and I7 */
static int validate_ems(struct iopath_inode *inode)
{
	struct itree_node *node;
	struct iopath_extent *em;
	u32 modified = 0;

	for (node = itree_first(&inode->ems); node; node = itree_next(node)) {
		em = container_of(node, struct iopath_extent, node);
		modified += !list_empty(&em->modified);
		if (em->generation != U64_MAX && !em_matches_items(inode, em))
			return 5;
	}
	return modified == inode->nr_modified ? 0 : 7;
}

static int validate_idle(struct iopath_fs *fs)
{
	struct iopath_design_ops const *ops = fs->ops;

	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		if (!itree_is_empty(&fs->inodes[ino].oe_by_file) ||
		    !itree_is_empty(&fs->inodes[ino].extent_lock.tree))
			return 6;
	if (!itree_is_empty(&fs->oe_by_disk) || !ops->is_idle(fs) ||
	    atomic_read(&fs->trans.pending))
		return 6;
	return 0;
}

/**
 * iopath_validate() - check the invariants
 * @fs: file system
 *
 * Drains all operations first, so it may be called under load.
 *
 * Context: process context, sleeps; not from an operation of @fs.
 * Return: 0, or the number of the first broken invariant of the list above.
 */
int iopath_validate(struct iopath_fs *fs)
{
	u64 item_blocks = 0;
	int broken = 0;
	u32 ino;

	iopath_gate_close(&fs->gate);
	down_write(&fs->trans.sem);
	mutex_lock(&fs->item_lock);
	for (ino = 0; ino < fs->geo.nr_files && !broken; ino++)
		broken = validate_items(&fs->inodes[ino], &item_blocks);
	if (!broken)
		broken = validate_bgs(fs, item_blocks);
	for (ino = 0; ino < fs->geo.nr_files && !broken; ino++)
		broken = validate_ems(&fs->inodes[ino]);
	for (ino = 0; ino < fs->geo.nr_files && !broken; ino++)
		broken = validate_size(&fs->inodes[ino]);
	if (!broken)
		broken = validate_idle(fs);
	if (!broken && iopath_dsync_has_leaked(fs))
		broken = 9;
	mutex_unlock(&fs->item_lock);
	up_write(&fs->trans.sem);
	iopath_gate_open(&fs->gate);
	return broken;
}

static size_t dump_counts(struct iopath_fs *fs, char *buf, size_t size)
{
	struct iopath_stats stats;
	size_t at = 0;

	iopath_get_stats(fs, &stats);
	at += scnprintf(buf + at, size - at,
			"writes %llu reads %llu fsyncs %llu relocations %llu reflinks %llu\n",
			stats.writes, stats.reads, stats.fsyncs,
			stats.relocations, stats.reflinks);
	at += scnprintf(buf + at, size - at,
			"commits %llu log_writes %llu log_full %llu\n",
			stats.commits, stats.log_writes, stats.log_full);
	at += scnprintf(buf + at, size - at,
			"pieces %llu oe_waits %llu nocow %llu nocow_denied %llu unowned %llu\n",
			stats.pieces, stats.oe_waits, stats.nocow,
			stats.nocow_denied, stats.unowned);
	at += scnprintf(buf + at, size - at,
			"buffered_writes %llu buffered_reads %llu writeback %llu fallbacks %llu\n",
			stats.buffered_writes, stats.buffered_reads,
			stats.writeback, stats.fallbacks);
	return at;
}

/**
 * iopath_dump() - state as text
 * @fs:   file system
 * @buf:  destination
 * @size: its size, not 0
 *
 * Context: process context, sleeps.
 * Return: characters stored, without the terminating 0.
 */
size_t iopath_dump(struct iopath_fs *fs, char *buf, size_t size)
{
	size_t at = 0;
	u32 nr_items = 0;
	u32 ino;
	u64 free;

	spin_lock(&fs->space.lock);
	free = fs->space.free;
	spin_unlock(&fs->space.lock);
	mutex_lock(&fs->item_lock);
	for (ino = 0; ino < fs->geo.nr_files; ino++)
		nr_items += fs->inodes[ino].nr_items;
	mutex_unlock(&fs->item_lock);
	at += scnprintf(buf + at, size - at,
			"design %s generation %llu items %u free %llu\n",
			iopath_design_name(iopath_get_design(fs)),
			READ_ONCE(fs->generation), nr_items, free);
	at += dump_counts(fs, buf + at, size - at);
	for (ino = 0; ino < fs->geo.nr_files; ino++) {
		at += scnprintf(buf + at, size - at, "file lock %u:\n", ino);
		at += rangelock_dump(&fs->inodes[ino].range.file, buf + at,
				     size - at);
	}
	at += scnprintf(buf + at, size - at, "disk lock:\n");
	at += rangelock_dump(&fs->disk_lock, buf + at, size - at);
	return at;
}
