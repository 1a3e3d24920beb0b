/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load that the module runs on demand: its parameters, the one file system
 * that exists while it runs, and its results.
 */
#ifndef RANGELOCK_WORKLOAD_H
#define RANGELOCK_WORKLOAD_H

#include <linux/seq_file.h>

#include "iopath.h"
#include "iopath_load.h"
#include "rangelock.h"

#define WORKLOAD_DEVICE_MAX	256

/**
 * struct workload_params - what the next run does
 * @mix:            the preset that was chosen last
 * @threads:        number of threads, divided by the shares below
 * @share:          of each class; one with a share gets at least one thread
 * @depth:          IOs in flight per thread
 * @block_size:     smallest IO, bytes
 * @block_size_max: largest IO, bytes
 * @range_size:     part of the file that is used, bytes; 0 for all of it
 * @overlap:        0: each IO in flight has a place of its own
 * @file_size:      bytes
 * @nocow:          write in place where possible
 * @datasum:        checksum the data
 * @dsync_size:     O_DSYNC writes append that many bytes; 0: like the others
 * @arrival_us:     mean time between arrivals; 0 for a closed loop
 * @fsync_parts:    1: each fsync thread has a part of the range
 * @fsync_period_us: one fsync per thread in each
 * @relocation_period_us: one relocation per thread in each
 * @falloc_size:    bytes of a hole or zeroed range; 0 for block_size_max
 * @falloc_period_us: one fallocate or truncate per thread in each
 * @warmup_ms:      not counted
 * @run_time_ms:    counted
 * @seed:           of positions and sizes
 * @device:         "ram" or the path of a block device
 * @device_latency_us: of the RAM device
 * @device_flush_us:   of the RAM device, on top
 * @device_jitter_us:  of the RAM device, random, on top
 *
 * Guarded by workload_lock(); constant while a load runs.
 */
struct workload_params {
	const struct iopath_mix *mix;
	u64 threads;
	u64 share[IOPATH_LOAD_CLASSES];
	u64 depth;
	u64 block_size;
	u64 block_size_max;
	u64 range_size;
	u64 overlap;
	u64 file_size;
	u64 nocow;
	u64 datasum;
	u64 dsync_size;
	u64 arrival_us;
	u64 fsync_parts;
	u64 fsync_period_us;
	u64 relocation_period_us;
	u64 falloc_size;
	u64 falloc_period_us;
	u64 warmup_ms;
	u64 run_time_ms;
	u64 seed;
	char device[WORKLOAD_DEVICE_MAX];
	u64 device_latency_us;
	u64 device_flush_us;
	u64 device_jitter_us;
};

extern struct workload_params workload_params;

void params_choose_mix(const struct iopath_mix *mix);
int params_fill_load(struct iopath_load_params *load);
void params_fill_geometry(struct iopath_geometry *geo);
void params_fill_ram(struct iopath_ram_params *ram);

/* Where the load is between two runs. */
enum workload_state {
	WORKLOAD_IDLE,
	WORKLOAD_RUNNING,
	WORKLOAD_STOPPING,
};

/* The locks of a file system, as iopath_*_lock() give them. */
enum workload_which_lock {
	WORKLOAD_FILE_LOCK,
	WORKLOAD_DISK_LOCK,
	WORKLOAD_EXTENT_LOCK,
	WORKLOAD_LOCKS,
};

/**
 * struct workload_counters - what happened in a run
 * @valid: there has been a run
 * @fs:    counters of the engine
 * @lock:  counters of each lock; those that were not counted have no modes
 */
struct workload_counters {
	bool valid;
	struct iopath_stats fs;
	struct rangelock_stats lock[WORKLOAD_LOCKS];
};

int workload_init(void);
void workload_exit(void);

void workload_lock(void);
void workload_unlock(void);
int workload_lock_idle(void);

enum workload_state workload_state(void);
enum iopath_design workload_design(void);
int workload_set_design(enum iopath_design design);
int workload_start(void);
void workload_stop(void);

const char *workload_lock_name(enum workload_which_lock which);
struct rangelock *workload_fs_lock(enum workload_which_lock which);
void workload_get_counters(struct workload_counters *counters);

/**
 * struct results_run - a finished run
 * @design:     the design at its end
 * @error:      why it failed, or 0
 * @broken:     first invariant that did not hold afterwards, or 0
 * @stopped:    ended early
 * @mix:        preset it was made from
 * @device:     "ram" or the path of a block device
 * @switches:   changes of design during the run
 * @load:       counts
 */
struct results_run {
	enum iopath_design design;
	int error;
	int broken;
	bool stopped;
	const char *mix;
	char device[WORKLOAD_DEVICE_MAX];
	u64 switches;
	struct iopath_load_result load;
};

void results_store(struct results_run *run);
void results_show(struct seq_file *seq, enum iopath_design design);
void results_exit(void);

struct iopath_dev *iopath_bdev_create(const char *path);

#endif /* RANGELOCK_WORKLOAD_H */
