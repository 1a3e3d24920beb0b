/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/**
 * DOC: IO engine
 *
 * A few files, each of at most a given size, on a device of 4 KiB blocks, with
 * the objects and the order of steps of btrfs' direct IO, fast fsync and
 * relocation: extent maps, ordered extents, file extent items, checksums, block
 * groups, transactions and a log that is replayed at mount.  The data is real.
 *
 * What keeps the paths apart is a *design*, a table of functions chosen per
 * file system and changed at any time:
 *
 *   dio_sem  inode lock, dio_sem over the whole direct IO, nocow_writers and
 *            reservations per block group: Linux 4.9, fsync of that era
 *   range    a range lock on file bytes, held to completion, and one on disk
 *            bytes in place of the counters
 *   range-h1 the same locks, held to the end of submission only
 *   range-b  no new lock: the extent lock in place of dio_sem
 *   range-c  a range lock in place of dio_sem, and nothing else changed
 *
 * and two that are for tests, which must catch them: dio_sem-helper, dio_sem as
 * narrow as it was at first, and none, nothing.
 *
 * Positions and lengths are bytes; direct IO that is not aligned to 4096 goes
 * through the page cache.  Ranges are inclusive.
 */
#ifndef RANGELOCK_IOPATH_H
#define RANGELOCK_IOPATH_H

#include "iopath_dev.h"
#include "rangelock.h"

struct iopath_fs;
struct iopath_inode;
struct iopath_design_ops;

enum iopath_design {
	IOPATH_DIO_SEM,
	IOPATH_RANGE,
	IOPATH_RANGE_H1,
	IOPATH_RANGE_B,
	IOPATH_RANGE_C,
	IOPATH_DIO_SEM_HELPER,
	IOPATH_NONE,
	IOPATH_DESIGNS,
};

const char *iopath_design_name(enum iopath_design design);
const char *iopath_design_title(enum iopath_design design);
enum iopath_design iopath_design_by_name(const char *name);
bool iopath_design_is_offered(enum iopath_design design);

/* Most files that a file system can have. */
#define IOPATH_FILES	16U

/**
 * struct iopath_geometry - what mkfs makes
 * @file_bytes: most that a file can have; a multiple of 4096, not zero
 * @bg_blocks:  blocks per block group; a multiple of 64
 * @nr_bgs:     number of block groups
 * @log_blocks: size of the log; 0 for the default of 1024
 * @nr_files:   number of files, at most IOPATH_FILES; 0 for 1
 * @nocow:      write in place where possible (excludes @datasum)
 * @cow_fork:   write in place but for shared blocks, which go through a CoW fork,
 *              as in XFS (excludes @nocow, @datasum, @empty)
 * @cowextsize: what is allocated in a CoW fork begins and ends at multiples of
 *              this many blocks where possible; a power of two, 0 for 32
 * @datasum:    checksum each block, verify on read
 * @empty:      mkfs only: files have the size 0, not @file_bytes
 */
struct iopath_geometry {
	u64 file_bytes;
	u32 bg_blocks;
	u32 nr_bgs;
	u32 log_blocks;
	u32 nr_files;
	bool nocow;
	bool datasum;
	bool cow_fork;
	u32 cowextsize;
	bool empty;
};

u64 iopath_device_blocks(const struct iopath_geometry *geo);
int iopath_mkfs(struct iopath_dev *dev, const struct iopath_geometry *geo);
int iopath_mount(struct iopath_dev *dev, enum iopath_design design,
		 struct iopath_fs **fs);
int iopath_unmount(struct iopath_fs *fs);
void iopath_abandon(struct iopath_fs *fs);

/* flags of an IO; without IOPATH_WRITE it is a read */
#define IOPATH_WRITE	(1U << 0)
/* a write is acknowledged when an fsync of its range has returned */
#define IOPATH_DSYNC	(1U << 1)
/* a write begins where the file ends when its turn comes */
#define IOPATH_APPEND	(1U << 2)

/**
 * struct iopath_io - one direct IO, the caller's memory
 * @pos:       first byte; set by the caller, of an appending write by the engine
 * @len:       bytes; set by the caller
 * @flags:     IOPATH_WRITE | IOPATH_DSYNC | IOPATH_APPEND; set by the caller
 * @buf:       set by the caller, untouched by it until @done
 * @done:      called once when the IO has completed, in process context with
 *             nothing held: from a worker, or from iopath_submit() itself; must
 *             not submit or wait, other completions are behind it
 * @private:   the caller's
 * @pin:       DW.15: the engine is going to read @len bytes at @offset of @buf
 *             for a write; NULL for memory that is always there.  With @nofault
 *             it must not wait, and returns -EFAULT for what is not there.
 *             Locks of the design are held, but for the call without @nofault
 *             that follows.  Set by the caller.
 * @result:    bytes or -errno; valid in @done.  A read ends at the end of the
 *             file, 0 is behind it; what is written never ends early.
 * @submit_ns: when iopath_submit() was entered; valid from there on
 *
 * The fields below are the engine's, from iopath_submit() to @done.
 *
 * @inode:     its file; constant
 * @ops:       the design it runs under from begin to completion; constant
 * @gate_slot: where it is counted as running; constant
 * @internal:  IO_SYNC...; the submitter's
 * @reserved:  blocks reserved and not yet allocated; the submitter's
 * @buffered_from: first byte that goes through the page cache, U64_MAX for none;
 *             the submitter's, then the completion's
 * @todo:      bytes of @len that are in the file; the submitter's
 * @old_size:  size of the file when a write began; the submitter's
 * @pending:   parts in flight, plus one for the submitter
 * @error:     first error of a part; cmpxchg from 0
 * @finished:  1 when a waiting submitter may go on; release by the completion
 * @waiter:    who waits for @finished; the submitter's
 * @range:     file range lock, design range
 * @work:      the fsync of an asynchronous O_DSYNC write
 */
struct iopath_io {
	u64 pos;
	u32 len;
	u32 flags;
	void *buf;
	void (*done)(struct iopath_io *io);
	void *private;
	int (*pin)(struct iopath_io *io, u64 offset, u32 len, bool nofault);
	ssize_t result;
	u64 submit_ns;

	struct iopath_inode *inode;
	const struct iopath_design_ops *ops;
	u32 gate_slot;
	u32 internal;
	u32 reserved;
	u64 buffered_from;
	u32 todo;
	u64 old_size;
	atomic_t pending;
	u32 error;
	u32 finished;
	rlenv_task_t waiter;
	struct rangelock_req range;
	struct work_struct work;
};

struct iopath_inode *iopath_file(struct iopath_fs *fs, u32 ino);
int iopath_submit(struct iopath_inode *inode, struct iopath_io *io);
ssize_t iopath_submit_wait(struct iopath_inode *inode, struct iopath_io *io);
ssize_t iopath_write(struct iopath_inode *inode, u64 pos, const void *buf,
		     u32 len, u32 flags);
ssize_t iopath_read(struct iopath_inode *inode, u64 pos, void *buf, u32 len);
ssize_t iopath_buffered_write(struct iopath_inode *inode, u64 pos,
			      const void *buf, u32 len);
ssize_t iopath_buffered_read(struct iopath_inode *inode, u64 pos, void *buf,
			     u32 len);
int iopath_page_mkwrite(struct iopath_inode *inode, u64 block);
int iopath_mmap_store(struct iopath_inode *inode, u64 pos, const void *buf,
		      u32 len);
int iopath_mmap_load(struct iopath_inode *inode, u64 pos, void *buf, u32 len);
int iopath_io_touch(struct iopath_io *io, struct iopath_inode *inode, u64 pos,
		    void *buf, u32 len, bool nofault);
int iopath_writeback_start(struct iopath_inode *inode, u64 start, u64 last);
int iopath_flush(struct iopath_inode *inode, u64 start, u64 last);
int iopath_fsync(struct iopath_inode *inode, u64 start, u64 last);
int iopath_fsync_full(struct iopath_inode *inode);
u64 iopath_size(struct iopath_inode *inode);
int iopath_reflink(struct iopath_inode *src, u64 src_pos,
		   struct iopath_inode *dst, u64 dst_pos, u64 len);

enum iopath_falloc_mode {
	IOPATH_FALLOC_ALLOCATE,
	IOPATH_FALLOC_ZERO,
	IOPATH_FALLOC_PUNCH,
	IOPATH_FALLOC_MODES,
};

int iopath_fallocate(struct iopath_inode *inode, enum iopath_falloc_mode mode,
		     u64 start, u64 last);
int iopath_truncate(struct iopath_inode *inode, u64 size);
s64 iopath_seek(struct iopath_inode *inode, u64 pos, bool data);

/**
 * struct iopath_mapped - a part of a file that has blocks, or will have
 * @pos:       first byte
 * @len:       bytes
 * @block:     first device block; 0 if it has none yet
 * @unwritten: it reads as zeroes
 */
struct iopath_mapped {
	u64 pos;
	u64 len;
	u64 block;
	bool unwritten;
};

int iopath_fiemap(struct iopath_inode *inode, u64 start, u64 last,
		  struct iopath_mapped *mapped, u32 max);
int iopath_relocate(struct iopath_fs *fs, u32 bg);
int iopath_replace(struct iopath_fs *fs, u32 bg, struct iopath_dev *target);
int iopath_commit(struct iopath_fs *fs);

/* What a fast fsync waits for; see iopath_fsync_era.c. */
enum iopath_era {
	IOPATH_E1,	/* Linux 4.7 to 4.18 */
	IOPATH_E2,	/* 4.19 to 5.9 */
	IOPATH_E3,	/* from 5.10 */
	IOPATH_ERAS,
};

/* The range of a full fsync. */
enum iopath_full_range {
	IOPATH_FULL_WHOLE,
	IOPATH_RANGED,		/* waits and excludes in the range only */
	IOPATH_RANGED_DROP,	/* and forgets modified extents outside of it */
	IOPATH_FULL_LATE,	/* of all, excludes direct writes after it has waited */
};

/* Who runs the fsync of an O_DSYNC write; see iopath_dsync.c. */
enum iopath_dsync {
	IOPATH_DSYNC_SPLIT,
	IOPATH_DSYNC_INLINE,
	IOPATH_DSYNC_WORKAROUND,
	IOPATH_DSYNCS,
};

/* What of F a write must have for the blocks that it puts into a CoW fork. */
enum iopath_cow_lock {
	IOPATH_COW_LOCK_TRY,	/* what it gets by try bounds what it allocates */
	IOPATH_COW_LOCK_EXACT,	/* what it writes */
	IOPATH_COW_LOCK_ROUNDED,	/* what it writes, rounded to cowextsize */
};

/* Where a direct write takes faults on its buffer. */
enum iopath_fault {
	IOPATH_FAULT_UNLOCKED,	/* with nothing held; then it tries again */
	IOPATH_FAULT_LOCKED,	/* before it maps, under the design's locks */
	IOPATH_FAULT_MAPPED,	/* DW.15: its ordered extent is waited for */
};

/**
 * struct iopath_knobs - deviations from the protocol, for tests of the tests
 *
 * All zero is the protocol.  Anything else is a bug of record, or one that a
 * schedule has to show, put back on purpose; see the schedules in tests/races.
 *
 * @era:              of a fast fsync; all are correct but for the hypothesis in
 *                    iopath_fsync_era.c
 * @full_ranged:      S22: a full fsync of a range is one of the range only, or
 *                    keeps direct writes out too late
 * @gather_oes_first: S1: E1 gathers ordered extents before extent maps
 * @gather_oes_again: and once more behind them (de0ee0edb21f)
 * @dsync:            S5, S6: who runs the fsync of an O_DSYNC write; correct but
 *                    for IOPATH_DSYNC_INLINE
 * @dsync_late:       S7: an O_DSYNC write ends after its fsync: i_dio_count and F
 * @stub_leak:        S8: IOPATH_DSYNC_WORKAROUND forgets its stub when a direct
 *                    write falls back to buffered IO
 * @hold_per_piece:   S4: range-c holds F only while a piece is inserted, as
 *                    dio_sem was at first
 * @merge_map:        S14, S15: range and range-h1 have F for M, so that a fault
 *                    waits for direct IO that waits for a fault
 * @read_waits_writeback: S16: a direct read waits for ordered extents of
 *                    writeback, and submits a piece when it has mapped the next
 *                    one, so that E of the piece is held meanwhile
 * @insert_oe_first:  a direct write inserts the ordered extent before the extent
 *                    map
 * @run_blocks:       not 0: free space is in runs of that many blocks, so that a
 *                    write has pieces; no bug
 * @fail_piece:       the second piece of a direct write fails, as if its pages
 *                    could not be pinned; no bug
 * @leave_oe:         S24: after that the first piece is not submitted
 * @reserve_late:     S28: a direct write reserves space per piece, under E
 * @reloc_oes_first:  S10: relocation waits for ordered extents, then for those
 *                    who have not inserted theirs
 * @drain_no_oes:     S9e: relocation and dev-replace wait until all who write in
 *                    place have an ordered extent, and not for these
 * @one_cpu:          allocate as if there were one processor; no bug, but makes a
 *                    schedule repeatable
 * @nocow_early:      S23: a write in place finds out before it has E that nobody
 *                    shares the blocks
 * @cow_end_all:      S11: the end of a write moves all of its range from the CoW
 *                    fork to the file, also what nobody has written
 * @cow_prealloc_real: S11: what is allocated in a CoW fork counts as written
 * @cow_no_recheck:   S13: a write does not look at the file again after ILOCK was
 *                    dropped
 * @cow_lock:         S11: what a write has to lock of F for its blocks in a CoW
 *                    fork, in designs with F
 * @reloc_moves_pinned: S9b: a relocation switches also what is being written, so
 *                    that nothing but its waits protects a write
 * @truncate_no_wait: S25: a truncate does not wait for direct IO in flight, and
 *                    not for ordered extents
 * @reads_pass_truncate: S25: new direct reads go on while a truncate waits for
 *                    old ones, as without READDIO_NEED_LOCK
 * @reflink_blind:    S27: a reflink reads the source without E, as from 6.10
 * @flush_under_extent: S20b: an fsync holds E while it writes back
 * @skip_first_flush: an fsync does not write back before it has its locks; no
 *                    bug, but leaves more to be done under them
 * @writeback_locks_file: S20c: writeback takes F
 * @fault:            S14, S15: where a direct write takes faults; correct but for
 *                    IOPATH_FAULT_MAPPED
 * @fsync_keeps_extent: S20: in range-b an fsync keeps E until it has logged
 * @fsync_waits_complete: S20: E1 waits for COMPLETE where IO_DONE is enough
 * @falloc_starts:    S17, S18: fallocate starts its handle under E, as btrfs does,
 *                    where it joins one; so it writes back its range before
 * @meta_short:       S17: there is no metadata left but what dirty pages hold;
 *                    see iopath_meta.c.  No bug.
 * @sync_keeps_handle: S18: an fsync keeps its handle until its log is written, as
 *                    btrfs does, or its ordered extents are COMPLETE
 * @fiemap_partial:   S18: fiemap keeps the part of E that it has got while it
 *                    waits for the rest, as in 4.9
 * @log_before_data:  S1: E1 logs what it has gathered without waiting for it
 * @nocow_drop:       S9: a write in place gives up what keeps a relocation off
 *                    before its ordered extent is there
 */
struct iopath_knobs {
	enum iopath_era era;
	enum iopath_full_range full_ranged;
	bool gather_oes_first;
	bool gather_oes_again;
	enum iopath_dsync dsync;
	bool dsync_late;
	bool stub_leak;
	bool hold_per_piece;
	bool merge_map;
	bool read_waits_writeback;
	bool insert_oe_first;
	u32 run_blocks;
	bool fail_piece;
	bool leave_oe;
	bool reserve_late;
	bool reloc_oes_first;
	bool drain_no_oes;
	bool one_cpu;
	bool nocow_early;
	bool cow_end_all;
	bool cow_prealloc_real;
	bool cow_no_recheck;
	enum iopath_cow_lock cow_lock;
	bool reloc_moves_pinned;
	bool truncate_no_wait;
	bool reads_pass_truncate;
	bool reflink_blind;
	bool flush_under_extent;
	bool skip_first_flush;
	bool writeback_locks_file;
	enum iopath_fault fault;
	bool fsync_keeps_extent;
	bool fsync_waits_complete;
	bool falloc_starts;
	bool meta_short;
	bool sync_keeps_handle;
	bool fiemap_partial;
	bool log_before_data;
	bool nocow_drop;
};

void iopath_set_knobs(struct iopath_fs *fs, const struct iopath_knobs *knobs);

int iopath_set_design(struct iopath_fs *fs, enum iopath_design design);
enum iopath_design iopath_get_design(const struct iopath_fs *fs);

/**
 * struct iopath_stats - what happened since mount
 * @writes:       direct writes completed
 * @reads:        direct reads completed
 * @fsyncs:       fsyncs, those of O_DSYNC included
 * @relocations:  block groups relocated
 * @reflinks:     reflinks, also those of a part
 * @commits:      transactions committed
 * @log_writes:   writes of the log; smaller than @fsyncs by group commit
 * @log_full:     fsyncs that committed because the log was full
 * @pieces:       extents written, more than @writes when free space is in bits
 * @oe_waits:     waits for an overlapping ordered extent
 * @nocow:        pieces written in place
 * @nocow_denied: pieces copied because they were shared, or their block group was
 *                being relocated
 * @switches:     changes of design
 * @unowned:      writes that ended when their place was no longer the file's;
 *                0 unless somebody does not wait who should
 * @buffered_writes: buffered writes, those that direct writes fell back to too
 * @buffered_reads: the same for reads
 * @writeback:    pages written back
 * @fallbacks:    direct IOs that went through the page cache, all or a part
 *
 * Each is counted on its own; together they are no snapshot.
 */
struct iopath_stats {
	u64 writes;
	u64 reads;
	u64 fsyncs;
	u64 relocations;
	u64 reflinks;
	u64 commits;
	u64 log_writes;
	u64 log_full;
	u64 pieces;
	u64 oe_waits;
	u64 nocow;
	u64 nocow_denied;
	u64 switches;
	u64 unowned;
	u64 buffered_writes;
	u64 buffered_reads;
	u64 writeback;
	u64 fallbacks;
};

void iopath_get_stats(struct iopath_fs *fs, struct iopath_stats *stats);

/* What an operation is counted as while it is inside: admitted, not ended. */
enum iopath_inside {
	IOPATH_INSIDE_WRITE,	/* plain direct writes */
	IOPATH_INSIDE_READ,	/* direct reads */
	IOPATH_INSIDE_DSYNC,	/* O_DSYNC writes, until their data is there */
	IOPATH_INSIDE_FSYNC,	/* fsyncs, those of O_DSYNC writes included */
	IOPATH_INSIDE_RELOC,	/* relocations */
	IOPATH_INSIDE_FALLOC,
	IOPATH_INSIDE_BUFFERED,	/* buffered writes */
	IOPATH_INSIDE_TRUNCATE,
	IOPATH_INSIDE_KINDS,
};

void iopath_get_inside(struct iopath_fs *fs, u32 inside[IOPATH_INSIDE_KINDS]);
void iopath_get_geometry(struct iopath_fs *fs, struct iopath_geometry *geo);
struct rangelock *iopath_file_lock(struct iopath_inode *inode);
struct rangelock *iopath_disk_lock(struct iopath_fs *fs);
struct rangelock *iopath_extent_lock(struct iopath_inode *inode);
int iopath_validate(struct iopath_fs *fs);
size_t iopath_dump(struct iopath_fs *fs, char *buf, size_t size);

/*
 * Named steps, where a test may stop a task.  DW direct write, DR direct read,
 * FS fsync, RL relocation, RP dev-replace, OC ordered completion, BW buffered write, WB writeback,
 * MF fault, CM commit; the numbers are those of the design text.
 */
enum iopath_step {
	IOPATH_DW_LOCKED,	/* DW.7: the design's locks are held */
	IOPATH_DW_CHECKED,	/* DW.8: sharing is checked, E is not held */
	IOPATH_DW_MAPPED,	/* DW.10: extent chosen, nothing inserted */
	IOPATH_DW_EM_INSERTED,	/* DW.11: em yes, OE no */
	IOPATH_DW_OE_INSERTED,	/* DW.12: both */
	IOPATH_DW_UNLOCKED,	/* DW.14: E unlocked, no bio */
	IOPATH_DW_SUBMIT,	/* DW.16: before a bio */
	IOPATH_DW_SUBMITTED,	/* DW.17: all bios are submitted */
	IOPATH_DW_DSYNC,	/* DW.19: an O_DSYNC write begins its fsync */
	IOPATH_FS_LOCKED,	/* FS.2: inode or range lock held, no handle */
	IOPATH_FS_ENTERED,	/* FS.5: inode or range lock and handle held */
	IOPATH_FS_EMS,		/* FS.7: ems collected */
	IOPATH_FS_OES,		/* FS.8: OEs collected */
	IOPATH_FS_LEAF,		/* FS.8, full: an item is copied, more to come */
	IOPATH_FS_LOGGED,	/* FS.10: in the log in memory, locks dropped */
	IOPATH_FS_SYNCED,	/* FS.12: log durable */
	IOPATH_OC_LOCKED,	/* OC: extent lock held, no handle */
	IOPATH_RL_RO,		/* RL.1: read-only set, nobody waited for */
	IOPATH_RL_DRAINED,	/* RL.4: old writers are gone */
	IOPATH_RL_COPIED,	/* RL.5: a piece is copied, not switched */
	IOPATH_RL_SWITCHED,	/* RL.5: a piece is switched */
	IOPATH_RP_READ,		/* RP.1: a piece is read, and not yet written */
	IOPATH_BW_LOCKED,	/* BW.5: pages and E are locked, nothing is dirty */
	IOPATH_DR_MAPPED,	/* a piece of a direct read is mapped, not submitted */
	IOPATH_MF_DIRTY,	/* MF.4: a fault has made a page dirty, E is held */
	IOPATH_WB_MAPPED,	/* WB.3: ordered extents are there, no bio is */
	IOPATH_CW_SAMPLED,	/* CW.2: CoW is needed, ILOCK is dropped */
	IOPATH_RK_ENTERED,	/* RK.1: the design's locks are held */
	IOPATH_RK_LOOKED,	/* RK.3: source is read, target is as before */
	IOPATH_FA_ENTERED,	/* FA.2: the design's locks are held */
	IOPATH_FA_LOCKED,	/* FA.4: extent lock held, nothing changed */
	IOPATH_TR_ENTERED,	/* TR.1: the design's locks are held */
	IOPATH_TR_LOCKED,	/* TR.3: extent lock held, nothing changed */
	IOPATH_CM_BLOCKED,	/* CM: commit keeps new handles out */
	IOPATH_STEPS,
};

/**
 * typedef iopath_hook_fn - a test sees a step
 * @fs:   file system
 * @step: which
 * @arg:  what was given to iopath_set_hook()
 *
 * Context: process context, locks of the engine held; may sleep.
 */
typedef void (*iopath_hook_fn)(struct iopath_fs *fs, enum iopath_step step,
			       void *arg);

void iopath_set_hook(struct iopath_fs *fs, iopath_hook_fn hook, void *arg);

#endif /* RANGELOCK_IOPATH_H */
