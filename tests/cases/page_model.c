// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A file as an array of bytes, beside the real one.
 */
#include "page_model.h"

/* A pattern that tells writes and positions apart. */
char page_stamp(u32 number, u64 pos)
{
	return (char)(number * 31 + pos * 7 + (pos >> 12));
}

/* A file of zeroes.  Return: NULL after a failed check. */
struct model *model_new(struct io_env *env)
{
	struct model *model = rlenv_alloc(sizeof(*model));

	if (!CASE_EXPECT(env->t, model))
		return NULL;
	model->env = env;
	prng_seed(&model->prng, env->t->seed);
	model->bytes = rlenv_alloc_big(env->geo.file_bytes);
	model->buf = rlenv_alloc_big(IO_MAX);
	if (CASE_EXPECT(env->t, model->bytes && model->buf))
		return model;
	model_free(model);
	return NULL;
}

void model_free(struct model *model)
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
		model->buf[i] = page_stamp(model->number, pos + i);
		model->bytes[pos + i] = model->buf[i];
	}
}

bool model_write(struct model *model, u64 pos, u32 len)
{
	model_stamp(model, pos, len);
	return CASE_EXPECT_EQ(model->env->t,
			      iopath_buffered_write(model->env->file, pos,
						    model->buf, len), len);
}

bool model_read(struct model *model, u64 pos, u32 len)
{
	struct case_ctx *t = model->env->t;

	memset(model->buf, 0x5a, len);
	return CASE_EXPECT_EQ(t, iopath_buffered_read(model->env->file, pos,
						      model->buf, len), len) &&
	       CASE_EXPECT(t, !memcmp(model->buf, model->bytes + pos, len));
}

bool model_direct_write(struct model *model, u64 pos, u32 len, u32 flags)
{
	model_stamp(model, pos, len);
	return CASE_EXPECT_EQ(model->env->t,
			      iopath_write(model->env->file, pos, model->buf,
					   len, flags), len);
}

bool model_direct_read(struct model *model, u64 pos, u32 len)
{
	struct case_ctx *t = model->env->t;

	memset(model->buf, 0x5a, len);
	return CASE_EXPECT_EQ(t, iopath_read(model->env->file, pos, model->buf,
					     len), len) &&
	       CASE_EXPECT(t, !memcmp(model->buf, model->bytes + pos, len));
}

bool model_store(struct model *model, u64 pos, u32 len)
{
	model_stamp(model, pos, len);
	return CASE_EXPECT_EQ(model->env->t,
			      iopath_mmap_store(model->env->file, pos,
						model->buf, len), 0);
}

bool model_load(struct model *model, u64 pos, u32 len)
{
	struct case_ctx *t = model->env->t;

	memset(model->buf, 0x5a, len);
	return CASE_EXPECT_EQ(t, iopath_mmap_load(model->env->file, pos,
						  model->buf, len), 0) &&
	       CASE_EXPECT(t, !memcmp(model->buf, model->bytes + pos, len));
}

/* Read all of the file, both ways. */
bool model_check(struct model *model)
{
	u64 pos, size = model->env->geo.file_bytes;
	bool ok = true;

	for (pos = 0; pos < size && ok; pos += 16 * BLK)
		ok = model_direct_read(model, pos, 16 * BLK) &&
		     model_read(model, pos, 16 * BLK);
	return ok;
}
