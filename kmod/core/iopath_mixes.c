// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The mixes of the benchmark, for the module and for userspace.
 *
 * Each IO in flight has a part of the file of its own, so that no two writes
 * overlap and what is compared is the exclusion that the designs add.  Data is
 * not checksummed: the sum of 64 KiB costs more than all that is measured.  The
 * space beside the file is large enough that commits are rare.  The device has a
 * protected cache: a flush takes no time of its own.
 */
#include "iopath_load.h"

#define USEC	1000ULL
#define MSEC	(1000ULL * USEC)

#define MIX_FILE	(16ULL << 20)
#define MIX_GEOMETRY(in_place)                                          \
	{                                                               \
		.file_bytes = MIX_FILE,                                 \
		.bg_blocks = 2048,                                      \
		.nr_bgs = 16,                                           \
		.log_blocks = 2048,                                     \
		.nocow = (in_place),                                    \
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
			.min_bytes = 4096,
			.max_bytes = 65536,
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
			.min_bytes = 4096,
			.max_bytes = 65536,
			.fsync_period_ns = 10 * MSEC,
		},
	},
	{
		.name = "b_dsync",
		.what = "8 O_DSYNC writers and 8 plain ones, 4-64 KiB, 500 us",
		.geo = MIX_GEOMETRY(false),
		.ram = { .latency_ns = 500 * USEC },
		.params = {
			.threads[IOPATH_LOAD_WRITE] = 8,
			.threads[IOPATH_LOAD_DSYNC] = 8,
			.depth = 1,
			.min_bytes = 4096,
			.max_bytes = 65536,
		},
	},
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
			.min_bytes = 4096,
			.max_bytes = 65536,
			.fsync_period_ns = 100 * MSEC,
			.reloc_period_ns = 10 * MSEC,
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
