/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The RAM device, shared by its two files: normal life, and accidents.
 */
#ifndef RANGELOCK_IOPATH_RAM_H
#define RANGELOCK_IOPATH_RAM_H

#include "iopath_dev.h"
#include "prng.h"

/**
 * struct ram_dirty - a block that is not durable
 * @old: its durable content, NULL when the block is durable
 * @seq: number of the first write since it was durable
 */
struct ram_dirty {
	void *old;
	u64 seq;
};

/**
 * struct ram_dev - a RAM device
 * @dev:     what the users see
 * @params:  constant
 * @image:   what a read sees; under @data if crashable, else whoever does IO
 * @data:    guards content and durability; crashable devices only
 * @dirty:   per block; under @data
 * @seq:     writes completed; written under @data, read by submit
 * @fail_first: first block of error injection; under @queue
 * @fail_last:  its last block; under @queue
 * @fail_times: how many bios still fail; under @queue
 * @queue:   guards the fields below
 * @flights: bios in order of due_ns
 * @nr_flights: bios in @flights or being completed by the thread
 * @jitter:  generator of latencies
 * @sleeping_until: when the thread will look again by itself
 * @frozen:  nothing completes
 * @dead:    everything fails; written under @data and @queue
 * @stop:    the thread shall end
 * @kick:    1 wakes the thread; it stores 0 under @queue
 * @idle:    waits for @flights to become empty
 * @task:    the thread as a task; set before the first bio
 * @started: 1 when @task is set
 * @thread:  completion thread, NULL when latency is 0
 */
struct ram_dev {
	struct iopath_dev dev;
	struct iopath_ram_params params;
	char *image;
	struct mutex data;
	struct ram_dirty *dirty;
	u64 seq;
	u64 fail_first;
	u64 fail_last;
	u32 fail_times;

	spinlock_t queue;
	struct list_head flights;
	struct prng jitter;
	u64 sleeping_until;
	u32 nr_flights;
	bool frozen;
	bool dead;
	bool stop;
	u32 kick;
	wait_queue_head_t idle;
	rlenv_task_t task;
	u32 started;
	struct rlenv_thread *thread;
};

static inline void *ram_block(struct ram_dev *ram, u64 block)
{
	return ram->image + (size_t)block * IOPATH_BLOCK_SIZE;
}

static inline void *bio_block(struct iopath_bio *bio, u32 i)
{
	return (char *)bio->buf + (size_t)i * IOPATH_BLOCK_SIZE;
}

int iopath_ram_make_dirty(struct ram_dev *ram, u64 block);
void iopath_ram_make_durable(struct ram_dev *ram, u64 block);
void iopath_ram_flush(struct ram_dev *ram, u64 seq);
u32 iopath_ram_flights(struct ram_dev *ram);
void iopath_ram_kick(struct ram_dev *ram);

#endif /* RANGELOCK_IOPATH_RAM_H */
