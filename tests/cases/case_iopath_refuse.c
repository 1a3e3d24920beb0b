// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the engine refuses: geometries, loads and ranges that make no sense, one
 * field wrong at a time.  Then what only people ask for: names and the dump.
 */
#include "case_iopath.h"
#include "iopath_load.h"
#include "rangelock_debug.h"

/* mkfs must refuse all of these. */
static const struct iopath_geometry bad_geometries[] = {
	{ .file_bytes = 0, .bg_blocks = 64, .nr_bgs = 3 },
	{ .file_bytes = 1ULL << 50, .bg_blocks = 64, .nr_bgs = 3 },
	{ .file_bytes = BLK + 1, .bg_blocks = 64, .nr_bgs = 3 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 0, .nr_bgs = 3 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 65, .nr_bgs = 3 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 0 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .nr_files = 17 },
	{ .file_bytes = 64 * BLK, .bg_blocks = 64, .nr_bgs = 1 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 1U << 31, .nr_bgs = 3 },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3,
	  .log_blocks = U32_MAX },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .nocow = true,
	  .datasum = true },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .nocow = true,
	  .cow_fork = true },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .datasum = true,
	  .cow_fork = true },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .empty = true,
	  .cow_fork = true },
	{ .file_bytes = 8 * BLK, .bg_blocks = 64, .nr_bgs = 3, .cowextsize = 3,
	  .cow_fork = true },
};

static void case_geometry(struct case_ctx *t)
{
	struct iopath_ram_params ram = { .crashable = true };
	struct iopath_dev *dev = iopath_ram_create(1024, &ram);
	struct iopath_geometry good = {
		.file_bytes = 8 * BLK,
		.bg_blocks = 64,
		.nr_bgs = 32,
	};
	struct iopath_fs *fs;
	u32 i;

	if (!CASE_EXPECT(t, dev))
		return;
	for (i = 0; i < ARRAY_SIZE(bad_geometries); i++)
		CASE_EXPECT_EQ(t, iopath_mkfs(dev, &bad_geometries[i]),
			       -EINVAL);
	/* nothing was written */
	CASE_EXPECT_EQ(t, iopath_mount(dev, IOPATH_RANGE, &fs), -EINVAL);
	/* larger than the device */
	CASE_EXPECT_EQ(t, iopath_mkfs(dev, &good), -ENOSPC);
	iopath_dev_destroy(dev);
}

static struct io_env *small(struct case_ctx *t)
{
	struct io_env *env = env_new(t);

	if (!CASE_EXPECT(t, env) || !env_make(env, IOPATH_RANGE) ||
	    !env_fill(env)) {
		env_free(env);
		return NULL;
	}
	return env;
}

static const struct iopath_load_params good_load = {
	.threads = { [IOPATH_LOAD_WRITE] = 1 },
	.depth = 1,
	.min_bytes = BLK,
	.max_bytes = 2 * BLK,
};

static void refuses(struct io_env *env, struct iopath_load_params *params)
{
	struct iopath_load *load;

	CASE_EXPECT_EQ(env->t, iopath_load_check(env->fs, params), -EINVAL);
	CASE_EXPECT_EQ(env->t, iopath_load_start(env->fs, params, &load),
		       -EINVAL);
	*params = good_load;
}

static void case_load(struct case_ctx *t)
{
	struct iopath_load_params params = good_load;
	struct io_env *env = small(t);

	if (!env)
		return;
	CASE_EXPECT_EQ(t, iopath_load_check(env->fs, &params), 0);
	params.threads[IOPATH_LOAD_WRITE] = 0;
	refuses(env, &params);
	params.threads[IOPATH_LOAD_WRITE] = IOPATH_LOAD_MAX_THREADS + 1;
	refuses(env, &params);
	params.threads[IOPATH_LOAD_READ] = IOPATH_LOAD_MAX_THREADS;
	refuses(env, &params);
	params.depth = 0;
	refuses(env, &params);
	params.depth = IOPATH_LOAD_MAX_DEPTH + 1;
	refuses(env, &params);
	params.min_bytes = 0;
	refuses(env, &params);
	params.min_bytes = 3 * BLK;
	refuses(env, &params);
	params.min_bytes = BLK / 2;
	refuses(env, &params);
	params.max_bytes = BLK + 1;
	refuses(env, &params);
	params.range_bytes = BLK + 1;
	refuses(env, &params);
	params.range_bytes = env->geo.file_bytes + BLK;
	refuses(env, &params);
	params.dsync_bytes = 1;
	refuses(env, &params);
	params.dsync_bytes = 3 * BLK;
	refuses(env, &params);
	params.falloc_bytes = 1;
	refuses(env, &params);
	params.falloc_bytes = (u32)env->geo.file_bytes + BLK;
	refuses(env, &params);
	env_free(env);
}

/* What other cases leave out: reads, parts of an fsync, a warm-up, a few MiB. */
static void case_load_ways(struct case_ctx *t)
{
	struct iopath_load_result *result = rlenv_alloc(sizeof(*result));
	struct iopath_load_params params = good_load;
	struct io_env *env = small(t);

	if (!CASE_EXPECT(t, result) || !env)
		goto out;
	params.threads[IOPATH_LOAD_READ] = 1;
	params.threads[IOPATH_LOAD_FSYNC] = 2;
	params.threads[IOPATH_LOAD_FALLOC] = 1;
	params.fsync_parts = true;
	params.range_bytes = 32 * BLK;
	params.warmup_ns = 1000000;
	params.runtime_ns = 5000000;
	CASE_EXPECT_EQ(t, iopath_load_run(env->fs, &params, result), 0);
	CASE_EXPECT_EQ(t, result->errors, 0);
	CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);
	/* a bad disk is counted, and ends nothing */
	params = good_load;
	params.runtime_ns = 5000000;
	iopath_ram_fail(env->dev, 0, iopath_device_blocks(&env->geo),
			U32_MAX);
	do {
		CASE_EXPECT_EQ(t, iopath_load_run(env->fs, &params, result), 0);
	} while (!result->errors && !case_has_failed(t));
out:
	env_free(env);
	rlenv_free(result);
}

static void case_ranges(struct case_ctx *t)
{
	struct io_env *env = small(t);
	u64 bytes;

	if (!env)
		return;
	bytes = env->geo.file_bytes;
	CASE_EXPECT_EQ(t, iopath_mmap_store(env->file, 0, NULL, 1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_mmap_store(env->file, 0, env->buf, 0),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_mmap_load(env->file, bytes, env->buf, 1),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_mmap_load(env->file, bytes - 1, env->buf, 2),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_page_mkwrite(env->file, bytes / BLK), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_page_mkwrite(env->file, 0), 0);
	CASE_EXPECT_EQ(t, iopath_truncate(env->file, bytes + BLK), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_MODES, 0,
					   BLK - 1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_PUNCH, BLK,
					   0), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_PUNCH, 1,
					   BLK - 1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_PUNCH, 0,
					   BLK), -EINVAL);
	CASE_EXPECT(t, !iopath_file(env->fs, 1));
	env_free(env);
}

/* A failed commit makes it read-only, for each who wants to change something. */
static void case_read_only(struct case_ctx *t)
{
	struct io_env *env = small(t);

	if (!env)
		return;
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, BLK, 0), BLK);
	iopath_ram_fail(env->dev, 0, iopath_device_blocks(&env->geo), 1);
	CASE_EXPECT(t, iopath_commit(env->fs) < 0);
	CASE_EXPECT_EQ(t, iopath_page_mkwrite(env->file, 0), -EROFS);
	CASE_EXPECT_EQ(t, iopath_mmap_store(env->file, 0, env->buf, 1), -EROFS);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 0, env->buf, BLK, 0), -EROFS);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 0, env->buf, BLK),
		       -EROFS);
	CASE_EXPECT_EQ(t, iopath_truncate(env->file, BLK), -EROFS);
	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_PUNCH, 0,
					   BLK - 1), -EROFS);
	CASE_EXPECT_EQ(t, iopath_reflink(env->file, 0, env->file, 8 * BLK,
					 BLK), -EROFS);
	CASE_EXPECT_EQ(t, iopath_relocate(env->fs, 0), -EROFS);
	CASE_EXPECT_EQ(t, iopath_commit(env->fs), -EROFS);
	env_free(env);
}

static void case_names(struct case_ctx *t)
{
	struct io_env *env = small(t);
	u32 i;

	if (!env)
		return;
	for (i = 0; i < IOPATH_DESIGNS; i++) {
		CASE_EXPECT_EQ(t, iopath_design_by_name(iopath_design_name(i)),
			       i);
		CASE_EXPECT(t, *iopath_design_title(i));
	}
	CASE_EXPECT_EQ(t, iopath_design_by_name("?"), IOPATH_DESIGNS);
	CASE_EXPECT(t, *iopath_design_name(IOPATH_DESIGNS) == '?');
	CASE_EXPECT(t, *iopath_design_title(IOPATH_DESIGNS) == '?');
	CASE_EXPECT(t, !iopath_design_is_offered(IOPATH_DESIGNS));
	CASE_EXPECT(t, *iopath_load_class_name(0) != '?');
	CASE_EXPECT(t, *iopath_load_class_name(IOPATH_LOAD_CLASSES) == '?');
	CASE_EXPECT(t, *iopath_res_name(IOPATH_RES_KINDS) == '?');
	CASE_EXPECT(t, *iopath_code_name(IOPATH_CODES) == '?');
	CASE_EXPECT(t, iopath_dump(env->fs, env->buf, IO_MAX) > 0);
	CASE_EXPECT(t, iopath_dump(env->fs, env->buf, 8) < 8);
	env_free(env);
}

const struct case_desc cases_iopath_refuse[] = {
	{ "geometry", case_geometry },
	{ "load", case_load },
	{ "load_ways", case_load_ways },
	{ "ranges", case_ranges },
	{ "read_only", case_read_only },
	{ "names", case_names },
	{ NULL, NULL },
};
