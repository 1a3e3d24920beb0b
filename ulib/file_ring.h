/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Asynchronous IO of bios on a file descriptor through one io_uring; see
 * file_ring.c.  For file_dev.c only.
 */
#ifndef RANGELOCK_FILE_RING_H
#define RANGELOCK_FILE_RING_H

#include <liburing.h>

#include "iopath_dev.h"

/**
 * struct file_ring - a ring, and the thread that takes its completions
 * @sq:        guards the submission side of @uring
 * @uring:     submission under @sq, completion by @thread only
 * @submitted: counts bios; orders what submitters wrote before what @thread
 *             reads, which goes through the kernel otherwise
 * @fd:        the file; set before @thread starts
 * @thread:    its completion thread
 */
struct file_ring {
	struct mutex sq;
	struct io_uring uring;
	atomic64_t submitted;
	int fd;
	struct rlenv_thread *thread;
};

int file_ring_init(struct file_ring *ring, int fd);
void file_ring_submit(struct file_ring *ring, struct iopath_bio *bio);
void file_ring_exit(struct file_ring *ring);

#endif /* RANGELOCK_FILE_RING_H */
