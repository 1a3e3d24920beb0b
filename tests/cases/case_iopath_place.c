// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The file gets smaller while somebody waits for F with the old size in mind: a
 * truncate stops when it has its locks until the other one is queued behind it.
 * What was granted then is not what the size asks for any more, and has to be
 * taken again.  Looked at when the other one has all that it wants: F must be
 * held where it is going to write.
 */
#include "case_iopath.h"
#include "rangelock_debug.h"

#define SMALL	5
#define FILE_BLOCKS	20

/**
 * struct place - one such race
 * @env:  the file system
 * @met:  the truncate has seen the other one wait
 * @bare: blocks of the write that F did not cover
 */
struct place {
	struct io_env *env;
	u32 met;
	u32 bare;
};

/* Whether anybody could have the block. */
static bool is_free(struct place *place, u64 block)
{
	struct rangelock *rl = iopath_file_lock(place->env->file);
	struct rangelock_req req = { 0 };

	if (rangelock_try(rl, &req, block * BLK, block * BLK,
			  RANGELOCK_RESTRUCTURE))
		return false;
	rangelock_release(rl, &req);
	return true;
}

static void place_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	struct place *place = arg;

	if (step == IOPATH_TR_ENTERED && !xchg(&place->met, 1))
		env_wait_waiter(iopath_file_lock(place->env->file));
	else if (step == IOPATH_TR_ENTERED || step == IOPATH_DW_LOCKED)
		place->bare += is_free(place, SMALL) +
			       is_free(place, FILE_BLOCKS + 1);
}

static int call_truncate(struct io_task *task)
{
	return iopath_truncate(task->env->file, task->block * BLK);
}

static int call_write(struct io_task *task)
{
	char *buf = rlenv_alloc_big(task->nr * BLK);
	ssize_t done;

	if (!buf)
		return -ENOMEM;
	memset(buf, 1, task->nr * BLK);
	done = iopath_write(task->env->file, task->block * BLK, buf,
			    task->nr * BLK, task->flags);
	rlenv_free_big(buf);
	return done < 0 ? (int)done : 0;
}

/* @blocks: the size behind both. */
static void meet(struct case_ctx *t, int (*call)(struct io_task *task),
		 u64 block, u32 nr, u32 flags, u64 blocks)
{
	struct io_env *env = env_new(t);
	struct place place = { .env = env };
	struct io_task first, second;

	if (!CASE_EXPECT(t, env))
		return;
	env->geo.empty = true;
	if (!env_make(env, IOPATH_RANGE) ||
	    !CASE_EXPECT_EQ(t, iopath_truncate(env->file, FILE_BLOCKS * BLK),
			    0))
		goto out;
	iopath_set_hook(env->fs, place_step, &place);
	if (!io_task_start(&first, env, call_truncate, SMALL, 0, 0))
		goto out;
	while (!READ_ONCE(place.met))
		rlenv_sleep_ns(100000);
	if (io_task_start(&second, env, call, block, nr, flags))
		CASE_EXPECT_EQ(t, io_task_join(&second), 0);
	CASE_EXPECT_EQ(t, io_task_join(&first), 0);
	iopath_set_hook(env->fs, NULL, NULL);
	CASE_EXPECT_EQ(t, place.bare, 0);
	CASE_EXPECT_EQ(t, iopath_size(env->file), blocks * BLK);
	env_is_sound(env);
out:
	env_free(env);
}

/* It goes where the file ends now. */
static void case_append(struct case_ctx *t)
{
	meet(t, call_write, 0, 20, IOPATH_WRITE | IOPATH_APPEND, SMALL + 20);
}

/* It was inside of the file and is behind its end now. */
static void case_inside(struct case_ctx *t)
{
	meet(t, call_write, SMALL - 1, FILE_BLOCKS - SMALL, IOPATH_WRITE,
	     FILE_BLOCKS - 1);
}

/* It went beyond the end, and now there is a hole before it as well. */
static void case_beyond(struct case_ctx *t)
{
	meet(t, call_write, FILE_BLOCKS, 2, IOPATH_WRITE, FILE_BLOCKS + 2);
}

/* The next truncate, which makes the file larger. */
static void case_truncate(struct case_ctx *t)
{
	meet(t, call_truncate, FILE_BLOCKS + 5, 0, 0, FILE_BLOCKS + 5);
}

const struct case_desc cases_iopath_place[] = {
	{ "append", case_append },
	{ "inside", case_inside },
	{ "beyond", case_beyond },
	{ "truncate", case_truncate },
	{ NULL, NULL },
};
