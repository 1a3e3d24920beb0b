// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random schedules: what the clients do, and what they tell the oracle.
 *
 * A client writes blocks of its own, so that the oracle knows an order; fsync,
 * relocation and commit concern everybody.
 */
#include "fuzz_internal.h"

static const char *const op_names[FUZZ_OPS] = {
	[FUZZ_WRITE] = "write",
	[FUZZ_DSYNC] = "dsync",
	[FUZZ_AIO] = "aio",
	[FUZZ_READ] = "read",
	[FUZZ_FSYNC] = "fsync",
	[FUZZ_RANGE] = "range_fsync",
	[FUZZ_FULL] = "full_fsync",
	[FUZZ_RELOC] = "reloc",
	[FUZZ_COMMIT] = "commit",
	[FUZZ_BUFFERED] = "buffered",
	[FUZZ_CACHED] = "cached",
	[FUZZ_FLUSH] = "flush",
	[FUZZ_ALLOCATE] = "allocate",
	[FUZZ_ZERO] = "zero",
	[FUZZ_PUNCH] = "punch",
	[FUZZ_TRUNCATE] = "truncate",
	[FUZZ_STORE] = "store",
	[FUZZ_LOAD] = "load",
	[FUZZ_REFLINK] = "reflink",
	[FUZZ_ISOLATED] = "isolated",
};

/* Name of an operation, "?" if there is no such one. */
const char *fuzz_op_name(enum fuzz_op op)
{
	return (u32)op < FUZZ_OPS ? op_names[op] : "?";
}

static u32 client_file(const struct fuzz_actor *me)
{
	return me->index % me->f->params.files;
}

static struct iopath_inode *client_inode(const struct fuzz_actor *me)
{
	return iopath_file(me->f->fs, client_file(me));
}

static struct iopath_oracle *client_oracle(const struct fuzz_actor *me)
{
	return me->f->oracle[client_file(me)];
}

/* The client's part of its file: how many blocks, and the first one. */
static u32 client_part(const struct fuzz_actor *me, u32 *first)
{
	u32 sharers = DIV_ROUND_UP(me->f->clients, me->f->params.files);
	u32 part = me->f->blocks / sharers;

	*first = me->index / me->f->params.files * part;
	return part;
}

/* Some blocks in the client's part. */
static void aim(struct fuzz_actor *me, u64 *pos, u32 *len)
{
	u32 first, part = client_part(me, &first);
	u32 nr = 1 + prng_below(&me->prng, min(part, FUZZ_IO_BLOCKS));

	*pos = (u64)(first + prng_below(&me->prng, part - nr + 1)) * BLK;
	*len = nr * BLK;
}

/* After the power cut anything may fail, before it nothing. */
static bool judge(struct fuzz_actor *me, ssize_t err)
{
	struct fuzz *f = me->f;

	if (err >= 0)
		return true;
	if (!READ_ONCE(f->is_cut) && !f->control.broken)
		fuzz_fail(f, IOPATH_CODE_LOST_ACKED_WRITE,
			  "%s of client %u failed with %d",
			  fuzz_op_name(me->op), me->index, (int)err);
	return false;
}

/* The client's file, or now and then the one with its clones. */
static u32 choose_file(struct fuzz_actor *me)
{
	return client_file(me) +
	       (prng_below(&me->prng, 4) ? 0 : me->f->params.files);
}

/* Of bytes @start to @last; @full: of all, item by item. */
static int do_fsync(struct fuzz_actor *me, u64 start, u64 last, bool full)
{
	u32 file = choose_file(me);
	struct iopath_inode *inode = iopath_file(me->f->fs, file);
	struct iopath_oracle *oracle = me->f->oracle[file];
	u32 *snapshot = iopath_oracle_sync_begin(oracle);
	int err;

	if (!snapshot)
		return -ENOMEM;
	err = full ? iopath_fsync_full(inode) : iopath_fsync(inode, start, last);
	iopath_oracle_sync_done(oracle, snapshot, start, last, !err);
	return err;
}

/* An O_DSYNC write has returned. */
static void synced(struct fuzz_actor *me, u64 pos, u32 len)
{
	struct iopath_oracle *oracle = client_oracle(me);
	u32 *snapshot = iopath_oracle_sync_begin(oracle);

	if (snapshot)
		iopath_oracle_sync_done(oracle, snapshot, pos, pos + len - 1,
					true);
}

static ssize_t do_write(struct fuzz_actor *me, u32 flags)
{
	struct iopath_oracle *oracle = client_oracle(me);
	ssize_t done;
	u32 len, nr;
	u64 pos;

	aim(me, &pos, &len);
	nr = iopath_oracle_issue(oracle, pos, me->buf, len);
	if (me->op == FUZZ_BUFFERED)
		done = iopath_buffered_write(client_inode(me), pos, me->buf,
					     len);
	else
		done = iopath_write(client_inode(me), pos, me->buf, len, flags);
	if (done != len)
		return done < 0 ? done : -EIO;
	iopath_oracle_ack(oracle, pos, len, nr);
	if (flags & IOPATH_DSYNC)
		synced(me, pos, len);
	return done;
}

/**
 * struct fuzz_aio - an asynchronous write
 * @io:   the write
 * @done: 1 when it has completed
 * @task: who waits for it
 */
struct fuzz_aio {
	struct iopath_io io;
	u32 done;
	rlenv_task_t task;
};

static void aio_done(struct iopath_io *io)
{
	struct fuzz_aio *aio = container_of(io, struct fuzz_aio, io);

	rlenv_publish_wake(&aio->done, 1, aio->task);
}

static ssize_t aio_wait(struct fuzz_actor *me, struct fuzz_aio *aio, u32 nr)
{
	struct iopath_io *io = &aio->io;

	iopath_wait_word(me->f->fs, &aio->done, IOPATH_RES_IO, io);
	if (io->result != io->len)
		return io->result;
	iopath_oracle_ack(client_oracle(me), io->pos, io->len, nr);
	if (io->flags & IOPATH_DSYNC)
		synced(me, io->pos, io->len);
	return io->result;
}

static ssize_t do_aio(struct fuzz_actor *me)
{
	struct fuzz_aio *aio = rlenv_alloc(sizeof(*aio));
	struct iopath_io *io = &aio->io;
	ssize_t result;
	int err;
	u32 nr;

	if (!aio)
		return -ENOMEM;
	aio->task = rlenv_self();
	aim(me, &io->pos, &io->len);
	io->flags = IOPATH_WRITE | (prng_below(&me->prng, 2) ? IOPATH_DSYNC : 0);
	io->buf = me->buf;
	io->done = aio_done;
	nr = iopath_oracle_issue(client_oracle(me), io->pos, me->buf, io->len);
	result = iopath_submit(client_inode(me), io);
	if (!result) {
		err = do_fsync(me, 0, U64_MAX, false);
		result = aio_wait(me, aio, nr);
		/* a wait that was broken: the IO is still under way */
		if (!READ_ONCE(aio->done))
			return -EIO;
		if (err && result >= 0)
			result = err;
	}
	rlenv_free(aio);
	return result;
}

/* There is no mapped memory behind the end of the file. */
static u32 mapped(struct fuzz_actor *me, u64 pos, u32 len)
{
	u64 size = iopath_size(client_inode(me));

	return pos >= size ? 0 : (u32)min_t(u64, len, size - pos);
}

static ssize_t do_store(struct fuzz_actor *me)
{
	struct iopath_oracle *oracle = client_oracle(me);
	u32 len, nr;
	u64 pos;
	int err;

	aim(me, &pos, &len);
	len = mapped(me, pos, len);
	if (!len)
		return 0;
	nr = iopath_oracle_issue(oracle, pos, me->buf, len);
	err = iopath_mmap_store(client_inode(me), pos, me->buf, len);
	if (!err)
		iopath_oracle_ack(oracle, pos, len, nr);
	return err;
}

static ssize_t map_load(struct fuzz_actor *me, u64 pos, u32 len)
{
	int err;

	len = mapped(me, pos, len);
	err = len ? iopath_mmap_load(client_inode(me), pos, me->buf, len) : 0;
	return err ? err : (ssize_t)len;
}

static ssize_t do_read(struct fuzz_actor *me)
{
	struct fuzz *f = me->f;
	u32 file = client_file(me) +
		   (me->op == FUZZ_ISOLATED ? f->params.files : 0);
	enum iopath_code code;
	ssize_t done;
	u32 len;
	u64 pos;

	aim(me, &pos, &len);
	if (me->op == FUZZ_CACHED)
		done = iopath_buffered_read(iopath_file(f->fs, file), pos,
					    me->buf, len);
	else if (me->op == FUZZ_LOAD)
		done = map_load(me, pos, len);
	else
		done = iopath_read(iopath_file(f->fs, file), pos, me->buf, len);
	if (done < 0)
		return done;
	/* behind the end of the file there is nothing */
	memset(me->buf + done, 0, len - (size_t)done);
	code = iopath_oracle_check(f->oracle[file], pos, me->buf, len,
				   IOPATH_FLOOR_ACKED, false);
	if (code && !READ_ONCE(f->is_cut) && !f->control.broken)
		fuzz_fail(f, code, "client %u, %s of %u blocks at %llu of file %u",
			  me->index, fuzz_op_name(me->op), len / BLK,
			  pos / BLK, file);
	return done;
}

static ssize_t do_flush(struct fuzz_actor *me)
{
	u32 len;
	u64 pos;

	aim(me, &pos, &len);
	return iopath_flush(client_inode(me), pos, pos + len - 1);
}

static ssize_t do_fallocate(struct fuzz_actor *me, enum iopath_falloc_mode mode)
{
	struct iopath_oracle *oracle = client_oracle(me);
	u32 nr = 0, len;
	int err;
	u64 pos;

	aim(me, &pos, &len);
	if (mode != IOPATH_FALLOC_ALLOCATE)
		nr = iopath_oracle_issue_zero(oracle, pos, len);
	err = iopath_fallocate(client_inode(me), mode, pos, pos + len - 1);
	if (!err && nr)
		iopath_oracle_ack(oracle, pos, len, nr);
	return err;
}

/* Only the client whose part is the last one may move the end of the file. */
static ssize_t client_truncate(struct fuzz_actor *me)
{
	struct iopath_oracle *oracle = client_oracle(me);
	u64 size, end = oracle->nr_blocks * BLK;
	u32 first, part = client_part(me, &first);
	u32 nr;
	int err;

	if (me->index + me->f->params.files < me->f->clients)
		return do_fallocate(me, IOPATH_FALLOC_PUNCH);
	size = (u64)(first + prng_below(&me->prng, part + 1)) * BLK;
	nr = iopath_oracle_issue_zero(oracle, size, end - size);
	err = iopath_truncate(client_inode(me), size);
	if (!err)
		iopath_oracle_ack(oracle, size, end - size, nr);
	return err;
}

static ssize_t do_reflink(struct fuzz_actor *me)
{
	struct fuzz *f = me->f;
	u32 target = client_file(me) + f->params.files;
	u32 *snapshot, len;
	ssize_t done;
	u64 pos;

	aim(me, &pos, &len);
	if (pos + len > iopath_size(client_inode(me)))
		return 0;
	snapshot = iopath_oracle_issue_clone(f->oracle[target],
					     client_oracle(me), pos, len);
	if (!snapshot)
		return -ENOMEM;
	done = iopath_reflink(client_inode(me), pos,
			      iopath_file(f->fs, target), pos, len);
	iopath_oracle_clone_done(f->oracle[target], snapshot, pos, len,
				 done == 0);
	return done;
}

static ssize_t do_range(struct fuzz_actor *me)
{
	u32 first = prng_below(&me->prng, me->f->blocks);
	u32 nr = 1 + prng_below(&me->prng, me->f->blocks - first);

	return do_fsync(me, (u64)first * BLK, (u64)(first + nr) * BLK - 1,
			false);
}

/* The group of some block of the client's file, any group if it has none. */
static u32 choose_group(struct fuzz_actor *me)
{
	struct iopath_fs *fs = me->f->fs;
	u64 block = prng_below(&me->prng, me->f->blocks);
	struct iopath_extent item;

	if (iopath_item_lookup(client_inode(me), block, me->f->blocks - 1,
			       &item))
		return iopath_bg_of(fs, item.block)->index;
	return prng_below(&me->prng, fs->geo.nr_bgs);
}

static ssize_t do_reloc(struct fuzz_actor *me)
{
	int err = iopath_relocate(me->f->fs, choose_group(me));

	/* the other groups may be full: that is no error of the engine */
	return err == -ENOSPC ? 0 : err;
}

static ssize_t do_op(struct fuzz_actor *me)
{
	switch (me->op) {
	case FUZZ_WRITE:
	case FUZZ_BUFFERED:
		return do_write(me, 0);
	case FUZZ_DSYNC:
		return do_write(me, IOPATH_DSYNC);
	case FUZZ_AIO:
		return do_aio(me);
	case FUZZ_READ:
	case FUZZ_CACHED:
	case FUZZ_LOAD:
	case FUZZ_ISOLATED:
		return do_read(me);
	case FUZZ_FSYNC:
		return do_fsync(me, 0, U64_MAX, false);
	case FUZZ_RANGE:
		return do_range(me);
	case FUZZ_STORE:
		return do_store(me);
	case FUZZ_FULL:
		return do_fsync(me, 0, U64_MAX, true);
	case FUZZ_RELOC:
		return do_reloc(me);
	case FUZZ_FLUSH:
		return do_flush(me);
	case FUZZ_ALLOCATE:
		return do_fallocate(me, IOPATH_FALLOC_ALLOCATE);
	case FUZZ_ZERO:
		return do_fallocate(me, IOPATH_FALLOC_ZERO);
	case FUZZ_PUNCH:
		return do_fallocate(me, IOPATH_FALLOC_PUNCH);
	case FUZZ_TRUNCATE:
		return client_truncate(me);
	case FUZZ_REFLINK:
		return do_reflink(me);
	default:
		return iopath_commit(me->f->fs);
	}
}

/* Write all of a file. */
static int fill_file(struct fuzz_actor *me, u32 file)
{
	struct iopath_oracle *oracle = me->f->oracle[file];
	u32 nr, len = FUZZ_IO_BLOCKS * BLK;
	ssize_t done;
	u64 pos;

	for (pos = 0; pos < me->f->blocks * BLK; pos += len) {
		nr = iopath_oracle_issue(oracle, pos, me->buf, len);
		done = iopath_write(iopath_file(me->f->fs, file), pos, me->buf,
				    len, 0);
		if (done != len)
			return done < 0 ? (int)done : -EIO;
		iopath_oracle_ack(oracle, pos, len, nr);
	}
	return 0;
}

/* Write all files and make them durable.  Return: 0 or -errno. */
int fuzz_fill(struct fuzz_actor *me)
{
	struct fuzz *f = me->f;
	int err = 0;
	u32 i;

	for (i = 0; i < f->params.files && !err; i++)
		err = fill_file(me, i);
	if (!err)
		err = iopath_commit(f->fs);
	for (i = 0; i < f->params.files && !err; i++)
		iopath_oracle_sync_done(f->oracle[i],
					iopath_oracle_sync_begin(f->oracle[i]),
					0, U64_MAX, true);
	return err;
}

/* Body of a client. */
void fuzz_client(struct fuzz_actor *me)
{
	u32 i;

	if (me->f->filling) {
		judge(me, fuzz_fill(me));
		return;
	}
	for (i = 0; i < me->f->params.ops && !READ_ONCE(me->f->stop); i++) {
		me->op = case_pick(&me->prng, me->f->params.weight, FUZZ_OPS);
		if (!judge(me, do_op(me)))
			return;
		me->ops++;
	}
}
