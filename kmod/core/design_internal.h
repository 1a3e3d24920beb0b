/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the designs are put together from, shared by the files design_*.c and
 * by nobody else.  All functions are members of struct iopath_design_ops, and
 * what they do is said there, unless a comment here says more.
 */
#ifndef RANGELOCK_DESIGN_INTERNAL_H
#define RANGELOCK_DESIGN_INTERNAL_H

#include "iopath_internal.h"
#include "iopath_needs.h"

#define NEEDS(need)	(1U << IOPATH_NEED_##need)

/* design_none.c: nothing to do at this step */
void design_no_io(struct iopath_io *io);
void design_no_oe(struct iopath_oe *oe);
void design_no_sync(struct iopath_sync *sync);
void design_no_reloc(struct iopath_reloc *reloc);
void design_no_op(struct iopath_op *op);
void design_no_read(struct iopath_read *read);
void design_read_unlock_extent(struct iopath_read *read);

/*
 * design_inode_lock.c: inode lock, i_dio_count and the counters of the block
 * groups, for the designs of the dio_sem era
 */
void design_counted_write_check(struct iopath_io *io);
/*
 * DW.18 of a synchronous write, and of the others; before it the design gives up
 * what else it has held.
 */
void design_counted_write_waited(struct iopath_io *io);
void design_counted_write_submitted(struct iopath_io *io);
void design_counted_read_begin(struct iopath_io *io);
void design_counted_read_submitted(struct iopath_io *io);
/* E stays until the data is there. */
void design_read_keep_extent(struct iopath_read *read);
bool design_counted_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg);
bool design_counted_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg);
void design_counted_disk_inserted(struct iopath_oe *oe);
void design_counted_reloc_drain(struct iopath_reloc *reloc);
void design_inode_lock_fsync_enter(struct iopath_sync *sync);
void design_inode_lock_fsync_leave(struct iopath_sync *sync);
void design_inode_lock_reloc_piece(struct iopath_reloc *reloc);
void design_inode_lock_reloc_piece_done(struct iopath_reloc *reloc);
void design_inode_lock_op_enter(struct iopath_op *op);
void design_inode_lock_op_leave(struct iopath_op *op);
bool design_counted_is_idle(struct iopath_fs *fs);
/* DW.4: one direct IO more in flight; its completion counts it out; one less. */
void design_dio_begin(struct iopath_io *io);
void design_dio_pass(struct iopath_io *io);
void design_dio_end(struct iopath_io *io);
/* Wait until none is in flight; new ones see dio_locked meanwhile. */
void design_dio_wait(struct iopath_inode *inode);

/* What they have in common. */
#define DESIGN_COUNTED_NEEDS                                            \
	(NEEDS(INODE_LOCK) | NEEDS(DIO_COUNT) | NEEDS(RESERVATIONS) |   \
	 NEEDS(NOCOW_WRITERS) | NEEDS(DIO_LOCKED) |                     \
	 NEEDS(READ_EXTENT) | NEEDS(SYNC_WAIT) | NEEDS(RELOC_WAIT) |    \
	 NEEDS(DSYNC_SPLIT))
#define DESIGN_COUNTED_OPS                                              \
	.write_check = design_counted_write_check,                      \
	.write_size_set = design_no_io,                                 \
	.write_complete = design_dio_end,                               \
	.alloc_enter = design_counted_alloc_enter,                      \
	.nocow_enter = design_counted_nocow_enter,                      \
	.disk_inserted = design_counted_disk_inserted,                  \
	.disk_complete = design_no_oe,                                  \
	.read_begin = design_counted_read_begin,                        \
	.read_mapped = design_read_keep_extent,                         \
	.read_submitted = design_counted_read_submitted,                \
	.read_piece_done = design_read_unlock_extent,                   \
	.read_complete = design_dio_end,                                \
	.reloc_drain = design_counted_reloc_drain,                      \
	.reloc_done = design_no_reloc,                                  \
	.op_enter = design_inode_lock_op_enter,                         \
	.op_size_set = design_no_op,                                    \
	.op_leave = design_inode_lock_op_leave

/* design_range_lock.c: F, M and D, for the designs that have them */
void design_file_lock(struct iopath_inode *inode, struct rangelock_req *req,
		      u64 start, u64 last, unsigned int mode);
void design_file_unlock(struct iopath_inode *inode, struct rangelock_req *req);
void design_file_lock_write(struct iopath_io *io);
bool design_file_may_grow(struct iopath_io *io, u64 start, u64 last);
void design_file_lock_read(struct iopath_io *io);
void design_file_disown(struct iopath_io *io);
void design_file_unlock_io(struct iopath_io *io);
void design_file_size_set(struct iopath_io *io);
bool design_file_is_idle(struct iopath_fs *fs);
bool design_disk_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg);
bool design_disk_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg);
void design_disk_unlock(struct iopath_oe *oe);
void design_range_fsync_enter(struct iopath_sync *sync);
void design_range_fsync_leave(struct iopath_sync *sync);
void design_range_reloc_drain(struct iopath_reloc *reloc);
void design_range_reloc_piece(struct iopath_reloc *reloc);
void design_range_reloc_piece_done(struct iopath_reloc *reloc);
void design_range_reloc_done(struct iopath_reloc *reloc);
void design_range_op_enter(struct iopath_op *op);
void design_range_op_size_set(struct iopath_op *op);
void design_range_op_leave(struct iopath_op *op);
bool design_range_is_idle(struct iopath_fs *fs);

/* What range and range-h1 have in common. */
#define DESIGN_RANGE_NEEDS                                              \
	(NEEDS(FILE_RANGE) | NEEDS(MAP_RANGE) | NEEDS(DISK_RANGE))
#define DESIGN_RANGE_OPS                                                \
	.write_check = design_no_io,                                    \
	.write_size_set = design_file_size_set,                         \
	.insert_begin = design_no_oe,                                   \
	.insert_done = design_no_oe,                                    \
	.alloc_enter = design_disk_alloc_enter,                         \
	.nocow_enter = design_disk_nocow_enter,                         \
	.cow_may_grow = design_file_may_grow,                           \
	.fsync_enter = design_range_fsync_enter,                        \
	.fsync_gather = design_no_sync,                                 \
	.fsync_logged = design_no_sync,                                 \
	.fsync_leave = design_range_fsync_leave,                        \
	.reloc_piece = design_range_reloc_piece,                        \
	.reloc_piece_done = design_range_reloc_piece_done,              \
	.reloc_done = design_range_reloc_done,                          \
	.op_size_set = design_range_op_size_set,                        \
	.op_leave = design_range_op_leave

#endif /* RANGELOCK_DESIGN_INTERNAL_H */
