// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Space of a file without concurrency: allocate, zero, punch, truncate, writes
 * to allocated blocks and beyond the end, in every design; and each of them
 * again after a crash that follows an fsync.
 */
#include "case_iopath.h"

/* three such files leave two blocks of two groups */
#define SPACE_BLOCKS	42U

/**
 * struct space - a file system with a model of its file
 * @env:     the file system
 * @size:    end of the file, in blocks
 * @block:   number of the write that each block comes from, 0 for zeroes
 * @version: number of the last write
 */
struct space {
	struct io_env *env;
	u64 size;
	u32 block[SPACE_BLOCKS];
	u32 version;
};

/* Each word of a block says where it belongs and which write it comes from. */
static void space_stamp(u64 *word, u64 block, u32 version)
{
	u32 i;

	for (i = 0; i < BLK / sizeof(*word); i++)
		word[i] = version ? (u64)version << 32 | block << 16 | i : 0;
}

static bool space_is(const u64 *word, u64 block, u32 version)
{
	u32 i;

	for (i = 0; i < BLK / sizeof(*word); i++)
		if (word[i] != (version ? (u64)version << 32 | block << 16 | i :
					  0))
			return false;
	return true;
}

/* Write @nr blocks.  Return: what the write has returned. */
static ssize_t space_try_write(struct space *s, u64 block, u32 nr, u32 flags)
{
	ssize_t done;
	u32 i;

	s->version++;
	for (i = 0; i < nr; i++)
		space_stamp((u64 *)(s->env->buf + (size_t)i * BLK), block + i,
			    s->version);
	done = iopath_write(s->env->file, block * BLK, s->env->buf, nr * BLK,
			    flags);
	if (done != nr * BLK)
		return done;
	for (i = 0; i < nr; i++)
		s->block[block + i] = s->version;
	s->size = max(s->size, block + nr);
	return done;
}

static void space_write(struct space *s, u64 block, u32 nr)
{
	CASE_EXPECT_EQ(s->env->t, space_try_write(s, block, nr, 0), nr * BLK);
}

static void space_falloc(struct space *s, enum iopath_falloc_mode mode,
			 u64 block, u32 nr)
{
	u32 i;

	CASE_EXPECT_EQ(s->env->t, iopath_fallocate(s->env->file, mode,
						   block * BLK,
						   (block + nr) * BLK - 1), 0);
	for (i = 0; mode != IOPATH_FALLOC_ALLOCATE && i < nr; i++)
		s->block[block + i] = 0;
	if (mode != IOPATH_FALLOC_PUNCH)
		s->size = max(s->size, block + nr);
}

static void space_truncate(struct space *s, u64 size)
{
	u64 i;

	CASE_EXPECT_EQ(s->env->t, iopath_truncate(s->env->file, size * BLK), 0);
	for (i = size; i < SPACE_BLOCKS; i++)
		s->block[i] = 0;
	s->size = size;
}

/* Read all of the file, block by block and at once, and behind its end. */
static void space_check(struct space *s)
{
	struct io_env *env = s->env;
	struct case_ctx *t = env->t;
	u64 i;

	CASE_EXPECT_EQ(t, iopath_size(env->file), s->size * BLK);
	CASE_EXPECT_EQ(t, iopath_read(env->file, 0, env->buf,
				      SPACE_BLOCKS * BLK), s->size * BLK);
	for (i = 0; i < s->size && !case_has_failed(t); i++)
		CASE_EXPECT(t, space_is((u64 *)(env->buf + i * BLK), i,
					s->block[i]));
	for (i = 0; i < SPACE_BLOCKS && !case_has_failed(t); i++) {
		CASE_EXPECT_EQ(t, iopath_read(env->file, i * BLK, env->buf,
					      BLK), i < s->size ? BLK : 0);
		if (i < s->size)
			CASE_EXPECT(t, space_is((u64 *)env->buf, i,
						s->block[i]));
	}
	env_is_sound(env);
}

/* fsync a part of the file, all of it if @nr is 0; lose the power; mount. */
static void space_crash(struct space *s, u64 block, u64 nr)
{
	u64 last = nr ? (block + nr) * BLK - 1 : U64_MAX;
	struct io_env *env = s->env;

	CASE_EXPECT_EQ(env->t, iopath_fsync(env->file, block * BLK, last), 0);
	env_crash(env, env->t->seed);
}

/* Check, crash after an fsync of all of the file, and check again. */
static void space_check_twice(struct space *s)
{
	space_check(s);
	if (case_has_failed(s->env->t))
		return;
	space_crash(s, 0, 0);
	if (!case_has_failed(s->env->t))
		space_check(s);
}

/* Write all of the file and make it durable. */
static void space_fill(struct space *s)
{
	space_write(s, 0, SPACE_BLOCKS);
	CASE_EXPECT_EQ(s->env->t, iopath_commit(s->env->fs), 0);
}

static bool space_make(struct space *s, struct case_ctx *t,
		       enum iopath_design design, bool nocow)
{
	memset(s, 0, sizeof(*s));
	s->env = env_new(t);
	if (!CASE_EXPECT(t, s->env))
		return false;
	s->env->geo.file_bytes = SPACE_BLOCKS * BLK;
	s->env->geo.nr_files = 3;
	s->env->geo.nr_bgs = 2;
	env_use_nocow(s->env, nocow);
	s->env->geo.empty = true;
	return env_make(s->env, design);
}

/* Run a test on an empty file, in all designs, with and without nocow. */
static void space_run(struct case_ctx *t, void (*test)(struct space *s))
{
	struct space s;
	u32 d, nocow;

	FOR_EACH_DESIGN(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			if (space_make(&s, t, d, nocow))
				test(&s);
			env_free(s.env);
			CASE_PROPAGATE(t);
		}
	}
}

static enum iopath_extent_type space_type(struct space *s, u64 block)
{
	struct iopath_extent item;

	return iopath_item_lookup(s->env->file, block, block, &item) ?
	       item.type : IOPATH_EXTENT_HOLE;
}

static u64 space_place(struct space *s, u64 block)
{
	struct iopath_extent item = { .block = 0 };

	iopath_item_lookup(s->env->file, block, block, &item);
	return item.block;
}

static void prealloc(struct space *s)
{
	struct case_ctx *t = s->env->t;
	u64 place;

	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 2, 20);
	CASE_EXPECT_EQ(t, space_type(s, 1), IOPATH_EXTENT_HOLE);
	CASE_EXPECT_EQ(t, space_type(s, 2), IOPATH_EXTENT_PREALLOC);
	space_check_twice(s);
	/* in place, and only what is written becomes regular */
	place = space_place(s, 6);
	space_write(s, 6, 4);
	CASE_EXPECT_EQ(t, space_place(s, 6), place);
	CASE_EXPECT_EQ(t, space_type(s, 5), IOPATH_EXTENT_PREALLOC);
	CASE_EXPECT_EQ(t, space_type(s, 6), IOPATH_EXTENT_REG);
	CASE_EXPECT_EQ(t, space_type(s, 9), IOPATH_EXTENT_REG);
	CASE_EXPECT_EQ(t, space_type(s, 10), IOPATH_EXTENT_PREALLOC);
	space_check_twice(s);
	/* over a hole, allocated, data, allocated, and behind the end */
	space_write(s, 0, 30);
	space_check_twice(s);
	CASE_EXPECT_EQ(t, s->env->file->nr_prealloc, 0);
	/* nothing to allocate but the end */
	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 10, 30);
	CASE_EXPECT_EQ(t, s->env->file->nr_prealloc, 10);
	space_check_twice(s);
}

static void case_prealloc(struct case_ctx *t)
{
	space_run(t, prealloc);
}

static void zero(struct space *s)
{
	struct space before;

	space_fill(s);
	before = *s;
	space_falloc(s, IOPATH_FALLOC_ZERO, 5, 10);
	space_write(s, 8, 3);
	space_check(s);
	/* without an fsync: the old data was not written to */
	env_crash(s->env, s->env->t->seed);
	*s = before;
	space_check(s);
	space_falloc(s, IOPATH_FALLOC_ZERO, 5, 10);
	space_check_twice(s);
	space_write(s, 8, 3);
	space_falloc(s, IOPATH_FALLOC_ZERO, 0, SPACE_BLOCKS);
	space_check_twice(s);
}

static void case_zero(struct case_ctx *t)
{
	space_run(t, zero);
}

static void punch(struct space *s)
{
	struct io_env *env = s->env;

	space_fill(s);
	space_falloc(s, IOPATH_FALLOC_PUNCH, 5, 10);
	CASE_EXPECT_EQ(env->t, space_type(s, 5), IOPATH_EXTENT_HOLE);
	CASE_EXPECT_EQ(env->t, space_type(s, 15), IOPATH_EXTENT_REG);
	space_check_twice(s);
	space_write(s, 7, 2);
	space_falloc(s, IOPATH_FALLOC_PUNCH, 8, 1);
	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 10, 2);
	space_falloc(s, IOPATH_FALLOC_PUNCH, 0, 1);
	space_check_twice(s);
	/* a full fsync copies items, of which a hole is none */
	space_falloc(s, IOPATH_FALLOC_PUNCH, 20, 5);
	CASE_EXPECT_EQ(env->t, iopath_fsync_full(env->file), 0);
	space_check_twice(s);
	space_falloc(s, IOPATH_FALLOC_PUNCH, 0, SPACE_BLOCKS);
	space_check_twice(s);
}

static void case_punch(struct case_ctx *t)
{
	space_run(t, punch);
}

static void truncate_space(struct space *s)
{
	struct io_env *env = s->env;

	space_fill(s);
	space_truncate(s, 20);
	space_check_twice(s);
	space_truncate(s, 40);
	space_check_twice(s);
	space_truncate(s, 40);
	space_truncate(s, 0);
	space_check_twice(s);
	space_truncate(s, SPACE_BLOCKS);
	space_fill(s);
	/* what was cut off stays away, also if the fsync is not of its range */
	space_truncate(s, 10);
	space_write(s, 30, 4);
	space_crash(s, 30, 4);
	space_check(s);
	space_fill(s);
	space_truncate(s, 10);
	CASE_EXPECT_EQ(env->t, iopath_fsync(env->file, 0, BLK - 1), 0);
	space_truncate(s, 30);
	space_crash(s, 0, 1);
	space_check(s);
	/* and a full fsync says so, too */
	space_fill(s);
	space_truncate(s, 10);
	space_truncate(s, 30);
	CASE_EXPECT_EQ(env->t, iopath_fsync_full(env->file), 0);
	space_check_twice(s);
}

static void case_truncate(struct case_ctx *t)
{
	space_run(t, truncate_space);
}

static void extend(struct space *s)
{
	struct io_env *env = s->env;

	space_check(s);
	space_write(s, 0, 3);
	space_write(s, 3, 1);
	space_check_twice(s);
	/* over the end, and behind a hole */
	space_write(s, 2, 5);
	space_write(s, 12, 2);
	space_check_twice(s);
	CASE_EXPECT_EQ(env->t, space_try_write(s, 14, 4, IOPATH_DSYNC),
		       4 * BLK);
	env_crash(env, env->t->seed);
	space_check(s);
	space_write(s, SPACE_BLOCKS - 1, 1);
	space_check_twice(s);
}

static void case_extend(struct case_ctx *t)
{
	space_run(t, extend);
}

/* An appending write says where it went. */
static void space_append(struct space *s, u32 nr, int expected)
{
	struct io_env *env = s->env;
	u64 at = s->size;
	ssize_t done;
	u32 i;

	s->version++;
	for (i = 0; i < nr; i++)
		space_stamp((u64 *)(env->buf + (size_t)i * BLK), at + i,
			    s->version);
	done = iopath_write(env->file, 0, env->buf, nr * BLK, IOPATH_APPEND);
	if (expected) {
		CASE_EXPECT_EQ(env->t, done, expected);
		return;
	}
	CASE_EXPECT_EQ(env->t, done, nr * BLK);
	for (i = 0; i < nr; i++)
		s->block[at + i] = s->version;
	s->size += nr;
}

static void append(struct space *s)
{
	struct io_env *env = s->env;

	space_append(s, 3, 0);
	space_append(s, 1, 0);
	space_truncate(s, 2);
	space_append(s, 4, 0);
	space_check_twice(s);
	space_append(s, SPACE_BLOCKS, -EFBIG);
	space_append(s, SPACE_BLOCKS - 6, 0);
	space_append(s, 1, -EFBIG);
	space_check_twice(s);
	CASE_EXPECT_EQ(env->t, iopath_write(env->file, 0, env->buf, BLK - 1,
					    IOPATH_APPEND), -EINVAL);
}

static void case_append(struct case_ctx *t)
{
	space_run(t, append);
}

static void bad_arguments(struct space *s)
{
	struct iopath_inode *file = s->env->file;
	struct case_ctx *t = s->env->t;
	u64 most = SPACE_BLOCKS * BLK;
	u32 mode;

	space_write(s, 0, 8);
	for (mode = 0; mode < IOPATH_FALLOC_MODES; mode++) {
		CASE_EXPECT_EQ(t, iopath_fallocate(file, mode, 1, BLK - 1),
			       -EINVAL);
		CASE_EXPECT_EQ(t, iopath_fallocate(file, mode, 0, BLK),
			       -EINVAL);
		CASE_EXPECT_EQ(t, iopath_fallocate(file, mode, BLK, BLK - 1),
			       -EINVAL);
		CASE_EXPECT_EQ(t, iopath_fallocate(file, mode, most,
						   most + BLK - 1), -EINVAL);
		CASE_EXPECT_EQ(t, iopath_fallocate(file, mode, 0, U64_MAX),
			       -EINVAL);
	}
	CASE_EXPECT_EQ(t, iopath_fallocate(file, IOPATH_FALLOC_MODES, 0,
					   BLK - 1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_truncate(file, BLK + 1), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_truncate(file, most + BLK), -EINVAL);
	CASE_EXPECT_EQ(t, iopath_truncate(file, U64_MAX), -EINVAL);
	space_check(s);
}

static void case_space_bad_arguments(struct case_ctx *t)
{
	space_run(t, bad_arguments);
}

/* The other files get as large as they can. */
static void space_fill_others(struct space *s)
{
	u32 ino;

	for (ino = 1; ino < s->env->geo.nr_files; ino++)
		CASE_EXPECT_EQ(s->env->t,
			       iopath_fallocate(iopath_file(s->env->fs, ino),
						IOPATH_FALLOC_ALLOCATE, 0,
						SPACE_BLOCKS * BLK - 1), 0);
}

static void no_space(struct space *s)
{
	struct iopath_inode *file = s->env->file;
	struct case_ctx *t = s->env->t;
	u32 i;

	space_write(s, 0, 20);
	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 16, 10);
	space_fill_others(s);
	space_check(s);
	/* 18 blocks are left */
	CASE_EXPECT_EQ(t, iopath_fallocate(file, IOPATH_FALLOC_ALLOCATE, 0,
					   SPACE_BLOCKS * BLK - 1), -ENOSPC);
	CASE_EXPECT_EQ(t, iopath_fallocate(file, IOPATH_FALLOC_ZERO, 0,
					   19 * BLK - 1), -ENOSPC);
	space_check(s);
	/* what is allocated can be written; the size is put back */
	CASE_EXPECT_EQ(t, space_try_write(s, 21, 21, 0), -ENOSPC);
	for (i = 21; i < 26; i++)
		s->block[i] = s->version;
	space_check_twice(s);
	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 26, 16);
	space_write(s, 20, 22);
	space_check_twice(s);
}

static void case_space_no_space(struct case_ctx *t)
{
	space_run(t, no_space);
}

/* The next write to the data area fails. */
static void space_fail(struct space *s)
{
	struct io_env *env = s->env;

	iopath_ram_fail(env->dev, env->fs->layout.data_first,
			env->geo.bg_blocks * env->geo.nr_bgs, 1);
}

static void io_error(struct space *s)
{
	struct case_ctx *t = s->env->t;

	space_write(s, 0, 8);
	space_fail(s);
	CASE_EXPECT_EQ(t, space_try_write(s, 8, 4, 0), -EIO);
	/* the size stays: what could not be written is a hole */
	s->size = 12;
	space_check(s);
	space_falloc(s, IOPATH_FALLOC_ALLOCATE, 8, 8);
	CASE_EXPECT_EQ(t, iopath_fsync(s->env->file, 0, U64_MAX), 0);
	space_fail(s);
	CASE_EXPECT_EQ(t, space_try_write(s, 9, 2, 0), -EIO);
	CASE_EXPECT_EQ(t, space_type(s, 9), IOPATH_EXTENT_PREALLOC);
	space_check_twice(s);
	space_write(s, 9, 2);
	space_check_twice(s);
}

static void case_space_io_error(struct case_ctx *t)
{
	space_run(t, io_error);
}

static void random_op(struct space *s, struct prng *prng)
{
	u32 nr = 1 + prng_below(prng, 16);
	u32 block = prng_below(prng, SPACE_BLOCKS - nr + 1);

	switch (prng_below(prng, 8)) {
	case 0:
		space_truncate(s, block);
		break;
	case 1:
	case 2:
		space_falloc(s, IOPATH_FALLOC_ALLOCATE, block, nr);
		break;
	case 3:
		space_falloc(s, IOPATH_FALLOC_PUNCH, block, nr);
		break;
	case 4:
		space_falloc(s, IOPATH_FALLOC_ZERO, block, nr);
		break;
	case 5:
		CASE_EXPECT_EQ(s->env->t, iopath_fsync(s->env->file, block * BLK,
						       (block + nr) * BLK - 1),
			       0);
		break;
	default:
		space_write(s, block, nr);
		break;
	}
}

static void random_ops(struct space *s)
{
	struct case_ctx *t = s->env->t;
	struct prng prng;
	u32 i, ops;

	prng_seed(&prng, t->seed);
	for (i = 0; i < t->scale && !case_has_failed(t); i++) {
		for (ops = prng_below(&prng, 8); ops; ops--)
			random_op(s, &prng);
		if (prng_below(&prng, 4) == 0)
			CASE_EXPECT_EQ(t, iopath_fsync_full(s->env->file), 0);
		space_check_twice(s);
	}
}

static void case_space_random(struct case_ctx *t)
{
	space_run(t, random_ops);
}

const struct case_desc cases_iopath_space[] = {
	{ "prealloc", case_prealloc },
	{ "zero", case_zero },
	{ "punch", case_punch },
	{ "truncate", case_truncate },
	{ "extend", case_extend },
	{ "append", case_append },
	{ "bad_arguments", case_space_bad_arguments },
	{ "no_space", case_space_no_space },
	{ "io_error", case_space_io_error },
	{ "random", case_space_random },
	{ NULL, NULL },
};
