// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Bios through io_uring.
 *
 * A flush is an fdatasync.  A write with FUA is one with RWF_DSYNC.  A write
 * with PREFLUSH is an fdatasync with the write linked behind it: the kernel
 * starts the write when the fdatasync has succeeded and cancels it otherwise.
 *
 * The kernel also cancels what a thread has submitted and has not been started
 * when that thread exits.  A cancelled bio whose flush did not fail is
 * therefore submitted again, by the completion thread, which stays.
 */
#include "rl_env.h"
#include "file_ring.h"

#include <sched.h>

#define RING_ENTRIES	256
#define RING_COMPLETIONS	4096

/* In user_data: the flush before the write of this bio. */
#define RING_IS_PREFLUSH	1ULL

/* user_data of the request that ends the completion thread. */
#define RING_STOP	0ULL

/* Give what is queued to the kernel. */
static void push(struct file_ring *ring)
{
	int ret;

	lockdep_assert_held(&ring->sq);
	for (;;) {
		ret = io_uring_submit(&ring->uring);
		if (ret >= 0)
			return;
		WARN_ONCE(ret != -EAGAIN && ret != -EBUSY && ret != -EINTR,
			  "io_uring_submit: %s", strerror(-ret));
		sched_yield();
	}
}

/*
 * The two requests of a pre-flush must go to the kernel together, or the link
 * between them is lost; so make room for @nr.
 */
static void make_room(struct file_ring *ring, unsigned int nr)
{
	lockdep_assert_held(&ring->sq);
	while (io_uring_sq_space_left(&ring->uring) < nr)
		push(ring);
}

static void queue_sync(struct file_ring *ring, u64 user_data,
		       unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	lockdep_assert_held(&ring->sq);
	io_uring_prep_fsync(sqe, ring->fd, IORING_FSYNC_DATASYNC);
	io_uring_sqe_set_flags(sqe, flags);
	io_uring_sqe_set_data64(sqe, user_data);
}

static void queue_transfer(struct file_ring *ring, struct iopath_bio *bio)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
	unsigned int bytes = bio->nr << IOPATH_BLOCK_SHIFT;
	u64 pos = bio->block << IOPATH_BLOCK_SHIFT;

	lockdep_assert_held(&ring->sq);
	if (bio->op == IOPATH_BIO_READ) {
		io_uring_prep_read(sqe, ring->fd, bio->buf, bytes, pos);
	} else {
		io_uring_prep_write(sqe, ring->fd, bio->buf, bytes, pos);
		if (bio->flags & IOPATH_BIO_FUA)
			sqe->rw_flags = RWF_DSYNC;
	}
	io_uring_sqe_set_data64(sqe, (uintptr_t)bio);
}

/**
 * file_ring_submit() - start a bio
 * @ring: the ring
 * @bio:  what to do; the caller has checked its range
 *
 * Context: Thread.  May sleep.
 */
void file_ring_submit(struct file_ring *ring, struct iopath_bio *bio)
{
	bio->error = 0;
	mutex_lock(&ring->sq);
	/* Pairs with the load in complete(): the fields of @bio. */
	atomic64_inc_return(&ring->submitted);
	make_room(ring, 2);
	if (bio->op == IOPATH_BIO_FLUSH) {
		queue_sync(ring, (uintptr_t)bio, 0);
	} else {
		if (bio->flags & IOPATH_BIO_PREFLUSH)
			queue_sync(ring, (uintptr_t)bio | RING_IS_PREFLUSH,
				   IOSQE_IO_LINK);
		queue_transfer(ring, bio);
	}
	push(ring);
	mutex_unlock(&ring->sq);
}

static int error_of(const struct iopath_bio *bio, int res)
{
	if (res < 0)
		return res;
	if (bio->op == IOPATH_BIO_FLUSH)
		return 0;
	/* Block-aligned direct IO within the file is all or nothing. */
	return (u32)res == bio->nr << IOPATH_BLOCK_SHIFT ? 0 : -EIO;
}

static void complete(struct file_ring *ring, u64 user_data, int res)
{
	struct iopath_bio *bio =
		(void *)(uintptr_t)(user_data & ~RING_IS_PREFLUSH);

	/* Pairs with the increment in file_ring_submit(). */
	smp_load_acquire(&ring->submitted.counter);

	if (user_data & RING_IS_PREFLUSH) {
		if (res < 0 && res != -ECANCELED)
			bio->error = res;
		return;
	}
	if (res == -ECANCELED && !bio->error) {
		file_ring_submit(ring, bio);
		return;
	}
	if (!bio->error)
		bio->error = error_of(bio, res);
	bio->done(bio);
}

static int completion_main(void *arg)
{
	struct file_ring *ring = arg;
	struct io_uring_cqe *cqe;
	u64 user_data;
	int ret, res;

	for (;;) {
		ret = io_uring_wait_cqe(&ring->uring, &cqe);
		if (ret) {
			WARN_ONCE(ret != -EINTR && ret != -EAGAIN,
				  "io_uring_wait_cqe: %s", strerror(-ret));
			continue;
		}
		user_data = cqe->user_data;
		res = cqe->res;
		io_uring_cqe_seen(&ring->uring, cqe);
		if (user_data == RING_STOP)
			return 0;
		complete(ring, user_data, res);
	}
}

/**
 * file_ring_init() - make a ring for a file
 * @ring: zeroed
 * @fd:   the file, open with O_DIRECT
 *
 * Context: Thread.  May sleep.
 * Return: 0 or -errno; -ENOSYS or -EPERM if there is no io_uring.
 */
int file_ring_init(struct file_ring *ring, int fd)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE,
		.cq_entries = RING_COMPLETIONS,
	};
	struct rlenv_thread *thread;
	int ret;

	mutex_init(&ring->sq);
	atomic64_set(&ring->submitted, 0);
	ring->fd = fd;
	ret = io_uring_queue_init_params(RING_ENTRIES, &ring->uring, &params);
	if (ret)
		return ret;
	thread = rlenv_thread_run(completion_main, ring, -1, "file_ring");
	if (IS_ERR(thread)) {
		io_uring_queue_exit(&ring->uring);
		return (int)PTR_ERR(thread);
	}
	ring->thread = thread;
	return 0;
}

/**
 * file_ring_exit() - end the thread and free the ring
 * @ring: the ring, with nothing in flight
 *
 * Context: Thread.  Sleeps.
 */
void file_ring_exit(struct file_ring *ring)
{
	struct io_uring_sqe *sqe;

	mutex_lock(&ring->sq);
	make_room(ring, 1);
	sqe = io_uring_get_sqe(&ring->uring);
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, RING_STOP);
	push(ring);
	mutex_unlock(&ring->sq);
	rlenv_thread_join(ring->thread);
	io_uring_queue_exit(&ring->uring);
}
