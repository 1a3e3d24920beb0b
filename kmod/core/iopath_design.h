/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A design: who excludes whom.  The paths call these functions at their named
 * steps and contain no other exclusion between paths; what differs between
 * dio_sem and the range lock is in the files design_*.c, whole.
 *
 * All are called in process context and may sleep, but for alloc_enter and
 * nocow_enter.  Those marked (any task) may run in a completion worker.
 */
#ifndef RANGELOCK_IOPATH_DESIGN_H
#define RANGELOCK_IOPATH_DESIGN_H

#include "iopath.h"

struct iopath_bg;
struct iopath_oe;
struct iopath_read;
struct iopath_sync;
struct iopath_reloc;
struct iopath_op;
struct iopath_extent;

/**
 * struct dio_sem_inode - the inode's locks of the designs of that era
 * @inode_lock: i_rwsem, taken for write only, as btrfs did until 5.10
 * @dio_sem:    direct writes shared, fsync exclusive
 * @dio_count:  i_dio_count: direct IOs in flight, for truncate
 * @dio_wait:   for @dio_count to become 0
 * @dio_locked: READDIO_NEED_LOCK: a truncate waits for that, and new direct IOs
 *              have to come behind it; written by the truncate
 */
struct dio_sem_inode {
	struct rw_semaphore inode_lock;
	struct rw_semaphore dio_sem;
	atomic_t dio_count;
	wait_queue_head_t dio_wait;
	u32 dio_locked;
};

/**
 * struct dio_sem_bg - a block group's counters of the design dio_sem
 * @reservations:  extents allocated whose OE is not inserted; under bg->lock
 * @nocow_writers: the same for writes in place; under bg->lock
 * @wait:          for either to become 0
 */
struct dio_sem_bg {
	u32 reservations;
	u32 nocow_writers;
	wait_queue_head_t wait;
};

/**
 * struct range_inode - the inode's range locks
 * @file: F, file bytes of IO, rangelock_modes_file
 * @map:  M, file bytes of mappings, rangelock_modes_file.  Apart from @file,
 *        because a fault comes with the lock of its address space, while F is
 *        held by direct IO that faults.
 */
struct range_inode {
	struct rangelock file;
	struct rangelock map;
};

/**
 * struct iopath_era_ops - what an fsync waits for and gathers, and when
 * @whole:         all of the file, whatever was asked for
 * @exclude_first: FS.6 is a part of FS.2: direct writes are kept out, and those
 *                 in submission waited for, before anything else
 * @settle:        FS.3, before the handle
 * @gather:        FS.7 and FS.8, into sync->ems and sync->oes
 * @wait:          FS.9, for what is to be logged
 * @wait_rest:     FS.11, with all locks dropped
 * @undo:          nothing has been logged after @gather
 *
 * All but @undo return 0 or -errno.
 */
struct iopath_era_ops {
	bool whole;
	bool exclude_first;
	int (*settle)(struct iopath_sync *sync);
	int (*gather)(struct iopath_sync *sync);
	int (*wait)(struct iopath_sync *sync);
	int (*wait_rest)(struct iopath_sync *sync);
	void (*undo)(struct iopath_sync *sync);
};

/**
 * struct iopath_sync - one fsync
 * @inode:       constant
 * @ops:         constant
 * @asked_start: first file block that the caller wants; constant
 * @asked_last:  last file block that the caller wants; constant
 * @era:         what it does; constant from fsync_enter on
 * @start:       first file block
 * @last:        last file block
 * @ems:         extents gathered, to be logged
 * @nr_ems:      their number
 * @oes:         ordered extents gathered, each with a reference
 * @handle:      a started handle is held
 * @range:       F, or E of the design range-b
 * @map:         M
 */
struct iopath_sync {
	struct iopath_inode *inode;
	const struct iopath_design_ops *ops;
	u64 asked_start;
	u64 asked_last;
	const struct iopath_era_ops *era;
	u64 start;
	u64 last;
	struct iopath_extent *ems;
	u32 nr_ems;
	struct list_head oes;
	bool handle;
	struct rangelock_req range;
	struct rangelock_req map;
};

/**
 * struct iopath_reloc - one relocation
 * @fs:       constant
 * @ops:      constant
 * @bg:       block group; constant
 * @inode:    file of the current piece
 * @start:    first file block of the current piece
 * @last:     last file block of the current piece
 * @reserved: blocks reserved for the piece
 * @disk:     D of the block group
 * @range:    F of the piece
 */
struct iopath_reloc {
	struct iopath_fs *fs;
	const struct iopath_design_ops *ops;
	struct iopath_bg *bg;
	struct iopath_inode *inode;
	u64 start;
	u64 last;
	u32 reserved;
	struct rangelock_req disk;
	struct rangelock_req range;
};

/**
 * struct iopath_read - one piece of a direct read
 * @io:     constant
 * @extent: E of the piece; released by the design
 * @bio:    of the piece
 * @work:   its end
 */
struct iopath_read {
	struct iopath_io *io;
	struct rangelock_req extent;
	struct iopath_bio bio;
	struct work_struct work;
};

enum iopath_op_kind {
	IOPATH_OP_BUFFERED_WRITE,
	IOPATH_OP_BUFFERED_READ,
	IOPATH_OP_FALLOCATE,	/* allocate, zero, punch; not beyond the size */
	IOPATH_OP_TRUNCATE,	/* from the new or the old size to the end */
	IOPATH_OP_REFLINK_SOURCE,
	IOPATH_OP_REFLINK_TARGET,
	IOPATH_OP_FAULT,	/* a page of a mapping is made writable */
	IOPATH_OP_READ_FAULT,	/* a page of a mapping is read */
	IOPATH_OP_WALK,		/* lseek for data and holes */
	IOPATH_OP_FIEMAP,
	IOPATH_OP_KINDS,
};

/**
 * struct iopath_op - an operation on a range of a file other than direct IO,
 *		      fsync and relocation
 * @inode:   constant
 * @ops:     constant
 * @kind:    constant
 * @start:   first byte
 * @last:    last byte, inclusive; RANGELOCK_MAX for the end of the file
 * @with:    another one that is entered and left with this one, or NULL; set by
 *           iopath_op_pair()
 * @extends: a write that may go beyond the size of the file, and keeps others
 *           that do out until @op_size_set; set by @op_enter
 * @range:   F, designs with range locks
 * @map:     M, designs with range locks
 */
struct iopath_op {
	struct iopath_inode *inode;
	const struct iopath_design_ops *ops;
	enum iopath_op_kind kind;
	u64 start;
	u64 last;
	struct iopath_op *with;
	bool extends;
	struct rangelock_req range;
	struct rangelock_req map;
};

/**
 * struct iopath_design_ops - a design
 * @name:            as in sysfs
 * @title:           what it is, a few words
 * @offered:         to users; the others are for tests
 * @needs:           mask of 1 << enum iopath_need
 * @write_check:     DW.1-DW.5, before space is reserved.  This or @write_begin
 *                   finds out under its lock whether the write goes beyond the
 *                   size of the file, and sets IOPATH_IO_EXTENDS.
 * @write_begin:     DW.7, before the first mapping
 * @write_size_set:  DW.14, an IOPATH_IO_EXTENDS write has set the size, or will
 *                   not; E is not held
 * @insert_begin:    DW.11, before the extent map of a direct write is inserted;
 *                   E is held
 * @insert_done:     DW.12, the OE is inserted, too; E is held
 * @write_submitted: DW.17, all bios are submitted (or failed)
 * @write_complete:  all OEs are COMPLETE (any task)
 * @write_waited:    DW.18, a synchronous writer has waited for completion
 * @alloc_enter:     DW.10, oe->disk has been allocated in bg; bg->lock is held.
 *                   False: no, take another group.
 * @nocow_enter:     DW.10, oe->disk is to be overwritten in place; bg->lock is
 *                   held.  False: copy instead.
 * @disk_inserted:   DW.13, the OE is in both trees
 * @disk_complete:   the OE is COMPLETE (any task)
 * @read_begin:      before the first mapping
 * @read_mapped:     a piece is mapped, its E held
 * @read_submitted:  all bios are submitted
 * @read_piece_done: data of a piece is there and checked (any task)
 * @read_complete:   all pieces are done (any task)
 * @fsync_enter:     FS.2, and FS.6 if sync->era->exclude_first
 * @fsync_gather:    FS.6 otherwise; log_mutex is held
 * @fsync_gathered:  FS.8, ems and OEs are gathered
 * @fsync_logged:    FS.10, undo @fsync_gather
 * @fsync_leave:     FS.10, undo @fsync_enter; @fsync_gather may not have been
 *                   called
 * @reloc_drain:     RL.2-RL.4, bg is read-only: wait for its old writers
 * @reloc_piece:     RL.5, before a piece is copied
 * @reloc_piece_done: RL.5, a piece has been switched
 * @reloc_done:      all is moved, or given up
 * @op_enter:        before the operation looks at anything; afterwards what it
 *                   excludes has been waited for, direct IO in flight included
 *                   where the design says so (truncate)
 * @op_size_set:     a write with @extends has set the size, or will not
 * @op_leave:        undo @op_enter
 * @cow_may_grow:    whether nobody has locked this range of the file; by try, ILOCK
 *                   is held.  NULL for yes.
 * @is_idle:         no lock of the design is held; gate closed
 */
struct iopath_design_ops {
	const char *name;
	const char *title;
	bool offered;
	u32 needs;
	void (*write_check)(struct iopath_io *io);
	void (*write_begin)(struct iopath_io *io);
	void (*write_size_set)(struct iopath_io *io);
	void (*insert_begin)(struct iopath_oe *oe);
	void (*insert_done)(struct iopath_oe *oe);
	void (*write_submitted)(struct iopath_io *io);
	void (*write_complete)(struct iopath_io *io);
	void (*write_waited)(struct iopath_io *io);
	bool (*alloc_enter)(struct iopath_oe *oe, struct iopath_bg *bg);
	bool (*nocow_enter)(struct iopath_oe *oe, struct iopath_bg *bg);
	void (*disk_inserted)(struct iopath_oe *oe);
	void (*disk_complete)(struct iopath_oe *oe);
	void (*read_begin)(struct iopath_io *io);
	void (*read_mapped)(struct iopath_read *read);
	void (*read_submitted)(struct iopath_io *io);
	void (*read_piece_done)(struct iopath_read *read);
	void (*read_complete)(struct iopath_io *io);
	void (*fsync_enter)(struct iopath_sync *sync);
	void (*fsync_gather)(struct iopath_sync *sync);
	void (*fsync_gathered)(struct iopath_sync *sync);
	void (*fsync_logged)(struct iopath_sync *sync);
	void (*fsync_leave)(struct iopath_sync *sync);
	void (*reloc_drain)(struct iopath_reloc *reloc);
	void (*reloc_piece)(struct iopath_reloc *reloc);
	void (*reloc_piece_done)(struct iopath_reloc *reloc);
	void (*reloc_done)(struct iopath_reloc *reloc);
	void (*op_enter)(struct iopath_op *op);
	void (*op_size_set)(struct iopath_op *op);
	void (*op_leave)(struct iopath_op *op);
	bool (*cow_may_grow)(struct iopath_io *io, u64 start, u64 last);
	bool (*is_idle)(struct iopath_fs *fs);
};

extern const struct iopath_design_ops iopath_design_dio_sem;
extern const struct iopath_design_ops iopath_design_dio_sem_helper;
extern const struct iopath_design_ops iopath_design_range;
extern const struct iopath_design_ops iopath_design_range_h1;
extern const struct iopath_design_ops iopath_design_range_b;
extern const struct iopath_design_ops iopath_design_range_c;
extern const struct iopath_design_ops iopath_design_none;

const struct iopath_design_ops *iopath_design_ops(enum iopath_design design);
struct iopath_op *iopath_op_pair(struct iopath_op *a, struct iopath_op *b);

#endif /* RANGELOCK_IOPATH_DESIGN_H */
