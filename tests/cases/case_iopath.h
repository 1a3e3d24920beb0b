/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the cases of the IO engine share: a file system on a RAM device with an
 * oracle beside it, tasks that use it, and a hook that parks a task at a step.
 */
#ifndef RANGELOCK_CASE_IOPATH_H
#define RANGELOCK_CASE_IOPATH_H

#include "case.h"
#include "cases.h"
#include "hist.h"
#include "iopath_internal.h"
#include "iopath_verify.h"
#include "prng.h"

#define BLK		IOPATH_BLOCK_SIZE
/* Largest IO of the cases. */
#define IO_MAX		(64U * BLK)

/*
 * The body makes a fresh file system in design @d.  Not dio_sem-helper: it has a
 * deadlock (S4), which lockdep sees in its order of locks before it happens, so
 * only schedules run it, which take its semaphore by trying.
 */
#define FOR_EACH_DESIGN(d)                                              \
	for ((d) = 0; (d) < IOPATH_DESIGNS; (d)++)                      \
		if ((d) != IOPATH_DIO_SEM_HELPER)
/* Those that are for users, and must withstand any load. */
#define FOR_EACH_OFFERED(d)                                             \
	for ((d) = 0; (d) < IOPATH_DESIGNS; (d)++)                      \
		if (iopath_design_is_offered(d))

/**
 * struct io_env - a file system under test
 * @t:        the case
 * @geo:      geometry; set before env_make()
 * @ram:      device parameters; set before env_make()
 * @design:   of all mounts
 * @dev:      device
 * @fs:       mounted file system or NULL
 * @oracle:   what the file must contain
 * @buf:      IO_MAX bytes for the main task
 * @order:    number of the next step; atomic
 * @first:    per step: its number when it was first seen, 0 if never; set once
 * @park:     step at which the next task stops, IOPATH_STEPS for none; atomic
 * @parked:   a task is stopped
 * @released: it may go on
 * @wait:     for changes of all these
 */
struct io_env {
	struct case_ctx *t;
	struct iopath_geometry geo;
	struct iopath_ram_params ram;
	enum iopath_design design;
	struct iopath_dev *dev;
	struct iopath_fs *fs;
	struct iopath_inode *file;
	struct iopath_oracle *oracle;
	char *buf;
	atomic_t order;
	atomic_t first[IOPATH_STEPS];
	atomic_t park;
	atomic_t parked;
	atomic_t released;
	wait_queue_head_t wait;
};

struct io_env *env_new(struct case_ctx *t);
void env_use_nocow(struct io_env *env, bool nocow);
bool env_make(struct io_env *env, enum iopath_design design);
bool env_mount(struct io_env *env);
bool env_remount(struct io_env *env);
void env_free(struct io_env *env);

bool env_write(struct io_env *env, u64 block, u32 nr, u32 flags);
bool env_fsync(struct io_env *env, u64 block, u64 nr);
bool env_fill(struct io_env *env);
bool env_check(struct io_env *env, enum iopath_floor floor);
bool env_is_sound(struct io_env *env);
bool env_lose(struct io_env *env, u64 seed);
bool env_crash(struct io_env *env, u64 seed);
bool env_crash_check(struct io_env *env, u64 seed);
void env_settle(struct io_env *env);
u32 env_bg_of(struct io_env *env, u64 block);

void env_hook(struct io_env *env);
void env_park(struct io_env *env, enum iopath_step step);
void env_wait_parked(struct io_env *env);
void env_release(struct io_env *env);
void env_wait_step(struct io_env *env, enum iopath_step step);
bool env_is_before(struct io_env *env, enum iopath_step a, enum iopath_step b);
void env_wait_waiter(struct rangelock *rl);

/**
 * struct io_task - one call in a thread of its own
 * @env:    constant
 * @call:   what to do; returns 0 or -errno
 * @block:  file block, or block group
 * @nr:     blocks
 * @flags:  of a write
 * @result: of @call; valid after io_task_join()
 * @handle: the thread
 */
struct io_task {
	struct io_env *env;
	int (*call)(struct io_task *task);
	u64 block;
	u32 nr;
	u32 flags;
	int result;
	struct rlenv_thread *handle;
};

bool io_task_start(struct io_task *task, struct io_env *env,
		   int (*call)(struct io_task *task), u64 block, u32 nr,
		   u32 flags);
int io_task_join(struct io_task *task);
int io_task_write(struct io_task *task);
int io_task_fsync(struct io_task *task);
int io_task_relocate(struct io_task *task);

/**
 * struct io_worker - a thread of random operations on blocks of its own
 * @env:    constant
 * @first:  first block; constant
 * @nr:     number of blocks; constant
 * @prng:   own
 * @check:  compare what is read with the oracle; constant
 * @buf:    IO_MAX bytes
 * @stop:   not 0: return; shared
 * @ops:    counts operations; shared
 * @handle: the thread
 */
struct io_worker {
	struct io_env *env;
	u64 first;
	u32 nr;
	struct prng prng;
	bool check;
	char *buf;
	u32 *stop;
	atomic_t *ops;
	struct rlenv_thread *handle;
};

#define IO_WORKERS	4U

/**
 * struct io_workers - all of them, each with a part of the file
 * @worker: the workers
 * @stop:   tells them to return; WRITE_ONCE()
 * @ops:    operations done by all
 */
struct io_workers {
	struct io_worker worker[IO_WORKERS];
	u32 stop;
	atomic_t ops;
};

struct io_workers *io_workers_start(struct io_env *env, u64 seed, bool check);
void io_workers_wait(struct io_workers *workers, int ops);
void io_workers_stop(struct io_workers *workers);

#endif /* RANGELOCK_CASE_IOPATH_H */
