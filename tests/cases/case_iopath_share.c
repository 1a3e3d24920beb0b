// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Shared extents: reflink, writes to what is shared, relocation of it, crashes.
 * Three files beside a model in memory that knows what each block must contain.
 */
#include "case_iopath.h"
#include "share_model.h"

/* Of each design, copying with checksums and in place without. */
static void for_each_kind(struct case_ctx *t, void (*fn)(struct share *s),
			  void (*tune)(struct iopath_geometry *geo))
{
	struct share *s;
	u32 d, nocow;

	FOR_EACH_DESIGN(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			s = share_new(t, d, nocow, tune);
			if (s)
				fn(s);
			share_free(s);
			CASE_PROPAGATE(t);
		}
	}
}

static u64 free_blocks(struct share *s)
{
	CASE_EXPECT_EQ(s->env->t, iopath_commit(s->env->fs), 0);
	return s->env->fs->space.free;
}

/* Both files have the data, no block is used twice, and neither changes both. */
static void both_have_it(struct share *s)
{
	struct case_ctx *t = s->env->t;
	u64 before;

	if (!share_write(s, 0, 0, 16))
		return;
	before = free_blocks(s);
	/* with a hole at the end, which takes something away */
	share_write(s, 1, 15, 4);
	share_reflink(s, 0, 2, 1, 1, 18);
	CASE_EXPECT_EQ(t, free_blocks(s), before);
	share_check(s);
	share_write(s, 0, 3, 1);
	share_write(s, 1, 4, 3);
	share_check(s);
	CASE_EXPECT_EQ(t, free_blocks(s), before - 4);
	/* shared by nobody any more: their own again */
	share_write(s, 0, 3, 1);
	share_write(s, 1, 3, 5);
	share_check(s);
	share_sound(s);
	if (share_remount(s))
		share_check(s);
}

static void case_share_both(struct case_ctx *t)
{
	for_each_kind(t, both_have_it, NULL);
}

/* Two parts of one file, in both directions. */
static void within_a_file(struct share *s)
{
	share_write(s, 0, 0, 8);
	share_reflink(s, 0, 0, 0, 20, 8);
	share_check(s);
	share_write(s, 0, 21, 2);
	share_reflink(s, 0, 20, 0, 4, 8);
	share_write(s, 0, 0, 1);
	share_check(s);
	share_sound(s);
}

static void case_share_within(struct case_ctx *t)
{
	for_each_kind(t, within_a_file, NULL);
}

static void refuse(struct share *s, u32 src, u64 src_pos, u32 dst, u64 dst_pos,
		   u64 len)
{
	struct iopath_fs *fs = s->env->fs;

	CASE_EXPECT_EQ(s->env->t,
		       iopath_reflink(iopath_file(fs, src), src_pos,
				      iopath_file(fs, dst), dst_pos, len),
		       -EINVAL);
}

static void bad_reflinks(struct share *s)
{
	u64 size = s->env->geo.file_bytes;

	share_write(s, 0, 0, 8);
	refuse(s, 0, 0, 1, 0, 0);
	refuse(s, 0, 1, 1, 0, BLK);
	refuse(s, 0, 0, 1, 512, BLK);
	refuse(s, 0, 0, 1, 0, BLK + 1);
	refuse(s, 0, size, 1, 0, BLK);
	refuse(s, 0, 0, 1, size - BLK, 2 * BLK);
	refuse(s, 0, U64_MAX - BLK + 1, 1, 0, BLK);
	refuse(s, 0, 0, 0, 0, BLK);
	refuse(s, 0, 0, 0, BLK, 2 * BLK);
	refuse(s, 0, BLK, 0, 0, 2 * BLK);
	share_check(s);
	share_sound(s);
}

static void case_share_refused(struct case_ctx *t)
{
	for_each_kind(t, bad_reflinks, NULL);
}

/* One copy for all who share it, wherever they are. */
static void move_shared(struct share *s)
{
	struct case_ctx *t = s->env->t;
	u64 before;
	u32 bg;

	share_write(s, 0, 0, 24);
	share_reflink(s, 0, 0, 1, 10, 20);
	share_reflink(s, 1, 12, 2, 0, 6);
	share_reflink(s, 0, 4, 0, 30, 10);
	/* an item of the middle, and one that nobody shares */
	share_write(s, 1, 15, 1);
	share_write(s, 0, 23, 1);
	before = free_blocks(s);
	for (bg = 0; bg < s->env->geo.nr_bgs; bg++) {
		CASE_EXPECT_EQ(t, iopath_relocate(s->env->fs, bg), 0);
		CASE_EXPECT(t, !iopath_item_in_bg(s->env->file,
						  &s->env->fs->bgs[bg], 0,
						  &s->item));
		CASE_EXPECT_EQ(t, free_blocks(s), before);
		share_check(s);
		share_sound(s);
	}
	share_write(s, 0, 5, 3);
	share_check(s);
	share_sound(s);
}

static void case_share_relocate(struct case_ctx *t)
{
	for_each_kind(t, move_shared, NULL);
}

static void tight(struct iopath_geometry *geo)
{
	geo->file_bytes = 42 * BLK;
	geo->nr_bgs = 2;
}

/* A reflink needs no space; a write to what is shared does. */
static void without_space(struct share *s)
{
	struct iopath_inode *file = iopath_file(s->env->fs, 1);
	struct case_ctx *t = s->env->t;

	share_write(s, 0, 0, 42);
	share_write(s, 2, 0, 42);
	share_write(s, 1, 0, 42);
	share_reflink(s, 0, 0, 1, 0, 1);
	CASE_EXPECT_EQ(t, iopath_space_reserve(s->env->fs, 3), 0);
	CASE_EXPECT_EQ(t, iopath_write(file, 0, s->env->buf, BLK, 0), -ENOSPC);
	share_reflink(s, 0, 1, 1, 1, 41);
	share_check(s);
	/* which gives space back, after a commit */
	share_write(s, 1, 0, 2);
	iopath_space_return(s->env->fs, 3);
	share_check(s);
	share_sound(s);
}

static void case_share_no_space(struct case_ctx *t)
{
	for_each_kind(t, without_space, tight);
}

/* What is dirty in the page cache is cloned, too; the target's pages are old. */
static void dirty_pages(struct share *s)
{
	struct iopath_inode *src = iopath_file(s->env->fs, 0);
	struct iopath_inode *dst = iopath_file(s->env->fs, 1);
	struct case_ctx *t = s->env->t;
	u32 content;

	share_write(s, 1, 0, 8);
	CASE_EXPECT_EQ(t, iopath_buffered_read(dst, 0, s->env->buf, 8 * BLK),
		       8 * BLK);
	content = share_fill(s, s->env->buf, 4);
	CASE_EXPECT_EQ(t, iopath_buffered_write(src, 0, s->env->buf, 4 * BLK),
		       4 * BLK);
	share_wrote(s, 0, 0, 4, content);
	share_reflink(s, 0, 0, 1, 2, 4);
	CASE_EXPECT_EQ(t, iopath_buffered_read(dst, 2 * BLK, s->env->buf, BLK),
		       BLK);
	CASE_EXPECT_EQ(t, *(u32 *)s->env->buf, content);
	share_check(s);
	share_sound(s);
}

static void case_share_pages(struct case_ctx *t)
{
	for_each_kind(t, dirty_pages, NULL);
}

static void empty(struct iopath_geometry *geo)
{
	geo->empty = true;
}

/* The target grows; the source must be there. */
static void beyond_the_end(struct share *s)
{
	struct iopath_inode *dst = iopath_file(s->env->fs, 1);
	struct case_ctx *t = s->env->t;

	share_write(s, 0, 0, 8);
	refuse(s, 0, 4 * BLK, 1, 0, 5 * BLK);
	CASE_EXPECT_EQ(t, iopath_size(dst), 0);
	share_reflink(s, 0, 0, 1, 4, 8);
	CASE_EXPECT_EQ(t, iopath_size(dst), 12 * BLK);
	share_fsync(s, 1);
	share_sound(s);
	if (!env_crash(s->env, t->seed))
		return;
	dst = iopath_file(s->env->fs, 1);
	CASE_EXPECT_EQ(t, iopath_size(dst), 12 * BLK);
	CASE_EXPECT_EQ(t, iopath_read(dst, 4 * BLK, s->env->buf, 8 * BLK),
		       8 * BLK);
	CASE_EXPECT_EQ(t, *(u32 *)s->env->buf, 1);
	share_sound(s);
}

static void case_share_grow(struct case_ctx *t)
{
	for_each_kind(t, beyond_the_end, empty);
}

/* The log alone brings back what an fsync has seen. */
static void crash_after_fsync(struct share *s)
{
	share_write(s, 0, 0, 16);
	share_write(s, 1, 0, 16);
	share_sync(s);
	share_reflink(s, 0, 0, 1, 4, 8);
	share_write(s, 0, 2, 2);
	share_fsync(s, 1);
	share_fsync(s, 0);
	if (!share_crash(s))
		return;
	/* a hole is no extent that a record could have */
	share_reflink(s, 2, 0, 1, 2, 8);
	share_fsync(s, 1);
	share_crash(s);
}

static void case_share_crash(struct case_ctx *t)
{
	for_each_kind(t, crash_after_fsync, NULL);
}

/*
 * A block is shared in the last commit, and one owner has left it since.  The
 * other one must not write in place: after a crash the first one is back.
 */
static void crash_after_leaving(struct share *s)
{
	share_write(s, 0, 0, 4);
	share_reflink(s, 0, 0, 1, 0, 4);
	share_sync(s);
	share_write(s, 1, 0, 4);
	share_write(s, 0, 0, 4);
	share_fsync(s, 0);
	share_crash(s);
}

static void case_share_crash_left(struct case_ctx *t)
{
	for_each_kind(t, crash_after_leaving, NULL);
}

static void random_mix(struct share *s)
{
	static const u32 weight[SHARE_OPS] = {
		[SHARE_RELOCATE] = 1,
		[SHARE_SYNC] = 1,
		[SHARE_FSYNC] = 2,
		[SHARE_CRASH] = 1,
		[SHARE_REFLINK] = 5,
		[SHARE_WRITE] = 6,
	};

	share_random(s, s->env->t->seed + s->env->geo.nocow, weight);
}

static void case_share_random(struct case_ctx *t)
{
	for_each_kind(t, random_mix, NULL);
}

/* Beside workers that write all over file 0: whatever shares its blocks. */
static void share_under_load(struct io_env *env, u64 seed)
{
	u32 blocks = (u32)(env->geo.file_bytes / BLK);
	struct case_ctx *t = env->t;
	struct io_workers *workers;
	struct prng prng;
	u32 i, nr, at, to;

	prng_seed(&prng, seed);
	workers = io_workers_start(env, seed, true);
	if (!workers)
		return;
	for (i = 0; i < 20 * t->scale && !case_has_failed(t); i++) {
		nr = 1 + prng_below(&prng, 24);
		at = prng_below(&prng, blocks - nr + 1);
		to = prng_below(&prng, blocks - nr + 1);
		/* file 0 is the workers': only source */
		CASE_EXPECT_EQ(t, iopath_reflink(env->file, at * BLK,
						 iopath_file(env->fs, 1),
						 to * BLK, nr * BLK), 0);
		CASE_EXPECT_EQ(t, iopath_reflink(iopath_file(env->fs, 1),
						 to * BLK,
						 iopath_file(env->fs, 2),
						 at * BLK, nr * BLK), 0);
		if (i % 4 == 3)
			CASE_EXPECT_EQ(t, iopath_relocate(env->fs, i / 4 %
						env->geo.nr_bgs), 0);
		if (i % 16 == 15)
			CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);
	}
	io_workers_stop(workers);
	env_check(env, IOPATH_FLOOR_ACKED);
	env_is_sound(env);
}

static void load_of_kind(struct case_ctx *t, bool nocow, bool cow_fork)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		/* the others are for what goes wrong with them */
		if (!iopath_design_is_offered(d))
			continue;
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.nr_files = 3;
		env->geo.nr_bgs = 6;
		env->geo.nocow = nocow;
		env->geo.cow_fork = cow_fork;
		env->geo.cowextsize = 8;
		env->geo.datasum = !nocow && !cow_fork;
		env->ram.latency_ns = 5000;
		if (env_make(env, d) && env_fill(env))
			share_under_load(env, t->seed + d);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void case_share_load_cow(struct case_ctx *t)
{
	load_of_kind(t, false, false);
}

static void case_share_load_nocow(struct case_ctx *t)
{
	load_of_kind(t, true, false);
}

static void case_share_load_fork(struct case_ctx *t)
{
	load_of_kind(t, false, true);
}

const struct case_desc cases_iopath_share[] = {
	{ "share_both", case_share_both },
	{ "share_within", case_share_within },
	{ "share_refused", case_share_refused },
	{ "share_relocate", case_share_relocate },
	{ "share_no_space", case_share_no_space },
	{ "share_pages", case_share_pages },
	{ "share_grow", case_share_grow },
	{ "share_crash", case_share_crash },
	{ "share_crash_left", case_share_crash_left },
	{ "share_random", case_share_random },
	{ "share_load_cow", case_share_load_cow },
	{ "share_load_nocow", case_share_load_nocow },
	{ "share_load_fork", case_share_load_fork },
	{ NULL, NULL },
};
