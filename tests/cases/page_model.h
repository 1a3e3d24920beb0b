/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A model of a file for the cases of the page cache: every write is done to the
 * file and to an array of bytes, every read compared with it.  Functions that
 * return bool have failed the case when they return false.
 */
#ifndef RANGELOCK_PAGE_MODEL_H
#define RANGELOCK_PAGE_MODEL_H

#include "case_iopath.h"

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

char page_stamp(u32 number, u64 pos);
struct model *model_new(struct io_env *env);
void model_free(struct model *model);
bool model_write(struct model *model, u64 pos, u32 len);
bool model_read(struct model *model, u64 pos, u32 len);
bool model_direct_write(struct model *model, u64 pos, u32 len, u32 flags);
bool model_direct_read(struct model *model, u64 pos, u32 len);
bool model_store(struct model *model, u64 pos, u32 len);
bool model_load(struct model *model, u64 pos, u32 len);
bool model_check(struct model *model);

#endif /* RANGELOCK_PAGE_MODEL_H */
