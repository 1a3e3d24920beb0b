// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Load: relocation and changes of the design while writers, readers and fsyncs
 * run, with every read compared; and the load generator itself.
 *
 * That no operation sees two designs is checked in the engine: it warns when
 * an operation ends under another design than it began with, and when a lock of
 * a design is held while the design is changed.
 */
#include "case_iopath.h"
#include "iopath_load.h"

static struct io_env *load_env(struct case_ctx *t, enum iopath_design design,
			       bool nocow, u64 latency_ns)
{
	struct io_env *env = env_new(t);

	if (!CASE_EXPECT(t, env))
		return NULL;
	/* room for all workers and a relocation at once */
	env->geo.nr_bgs = 5;
	env_use_nocow(env, nocow);
	env->ram.latency_ns = latency_ns;
	env->ram.jitter_ns = latency_ns;
	if (env_make(env, design) && env_fill(env))
		return env;
	env_free(env);
	return NULL;
}

static void relocate_under_load(struct io_env *env, u64 seed)
{
	struct case_ctx *t = env->t;
	struct io_workers *workers;
	u32 i;

	workers = io_workers_start(env, seed, true);
	if (!workers)
		return;
	for (i = 0; i < 4 * t->scale && !case_has_failed(t); i++) {
		io_workers_wait(workers, (int)i * 5);
		CASE_EXPECT_EQ(t, iopath_relocate(env->fs,
						  i % env->geo.nr_bgs), 0);
	}
	io_workers_stop(workers);
	env_check(env, IOPATH_FLOOR_ACKED);
	env_is_sound(env);
}

static void case_relocate_load(struct case_ctx *t)
{
	struct io_env *env;
	u32 d, nocow;

	FOR_EACH_OFFERED(d) {
		for (nocow = 0; nocow < 2; nocow++) {
			env = load_env(t, d, nocow, 20000);
			CASE_PROPAGATE(t);
			relocate_under_load(env, t->seed + nocow);
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

static u32 nr_offered(void)
{
	u32 d, nr = 0;

	FOR_EACH_OFFERED(d)
		nr++;
	return nr;
}

/* The @i-th of the designs offered. */
static u32 offered(u32 i)
{
	u32 d;

	FOR_EACH_OFFERED(d)
		if (!i--)
			break;
	return d;
}

/* From each design to each other, when there are enough rounds. */
static void switch_under_load(struct io_env *env, u64 seed)
{
	u32 i, now = 0, nr = nr_offered();
	struct case_ctx *t = env->t;
	struct io_workers *workers;
	struct iopath_stats stats;
	struct io_task mover;

	workers = io_workers_start(env, seed, true);
	if (!workers)
		return;
	for (i = 0; i < 6 * t->scale && !case_has_failed(t); i++) {
		if (!io_task_start(&mover, env, io_task_relocate,
				   i % env->geo.nr_bgs, 0, 0))
			break;
		io_workers_wait(workers, (int)i * 4);
		now = (now + 1 + i / nr % (nr - 1)) % nr;
		CASE_EXPECT_EQ(t, iopath_set_design(env->fs, offered(now)), 0);
		CASE_EXPECT_EQ(t, io_task_join(&mover), 0);
		CASE_EXPECT_EQ(t, iopath_get_design(env->fs), offered(now));
	}
	io_workers_stop(workers);
	iopath_get_stats(env->fs, &stats);
	CASE_EXPECT_EQ(t, stats.switches, 6 * t->scale);
	env_check(env, IOPATH_FLOOR_ACKED);
	env_is_sound(env);
}

static void case_switch_load(struct case_ctx *t)
{
	struct io_env *env;
	u32 latency;

	for (latency = 0; latency < 2; latency++) {
		env = load_env(t, IOPATH_DIO_SEM, latency, latency * 20000);
		CASE_PROPAGATE(t);
		switch_under_load(env, t->seed);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

static void load_params(struct iopath_load_params *params)
{
	memset(params, 0, sizeof(*params));
	params->threads[IOPATH_LOAD_WRITE] = 2;
	params->threads[IOPATH_LOAD_READ] = 1;
	params->threads[IOPATH_LOAD_DSYNC] = 1;
	params->threads[IOPATH_LOAD_FSYNC] = 1;
	params->threads[IOPATH_LOAD_RELOC] = 1;
	params->depth = 2;
	params->min_bytes = BLK;
	params->max_bytes = 4 * BLK;
	params->fsync_period_ns = 2000000;
	params->reloc_period_ns = 5000000;
	params->seed = 1;
	params->runtime_ns = 40000000;
}

static void load_windows(struct io_env *env, struct iopath_load_result *result)
{
	struct iopath_load_params params;
	struct case_ctx *t = env->t;
	struct iopath_load *load;
	u32 i, cl, stop = 1;

	load_params(&params);
	CASE_CHECK_EQ(t, iopath_load_start(env->fs, &params, &load), 0);
	for (i = 0; i < 4; i++) {
		CASE_EXPECT_EQ(t, iopath_load_window(load, 30000000, result),
			       0);
		CASE_EXPECT_EQ(t, result->errors, 0);
		CASE_EXPECT(t, result->elapsed_ns >= 30000000);
		for (cl = 0; cl <= IOPATH_LOAD_DSYNC; cl++) {
			struct iopath_load_class_result *c = &result->cl[cl];

			CASE_EXPECT_EQ(t, c->threads, params.threads[cl]);
			CASE_EXPECT_EQ(t, c->latency.count, c->ops);
			CASE_EXPECT(t, c->bytes >= c->ops * BLK);
			CASE_EXPECT(t, c->jain <= 1000);
			CASE_EXPECT(t, c->min_ops <= c->max_ops);
		}
		/* parked: whatever changes the design now finds it idle */
		CASE_EXPECT_EQ(t, iopath_set_design(env->fs, i % 2), 0);
		CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);
	}
	iopath_load_stop(load);
	params.stop = &stop;
	CASE_EXPECT_EQ(t, iopath_load_run(env->fs, &params, result), -EINTR);
}

/*
 * Asynchronous reads and writes of a few blocks, all on top of each other, with
 * more of them than there are workers for completions: whoever waits for a
 * range must not keep those from running who will release it.
 */
static void load_overlap(struct io_env *env, struct iopath_load_result *result)
{
	struct iopath_load_params params;
	struct case_ctx *t = env->t;
	u32 d;

	load_params(&params);
	params.threads[IOPATH_LOAD_READ] = 2;
	params.depth = 8;
	params.overlap = true;
	params.range_bytes = 16 * BLK;
	FOR_EACH_OFFERED(d) {
		CASE_EXPECT_EQ(t, iopath_set_design(env->fs, d), 0);
		CASE_EXPECT_EQ(t, iopath_load_run(env->fs, &params, result), 0);
		CASE_EXPECT_EQ(t, result->errors, 0);
		CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);
	}
}

static void case_load(struct case_ctx *t)
{
	struct iopath_load_result *result;
	struct iopath_load_params params;
	struct io_env *env;

	env = load_env(t, IOPATH_RANGE, false, 50000);
	CASE_PROPAGATE(t);
	result = rlenv_alloc_big(sizeof(*result));
	if (CASE_EXPECT(t, result)) {
		load_windows(env, result);
		load_overlap(env, result);
	}
	rlenv_free_big(result);
	load_params(&params);
	params.depth = 0;
	CASE_EXPECT_EQ(t, iopath_load_check(env->fs, &params), -EINVAL);
	load_params(&params);
	params.max_bytes = 32 * BLK;
	CASE_EXPECT_EQ(t, iopath_load_check(env->fs, &params), -EINVAL);
	params.overlap = true;
	CASE_EXPECT_EQ(t, iopath_load_check(env->fs, &params), 0);
	params.threads[IOPATH_LOAD_WRITE] = IOPATH_LOAD_MAX_THREADS;
	CASE_EXPECT_EQ(t, iopath_load_check(env->fs, &params), -EINVAL);
	env_is_sound(env);
	env_free(env);
}

static void case_mixes(struct case_ctx *t)
{
	const struct iopath_mix *mix;

	for (mix = iopath_mixes; mix->name; mix++) {
		CASE_CHECK(t, iopath_device_blocks(&mix->geo));
		CASE_CHECK(t, iopath_mix_find(mix->name) == mix);
	}
	CASE_CHECK(t, iopath_mix_find("b_dsync"));
	CASE_CHECK(t, !iopath_mix_find("no such mix"));
}

/* Whatever was let in has ended, and somebody was inside at some time. */
static void check_inside(struct io_env *env,
			 const struct iopath_load_result *result)
{
	u32 inside[IOPATH_INSIDE_KINDS], kind;
	struct case_ctx *t = env->t;

	CASE_EXPECT(t, result->inside.max);
	CASE_EXPECT(t, result->inside.mean <= 1000ULL * result->inside.max);
	iopath_get_inside(env->fs, inside);
	for (kind = 0; kind < IOPATH_INSIDE_KINDS; kind++)
		CASE_EXPECT_EQ(t, inside[kind], 0);
}

/* The mix of all classes, in each design; then with arrivals. */
static void case_load_stress(struct case_ctx *t)
{
	const struct iopath_mix *mix = iopath_mix_find("stress");
	struct iopath_load_result *result;
	struct iopath_load_params params;
	struct io_env *env;
	u32 d;

	CASE_CHECK(t, mix);
	env = load_env(t, IOPATH_RANGE, false, 20000);
	CASE_PROPAGATE(t);
	params = mix->params;
	params.max_bytes = 4 * BLK;
	params.falloc_bytes = 4 * BLK;
	params.range_bytes = 0;
	params.runtime_ns = 60000000;
	result = rlenv_alloc_big(sizeof(*result));
	FOR_EACH_OFFERED(d) {
		if (!CASE_EXPECT(t, result))
			break;
		CASE_EXPECT_EQ(t, iopath_set_design(env->fs, d), 0);
		CASE_EXPECT_EQ(t, iopath_load_run(env->fs, &params, result), 0);
		CASE_EXPECT(t, result->ops);
		check_inside(env, result);
		params.arrival_ns = 1000000;
		params.dsync_bytes = BLK;
	}
	rlenv_free_big(result);
	env_is_sound(env);
	env_free(env);
}

const struct case_desc cases_iopath_load[] = {
	{ "relocate_load", case_relocate_load },
	{ "switch_load", case_switch_load },
	{ "load", case_load },
	{ "mixes", case_mixes },
	{ "load_stress", case_load_stress },
	{ NULL, NULL },
};
