/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What may be written to the attributes in /sys/kernel/rangelock/: one value per
 * file.  Of its own so that a fuzzer in userspace compiles the same.
 */
#ifndef RANGELOCK_ATTR_H
#define RANGELOCK_ATTR_H

#include "iopath_load.h"

/**
 * struct attr_number - what a number may be
 * @name:     of the attribute
 * @min:      smallest value
 * @max:      largest value
 * @multiple: the value is a multiple of this
 */
struct attr_number {
	const char *name;
	u64 min;
	u64 max;
	u64 multiple;
};

#define ATTR_BLOCK	4096ull
#define ATTR_MIB	(1ull << 20)
#define ATTR_GIB	(1ull << 30)
#define ATTR_SECOND_US	1000000ull
#define ATTR_SECOND_MS	1000ull

/* name, field of workload_params, min, max, multiple */
#define ATTR_NUMBERS(X)                                                 \
	X(threads, threads, 1, IOPATH_LOAD_MAX_THREADS, 1)              \
	X(writes, share[IOPATH_LOAD_WRITE], 0, 1000, 1)                 \
	X(reads, share[IOPATH_LOAD_READ], 0, 1000, 1)                   \
	X(dsync, share[IOPATH_LOAD_DSYNC], 0, 1000, 1)                  \
	X(fsyncs, share[IOPATH_LOAD_FSYNC], 0, 1000, 1)                 \
	X(relocations, share[IOPATH_LOAD_RELOC], 0, 1000, 1)            \
	X(fallocates, share[IOPATH_LOAD_FALLOC], 0, 1000, 1)            \
	X(buffered, share[IOPATH_LOAD_BUFFERED], 0, 1000, 1)            \
	X(truncates, share[IOPATH_LOAD_TRUNCATE], 0, 1000, 1)           \
	X(depth, depth, 1, IOPATH_LOAD_MAX_DEPTH, 1)                    \
	X(block_size, block_size, ATTR_BLOCK, ATTR_MIB, ATTR_BLOCK)     \
	X(block_size_max, block_size_max, ATTR_BLOCK, ATTR_MIB, ATTR_BLOCK) \
	X(range_size, range_size, 0, ATTR_GIB, ATTR_BLOCK)              \
	X(overlap, overlap, 0, 1, 1)                                    \
	X(file_size, file_size, ATTR_MIB, ATTR_GIB, ATTR_BLOCK)         \
	X(nocow, nocow, 0, 1, 1)                                        \
	X(datasum, datasum, 0, 1, 1)                                    \
	X(dsync_size, dsync_size, 0, ATTR_MIB, ATTR_BLOCK)              \
	X(arrival_us, arrival_us, 0, 10 * ATTR_SECOND_US, 1)            \
	X(fsync_parts, fsync_parts, 0, 1, 1)                            \
	X(fsync_period_us, fsync_period_us, 0, 10 * ATTR_SECOND_US, 1)  \
	X(relocation_period_us, relocation_period_us, 0,                \
	  10 * ATTR_SECOND_US, 1)                                       \
	X(falloc_size, falloc_size, 0, ATTR_GIB, ATTR_BLOCK)            \
	X(falloc_period_us, falloc_period_us, 0, 10 * ATTR_SECOND_US, 1) \
	X(warmup_ms, warmup_ms, 0, 60 * ATTR_SECOND_MS, 1)              \
	X(run_time_ms, run_time_ms, 1, 600 * ATTR_SECOND_MS, 1)         \
	X(seed, seed, 0, U64_MAX, 1)                                    \
	X(device_latency_us, device_latency_us, 0, ATTR_SECOND_US, 1)   \
	X(device_flush_us, device_flush_us, 0, ATTR_SECOND_US, 1)       \
	X(device_jitter_us, device_jitter_us, 0, ATTR_SECOND_US, 1)

int attr_parse_number(const struct attr_number *n, const char *buf, u64 *value);
int attr_parse_device(const char *buf, char *device, size_t size);
int attr_parse_one(const char *name, const char *buf);

#endif /* RANGELOCK_ATTR_H */
