// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Synchronous IO on a device, split into bios of legal size.
 */
#include "iopath_dev.h"

/**
 * struct dev_wait - the submitter of one synchronous bio
 * @word: 1 when the bio is done; the device's context writes
 * @task: who waits; constant
 */
struct dev_wait {
	u32 word;
	rlenv_task_t task;
};

static void dev_io_done(struct iopath_bio *bio)
{
	struct dev_wait *wait = bio->private;

	rlenv_publish_wake(&wait->word, 1, wait->task);
}

static int dev_io_one(struct iopath_dev *dev, enum iopath_bio_op op, u32 flags,
		      u64 block, u32 nr, void *buf)
{
	struct dev_wait wait = { .task = rlenv_self() };
	struct iopath_bio bio = {
		.op = op,
		.flags = flags | IOPATH_BIO_WAITED,
		.block = block,
		.nr = nr,
		.buf = buf,
		.done = dev_io_done,
		.private = &wait,
	};
	u64 woken = 0;
	int err;

	dev->ops->submit(dev, &bio);
	err = rlenv_wait_on(&wait.word, 1, 0, 0, &woken);
	WARN_ON(err);
	return bio.error;
}

/**
 * iopath_dev_io() - do one IO and wait for it
 * @dev:   device
 * @op:    read, write or flush
 * @flags: IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA; the pre-flush goes with the
 *         first bio, which is enough when the caller orders nothing inside
 * @block: first block
 * @nr:    number of blocks, any; 0 for a flush
 * @buf:   @nr blocks, 4096-aligned
 *
 * Context: process context, sleeps.
 * Return: 0 or -errno of the first bio that failed.
 */
int iopath_dev_io(struct iopath_dev *dev, enum iopath_bio_op op, u32 flags,
		  u64 block, u64 nr, void *buf)
{
	int err;

	might_sleep();
	do {
		u32 part = (u32)min_t(u64, nr, IOPATH_BIO_BLOCKS);

		err = dev_io_one(dev, op, flags, block, part, buf);
		if (err)
			return err;
		flags &= ~IOPATH_BIO_PREFLUSH;
		block += part;
		nr -= part;
		buf = (char *)buf + (size_t)part * IOPATH_BLOCK_SIZE;
	} while (nr);
	return 0;
}

/**
 * iopath_dev_destroy() - free a device of any kind
 * @dev: device without anything in flight, or NULL
 *
 * Context: process context, may sleep.
 */
void iopath_dev_destroy(struct iopath_dev *dev)
{
	if (dev)
		dev->ops->destroy(dev);
}
