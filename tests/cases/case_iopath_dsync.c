// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * O_DSYNC writes in the forms that do not lock up; see iopath_dsync.c.
 */
#include "case_iopath_sync.h"

/* Synchronous and asynchronous O_DSYNC writes of threads, in each form. */
static void case_dsync_forms(struct case_ctx *t)
{
	static const struct iopath_knobs knobs[] = {
		{ .dsync = IOPATH_DSYNC_SPLIT },
		{ .dsync = IOPATH_DSYNC_WORKAROUND },
		{ .dsync = IOPATH_DSYNC_WORKAROUND, .era = IOPATH_E2 },
	};
	struct io_workers *workers;
	struct sync_form form;
	struct io_env *env;
	u32 i, k;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < ARRAY_SIZE(knobs); k++) {
			form = sync_form_of(i % 2);
			env = sync_form_env(t, &form, i / 2 * 20000);
			CASE_PROPAGATE(t);
			iopath_set_knobs(env->fs, &knobs[k]);
			workers = io_workers_start(env, t->seed + i, true);
			if (workers) {
				io_workers_wait(workers, (int)(20 * t->scale));
				io_workers_stop(workers);
			}
			CASE_EXPECT(t, !iopath_dsync_has_leaked(env->fs));
			env_check(env, IOPATH_FLOOR_ACKED);
			sync_form_crash(env, &form, t->seed);
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

/*
 * The forms that can lock up do not where nothing is locked, or where nobody
 * waits for the end of the write.
 */
static void case_dsync_knobs(struct case_ctx *t)
{
	static const struct {
		struct iopath_knobs knobs;
		enum iopath_design design;
	} form_knobs[] = {
		{ { .dsync = IOPATH_DSYNC_INLINE }, IOPATH_NONE },
		{ { .dsync_late = true }, IOPATH_DIO_SEM },
	};
	struct sync_form form = { .era = IOPATH_E1 };
	struct sync_aio *aio;
	struct io_env *env;
	u32 i;

	for (i = 0; i < 4; i++) {
		form.design = form_knobs[i % 2].design;
		env = sync_form_env(t, &form, i / 2 * 20000);
		CASE_PROPAGATE(t);
		iopath_set_knobs(env->fs, &form_knobs[i % 2].knobs);
		env_write(env, 3, 2, IOPATH_DSYNC);
		aio = rlenv_alloc(sizeof(*aio));
		if (CASE_EXPECT(t, aio) &&
		    sync_aio_start(aio, env, 10, 4, IOPATH_DSYNC)) {
			CASE_EXPECT_EQ(t, sync_aio_wait(aio), 4 * BLK);
			iopath_oracle_ack(env->oracle, aio->io.pos, 4 * BLK,
					  aio->nr);
			iopath_oracle_sync_done(env->oracle,
				iopath_oracle_sync_begin(env->oracle),
				10 * BLK, 14 * BLK - 1, true);
		}
		rlenv_free(aio);
		sync_form_crash(env, &form, t->seed);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* A task that keeps its stub is found: at rest, or when it starts a handle. */
static void stub_cases(struct io_env *env)
{
	struct iopath_knobs knobs = { .dsync = IOPATH_DSYNC_WORKAROUND };
	struct iopath_io io = {
		.inode = env->file,
		.flags = IOPATH_WRITE | IOPATH_DSYNC,
	};
	struct case_ctx *t = env->t;

	iopath_set_knobs(env->fs, &knobs);
	CASE_EXPECT_EQ(t, iopath_dsync_begin(&io), 0);
	iopath_dsync_fallback(&io);
	env_fsync(env, 0, 0);
	CASE_EXPECT(t, !iopath_dsync_has_leaked(env->fs));
	CASE_EXPECT_EQ(t, iopath_validate(env->fs), 0);

	knobs.stub_leak = true;
	iopath_set_knobs(env->fs, &knobs);
	CASE_EXPECT_EQ(t, iopath_dsync_begin(&io), 0);
	iopath_dsync_fallback(&io);
	CASE_EXPECT(t, iopath_dsync_has_leaked(env->fs));
	CASE_EXPECT_EQ(t, iopath_validate(env->fs), 9);
	env_fsync(env, 0, 0);
	knobs.stub_leak = false;
	iopath_set_knobs(env->fs, &knobs);
	iopath_dsync_fallback(&io);
	/* the stub is gone, but it has been met */
	CASE_EXPECT(t, iopath_dsync_has_leaked(env->fs));
}

static void case_dsync_stub(struct case_ctx *t)
{
	struct sync_form form = { .design = IOPATH_DIO_SEM };
	struct io_env *env = sync_form_env(t, &form, 0);

	if (env)
		stub_cases(env);
	env_free(env);
}

const struct case_desc cases_iopath_dsync[] = {
	{ "dsync_forms", case_dsync_forms },
	{ "dsync_knobs", case_dsync_knobs },
	{ "dsync_stub", case_dsync_stub },
	{ NULL, NULL },
};
