/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * An oracle of what the file must contain.  Every sector that is written carries
 * its file block and the number of the write; the oracle remembers per block
 * which writes were issued, acknowledged and made durable, and so can tell from
 * what it reads what went wrong.
 *
 * Writes to one block must not overlap in time: the oracle knows no order
 * between them.  Different blocks may be written by different tasks.
 */
#ifndef RANGELOCK_IOPATH_VERIFY_H
#define RANGELOCK_IOPATH_VERIFY_H

#include "iopath.h"

/* What a checker found; the names are those of the design text. */
enum iopath_code {
	IOPATH_CODE_OK,
	IOPATH_CODE_LOG_REG_UNWRITTEN,
	IOPATH_CODE_CSUM_MISSING,
	IOPATH_CODE_CSUM_BAD,
	IOPATH_CODE_STALE_EXPOSED,
	IOPATH_CODE_LOST_FSYNCED,
	IOPATH_CODE_LOST_ACKED_WRITE,
	IOPATH_CODE_WRITE_TO_UNOWNED,
	IOPATH_CODE_TORN,
	IOPATH_CODE_DEADLOCK,
	IOPATH_CODE_HANG,
	IOPATH_CODE_LOCK_LEAK,
	IOPATH_CODE_STATE_LEAK,
	IOPATH_CODE_LOG_OVERLAP,
	IOPATH_CODE_EXTENT_LEFT_IN_REMOVED_BG,
	IOPATH_CODE_STARVE,
	IOPATH_CODE_DATA_FORK_UNINIT,
	IOPATH_CODE_REFLINK_ISOLATION,
	IOPATH_CODE_REF_TO_FREED,
	IOPATH_CODE_SNAPSHOT_CHANGED,
	IOPATH_CODE_MIRROR_MISMATCH,
	IOPATH_CODE_INVARIANT,	/* iopath_validate() says which */
	IOPATH_CODES,
};

const char *iopath_code_name(enum iopath_code code);

/* The oldest content that a check accepts. */
enum iopath_floor {
	IOPATH_FLOOR_ACKED,	/* no crash: the last acknowledged write */
	IOPATH_FLOOR_SYNCED,	/* after a crash: the last durable write */
};

/**
 * struct iopath_oracle_block - what may be in a file block
 * @issued: last write that was begun
 * @acked:  last write that was acknowledged
 * @synced: last write that an fsync has covered
 * @zeroed: last operation begun that makes the block read as zero
 *
 * Numbers of writes; 0 is the hole.  Under the oracle's lock.
 */
struct iopath_oracle_block {
	u32 issued;
	u32 acked;
	u32 synced;
	u32 zeroed;
};

/**
 * struct iopath_oracle - what the file must contain
 * @lock:      guards what follows
 * @last:      number of the last write
 * @nr_blocks: constant
 * @ino:       which file, 0 unless set before the first write
 * @origin:    whose writes it contains: @ino, or the file that it has clones of;
 *             likewise
 * @block:     per file block
 */
struct iopath_oracle {
	spinlock_t lock;
	u32 last;
	u64 nr_blocks;
	u32 ino;
	u32 origin;
	struct iopath_oracle_block *block;
};

struct iopath_oracle *iopath_oracle_create(u64 file_bytes);
void iopath_oracle_destroy(struct iopath_oracle *oracle);
u32 iopath_oracle_issue(struct iopath_oracle *oracle, u64 pos, void *buf,
			u32 len);
u32 iopath_oracle_issue_zero(struct iopath_oracle *oracle, u64 pos, u64 len);
u32 *iopath_oracle_issue_clone(struct iopath_oracle *target,
			       struct iopath_oracle *source, u64 pos, u32 len);
void iopath_oracle_clone_done(struct iopath_oracle *target, u32 *acked,
			      u64 pos, u32 len, bool ok);
void iopath_oracle_ack(struct iopath_oracle *oracle, u64 pos, u64 len, u32 nr);
u32 *iopath_oracle_sync_begin(struct iopath_oracle *oracle);
void iopath_oracle_sync_done(struct iopath_oracle *oracle, u32 *snapshot,
			     u64 start, u64 last, bool ok);
void iopath_oracle_settle(struct iopath_oracle *oracle, u64 pos,
			  const void *buf, u32 len);
enum iopath_code iopath_oracle_check(struct iopath_oracle *oracle, u64 pos,
				     const void *buf, u32 len,
				     enum iopath_floor floor, bool in_place);
enum iopath_code iopath_oracle_check_file(struct iopath_oracle *oracle,
					  struct iopath_fs *fs,
					  enum iopath_floor floor);
enum iopath_code iopath_audit(struct iopath_fs *fs);

#endif /* RANGELOCK_IOPATH_VERIFY_H */
