// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Buffered IO, mappings and direct IO on one file: what is read is what was
 * written, by whatever way.
 */
#include "page_model.h"

static bool model_op(struct model *model)
{
	struct iopath_inode *file = model->env->file;
	u64 size = model->env->geo.file_bytes;
	u32 len = 1 + prng_below(&model->prng, 5 * BLK);
	u64 pos = prng_below(&model->prng, (u32)size - len + 1);
	u64 from = round_down(pos, (u64)BLK);
	u32 nr = round_up((u32)(pos + len - from), BLK);
	struct case_ctx *t = model->env->t;

	switch (prng_below(&model->prng, model->direct ? 16 : 10)) {
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
		return model_store(model, pos, len);
	case 9:
		return model_load(model, pos, len);
	case 10:
	case 11:
		return model_direct_read(model, from, nr);
	case 12:
		return model_direct_write(model, from, nr, 0);
	case 13:
		return model_direct_write(model, from, nr, IOPATH_DSYNC);
	case 14:
		/* not aligned */
		return model_direct_write(model, pos, len, 0);
	case 15:
		return model_direct_read(model, pos, len);
	default:
		return model_write(model, pos, len);
	}
}

static void model_run(struct model *model, u32 ops)
{
	struct io_env *env = model->env;
	u32 i;

	for (i = 0; i < ops && model_op(model); i++)
		;
	/* without an fsync: unmount writes back */
	CASE_EXPECT_EQ(env->t, iopath_validate(env->fs), 0);
	if (env_remount(env))
		model_check(model);
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
		env_use_nocow(env, nocow);
		env->ram.latency_ns = latency_ns;
		model = model_new(env);
		if (model && env_make(env, d)) {
			model->direct = direct;
			model_run(model, 60 * t->scale);
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
			env_use_nocow(env, nocow);
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

/* A direct write whose buffer is not there takes its faults without locks. */
static int pin_mapping(struct iopath_io *io, u64 offset, u32 len, bool nofault)
{
	struct io_env *env = io->private;

	return iopath_io_touch(io, env->file, 32 * BLK + offset,
			       (char *)io->buf + offset, len, nofault);
}

static void case_direct_from_mapping(struct case_ctx *t)
{
	struct iopath_stats stats;
	struct model *model;
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		struct iopath_io io = { .pos = 32 * BLK, .len = 4 * BLK };

		env = env_new(t);
		CASE_CHECK(t, env);
		model = model_new(env);
		io.buf = model ? model->buf : NULL;
		io.flags = IOPATH_WRITE;
		io.private = env;
		io.pin = pin_mapping;
		if (CASE_EXPECT(t, io.buf) && env_make(env, d) &&
		    model_direct_write(model, 32 * BLK, 4 * BLK, 0)) {
			memset(io.buf, 0, 4 * BLK);
			/* a file onto itself, through its own mapping */
			CASE_EXPECT_EQ(t, iopath_submit_wait(env->file, &io),
				       4 * BLK);
			iopath_get_stats(env->fs, &stats);
			CASE_EXPECT_EQ(t, stats.fallbacks, 1);
			model_check(model);
			env_is_sound(env);
		}
		model_free(model);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

#define MIX_THREADS	4U
#define MIX_BLOCKS	4U

/**
 * struct mix_thread - random operations on bytes that nobody else writes
 * @env:    file system
 * @first:  first byte of its own
 * @seed:   of its random numbers
 * @ops:    how many
 * @bytes:  what its part has to contain
 * @handle: the thread
 *
 * Its part begins and ends in the middle of a block, so that neighbours share
 * pages: what one writes must survive what the other does to the page.
 */
struct mix_thread {
	struct io_env *env;
	u64 first;
	u64 seed;
	u32 ops;
	char bytes[MIX_BLOCKS * BLK];
	struct rlenv_thread *handle;
};

static bool mix_op(struct mix_thread *mix, struct prng *prng, char *buf)
{
	struct iopath_inode *file = mix->env->file;
	struct case_ctx *t = mix->env->t;
	u32 len = 1 + prng_below(prng, MIX_BLOCKS * BLK);
	u32 at = prng_below(prng, MIX_BLOCKS * BLK - len + 1);
	u32 i, number = prng_below(prng, 100);
	u64 pos = mix->first + at;

	if (prng_below(prng, 3) == 0) {
		if (prng_below(prng, 2))
			CASE_EXPECT_EQ(t, iopath_fsync(file, pos, U64_MAX), 0);
		memset(buf, 0, len);
		return CASE_EXPECT_EQ(t, iopath_buffered_read(file, pos, buf,
							      len), len) &&
		       CASE_EXPECT(t, !memcmp(buf, mix->bytes + at, len));
	}
	for (i = 0; i < len; i++)
		buf[i] = mix->bytes[at + i] = page_stamp(number, pos + i);
	switch (prng_below(prng, 4)) {
	case 0:
		return CASE_EXPECT_EQ(t, iopath_mmap_store(file, pos, buf, len),
				      0);
	case 1:
		/* not aligned, or only by chance: falls back */
		return CASE_EXPECT_EQ(t, iopath_write(file, pos, buf, len,
						      IOPATH_DSYNC), len);
	default:
		return CASE_EXPECT_EQ(t, iopath_buffered_write(file, pos, buf,
							       len), len);
	}
}

static int mix_run(void *arg)
{
	struct mix_thread *mix = arg;
	char *buf = rlenv_alloc_big(MIX_BLOCKS * BLK);
	struct prng prng;
	u32 i;

	prng_seed(&prng, mix->seed);
	for (i = 0; buf && i < mix->ops && mix_op(mix, &prng, buf); i++)
		;
	rlenv_free_big(buf);
	return 0;
}

static void mix_case(struct case_ctx *t, struct io_env *env,
		     struct mix_thread *mix)
{
	u64 gap = MIX_BLOCKS * BLK;
	u32 i;

	for (i = 0; i < MIX_THREADS; i++) {
		mix[i].env = env;
		mix[i].first = i * gap + 100;
		mix[i].seed = t->seed * MIX_THREADS + i;
		mix[i].ops = 20 * t->scale;
		CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, mix[i].first,
				mix[i].bytes, (u32)gap), gap);
		mix[i].handle = rlenv_thread_run(mix_run, &mix[i], -1, "mix");
	}
	for (i = 0; i < MIX_THREADS; i++)
		if (CASE_EXPECT(t, mix[i].handle && !IS_ERR(mix[i].handle)))
			rlenv_thread_join(mix[i].handle);
	CASE_EXPECT_EQ(t, iopath_flush(env->file, 0, U64_MAX), 0);
	for (i = 0; i < MIX_THREADS && !case_has_failed(t); i++)
		if (CASE_EXPECT_EQ(t, iopath_read(env->file, mix[i].first,
						  env->buf, (u32)gap), gap))
			CASE_EXPECT(t, !memcmp(env->buf, mix[i].bytes, gap));
	env_is_sound(env);
}

static void case_buffered_mix(struct case_ctx *t)
{
	struct mix_thread *mix;
	struct io_env *env;
	u32 d, nocow;

	FOR_EACH_DESIGN(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			env = env_new(t);
			CASE_CHECK(t, env);
			env->geo.nr_bgs = 4;
			env_use_nocow(env, nocow);
			env->ram.latency_ns = 10000;
			env->ram.jitter_ns = 10000;
			mix = rlenv_alloc(MIX_THREADS * sizeof(*mix));
			if (CASE_EXPECT(t, mix) && env_make(env, d))
				mix_case(t, env, mix);
			rlenv_free(mix);
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
	{ "buffered_mix", case_buffered_mix },
	{ "direct_from_mapping", case_direct_from_mapping },
	{ "direct_buffered_cow", case_direct_buffered_cow },
	{ "direct_buffered_nocow", case_direct_buffered_nocow },
	{ NULL, NULL },
};
