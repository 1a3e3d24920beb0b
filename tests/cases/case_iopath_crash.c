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

	for (d = IOPATH_DIO_SEM; d <= IOPATH_RANGE; d++) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (!env_make(env, d) || !env_fill(env))
			goto out;
		for (i = 0; i < 5 * t->scale && !case_has_failed(t); i++) {
			env_write(env, i % 30, 1 + i % 16, 0);
			if (i % 2)
				env_fsync(env, i % 3 ? 0 : i % 30,
					  i % 3 ? 0 : 1 + i % 16);
			if (env_crash(env, d, t->seed + i)) {
				env_check(env, IOPATH_FLOOR_SYNCED);
				env_is_sound(env);
				env_settle(env);
			}
		}
out:
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void crash_round(struct io_env *env, enum iopath_design design, u64 seed)
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
	if (!env_crash(env, design, seed) ||
	    !env_check(env, IOPATH_FLOOR_SYNCED) || !env_is_sound(env))
		return;
	env_settle(env);
}

static void crash_load(struct case_ctx *t, bool nocow, u64 latency_ns)
{
	struct io_env *env;
	u32 d, i;

	for (d = IOPATH_DIO_SEM; d <= IOPATH_RANGE; d++) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.nr_bgs = 4;
		env->geo.nocow = nocow;
		env->geo.datasum = !nocow;
		env->geo.log_blocks = 16;
		env->ram.latency_ns = latency_ns;
		env->ram.flush_ns = latency_ns;
		env->ram.jitter_ns = latency_ns;
		if (env_make(env, d) && env_fill(env))
			for (i = 0; i < 2 * t->scale && !case_has_failed(t);
			     i++)
				crash_round(env, d, t->seed * 1000 + i);
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
	{ "crash_cow", case_crash_cow },
	{ "crash_cow_inline", case_crash_cow_inline },
	{ "crash_nocow", case_crash_nocow },
	{ NULL, NULL },
};
