// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * From the values in sysfs to what the engine wants to know, and from a preset
 * of the engine to values in sysfs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/time64.h>

#include "workload.h"

struct workload_params workload_params = {
	.warmup_ms = 200,
	.run_time_ms = 2000,
	.seed = 1,
	.device = "ram",
};

/**
 * params_choose_mix - take all values from a preset but time, seed and device
 * @mix: from iopath_mixes
 *
 * Context: within workload_lock(), no load runs.
 */
void params_choose_mix(const struct iopath_mix *mix)
{
	struct workload_params *p = &workload_params;
	int cl;

	p->mix = mix;
	p->threads = 0;
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		p->share[cl] = mix->params.threads[cl];
		p->threads += mix->params.threads[cl];
	}
	p->depth = mix->params.depth;
	p->block_size = mix->params.min_bytes;
	p->block_size_max = mix->params.max_bytes;
	p->range_size = mix->params.range_bytes;
	p->overlap = mix->params.overlap;
	p->file_size = mix->geo.file_bytes;
	p->nocow = mix->geo.nocow;
	p->datasum = mix->geo.datasum;
	p->dsync_size = mix->params.dsync_bytes;
	p->arrival_us = div_u64(mix->params.arrival_ns, NSEC_PER_USEC);
	p->fsync_parts = mix->params.fsync_parts;
	p->fsync_period_us = div_u64(mix->params.fsync_period_ns,
				     NSEC_PER_USEC);
	p->relocation_period_us = div_u64(mix->params.reloc_period_ns,
					  NSEC_PER_USEC);
	p->falloc_size = mix->params.falloc_bytes;
	p->falloc_period_us = div_u64(mix->params.falloc_period_ns,
				      NSEC_PER_USEC);
	p->device_latency_us = div_u64(mix->ram.latency_ns, NSEC_PER_USEC);
	p->device_flush_us = div_u64(mix->ram.flush_ns, NSEC_PER_USEC);
	p->device_jitter_us = div_u64(mix->ram.jitter_ns, NSEC_PER_USEC);
}

/*
 * One thread for each class that has a share; then each further thread goes to
 * the class that is furthest below its share.
 */
static int divide_threads(u32 *threads)
{
	const struct workload_params *p = &workload_params;
	u64 left = p->threads;
	int cl, best;

	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		threads[cl] = 0;
		if (!p->share[cl])
			continue;
		if (!left) {
			pr_warn("%llu threads are fewer than the classes with a share\n",
				p->threads);
			return -EINVAL;
		}
		threads[cl] = 1;
		left--;
	}
	if (left == p->threads) {
		pr_warn("no class of threads has a share\n");
		return -EINVAL;
	}
	for (; left; left--) {
		best = -1;
		for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
			if (p->share[cl] &&
			    (best < 0 || threads[cl] * p->share[best] <
					 threads[best] * p->share[cl]))
				best = cl;
		threads[best]++;
	}
	return 0;
}

/**
 * params_fill_load - what the load generator is to do
 * @load: filled in, but for the stop flag
 *
 * Context: within workload_lock().
 * Return: 0, or -EINVAL with the reason in the log.
 */
int params_fill_load(struct iopath_load_params *load)
{
	const struct workload_params *p = &workload_params;

	memset(load, 0, sizeof(*load));
	if (p->block_size > p->block_size_max) {
		pr_warn("block_size %llu is larger than block_size_max %llu\n",
			p->block_size, p->block_size_max);
		return -EINVAL;
	}
	if (p->falloc_size > (p->range_size ? p->range_size : p->file_size)) {
		pr_warn("falloc_size %llu is larger than what is used of the file\n",
			p->falloc_size);
		return -EINVAL;
	}
	if (p->range_size > p->file_size) {
		pr_warn("range_size %llu is larger than file_size %llu\n",
			p->range_size, p->file_size);
		return -EINVAL;
	}
	load->depth = p->depth;
	load->min_bytes = p->block_size;
	load->max_bytes = p->block_size_max;
	load->range_bytes = p->range_size;
	load->overlap = p->overlap;
	load->dsync_bytes = p->dsync_size;
	load->arrival_ns = p->arrival_us * NSEC_PER_USEC;
	load->fsync_parts = p->fsync_parts;
	load->fsync_period_ns = p->fsync_period_us * NSEC_PER_USEC;
	load->reloc_period_ns = p->relocation_period_us * NSEC_PER_USEC;
	load->falloc_bytes = p->falloc_size;
	load->falloc_period_ns = p->falloc_period_us * NSEC_PER_USEC;
	load->seed = p->seed;
	load->warmup_ns = p->warmup_ms * NSEC_PER_MSEC;
	load->runtime_ns = p->run_time_ms * NSEC_PER_MSEC;
	return divide_threads(load->threads);
}

/**
 * params_fill_geometry - what file system to make
 * @geo: filled in
 *
 * A file of another size than the preset's keeps the preset's ratio of space
 * to data.
 *
 * Context: within workload_lock().
 */
void params_fill_geometry(struct iopath_geometry *geo)
{
	const struct workload_params *p = &workload_params;

	*geo = p->mix->geo;
	geo->nr_bgs = DIV64_U64_ROUND_UP(geo->nr_bgs * p->file_size,
					 geo->file_bytes);
	geo->nr_bgs = max(geo->nr_bgs, p->mix->geo.nr_bgs);
	geo->file_bytes = p->file_size;
	geo->nocow = p->nocow;
	geo->datasum = p->datasum && !p->nocow;
}

/**
 * params_fill_ram - what RAM device to make
 * @ram: filled in
 *
 * Context: within workload_lock().
 */
void params_fill_ram(struct iopath_ram_params *ram)
{
	const struct workload_params *p = &workload_params;

	*ram = p->mix->ram;
	ram->latency_ns = p->device_latency_us * NSEC_PER_USEC;
	ram->flush_ns = p->device_flush_us * NSEC_PER_USEC;
	ram->jitter_ns = p->device_jitter_us * NSEC_PER_USEC;
	ram->seed = p->seed;
}
