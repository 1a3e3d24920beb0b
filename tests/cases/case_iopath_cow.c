// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * File systems with CoW forks: in place but for what is shared, enlarged
 * allocations, what they leave over, writes in flight that overlap.
 */
#include "iopath_cow.h"
#include "share_model.h"

static void with_fork(struct iopath_geometry *geo)
{
	geo->nocow = false;
	geo->datasum = false;
	geo->cow_fork = true;
	geo->cowextsize = 8;
}

static void for_each_design(struct case_ctx *t, void (*fn)(struct share *s))
{
	struct share *s;
	u32 d;

	FOR_EACH_DESIGN(d) {
		s = share_new(t, d, true, with_fork);
		if (s)
			fn(s);
		share_free(s);
		CASE_PROPAGATE(t);
	}
}

static u64 fork_blocks(struct share *s, u32 file)
{
	u64 blocks = 0, reserved = 0;

	iopath_cow_count(iopath_file(s->env->fs, file), &blocks, &reserved);
	return blocks + reserved;
}

static u64 block_of(struct share *s, u32 file, u64 block)
{
	CASE_EXPECT(s->env->t, iopath_item_lookup(iopath_file(s->env->fs, file),
						  block, block, &s->item));
	return s->item.block;
}

/* Shared blocks move, and once they are alone the next write stays. */
static void in_place_or_not(struct share *s)
{
	struct case_ctx *t = s->env->t;
	u64 before, after;

	share_write(s, 0, 0, 16);
	share_sync(s);
	before = block_of(s, 0, 3);
	share_write(s, 0, 2, 4);
	CASE_EXPECT_EQ(t, block_of(s, 0, 3), before);
	share_reflink(s, 0, 0, 1, 0, 8);
	share_write(s, 0, 2, 4);
	after = block_of(s, 0, 3);
	CASE_EXPECT(t, after != before);
	CASE_EXPECT_EQ(t, block_of(s, 1, 3), before);
	share_write(s, 0, 2, 4);
	CASE_EXPECT_EQ(t, block_of(s, 0, 3), after);
	/* the clone is alone now, but the last commit does not know */
	share_check(s);
	share_sync(s);
	share_write(s, 1, 2, 4);
	CASE_EXPECT_EQ(t, block_of(s, 1, 3), before);
	share_check(s);
	share_sound(s);
	if (share_remount(s))
		share_check(s);
}

static void case_cow_in_place(struct case_ctx *t)
{
	for_each_design(t, in_place_or_not);
}

/* Blocks 0-2 are shared: a write to 1 gets 0-7, and leaves 7 blocks over. */
static void enlarged(struct share *s)
{
	struct case_ctx *t = s->env->t;
	u64 used;

	share_write(s, 0, 0, 8);
	share_reflink(s, 0, 0, 1, 0, 3);
	CASE_EXPECT_EQ(t, fork_blocks(s, 0), 0);
	share_write(s, 0, 1, 1);
	CASE_EXPECT_EQ(t, fork_blocks(s, 0), 7);
	share_sound(s);
	/* from what is left over, and nothing for the rest in place */
	used = s->env->fs->space.free;
	share_write(s, 0, 0, 8);
	CASE_EXPECT_EQ(t, fork_blocks(s, 0), 5);
	CASE_EXPECT_EQ(t, s->env->fs->space.free, used);
	share_check(s);
	share_sound(s);
	CASE_EXPECT(t, iopath_cow_reclaim(s->env->fs));
	CASE_EXPECT(t, !iopath_cow_reclaim(s->env->fs));
	CASE_EXPECT_EQ(t, fork_blocks(s, 0), 0);
	CASE_EXPECT_EQ(t, iopath_commit(s->env->fs), 0);
	CASE_EXPECT_EQ(t, s->env->fs->space.free, used + 5);
	share_check(s);
	share_sound(s);
}

static void case_cow_enlarged(struct case_ctx *t)
{
	for_each_design(t, enlarged);
}

/* Leftovers do not count as used when space is short. */
static void short_of_space(struct share *s)
{
	u64 free;

	share_write(s, 0, 0, 8);
	share_reflink(s, 0, 0, 1, 0, 8);
	share_write(s, 0, 0, 1);
	free = s->env->fs->space.free;
	CASE_EXPECT_EQ(s->env->t, fork_blocks(s, 0), 7);
	CASE_EXPECT_EQ(s->env->t,
		       iopath_space_reserve(s->env->fs, (u32)free + 5), 0);
	CASE_EXPECT_EQ(s->env->t, fork_blocks(s, 0), 0);
	iopath_space_return(s->env->fs, (u32)free + 5);
	share_check(s);
	share_sound(s);
}

static void case_cow_space(struct case_ctx *t)
{
	for_each_design(t, short_of_space);
}

/* A write that fails changes nothing, and its blocks are no data of anybody. */
static void failed_write(struct share *s)
{
	struct io_env *env = s->env;

	share_write(s, 0, 0, 8);
	share_reflink(s, 0, 0, 1, 0, 4);
	share_sync(s);
	iopath_ram_fail(env->dev, env->fs->layout.data_first,
			env->geo.bg_blocks * env->geo.nr_bgs, 1);
	CASE_EXPECT_EQ(env->t, iopath_write(iopath_file(env->fs, 0), BLK,
					    env->buf, BLK, 0), -EIO);
	share_check(s);
	share_sound(s);
	/* in place next to it, and over it when it is shared no more */
	share_write(s, 0, 4, 4);
	share_reflink(s, 2, 0, 1, 0, 4);
	share_sync(s);
	share_write(s, 0, 0, 8);
	share_check(s);
	share_sound(s);
}

static void case_cow_failed(struct case_ctx *t)
{
	for_each_design(t, failed_write);
}

#define AIOS	4U

/**
 * struct cow_aio - a write in flight
 * @io:   the write
 * @left: writes that have not ended
 * @buf:  data
 */
struct cow_aio {
	struct iopath_io io;
	atomic_t *left;
	char *buf;
};

static void cow_aio_done(struct iopath_io *io)
{
	struct cow_aio *aio = container_of(io, struct cow_aio, io);

	/* full barrier: pairs with the one in overlapping() */
	atomic_dec_return(aio->left);
}

static bool cow_aio_start(struct share *s, struct cow_aio *aio, u64 block,
			  u32 nr, atomic_t *left, u32 *content)
{
	aio->buf = rlenv_alloc_big(nr * BLK);
	if (!CASE_EXPECT(s->env->t, aio->buf))
		return false;
	*content = share_fill(s, aio->buf, nr);
	aio->left = left;
	aio->io.pos = block * BLK;
	aio->io.len = nr * BLK;
	aio->io.flags = IOPATH_WRITE;
	aio->io.buf = aio->buf;
	aio->io.done = cow_aio_done;
	atomic_inc(left);
	if (CASE_EXPECT_EQ(s->env->t,
			   iopath_submit(iopath_file(s->env->fs, 0), &aio->io),
			   0))
		return true;
	atomic_dec(left);
	return false;
}

/*
 * Writes that overlap, all in flight at once where the design lets them: which
 * one wins is not said, but it is one of them, and nothing is left or lost.
 */
static void overlapping(struct share *s)
{
	static const struct { u32 block, nr; } range[AIOS] = {
		{ 0, 2 }, { 0, 1 }, { 2, 1 }, { 0, 2 },
	};
	struct cow_aio *aio = rlenv_alloc(AIOS * sizeof(*aio));
	struct case_ctx *t = s->env->t;
	atomic_t left = ATOMIC_INIT(0);
	u32 i, found, content[AIOS];

	if (!CASE_EXPECT(t, aio))
		return;
	share_write(s, 0, 0, 8);
	share_reflink(s, 0, 0, 1, 0, 8);
	for (i = 0; i < AIOS; i++)
		if (!cow_aio_start(s, &aio[i], range[i].block, range[i].nr,
				   &left, &content[i]))
			break;
	while (atomic_read(&left))
		rlenv_sleep_ns(100000);
	/* full barrier: pairs with atomic_dec_return() at the end of each */
	atomic_inc_return(&left);
	for (i = 0; i < AIOS; i++)
		CASE_EXPECT_EQ(t, aio[i].io.result, range[i].nr * BLK);
	for (i = 0; i < 3; i++) {
		iopath_read(iopath_file(s->env->fs, 0), i * BLK, s->env->buf,
			    BLK);
		found = *(u32 *)s->env->buf;
		CASE_EXPECT(t, i == 2 ? found == content[2] :
			    found == content[0] || found == content[3] ||
			    (i == 0 && found == content[1]));
		share_wrote(s, 0, i, 1, found);
	}
	share_check(s);
	share_sound(s);
	for (i = 0; i < AIOS; i++)
		rlenv_free_big(aio[i].buf);
	rlenv_free(aio);
}

static void case_cow_overlap(struct case_ctx *t)
{
	for_each_design(t, overlapping);
}

static void random_mix(struct share *s)
{
	static const u32 weight[SHARE_OPS] = {
		[SHARE_RELOCATE] = 1,
		[SHARE_SYNC] = 1,
		[SHARE_FSYNC] = 1,
		[SHARE_CRASH] = 1,
		[SHARE_REFLINK] = 3,
		[SHARE_RECLAIM] = 1,
		[SHARE_WRITE] = 8,
	};

	share_random(s, s->env->t->seed, weight);
}

static void case_cow_random(struct case_ctx *t)
{
	for_each_design(t, random_mix);
}

const struct case_desc cases_iopath_cow[] = {
	{ "cow_in_place", case_cow_in_place },
	{ "cow_enlarged", case_cow_enlarged },
	{ "cow_space", case_cow_space },
	{ "cow_failed", case_cow_failed },
	{ "cow_overlap", case_cow_overlap },
	{ "cow_random", case_cow_random },
	{ NULL, NULL },
};
