/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Random schedules: a few clients do random operations, one task of the engine
 * runs at a time, and at each step and each wait a seeded generator decides who
 * goes on, which data reaches the device, and when the power fails.  The same
 * seed gives the same run, to the last step, on any machine.
 *
 * A run makes a file system, fills the files, lets the clients work, cuts the
 * power or not, mounts what is left, and compares it with the oracle.
 *
 * Compiled into both worlds, so: no libc, nothing large on the stack.
 */
#ifndef RANGELOCK_FUZZ_H
#define RANGELOCK_FUZZ_H

#include "case.h"
#include "iopath_control.h"
#include "iopath_internal.h"
#include "iopath_verify.h"
#include "prng.h"

#define FUZZ_CLIENTS	4U
#define FUZZ_ACTORS	96U
#define FUZZ_WHY	400U
/* Largest IO of a client, in blocks. */
#define FUZZ_IO_BLOCKS	8U

/* What a client can do; each an index of struct fuzz_params.weight. */
enum fuzz_op {
	FUZZ_WRITE,	/* direct write */
	FUZZ_DSYNC,	/* O_DSYNC write */
	FUZZ_AIO,	/* asynchronous write, with an fsync while it is in flight */
	FUZZ_READ,	/* direct read, checked */
	FUZZ_FSYNC,	/* of the whole file */
	FUZZ_RANGE,	/* fsync of some blocks */
	FUZZ_FULL,	/* full fsync */
	FUZZ_RELOC,	/* relocation of a block group */
	FUZZ_COMMIT,
	FUZZ_BUFFERED,	/* buffered write */
	FUZZ_CACHED,	/* buffered read, checked */
	FUZZ_FLUSH,	/* writeback of some blocks */
	FUZZ_ALLOCATE,	/* blocks for holes */
	FUZZ_ZERO,	/* blocks that read as zero */
	FUZZ_PUNCH,	/* a hole */
	FUZZ_TRUNCATE,	/* or a file that grows, by whose blocks are the last */
	FUZZ_STORE,	/* to mapped memory */
	FUZZ_LOAD,	/* from mapped memory, checked */
	FUZZ_REFLINK,	/* a clone of some blocks, in a file of its own */
	FUZZ_ISOLATED,	/* read of such blocks, checked */
	FUZZ_OPS,
};

enum fuzz_cut {
	FUZZ_CUT_NEVER,
	FUZZ_CUT_DECISION,	/* before the decision number @cut_at */
	FUZZ_CUT_FLUSH,		/* at the flush number @cut_at, from 1 */
};

/**
 * struct fuzz_params - a run
 * @seed:   of everything
 * @design: who excludes whom
 * @nocow:  write in place, without checksums
 * @fork:   write in place but for shared blocks, as XFS (excludes @nocow)
 * @files:  number of files; the clients are spread over them.  Each has a
 *          second one beside it for clones
 * @ops:    operations per client
 * @weight: how often each is chosen, relative to the others
 * @knobs:  deviations from the protocol
 * @cut:    when the power fails
 * @cut_at: details of @cut
 * @trace:  told each decision, or NULL
 */
struct fuzz_params {
	u64 seed;
	enum iopath_design design;
	bool nocow;
	bool fork;
	u32 files;
	u32 ops;
	u32 weight[FUZZ_OPS];
	struct iopath_knobs knobs;
	enum fuzz_cut cut;
	u64 cut_at;
	void (*trace)(const char *line);
};

/**
 * struct fuzz_result - what came out
 * @code:      first code found
 * @why:       about it
 * @decisions: made by the generator
 * @flushes:   of the device
 * @hash:      of all decisions: equal for equal runs
 */
struct fuzz_result {
	enum iopath_code code;
	char why[FUZZ_WHY];
	u64 decisions;
	u64 flushes;
	u64 hash;
};

void fuzz_defaults(struct fuzz_params *params, u64 seed);
void fuzz_use_fork(struct fuzz_params *params);
int fuzz_run(const struct fuzz_params *params, struct fuzz_result *result);
const char *fuzz_op_name(enum fuzz_op op);

#endif /* RANGELOCK_FUZZ_H */
