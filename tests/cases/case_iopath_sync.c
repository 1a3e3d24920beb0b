// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fsync in all its forms: the three eras of the fast one, the full one, and what
 * is left on the device and in memory when something fails.
 */
#include "case_iopath.h"

/**
 * struct sync_form - a form of fsync under test
 * @design: who excludes whom
 * @era:    of the fast fsync
 * @nocow:  write in place
 */
struct sync_form {
	enum iopath_design design;
	enum iopath_era era;
	bool nocow;
};

#define SYNC_FORMS	(2U * IOPATH_ERAS * 2U)

static struct sync_form form_of(u32 i)
{
	struct sync_form form = {
		.design = i % 2 ? IOPATH_RANGE : IOPATH_DIO_SEM,
		.era = i / 2 % IOPATH_ERAS,
		.nocow = i / 2 / IOPATH_ERAS,
	};

	return form;
}

/* Knobs do not survive a mount. */
static void form_set(struct io_env *env, const struct sync_form *form)
{
	struct iopath_knobs knobs = { .era = form->era };

	iopath_set_knobs(env->fs, &knobs);
}

static struct io_env *form_env(struct case_ctx *t, const struct sync_form *form,
			       u64 latency_ns)
{
	struct io_env *env = env_new(t);

	if (!CASE_EXPECT(t, env))
		return NULL;
	env->geo.nocow = form->nocow;
	env->geo.datasum = !form->nocow;
	env->ram.latency_ns = latency_ns;
	if (env_make(env, form->design) && env_fill(env)) {
		form_set(env, form);
		return env;
	}
	env_free(env);
	return NULL;
}

static bool form_crash(struct io_env *env, const struct sync_form *form,
		       u64 seed)
{
	if (!env_crash(env, form->design, seed) ||
	    !env_check(env, IOPATH_FLOOR_SYNCED) || !env_is_sound(env))
		return false;
	env_settle(env);
	form_set(env, form);
	return true;
}

static bool full_fsync(struct io_env *env, int expect)
{
	u32 *snapshot = iopath_oracle_sync_begin(env->oracle);
	int err;

	if (!CASE_EXPECT(env->t, snapshot))
		return false;
	err = iopath_fsync_full(env->file);
	iopath_oracle_sync_done(env->oracle, snapshot, 0, U64_MAX, !err);
	return CASE_EXPECT_EQ(env->t, err, expect);
}

/* Write, fsync a range, the whole, or fully, lose power, look. */
static void sync_rounds(struct io_env *env, const struct sync_form *form)
{
	struct iopath_stats before, after;
	u32 i;

	for (i = 0; i < 6 && !case_has_failed(env->t); i++) {
		env_write(env, i * 3, 1 + i, 0);
		env_write(env, 30, 5, 0);
		iopath_get_stats(env->fs, &before);
		if (i % 3 == 0)
			env_fsync(env, i * 3, 1 + i);
		else if (i % 3 == 1)
			env_fsync(env, 0, 0);
		else
			full_fsync(env, 0);
		iopath_get_stats(env->fs, &after);
		/* by the log, not by a commit */
		CASE_EXPECT_EQ(env->t, after.commits, before.commits);
		if (!form_crash(env, form, env->t->seed + i))
			return;
	}
}

static void case_sync_eras(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i;

	for (i = 0; i < SYNC_FORMS; i++) {
		form = form_of(i);
		env = form_env(t, &form, 0);
		CASE_PROPAGATE(t);
		sync_rounds(env, &form);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* A full fsync of a file with holes: at the front, in between, at the end. */
static void case_sync_sparse(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	for (d = IOPATH_DIO_SEM; d <= IOPATH_RANGE; d++) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (env_make(env, d) && full_fsync(env, 0) &&
		    env_write(env, 3, 2, 0) && env_write(env, 10, 5, 0) &&
		    full_fsync(env, 0) && env_write(env, 4, 8, 0) &&
		    env_write(env, 30, 1, 0) && full_fsync(env, 0) &&
		    env_crash(env, d, t->seed)) {
			env_check(env, IOPATH_FLOOR_SYNCED);
			env_is_sound(env);
		}
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* Fill the log by either kind of fsync until commits have to do it. */
static void log_fills(struct io_env *env)
{
	struct iopath_stats stats;
	u32 i;

	for (i = 0; i < 40 && !case_has_failed(env->t); i++) {
		env_write(env, i, 1, 0);
		if (i % 2)
			full_fsync(env, 0);
		else
			env_fsync(env, 0, 0);
	}
	iopath_get_stats(env->fs, &stats);
	CASE_EXPECT(env->t, stats.log_full >= 1);
}

static void case_sync_log_full(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i;

	for (i = 0; i < SYNC_FORMS / 2; i++) {
		form = form_of(i);
		env = form_env(t, &form, 0);
		CASE_PROPAGATE(t);
		log_fills(env);
		form_crash(env, &form, t->seed);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* A write of the log fails: an error now, and the next fsync makes up for it. */
static void log_fails(struct io_env *env, bool full)
{
	struct case_ctx *t = env->t;

	env_write(env, 5, 3, 0);
	iopath_ram_fail(env->dev, env->fs->layout.log_first,
			env->geo.log_blocks, 1);
	if (full)
		full_fsync(env, -EIO);
	else
		CASE_EXPECT_EQ(t, iopath_fsync(env->file, 0, U64_MAX), -EIO);
	env_write(env, 7, 2, 0);
	if (full)
		full_fsync(env, 0);
	else
		env_fsync(env, 0, 0);
}

/* A write fails behind one that is acknowledged and not yet durable. */
static void data_fails(struct io_env *env, bool full)
{
	struct iopath_layout *layout = &env->fs->layout;
	struct case_ctx *t = env->t;

	env_write(env, 20, 4, 0);
	iopath_ram_fail(env->dev, layout->data_first,
			layout->nr_blocks - layout->data_first, 1);
	CASE_EXPECT_EQ(t, iopath_write(env->file, 21 * BLK, env->buf, 2 * BLK,
				       0), -EIO);
	if (full)
		full_fsync(env, 0);
	else
		env_fsync(env, 0, 0);
}

static void case_sync_errors(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i, full;

	for (i = 0; i < SYNC_FORMS / 2; i++) {
		for (full = 0; full < 2; full++) {
			form = form_of(i);
			env = form_env(t, &form, 0);
			CASE_PROPAGATE(t);
			log_fails(env, full);
			if (form_crash(env, &form, t->seed)) {
				data_fails(env, full);
				form_crash(env, &form, t->seed);
			}
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

/**
 * struct sync_aio - a write that somebody waits for later
 * @io:   the write
 * @nr:   its number in the oracle
 * @done: 1 when it has completed
 * @task: who waits; constant
 */
struct sync_aio {
	struct iopath_io io;
	u32 nr;
	u32 done;
	rlenv_task_t task;
};

static void sync_aio_done(struct iopath_io *io)
{
	struct sync_aio *aio = container_of(io, struct sync_aio, io);

	rlenv_publish_wake(&aio->done, 1, aio->task);
}

static bool sync_aio_start(struct sync_aio *aio, struct io_env *env, u64 block,
			   u32 nr, u32 flags)
{
	aio->task = rlenv_self();
	aio->io.pos = block * BLK;
	aio->io.len = nr * BLK;
	aio->io.flags = IOPATH_WRITE | flags;
	aio->io.buf = env->buf;
	aio->io.done = sync_aio_done;
	aio->nr = iopath_oracle_issue(env->oracle, aio->io.pos, env->buf,
				      nr * BLK);
	return CASE_EXPECT_EQ(env->t, iopath_submit(env->file, &aio->io), 0);
}

static ssize_t sync_aio_wait(struct sync_aio *aio)
{
	u64 woken = 0;

	rlenv_wait_on(&aio->done, 1, RANGELOCK_WAIT_FOREVER, 0, &woken);
	return aio->io.result;
}

/*
 * The fsync of the first era logs a write whose data is there and whose
 * completion has not run, that is, while its extent map is still pinned.  What
 * is replayed must not look pinned: relocation would wait for its write for
 * ever.
 */
static void log_pinned(struct io_env *env, const struct sync_form *form,
		       struct sync_aio *aio)
{
	struct case_ctx *t = env->t;
	struct iopath_extent item;
	u32 bg;

	env_hook(env);
	env_park(env, IOPATH_OC_LOCKED);
	if (!sync_aio_start(aio, env, 4, 4, 0)) {
		env_release(env);
		return;
	}
	env_wait_parked(env);
	env_fsync(env, 0, 0);
	iopath_ram_cut(env->dev, t->seed);
	env_release(env);
	/* its data was on the device before the power failed */
	CASE_EXPECT_EQ(t, sync_aio_wait(aio), 4 * BLK);
	iopath_oracle_ack(env->oracle, aio->io.pos, 4 * BLK, aio->nr);
	if (!form_crash(env, form, t->seed))
		return;
	CASE_CHECK(t, iopath_item_lookup(env->file, 4, 7, &item));
	CASE_CHECK(t, item.generation <= env->fs->generation);
	CASE_CHECK(t, !iopath_em_is_pinned(env->file, 4, 7));
	bg = env_bg_of(env, 4);
	CASE_EXPECT_EQ(t, iopath_relocate(env->fs, bg), 0);
	CASE_EXPECT(t, env_bg_of(env, 4) != bg);
	env_check(env, IOPATH_FLOOR_SYNCED);
	env_is_sound(env);
}

static void case_sync_pinned(struct case_ctx *t)
{
	struct sync_form form = { .design = IOPATH_DIO_SEM };
	struct sync_aio *aio = rlenv_alloc(sizeof(*aio));
	struct io_env *env;

	CASE_CHECK(t, aio);
	env = form_env(t, &form, 20000);
	if (env)
		log_pinned(env, &form, aio);
	env_free(env);
	rlenv_free(aio);
}

/* Threads, any era, then the power fails. */
static void load_crash(struct io_env *env, const struct sync_form *form,
		       u64 seed)
{
	struct io_workers *workers;
	struct prng prng;

	prng_seed(&prng, seed);
	workers = io_workers_start(env, seed, false);
	if (!workers)
		return;
	io_workers_wait(workers, 5 + (int)prng_below(&prng, 60));
	iopath_ram_cut(env->dev, seed);
	io_workers_stop(workers);
	form_crash(env, form, seed);
}

static void case_sync_load(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i, round;

	for (i = 0; i < SYNC_FORMS; i++) {
		form = form_of(i);
		/* hypothesis H19: the race of this pair has its own case */
		if (form.design == IOPATH_DIO_SEM && form.era == IOPATH_E3)
			continue;
		env = form_env(t, &form, 20000);
		CASE_PROPAGATE(t);
		for (round = 0; round < t->scale && !case_has_failed(t);
		     round++)
			load_crash(env, &form, t->seed * 1000 + round);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* Synchronous and asynchronous O_DSYNC writes of threads, in each form. */
static void case_sync_dsync(struct case_ctx *t)
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
			form = form_of(i % 2);
			env = form_env(t, &form, i / 2 * 20000);
			CASE_PROPAGATE(t);
			iopath_set_knobs(env->fs, &knobs[k]);
			workers = io_workers_start(env, t->seed + i, true);
			if (workers) {
				io_workers_wait(workers, (int)(20 * t->scale));
				io_workers_stop(workers);
			}
			CASE_EXPECT(t, !iopath_dsync_has_leaked(env->fs));
			env_check(env, IOPATH_FLOOR_ACKED);
			form_crash(env, &form, t->seed);
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

/*
 * The forms that can lock up do not where nothing is locked, or where nobody
 * waits for the end of the write.
 */
static void case_sync_dsync_knobs(struct case_ctx *t)
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
		env = form_env(t, &form, i / 2 * 20000);
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
		form_crash(env, &form, t->seed);
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

static void case_sync_stub(struct case_ctx *t)
{
	struct sync_form form = { .design = IOPATH_DIO_SEM };
	struct io_env *env = form_env(t, &form, 0);

	if (env)
		stub_cases(env);
	env_free(env);
}

const struct case_desc cases_iopath_sync[] = {
	{ "sync_eras", case_sync_eras },
	{ "sync_sparse", case_sync_sparse },
	{ "sync_log_full", case_sync_log_full },
	{ "sync_errors", case_sync_errors },
	{ "sync_pinned", case_sync_pinned },
	{ "sync_load", case_sync_load },
	{ "sync_dsync", case_sync_dsync },
	{ "sync_dsync_knobs", case_sync_dsync_knobs },
	{ "sync_stub", case_sync_stub },
	{ NULL, NULL },
};
