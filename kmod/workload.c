// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One run of the load generator at a time, on a file system made for it.
 *
 * Life of a run (who does it)
 *   workload_start()  makes device and file system, starts the thread
 *   the thread        fills the file, runs the load, checks the file system,
 *                     hides it, unmounts it, stores the results, goes idle
 *   next start, exit  joins the thread
 *
 * Lock order: workload.lock, then whatever the engine takes.  The thread takes
 * workload.lock only when it holds nothing, so that a change of design, which
 * waits for IOs to drain, may be made under it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/moduleparam.h>
#include <linux/printk.h>

#include "rangelock_internal.h"
#include "workload.h"

static bool lock_stats;
module_param(lock_stats, bool, 0644);
MODULE_PARM_DESC(lock_stats, "count what happens on the range locks of the next runs; costs atomic operations");

/**
 * struct workload - the run
 * @lock:     guards workload_params and what follows
 * @state:    under @lock; read without it for display
 * @design:   what the next file system, or the present one, runs under; under
 *            @lock; read without it for display
 * @fs:       file system of the present run, or NULL; under @lock, but the
 *            thread, which alone clears it, reads it without
 * @dev:      its device; set before the thread starts
 * @load:     what the thread runs; set before the thread starts
 * @run:      what the thread has found out; the thread's while there is one
 * @thread:   present or last thread, not joined yet; under @lock
 * @stop:     not 0 when the load is to end; any time
 * @counters: of the last run that ended; under @lock
 * @stats:    of the locks of the present run, if they are counted; as
 *            struct rangelock_stats says
 */
static struct workload {
	struct mutex lock;
	enum workload_state state;
	enum iopath_design design;
	struct iopath_fs *fs;
	struct iopath_dev *dev;
	struct iopath_load_params load;
	struct results_run *run;
	struct rlenv_thread *thread;
	u32 stop;
	struct workload_counters counters;
	struct rangelock_stats stats[WORKLOAD_LOCKS];
} workload = {
	.lock = __MUTEX_INITIALIZER(workload.lock),
	.design = IOPATH_DIO_SEM,
};

static const char * const lock_names[] = {
	[WORKLOAD_FILE_LOCK] = "file",
	[WORKLOAD_DISK_LOCK] = "disk",
	[WORKLOAD_EXTENT_LOCK] = "extent",
};

void workload_lock(void)
{
	mutex_lock(&workload.lock);
}

void workload_unlock(void)
{
	mutex_unlock(&workload.lock);
}

/**
 * workload_lock_idle - workload_lock(), if no load runs
 *
 * Context: process context, sleeps.
 * Return: 0 with the lock held, or -EBUSY without it.
 */
int workload_lock_idle(void)
{
	mutex_lock(&workload.lock);
	if (workload.state == WORKLOAD_IDLE)
		return 0;
	mutex_unlock(&workload.lock);
	return -EBUSY;
}

enum workload_state workload_state(void)
{
	return READ_ONCE(workload.state);
}

enum iopath_design workload_design(void)
{
	return READ_ONCE(workload.design);
}

/**
 * workload_set_design - change the design, at any time
 * @design: from now on; under load, each IO sees one design from begin to end
 *
 * Context: process context, sleeps until the IOs of the old design are through.
 * Return: 0 or -errno, then the design is the old one.
 */
int workload_set_design(enum iopath_design design)
{
	int ret = 0;

	mutex_lock(&workload.lock);
	if (workload.fs)
		ret = iopath_set_design(workload.fs, design);
	if (!ret)
		WRITE_ONCE(workload.design, design);
	mutex_unlock(&workload.lock);
	return ret;
}

const char *workload_lock_name(enum workload_which_lock which)
{
	return lock_names[which];
}

/**
 * workload_fs_lock - one of the locks of the present run
 * @which: which
 *
 * Context: within workload_lock(), valid until workload_unlock().
 * Return: the lock, or NULL if no load runs.
 */
struct rangelock *workload_fs_lock(enum workload_which_lock which)
{
	lockdep_assert_held(&workload.lock);
	if (!workload.fs)
		return NULL;
	switch (which) {
	case WORKLOAD_FILE_LOCK:
		return iopath_file_lock(iopath_file(workload.fs, 0));
	case WORKLOAD_DISK_LOCK:
		return iopath_disk_lock(workload.fs);
	default:
		return iopath_extent_lock(iopath_file(workload.fs, 0));
	}
}

static void copy_counters_locked(struct workload_counters *counters)
{
	const struct rangelock_stats *stats;
	int i;

	lockdep_assert_held(&workload.lock);
	counters->valid = true;
	iopath_get_stats(workload.fs, &counters->fs);
	for (i = 0; i < WORKLOAD_LOCKS; i++) {
		stats = rangelock_stats(workload_fs_lock(i));
		memset(&counters->lock[i], 0, sizeof(counters->lock[i]));
		/* Each counter is one word, and they are no snapshot. */
		if (stats)
			counters->lock[i] = data_race(*stats);
	}
}

/**
 * workload_get_counters - of the present run, else of the last one
 * @counters: filled in
 *
 * Context: process context, sleeps.
 */
void workload_get_counters(struct workload_counters *counters)
{
	mutex_lock(&workload.lock);
	if (workload.fs)
		copy_counters_locked(&workload.counters);
	*counters = workload.counters;
	mutex_unlock(&workload.lock);
}

/* From here on nobody but the thread sees the file system. */
static void hide_fs(struct results_run *run)
{
	mutex_lock(&workload.lock);
	copy_counters_locked(&workload.counters);
	run->switches = workload.counters.fs.switches;
	run->design = workload.design;
	workload.fs = NULL;
	WRITE_ONCE(workload.state, WORKLOAD_STOPPING);
	mutex_unlock(&workload.lock);
}

static int workload_main(void *arg)
{
	struct results_run *run = workload.run;
	struct iopath_fs *fs = workload.fs;
	int ret;

	ret = iopath_load_prefill(fs);
	if (!ret)
		ret = iopath_load_run(fs, &workload.load, &run->load);
	hide_fs(run);
	run->stopped = ret == -EINTR;
	if (run->stopped)
		ret = 0;
	run->broken = iopath_validate(fs);
	run->error = iopath_unmount(fs);
	if (ret)
		run->error = ret;
	iopath_dev_destroy(workload.dev);
	if (run->error || run->broken)
		pr_err("run failed: error %d, invariant %d\n", run->error,
		       run->broken);

	mutex_lock(&workload.lock);
	results_store(run);
	WRITE_ONCE(workload.state, WORKLOAD_IDLE);
	mutex_unlock(&workload.lock);
	return 0;
}

static struct iopath_dev *make_device(const struct iopath_geometry *geo)
{
	struct iopath_ram_params ram;
	struct iopath_dev *dev;

	if (workload_params.device[0] != '/') {
		params_fill_ram(&ram);
		dev = iopath_ram_create(iopath_device_blocks(geo), &ram);
		return dev ? dev : ERR_PTR(-ENOMEM);
	}
	dev = iopath_bdev_create(workload_params.device);
	if (IS_ERR(dev)) {
		pr_warn("cannot use device %s: error %ld\n",
			workload_params.device, PTR_ERR(dev));
		return dev;
	}
	if (dev->nr_blocks < iopath_device_blocks(geo)) {
		pr_warn("device %s has %llu blocks of 4096 bytes, %llu are needed\n",
			workload_params.device, dev->nr_blocks,
			iopath_device_blocks(geo));
		iopath_dev_destroy(dev);
		return ERR_PTR(-ENOSPC);
	}
	return dev;
}

static int make_fs(struct iopath_dev *dev, const struct iopath_geometry *geo,
		   struct iopath_fs **fs)
{
	int ret = iopath_mkfs(dev, geo);

	if (!ret)
		ret = iopath_mount(dev, workload.design, fs);
	if (ret) {
		pr_warn("cannot make a file system: error %d\n", ret);
		return ret;
	}
	ret = iopath_load_check(*fs, &workload.load);
	if (ret) {
		pr_warn("the parameters do not fit together: error %d\n", ret);
		iopath_unmount(*fs);
	}
	return ret;
}

/* Results of the run to come; 80 KiB, so not on the stack. */
static struct results_run *make_run(void)
{
	struct results_run *run = rlenv_alloc(sizeof(*run));

	if (!run)
		return NULL;
	run->mix = workload_params.mix->name;
	strscpy(run->device, workload_params.device, sizeof(run->device));
	return run;
}

static int start_thread_locked(void)
{
	struct rlenv_thread *thread;

	lockdep_assert_held(&workload.lock);
	thread = rlenv_thread_run(workload_main, NULL, -1, "workload");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	workload.thread = thread;
	WRITE_ONCE(workload.state, WORKLOAD_RUNNING);
	return 0;
}

/* Nobody uses the file system yet. */
static void attach_stats_locked(void)
{
	int i;

	lockdep_assert_held(&workload.lock);
	memset(workload.stats, 0, sizeof(workload.stats));
	for (i = 0; i < WORKLOAD_LOCKS; i++)
		rangelock_attach_stats(workload_fs_lock(i), &workload.stats[i]);
}

static int start_locked(void)
{
	struct iopath_geometry geo;
	int ret;

	lockdep_assert_held(&workload.lock);
	ret = params_fill_load(&workload.load);
	if (ret)
		return ret;
	WRITE_ONCE(workload.stop, 0);
	workload.load.stop = &workload.stop;
	params_fill_geometry(&geo);
	workload.run = make_run();
	if (!workload.run)
		return -ENOMEM;
	workload.dev = make_device(&geo);
	ret = PTR_ERR_OR_ZERO(workload.dev);
	if (ret)
		goto out_run;
	ret = make_fs(workload.dev, &geo, &workload.fs);
	if (ret)
		goto out_dev;
	if (READ_ONCE(lock_stats))
		attach_stats_locked();
	ret = start_thread_locked();
	if (!ret)
		return 0;
	iopath_unmount(workload.fs);
out_dev:
	workload.fs = NULL;
	iopath_dev_destroy(workload.dev);
out_run:
	rlenv_free(workload.run);
	return ret;
}

/* The last thread is past its last use of the lock, or about to be. */
static void join_locked(void)
{
	lockdep_assert_held(&workload.lock);
	if (workload.thread)
		rlenv_thread_join(workload.thread);
	workload.thread = NULL;
}

/**
 * workload_start - start a run with the present parameters
 *
 * Context: process context, sleeps.
 * Return: 0, -EBUSY while a load runs, -EINVAL if the parameters do not fit
 * together, or what the device said; the reason is in the log.
 */
int workload_start(void)
{
	int ret = workload_lock_idle();

	if (ret) {
		pr_warn("a load runs already; write 1 to stop\n");
		return ret;
	}
	join_locked();
	ret = start_locked();
	mutex_unlock(&workload.lock);
	return ret;
}

/**
 * workload_stop - end the present run early, if there is one
 *
 * The state says when it has ended.
 *
 * Context: process context, sleeps.
 */
void workload_stop(void)
{
	mutex_lock(&workload.lock);
	if (workload.state == WORKLOAD_RUNNING) {
		WRITE_ONCE(workload.stop, 1);
		WRITE_ONCE(workload.state, WORKLOAD_STOPPING);
	}
	mutex_unlock(&workload.lock);
}

int workload_init(void)
{
	params_choose_mix(&iopath_mixes[0]);
	return 0;
}

/* Nobody can start a run any more. */
void workload_exit(void)
{
	workload_stop();
	if (workload.thread)
		rlenv_thread_join(workload.thread);
	results_exit();
}
