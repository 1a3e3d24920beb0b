/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Parts of a mounted file system that know nothing of files: the gate and its
 * counters, space, the transaction, the log, the layout of the device.
 */
#ifndef RANGELOCK_IOPATH_PARTS_H
#define RANGELOCK_IOPATH_PARTS_H

#include "rl_env.h"

/* The stripes of counters that are written by every operation. */
#define IOPATH_STRIPES	16U

enum iopath_count {
	IOPATH_COUNT_WRITES,
	IOPATH_COUNT_READS,
	IOPATH_COUNT_FSYNCS,
	IOPATH_COUNT_RELOCATIONS,
	IOPATH_COUNT_REFLINKS,
	IOPATH_COUNT_COMMITS,
	IOPATH_COUNT_LOG_WRITES,
	IOPATH_COUNT_LOG_FULL,
	IOPATH_COUNT_PIECES,
	IOPATH_COUNT_OE_WAITS,
	IOPATH_COUNT_NOCOW,
	IOPATH_COUNT_NOCOW_DENIED,
	IOPATH_COUNT_SWITCHES,
	IOPATH_COUNT_UNOWNED,
	IOPATH_COUNT_BUFFERED_WRITES,
	IOPATH_COUNT_BUFFERED_READS,
	IOPATH_COUNT_WRITEBACK,
	IOPATH_COUNT_FALLBACKS,
	IOPATH_COUNTS,
};

/**
 * struct iopath_stripe - counters of one CPU or a few
 * @running: operations that began here and have not completed
 * @inside:  of each kind, those admitted here minus those ended here: only the
 *           sum over the stripes means something
 * @count:   statistics
 */
struct iopath_stripe {
	atomic64_t running;
	atomic64_t inside[IOPATH_INSIDE_KINDS];
	atomic64_t count[IOPATH_COUNTS];
} ____cacheline_aligned;

/**
 * struct iopath_gate - lets operations in, or keeps them out and drains
 * @closed: not 0 keeps new operations out; written under @mutex
 * @mutex:  one drain at a time
 * @wait:   for operations that wait for the gate and for the drain
 * @held:   what operations have begun and left behind
 * @stripe: who is inside
 */
struct iopath_gate {
	u32 closed;
	struct mutex mutex;
	wait_queue_head_t wait;
	atomic_t held;
	struct iopath_stripe stripe[IOPATH_STRIPES];
};

/**
 * struct iopath_space - what can be reserved
 * @lock: guards the fields below
 * @free: free blocks outside read-only groups that nobody has reserved
 */
struct iopath_space {
	spinlock_t lock;
	u64 free;
};

/**
 * struct iopath_flusher - writes back all dirty pages, for who wants metadata
 * @work: one run
 * @runs: how many have ended
 * @wait: for the next one to end
 */
struct iopath_flusher {
	struct work_struct work;
	atomic_t runs;
	wait_queue_head_t wait;
};

/**
 * struct iopath_trans - the running transaction
 * @commit_mutex: one commit at a time
 * @sem:     a joined handle is a reader, the critical section of a commit the
 *           writer
 * @id:      number of the running transaction; written under @sem for write
 * @blocked: a commit keeps new started handles out
 * @starts:  started handles
 * @pending: logged ordered extents that are not COMPLETE
 * @wait:    for changes of the three
 *
 * A handle is *started* by those who hold nothing that a completion needs, and
 * waits for a commit in progress.  It is *joined* by completions, which a
 * commit may be waiting for, so they are let through until the critical
 * section.
 */
struct iopath_trans {
	struct mutex commit_mutex;
	struct rw_semaphore sem;
	u64 id;
	u32 blocked;
	atomic_t starts;
	atomic_t pending;
	wait_queue_head_t wait;
};

/**
 * struct iopath_log_batch - log records that go to the device together
 * @buf:    IOPATH_BIO_BLOCKS blocks
 * @blocks: how many are filled
 * @ticket: number of the last record in it
 */
struct iopath_log_batch {
	char *buf;
	u32 blocks;
	u64 ticket;
};

/**
 * struct iopath_log - the log
 * @batch_lock: guards @batch[@active], @next, @seq, @ticket, @full
 * @sync_mutex: one writer of the log; guards the other batch and what follows
 * @batch:      one is filled while the other is written
 * @active:     index of the one that is filled; changed under both
 * @next:       block in the log area for the active batch
 * @seq:        number of the next record since the last commit
 * @ticket:     number of the last record since mount
 * @full:       no more records until a commit
 * @durable:    all records up to this ticket are durable, by log or commit
 * @failed:     records up to this ticket that are not durable have failed
 * @nocow_done: writes in place completed; atomic
 * @nocow_flushed: of these, how many a flush has covered; under @sync_mutex
 * @replayed:   extents of the record that is being replayed; mount only
 * @overlaps:   extents of a record that overlap another one of it; constant
 *              after mount
 */
struct iopath_log {
	struct mutex batch_lock;
	struct mutex sync_mutex;
	struct iopath_log_batch batch[2];
	u32 active;
	u32 next;
	u64 seq;
	u64 ticket;
	bool full;
	u64 durable;
	u64 failed;
	atomic64_t nocow_done;
	u64 nocow_flushed;
	struct itree replayed;
	u32 overlaps;
};

/**
 * struct iopath_layout - where things are on the device, in blocks
 * @file_blocks:  size of the file
 * @check_first:  first block of each checkpoint area
 * @check_blocks: size of a checkpoint area
 * @log_first:    first block of the log
 * @data_first:   first block of block group 0
 * @nr_blocks:    size of all
 */
struct iopath_layout {
	u64 file_blocks;
	u64 check_first[2];
	u64 check_blocks;
	u64 log_first;
	u64 data_first;
	u64 nr_blocks;
};

#endif /* RANGELOCK_IOPATH_PARTS_H */
