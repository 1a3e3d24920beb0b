// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random schedules: a run from mkfs to the last comparison.
 */
#include "fuzz_internal.h"

/* Blocks that nobody has written look like this, so that they are told apart. */
#define GARBAGE		0xde

#define FUZZ_BLOCKS	32U	/* of a file */

static const u32 default_weight[FUZZ_OPS] = {
	[FUZZ_WRITE] = 6,
	[FUZZ_DSYNC] = 2,
	[FUZZ_AIO] = 3,
	[FUZZ_READ] = 2,
	[FUZZ_FSYNC] = 4,
	[FUZZ_RANGE] = 2,
	[FUZZ_FULL] = 1,
	[FUZZ_RELOC] = 2,
	[FUZZ_COMMIT] = 1,
	[FUZZ_BUFFERED] = 3,
	[FUZZ_CACHED] = 1,
	[FUZZ_FLUSH] = 1,
	[FUZZ_ALLOCATE] = 1,
	[FUZZ_ZERO] = 1,
	[FUZZ_PUNCH] = 2,
	[FUZZ_TRUNCATE] = 2,
	[FUZZ_STORE] = 1,
	[FUZZ_LOAD] = 1,
	[FUZZ_REFLINK] = 2,
	[FUZZ_ISOLATED] = 1,
};

/**
 * fuzz_use_fork() - a file system with CoW forks, with the operations it has
 * @params: changed
 *
 * Context: any.
 */
void fuzz_use_fork(struct fuzz_params *params)
{
	params->fork = true;
	params->nocow = false;
	params->weight[FUZZ_ALLOCATE] = 0;
	params->weight[FUZZ_ZERO] = 0;
	params->weight[FUZZ_PUNCH] = 0;
	params->weight[FUZZ_TRUNCATE] = 0;
	params->weight[FUZZ_BUFFERED] = 0;
	params->weight[FUZZ_CACHED] = 0;
	params->weight[FUZZ_STORE] = 0;
	params->weight[FUZZ_LOAD] = 0;
}

/**
 * fuzz_defaults() - a run of all operations, two files, a cut somewhere
 * @params: filled in
 * @seed:   of the run
 *
 * Context: any.
 */
void fuzz_defaults(struct fuzz_params *params, u64 seed)
{
	struct prng prng;

	prng_seed(&prng, seed);
	memset(params, 0, sizeof(*params));
	params->seed = seed;
	params->design = IOPATH_RANGE;
	params->nocow = prng_below(&prng, 2);
	params->files = 1 + prng_below(&prng, 2);
	params->ops = 6;
	memcpy(params->weight, default_weight, sizeof(params->weight));
	if (prng_below(&prng, 3)) {
		params->cut = FUZZ_CUT_DECISION;
		params->cut_at = 1 + prng_below(&prng, 1200);
	}
}

/* Space for all files and once more for what is pinned. */
static void fuzz_geometry(const struct fuzz *f, struct iopath_geometry *geo)
{
	const struct fuzz_params *params = &f->params;

	geo->file_bytes = f->blocks * BLK;
	geo->bg_blocks = 64;
	geo->nr_bgs = 4 + params->files * f->blocks / 32;
	geo->log_blocks = 16;
	geo->nr_files = 2 * params->files;
	geo->nocow = params->nocow;
	geo->cow_fork = params->fork;
	geo->cowextsize = params->fork ? 8 : 0;
	geo->datasum = !params->nocow && !params->fork;
}

static int make_device(struct fuzz *f, const struct iopath_geometry *geo)
{
	struct iopath_ram_params ram = {
		.latency_ns = f->latency_ns,
		.flush_ns = f->latency_ns,
		.jitter_ns = f->latency_ns,
		.seed = f->params.seed,
		.crashable = true,
	};
	u64 block;

	f->ram = iopath_ram_create(iopath_device_blocks(geo), &ram);
	if (!f->ram)
		return -ENOMEM;
	for (block = 0; block < f->ram->nr_blocks; block++)
		memset(iopath_ram_peek(f->ram, block), GARBAGE, BLK);
	fuzz_dev_init(f);
	return iopath_mkfs(&f->dev, geo);
}

int fuzz_make(struct fuzz *f)
{
	struct iopath_geometry geo = { .file_bytes = 0 };
	u32 i;
	int err;

	fuzz_geometry(f, &geo);
	for (i = 0; i < f->clients; i++) {
		f->actor[i].buf = rlenv_alloc_big(FUZZ_IO_BLOCKS * BLK);
		if (!f->actor[i].buf)
			return -ENOMEM;
	}
	err = make_device(f, &geo);
	if (!err)
		err = iopath_mount(&f->dev, f->params.design, &f->fs);
	for (i = 0; i < 2 * f->params.files && !err; i++) {
		f->oracle[i] = iopath_oracle_create(geo.file_bytes);
		if (!f->oracle[i])
			return -ENOMEM;
		f->oracle[i]->ino = i;
		f->oracle[i]->origin = i % f->params.files;
	}
	return err;
}

void fuzz_free(struct fuzz *f)
{
	u32 i;

	if (f->fs)
		iopath_abandon(f->fs);
	if (f->ram) {
		iopath_dev_destroy(&f->dev);
		iopath_dev_destroy(f->ram);
	}
	for (i = 0; i < f->clients; i++)
		rlenv_free_big(f->actor[i].buf);
	for (i = 0; i < 2 * f->params.files; i++)
		iopath_oracle_destroy(f->oracle[i]);
	rlenv_free(f);
}

/* Compare all files with the oracle, and look at the structures. */
void fuzz_check(struct fuzz *f, enum iopath_floor floor)
{
	const char *when = floor == IOPATH_FLOOR_ACKED ? "before" : "after";
	enum iopath_code code;
	int broken;
	u32 i;

	for (i = 0; i < 2 * f->params.files; i++) {
		code = iopath_oracle_check_file(f->oracle[i], f->fs, floor);
		if (code)
			fuzz_fail(f, code, "file %u %s the crash", i, when);
	}
	code = iopath_audit(f->fs);
	if (code)
		fuzz_fail(f, code, "checksums %s the crash", when);
	broken = iopath_validate(f->fs);
	if (broken)
		fuzz_fail(f, IOPATH_CODE_LOCK_LEAK, "invariant %d %s the crash",
			  broken, when);
}

/* Lose what is not durable, and look at what is left. */
void fuzz_crash(struct fuzz *f)
{
	int err;

	fuzz_dev_cut(f);
	iopath_abandon(f->fs);
	f->fs = NULL;
	err = iopath_ram_crash(f->ram, f->params.seed);
	if (!err)
		err = iopath_mount(&f->dev, f->params.design, &f->fs);
	if (err)
		fuzz_fail(f, IOPATH_CODE_LOST_FSYNCED, "no mount: error %d",
			  err);
	else
		fuzz_check(f, IOPATH_FLOOR_SYNCED);
}

/* All that happens under control. */
static void fuzz_clients(struct fuzz *f)
{
	fuzz_sched_init(f);
	f->filling = true;
	fuzz_sched_run(f, 1);
	f->filling = false;
	iopath_set_knobs(f->fs, &f->params.knobs);
	fuzz_sched_run(f, FUZZ_CLIENTS);
	if (!f->lost)
		fuzz_sched_exit(f);
}

static void fuzz_end(struct fuzz *f)
{
	if (!f->is_cut && !f->result->code)
		fuzz_check(f, IOPATH_FLOOR_ACKED);
	if (!f->control.broken)
		fuzz_crash(f);
}

/**
 * fuzz_run() - one run
 * @params: what to do; copied
 * @result: what came out
 *
 * Context: process context, sleeps.
 * Return: 0, or -errno if the run could not be made.
 */
int fuzz_run(const struct fuzz_params *params, struct fuzz_result *result)
{
	struct fuzz *f = rlenv_alloc(sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	memset(result, 0, sizeof(*result));
	f->params = *params;
	f->result = result;
	f->clients = FUZZ_CLIENTS;
	f->blocks = FUZZ_BLOCKS;
	err = fuzz_make(f);
	if (!err)
		fuzz_clients(f);
	if (f->lost)
		return 0;
	if (!err)
		fuzz_end(f);
	fuzz_free(f);
	return err;
}
