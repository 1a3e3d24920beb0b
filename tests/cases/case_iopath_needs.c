// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each design at work, watched through the seam of the control: it takes and
 * waits for what it says that it needs, and for nothing else.
 */
#include "case_iopath.h"
#include "iopath_needs.h"

/**
 * struct watch - what a design does
 * @env:      file system
 * @control:  the seam
 * @seen:     per need: not 0 once it has been met; atomic
 * @syncer:   task that runs an fsync, 0 if none; written by it
 * @mover:    task between RL.1 and RL.4, 0 if none; written by it
 * @alone:    one synchronous write and nothing else is running; the main task's
 * @blocked:  a task has had to wait; atomic
 * @returned: the task of the scene has returned; atomic
 */
struct watch {
	struct io_env *env;
	struct iopath_control control;
	atomic_t seen[IOPATH_NEEDS];
	u64 syncer;
	u64 mover;
	bool alone;
	atomic_t blocked;
	atomic_t returned;
};

static void watch_saw(struct watch *watch, enum iopath_need need)
{
	atomic_set(&watch->seen[need], 1);
}

static bool is_self(const u64 *task)
{
	return READ_ONCE(*task) == rlenv_self_id();
}

static void watch_wait_begins(struct watch *watch,
			      const struct iopath_res *res)
{
	if (res->kind == IOPATH_RES_DIO_COUNT &&
	    READ_ONCE(watch->env->file->dio_sem.dio_locked))
		watch_saw(watch, IOPATH_NEED_DIO_LOCKED);
	if (res->kind == IOPATH_RES_OE && is_self(&watch->syncer))
		watch_saw(watch, IOPATH_NEED_SYNC_WAIT);
	if (res->kind == IOPATH_RES_OE && is_self(&watch->mover))
		watch_saw(watch, IOPATH_NEED_RELOC_WAIT);
}

static bool watch_wait(void *arg, const struct iopath_res *res,
		       bool (*ready)(void *data), void *data)
{
	struct watch *watch = arg;
	struct iopath_fs *fs = watch->env->fs;

	watch_wait_begins(watch, res);
	while (!ready(data)) {
		atomic_set(&watch->blocked, 1);
		rlenv_sleep_ns(20000);
	}
	/* the write has completed, its submitter has not gone on */
	if (res->kind == IOPATH_RES_IO && watch->alone &&
	    !fs->ops->is_idle(fs))
		watch_saw(watch, IOPATH_NEED_DSYNC_SPLIT);
	return true;
}

static void watch_acquired(void *arg, const struct iopath_res *res, bool real)
{
	static const struct {
		enum iopath_res_kind kind;
		enum iopath_need need;
	} plain[] = {
		{ IOPATH_RES_INODE_LOCK, IOPATH_NEED_INODE_LOCK },
		{ IOPATH_RES_DIO_SEM, IOPATH_NEED_DIO_SEM },
		{ IOPATH_RES_FILE_RANGE, IOPATH_NEED_FILE_RANGE },
		{ IOPATH_RES_MAP_RANGE, IOPATH_NEED_MAP_RANGE },
		{ IOPATH_RES_DISK_RANGE, IOPATH_NEED_DISK_RANGE },
		{ IOPATH_RES_DIO_COUNT, IOPATH_NEED_DIO_COUNT },
		{ IOPATH_RES_RESERVATIONS, IOPATH_NEED_RESERVATIONS },
		{ IOPATH_RES_NOCOW_WRITERS, IOPATH_NEED_NOCOW_WRITERS },
	};
	struct watch *watch = arg;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(plain); i++)
		if (res->kind == plain[i].kind)
			watch_saw(watch, plain[i].need);
	if (res->kind == IOPATH_RES_EXTENT_RANGE && is_self(&watch->syncer))
		watch_saw(watch, IOPATH_NEED_SYNC_EXTENT);
}

static bool watch_released(void *arg, const struct iopath_res *res)
{
	return true;
}

static void watch_passed(void *arg, const struct iopath_res *res)
{
}

static bool watch_queue(void *arg, struct workqueue_struct *wq,
			struct work_struct *work, const struct iopath_res *res)
{
	return false;
}

static const struct iopath_control_ops watch_ops = {
	.wait = watch_wait,
	.acquired = watch_acquired,
	.released = watch_released,
	.passed = watch_passed,
	.queue = watch_queue,
};

static void watch_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	struct watch *watch = arg;

	if (step == IOPATH_RL_RO)
		WRITE_ONCE(watch->mover, rlenv_self_id());
	if (step == IOPATH_RL_DRAINED)
		WRITE_ONCE(watch->mover, 0);
}

/**
 * struct flight - a direct IO that the device does not end
 * @io:   the IO
 * @buf:  two blocks
 * @done: 1 when it has completed; release by its end
 */
struct flight {
	struct iopath_io io;
	char *buf;
	u32 done;
};

static void flight_done(struct iopath_io *io)
{
	struct flight *flight = container_of(io, struct flight, io);

	/* pairs with the acquire in flight_land() */
	smp_store_release(&flight->done, 1);
}

static bool flight_start(struct watch *watch, struct flight *flight, u32 flags)
{
	struct io_env *env = watch->env;

	memset(flight, 0, sizeof(*flight));
	flight->buf = rlenv_alloc_big(2 * BLK);
	if (!CASE_EXPECT(env->t, flight->buf))
		return false;
	flight->io.buf = flight->buf;
	flight->io.len = 2 * BLK;
	flight->io.flags = flags;
	flight->io.done = flight_done;
	iopath_ram_freeze(env->dev, true);
	return CASE_EXPECT_EQ(env->t, iopath_submit(env->file, &flight->io), 0);
}

static void flight_land(struct watch *watch, struct flight *flight)
{
	iopath_ram_freeze(watch->env->dev, false);
	while (flight->buf && !smp_load_acquire(&flight->done))
		rlenv_sleep_ns(20000);
	rlenv_free_big(flight->buf);
}

static int scene_fsync(struct io_task *task)
{
	struct watch *watch = task->env->fs->hook_arg;
	int err;

	WRITE_ONCE(watch->syncer, rlenv_self_id());
	err = iopath_fsync(task->env->file, 0, U64_MAX);
	WRITE_ONCE(watch->syncer, 0);
	atomic_set(&watch->returned, 1);
	return err;
}

static int scene_relocate(struct io_task *task)
{
	struct watch *watch = task->env->fs->hook_arg;
	int err = iopath_relocate(task->env->fs, (u32)task->block);

	atomic_set(&watch->returned, 1);
	return err;
}

/* An operation of its own kind, without a path around it. */
static void enter_and_leave(struct io_env *env, enum iopath_op_kind kind)
{
	struct iopath_op op = {
		.inode = env->file,
		.kind = kind,
		.last = RANGELOCK_MAX,
	};
	u32 slot = iopath_gate_enter(env->fs, &op.ops);

	op.ops->op_enter(&op);
	op.ops->op_leave(&op);
	iopath_gate_exit(env->fs, slot, op.ops);
}

static int scene_truncate(struct io_task *task)
{
	struct watch *watch = task->env->fs->hook_arg;

	enter_and_leave(task->env, IOPATH_OP_TRUNCATE);
	atomic_set(&watch->returned, 1);
	return 0;
}

/* A write in flight, and a task that comes upon it. */
static void scene(struct watch *watch, int (*call)(struct io_task *task),
		  u64 block)
{
	struct case_ctx *t = watch->env->t;
	struct flight flight;
	struct io_task task;

	atomic_set(&watch->blocked, 0);
	atomic_set(&watch->returned, 0);
	if (flight_start(watch, &flight, IOPATH_WRITE) &&
	    io_task_start(&task, watch->env, call, block, 0, 0)) {
		while (!atomic_read(&watch->blocked) &&
		       !atomic_read(&watch->returned))
			rlenv_sleep_ns(20000);
		iopath_ram_freeze(watch->env->dev, false);
		CASE_EXPECT_EQ(t, io_task_join(&task), 0);
	}
	flight_land(watch, &flight);
}

static void scene_read(struct watch *watch)
{
	struct rangelock *extent = iopath_extent_lock(watch->env->file);
	struct rangelock_req req;
	struct flight flight;

	if (flight_start(watch, &flight, 0)) {
		if (rangelock_try(extent, &req, 0, BLK - 1,
				  RANGELOCK_EXCLUSIVE))
			watch_saw(watch, IOPATH_NEED_READ_EXTENT);
		else
			rangelock_release(extent, &req);
	}
	flight_land(watch, &flight);
}

/* Writes that are waited for, inside of the file and beyond its size. */
static void scene_alone(struct watch *watch)
{
	struct io_env *env = watch->env;
	u64 size = env->geo.file_bytes;

	watch->alone = true;
	env_write(env, 2, 1, 0);
	WRITE_ONCE(env->file->size, size - BLK);
	env_write(env, size / BLK - 1, 1, 0);
	WRITE_ONCE(env->file->size, size);
	watch->alone = false;
}

static void compare(struct case_ctx *t, enum iopath_design design,
		    enum iopath_need need, bool seen)
{
	char what[120];

	if (seen == iopath_design_needs(design, need))
		return;
	scnprintf(what, sizeof(what), "%s, %s: %s", iopath_design_name(design),
		  iopath_need_info(need)->name,
		  seen ? "taken, not claimed" : "claimed, not taken");
	case_fail(t, __FILE__, __LINE__, what);
}

static void watch_design(struct watch *watch, enum iopath_design design)
{
	struct io_env *env = watch->env;
	struct case_ctx *t = env->t;
	u32 need;

	watch->control.ops = &watch_ops;
	watch->control.arg = watch;
	iopath_set_control(env->fs, &watch->control);
	iopath_set_hook(env->fs, watch_step, watch);
	if (!env_fill(env))
		return;
	scene_alone(watch);
	scene(watch, scene_fsync, 0);
	scene(watch, scene_truncate, 0);
	scene(watch, scene_relocate, env_bg_of(env, 0));
	scene_read(watch);
	enter_and_leave(env, IOPATH_OP_FAULT);
	iopath_set_control(env->fs, NULL);
	for (need = 0; need < IOPATH_NEEDS; need++)
		compare(t, design, need, atomic_read(&watch->seen[need]));
}

static void case_needs(struct case_ctx *t)
{
	struct watch *watch;
	struct io_env *env;
	u32 d;

	/* all: a control takes every semaphore by trying */
	for (d = 0; d < IOPATH_DESIGNS; d++) {
		env = env_new(t);
		watch = rlenv_alloc(sizeof(*watch));
		if (!CASE_EXPECT(t, env && watch))
			goto out;
		watch->env = env;
		env->geo.file_bytes = 8 * BLK;
		env_use_nocow(env, true);
		env->ram.latency_ns = 10000;
		if (env_make(env, d))
			watch_design(watch, d);
out:
		env_free(env);
		rlenv_free(watch);
		CASE_PROPAGATE(t);
	}
}

static void case_bytes(struct case_ctx *t)
{
	struct iopath_need_bytes dio_sem, range;

	iopath_design_bytes(IOPATH_DIO_SEM, &dio_sem);
	iopath_design_bytes(IOPATH_RANGE, &range);
	CASE_CHECK_EQ(t, dio_sem.fs, 0);
	CASE_CHECK_EQ(t, dio_sem.io, 0);
	CASE_CHECK(t, dio_sem.bg > 0 &&
		      dio_sem.bg <= sizeof(struct dio_sem_bg));
	CASE_CHECK(t, dio_sem.inode <= sizeof(struct dio_sem_inode));
	CASE_CHECK_EQ(t, range.bg, 0);
	CASE_CHECK_EQ(t, range.inode, sizeof(struct range_inode));
	CASE_CHECK_EQ(t, range.io, sizeof(struct rangelock_req));
	CASE_CHECK_EQ(t, range.oe, sizeof(struct rangelock_req));
}

const struct case_desc cases_iopath_needs[] = {
	{ "needs", case_needs },
	{ "bytes", case_bytes },
	{ NULL, NULL },
};
