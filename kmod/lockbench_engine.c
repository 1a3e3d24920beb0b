// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The engine's mixes as one thread sees them: what a cycle of operations costs
 * when nobody is in the way and the device takes no time.
 *
 * A cycle is a fixed sequence: b_dio 16 writes; b_dio_fsync 15 writes and an
 * fsync; b_dsync 16 O_DSYNC writes; b_reloc 63 writes and the relocation of a
 * block group.  A row is the median over cycles of the cost per operation,
 * switches to the completion worker included.  It is path length, and says
 * nothing about what waiting costs: for that the load generator is there.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "iopath_load.h"
#include "lockbench.h"
#include "prng.h"

#define CYCLES		21
#define FILE_BYTES	SZ_4M
#define IO_BYTES	SZ_4K

/**
 * struct cycle - a scenario
 * @name:   as in the userspace bench
 * @writes: writes in a cycle
 * @flags:  of the writes
 * @fsync:  an fsync follows
 * @reloc:  the relocation of a block group follows
 */
struct cycle {
	const char *name;
	unsigned int writes;
	u32 flags;
	bool fsync;
	bool reloc;
};

static const struct cycle cycles[] = {
	{ "b_dio", 16, 0, false, false },
	{ "b_dio_fsync", 15, 0, true, false },
	{ "b_dsync", 16, IOPATH_DSYNC, false, false },
	{ "b_reloc", 63, 0, false, true },
};

static const struct iopath_geometry geometry = {
	.file_bytes = FILE_BYTES,
	.bg_blocks = 512,
	.nr_bgs = 8,
	.datasum = true,
};

/**
 * struct engine_bench - one design in one scenario
 * @fs:      file system
 * @buf:     what is written
 * @rng:     where it is written
 * @next_bg: what is relocated next
 * @elapsed: of each cycle
 */
struct engine_bench {
	struct iopath_fs *fs;
	void *buf;
	struct prng rng;
	u32 next_bg;
	u64 elapsed[CYCLES];
};

static int run_cycle(struct engine_bench *b, const struct cycle *cycle)
{
	unsigned int i;
	ssize_t n;
	u64 pos;
	int ret = 0;

	for (i = 0; i < cycle->writes; i++) {
		pos = (u64)prng_below(&b->rng, FILE_BYTES / IO_BYTES) *
		      IO_BYTES;
		n = iopath_write(iopath_file(b->fs, 0), pos, b->buf, IO_BYTES,
				 cycle->flags);
		if (n != IO_BYTES)
			return n < 0 ? n : -EIO;
	}
	if (cycle->fsync)
		ret = iopath_fsync(iopath_file(b->fs, 0), 0, RANGELOCK_MAX);
	if (cycle->reloc && !ret)
		ret = iopath_relocate(b->fs, b->next_bg++ % geometry.nr_bgs);
	return ret;
}

static void emit_row(struct engine_bench *b, const struct cycle *cycle,
		     bool icount)
{
	struct lockbench_row row = {
		.scenario = cycle->name,
		.lock = iopath_design_name(iopath_get_design(b->fs)),
		.mode = "mix",
		.icount = icount,
		.what = "op",
		.per_round = cycle->writes + cycle->fsync + cycle->reloc,
		.nr_rounds = CYCLES,
		.rounds = b->elapsed,
	};

	lockbench_emit(&row);
}

/* The first cycle is not counted. */
static int measure(struct engine_bench *b, const struct cycle *cycle,
		   bool icount)
{
	int i, ret = 0;
	u64 begin;

	for (i = -1; i < CYCLES && !ret; i++) {
		begin = rlenv_now_ns();
		ret = run_cycle(b, cycle);
		if (i >= 0)
			b->elapsed[i] = rlenv_now_ns() - begin;
		cond_resched();
	}
	if (!ret)
		emit_row(b, cycle, icount);
	return ret;
}

static int run_design(struct engine_bench *b, const struct cycle *cycle,
		      enum iopath_design design, bool icount)
{
	static const struct iopath_ram_params ram = { .seed = 1 };
	struct iopath_dev *dev;
	int ret, unmount;

	dev = iopath_ram_create(iopath_device_blocks(&geometry), &ram);
	if (!dev)
		return -ENOMEM;
	ret = iopath_mkfs(dev, &geometry);
	if (!ret)
		ret = iopath_mount(dev, design, &b->fs);
	if (!ret) {
		ret = iopath_load_prefill(b->fs);
		prng_seed(&b->rng, 1);
		b->next_bg = 0;
		if (!ret)
			ret = measure(b, cycle, icount);
		unmount = iopath_unmount(b->fs);
		if (!ret)
			ret = unmount;
	}
	iopath_dev_destroy(dev);
	return ret;
}

/**
 * lockbench_run_engine - measure both designs in all scenarios
 * @icount: the clock counts instructions
 *
 * Context: process context, sleeps, within lockbench_run().
 * Return: 0 or -errno.
 */
int lockbench_run_engine(bool icount)
{
	struct engine_bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int i, ret = -ENOMEM;

	if (!b)
		return ret;
	b->buf = rlenv_alloc_big(IO_BYTES);
	if (!b->buf)
		goto out;
	ret = 0;
	for (i = 0; i < ARRAY_SIZE(cycles) && !ret; i++) {
		ret = run_design(b, &cycles[i], IOPATH_DIO_SEM, icount);
		if (!ret)
			ret = run_design(b, &cycles[i], IOPATH_RANGE, icount);
	}
out:
	rlenv_free_big(b->buf);
	kvfree(b);
	return ret;
}
