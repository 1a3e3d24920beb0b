// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * File systems, tasks and parking for the cases of the IO engine.
 */
#include "case_iopath.h"
#include "rangelock_debug.h"

/* Blocks that nobody has written look like this, so that they are told apart. */
#define GARBAGE		0xde

/* A small file system, on a device that completes inline and can crash. */
struct io_env *env_new(struct case_ctx *t)
{
	struct io_env *env = rlenv_alloc(sizeof(*env));

	if (!env)
		return NULL;
	env->t = t;
	env->geo.file_bytes = 48 * BLK;
	env->geo.bg_blocks = 64;
	env->geo.nr_bgs = 3;
	env->geo.log_blocks = 32;
	env->geo.datasum = true;
	env->ram.crashable = true;
	env->ram.seed = t->seed;
	atomic_set(&env->park, IOPATH_STEPS);
	init_waitqueue_head(&env->wait);
	return env;
}

/* Write in place, which allows no checksums, or else copy with checksums. */
void env_use_nocow(struct io_env *env, bool nocow)
{
	env->geo.nocow = nocow;
	env->geo.datasum = !nocow;
}

/* Make device, file system and oracle, and mount. */
bool env_make(struct io_env *env, enum iopath_design design)
{
	u64 nr_blocks = iopath_device_blocks(&env->geo);
	u64 block;

	env->buf = rlenv_alloc_big(IO_MAX);
	env->oracle = iopath_oracle_create(env->geo.file_bytes);
	env->dev = iopath_ram_create(nr_blocks, &env->ram);
	if (!CASE_EXPECT(env->t, env->buf && env->oracle && env->dev))
		return false;
	for (block = 0; block < nr_blocks; block++)
		memset(iopath_ram_peek(env->dev, block), GARBAGE, BLK);
	if (!CASE_EXPECT_EQ(env->t, iopath_mkfs(env->dev, &env->geo), 0))
		return false;
	env->design = design;
	return env_mount(env);
}

bool env_mount(struct io_env *env)
{
	if (!CASE_EXPECT_EQ(env->t, iopath_mount(env->dev, env->design,
						 &env->fs), 0))
		return false;
	env->file = iopath_file(env->fs, 0);
	return true;
}

/* Unmount, which writes everything back and commits, and mount again. */
bool env_remount(struct io_env *env)
{
	bool ok = CASE_EXPECT_EQ(env->t, iopath_unmount(env->fs), 0);

	env->fs = NULL;
	return ok && env_mount(env) && env_is_sound(env);
}

/* Unmount if mounted, check nothing more, free everything. */
void env_free(struct io_env *env)
{
	if (!env)
		return;
	if (env->fs)
		iopath_abandon(env->fs);
	iopath_dev_destroy(env->dev);
	iopath_oracle_destroy(env->oracle);
	rlenv_free_big(env->buf);
	rlenv_free(env);
}

static int do_write(struct io_env *env, char *buf, u64 block, u32 nr, u32 flags)
{
	u64 pos = block * BLK;
	u32 *snapshot = NULL;
	u32 number = iopath_oracle_issue(env->oracle, pos, buf, nr * BLK);
	ssize_t done;

	done = iopath_write(env->file, pos, buf, nr * BLK, flags);
	if (done < 0)
		return (int)done;
	iopath_oracle_ack(env->oracle, pos, nr * BLK, number);
	if (flags & IOPATH_DSYNC)
		snapshot = iopath_oracle_sync_begin(env->oracle);
	if (snapshot)
		iopath_oracle_sync_done(env->oracle, snapshot, pos,
					pos + nr * BLK - 1, true);
	return 0;
}

/* Write blocks that nobody else writes; true if it worked. */
bool env_write(struct io_env *env, u64 block, u32 nr, u32 flags)
{
	return CASE_EXPECT_EQ(env->t,
			      do_write(env, env->buf, block, nr, flags), 0);
}

static int do_fsync(struct io_env *env, u64 start, u64 last)
{
	u32 *snapshot = iopath_oracle_sync_begin(env->oracle);
	int err;

	if (!snapshot)
		return -ENOMEM;
	err = iopath_fsync(env->file, start, last);
	iopath_oracle_sync_done(env->oracle, snapshot, start, last, !err);
	return err;
}

/* fsync blocks, all of the file if @nr is 0. */
bool env_fsync(struct io_env *env, u64 block, u64 nr)
{
	u64 last = nr ? (block + nr) * BLK - 1 : U64_MAX;

	return CASE_EXPECT_EQ(env->t, do_fsync(env, block * BLK, last), 0);
}

/* Write all of the file, in IOs of 16 blocks, and make it durable. */
bool env_fill(struct io_env *env)
{
	u64 blocks = env->geo.file_bytes / BLK;
	u64 block;
	bool ok = true;

	for (block = 0; block < blocks && ok; block += 16)
		ok = env_write(env, block, (u32)min_t(u64, 16, blocks - block),
			       0);
	return ok && env_fsync(env, 0, 0) &&
	       CASE_EXPECT_EQ(env->t, iopath_commit(env->fs), 0);
}

/* Compare all of the file with the oracle. */
bool env_check(struct io_env *env, enum iopath_floor floor)
{
	enum iopath_code code;

	code = iopath_oracle_check_file(env->oracle, env->fs, floor);
	if (!code)
		return true;
	case_fail(env->t, __FILE__, __LINE__, iopath_code_name(code));
	return false;
}

/* Invariants, and checksums on the device. */
bool env_is_sound(struct io_env *env)
{
	return CASE_EXPECT_EQ(env->t, iopath_validate(env->fs), 0) &&
	       CASE_EXPECT_EQ(env->t, iopath_audit(env->fs), IOPATH_CODE_OK);
}

/* Lose what is not durable; nothing is mounted. */
bool env_lose(struct io_env *env, u64 seed)
{
	iopath_ram_cut(env->dev, seed);
	iopath_abandon(env->fs);
	env->fs = NULL;
	return CASE_EXPECT_EQ(env->t, iopath_ram_crash(env->dev, seed), 0);
}

/* Lose what is not durable, and mount what is left. */
bool env_crash(struct io_env *env, u64 seed)
{
	return env_lose(env, seed) && env_mount(env);
}

/* After a crash what was durable is there, and all is sound. */
bool env_crash_check(struct io_env *env, u64 seed)
{
	return env_crash(env, seed) && env_check(env, IOPATH_FLOOR_SYNCED) &&
	       env_is_sound(env);
}

/* The state after a crash is the new truth for the oracle. */
void env_settle(struct io_env *env)
{
	u64 block, blocks = env->geo.file_bytes / BLK;

	for (block = 0; block < blocks; block++) {
		CASE_EXPECT_EQ(env->t, iopath_read(env->file, block * BLK,
						   env->buf, BLK), BLK);
		iopath_oracle_settle(env->oracle, block * BLK, env->buf, BLK);
	}
}

/* In which block group a file block is. */
u32 env_bg_of(struct io_env *env, u64 block)
{
	struct iopath_extent item;

	if (!CASE_EXPECT(env->t, iopath_item_lookup(env->file, block, block,
						    &item)))
		return 0;
	return iopath_bg_of(env->fs, item.block)->index;
}

static void env_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	struct io_env *env = arg;

	atomic_cmpxchg(&env->first[step], 0, atomic_inc_return(&env->order));
	wake_up_all(&env->wait);
	if (atomic_cmpxchg(&env->park, (int)step, IOPATH_STEPS) != (int)step)
		return;
	atomic_set(&env->parked, 1);
	wake_up_all(&env->wait);
	wait_event(env->wait, atomic_read(&env->released));
	atomic_set(&env->parked, 0);
}

/* Watch the steps of the file system from here on. */
void env_hook(struct io_env *env)
{
	u32 step;

	for (step = 0; step < IOPATH_STEPS; step++)
		atomic_set(&env->first[step], 0);
	atomic_set(&env->order, 0);
	iopath_set_hook(env->fs, env_step, env);
}

/* The next task that comes to @step stops there. */
void env_park(struct io_env *env, enum iopath_step step)
{
	atomic_set(&env->released, 0);
	atomic_set(&env->park, (int)step);
}

void env_wait_parked(struct io_env *env)
{
	wait_event(env->wait, atomic_read(&env->parked));
}

void env_release(struct io_env *env)
{
	atomic_set(&env->park, IOPATH_STEPS);
	atomic_set(&env->released, 1);
	wake_up_all(&env->wait);
}

/* Until somebody has been at @step since env_hook(). */
void env_wait_step(struct io_env *env, enum iopath_step step)
{
	wait_event(env->wait, atomic_read(&env->first[step]));
}

/* Whether @a was seen, and before @b, if that was seen at all. */
bool env_is_before(struct io_env *env, enum iopath_step a, enum iopath_step b)
{
	int first_a = atomic_read(&env->first[a]);
	int first_b = atomic_read(&env->first[b]);

	return first_a && (!first_b || first_a < first_b);
}

/* Until a request is queued on a range lock. */
void env_wait_waiter(struct rangelock *rl)
{
	struct rangelock_record record;

	while (!rangelock_snapshot(rl, RANGELOCK_WAITERS, &record, 1))
		rlenv_sleep_ns(100000);
}

static int task_thread(void *arg)
{
	struct io_task *task = arg;

	task->result = task->call(task);
	return 0;
}

bool io_task_start(struct io_task *task, struct io_env *env,
		   int (*call)(struct io_task *task), u64 block, u32 nr,
		   u32 flags)
{
	task->env = env;
	task->call = call;
	task->block = block;
	task->nr = nr;
	task->flags = flags;
	task->handle = rlenv_thread_run(task_thread, task, -1, "io_task");
	return CASE_EXPECT(env->t, task->handle && !IS_ERR(task->handle));
}

/* Wait for the call.  Return: its result. */
int io_task_join(struct io_task *task)
{
	rlenv_thread_join(task->handle);
	return task->result;
}

int io_task_write(struct io_task *task)
{
	char *buf = rlenv_alloc_big(task->nr * BLK);
	int err;

	if (!buf)
		return -ENOMEM;
	err = do_write(task->env, buf, task->block, task->nr, task->flags);
	rlenv_free_big(buf);
	return err;
}

int io_task_fsync(struct io_task *task)
{
	return do_fsync(task->env, task->block * BLK,
			task->nr ? (task->block + task->nr) * BLK - 1 :
				   U64_MAX);
}

int io_task_relocate(struct io_task *task)
{
	return iopath_relocate(task->env->fs, (u32)task->block);
}

static int worker_read(struct io_worker *worker, u64 block, u32 nr)
{
	struct io_env *env = worker->env;
	enum iopath_code code;
	ssize_t done;

	done = iopath_read(env->file, block * BLK, worker->buf, nr * BLK);
	if (done < 0)
		return (int)done;
	code = iopath_oracle_check(env->oracle, block * BLK, worker->buf,
				   nr * BLK, IOPATH_FLOOR_ACKED, false);
	if (code && worker->check)
		case_fail(env->t, __FILE__, __LINE__, iopath_code_name(code));
	return 0;
}

/**
 * struct aio - an asynchronous write of a worker
 * @io:   the write
 * @done: 1 when it has completed
 * @task: who waits; constant
 */
struct aio {
	struct iopath_io io;
	u32 done;
	rlenv_task_t task;
};

static void aio_done(struct iopath_io *io)
{
	struct aio *aio = container_of(io, struct aio, io);

	rlenv_publish_wake(&aio->done, 1, aio->task);
}

/* Submit a write, let an fsync of all of the file race with it, wait. */
static int worker_aio(struct io_worker *worker, u64 block, u32 nr, u32 flags)
{
	struct io_env *env = worker->env;
	struct aio *aio = rlenv_alloc(sizeof(*aio));
	u64 woken = 0;
	int err, sync_err;
	u32 number;

	if (!aio)
		return -ENOMEM;
	aio->task = rlenv_self();
	aio->io.pos = block * BLK;
	aio->io.len = nr * BLK;
	aio->io.flags = IOPATH_WRITE | flags;
	aio->io.buf = worker->buf;
	aio->io.done = aio_done;
	number = iopath_oracle_issue(env->oracle, aio->io.pos, worker->buf,
				     nr * BLK);
	err = iopath_submit(env->file, &aio->io);
	if (!err) {
		sync_err = do_fsync(env, 0, U64_MAX);
		rlenv_wait_on(&aio->done, 1, RANGELOCK_WAIT_FOREVER, 0, &woken);
		err = aio->io.result < 0 ? (int)aio->io.result : sync_err;
		if (aio->io.result > 0)
			iopath_oracle_ack(env->oracle, aio->io.pos, nr * BLK,
					  number);
	}
	rlenv_free(aio);
	return err;
}

static int worker_op(struct io_worker *worker)
{
	u64 blocks = worker->env->geo.file_bytes / BLK;
	u64 any = prng_below(&worker->prng, (u32)blocks);
	u32 nr = 1 + prng_below(&worker->prng, min_t(u32, worker->nr, 16));
	u64 block = worker->first + prng_below(&worker->prng,
					       worker->nr - nr + 1);

	switch (prng_below(&worker->prng, 8)) {
	case 0:
		/* any part of the file, also across that of others */
		return do_fsync(worker->env, any * BLK, (any + nr) * BLK - 1);
	case 1:
		return do_fsync(worker->env, 0, U64_MAX);
	case 2:
		return do_write(worker->env, worker->buf, block, nr,
				IOPATH_DSYNC);
	case 3:
		return worker_aio(worker, block, nr,
				  nr % 2 ? IOPATH_DSYNC : 0);
	case 4:
	case 5:
		return worker_read(worker, block, nr);
	default:
		return do_write(worker->env, worker->buf, block, nr, 0);
	}
}

/* Work until told to stop, or until the device dies under a crash test. */
static int worker_thread(void *arg)
{
	struct io_worker *worker = arg;
	int err = 0;

	while (!READ_ONCE(*worker->stop) && !err &&
	       !case_has_failed(worker->env->t)) {
		err = worker_op(worker);
		if (worker->check)
			CASE_EXPECT_EQ(worker->env->t, err, 0);
		atomic_inc(worker->ops);
	}
	/* whoever waits for a number of operations shall not wait for ever */
	if (err || case_has_failed(worker->env->t))
		atomic_add(1000000, worker->ops);
	return 0;
}

/* Start the workers, or return NULL after a failed check. */
struct io_workers *io_workers_start(struct io_env *env, u64 seed, bool check)
{
	u64 blocks = env->geo.file_bytes / BLK;
	struct io_workers *workers = rlenv_alloc(sizeof(*workers));
	u32 i;

	if (!CASE_EXPECT(env->t, workers))
		return NULL;
	for (i = 0; i < IO_WORKERS; i++) {
		struct io_worker *worker = &workers->worker[i];

		worker->env = env;
		worker->nr = (u32)(blocks / IO_WORKERS);
		worker->first = (u64)i * worker->nr;
		worker->check = check;
		worker->stop = &workers->stop;
		worker->ops = &workers->ops;
		worker->buf = rlenv_alloc_big(IO_MAX);
		prng_seed(&worker->prng, seed + i);
		if (CASE_EXPECT(env->t, worker->buf))
			worker->handle = rlenv_thread_run(worker_thread, worker,
							  -1, "io_worker");
	}
	return workers;
}

/* Until the workers have done that many operations. */
void io_workers_wait(struct io_workers *workers, int ops)
{
	while (atomic_read(&workers->ops) < ops)
		rlenv_sleep_ns(100000);
}

/* Stop the workers and free them. */
void io_workers_stop(struct io_workers *workers)
{
	u32 i;

	WRITE_ONCE(workers->stop, 1);
	for (i = 0; i < IO_WORKERS; i++) {
		struct io_worker *worker = &workers->worker[i];

		if (worker->handle && !IS_ERR(worker->handle))
			rlenv_thread_join(worker->handle);
		rlenv_free_big(worker->buf);
	}
	rlenv_free(workers);
}
