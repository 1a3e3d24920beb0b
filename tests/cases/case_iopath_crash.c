// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Crashes: after the power has failed at any moment, what an fsync or an
 * O_DSYNC write has acknowledged is there, nothing is torn that must not be,
 * and the structures are sound.
 */
#include "case_iopath.h"

/* Before the fsync anything goes, after it only the new content. */
static void case_crash_fsync(struct case_ctx *t)
{
	struct io_env *env;
	u32 d, i;

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (!env_make(env, d) || !env_fill(env))
			goto out;
		for (i = 0; i < 5 * t->scale && !case_has_failed(t); i++) {
			env_write(env, i % 30, 1 + i % 16, 0);
			if (i % 2)
				env_fsync(env, i % 3 ? 0 : i % 30,
					  i % 3 ? 0 : 1 + i % 16);
			if (env_crash_check(env, t->seed + i))
				env_settle(env);
		}
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/*
 * A write that fails must not take with it that an older one, acknowledged and
 * not yet durable, has to be logged by the next fsync.
 */
static void case_crash_failed_write(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (!env_make(env, d) || !env_fill(env) ||
		    !env_write(env, 0, 4, 0))
			goto out;
		iopath_ram_fail(env->dev, env->fs->layout.data_first,
				env->geo.bg_blocks * env->geo.nr_bgs, 1);
		CASE_EXPECT_EQ(t, iopath_write(env->file, BLK, env->buf, 2 * BLK,
					       0), -EIO);
		if (env_fsync(env, 0, 0))
			env_crash_check(env, t->seed);
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void stale_log(struct io_env *env)
{
	u64 log_first = env->fs->layout.log_first;
	struct case_ctx *t = env->t;

	env_write(env, 0, 1, 0);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, 0, U64_MAX), 0);
	env_write(env, 1, 1, 0);
	CASE_EXPECT_EQ(t, iopath_fsync(env->file, 0, U64_MAX), 0);
	env_lose(env, t->seed);
	/* as if both records had been in one write, which is torn */
	memset(iopath_ram_peek(env->dev, log_first), 0, BLK);
	if (!env_mount(env))
		return;
	env_settle(env);
	env_write(env, 1, 1, 0);
	env_fsync(env, 0, 0);
	env_crash_check(env, t->seed);
}

/* Records behind a torn one must not come back after the next crash. */
static void case_crash_stale_log(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (env_make(env, d) && env_fill(env))
			stale_log(env);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void crash_round(struct io_env *env, u64 seed)
{
	struct io_workers *workers;
	struct prng prng;

	prng_seed(&prng, seed);
	workers = io_workers_start(env, seed, false);
	if (!workers)
		return;
	io_workers_wait(workers, 5 + (int)prng_below(&prng, 60));
	/* the workers end when their next operation fails */
	iopath_ram_cut(env->dev, seed);
	io_workers_stop(workers);
	if (env_crash_check(env, seed))
		env_settle(env);
}

static void crash_load(struct case_ctx *t, bool nocow, u64 latency_ns)
{
	struct io_env *env;
	u32 d, i;

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.nr_bgs = 4;
		env_use_nocow(env, nocow);
		env->geo.log_blocks = 16;
		env->ram.latency_ns = latency_ns;
		env->ram.flush_ns = latency_ns;
		env->ram.jitter_ns = latency_ns;
		if (env_make(env, d) && env_fill(env))
			for (i = 0; i < 2 * t->scale && !case_has_failed(t);
			     i++)
				crash_round(env, t->seed * 1000 + i);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void case_crash_cow(struct case_ctx *t)
{
	crash_load(t, false, 20000);
}

static void case_crash_cow_inline(struct case_ctx *t)
{
	crash_load(t, false, 0);
}

static void case_crash_nocow(struct case_ctx *t)
{
	crash_load(t, true, 20000);
}

const struct case_desc cases_iopath_crash[] = {
	{ "crash_fsync", case_crash_fsync },
	{ "crash_failed_write", case_crash_failed_write },
	{ "crash_stale_log", case_crash_stale_log },
	{ "crash_cow", case_crash_cow },
	{ "crash_cow_inline", case_crash_cow_inline },
	{ "crash_nocow", case_crash_nocow },
	{ NULL, NULL },
};
