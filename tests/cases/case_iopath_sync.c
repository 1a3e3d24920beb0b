// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fsync in all its forms: the three eras of the fast one, the full one, and what
 * is left on the device and in memory when something fails.
 */
#include "case_iopath_sync.h"

struct sync_form sync_form_of(u32 i)
{
	struct sync_form form = {
		.design = i % 2 ? IOPATH_RANGE : IOPATH_DIO_SEM,
		.era = i / 2 % IOPATH_ERAS,
		.nocow = i / 2 / IOPATH_ERAS,
	};

	return form;
}

/* Knobs do not survive a mount. */
static void sync_form_set(struct io_env *env, const struct sync_form *form)
{
	struct iopath_knobs knobs = { .era = form->era };

	iopath_set_knobs(env->fs, &knobs);
}

struct io_env *sync_form_env(struct case_ctx *t, const struct sync_form *form,
			     u64 latency_ns)
{
	struct io_env *env = env_new(t);

	if (!CASE_EXPECT(t, env))
		return NULL;
	env_use_nocow(env, form->nocow);
	env->ram.latency_ns = latency_ns;
	if (env_make(env, form->design) && env_fill(env)) {
		sync_form_set(env, form);
		return env;
	}
	env_free(env);
	return NULL;
}

bool sync_form_crash(struct io_env *env, const struct sync_form *form,
		     u64 seed)
{
	if (!env_crash_check(env, seed))
		return false;
	env_settle(env);
	sync_form_set(env, form);
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

static void buffered_write(struct io_env *env, u64 block, u32 nr)
{
	u64 pos = block * BLK;
	u32 number = iopath_oracle_issue(env->oracle, pos, env->buf, nr * BLK);

	if (CASE_EXPECT_EQ(env->t, iopath_buffered_write(env->file, pos,
							 env->buf, nr * BLK),
			   nr * BLK))
		iopath_oracle_ack(env->oracle, pos, nr * BLK, number);
}

/* Write, fsync a range, the whole, or fully, lose power, look. */
static void sync_rounds(struct io_env *env, const struct sync_form *form)
{
	struct iopath_stats before, after;
	u32 i;

	for (i = 0; i < 6 && !case_has_failed(env->t); i++) {
		env_write(env, i * 3, 1 + i, 0);
		env_write(env, 30, 5, 0);
		buffered_write(env, i * 3 + 1, 3);
		buffered_write(env, 40, 4);
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
		if (!sync_form_crash(env, form, env->t->seed + i))
			return;
	}
}

static void case_sync_eras(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i;

	for (i = 0; i < SYNC_FORMS; i++) {
		form = sync_form_of(i);
		env = sync_form_env(t, &form, 0);
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

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		if (env_make(env, d) && full_fsync(env, 0) &&
		    env_write(env, 3, 2, 0) && env_write(env, 10, 5, 0) &&
		    full_fsync(env, 0) && env_write(env, 4, 8, 0) &&
		    env_write(env, 30, 1, 0) && full_fsync(env, 0))
			env_crash_check(env, t->seed);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/* What fsync of blocks [first, first + nr) says, all of the file if 0; fully? */
static void sync_some(struct io_env *env, u64 first, u64 nr, bool full)
{
	u64 last = nr ? (first + nr) * BLK - 1 : U64_MAX;
	struct case_ctx *t = env->t;

	if (full)
		CASE_EXPECT_EQ(t, iopath_fsync_full(env->file), 0);
	else
		CASE_EXPECT_EQ(t, iopath_fsync(env->file, first * BLK, last), 0);
}

static bool blocks_are_zero(struct io_env *env, u64 first, u32 nr)
{
	u64 *word = (u64 *)env->buf;
	u32 i;

	if (!CASE_EXPECT_EQ(env->t, iopath_read(env->file, first * BLK, word,
						nr * BLK), nr * BLK))
		return false;
	for (i = 0; i < nr * BLK / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

static bool plain_write(struct io_env *env, u64 block, u32 nr)
{
	memset(env->buf, 0x5a, nr * BLK);
	return CASE_EXPECT_EQ(env->t, iopath_write(env->file, block * BLK,
						   env->buf, nr * BLK, 0),
			      nr * BLK);
}

/*
 * Cut the file off, and extend it by a write further behind: if the new size is
 * durable, then so is the hole in between, also when it was not asked for.
 */
static void cut_and_extend(struct io_env *env, bool full)
{
	struct case_ctx *t = env->t;

	CASE_EXPECT_EQ(t, iopath_truncate(env->file, 10 * BLK), 0);
	plain_write(env, 15, 5);
	sync_some(env, 15, 5, full);
	if (!env_crash(env, t->seed))
		return;
	CASE_EXPECT_EQ(t, iopath_size(env->file), 20 * BLK);
	CASE_EXPECT(t, blocks_are_zero(env, 10, 5));
	env_is_sound(env);
}

/* After a crash blocks 4 and 5 are there, and nothing around them. */
static void crash_around_data(struct io_env *env)
{
	struct case_ctx *t = env->t;

	if (!env_crash(env, t->seed))
		return;
	CASE_EXPECT(t, blocks_are_zero(env, 2, 2));
	CASE_EXPECT(t, !blocks_are_zero(env, 4, 2));
	CASE_EXPECT(t, blocks_are_zero(env, 6, 2));
	env_is_sound(env);
}

/* A hole in the middle, written to in part, fsync of all. */
static void punch_and_write(struct io_env *env, bool full)
{
	struct case_ctx *t = env->t;

	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_PUNCH,
					   2 * BLK, 8 * BLK - 1), 0);
	plain_write(env, 4, 2);
	sync_some(env, 0, 0, full);
	crash_around_data(env);
}

/* Allocated blocks are logged as what they are, and as data once written. */
static void allocate_and_write(struct io_env *env, bool full)
{
	struct case_ctx *t = env->t;

	CASE_EXPECT_EQ(t, iopath_fallocate(env->file, IOPATH_FALLOC_ZERO,
					   2 * BLK, 8 * BLK - 1), 0);
	sync_some(env, 0, 0, full);
	plain_write(env, 4, 2);
	sync_some(env, 4, 2, full);
	crash_around_data(env);
}

static void case_sync_space(struct case_ctx *t)
{
	static void (*const space[])(struct io_env *env, bool full) = {
		cut_and_extend, punch_and_write, allocate_and_write,
	};
	struct sync_form form;
	struct io_env *env;
	u32 i, k;

	for (i = 0; i < SYNC_FORMS; i++) {
		for (k = 0; k < 2 * ARRAY_SIZE(space); k++) {
			form = sync_form_of(i);
			env = sync_form_env(t, &form, 0);
			CASE_PROPAGATE(t);
			space[k / 2](env, k % 2);
			env_free(env);
			CASE_PROPAGATE(t);
		}
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
		form = sync_form_of(i);
		env = sync_form_env(t, &form, 0);
		CASE_PROPAGATE(t);
		log_fills(env);
		sync_form_crash(env, &form, t->seed);
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
			form = sync_form_of(i);
			env = sync_form_env(t, &form, 0);
			CASE_PROPAGATE(t);
			log_fails(env, full);
			if (sync_form_crash(env, &form, t->seed)) {
				data_fails(env, full);
				sync_form_crash(env, &form, t->seed);
			}
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

static void sync_aio_done(struct iopath_io *io)
{
	struct sync_aio *aio = container_of(io, struct sync_aio, io);

	rlenv_publish_wake(&aio->done, 1, aio->task);
}

bool sync_aio_start(struct sync_aio *aio, struct io_env *env, u64 block,
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

ssize_t sync_aio_wait(struct sync_aio *aio)
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
	if (!sync_form_crash(env, form, t->seed))
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
	env = sync_form_env(t, &form, 20000);
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
	sync_form_crash(env, form, seed);
}

static void case_sync_load(struct case_ctx *t)
{
	struct sync_form form;
	struct io_env *env;
	u32 i, round;

	for (i = 0; i < SYNC_FORMS; i++) {
		form = sync_form_of(i);
		/* hypothesis H19: the race of this pair has its own case */
		if (form.design == IOPATH_DIO_SEM && form.era == IOPATH_E3)
			continue;
		env = sync_form_env(t, &form, 20000);
		CASE_PROPAGATE(t);
		for (round = 0; round < t->scale && !case_has_failed(t);
		     round++)
			load_crash(env, &form, t->seed * 1000 + round);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

const struct case_desc cases_iopath_sync[] = {
	{ "sync_eras", case_sync_eras },
	{ "sync_sparse", case_sync_sparse },
	{ "sync_space", case_sync_space },
	{ "sync_log_full", case_sync_log_full },
	{ "sync_errors", case_sync_errors },
	{ "sync_pinned", case_sync_pinned },
	{ "sync_load", case_sync_load },
	{ NULL, NULL },
};
