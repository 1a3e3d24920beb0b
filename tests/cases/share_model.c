// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The model of files that share blocks.  Each write has a number, and fills its
 * blocks with it.
 */
#include "iopath_cow.h"
#include "share_model.h"

#define SECTOR_WORDS	(IOPATH_SECTOR_SIZE / sizeof(u32))
#define BLOCK_WORDS	(BLK / sizeof(u32))

/* A sector that is no content at all. */
#define GARBAGE		U32_MAX

static u64 share_blocks(const struct share *s)
{
	return s->env->geo.file_bytes / BLK;
}

static bool writes_in_place(const struct share *s)
{
	return s->env->geo.nocow || s->env->geo.cow_fork;
}

/**
 * share_new() - a file system with three empty files
 * @t:      case
 * @design: design
 * @nocow:  in place without checksums, else copying with checksums
 * @tune:   may change the geometry; or NULL
 *
 * Return: it, or NULL after a failed check.
 */
struct share *share_new(struct case_ctx *t, enum iopath_design design,
			bool nocow, void (*tune)(struct iopath_geometry *geo))
{
	struct share *s = rlenv_alloc(sizeof(*s));
	u64 block;
	u32 file;

	if (!CASE_EXPECT(t, s))
		return NULL;
	s->env = env_new(t);
	if (!CASE_EXPECT(t, s->env))
		goto fail;
	s->env->geo.nr_files = SHARE_FILES;
	s->env->geo.nr_bgs = 4;
	env_use_nocow(s->env, nocow);
	if (tune)
		tune(&s->env->geo);
	for (file = 0; file < SHARE_FILES; file++) {
		s->block[file] = rlenv_alloc(share_blocks(s) *
					     sizeof(*s->block[file]));
		if (!CASE_EXPECT(t, s->block[file]))
			goto fail;
		for (block = 0; block < share_blocks(s); block++)
			s->block[file][block].nr = 1;
	}
	if (env_make(s->env, design))
		return s;
fail:
	share_free(s);
	return NULL;
}

void share_free(struct share *s)
{
	u32 file;

	if (!s)
		return;
	for (file = 0; file < SHARE_FILES; file++)
		rlenv_free(s->block[file]);
	env_free(s->env);
	rlenv_free(s);
}

static u32 block_now(const struct share_block *block)
{
	return block->past[block->nr - 1];
}

/* A block has another content.  A past that is too long loses its middle. */
static void block_set(struct share_block *block, u32 content)
{
	if (block->nr == SHARE_PAST)
		block->nr--;
	block->past[block->nr++] = content;
}

static void block_settle(struct share_block *block, u32 content)
{
	block->past[0] = content;
	block->nr = 1;
}

/* Fill a buffer for a write of @nr blocks.  Return: its content. */
u32 share_fill(struct share *s, void *buf, u32 nr)
{
	u32 *words = buf;
	u32 i;

	s->last++;
	for (i = 0; i < nr * BLOCK_WORDS; i++)
		words[i] = s->last;
	return s->last;
}

/* A write with this content has been acknowledged. */
void share_wrote(struct share *s, u32 file, u64 block, u32 nr, u32 content)
{
	u32 i;

	for (i = 0; i < nr; i++)
		block_set(&s->block[file][block + i], content);
}

bool share_write(struct share *s, u32 file, u64 block, u32 nr)
{
	u32 content = share_fill(s, s->env->buf, nr);
	ssize_t done;

	done = iopath_write(iopath_file(s->env->fs, file), block * BLK,
			    s->env->buf, nr * BLK, 0);
	share_wrote(s, file, block, nr, content);
	return CASE_EXPECT_EQ(s->env->t, done, nr * BLK);
}

bool share_reflink(struct share *s, u32 src, u64 src_block, u32 dst,
		   u64 dst_block, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		block_set(&s->block[dst][dst_block + i],
			  block_now(&s->block[src][src_block + i]));
	return CASE_EXPECT_EQ(s->env->t,
			      iopath_reflink(iopath_file(s->env->fs, src),
					     src_block * BLK,
					     iopath_file(s->env->fs, dst),
					     dst_block * BLK, nr * BLK), 0);
}

static void file_settle(struct share *s, u32 file)
{
	u64 block;

	for (block = 0; block < share_blocks(s); block++)
		block_settle(&s->block[file][block],
			     block_now(&s->block[file][block]));
}

/* Make all of a file durable. */
bool share_fsync(struct share *s, u32 file)
{
	if (!CASE_EXPECT_EQ(s->env->t,
			    iopath_fsync(iopath_file(s->env->fs, file), 0,
					 U64_MAX), 0))
		return false;
	file_settle(s, file);
	return true;
}

/* Make everything durable by a commit. */
bool share_sync(struct share *s)
{
	u32 file;

	if (!CASE_EXPECT_EQ(s->env->t, iopath_commit(s->env->fs), 0))
		return false;
	/* a write in place has no item that a commit would see */
	for (file = 0; file < SHARE_FILES; file++)
		if (!share_fsync(s, file))
			return false;
	return true;
}

static u32 sector_content(const u32 *words)
{
	u32 i;

	for (i = 1; i < SECTOR_WORDS; i++)
		if (words[i] != words[0])
			return GARBAGE;
	return words[0];
}

static bool block_may_be(const struct share_block *block, u32 content)
{
	u32 i;

	for (i = 0; i < block->nr; i++)
		if (block->past[i] == content)
			return true;
	return false;
}

/* The content of a block that was read, GARBAGE if it cannot be. */
static u32 block_judge(struct share *s, const struct share_block *block,
		       const u32 *words, bool crashed)
{
	u32 sector, content, first = sector_content(words);

	for (sector = 0; sector < BLK / IOPATH_SECTOR_SIZE; sector++) {
		content = sector_content(words + sector * SECTOR_WORDS);
		if (!crashed && content != block_now(block))
			return GARBAGE;
		if (!block_may_be(block, content))
			return GARBAGE;
		/* only what is written in place may be torn */
		if (content != first && !writes_in_place(s))
			return GARBAGE;
	}
	return first;
}

static bool read_block(struct share *s, u32 file, u64 block)
{
	return CASE_EXPECT_EQ(s->env->t,
			      iopath_read(iopath_file(s->env->fs, file),
					  block * BLK, s->env->buf, BLK), BLK);
}

static bool file_check(struct share *s, u32 file, bool crashed)
{
	struct share_block *block = s->block[file];
	u64 i;

	for (i = 0; i < share_blocks(s); i++) {
		if (!read_block(s, file, i))
			return false;
		if (block_judge(s, &block[i], (const u32 *)s->env->buf,
				crashed) == GARBAGE) {
			case_fail_eq(s->env->t, __FILE__, __LINE__,
				     "content of file * 1000 + block",
				     file * 1000 + i,
				     *(const u32 *)s->env->buf);
			return false;
		}
	}
	return true;
}

/* Every block of every file has its content. */
bool share_check(struct share *s)
{
	u32 file;

	for (file = 0; file < SHARE_FILES; file++)
		if (!file_check(s, file, false))
			return false;
	return true;
}

bool share_sound(struct share *s)
{
	return env_is_sound(s->env);
}

bool share_remount(struct share *s)
{
	return env_remount(s->env);
}

/* After a crash each file is rewritten where it was torn, so that all is known. */
static bool file_adopt(struct share *s, u32 file)
{
	u32 content;
	u64 i;

	for (i = 0; i < share_blocks(s); i++) {
		if (!read_block(s, file, i))
			return false;
		content = block_judge(s, &s->block[file][i],
				      (const u32 *)s->env->buf, true);
		block_settle(&s->block[file][i], content);
		if (writes_in_place(s) && !share_write(s, file, i, 1))
			return false;
	}
	return true;
}

/* Lose what is not durable; what is left is the model from here on. */
bool share_crash(struct share *s)
{
	u32 file;

	if (!env_crash(s->env, s->env->t->seed + s->last))
		return false;
	for (file = 0; file < SHARE_FILES; file++)
		if (!file_check(s, file, true))
			return false;
	for (file = 0; file < SHARE_FILES; file++)
		if (!file_adopt(s, file))
			return false;
	return share_sync(s);
}

static bool random_op(struct share *s, struct prng *prng, const u32 *weight)
{
	u32 blocks = (u32)share_blocks(s);
	u32 nr = 1 + prng_below(prng, 12);
	u32 file = prng_below(prng, SHARE_FILES);
	u32 other = prng_below(prng, SHARE_FILES);
	u32 at = prng_below(prng, blocks - nr + 1);
	u32 to = prng_below(prng, blocks - nr + 1);
	u32 bg = prng_below(prng, s->env->geo.nr_bgs);

	switch (case_pick(prng, weight, SHARE_OPS)) {
	case SHARE_RELOCATE:
		return CASE_EXPECT_EQ(s->env->t,
				      iopath_relocate(s->env->fs, bg), 0);
	case SHARE_SYNC:
		return share_sync(s);
	case SHARE_FSYNC:
		return share_fsync(s, file);
	case SHARE_CRASH:
		return share_crash(s) && share_sound(s);
	case SHARE_REFLINK:
		if (file == other && at < to + nr && to < at + nr)
			return true;
		return share_reflink(s, file, at, other, to, nr);
	case SHARE_RECLAIM:
		iopath_cow_reclaim(s->env->fs);
		return true;
	default:
		return share_write(s, file, at, nr);
	}
}

/**
 * share_random() - anything on anything, compared with the model now and then
 * @s:      files
 * @seed:   of the choices
 * @weight: how often each enum share_op
 */
void share_random(struct share *s, u64 seed, const u32 *weight)
{
	struct prng prng;
	u32 i, rounds = case_rounds(s->env->t, 60);

	prng_seed(&prng, seed);
	for (i = 0; i < rounds; i++) {
		if (!random_op(s, &prng, weight))
			return;
		if (i % 8 == 7 && !(share_check(s) && share_sound(s)))
			return;
	}
	share_check(s);
	share_sound(s);
}
