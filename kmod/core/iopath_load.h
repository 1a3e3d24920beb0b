/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The load generator: threads of several classes work on one file system, in
 * fixed time windows.  A closed loop: each thread has at most its depth of
 * operations in flight.  With arrivals it is open: operations come at random
 * times, and their latency counts from when they should have begun.  The mixes
 * of the benchmark are presets in a table.
 */
#ifndef RANGELOCK_IOPATH_LOAD_H
#define RANGELOCK_IOPATH_LOAD_H

#include "hist.h"
#include "iopath.h"

enum iopath_load_class {
	IOPATH_LOAD_WRITE,	/* direct writes, depth in flight */
	IOPATH_LOAD_READ,	/* direct reads, depth in flight */
	IOPATH_LOAD_DSYNC,	/* synchronous O_DSYNC writes, one at a time */
	IOPATH_LOAD_FSYNC,	/* fsync, periodic */
	IOPATH_LOAD_RELOC,	/* relocation of one block group after another */
	IOPATH_LOAD_FALLOC,	/* a hole, then zeroed blocks, and so on; periodic */
	IOPATH_LOAD_BUFFERED,	/* buffered writes, one at a time */
	IOPATH_LOAD_TRUNCATE,	/* cuts the file, then makes it large; periodic */
	IOPATH_LOAD_CLASSES,
};

const char *iopath_load_class_name(enum iopath_load_class cl);

/* As which kind iopath_get_inside() counts the operations of a class. */
extern const u8 iopath_load_kind[IOPATH_LOAD_CLASSES];

#define IOPATH_LOAD_MAX_THREADS	256U
#define IOPATH_LOAD_MAX_DEPTH	64U

/**
 * struct iopath_load_params - what the threads do
 * @threads:         number of threads per class
 * @depth:           IOs in flight per writer or reader; 1 makes them
 *                   synchronous, as by pwrite(), more makes them asynchronous
 * @min_bytes:       smallest IO; a multiple of 4096
 * @max_bytes:       largest IO; a multiple of 4096
 * @range_bytes:     part of the file that is used; 0 for all of it
 * @overlap:         false: each IO in flight has a part of the file of its own;
 *                   true: all of them are anywhere in @range_bytes
 * @dsync_bytes:     size of O_DSYNC writes, which then append one to the
 *                   other in their part of the file, as a journal; 0 for sizes
 *                   and places like the others
 * @arrival_ns:      mean time from one arrival to the next at each synchronous
 *                   thread, exponentially distributed; 0 for a closed loop
 * @fsync_parts:     false: an fsync is of the whole file; true: each fsync
 *                   thread has an equal part of the range, in the order of
 *                   the writers' parts
 * @fsync_period_ns: an fsync thread starts one in each period; 0 for one after
 *                   the other
 * @reloc_period_ns: the same for a relocator; 0 for one after the other
 * @falloc_bytes:    of a hole or zeroed range, at a multiple of that; 0 for
 *                   @max_bytes
 * @falloc_period_ns: as @fsync_period_ns, of fallocate and truncate
 * @seed:            of positions and sizes
 * @warmup_ns:       iopath_load_run(): time before the window
 * @runtime_ns:      iopath_load_run(): length of the window
 * @stop:            a window ends early when this is not zero, or NULL
 */
struct iopath_load_params {
	u32 threads[IOPATH_LOAD_CLASSES];
	u32 depth;
	u32 min_bytes;
	u32 max_bytes;
	u64 range_bytes;
	bool overlap;
	u32 dsync_bytes;
	u64 arrival_ns;
	bool fsync_parts;
	u64 fsync_period_ns;
	u64 reloc_period_ns;
	u32 falloc_bytes;
	u64 falloc_period_ns;
	u64 seed;
	u64 warmup_ns;
	u64 runtime_ns;
	const u32 *stop;
};

/**
 * struct iopath_load_level - how many operations were inside at a time
 * @mean: weighted by time, per mille
 * @max:  the most that a look has seen
 *
 * Inside is an operation from the moment when the design has let it in until it
 * has ended.  A window looks once in a millisecond.
 */
struct iopath_load_level {
	u64 mean;
	u32 max;
};

/**
 * struct iopath_load_class_result - one class in one window
 * @threads:      how many there were
 * @ops:          operations completed inside the window
 * @bytes:        bytes of them
 * @errors:       operations that failed
 * @min_ops:      fewest operations of one thread
 * @max_ops:      most operations of one thread
 * @jain:         Jain's fairness index of the threads' operations, per mille
 * @inside:       admitted and not ended; of O_DSYNC writes the write alone,
 *                their fsync counts as one of the class fsync
 * @latency:      submit to complete, ns; from the arrival if there are arrivals
 */
struct iopath_load_class_result {
	u32 threads;
	u64 ops;
	u64 bytes;
	u64 errors;
	u64 min_ops;
	u64 max_ops;
	u32 jain;
	struct iopath_load_level inside;
	struct hist latency;
};

/**
 * struct iopath_load_result - one window; large, not for the stack
 * @elapsed_ns:   real length of the window
 * @ops:          operations of all classes
 * @bytes:        bytes of all classes
 * @errors:       failures of all classes
 * @in_flight:    mean number of IOs from submit to complete, per mille
 * @inside:       all classes together: admitted concurrency
 * @cl:           per class
 */
struct iopath_load_result {
	u64 elapsed_ns;
	u64 ops;
	u64 bytes;
	u64 errors;
	u64 in_flight;
	struct iopath_load_level inside;
	struct iopath_load_class_result cl[IOPATH_LOAD_CLASSES];
};

struct iopath_load;

int iopath_load_check(struct iopath_fs *fs,
		      const struct iopath_load_params *params);
int iopath_load_start(struct iopath_fs *fs,
		      const struct iopath_load_params *params,
		      struct iopath_load **load);
int iopath_load_window(struct iopath_load *load, u64 duration_ns,
		       struct iopath_load_result *result);
void iopath_load_stop(struct iopath_load *load);
int iopath_load_run(struct iopath_fs *fs,
		    const struct iopath_load_params *params,
		    struct iopath_load_result *result);
int iopath_load_prefill(struct iopath_fs *fs);

/**
 * struct iopath_mix - a named workload
 * @name:   scenario name, as in the benchmark
 * @what:   one line for people
 * @geo:    file system to make
 * @ram:    device to make
 * @params: threads to run
 */
struct iopath_mix {
	const char *name;
	const char *what;
	struct iopath_geometry geo;
	struct iopath_ram_params ram;
	struct iopath_load_params params;
};

/* Ended by an entry without a name. */
extern const struct iopath_mix iopath_mixes[];

const struct iopath_mix *iopath_mix_find(const char *name);

#endif /* RANGELOCK_IOPATH_LOAD_H */
