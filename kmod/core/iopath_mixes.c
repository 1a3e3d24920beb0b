// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The mixes of the benchmark, for the module and for userspace.
 *
 * But for b_adversary and stress, each IO in flight has a part of the file of its own, so
 * that no two writes overlap and what is compared is the exclusion that the
 * designs add.  Data is
 * not checksummed: the sum of 64 KiB costs more than all that is measured.  The
 * space beside the file is large enough that commits are rare.  The device has a
 * protected cache: a flush takes no time of its own.
 */
#include "iopath_load.h"

#define USEC	1000ULL
#define MSEC	(1000ULL * USEC)

#define MIX_SECOND	(1000ULL * MSEC)
/* Operations per second of b_dsync under dio_sem, on two cores. */
#define MIX_SATURATED	5600ULL

#define MIX_FILE	(16ULL << 20)
#define MIX_GEOMETRY(in_place)                                          \
	{                                                               \
		.file_bytes = MIX_FILE,                                 \
		.bg_blocks = 2048,                                      \
		.nr_bgs = 16,                                           \
		.log_blocks = 2048,                                     \
		.nocow = (in_place),                                    \
	}

/* Sizes of an IO, in bytes. */
#define MIX_SIZES(min, max)	.min_bytes = (min), .max_bytes = (max)
#define MIX_ANY_SIZE		MIX_SIZES(4096, 65536)

/* Some of 16 synchronous writers have O_DSYNC. */
#define MIX_DSYNC(suffix, what_, plain, dsync)                          \
	{                                                               \
		.name = "b_dsync" suffix,                               \
		.what = what_,                                          \
		.geo = MIX_GEOMETRY(false),                             \
		.ram = { .latency_ns = 500 * USEC },                    \
		.params = {                                             \
			.threads[IOPATH_LOAD_WRITE] = (plain),          \
			.threads[IOPATH_LOAD_DSYNC] = (dsync),          \
			.depth = 1,                                     \
			MIX_ANY_SIZE,                                   \
		},                                                      \
	}

/*
 * The writers of b_dsync, each with arrivals of its own, at a part of the rate
 * that all of them together reach under dio_sem in the closed loop; see b_dsync
 * in RESULTS.md.
 */
#define MIX_OPEN(percent)                                               \
	{                                                               \
		.name = "b_open_" #percent,                             \
		.what = "b_dsync, arrivals at " #percent                \
			"% of what dio_sem can do",                     \
		.geo = MIX_GEOMETRY(false),                             \
		.ram = { .latency_ns = 500 * USEC },                    \
		.params = {                                             \
			.threads[IOPATH_LOAD_WRITE] = 8,                \
			.threads[IOPATH_LOAD_DSYNC] = 8,                \
			.depth = 1,                                     \
			MIX_ANY_SIZE,                                   \
			.arrival_ns = 16 * MIX_SECOND * 100 /           \
				      (MIX_SATURATED * (percent)),      \
		},                                                      \
	}

/* b_dsync on a device without latency: the CPUs decide. */
#define MIX_OVERSUB(nr)                                                 \
	{                                                               \
		.name = "b_oversub_" #nr,                               \
		.what = #nr " writers, half of them O_DSYNC, no latency; " \
			"bound by the scheduler",                       \
		.geo = MIX_GEOMETRY(false),                             \
		.params = {                                             \
			.threads[IOPATH_LOAD_WRITE] = (nr) / 2,         \
			.threads[IOPATH_LOAD_DSYNC] = (nr) / 2,         \
			.depth = 1,                                     \
			MIX_ANY_SIZE,                                   \
		},                                                      \
	}

const struct iopath_mix iopath_mixes[] = {
	{
		.name = "b_dio",
		.what = "16 asynchronous writers, depth 8, 4-64 KiB, 200 us",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 16,
			.depth = 8,
			MIX_ANY_SIZE,
		},
	},
	{
		.name = "b_dio_fsync",
		.what = "b_dio and an fsync of the file every 10 ms",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 16,
			.threads[IOPATH_LOAD_FSYNC] = 1,
			.depth = 8,
			MIX_ANY_SIZE,
			.fsync_period_ns = 10 * MSEC,
		},
	},
	MIX_DSYNC("", "8 O_DSYNC writers and 8 plain ones, 4-64 KiB, 500 us",
		  8, 8),
	{
		.name = "b_reloc",
		.what = "16 writers, depth 1, 1 ms; relocation; fsync every 100 ms",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = MSEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 16,
			.threads[IOPATH_LOAD_FSYNC] = 1,
			.threads[IOPATH_LOAD_RELOC] = 1,
			.depth = 1,
			MIX_ANY_SIZE,
			.fsync_period_ns = 100 * MSEC,
			.reloc_period_ns = 10 * MSEC,
		},
	},
	MIX_DSYNC("_0", "b_dsync without O_DSYNC: 16 plain writers", 16, 0),
	MIX_DSYNC("_10", "b_dsync with 2 O_DSYNC writers of 16", 14, 2),
	MIX_DSYNC("_100", "b_dsync with O_DSYNC writers only", 0, 16),
	{
		.name = "b_db",
		.what = "a 4 KiB O_DSYNC journal, 4 writers, 4 readers, "
			"fsync every 100 ms",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 4,
			.threads[IOPATH_LOAD_READ] = 4,
			.threads[IOPATH_LOAD_DSYNC] = 1,
			.threads[IOPATH_LOAD_FSYNC] = 1,
			.depth = 1,
			MIX_SIZES(4096, 16384),
			.dsync_bytes = 4096,
			.fsync_period_ns = 100 * MSEC,
		},
	},
	{
		.name = "b_vm",
		.what = "4 guests, depth 8, each syncs its quarter every 50 ms",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 4,
			.threads[IOPATH_LOAD_FSYNC] = 4,
			.depth = 8,
			MIX_ANY_SIZE,
			.fsync_parts = true,
			.fsync_period_ns = 50 * MSEC,
		},
	},
	{
		.name = "b_fallocate",
		.what = "16 writers, depth 8; a hole or zeroes, 1 MiB every 20 ms",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 16,
			.threads[IOPATH_LOAD_FALLOC] = 1,
			.depth = 8,
			MIX_ANY_SIZE,
			.falloc_bytes = 1 << 20,
			.falloc_period_ns = 20 * MSEC,
		},
	},
	MIX_OPEN(50),
	MIX_OPEN(70),
	MIX_OPEN(90),
	MIX_OPEN(110),
	{
		.name = "b_adversary",
		.what = "64 writers and 8 readers anywhere in 1 MiB, "
			"one fsync after the other",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 200 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 64,
			.threads[IOPATH_LOAD_READ] = 8,
			.threads[IOPATH_LOAD_FSYNC] = 2,
			.depth = 1,
			MIX_ANY_SIZE,
			.range_bytes = 1 << 20,
			.overlap = true,
		},
	},
	MIX_OVERSUB(2),
	MIX_OVERSUB(8),
	MIX_OVERSUB(32),
	MIX_OVERSUB(128),
	{
		.name = "stress",
		.what = "everything at once, anywhere in 4 MiB; not a benchmark",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 50 * USEC, .jitter_ns = 100 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 4,
			.threads[IOPATH_LOAD_READ] = 3,
			.threads[IOPATH_LOAD_DSYNC] = 2,
			.threads[IOPATH_LOAD_FSYNC] = 1,
			.threads[IOPATH_LOAD_RELOC] = 1,
			.threads[IOPATH_LOAD_FALLOC] = 1,
			.threads[IOPATH_LOAD_BUFFERED] = 2,
			.threads[IOPATH_LOAD_TRUNCATE] = 1,
			.depth = 4,
			MIX_ANY_SIZE,
			.range_bytes = 4 << 20,
			.overlap = true,
			.fsync_period_ns = 2 * MSEC,
			.reloc_period_ns = 5 * MSEC,
			.falloc_bytes = 128 << 10,
			.falloc_period_ns = MSEC,
		},
	},
	{ .name = NULL },
};

/**
 * iopath_mix_find() - look up a mix
 * @name: its name
 *
 * Context: any.
 * Return: the mix, or NULL.
 */
const struct iopath_mix *iopath_mix_find(const char *name)
{
	const struct iopath_mix *mix;

	for (mix = iopath_mixes; mix->name; mix++)
		if (!strcmp(mix->name, name))
			return mix;
	return NULL;
}
