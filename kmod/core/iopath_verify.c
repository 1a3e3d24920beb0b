// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Oracle of the file's content, and audit of the checksums on the device.
 */
#include "iopath_internal.h"
#include "iopath_verify.h"
#include "prng.h"

#define STAMP_MAGIC	0x7374616d70656421ULL
#define SECTORS		(IOPATH_BLOCK_SIZE / IOPATH_SECTOR_SIZE)
#define STAMP_STEP	0x9e3779b97f4a7c15ULL
#define STAMP_FILL	(IOPATH_SECTOR_SIZE / sizeof(u64) - 4)

/* What a sector turned out to be, if not the number of a write. */
#define SECTOR_GARBAGE	U32_MAX

/**
 * struct stamp - a sector as written
 * @magic:  STAMP_MAGIC
 * @block:  file block, and the file
 * @nr:     number of the write
 * @sector: number of the sector in the block
 * @fill:   follows from the others
 */
struct stamp {
	u64 magic;
	u64 block;
	u64 nr;
	u64 sector;
	u64 fill[STAMP_FILL];
};

static const char *const code_names[IOPATH_CODES] = {
	[IOPATH_CODE_OK] = "OK",
	[IOPATH_CODE_LOG_REG_UNWRITTEN] = "LOG_REG_UNWRITTEN",
	[IOPATH_CODE_CSUM_MISSING] = "CSUM_MISSING",
	[IOPATH_CODE_CSUM_BAD] = "CSUM_BAD",
	[IOPATH_CODE_STALE_EXPOSED] = "STALE_EXPOSED",
	[IOPATH_CODE_LOST_FSYNCED] = "LOST_FSYNCED",
	[IOPATH_CODE_LOST_ACKED_WRITE] = "LOST_ACKED_WRITE",
	[IOPATH_CODE_WRITE_TO_UNOWNED] = "WRITE_TO_UNOWNED",
	[IOPATH_CODE_TORN] = "TORN",
	[IOPATH_CODE_DEADLOCK] = "DEADLOCK",
	[IOPATH_CODE_HANG] = "HANG",
	[IOPATH_CODE_LOCK_LEAK] = "LOCK_LEAK",
	[IOPATH_CODE_STATE_LEAK] = "STATE_LEAK",
	[IOPATH_CODE_LOG_OVERLAP] = "LOG_OVERLAP",
	[IOPATH_CODE_EXTENT_LEFT_IN_REMOVED_BG] = "EXTENT_LEFT_IN_REMOVED_BG",
	[IOPATH_CODE_STARVE] = "STARVE",
	[IOPATH_CODE_DATA_FORK_UNINIT] = "DATA_FORK_UNINIT",
	[IOPATH_CODE_REFLINK_ISOLATION] = "REFLINK_ISOLATION",
	[IOPATH_CODE_REF_TO_FREED] = "REF_TO_FREED",
	[IOPATH_CODE_SNAPSHOT_CHANGED] = "SNAPSHOT_CHANGED",
	[IOPATH_CODE_MIRROR_MISMATCH] = "MIRROR_MISMATCH",
	[IOPATH_CODE_INVARIANT] = "INVARIANT",
};

/* Name of a code, "?" if there is no such code. */
const char *iopath_code_name(enum iopath_code code)
{
	return (u32)code < IOPATH_CODES ? code_names[code] : "?";
}

/* The first word of the fill; each next one is larger by an odd constant. */
static u64 stamp_fill(const struct stamp *stamp)
{
	return prng_mix(stamp->block * 1000003 + stamp->nr * 8191 +
			stamp->sector);
}

/* Files are told apart by the upper bits of their blocks. */
static u64 stamp_index(const struct iopath_oracle *oracle, u64 block)
{
	return block | (u64)oracle->origin << 48;
}

static void stamp_sector(struct stamp *stamp, u64 block, u32 nr, u32 sector)
{
	u64 fill;
	u32 i;

	BUILD_BUG_ON(sizeof(*stamp) != IOPATH_SECTOR_SIZE);
	stamp->magic = STAMP_MAGIC;
	stamp->block = block;
	stamp->nr = nr;
	stamp->sector = sector;
	fill = stamp_fill(stamp);
	for (i = 0; i < STAMP_FILL; i++, fill += STAMP_STEP)
		stamp->fill[i] = fill;
}

static bool sector_is_zero(const struct stamp *stamp)
{
	const u64 *word = (const u64 *)stamp;
	u32 i;

	for (i = 0; i < IOPATH_SECTOR_SIZE / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

/*
 * Which write a sector comes from; SECTOR_GARBAGE for none.  Zeroes carry no
 * number: they are the newest operation that wanted zeroes there.
 */
static u32 sector_read(const struct stamp *stamp, u64 block, u32 sector,
		       u32 zeroed)
{
	u64 fill;
	u32 i;

	if (sector_is_zero(stamp))
		return zeroed;
	if (stamp->magic != STAMP_MAGIC || stamp->block != block ||
	    stamp->sector != sector || !stamp->nr || stamp->nr >= U32_MAX)
		return SECTOR_GARBAGE;
	fill = stamp_fill(stamp);
	for (i = 0; i < STAMP_FILL; i++, fill += STAMP_STEP)
		if (stamp->fill[i] != fill)
			return SECTOR_GARBAGE;
	return (u32)stamp->nr;
}

/**
 * iopath_oracle_create() - an oracle of a file that is one hole
 * @file_bytes: size of the file
 *
 * Context: process context, sleeps.
 * Return: the oracle, or NULL.
 */
struct iopath_oracle *iopath_oracle_create(u64 file_bytes)
{
	struct iopath_oracle *oracle = rlenv_alloc(sizeof(*oracle));

	if (!oracle)
		return NULL;
	spin_lock_init(&oracle->lock);
	oracle->nr_blocks = file_bytes >> IOPATH_BLOCK_SHIFT;
	oracle->block = rlenv_alloc(oracle->nr_blocks *
				    sizeof(*oracle->block));
	if (!oracle->block) {
		rlenv_free(oracle);
		return NULL;
	}
	return oracle;
}

void iopath_oracle_destroy(struct iopath_oracle *oracle)
{
	if (!oracle)
		return;
	rlenv_free(oracle->block);
	rlenv_free(oracle);
}

/**
 * iopath_oracle_issue() - a write is about to begin
 * @oracle: oracle
 * @pos:    first byte
 * @buf:    filled in with what has to be written
 * @len:    bytes
 *
 * Context: any task; nobody else writes to these blocks.
 * Return: the number of the write.
 */
u32 iopath_oracle_issue(struct iopath_oracle *oracle, u64 pos, void *buf,
			u32 len)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u32 i, sector, nr;

	spin_lock(&oracle->lock);
	nr = ++oracle->last;
	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT; i++)
		oracle->block[first + i].issued = nr;
	spin_unlock(&oracle->lock);
	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT; i++)
		for (sector = 0; sector < SECTORS; sector++)
			stamp_sector((struct stamp *)buf + i * SECTORS + sector,
				     stamp_index(oracle, first + i), nr, sector);
	return nr;
}

/**
 * iopath_oracle_issue_zero() - an operation is about to make blocks read as zero
 * @oracle: oracle
 * @pos:    first byte
 * @len:    bytes
 *
 * A hole is punched, a range zeroed, or the file cut.
 *
 * Context: any task; nobody else writes to these blocks.
 * Return: the number of the operation, for iopath_oracle_ack().
 */
u32 iopath_oracle_issue_zero(struct iopath_oracle *oracle, u64 pos, u64 len)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u64 i;
	u32 nr;

	spin_lock(&oracle->lock);
	nr = ++oracle->last;
	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT; i++) {
		oracle->block[first + i].issued = nr;
		oracle->block[first + i].zeroed = nr;
	}
	spin_unlock(&oracle->lock);
	return nr;
}

/**
 * iopath_oracle_issue_clone() - blocks are about to be cloned to the same place
 *				 of another file
 * @target: oracle of that file
 * @source: oracle of the file they come from
 * @pos:    first byte
 * @len:    bytes
 *
 * From here on what has been written to the source may be in the target, and
 * nothing that is written to it later.
 *
 * Context: process context; nobody writes to these blocks of either.
 * Return: for iopath_oracle_clone_done(), or NULL.
 */
u32 *iopath_oracle_issue_clone(struct iopath_oracle *target,
			       struct iopath_oracle *source, u64 pos, u32 len)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u32 i, nr = len >> IOPATH_BLOCK_SHIFT;
	u32 *acked = rlenv_alloc(nr * sizeof(*acked));
	struct iopath_oracle_block block;

	for (i = 0; acked && i < nr; i++) {
		spin_lock(&source->lock);
		block = source->block[first + i];
		spin_unlock(&source->lock);
		acked[i] = block.acked;
		spin_lock(&target->lock);
		target->block[first + i].issued = block.acked;
		target->block[first + i].zeroed = block.zeroed;
		spin_unlock(&target->lock);
	}
	return acked;
}

/* The clone has returned; @ok: success. */
void iopath_oracle_clone_done(struct iopath_oracle *target, u32 *acked,
			      u64 pos, u32 len, bool ok)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u32 i;

	spin_lock(&target->lock);
	for (i = 0; ok && i < len >> IOPATH_BLOCK_SHIFT; i++)
		target->block[first + i].acked = acked[i];
	spin_unlock(&target->lock);
	rlenv_free(acked);
}

/* A write, or what makes zeroes, has returned success. */
void iopath_oracle_ack(struct iopath_oracle *oracle, u64 pos, u64 len, u32 nr)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u64 i;

	spin_lock(&oracle->lock);
	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT; i++)
		oracle->block[first + i].acked = nr;
	spin_unlock(&oracle->lock);
}

/* An fsync begins: remember what it has to make durable.  NULL: no memory. */
u32 *iopath_oracle_sync_begin(struct iopath_oracle *oracle)
{
	u32 *snapshot = rlenv_alloc(oracle->nr_blocks * sizeof(*snapshot));
	u64 i;

	if (!snapshot)
		return NULL;
	spin_lock(&oracle->lock);
	for (i = 0; i < oracle->nr_blocks; i++)
		snapshot[i] = oracle->block[i].acked;
	spin_unlock(&oracle->lock);
	return snapshot;
}

/**
 * iopath_oracle_sync_done() - the fsync has returned
 * @oracle:   oracle
 * @snapshot: from iopath_oracle_sync_begin(); freed
 * @start:    first byte of its range
 * @last:     last byte of its range
 * @ok:       it returned 0
 *
 * Context: process context.
 */
void iopath_oracle_sync_done(struct iopath_oracle *oracle, u32 *snapshot,
			     u64 start, u64 last, bool ok)
{
	u64 i, last_block;

	last_block = min(last >> IOPATH_BLOCK_SHIFT, oracle->nr_blocks - 1);
	spin_lock(&oracle->lock);
	for (i = start >> IOPATH_BLOCK_SHIFT; ok && i <= last_block; i++)
		oracle->block[i].synced = max(oracle->block[i].synced,
					      snapshot[i]);
	spin_unlock(&oracle->lock);
	rlenv_free(snapshot);
}

/* The oldest write of which a sector is left in a block. */
static u32 block_oldest(const struct stamp *stamp, u64 index, u32 zeroed)
{
	u32 sector, oldest = SECTOR_GARBAGE;

	for (sector = 0; sector < SECTORS; sector++)
		oldest = min(oldest, sector_read(&stamp[sector], index, sector,
						 zeroed));
	return oldest;
}

/**
 * iopath_oracle_settle() - after a crash: what is there now has to stay
 * @oracle: oracle
 * @pos:    first byte
 * @buf:    what was read there, checked
 * @len:    bytes
 *
 * Of a block that is torn, only the oldest of its writes can be relied on.
 *
 * Context: any task; nobody writes to these blocks.
 */
void iopath_oracle_settle(struct iopath_oracle *oracle, u64 pos,
			  const void *buf, u32 len)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	u32 i, nr;

	spin_lock(&oracle->lock);
	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT; i++) {
		nr = block_oldest((const struct stamp *)buf + i * SECTORS,
				  stamp_index(oracle, first + i),
				  oracle->block[first + i].zeroed);
		oracle->block[first + i].acked = nr;
		oracle->block[first + i].synced = nr;
	}
	spin_unlock(&oracle->lock);
}

static enum iopath_code block_check(const struct iopath_oracle_block *block,
				    const struct stamp *stamp, u64 index,
				    enum iopath_floor floor, bool in_place)
{
	u32 least = floor == IOPATH_FLOOR_ACKED ? block->acked : block->synced;
	bool may_tear = in_place && block->issued > least;
	u32 sector, nr, first = 0;

	for (sector = 0; sector < SECTORS; sector++) {
		nr = sector_read(&stamp[sector], index, sector, block->zeroed);
		if (nr == SECTOR_GARBAGE || nr > block->issued)
			return IOPATH_CODE_STALE_EXPOSED;
		if (nr < least)
			return floor == IOPATH_FLOOR_ACKED ?
			       IOPATH_CODE_LOST_ACKED_WRITE :
			       IOPATH_CODE_LOST_FSYNCED;
		if (sector && nr != first && !may_tear)
			return IOPATH_CODE_TORN;
		first = sector ? first : nr;
	}
	return IOPATH_CODE_OK;
}

/**
 * iopath_oracle_check() - judge what was read
 * @oracle:   oracle
 * @pos:      first byte
 * @buf:      what was read
 * @len:      bytes
 * @floor:    how old it may be
 * @in_place: a block that was being written may be torn
 *
 * Context: any task; nobody writes to these blocks.
 * Return: the first code that is not OK, or OK.
 */
enum iopath_code iopath_oracle_check(struct iopath_oracle *oracle, u64 pos,
				     const void *buf, u32 len,
				     enum iopath_floor floor, bool in_place)
{
	u64 first = pos >> IOPATH_BLOCK_SHIFT;
	enum iopath_code code = IOPATH_CODE_OK;
	struct iopath_oracle_block block;
	u32 i;

	for (i = 0; i < len >> IOPATH_BLOCK_SHIFT && !code; i++) {
		spin_lock(&oracle->lock);
		block = oracle->block[first + i];
		spin_unlock(&oracle->lock);
		code = block_check(&block,
				   (const struct stamp *)buf + i * SECTORS,
				   stamp_index(oracle, first + i), floor,
				   in_place);
	}
	return code;
}

/**
 * iopath_oracle_check_file() - read all of the file and judge it
 * @oracle: oracle
 * @fs:     file system at rest
 * @floor:  how old the content may be
 *
 * Context: process context, sleeps.
 * Return: the first code that is not OK, or OK.  A block that cannot be read is
 * one of the audit's codes, or lost.
 */
enum iopath_code iopath_oracle_check_file(struct iopath_oracle *oracle,
					  struct iopath_fs *fs,
					  enum iopath_floor floor)
{
	void *buf = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	struct iopath_inode *inode = iopath_file(fs, oracle->ino);
	enum iopath_code code = IOPATH_CODE_OK;
	ssize_t done;
	u64 i;

	if (!buf)
		return IOPATH_CODE_HANG;
	for (i = 0; i < oracle->nr_blocks && !code; i++) {
		u64 pos = i << IOPATH_BLOCK_SHIFT;

		done = iopath_read(inode, pos, buf, IOPATH_BLOCK_SIZE);
		if (done < 0) {
			code = iopath_audit(fs);
			if (!code)
				code = IOPATH_CODE_LOST_FSYNCED;
			break;
		}
		/* behind the end of the file there is nothing */
		memset((char *)buf + done, 0, IOPATH_BLOCK_SIZE - (size_t)done);
		code = iopath_oracle_check(oracle, pos, buf, IOPATH_BLOCK_SIZE,
					   floor, fs->geo.nocow ||
					   fs->geo.cow_fork);
	}
	rlenv_free_big(buf);
	return code;
}

static enum iopath_code audit_block(struct iopath_fs *fs, u64 block, void *buf)
{
	u32 sum = READ_ONCE(fs->sums[block - fs->layout.data_first]);

	if (iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0, block, 1, buf))
		return IOPATH_CODE_HANG;
	if (!sum)
		return IOPATH_CODE_CSUM_MISSING;
	return sum == iopath_block_sum(buf) ? IOPATH_CODE_OK :
					      IOPATH_CODE_CSUM_BAD;
}

static enum iopath_code audit_file(struct iopath_inode *inode, void *buf)
{
	struct iopath_fs *fs = inode->fs;
	enum iopath_code code = IOPATH_CODE_OK;
	u64 last = fs->layout.file_blocks - 1;
	struct iopath_extent item;
	u64 i, from = 0;

	while (!code && from <= last &&
	       iopath_item_lookup(inode, from, last, &item)) {
		for (i = 0; item.type == IOPATH_EXTENT_REG && !code &&
			    i < iopath_nr(&item.node); i++)
			code = audit_block(fs, item.block + i, buf);
		from = item.node.last + 1;
	}
	return code;
}

/* Whether an item names a block that is not kept for it. */
static bool file_has_freed(struct iopath_inode *inode)
{
	struct iopath_fs *fs = inode->fs;
	u64 last = fs->layout.file_blocks - 1;
	struct iopath_extent item;
	u64 from = 0;

	while (from <= last && iopath_item_lookup(inode, from, last, &item)) {
		if (!iopath_bg_run_is_used(iopath_bg_of(fs, item.block),
					   item.block, iopath_nr(&item.node)))
			return true;
		from = item.node.last + 1;
	}
	return false;
}

/**
 * iopath_audit() - compare every block that has an item with its checksum
 * @fs: file system without operations; writes that a read or a flush has left
 *      behind are waited for, since an item comes before its checksum
 *
 * And the references to blocks, and the records of the log with what a record
 * may be, as replay has seen them.
 *
 * Context: process context, sleeps.
 * Return: the first code that is not OK, or OK; of checksums, only with them.
 */
enum iopath_code iopath_audit(struct iopath_fs *fs)
{
	void *buf = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	enum iopath_code code = IOPATH_CODE_OK;
	u32 ino;

	if (!buf)
		return IOPATH_CODE_HANG;
	iopath_oe_wait_disk(fs, fs->layout.data_first,
			    fs->layout.nr_blocks - 1);
	if (fs->log.overlaps)
		code = IOPATH_CODE_LOG_OVERLAP;
	for (ino = 0; fs->geo.datasum && ino < fs->geo.nr_files && !code; ino++)
		code = audit_file(&fs->inodes[ino], buf);
	for (ino = 0; ino < fs->geo.nr_files && !code; ino++)
		if (file_has_freed(&fs->inodes[ino]))
			code = IOPATH_CODE_REF_TO_FREED;
	rlenv_free_big(buf);
	return code;
}
