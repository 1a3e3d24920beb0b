// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The three range locks as the designs range and range-h1 use them; how long a
 * write holds them is a matter of each, see design_range.c and
 * design_range_h1.c.
 *
 *   F write        a direct write, its range; beyond the size of the file, from
 *                  the size to the end, until the new size is set.  A buffered
 *                  write likewise, for the whole call.
 *   F read         a read, its range; lseek for data and holes
 *   F log, M log   an fsync, its range
 *   F, M restruct. fallocate, truncate, target of a reflink
 *   F, M reflink   source of a reflink: reads go on
 *   F restructure  relocation, the part of the file that it moves
 *   M write        a page of a mapping is made writable.  F is not for faults.
 *   M read         a page of a mapping is read
 *   D shared       an extent that is being written, from the choice of the
 *                  extent on; always by try
 *   D exclusive    relocation, the block group: granted when the last old
 *                  holder is gone
 *
 * Gone: inode lock, dio_sem, reservations, nocow_writers.  bg->ro stays, but it
 * only tells the allocator where not to look.
 *
 * Order: D exclusive -> F -> M -> E -> handle -> D shared (try).  A write that
 * does not get D copies, or takes another group, and never waits for a
 * relocation, which may be waiting for its F.  Two files: F of the first, F of
 * the second, then M of both.
 */
#include "design_internal.h"

void design_file_lock(struct iopath_inode *inode, struct rangelock_req *req,
		      u64 start, u64 last, unsigned int mode)
{
	iopath_range_acquire(inode->fs, &inode->range.file, req, start, last,
			     mode, IOPATH_RES_FILE_RANGE);
}

void design_file_unlock(struct iopath_inode *inode, struct rangelock_req *req)
{
	iopath_range_release(inode->fs, &inode->range.file, req,
			     IOPATH_RES_FILE_RANGE);
}

static void file_shrink(struct iopath_inode *inode, struct rangelock_req *req,
			u64 start, u64 last)
{
	iopath_range_shrink(inode->fs, &inode->range.file, req, start, last,
			    IOPATH_RES_FILE_RANGE);
}

/*
 * F for a write.  One that goes beyond the size of the file excludes the others
 * that do: all of them lock up to the end, from the size on, as a truncate does.
 * So the size may change until F is granted, and then no more.
 * Return: whether the write goes beyond the size.
 */
static bool lock_write(struct iopath_inode *inode, struct rangelock_req *req,
		       u64 start, u64 last)
{
	u64 size, from;

	for (;;) {
		size = iopath_size(inode);
		if (last < size) {
			design_file_lock(inode, req, start, last,
					 RANGELOCK_WRITE);
			if (likely(last < iopath_size(inode)))
				return false;
		} else {
			from = min(start, round_down(size, IOPATH_BLOCK_SIZE));
			design_file_lock(inode, req, from, RANGELOCK_MAX,
					 RANGELOCK_WRITE);
			if (likely(iopath_size(inode) >= from))
				break;
		}
		if (iopath_is_broken(inode->fs))
			break;
		design_file_unlock(inode, req);
	}
	if (last >= iopath_size(inode))
		return true;
	file_shrink(inode, req, start, last);
	return false;
}

/*
 * F for a write at the end of the file: from the end that was seen, which others
 * may move on while this one waits, so that nobody has to wait twice.
 */
static void lock_append(struct iopath_io *io)
{
	struct iopath_inode *inode = io->inode;
	u64 from;

	for (;;) {
		from = round_down(iopath_size(inode), IOPATH_BLOCK_SIZE);
		design_file_lock(inode, &io->range, from, RANGELOCK_MAX,
				 RANGELOCK_WRITE);
		if (likely(iopath_size(inode) >= from) ||
		    iopath_is_broken(inode->fs))
			break;
		design_file_unlock(inode, &io->range);
	}
	iopath_io_place(io);
	io->internal |= IOPATH_IO_EXTENDS;
}

void design_file_lock_write(struct iopath_io *io)
{
	struct iopath_fs *fs = io->inode->fs;
	u64 last = io->pos + io->len - 1;
	u64 start = io->pos;
	u64 unit;

	if (unlikely(io->flags & IOPATH_APPEND)) {
		lock_append(io);
		return;
	}
	if (unlikely(fs->geo.cow_fork &&
		     fs->knobs.cow_lock == IOPATH_COW_LOCK_ROUNDED)) {
		unit = iopath_first_byte(fs->geo.cowextsize);
		start = round_down(start, unit);
		last = min(round_down(last, unit) + unit,
			   fs->geo.file_bytes) - 1;
	}
	io->internal &= ~IOPATH_IO_EXTENDS;
	if (lock_write(io->inode, &io->range, start, last))
		io->internal |= IOPATH_IO_EXTENDS;
}

/*
 * May a CoW fork get blocks there?  Not under a write: its end would find them.
 * Who comes after the try comes after the allocation, too: ILOCK is held.
 */
bool design_file_may_grow(struct iopath_io *io, u64 start, u64 last)
{
	struct iopath_inode *inode = io->inode;
	struct rangelock_req req;

	if (iopath_range_try(inode->fs, &inode->range.file, &req, start, last,
			     RANGELOCK_WRITE, IOPATH_RES_FILE_RANGE))
		return false;
	design_file_unlock(inode, &req);
	return true;
}

void design_file_lock_read(struct iopath_io *io)
{
	design_file_lock(io->inode, &io->range, io->pos, io->pos + io->len - 1,
			 RANGELOCK_READ);
}

/* From here on the completion answers for F. */
void design_file_disown(struct iopath_io *io)
{
	iopath_range_disown(io->inode->fs, &io->inode->range.file, &io->range,
			    IOPATH_RES_FILE_RANGE);
}

void design_file_unlock_io(struct iopath_io *io)
{
	design_file_unlock(io->inode, &io->range);
}

void design_file_size_set(struct iopath_io *io)
{
	file_shrink(io->inode, &io->range, io->pos, io->pos + io->len - 1);
}

static bool disk_try(struct iopath_oe *oe)
{
	struct iopath_fs *fs = oe->inode->fs;

	if (iopath_range_try(fs, &fs->disk_lock, &oe->range,
			     iopath_first_byte(oe->disk.start),
			     iopath_last_byte(oe->disk.last), RANGELOCK_SHARED,
			     IOPATH_RES_DISK_RANGE))
		return false;
	iopath_range_disown(fs, &fs->disk_lock, &oe->range,
			    IOPATH_RES_DISK_RANGE);
	return true;
}

/* The group is not read-only, and bg->lock keeps it so: nobody asks for D. */
bool design_disk_alloc_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	bool ok = disk_try(oe);

	lockdep_assert_held(&bg->lock);
	iopath_warn_on(oe->inode->fs, !ok);
	return ok;
}

bool design_disk_nocow_enter(struct iopath_oe *oe, struct iopath_bg *bg)
{
	return disk_try(oe);
}

void design_disk_unlock(struct iopath_oe *oe)
{
	iopath_range_release(oe->inode->fs, &oe->inode->fs->disk_lock,
			     &oe->range, IOPATH_RES_DISK_RANGE);
}

/* M, with its kind; under the knob it is F. */
static struct rangelock *map_lock(struct iopath_inode *inode,
				  enum iopath_res_kind *kind)
{
	bool merged = unlikely(inode->fs->knobs.merge_map);

	*kind = merged ? IOPATH_RES_FILE_RANGE : IOPATH_RES_MAP_RANGE;
	return merged ? &inode->range.file : &inode->range.map;
}

static void lock_map(struct iopath_inode *inode, struct rangelock_req *req,
		     u64 start, u64 last, unsigned int mode)
{
	enum iopath_res_kind kind;
	struct rangelock *lock = map_lock(inode, &kind);

	iopath_range_acquire(inode->fs, lock, req, start, last, mode, kind);
}

static void unlock_map(struct iopath_inode *inode, struct rangelock_req *req)
{
	enum iopath_res_kind kind;
	struct rangelock *lock = map_lock(inode, &kind);

	iopath_range_release(inode->fs, lock, req, kind);
}

/* Of those who have F on the same range already. */
static void lock_map_too(struct iopath_inode *inode, struct rangelock_req *req,
			 u64 start, u64 last, unsigned int mode)
{
	if (likely(!inode->fs->knobs.merge_map))
		lock_map(inode, req, start, last, mode);
}

static void unlock_map_too(struct iopath_inode *inode,
			   struct rangelock_req *req)
{
	if (likely(!inode->fs->knobs.merge_map))
		unlock_map(inode, req);
}

void design_range_fsync_enter(struct iopath_sync *sync)
{
	u64 start = iopath_first_byte(sync->start);
	u64 last = iopath_last_byte(sync->last);

	design_file_lock(sync->inode, &sync->range, start, last, RANGELOCK_LOG);
	lock_map_too(sync->inode, &sync->map, start, last, RANGELOCK_LOG);
}

void design_range_fsync_leave(struct iopath_sync *sync)
{
	unlock_map_too(sync->inode, &sync->map);
	design_file_unlock(sync->inode, &sync->range);
}

void design_range_reloc_drain(struct iopath_reloc *reloc)
{
	struct iopath_bg *bg = reloc->bg;

	iopath_range_acquire(reloc->fs, &reloc->fs->disk_lock, &reloc->disk,
			     iopath_first_byte(bg->first),
			     iopath_last_byte(iopath_bg_last(reloc->fs, bg)),
			     RANGELOCK_EXCLUSIVE, IOPATH_RES_DISK_RANGE);
}

void design_range_reloc_piece(struct iopath_reloc *reloc)
{
	design_file_lock(reloc->inode, &reloc->range,
			 iopath_first_byte(reloc->start),
			 iopath_last_byte(reloc->last), RANGELOCK_RESTRUCTURE);
}

void design_range_reloc_piece_done(struct iopath_reloc *reloc)
{
	design_file_unlock(reloc->inode, &reloc->range);
}

void design_range_reloc_done(struct iopath_reloc *reloc)
{
	iopath_range_release(reloc->fs, &reloc->fs->disk_lock, &reloc->disk,
			     IOPATH_RES_DISK_RANGE);
}

static unsigned int op_mode(enum iopath_op_kind kind)
{
	switch (kind) {
	case IOPATH_OP_BUFFERED_READ:
	case IOPATH_OP_READ_FAULT:
	case IOPATH_OP_WALK:
	case IOPATH_OP_FIEMAP:
		return RANGELOCK_READ;
	case IOPATH_OP_BUFFERED_WRITE:
	case IOPATH_OP_FAULT:
		return RANGELOCK_WRITE;
	case IOPATH_OP_REFLINK_SOURCE:
		return RANGELOCK_REFLINK_SRC;
	default:
		return RANGELOCK_RESTRUCTURE;
	}
}

static bool op_is_fault(enum iopath_op_kind kind)
{
	return kind == IOPATH_OP_FAULT || kind == IOPATH_OP_READ_FAULT;
}

/* Whether an operation changes what mappings see other than through pages. */
static bool op_takes_both(enum iopath_op_kind kind)
{
	unsigned int mode = op_mode(kind);

	return mode == RANGELOCK_REFLINK_SRC || mode == RANGELOCK_RESTRUCTURE;
}

/* Blocks are what is changed, and (u64)-1 stays what it is. */
static u64 op_start(const struct iopath_op *op)
{
	return round_down(op->start, IOPATH_BLOCK_SIZE);
}

static u64 op_last(const struct iopath_op *op)
{
	return op->last | (IOPATH_BLOCK_SIZE - 1);
}

static void op_lock_file(struct iopath_op *op)
{
	if (op->kind == IOPATH_OP_BUFFERED_WRITE)
		op->extends = lock_write(op->inode, &op->range, op_start(op),
					 op_last(op));
	else
		design_file_lock(op->inode, &op->range, op_start(op),
				 op_last(op), op_mode(op->kind));
}

static void op_lock_map(struct iopath_op *op)
{
	lock_map_too(op->inode, &op->map, op_start(op), op_last(op),
		     op_mode(op->kind));
}

void design_range_op_enter(struct iopath_op *op)
{
	if (op_is_fault(op->kind)) {
		lock_map(op->inode, &op->map, op_start(op), op_last(op),
			 op_mode(op->kind));
		return;
	}
	op_lock_file(op);
	if (op->with)
		op_lock_file(op->with);
	if (!op_takes_both(op->kind))
		return;
	op_lock_map(op);
	if (op->with)
		op_lock_map(op->with);
}

void design_range_op_size_set(struct iopath_op *op)
{
	file_shrink(op->inode, &op->range, op_start(op), op_last(op));
}

void design_range_op_leave(struct iopath_op *op)
{
	if (op_is_fault(op->kind)) {
		unlock_map(op->inode, &op->map);
		return;
	}
	if (op_takes_both(op->kind)) {
		if (op->with)
			unlock_map_too(op->with->inode, &op->with->map);
		unlock_map_too(op->inode, &op->map);
	}
	if (op->with)
		design_file_unlock(op->with->inode, &op->with->range);
	design_file_unlock(op->inode, &op->range);
}

/* a try of everything fails if anything is held or waited for */
static bool lock_is_idle(struct rangelock *lock, unsigned int mode)
{
	struct rangelock_req req;

	if (rangelock_try(lock, &req, 0, RANGELOCK_MAX, mode))
		return false;
	rangelock_release(lock, &req);
	return true;
}

bool design_file_is_idle(struct iopath_fs *fs)
{
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++) {
		struct range_inode *locks = &fs->inodes[ino].range;

		if (!lock_is_idle(&locks->file, RANGELOCK_RESTRUCTURE) ||
		    !lock_is_idle(&locks->map, RANGELOCK_RESTRUCTURE))
			return false;
	}
	return true;
}

bool design_range_is_idle(struct iopath_fs *fs)
{
	return design_file_is_idle(fs) &&
	       lock_is_idle(&fs->disk_lock, RANGELOCK_EXCLUSIVE);
}
