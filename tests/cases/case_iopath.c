// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The IO engine without concurrency: every path does what it says, in every
 * design.
 */
#include "case_iopath.h"

static void case_geometry(struct case_ctx *t)
{
	struct iopath_geometry good = {
		.file_bytes = 64 * BLK,
		.bg_blocks = 64,
		.nr_bgs = 4,
	};
	struct iopath_ram_params ram = { .latency_ns = 0 };
	struct iopath_geometry bad = good;
	struct iopath_dev *dev;
	struct iopath_fs *fs;

	bad.file_bytes = 0;
	CASE_CHECK_EQ(t, iopath_device_blocks(&bad), 0);
	bad.file_bytes = 4095;
	CASE_CHECK_EQ(t, iopath_device_blocks(&bad), 0);
	bad = good;
	bad.bg_blocks = 63;
	CASE_CHECK_EQ(t, iopath_device_blocks(&bad), 0);
	bad = good;
	bad.nr_bgs = 1;
	CASE_CHECK_EQ(t, iopath_device_blocks(&bad), 0);
	bad = good;
	bad.nocow = true;
	bad.datasum = true;
	CASE_CHECK_EQ(t, iopath_device_blocks(&bad), 0);
	CASE_CHECK(t, iopath_device_blocks(&good) > 256);

	dev = iopath_ram_create(100, &ram);
	CASE_CHECK(t, dev);
	CASE_EXPECT_EQ(t, iopath_mkfs(dev, &bad), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_mkfs(dev, &good), -ENOSPC);
	CASE_EXPECT_EQ(t, iopath_mount(dev, IOPATH_RANGE, &fs), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_mount(dev, IOPATH_DESIGNS, &fs), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_ram_crash(dev, 1), -EINVAL);
	iopath_dev_destroy(dev);
}

static void bad_io(struct io_env *env, u64 pos, u64 len, u32 flags)
{
	CASE_EXPECT_EQ(env->t, iopath_write(env->file, pos, env->buf, (u32)len,
					    flags), -EINVAL);
	CASE_EXPECT_EQ(env->t, iopath_read(env->file, pos, env->buf, (u32)len),
		       -EINVAL);
}

static void bad_arguments(struct io_env *env)
{
	struct iopath_io io = { .len = BLK, .buf = env->buf };
	struct case_ctx *t = env->t;
	u64 size = env->geo.file_bytes;

	bad_io(env, 0, 0, 0);
	bad_io(env, size, BLK, 0);
	bad_io(env, size, 1, 0);
	bad_io(env, size - 1, 2, 0);
	bad_io(env, size - BLK, 2 * BLK, 0);
	bad_io(env, U64_MAX - BLK + 1, BLK, 0);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, NULL, BLK, 0), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, BLK, 1U << 9),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_submit(env->file, &io), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, 1, 0), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, size, U64_MAX), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_relocate(env->fs, env->geo.nr_bgs), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_set_design(env->fs, IOPATH_DESIGNS), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_get_design(env->fs), IOPATH_RANGE);
}

static void case_bad_arguments(struct case_ctx *t)
{
	struct io_env *env = env_new(t);

	CASE_CHECK(t, env);
	if (env_make(env, IOPATH_RANGE) && env_fill(env)) {
		bad_arguments(env);
		env_check(env, IOPATH_FLOOR_ACKED);
		env_is_sound(env);
	}
	env_free(env);
}

/* Every position and length of a small part, then random ones. */
static void write_read(struct io_env *env)
{
	u32 blocks = (u32)(env->geo.file_bytes / BLK);
	struct prng prng;
	u32 i, first, nr;

	for (first = 0; first < 3; first++)
		for (nr = 1; nr <= 3; nr++)
			if (!env_write(env, first, nr, 0))
				return;
	if (!env_check(env, IOPATH_FLOOR_ACKED))
		return;
	prng_seed(&prng, env->t->seed);
	for (i = 0; i < 10 * env->t->scale; i++) {
		nr = 1 + prng_below(&prng, 20);
		first = prng_below(&prng, blocks - nr + 1);
		if (!env_write(env, first, nr, 0))
			return;
		if (i % 10 == 9 && !env_check(env, IOPATH_FLOOR_ACKED))
			return;
	}
	env_check(env, IOPATH_FLOOR_ACKED);
}

/* Unmount commits; what is mounted afterwards has the same content. */
static void remount(struct io_env *env)
{
	if (env_remount(env))
		env_check(env, IOPATH_FLOOR_ACKED);
}

static void case_write_read(struct case_ctx *t)
{
	u32 d, nocow;

	FOR_EACH_DESIGN(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			struct io_env *env = env_new(t);

			CASE_CHECK(t, env);
			env->geo.file_bytes = 32 * BLK;
			env_use_nocow(env, nocow);
			if (env_make(env, d)) {
				write_read(env);
				remount(env);
			}
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

/* Free space in pieces of one block, so that a write needs many extents. */
static void case_fragmented(struct case_ctx *t)
{
	struct iopath_stats before, after;
	struct io_env *env;
	u32 d, i;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.file_bytes = 120 * BLK;
		env->geo.datasum = false;
		env->geo.nr_bgs = 2;
		if (!env_make(env, d) || !env_fill(env))
			goto out;
		/* moves every other block into the last gap */
		for (i = 0; i < 120; i += 2)
			if (!env_write(env, i, 1, 0))
				goto out;
		CASE_EXPECT_EQ(t, iopath_commit(env->fs), 0);
		iopath_get_stats(env->fs, &before);
		env_write(env, 0, 8, 0);
		iopath_get_stats(env->fs, &after);
		CASE_EXPECT(t, after.pieces > before.pieces + 1);
		env_check(env, IOPATH_FLOOR_ACKED);
		env_is_sound(env);
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* Two blocks more than the file: commits have to give pinned space back. */
static void case_no_space(struct case_ctx *t)
{
	struct iopath_stats stats;
	struct io_env *env;
	u32 d, i;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.file_bytes = 126 * BLK;
		env->geo.datasum = false;
		env->geo.nr_bgs = 2;
		if (!env_make(env, d))
			goto out;
		for (i = 0; i < 126; i += 2)
			env_write(env, i, 2, 0);
		for (i = 0; i < 10; i++)
			env_write(env, i, 2, 0);
		iopath_get_stats(env->fs, &stats);
		CASE_EXPECT(t, stats.commits >= 9);
		CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, 3 * BLK,
					       0), -ENOSPC);
		CASE_EXPECT_EQ(t, iopath_relocate(env->fs, 0), -ENOSPC);
		env_check(env, IOPATH_FLOOR_ACKED);
		env_is_sound(env);
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void case_log_full(struct case_ctx *t)
{
	struct iopath_stats stats;
	struct io_env *env;
	u32 d, i;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.log_blocks = 4;
		if (!env_make(env, d) || !env_fill(env))
			goto out;
		for (i = 0; i < 12; i++)
			if (!env_write(env, i, 1, IOPATH_DSYNC))
				goto out;
		iopath_get_stats(env->fs, &stats);
		CASE_EXPECT(t, stats.log_full >= 2);
		env_crash_check(env, t->seed);
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* A failed write is reported, changes nothing and leaks nothing. */
static void fail_data(struct io_env *env)
{
	u64 first = env->fs->layout.data_first;
	u64 nr = env->fs->layout.nr_blocks - first;
	struct case_ctx *t = env->t;

	iopath_ram_fail(env->dev, first, nr, 1);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, 4 * BLK, 0), -EIO);
	iopath_ram_fail(env->dev, first, nr, 1);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, 4 * BLK,
				       IOPATH_DSYNC), -EIO);
	iopath_ram_fail(env->dev, first, nr, 1);
	CASE_EXPECT_EQ(t, iopath_read(env->file, 0, env->buf, BLK), -EIO);
	iopath_ram_fail(env->dev, first, nr, 2);
	CASE_EXPECT_EQ(t, iopath_relocate(env->fs, env_bg_of(env, 0)), -EIO);
	iopath_ram_fail(env->dev, first, nr, 0);
	/* after a failed write the log is refused until a commit */
	env_fsync(env, 0, 0);
	env_check(env, IOPATH_FLOOR_ACKED);
	env_is_sound(env);
}

/* After a failed log write fsyncs commit; after a failed commit nothing goes. */
static void fail_metadata(struct io_env *env)
{
	struct case_ctx *t = env->t;

	iopath_ram_fail(env->dev, env->fs->layout.log_first,
			env->geo.log_blocks, 1);
	env_write(env, 1, 1, 0);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, 0, U64_MAX), -EIO);
	env_write(env, 2, 1, IOPATH_DSYNC);
	env_write(env, 3, 1, IOPATH_DSYNC);
	env_is_sound(env);
	iopath_ram_fail(env->dev, 0, env->fs->layout.log_first, 1);
	env_write(env, 4, 1, 0);
	CASE_EXPECT_EQ(t, iopath_commit(env->fs), -EIO);
	CASE_EXPECT_EQ(t, iopath_commit(env->fs), -EROFS);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, 0, U64_MAX), -EROFS);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, BLK, 0), -EROFS);
	CASE_EXPECT_EQ(t, iopath_relocate(env->fs, 0), -EROFS);
	env_check(env, IOPATH_FLOOR_ACKED);
}

static void case_io_error(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (env_make(env, d) && env_fill(env)) {
			fail_data(env);
			fail_metadata(env);
			env_crash_check(env, t->seed);
		}
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void case_relocate(struct case_ctx *t)
{
	struct io_env *env;
	u32 d, bg, nocow;

	FOR_EACH_OFFERED(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			env = env_new(t);
			CASE_CHECK(t, env);
			env_use_nocow(env, nocow);
			if (env_make(env, d) && env_fill(env)) {
				for (bg = 0; bg < env->geo.nr_bgs; bg++)
					CASE_EXPECT_EQ(t,
						iopath_relocate(env->fs, bg),
						0);
				env_check(env, IOPATH_FLOOR_ACKED);
				env_is_sound(env);
				env_write(env, 3, 7, IOPATH_DSYNC);
				env_crash_check(env, t->seed);
			}
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

/* Two writes, a page that waits for writeback, and allocated blocks. */
static void fiemap(struct io_env *env)
{
	static const u64 first[] = { 4, 12, 14, 20 };
	static const u64 nr[] = { 4, 1, 1, 4 };
	struct iopath_mapped m[5];
	struct case_ctx *t = env->t;
	u32 i;

	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 14 * BLK + 7,
						env->buf, 10), 10);
	CASE_CHECK_EQ(t, iopath_fiemap(env->file, 0, U64_MAX, m, 5), 4);
	for (i = 0; i < 4; i++) {
		CASE_EXPECT_EQ(t, m[i].pos, first[i] * BLK);
		CASE_EXPECT_EQ(t, m[i].len, nr[i] * BLK);
		CASE_EXPECT_EQ(t, m[i].unwritten, i == 3);
		CASE_EXPECT_EQ(t, !m[i].block, i == 2);
	}
	CASE_CHECK_EQ(t, iopath_fiemap(env->file, 5 * BLK, 7 * BLK - 1, m, 5),
		      1);
	CASE_EXPECT_EQ(t, m[0].pos, 5 * BLK);
	CASE_EXPECT_EQ(t, m[0].len, 2 * BLK);
	CASE_EXPECT_EQ(t, iopath_fiemap(env->file, 0, U64_MAX, m, 2), 2);
	CASE_EXPECT_EQ(t, iopath_fiemap(env->file, 0, 4 * BLK - 1, m, 5), 0);
	CASE_EXPECT_EQ(t, iopath_fiemap(env->file, 1, 0, m, 5), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fiemap(env->file, 0, 0, m, 0), -EINVAL);
}

/* Data is what has been written, on the device or not; all else is a hole. */
static void seek(struct io_env *env)
{
	u64 end = env->geo.file_bytes;
	struct case_ctx *t = env->t;

	CASE_EXPECT_EQ(t, iopath_seek(env->file, 0, true), -ENXIO);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 0, false), 0);
	env_write(env, 4, 4, 0);
	env_write(env, 12, 1, 0);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_ALLOCATE,
					   20 * BLK, 24 * BLK - 1), 0);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 22 * BLK + 7,
						env->buf, 10), 10);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 0, true), 4 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 5 * BLK + 1, true),
		       5 * BLK + 1);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 5 * BLK, false), 8 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 8 * BLK, true), 12 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 12 * BLK, false), 13 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 13 * BLK, true), 22 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 22 * BLK, false), 23 * BLK);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, 23 * BLK, true), -ENXIO);
	fiemap(env);
	env_write(env, end / BLK - 1, 1, 0);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, end - 1, false), end);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, end, true), -ENXIO);
	CASE_EXPECT_EQ(t, iopath_seek(env->file, end, false), -ENXIO);
	env_is_sound(env);
}

static void case_seek(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (env_make(env, d))
			seek(env);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

#define ASYNC_IOS	16U

/**
 * struct async_ios - IOs in flight at once
 * @io:     the IOs
 * @buf:    one block each
 * @nr:     their numbers in the oracle
 * @errors: IOs that failed
 * @left:   IOs that have not completed
 * @wait:   for @left to become 0
 */
struct async_ios {
	struct iopath_io io[ASYNC_IOS];
	char *buf;
	u32 nr[ASYNC_IOS];
	atomic_t errors;
	atomic_t left;
	wait_queue_head_t wait;
};

static void async_done(struct iopath_io *io)
{
	struct async_ios *ios = io->private;

	if (io->result != BLK)
		atomic_inc(&ios->errors);
	if (atomic_dec_and_test(&ios->left))
		wake_up_all(&ios->wait);
}

static void async_run(struct io_env *env, struct async_ios *ios, u32 flags)
{
	struct case_ctx *t = env->t;
	u32 i;

	atomic_set(&ios->left, ASYNC_IOS);
	for (i = 0; i < ASYNC_IOS; i++) {
		struct iopath_io *io = &ios->io[i];

		io->pos = (u64)i * 3 * BLK;
		io->len = BLK;
		io->flags = flags;
		io->buf = ios->buf + (size_t)i * BLK;
		io->done = async_done;
		io->private = ios;
		if (flags & IOPATH_WRITE)
			ios->nr[i] = iopath_oracle_issue(env->oracle, io->pos,
							 io->buf, BLK);
		CASE_EXPECT_EQ(t, iopath_submit(env->file, io), 0);
	}
	wait_event(ios->wait, !atomic_read(&ios->left));
	CASE_EXPECT_EQ(t, atomic_read(&ios->errors), 0);
	for (i = 0; i < ASYNC_IOS && (flags & IOPATH_WRITE); i++)
		iopath_oracle_ack(env->oracle, ios->io[i].pos, BLK, ios->nr[i]);
	for (i = 0; i < ASYNC_IOS && !(flags & IOPATH_WRITE); i++)
		CASE_EXPECT_EQ(t, iopath_oracle_check(env->oracle,
						      ios->io[i].pos,
						      ios->io[i].buf, BLK,
						      IOPATH_FLOOR_ACKED,
						      false), 0);
}

/* S5, S6: O_DSYNC must not wait for itself, however early the IO completes. */
static void dsync_run(struct io_env *env)
{
	struct async_ios *ios = rlenv_alloc(sizeof(*ios));
	u32 i;

	if (!CASE_EXPECT(env->t, ios))
		return;
	init_waitqueue_head(&ios->wait);
	ios->buf = rlenv_alloc_big(ASYNC_IOS * BLK);
	if (CASE_EXPECT(env->t, ios->buf)) {
		for (i = 0; i < 6; i++)
			env_write(env, i * 7, 3, IOPATH_DSYNC);
		async_run(env, ios, IOPATH_WRITE);
		async_run(env, ios, 0);
		async_run(env, ios, IOPATH_WRITE | IOPATH_DSYNC);
		/* an acknowledged O_DSYNC write is durable */
		for (i = 0; i < ASYNC_IOS; i++)
			iopath_oracle_sync_done(env->oracle,
				iopath_oracle_sync_begin(env->oracle),
				ios->io[i].pos, ios->io[i].pos + BLK - 1, true);
		env_crash_check(env, env->t->seed);
	}
	rlenv_free_big(ios->buf);
	rlenv_free(ios);
}

static void case_dsync(struct case_ctx *t)
{
	u32 d, latency, nocow;

	FOR_EACH_OFFERED(d) {
		for (latency = 0; latency < 2; latency++) {
			for (nocow = 0; nocow < 2; nocow++) {
				struct io_env *env = env_new(t);

				CASE_CHECK(t, env);
				env->ram.latency_ns = latency * 50000;
				env_use_nocow(env, nocow);
				if (env_make(env, d) && env_fill(env))
					dsync_run(env);
				env_free(env);
				CASE_PROPAGATE(t);
			}
		}
	}
}

static void case_hist(struct case_ctx *t)
{
	struct hist *a = rlenv_alloc(sizeof(*a));
	struct hist *b = rlenv_alloc(sizeof(*b));
	u64 i;

	if (!CASE_EXPECT(t, a && b))
		goto out;
	hist_init(a);
	hist_init(b);
	CASE_EXPECT_EQ(t, hist_percentile(a, 50000), 0);
	CASE_EXPECT_EQ(t, hist_mean(a), 0);
	for (i = 1; i <= 1000; i++)
		hist_add(i % 2 ? a : b, i);
	hist_add(b, U64_MAX / 4);
	hist_merge(a, b);
	CASE_EXPECT_EQ(t, a->count, 1001);
	CASE_EXPECT_EQ(t, a->min, 1);
	CASE_EXPECT_EQ(t, a->max, U64_MAX / 4);
	CASE_EXPECT_EQ(t, hist_percentile(a, 0), 1);
	CASE_EXPECT_EQ(t, hist_percentile(a, 2000), 21);
	CASE_EXPECT_EQ(t, hist_percentile(a, HIST_WHOLE), U64_MAX / 4);
	/* a bucket is at most 1/32 wide, and the upper edge is reported */
	CASE_EXPECT(t, hist_percentile(a, 50000) >= 500);
	CASE_EXPECT(t, hist_percentile(a, 50000) <= 516);
out:
	rlenv_free(a);
	rlenv_free(b);
}

const struct case_desc cases_iopath[] = {
	{ "geometry", case_geometry },
	{ "bad_arguments", case_bad_arguments },
	{ "write_read", case_write_read },
	{ "fragmented", case_fragmented },
	{ "no_space", case_no_space },
	{ "log_full", case_log_full },
	{ "io_error", case_io_error },
	{ "relocate", case_relocate },
	{ "seek", case_seek },
	{ "dsync", case_dsync },
	{ "hist", case_hist },
	{ NULL, NULL },
};
