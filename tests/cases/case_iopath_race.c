// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The races of record, replayed step by step: one task is parked at a named
 * step while another runs.  The design none must be caught by the checker, or
 * the schedule proves nothing; the real designs must make the other task
 * wait.
 */
#include "case_iopath.h"

/* Whether an fsync begins with F, and relocation with D. */
static bool has_range_locks(const struct io_env *env)
{
	return env->design == IOPATH_RANGE || env->design == IOPATH_RANGE_H1;
}

/* Wait until the fsync has come as far as the design lets it. */
static void wait_fsync_blocked(struct io_env *env)
{
	if (has_range_locks(env))
		env_wait_waiter(iopath_file_lock(env->file));
	else
		env_wait_step(env, IOPATH_FS_ENTERED);
}

/*
 * S1, S2: an fsync between the insertion of the extent map and that of the
 * ordered extent.  Blocks 0-3 are being overwritten, the old content is
 * durable.  Without a lock the fsync logs an extent that nobody has written.
 */
static void fsync_between(struct io_env *env)
{
	struct case_ctx *t = env->t;
	struct io_task writer, syncer;

	env_hook(env);
	env_park(env, IOPATH_DW_EM_INSERTED);
	if (!io_task_start(&writer, env, io_task_write, 0, 4, 0))
		return;
	env_wait_parked(env);
	if (!io_task_start(&syncer, env, io_task_fsync, 0, 0, 0)) {
		env_release(env);
		io_task_join(&writer);
		return;
	}
	if (env->design == IOPATH_NONE) {
		/* returns success, with the write still parked: then the crash */
		CASE_EXPECT_EQ(t, io_task_join(&syncer), 0);
		iopath_ram_cut(env->dev, t->seed);
		env_release(env);
		CASE_EXPECT_EQ(t, io_task_join(&writer), -EIO);
		return;
	}
	wait_fsync_blocked(env);
	CASE_EXPECT_EQ(t, atomic_read(&env->first[IOPATH_FS_EMS]), 0);
	env_release(env);
	CASE_EXPECT_EQ(t, io_task_join(&writer), 0);
	CASE_EXPECT_EQ(t, io_task_join(&syncer), 0);
	CASE_EXPECT(t, env_is_before(env, IOPATH_DW_OE_INSERTED,
				     IOPATH_FS_EMS));
}

/* What the checker has to say after the crash. */
static bool fsync_race_is_caught(enum iopath_code code, bool datasum)
{
	if (datasum)
		return code == IOPATH_CODE_CSUM_MISSING ||
		       code == IOPATH_CODE_CSUM_BAD;
	return code == IOPATH_CODE_STALE_EXPOSED ||
	       code == IOPATH_CODE_LOST_FSYNCED;
}

static void case_fsync_race(struct case_ctx *t)
{
	enum iopath_code code;
	struct io_env *env;
	u32 d, datasum;

	FOR_EACH_DESIGN(d) {
		for (datasum = 0; datasum < 2; datasum++) {
			env = env_new(t);
			CASE_CHECK(t, env);
			env->geo.file_bytes = 8 * BLK;
			env->geo.datasum = datasum;
			if (!env_make(env, d) || !env_fill(env))
				goto out;
			fsync_between(env);
			if (case_has_failed(t) || !env_crash(env, t->seed))
				goto out;
			code = iopath_oracle_check_file(env->oracle, env->fs,
							IOPATH_FLOOR_SYNCED);
			if (d == IOPATH_NONE)
				CASE_EXPECT(t, fsync_race_is_caught(code,
								    datasum));
			else
				CASE_EXPECT_EQ(t, code, IOPATH_CODE_OK);
out:
			env_free(env);
			CASE_PROPAGATE(t);
		}
	}
}

static void wait_reloc_blocked(struct io_env *env)
{
	if (has_range_locks(env))
		env_wait_waiter(iopath_disk_lock(env->fs));
	else
		env_wait_step(env, IOPATH_RL_RO);
}

/*
 * S9 under the design none: the write has chosen its place, relocation copies
 * the old content, the write lands at the old place, relocation switches to the
 * copy.  The write returns success and is lost.
 */
static void nocow_lost(struct io_env *env, struct io_task *writer,
		       struct io_task *mover)
{
	struct case_ctx *t = env->t;

	/* the mover gets as far as E, which the writer holds */
	env_wait_step(env, IOPATH_RL_COPIED);
	iopath_ram_freeze(env->dev, true);
	env_release(env);
	CASE_EXPECT_EQ(t, io_task_join(mover), 0);
	iopath_ram_freeze(env->dev, false);
	CASE_EXPECT_EQ(t, io_task_join(writer), 0);
	CASE_EXPECT_EQ(t, iopath_oracle_check_file(env->oracle, env->fs,
						   IOPATH_FLOOR_ACKED),
		       IOPATH_CODE_LOST_ACKED_WRITE);
}

/* S9: a write in place is parked between its choice and its ordered extent. */
static void nocow_then_reloc(struct io_env *env)
{
	struct io_task writer, mover;
	struct case_ctx *t = env->t;

	env_hook(env);
	env_park(env, IOPATH_DW_MAPPED);
	if (!io_task_start(&writer, env, io_task_write, 0, 4, 0))
		return;
	env_wait_parked(env);
	if (!io_task_start(&mover, env, io_task_relocate, env_bg_of(env, 0), 0,
			   0)) {
		env_release(env);
		io_task_join(&writer);
		return;
	}
	if (env->design == IOPATH_NONE) {
		nocow_lost(env, &writer, &mover);
		return;
	}
	wait_reloc_blocked(env);
	CASE_EXPECT_EQ(t, atomic_read(&env->first[IOPATH_RL_DRAINED]), 0);
	env_release(env);
	CASE_EXPECT_EQ(t, io_task_join(&writer), 0);
	CASE_EXPECT_EQ(t, io_task_join(&mover), 0);
	CASE_EXPECT(t, env_is_before(env, IOPATH_DW_OE_INSERTED,
				     IOPATH_RL_DRAINED));
	env_check(env, IOPATH_FLOOR_ACKED);
}

/* S9 the other way round: relocation came first, so the write must copy. */
static void reloc_then_nocow(struct io_env *env)
{
	struct iopath_stats before, after;
	struct case_ctx *t = env->t;
	struct io_task mover;

	iopath_get_stats(env->fs, &before);
	env_hook(env);
	env_park(env, IOPATH_RL_DRAINED);
	if (!io_task_start(&mover, env, io_task_relocate, env_bg_of(env, 0), 0,
			   0))
		return;
	env_wait_parked(env);
	env_write(env, 0, 4, 0);
	env_release(env);
	CASE_EXPECT_EQ(t, io_task_join(&mover), 0);
	iopath_get_stats(env->fs, &after);
	CASE_EXPECT(t, after.nocow_denied > before.nocow_denied);
	env_check(env, IOPATH_FLOOR_ACKED);
}

static struct io_env *nocow_env(struct case_ctx *t, enum iopath_design design)
{
	struct io_env *env = env_new(t);

	if (!CASE_EXPECT(t, env))
		return NULL;
	env->geo.file_bytes = 8 * BLK;
	env_use_nocow(env, true);
	env->ram.latency_ns = 10000;
	if (env_make(env, design) && env_fill(env))
		return env;
	env_free(env);
	return NULL;
}

static void case_nocow_race(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_DESIGN(d) {
		env = nocow_env(t, d);
		CASE_PROPAGATE(t);
		nocow_then_reloc(env);
		if (!case_has_failed(t) && d != IOPATH_NONE) {
			reloc_then_nocow(env);
			env_is_sound(env);
		}
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

/*
 * An fsync of one part while a write of another is in flight.  The designs of
 * the dio_sem era wait for that write, those with F on a range do not.
 */
static void fsync_elsewhere(struct io_env *env)
{
	struct io_task writer, syncer;
	struct case_ctx *t = env->t;

	env_hook(env);
	env_park(env, IOPATH_DW_SUBMIT);
	if (!io_task_start(&writer, env, io_task_write, 0, 4, 0))
		return;
	env_wait_parked(env);
	if (has_range_locks(env)) {
		env_write(env, 4, 4, IOPATH_DSYNC);
		CASE_EXPECT(t, atomic_read(&env->first[IOPATH_FS_SYNCED]));
		env_release(env);
	} else if (io_task_start(&syncer, env, io_task_fsync, 4, 4, 0)) {
		env_wait_step(env, IOPATH_FS_ENTERED);
		CASE_EXPECT_EQ(t, atomic_read(&env->first[IOPATH_FS_SYNCED]),
			       0);
		env_release(env);
		CASE_EXPECT_EQ(t, io_task_join(&syncer), 0);
	} else {
		env_release(env);
	}
	CASE_EXPECT_EQ(t, io_task_join(&writer), 0);
	env_crash_check(env, t->seed);
}

static void case_fsync_elsewhere(struct case_ctx *t)
{
	struct io_env *env;
	u32 d;

	FOR_EACH_OFFERED(d) {
		env = env_new(t);
		CASE_CHECK(t, env);
		env->geo.file_bytes = 8 * BLK;
		if (env_make(env, d) && env_fill(env))
			fsync_elsewhere(env);
		env_free(env);
		CASE_PROPAGATE(t);
	}
}

const struct case_desc cases_iopath_race[] = {
	{ "fsync_race", case_fsync_race },
	{ "nocow_race", case_nocow_race },
	{ "fsync_elsewhere", case_fsync_elsewhere },
	{ NULL, NULL },
};
