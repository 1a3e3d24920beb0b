// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The real lock under torture: each verb as one way to get a range.
 */
#include "torture.h"
#include "case_lock.h"

static u64 byte_of(const struct torture *tt, u32 page)
{
	return tt->params.base + page;
}

static void on_grant(struct rangelock_req *req)
{
	struct torture_io *io = container_of(req, struct torture_io, req);

	/* Pairs with the load-acquire in wait_for_callback(). */
	smp_store_release(&io->granted, 1);
}

static int wait_for_callback(struct torture_io *io)
{
	CASE_WAIT_UNTIL(smp_load_acquire(&io->granted));
	return 0;
}

static int queue_wait(struct rangelock *rl, struct torture_io *io, u64 start,
		      u64 last)
{
	int ret = rangelock_enqueue(rl, &io->req, start, last, io->mode, NULL);

	if (ret != -EINPROGRESS)
		return ret;
	return rangelock_wait(&io->req, RANGELOCK_WAIT_INTERRUPTIBLE,
			      io->limit);
}

/* A cancel that comes too late leaves a holder that has to be told. */
static int queue_cancel(struct rangelock *rl, struct torture_io *io, u64 start,
			u64 last)
{
	int ret = rangelock_enqueue(rl, &io->req, start, last, io->mode, NULL);

	if (ret != -EINPROGRESS)
		return ret;
	cond_resched();
	ret = rangelock_cancel(&io->req);
	if (ret == 0)
		return -EAGAIN;
	if (ret != -EALREADY)
		return ret;
	return rangelock_wait(&io->req, RANGELOCK_WAIT_FOREVER,
			      RANGELOCK_NO_TIMEOUT);
}

static int queue_callback(struct rangelock *rl, struct torture_io *io,
			  u64 start, u64 last)
{
	int ret;

	WRITE_ONCE(io->granted, 0);
	ret = rangelock_enqueue(rl, &io->req, start, last, io->mode, on_grant);
	return ret == -EINPROGRESS ? wait_for_callback(io) : ret;
}

static int rl_acquire(struct torture *tt, struct torture_io *io,
		      enum torture_verb verb)
{
	struct rangelock_req *req = &io->req;
	struct rangelock *rl = &tt->rl;
	u64 start = byte_of(tt, io->start);
	u64 last = byte_of(tt, io->last);

	switch (verb) {
	case TORTURE_TRY:
		return rangelock_try(rl, req, start, last, io->mode);
	case TORTURE_TIMEOUT:
		return rangelock_acquire_timeout(rl, req, start, last,
						 io->mode, io->limit);
	case TORTURE_KILLABLE:
		return rangelock_acquire_killable(rl, req, start, last,
						  io->mode);
	case TORTURE_INTERRUPTIBLE:
		return rangelock_acquire_interruptible(rl, req, start, last,
						       io->mode);
	case TORTURE_QUEUE_WAIT:
		return queue_wait(rl, io, start, last);
	case TORTURE_QUEUE_CANCEL:
		return queue_cancel(rl, io, start, last);
	case TORTURE_CALLBACK:
		return queue_callback(rl, io, start, last);
	default:
		return rangelock_acquire(rl, req, start, last, io->mode);
	}
}

static int rl_release(struct torture *tt, struct torture_io *io)
{
	return rangelock_release(&tt->rl, &io->req);
}

static int rl_disown(struct torture *tt, struct torture_io *io)
{
	return rangelock_disown(&tt->rl, &io->req);
}

static int rl_weaken(struct torture *tt, struct torture_io *io, u32 mode)
{
	return rangelock_downgrade(&tt->rl, &io->req, mode);
}

static int rl_shrink(struct torture *tt, struct torture_io *io, u32 start,
		     u32 last)
{
	return rangelock_shrink(&tt->rl, &io->req, byte_of(tt, start),
				byte_of(tt, last));
}

static int rl_check(struct torture *tt)
{
	return rangelock_validate(&tt->rl);
}

const struct torture_ops torture_rl = {
	.name = "rl",
	.acquire = rl_acquire,
	.release = rl_release,
	.disown = rl_disown,
	.weaken = rl_weaken,
	.shrink = rl_shrink,
	.check = rl_check,
	.patience = 60ull * 1000 * 1000 * 1000,
};
