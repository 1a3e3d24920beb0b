// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Buffered IO, writeback and their company: what is read is what was written,
 * by whatever way, and what an fsync has promised is there after a crash.
 */
#include "case_iopath.h"

/* A pattern that tells writes and positions apart. */
static char stamp(u32 number, u64 pos)
{
	return (char)(number * 31 + pos * 7 + (pos >> 12));
}

/**
 * struct model - the bytes that the file must have
 * @env:    file system
 * @prng:   of the case
 * @bytes:  the file
 * @buf:    IO_MAX bytes, aligned
 * @number: of the last write
 * @direct: direct IO takes part
 */
struct model {
	struct io_env *env;
	struct prng prng;
	char *bytes;
	char *buf;
	u32 number;
	bool direct;
};

static struct model *model_new(struct io_env *env)
{
	struct model *model = rlenv_alloc(sizeof(*model));

	if (!model)
		return NULL;
	model->env = env;
	prng_seed(&model->prng, env->t->seed);
	model->bytes = rlenv_alloc_big(env->geo.file_bytes);
	model->buf = rlenv_alloc_big(IO_MAX);
	return model;
}

static void model_free(struct model *model)
{
	if (!model)
		return;
	rlenv_free_big(model->bytes);
	rlenv_free_big(model->buf);
	rlenv_free(model);
}

static void model_stamp(struct model *model, u64 pos, u32 len)
{
	u32 i;

	model->number++;
	for (i = 0; i < len; i++) {
		model->buf[i] = stamp(model->number, pos + i);
		model->bytes[pos + i] = model->buf[i];
	}
}

static bool model_write(struct model *model, u64 pos, u32 len)
{
	model_stamp(model, pos, len);
	return CASE_EXPECT_EQ(model->env->t,
			      iopath_buffered_write(model->env->file, pos,
						    model->buf, len), len);
}

static bool model_read(struct model *model, u64 pos, u32 len)
{
	struct case_ctx *t = model->env->t;

	memset(model->buf, 0x5a, len);
	return CASE_EXPECT_EQ(t, iopath_buffered_read(model->env->file, pos,
						      model->buf, len), len) &&
	       CASE_EXPECT(t, !memcmp(model->buf, model->bytes + pos, len));
}

static bool model_direct_write(struct model *model, u64 pos, u32 len, u32 flags)
{
	model_stamp(model, pos, len);
	return CASE_EXPECT_EQ(model->env->t,
			      iopath_write(model->env->file, pos, model->buf,
					   len, flags), len);
}

static bool model_direct_read(struct model *model, u64 pos, u32 len)
{
	struct case_ctx *t = model->env->t;

	memset(model->buf, 0x5a, len);
	return CASE_EXPECT_EQ(t, iopath_read(model->env->file, pos, model->buf,
					     len), len) &&
	       CASE_EXPECT(t, !memcmp(model->buf, model->bytes + pos, len));
}

/* Read all of the file, both ways. */
static bool model_check(struct model *model)
{
	u64 pos, size = model->env->geo.file_bytes;
	bool ok = true;

	for (pos = 0; pos < size && ok; pos += 16 * BLK)
		ok = model_direct_read(model, pos, 16 * BLK) &&
		     model_read(model, pos, 16 * BLK);
	return ok;
}

static bool model_op(struct model *model)
{
	struct iopath_inode *file = model->env->file;
	u64 size = model->env->geo.file_bytes;
	u32 len = 1 + prng_below(&model->prng, 5 * BLK);
	u64 pos = prng_below(&model->prng, (u32)size - len + 1);
	u64 from = round_down(pos, (u64)BLK);
	u32 nr = round_up((u32)(pos + len - from), BLK);
	struct case_ctx *t = model->env->t;

	switch (prng_below(&model->prng, model->direct ? 14 : 8)) {
	case 0:
		return CASE_EXPECT_EQ(t, iopath_flush(file, pos,
						      pos + len - 1), 0);
	case 1:
		return CASE_EXPECT_EQ(t, iopath_fsync(file, pos,
						      pos + len - 1), 0);
	case 2:
		return CASE_EXPECT_EQ(t, iopath_writeback_start(file, pos,
								U64_MAX), 0);
	case 3:
	case 4:
		return model_read(model, pos, len);
	case 8:
	case 9:
		return model_direct_read(model, from, nr);
	case 10:
		return model_direct_write(model, from, nr, 0);
	case 11:
		return model_direct_write(model, from, nr, IOPATH_DSYNC);
	case 12:
		/* not aligned */
		return model_direct_write(model, pos, len, 0);
	case 13:
		return model_direct_read(model, pos, len);
	default:
		return model_write(model, pos, len);
	}
}

static void model_run(struct model *model, enum iopath_design design, u32 ops)
{
	struct io_env *env = model->env;
	u32 i;

	for (i = 0; i < ops && model_op(model); i++)
		;
	/* without an fsync: unmount writes back */
	CASE_EXPECT_EQ(env->t, iopath_validate(env->fs), 0);
	CASE_EXPECT_EQ(env->t, iopath_unmount(env->fs), 0);
	env->fs = NULL;
	if (env_mount(env, design)) {
		model_check(model);
		env_is_sound(env);
	}
}

static void model_case(struct case_ctx *t, bool nocow, u64 latency_ns,
		       bool direct)
{
	struct model *model;
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.nr_bgs = 4;
		env->geo.nocow = nocow;
		env->geo.datasum = !nocow;
		env->ram.latency_ns = latency_ns;
		model = model_new(env);
		if (CASE_EXPECT(t, model && model->bytes && model->buf) &&
		    env_make(env, d)) {
			model->direct = direct;
			model_run(model, d, 60 * t->scale);
		}
		model_free(model);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void case_buffered_cow(struct case_ctx *t)
{
	model_case(t, false, 0, false);
	CASE_PROPAGATE(t);
	model_case(t, false, 20000, false);
}

static void case_buffered_nocow(struct case_ctx *t)
{
	model_case(t, true, 20000, false);
}

static void case_direct_buffered_cow(struct case_ctx *t)
{
	model_case(t, false, 0, true);
	CASE_PROPAGATE(t);
	model_case(t, false, 20000, true);
}

static void case_direct_buffered_nocow(struct case_ctx *t)
{
	model_case(t, true, 20000, true);
}

static void case_buffered_arguments(struct case_ctx *t)
{
	struct io_env *env = env_new(t);
	u64 size;

	CASE_CHECK(t, env);
	size = env->geo.file_bytes;
	if (!env_make(env, IOPATH_RANGE))
		goto out;
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 0, NULL, 1),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 0, env->buf, 0),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, size, env->buf, 1),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, size - 1, env->buf,
						2), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_read(env->file, U64_MAX, env->buf,
					       1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_read(env->file, 0, NULL, 1),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_flush(env->file, 1, 0), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_writeback_start(env->file, size, U64_MAX),
		       -EINVAL);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, size - 1, env->buf,
						1), 1);
	env_is_sound(env);
out:
	env_free(env);
}

/* What is dirty holds space, and a flush gives back what it does not need. */
static void case_buffered_space(struct case_ctx *t)
{
	struct iopath_stats stats;
	struct io_env *env;
	u32 d, nocow;

	FOR_EACH_DESIGN(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			env = env_new(t);
			CASE_CHECK(t, env);
			env->geo.nocow = nocow;
			env->geo.datasum = !nocow;
			if (!env_make(env, d) || !env_fill(env))
				goto out;
			CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 100,
					env->buf, 3 * BLK), 3 * BLK);
			CASE_EXPECT_EQ(t, env->file->cache.nr_delalloc, 4);
			CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);
			CASE_EXPECT_EQ(t, iopath_flush(env->file, 0, U64_MAX),
				       0);
			CASE_EXPECT_EQ(t, env->file->cache.nr_delalloc, 0);
			iopath_get_stats(env->fs, &stats);
			CASE_EXPECT_EQ(t, stats.writeback, 4);
			CASE_EXPECT_EQ(t, stats.nocow, nocow ? 1 : 0);
			env_is_sound(env);
out:
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

const struct case_desc cases_iopath_buffered[] = {
	{ "buffered_arguments", case_buffered_arguments },
	{ "buffered_space", case_buffered_space },
	{ "buffered_cow", case_buffered_cow },
	{ "buffered_nocow", case_buffered_nocow },
	{ "direct_buffered_cow", case_direct_buffered_cow },
	{ "direct_buffered_nocow", case_direct_buffered_nocow },
	{ NULL, NULL },
};
