/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The objects of the IO engine, shared by its files and by nobody else.
 *
 * Lock order, outermost first; [where the inner one is taken under the outer]:
 *
 *   design's locks: inode lock -> dio_sem or F; or D exclusive -> F -> M
 *   (each of two files by number of the file)
 *     -> page locks, ascending    [buffered_chunk, wb_lock]
 *     -> ILOCK                    [cow map_once]
 *     -> extent lock E            [iopath_map_piece, part_switch]
 *       -> E of another range, try only     [clone_lock]
 *       -> ILOCK, of two files by number        [iopath_cow_finish]
 *         -> F of more of the file, try only     [side_may_grow]
 *       -> handle, joined         [oe_finish, part_switch, clone_apply]
 *         -> log.batch_lock       [iopath_log_refuse]
 *         -> bg->lock -> D shared, try only   [falloc_insert]
 *         -> item_lock            [iopath_items_replace]
 *           -> bg->lock           [iopath_bg_free]
 *             -> space.lock       [iopath_bg_alloc]
 *       -> em_lock                [iopath_em_*]
 *       -> bg->lock -> D shared, try only   [range, range-h1]
 *       -> dio_sem, or F        [dio_sem-helper, and what a knob makes of range-c]
 *     -> handle, started          [fsync; never under E]
 *       -> log_mutex -> dio_sem, or F (range-c), or E (range-b)
 *                                 [fsync of the first era]
 *         -> log.batch_lock       [iopath_log_append]
 *   commit_mutex -> log.sync_mutex -> trans.sem -> item_lock
 *
 * Under E nobody waits for an ordered extent to be COMPLETE, for space, or for
 * the start of a transaction handle: completion needs E and a joined handle.
 *
 * Block numbers: "file block" counts from the start of the file, "block" from
 * the start of the device.
 */
#ifndef RANGELOCK_IOPATH_INTERNAL_H
#define RANGELOCK_IOPATH_INTERNAL_H

#include "iopath.h"
#include "iopath_design.h"
#include "iopath_extent.h"
#include "iopath_page.h"
#include "iopath_parts.h"

struct iopath_control;
struct iopath_cow;

enum iopath_oe_state {
	IOPATH_OE_IO_DONE = 1U << 0,	/* all of its data has been written */
	IOPATH_OE_COMPLETE = 1U << 1,	/* its item is in the tree, it is not */
	IOPATH_OE_ERROR = 1U << 2,	/* its bio failed */
	IOPATH_OE_LOGGED = 1U << 3,	/* an fsync has logged its extent map */
	IOPATH_OE_PENDING = 1U << 4,	/* a commit has to wait for it */
};

enum iopath_oe_type {
	IOPATH_OE_REGULAR,	/* to new blocks */
	IOPATH_OE_PREALLOC,	/* to allocated blocks, which hold no data yet */
	IOPATH_OE_NOCOW,	/* over data in place */
};

/* Most extents of a CoW fork that a piece of a write can need. */
#define IOPATH_COW_POOL		7U
/* Of these, what it needs when it ends. */
#define IOPATH_COW_EDGES	2U

/* Checksums kept in the ordered extent itself: 64 KiB of data. */
#define IOPATH_OE_INLINE_SUMS	16U

/**
 * struct iopath_oe - ordered extent: a write from its mapping to its item
 * @file:   file blocks, in inode->oe_by_file; under oe_lock
 * @disk:   device blocks, in fs->oe_by_disk; under oe_lock
 * @inode:  constant
 * @io:     the IO that it is a part of; constant.  Gone when it is COMPLETE: only
 *          for the IO itself and its completion, not for those who wait
 * @direct: of a direct IO, not of writeback; constant
 * @dropped: of a write in place, with the knob nocow_drop: what it had of the
 *          disk range is gone; constant once mapped
 * @bg:     block group of @disk; constant once mapped
 * @type:   enum iopath_oe_type; constant once mapped
 * @state:  enum iopath_oe_state; written under oe_lock, read with acquire
 * @refs:   one of the write until COMPLETE, one per waiter
 * @wait:   for changes of @state
 * @gather: on the list of one fsync; under oe_lock
 * @bio:    of the data
 * @work:   completion
 * @em:     two extent maps: the new one, one to split with; until inserted
 * @item:   the same for the item; until inserted
 * @sums:   checksums of the blocks, @inline_sums or allocated; before submit
 * @cow:    extents for the CoW fork, until used; else NULL
 * @range:  disk range lock, design range
 */
struct iopath_oe {
	struct itree_node file;
	struct itree_node disk;
	struct iopath_inode *inode;
	struct iopath_io *io;
	bool direct;
	bool dropped;
	struct iopath_bg *bg;
	enum iopath_oe_type type;
	u32 state;
	refcount_t refs;
	wait_queue_head_t wait;
	struct list_head gather;
	struct iopath_bio bio;
	struct work_struct work;
	struct iopath_extent *em[2];
	struct iopath_extent *item[2];
	u32 *sums;
	u32 inline_sums[IOPATH_OE_INLINE_SUMS];
	struct iopath_cow *cow[IOPATH_COW_POOL];
	struct rangelock_req range;
};

/**
 * struct iopath_bg - block group
 * @lock:    guards the fields below
 * @first:   first device block; constant
 * @index:   constant
 * @nr_free: blocks that are not in @used
 * @cursor:  where the next search starts, block in the group
 * @ro:      no new extents: it is being relocated
 * @used:    bitmap: allocated or pinned
 * @pinned:  bitmaps: freed, but to be kept until the transaction that freed it
 *           has committed; by the low bit of its number
 * @lost:    bitmaps: has lost a reference that the last commit still has, so
 *           that it counts as shared until the next one; likewise
 * @refs:    references per block: by items, and by who has allocated it
 * @dio_sem: what the design dio_sem counts
 */
struct iopath_bg {
	spinlock_t lock;
	u64 first;
	u32 index;
	u32 nr_free;
	u32 cursor;
	bool ro;
	u64 *used;
	u64 *pinned[2];
	u64 *lost[2];
	u32 *refs;
	struct dio_sem_bg dio_sem;
};

/**
 * struct iopath_inode - a file
 * @fs:          constant
 * @ino:         its number; constant
 * @size:        end of the file in bytes; READ_ONCE() by anybody.  Changed under
 *               em_lock, E on what is added or cut off, and what the design has
 *               against other changes of the size.
 * @nr_prealloc: blocks with an item of that type; written under fs->item_lock
 * @disk_size:   end of the file as a commit writes it: what of @size has its
 *               items.  Changed under em_lock, with a joined handle.
 * @logged_size: end of the file that the log and the last commit have; em_lock
 * @cut:         @disk_size has been lowered, and the log does not say so yet;
 *               em_lock
 * @dio_sem:     its locks, design dio_sem
 * @range:       its locks, design range
 * @extent_lock: E, exclusive, file bytes
 * @log_mutex:   one fsync gathers and logs at a time
 * @em_lock:     guards @ems, @modified, @nr_modified
 * @ems:         extent maps by file block
 * @modified:    those that an fsync has to log
 * @nr_modified: their number
 * @full_sync:   not 0: extent maps do not tell all that an fsync has to log;
 *               set under what excludes an fsync, cleared by an fsync
 * @items:       file extent items by file block: its part of the subvolume
 *               tree; under fs->item_lock
 * @nr_items:    their number; under fs->item_lock
 * @oe_by_file:  ordered extents by file block; under fs->oe_lock
 * @ilock:       ILOCK, for file systems with CoW forks, see iopath_cow.c
 * @cow:         CoW fork by file block; under @ilock
 * @map_seq:     counts changes of @items other than by mount; under @ilock, in
 *               file systems with CoW forks
 * @cache:       pages
 */
struct iopath_inode {
	struct iopath_fs *fs;
	u32 ino;
	bool cut;
	u64 size;
	u64 nr_prealloc;
	u64 disk_size;
	u64 logged_size;
	struct dio_sem_inode dio_sem;
	struct range_inode range;
	struct rangelock extent_lock;
	struct mutex log_mutex;

	spinlock_t em_lock;
	struct itree ems;
	struct list_head modified;
	u32 nr_modified;
	atomic_t full_sync;

	struct itree items;
	u32 nr_items;
	struct itree oe_by_file;
	struct rw_semaphore ilock;
	struct itree cow;
	u64 map_seq;
	struct iopath_cache cache;
};

/**
 * struct iopath_fs - a mounted file system
 * @ops:        current design; written with the gate closed
 * @design:     its number; likewise
 * @gate:       counts operations, drains them for a change of design
 * @dev:        device; constant
 * @geo:        constant
 * @layout:     constant
 * @control:    decides who runs, for tests, or NULL; changed at rest
 * @hook:       test hook or NULL; changed at rest
 * @hook_arg:   its argument; changed at rest
 * @knobs:      deviations for tests; changed at rest
 * @aborted:    a commit has failed, nothing more becomes durable
 * @generation: last committed transaction; under trans.commit_mutex
 * @disk_lock:  D, device bytes, design range
 * @inodes:     geo.nr_files of them; constant
 * @item_lock:  guards the items of all inodes
 * @sums:       checksum per data block, 0 for none; one word, READ_ONCE()
 * @oe_lock:    guards the trees of ordered extents and oe->state; irqsave
 * @oe_by_disk: ordered extents by device block
 * @bgs:        geo.nr_bgs block groups
 * @space:      reservations
 * @flusher:    see iopath_meta.c
 * @trans:      transaction
 * @log:        log
 * @check_buf:  a checkpoint being written; under trans.commit_mutex
 * @reloc_mutex: one relocation at a time
 * @reloc_buf:  1 MiB on the way; under reloc_mutex
 * @oc_wq:      ordered completions
 * @read_wq:    ends of reads.  Not @oc_wq: a completion may be queued for E behind
 *              somebody who waits for a read, which keeps E in the design dio_sem.
 * @sync_wq:    fsyncs of asynchronous O_DSYNC writes.  Not @oc_wq: an fsync
 *              waits for completions.
 * @stub_lock:  guards @stubs
 * @stubs:      tasks that submit an O_DSYNC write; see iopath_dsync.c
 * @stub_leaks: times that one of these was met where it must not be
 */
struct iopath_fs {
	const struct iopath_design_ops *ops;
	enum iopath_design design;
	struct iopath_gate gate;
	struct iopath_dev *dev;
	struct iopath_geometry geo;
	struct iopath_layout layout;
	struct iopath_control *control;
	iopath_hook_fn hook;
	void *hook_arg;
	struct iopath_knobs knobs;
	u32 aborted;
	u64 generation;

	struct rangelock disk_lock;
	struct iopath_inode *inodes;
	struct mutex item_lock;
	u32 *sums;

	spinlock_t oe_lock;
	struct itree oe_by_disk;

	struct iopath_bg *bgs;
	struct iopath_space space;
	struct iopath_flusher flusher;
	struct iopath_trans trans;
	struct iopath_log log;
	char *check_buf;
	struct mutex reloc_mutex;
	char *reloc_buf;
	struct workqueue_struct *oc_wq;
	struct workqueue_struct *read_wq;
	struct workqueue_struct *sync_wq;
	spinlock_t stub_lock;
	struct list_head stubs;
	atomic_t stub_leaks;
};

/* All that direct IO of a file without pages has to do with them. */
static inline bool iopath_has_pages(const struct iopath_inode *inode)
{
	return unlikely(atomic_read(&inode->cache.nr));
}

/* io->internal: the submitter waits for the IO */
#define IOPATH_IO_SYNC		(1U << 0)
/* io->internal: the design has given up what it held for it */
#define IOPATH_IO_ENDED		(1U << 8)
/* io->internal: its fsync has been run, or is running */
#define IOPATH_IO_SYNCED	(1U << 9)
/* io->internal: writeback of pages; no direct IO and no lock of the design */
#define IOPATH_IO_WRITEBACK	(1U << 1)
/* io->internal: beyond the size of the file; the design keeps other such out */
#define IOPATH_IO_EXTENDS	(1U << 2)
/* io->internal: a read that holds the inode lock to the end of its submission */
#define IOPATH_IO_LOCKED	(1U << 3)
/* io->internal: all of it goes through the page cache */
#define IOPATH_IO_UNALIGNED	(1U << 4)

static inline u64 iopath_first_byte(u64 file_block)
{
	return file_block << IOPATH_BLOCK_SHIFT;
}

static inline u64 iopath_last_byte(u64 file_block)
{
	return (file_block << IOPATH_BLOCK_SHIFT) + IOPATH_BLOCK_SIZE - 1;
}

static inline u64 iopath_io_first(const struct iopath_io *io)
{
	return io->pos >> IOPATH_BLOCK_SHIFT;
}

static inline u64 iopath_io_last(const struct iopath_io *io)
{
	return (io->pos + io->len - 1) >> IOPATH_BLOCK_SHIFT;
}

/* An appending write gets its place, with what keeps the size as it is. */
static inline void iopath_io_place(struct iopath_io *io)
{
	if (unlikely(io->flags & IOPATH_APPEND))
		io->pos = iopath_size(io->inode);
}

static inline u64 iopath_nr(const struct itree_node *node)
{
	return node->last - node->start + 1;
}

/* Bits per word of a bitmap. */
#define IOPATH_WORD_BITS	64U

static inline bool iopath_bit_test(const u64 *map, u32 bit)
{
	return map[bit / IOPATH_WORD_BITS] >> (bit % IOPATH_WORD_BITS) & 1;
}

static inline void iopath_bit_set(u64 *map, u32 bit)
{
	map[bit / IOPATH_WORD_BITS] |= 1ULL << (bit % IOPATH_WORD_BITS);
}

static inline void iopath_bit_clear(u64 *map, u32 bit)
{
	map[bit / IOPATH_WORD_BITS] &= ~(1ULL << (bit % IOPATH_WORD_BITS));
}

static inline void iopath_step(struct iopath_fs *fs, enum iopath_step step)
{
	if (unlikely(fs->hook))
		fs->hook(fs, step, fs->hook_arg);
}

static inline void iopath_count(struct iopath_fs *fs, enum iopath_count what)
{
	atomic64_inc(&fs->gate.stripe[rlenv_cpu() % IOPATH_STRIPES].count[what]);
}

/* The design has let an operation in; it holds the locks of its first step. */
static inline void iopath_admit(struct iopath_fs *fs, enum iopath_inside kind)
{
	atomic64_inc(&fs->gate.stripe[rlenv_cpu() %
				      IOPATH_STRIPES].inside[kind]);
}

/* An operation that was let in has ended.  Any task. */
static inline void iopath_depart(struct iopath_fs *fs, enum iopath_inside kind)
{
	atomic64_dec(&fs->gate.stripe[rlenv_cpu() %
				      IOPATH_STRIPES].inside[kind]);
}

static inline enum iopath_inside iopath_io_kind(const struct iopath_io *io)
{
	if (!(io->flags & IOPATH_WRITE))
		return IOPATH_INSIDE_READ;
	return io->flags & IOPATH_DSYNC ? IOPATH_INSIDE_DSYNC :
					  IOPATH_INSIDE_WRITE;
}

/* iopath_mount.c */
void iopath_set_lock_classes(struct iopath_fs *fs);

/* iopath_gate.c */
void iopath_gate_init(struct iopath_gate *gate);
u32 iopath_gate_enter(struct iopath_fs *fs,
		      const struct iopath_design_ops **ops);
void iopath_gate_exit(struct iopath_fs *fs, u32 slot,
		      const struct iopath_design_ops *ops);
void iopath_gate_close(struct iopath_gate *gate);
void iopath_gate_open(struct iopath_gate *gate);
void iopath_gate_hold(struct iopath_gate *gate);
void iopath_gate_drop(struct iopath_gate *gate);

/* iopath_oe.c */
struct iopath_oe *iopath_oe_alloc(struct iopath_io *io, u64 nr);
void iopath_oe_finish(struct work_struct *work);
void iopath_oe_put(struct iopath_oe *oe);
bool iopath_oe_enter_place(struct iopath_oe *oe, u64 block, u64 nr, bool alone);
void iopath_add_io_extent(struct iopath_oe *oe, u64 start, u64 nr, u64 block);
void iopath_oe_leave_disk(struct iopath_oe *oe);
void iopath_oe_submit(struct iopath_oe *oe);
bool iopath_oe_wait(struct iopath_oe *oe, u32 state);
struct iopath_oe *iopath_oe_get_overlap(struct iopath_inode *inode, u64 start,
					u64 last);
void iopath_oe_wait_group(struct iopath_fs *fs, const struct iopath_bg *bg);
void iopath_oe_wait_disk(struct iopath_fs *fs, u64 start, u64 last);
int iopath_oe_wait_range(struct iopath_inode *inode, u64 start, u64 last);
void iopath_oe_gather(struct iopath_inode *inode, u64 start, u64 last,
		      struct list_head *list);
void iopath_oe_release_list(struct iopath_fs *fs, struct list_head *list);
void iopath_oe_mark_logged(struct iopath_fs *fs, struct list_head *list);
void iopath_lock_extent(struct iopath_inode *inode, struct rangelock_req *req,
			u64 start, u64 last);
bool iopath_lock_extent_direct(struct iopath_inode *inode,
			       struct rangelock_req *req, u64 start, u64 last);

/* iopath_bg.c */
int iopath_bg_init(struct iopath_fs *fs);
void iopath_bg_exit(struct iopath_fs *fs);
struct iopath_bg *iopath_bg_of(struct iopath_fs *fs, u64 block);
u64 iopath_bg_last(const struct iopath_fs *fs, const struct iopath_bg *bg);
bool iopath_space_try(struct iopath_fs *fs, u32 blocks);
int iopath_space_reserve(struct iopath_fs *fs, u32 blocks);
bool iopath_space_is_short(struct iopath_fs *fs, u32 blocks);
void iopath_space_return(struct iopath_fs *fs, u32 blocks);
u32 iopath_bg_alloc(struct iopath_fs *fs, struct iopath_oe *oe, u32 want,
		    u64 *block);
void iopath_bg_unpin(struct iopath_fs *fs, u64 transid);
bool iopath_bg_has_pinned(struct iopath_fs *fs);
int iopath_bg_set_ro(struct iopath_fs *fs, struct iopath_bg *bg);
void iopath_bg_clear_ro(struct iopath_fs *fs, struct iopath_bg *bg);

/* iopath_meta.c */
void iopath_meta_init(struct iopath_flusher *flusher);
void iopath_meta_reserve(struct iopath_fs *fs);

/* iopath_cow.c, iopath_cow_write.c */
void iopath_ilock(struct iopath_inode *inode);
void iopath_iunlock(struct iopath_inode *inode);
int iopath_cow_pool_fill(struct iopath_cow **pool, u32 nr);
void iopath_cow_pool_free(struct iopath_cow **pool);
void iopath_cow_finish(struct iopath_oe *oe);
bool iopath_cow_reclaim(struct iopath_fs *fs);
void iopath_cow_clear(struct iopath_inode *inode);
void iopath_cow_count(struct iopath_inode *inode, u64 *blocks, u64 *reserved);
struct iopath_oe *iopath_cow_map_piece(struct iopath_io *io, u64 first,
				       u64 last);

/* iopath_ref.c */
void iopath_bg_claim(struct iopath_fs *fs, u64 block, u64 nr);
bool iopath_bg_ref(struct iopath_fs *fs, u64 block, u64 nr);
void iopath_bg_free(struct iopath_fs *fs, u64 block, u64 nr);
void iopath_bg_put(struct iopath_fs *fs, u64 block, u64 nr);
u64 iopath_block_run(struct iopath_fs *fs, u64 block, u64 nr, bool *shared);
bool iopath_bg_run_is_shared(struct iopath_bg *bg, u64 block, u64 nr);
bool iopath_bg_run_has_refs(struct iopath_fs *fs, u64 block, u64 nr);
bool iopath_bg_run_is_used(struct iopath_bg *bg, u64 block, u64 nr);

/* iopath_trans.c */
void iopath_trans_init(struct iopath_trans *trans, u64 id);
void iopath_trans_start(struct iopath_fs *fs);
void iopath_trans_stop(struct iopath_fs *fs);
u64 iopath_trans_join(struct iopath_fs *fs);
void iopath_trans_leave(struct iopath_fs *fs);
void iopath_trans_pending_done(struct iopath_fs *fs, const struct iopath_oe *oe);
int iopath_trans_commit(struct iopath_fs *fs);

/* iopath_log.c */
int iopath_log_init(struct iopath_fs *fs);
void iopath_log_exit(struct iopath_fs *fs);
int iopath_log_append(struct iopath_inode *inode, const struct iopath_extent *ems,
		      u32 nr, struct list_head *oes, u64 *ticket);
int iopath_log_sync(struct iopath_fs *fs, u64 ticket);
void iopath_log_refuse(struct iopath_log *log);
u64 iopath_log_reset(struct iopath_fs *fs);
void iopath_log_committed(struct iopath_fs *fs, u64 ticket, u64 nocow);

/* iopath_replay.c */
int iopath_log_replay(struct iopath_fs *fs, u32 *nr_records);

/* iopath_format.c */
int iopath_layout_init(struct iopath_layout *layout,
		       const struct iopath_geometry *geo);
int iopath_super_read(struct iopath_fs *fs, u64 *check_bytes, u32 *check_crc);
int iopath_super_write(struct iopath_dev *dev,
		       const struct iopath_geometry *geo, u64 generation,
		       u64 check_bytes, u32 check_crc);
u32 iopath_block_sum(const void *block);

/* iopath_checkpoint.c */
u64 iopath_checkpoint_encode(struct iopath_fs *fs);
int iopath_checkpoint_write(struct iopath_fs *fs, u64 generation, u64 bytes);
int iopath_checkpoint_read(struct iopath_fs *fs, u64 bytes, u32 crc);

/* iopath_truncate.c */
void iopath_make_hole(struct iopath_oe *oe, u64 first, u64 last, u64 transid);
void iopath_cut(struct iopath_oe *oe, u64 size);

/* iopath_dio.c */
void iopath_io_put(struct iopath_io *io);
void iopath_io_error(struct iopath_io *io, int err);
void iopath_io_end(struct iopath_io *io);
void iopath_io_finish(struct iopath_io *io);

/* iopath_dsync.c */
int iopath_dsync_begin(struct iopath_io *io);
void iopath_dsync_fallback(struct iopath_io *io);
void iopath_dsync_submitted(struct iopath_io *io);
void iopath_dsync_waited(struct iopath_io *io);
bool iopath_dsync_is_late(struct iopath_io *io);
bool iopath_dsync_queue(struct iopath_io *io);
void iopath_dsync_check_stub(struct iopath_fs *fs);
bool iopath_dsync_has_leaked(struct iopath_fs *fs);
void iopath_dsync_exit(struct iopath_fs *fs);

/* iopath_write.c, iopath_read.c, iopath_fsync.c */
struct iopath_oe *iopath_map_piece(struct iopath_io *io, u64 first, u64 last);
void iopath_write_run(struct iopath_io *io);
int iopath_read_lookup(struct iopath_inode *inode, u64 first, u64 last,
		       struct iopath_extent *em, bool *is_hole);
bool iopath_sums_match(const struct iopath_fs *fs, u64 block, u32 nr,
		       const void *buf);
void iopath_read_run(struct iopath_io *io);
int iopath_fsync_run(struct iopath_inode *inode,
		     const struct iopath_design_ops *ops, u64 start, u64 last);
void iopath_want_full_sync(struct iopath_inode *inode);

/* iopath_fsync_era.c, iopath_fsync_full.c */
const struct iopath_era_ops *iopath_era_ops(enum iopath_era era);
const struct iopath_era_ops *iopath_full_ops(const struct iopath_fs *fs);

#include "iopath_control.h"

#endif /* RANGELOCK_IOPATH_INTERNAL_H */
