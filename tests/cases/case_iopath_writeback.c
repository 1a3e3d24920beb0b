// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Writeback: what an fsync has promised is there after a crash, and what has
 * failed is told.
 */
#include "page_model.h"

/* What an fsync has promised is there; the rest is old or new, never both. */
static void crash_run(struct io_env *env, struct model *model)
{
	struct case_ctx *t = env->t;
	u32 i, number;

	/* durable: 10 bytes into block 1 and a part of block 3 */
	if (!model_write(model, BLK + 10, 2 * BLK + 100) ||
	    !CASE_EXPECT_EQ(t, iopath_fsync(env->file, BLK + 10, 3 * BLK), 0))
		return;
	/* on the device or not, but not durable */
	number = model->number + 1;
	memset(model->buf, 0, BLK);
	for (i = 0; i < BLK; i++)
		model->buf[i] = page_stamp(number, 8 * BLK + i);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, 8 * BLK, model->buf,
						BLK), BLK);
	if (t->seed & 1)
		iopath_flush(env->file, 8 * BLK, 9 * BLK - 1);
	if (!env_crash(env, t->seed))
		return;
	model_read(model, 0, 5 * BLK);
	if (!CASE_EXPECT_EQ(t, iopath_read(env->file, 8 * BLK, model->buf, BLK),
			    BLK))
		return;
	/* in place, a block may be torn, a sector not */
	for (i = 0; i < BLK; i++) {
		u32 at = round_down(i, IOPATH_SECTOR_SIZE);
		bool is_new = model->buf[at] == page_stamp(number, 8 * BLK + at);
		char want = is_new ? page_stamp(number, 8 * BLK + i) :
				     model->bytes[8 * BLK + i];

		if (!CASE_EXPECT_EQ(t, model->buf[i], want))
			break;
	}
	env_is_sound(env);
}

/* What an fsync of all of the file returns. */
static bool fsync_returns(struct io_env *env, int expected)
{
	return CASE_EXPECT_EQ(env->t, iopath_fsync(env->file, 0, U64_MAX),
			      expected);
}

/* @run begins with 16 durable blocks and a form of fsync. */
static void with_model(struct case_ctx *t, enum iopath_design design,
		       enum iopath_era era, bool nocow,
		       void (*run)(struct io_env *env, struct model *model))
{
	struct iopath_knobs knobs = { .era = era };
	struct io_env *env = env_new(t);
	struct model *model;

	CASE_CHECK(t, env);
	env_use_nocow(env, nocow);
	model = model_new(env);
	if (model && env_make(env, design) && model_write(model, 0, 16 * BLK) &&
	    fsync_returns(env, 0)) {
		iopath_set_knobs(env->fs, &knobs);
		run(env, model);
	}
	model_free(model);
	env_free(env);
}

static void case_buffered_crash(struct case_ctx *t)
{
	u32 d, nocow, round;

	FOR_EACH_OFFERED(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			for (round = 0; round < 2; round++) {
				t->seed++;
				with_model(t, d, IOPATH_E1, nocow, crash_run);
				CASE_PROPAGATE(t);
			}
		}
	}
}

/* Where file block @block is on the device. */
static u64 place_of(struct io_env *env, u64 block)
{
	struct iopath_extent item;

	if (!CASE_EXPECT(env->t, iopath_item_lookup(env->file, block, block,
						    &item)))
		return 0;
	return item.block;
}

static void fail_in_place(struct io_env *env, struct model *model)
{
	struct case_ctx *t = env->t;

	/* the item comes with the completion */
	CASE_EXPECT_EQ(t, iopath_commit(env->fs), 0);
	iopath_ram_fail(env->dev, place_of(env, 2), 1, 1);
	if (!model_write(model, 2 * BLK, BLK))
		return;
	CASE_EXPECT_EQ(t, iopath_flush(env->file, 0, U64_MAX), 0);
	fsync_returns(env, -EIO);
	fsync_returns(env, 0);
	/* the page has what the device has not */
	model_read(model, 2 * BLK, BLK);
	if (!model_write(model, 2 * BLK, BLK) || !fsync_returns(env, 0) ||
	    !env_crash(env, t->seed))
		return;
	model_read(model, 0, 4 * BLK);
	env_is_sound(env);
}

/* A failed writeback: the next fsync says so, once, and nothing old is lost. */
static void case_buffered_error(struct case_ctx *t)
{
	u32 d, era;

	FOR_EACH_DESIGN(d) {
		for (era = IOPATH_E1; era < IOPATH_ERAS; era++) {
			with_model(t, d, era, true, fail_in_place);
			CASE_PROPAGATE(t);
		}
	}
}

static void fail_copying(struct io_env *env, struct model *model)
{
	const struct iopath_layout *layout = &env->fs->layout;
	struct case_ctx *t = env->t;

	/* wherever it goes */
	iopath_ram_fail(env->dev, layout->data_first,
			layout->nr_blocks - layout->data_first, 1);
	CASE_EXPECT_EQ(t, iopath_buffered_write(env->file, BLK, env->buf, BLK),
		       BLK);
	fsync_returns(env, -EIO);
	fsync_returns(env, 0);
	if (!env_crash(env, t->seed))
		return;
	model_read(model, 0, 4 * BLK);
	env_is_sound(env);
}

/* A copying writeback that fails leaves the old data, and an fsync that knows. */
static void case_buffered_error_cow(struct case_ctx *t)
{
	u32 d, era;

	FOR_EACH_OFFERED(d) {
		for (era = IOPATH_E1; era < IOPATH_ERAS; era++) {
			with_model(t, d, era, false, fail_copying);
			CASE_PROPAGATE(t);
		}
	}
}

const struct case_desc cases_iopath_writeback[] = {
	{ "buffered_crash", case_buffered_crash },
	{ "buffered_error", case_buffered_error },
	{ "buffered_error_cow", case_buffered_error_cow },
	{ NULL, NULL },
};
