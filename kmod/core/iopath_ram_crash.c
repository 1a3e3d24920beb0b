// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Accidents of the RAM device: power failure with torn and lost blocks, IO
 * errors, IOs that do not complete.
 */
#include "iopath_ram.h"

/* Mix @old into @block: nothing, all or some sectors of it. */
static void ram_tear(char *block, const char *old, u64 choice)
{
	u32 sector;

	for (sector = 0; sector < IOPATH_BLOCK_SIZE; sector += 512) {
		bool keep = (choice & 3) == 0 ||
			    ((choice & 3) >= 2 && (choice >> 8) & 1);

		if (!keep)
			memcpy(block + sector, old + sector, 512);
		choice = (choice & 0xff) | ((choice >> 9) << 8);
	}
}

/*
 * A write in flight may have reached the medium in part.  One with a pre-flush
 * writes nothing before its flush is through.
 */
static void ram_cut_bio(struct ram_dev *ram, struct iopath_bio *bio,
			struct prng *prng)
{
	u32 i;

	if (bio->op == IOPATH_BIO_READ || prng_below(prng, 4) == 0)
		return;
	if (bio->op == IOPATH_BIO_FLUSH || (bio->flags & IOPATH_BIO_PREFLUSH))
		iopath_ram_flush(ram, bio->cookie);
	if (bio->op == IOPATH_BIO_FLUSH)
		return;
	for (i = 0; i < bio->nr; i++) {
		char *block = ram_block(ram, bio->block + i);
		u64 choice = prng_next(prng);

		if (iopath_ram_make_dirty(ram, bio->block + i))
			return;
		if ((choice & 3) == 1)
			continue;
		ram_tear(block, bio_block(bio, i), ~choice);
	}
}

static void ram_cut_data(struct ram_dev *ram, struct list_head *flights,
			 u64 seed)
{
	struct iopath_bio *bio;
	struct prng prng;
	u64 block;

	prng_seed(&prng, seed);
	list_for_each_entry(bio, flights, list)
		ram_cut_bio(ram, bio, &prng);
	for (block = 0; block < ram->dev.nr_blocks; block++) {
		if (!ram->dirty[block].old)
			continue;
		ram_tear(ram_block(ram, block), ram->dirty[block].old,
			 prng_next(&prng));
		iopath_ram_make_durable(ram, block);
	}
}

/**
 * iopath_ram_cut() - the power fails
 * @dev:  a crashable RAM device
 * @seed: of what becomes of each block that is not durable
 *
 * From here on every bio fails with -EIO, those in flight at once, so that the
 * file system above can be taken down.  iopath_ram_crash() switches it on again.
 *
 * Context: process context, sleeps.
 */
void iopath_ram_cut(struct iopath_dev *dev, u64 seed)
{
	struct ram_dev *ram = dev->private;
	LIST_HEAD(flights);
	bool was_dead;

	if (WARN_ON(!ram->params.crashable))
		return;
	mutex_lock(&ram->data);
	spin_lock(&ram->queue);
	was_dead = ram->dead;
	ram->dead = true;
	if (!was_dead)
		list_splice_init(&ram->flights, &flights);
	spin_unlock(&ram->queue);
	if (!was_dead)
		ram_cut_data(ram, &flights, seed);
	spin_lock(&ram->queue);
	list_splice_init(&flights, &ram->flights);
	spin_unlock(&ram->queue);
	mutex_unlock(&ram->data);
	iopath_ram_kick(ram);
}

/**
 * iopath_ram_crash() - lose what is not durable, then work again
 * @dev:  RAM device
 * @seed: of what becomes of each block that is not durable; without effect
 *        when iopath_ram_cut() has already decided
 *
 * Context: process context, sleeps until nothing is in flight.
 * Return: 0, or -EINVAL if the device was not made crashable.
 */
int iopath_ram_crash(struct iopath_dev *dev, u64 seed)
{
	struct ram_dev *ram = dev->private;

	if (!ram->params.crashable)
		return -EINVAL;
	iopath_ram_cut(dev, seed);
	wait_event(ram->idle, iopath_ram_flights(ram) == 0);
	spin_lock(&ram->queue);
	ram->dead = false;
	ram->frozen = false;
	ram->fail_times = 0;
	spin_unlock(&ram->queue);
	return 0;
}

/**
 * iopath_ram_freeze() - keep bios in flight
 * @dev:    RAM device with a latency
 * @frozen: true: nothing completes from here on; false: go on
 *
 * Context: process context.
 */
void iopath_ram_freeze(struct iopath_dev *dev, bool frozen)
{
	struct ram_dev *ram = dev->private;

	spin_lock(&ram->queue);
	ram->frozen = frozen;
	spin_unlock(&ram->queue);
	iopath_ram_kick(ram);
}

/**
 * iopath_ram_fail() - let bios fail with -EIO
 * @dev:   RAM device
 * @block: first block of the bad area
 * @nr:    its length in blocks, not zero
 * @times: how many bios that touch it fail; 0 ends the injection
 *
 * Context: process context.
 */
void iopath_ram_fail(struct iopath_dev *dev, u64 block, u64 nr, u32 times)
{
	struct ram_dev *ram = dev->private;

	spin_lock(&ram->queue);
	ram->fail_first = block;
	ram->fail_last = block + nr - 1;
	ram->fail_times = times;
	spin_unlock(&ram->queue);
}

/**
 * iopath_ram_peek() - the content of a block, behind everybody's back
 * @dev:   RAM device with nothing in flight to @block
 * @block: block
 *
 * Context: any.
 * Return: its 4096 bytes; writing there is writing durably if it was durable.
 */
void *iopath_ram_peek(struct iopath_dev *dev, u64 block)
{
	return ram_block(dev->private, block);
}
