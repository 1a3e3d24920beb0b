/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Operations of a trace on the IO engine, see trace_engine.h.
 */
#include "bench/trace_engine.h"

#define BG_BLOCKS	2048u
/* So much space that a commit, which frees what was overwritten, is rare. */
#define SPACE_FACTOR	3u
#define SPACE_GROUPS	8u

/**
 * trace_geometry() - a file system for a trace
 * @trace: of which the file is the only one
 * @geo:   filled
 */
void trace_geometry(const struct trace *trace, struct iopath_geometry *geo)
{
	u64 blocks = trace->file_bytes >> IOPATH_BLOCK_SHIFT;

	memset(geo, 0, sizeof(*geo));
	geo->file_bytes = trace->file_bytes;
	geo->bg_blocks = BG_BLOCKS;
	geo->nr_bgs = (u32)(blocks * SPACE_FACTOR / BG_BLOCKS) + SPACE_GROUPS;
	geo->log_blocks = BG_BLOCKS;
}

/**
 * trace_buffer_bytes() - memory that any operation of a trace needs
 * @trace: a trace
 *
 * Return: bytes, a multiple of the block size.
 */
u32 trace_buffer_bytes(const struct trace *trace)
{
	u64 most = 1;
	size_t i;

	for (i = 0; i < trace->nr; i++)
		if (trace->op[i].kind <= TRACE_WRITE)
			most = max(most, trace->op[i].len);
	return (u32)round_up(most, (u64)IOPATH_BLOCK_SIZE);
}

/**
 * trace_class() - what the bench counts an operation as
 * @op: operation
 *
 * Return: its class; a buffered read is a read.
 */
enum iopath_load_class trace_class(const struct trace_op *op)
{
	switch (op->kind) {
	case TRACE_READ:
		return IOPATH_LOAD_READ;
	case TRACE_FSYNC:
		return IOPATH_LOAD_FSYNC;
	case TRACE_FALLOC:
		return IOPATH_LOAD_FALLOC;
	case TRACE_TRUNCATE:
		return IOPATH_LOAD_TRUNCATE;
	default:
		break;
	}
	if (op->flags & TRACE_BUFFERED)
		return IOPATH_LOAD_BUFFERED;
	return op->flags & TRACE_DSYNC ? IOPATH_LOAD_DSYNC : IOPATH_LOAD_WRITE;
}

static ssize_t do_write(struct iopath_inode *inode, const struct trace_op *op,
			void *buf)
{
	ssize_t done;
	int err;

	if (!(op->flags & TRACE_BUFFERED))
		return iopath_write(inode, op->start, buf, (u32)op->len,
				    op->flags & TRACE_DSYNC ? IOPATH_DSYNC : 0);
	done = iopath_buffered_write(inode, op->start, buf, (u32)op->len);
	if (done < 0 || !(op->flags & TRACE_DSYNC))
		return done;
	err = iopath_fsync(inode, op->start, op->start + op->len - 1);
	return err ? err : done;
}

/* The engine allocates whole blocks, so the range is rounded to them. */
static int do_falloc(struct iopath_inode *inode, const struct trace_op *op)
{
	u64 start = round_down(op->start, (u64)IOPATH_BLOCK_SIZE);
	u64 behind = round_up(op->start + op->len, (u64)IOPATH_BLOCK_SIZE);
	enum iopath_falloc_mode mode = IOPATH_FALLOC_ALLOCATE;

	if (op->flags & TRACE_ZERO)
		mode = IOPATH_FALLOC_ZERO;
	else if (op->flags & TRACE_PUNCH)
		mode = IOPATH_FALLOC_PUNCH;
	return iopath_fallocate(inode, mode, start, behind - 1);
}

/**
 * trace_do() - do an operation and wait for its end
 * @inode: file
 * @op:    operation; async is not looked at
 * @buf:   trace_buffer_bytes(), from rlenv_alloc_big()
 *
 * Context: process context, sleeps.
 * Return: as the function of the engine; negative for a failure.
 */
ssize_t trace_do(struct iopath_inode *inode, const struct trace_op *op,
		 void *buf)
{
	switch (op->kind) {
	case TRACE_READ:
		if (op->flags & TRACE_BUFFERED)
			return iopath_buffered_read(inode, op->start, buf,
						    (u32)op->len);
		return iopath_read(inode, op->start, buf, (u32)op->len);
	case TRACE_WRITE:
		return do_write(inode, op, buf);
	case TRACE_FSYNC:
		return iopath_fsync(inode, op->start, op->len ?
				    op->start + op->len - 1 : U64_MAX);
	case TRACE_FALLOC:
		return do_falloc(inode, op);
	default:
		return iopath_truncate(inode, round_up(op->start,
						       (u64)IOPATH_BLOCK_SIZE));
	}
}

/**
 * trace_prepare() - fill in an asynchronous IO
 * @op:  an operation with TRACE_ASYNC
 * @io:  filled but for @done
 * @buf: as for trace_do()
 */
void trace_prepare(const struct trace_op *op, struct iopath_io *io, void *buf)
{
	memset(io, 0, sizeof(*io));
	io->pos = op->start;
	io->len = (u32)op->len;
	io->buf = buf;
	if (op->kind == TRACE_WRITE)
		io->flags = IOPATH_WRITE |
			    (op->flags & TRACE_DSYNC ? IOPATH_DSYNC : 0);
}
