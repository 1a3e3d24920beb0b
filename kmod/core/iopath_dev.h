/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The device below the IO engine: an array of 4 KiB blocks with a volatile
 * write cache.  A RAM device is in the core; a file with O_DIRECT (userspace)
 * and a block device (kernel) are in the two worlds.
 */
#ifndef RANGELOCK_IOPATH_DEV_H
#define RANGELOCK_IOPATH_DEV_H

#include "rl_env.h"

#define IOPATH_BLOCK_SHIFT	12
#define IOPATH_BLOCK_SIZE	(1U << IOPATH_BLOCK_SHIFT)
#define IOPATH_SECTOR_SIZE	512U

/* The engine never submits a larger bio: 1 MiB. */
#define IOPATH_BIO_BLOCKS	256U

enum iopath_bio_op {
	IOPATH_BIO_READ,
	IOPATH_BIO_WRITE,
	IOPATH_BIO_FLUSH,
};

/* Before the write, all writes completed so far become durable. */
#define IOPATH_BIO_PREFLUSH	(1U << 0)
/* The written blocks are durable when the bio completes. */
#define IOPATH_BIO_FUA		(1U << 1)
/* The submitter sleeps until the bio is done; a hint, for devices in tests. */
#define IOPATH_BIO_WAITED	(1U << 2)

/**
 * struct iopath_bio - one request to a device
 * @op:      what to do
 * @flags:   IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA, on writes only;
 *           IOPATH_BIO_WAITED
 * @block:   first block
 * @nr:      number of blocks, at most IOPATH_BIO_BLOCKS; 0 for a flush
 * @error:   0 or -errno; set by the device before @done
 * @buf:     @nr blocks, 4096-aligned
 * @done:    called exactly once per submission; may run inline in submit, in
 *           a thread or in IRQ context; the bio may be freed in it
 * @list:    the device's between submit and @done
 * @due_ns:  the device's between submit and @done
 * @cookie:  the device's between submit and @done
 * @private: the submitter's
 *
 * The submitter fills it in; it is the device's from submit to @done.
 */
struct iopath_bio {
	enum iopath_bio_op op;
	u32 flags;
	u64 block;
	u32 nr;
	int error;
	void *buf;
	void (*done)(struct iopath_bio *bio);
	struct list_head list;
	u64 due_ns;
	u64 cookie;
	void *private;
};

struct iopath_dev;

/**
 * struct iopath_dev_ops - a kind of device
 * @submit:  start @bio; never fails, errors come by bio->error.  Process
 *           context, may sleep.
 * @destroy: free the device; nothing may be in flight
 */
struct iopath_dev_ops {
	void (*submit)(struct iopath_dev *dev, struct iopath_bio *bio);
	void (*destroy)(struct iopath_dev *dev);
};

/**
 * struct iopath_dev - a device
 * @ops:       its kind; constant
 * @nr_blocks: its size; constant
 * @private:   of the kind
 */
struct iopath_dev {
	const struct iopath_dev_ops *ops;
	u64 nr_blocks;
	void *private;
};

int iopath_dev_io(struct iopath_dev *dev, enum iopath_bio_op op, u32 flags,
		  u64 block, u64 nr, void *buf);
void iopath_dev_destroy(struct iopath_dev *dev);

/**
 * struct iopath_ram_params - how a RAM device behaves
 * @latency_ns: time from submit to done of a read or write; 0 completes inline
 * @flush_ns:   additional time of a flush, and of a write with a pre-flush
 * @jitter_ns:  a random time in [0, jitter_ns) is added to each latency
 * @seed:       of the jitter
 * @crashable:  remember what is not durable, for iopath_ram_crash(); costs a
 *              copy per write, so a benchmark leaves it off
 */
struct iopath_ram_params {
	u64 latency_ns;
	u64 flush_ns;
	u64 jitter_ns;
	u64 seed;
	bool crashable;
};

struct iopath_dev *iopath_ram_create(u64 nr_blocks,
				     const struct iopath_ram_params *params);
void iopath_ram_cut(struct iopath_dev *dev, u64 seed);
int iopath_ram_crash(struct iopath_dev *dev, u64 seed);
void iopath_ram_freeze(struct iopath_dev *dev, bool frozen);
void iopath_ram_fail(struct iopath_dev *dev, u64 block, u64 nr, u32 times);
void *iopath_ram_peek(struct iopath_dev *dev, u64 block);

#endif /* RANGELOCK_IOPATH_DEV_H */
