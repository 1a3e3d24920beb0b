// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One request at a time: edge values, adjacency, and everything that must be
 * refused with the lock and the request left as they were.
 */
#include "case_lock.h"
#include "cases.h"

static void case_init(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_record record;

	case_lock_init(&lock, &rangelock_modes_rw);
	CASE_CHECK_EQ(t, rangelock_validate(&lock.rl), 0);
	CASE_CHECK_EQ(t, rangelock_snapshot(&lock.rl, RANGELOCK_EVERYONE,
					    &record, 1), 0);
	case_lock_destroy(t, &lock);
}

/* Acquire, look, release: what a holder sees of itself. */
static void case_pair(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req req;
	struct rangelock_record record;

	case_lock_init(&lock, &rangelock_modes_rw);
	CASE_CHECK_EQ(t, rangelock_acquire(&lock.rl, &req, 5, 9,
					   RANGELOCK_EXCLUSIVE), 0);
	CASE_CHECK(t, rangelock_is_held(&req));
	CASE_CHECK_EQ(t, rangelock_snapshot(&lock.rl, RANGELOCK_WAITERS,
					    &record, 1), 0);
	CASE_CHECK_EQ(t, rangelock_snapshot(&lock.rl, RANGELOCK_HOLDERS,
					    &record, 1), 1);
	CASE_CHECK_EQ(t, record.start, 5);
	CASE_CHECK_EQ(t, record.last, 9);
	CASE_CHECK_EQ(t, record.owner, rlenv_self_id());
	CASE_CHECK_EQ(t, record.blockers, 0);
	CASE_CHECK(t, !strcmp(record.mode,
			      rangelock_modes_rw.name[RANGELOCK_EXCLUSIVE]));
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &req), 0);
	CASE_CHECK(t, !rangelock_is_held(&req));
	CASE_CHECK_EQ(t, atomic64_read(&lock.stats.acquired), 1);
	CASE_CHECK_EQ(t, lock.stats.contended, 0);
	CASE_CHECK_EQ(t, lock.stats.wakeups, 0);
	case_lock_destroy(t, &lock);
}

static void check_range(struct case_ctx *t, struct case_lock *lock, u64 start,
			u64 last)
{
	struct rangelock_req req, other;

	case_hold(t, lock, &req, start, last, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_try(&lock->rl, &other, start, start,
				       RANGELOCK_SHARED), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(&lock->rl, &other, last, last,
				       RANGELOCK_SHARED), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(&lock->rl, &other, 0, RANGELOCK_MAX,
				       RANGELOCK_SHARED), -EAGAIN);
	if (start > 0) {
		CASE_CHECK_EQ(t, rangelock_try(&lock->rl, &other, 0, start - 1,
					       RANGELOCK_EXCLUSIVE), 0);
		CASE_CHECK_EQ(t, rangelock_release(&lock->rl, &other), 0);
	}
	if (last < RANGELOCK_MAX) {
		CASE_CHECK_EQ(t, rangelock_try(&lock->rl, &other, last + 1,
					       RANGELOCK_MAX,
					       RANGELOCK_EXCLUSIVE), 0);
		CASE_CHECK_EQ(t, rangelock_release(&lock->rl, &other), 0);
	}
	CASE_CHECK_EQ(t, rangelock_release(&lock->rl, &req), 0);
}

/* All ranges between the interesting points of the number line. */
static void case_edges(struct case_ctx *t)
{
	static const u64 point[] = {
		0, 1, 4095, 4096, U32_MAX, (u64)U32_MAX + 1,
		(1ull << 63) - 1, 1ull << 63, U64_MAX - 1, U64_MAX,
	};
	struct case_lock lock;
	size_t i, j;

	case_lock_init(&lock, &rangelock_modes_rw);
	for (i = 0; i < ARRAY_SIZE(point); i++)
		for (j = i; j < ARRAY_SIZE(point); j++) {
			check_range(t, &lock, point[i], point[j]);
			CASE_PROPAGATE(t);
		}
	case_lock_destroy(t, &lock);
}

/* Exclusive neighbours with no byte between them, from 0 to U64_MAX. */
static void case_adjacent(struct case_ctx *t)
{
	static const u64 start[] = { 0, 1, 4096, 4097, U64_MAX - 1, U64_MAX };
	struct rangelock_req req[ARRAY_SIZE(start)];
	struct case_lock lock;
	size_t i;
	u64 last;

	case_lock_init(&lock, &rangelock_modes_rw);
	for (i = 0; i < ARRAY_SIZE(start); i++) {
		last = i + 1 < ARRAY_SIZE(start) ? start[i + 1] - 1 : U64_MAX;
		case_hold(t, &lock, &req[i], start[i], last,
			  RANGELOCK_EXCLUSIVE);
		CASE_PROPAGATE(t);
	}
	CASE_CHECK_EQ(t, rangelock_validate(&lock.rl), 0);
	for (i = 0; i < ARRAY_SIZE(start); i++)
		CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &req[i]), 0);
	case_lock_destroy(t, &lock);
}

/* A failed try or a refused call must not write to the request. */
static bool is_untouched(const struct rangelock_req *req)
{
	const u8 *byte = (const u8 *)req;
	size_t i;

	for (i = 0; i < sizeof(*req); i++)
		if (byte[i] != 0xa5)
			return false;
	return true;
}

static void check_refused(struct case_ctx *t, struct case_lock *lock,
			  u64 start, u64 last, unsigned int mode)
{
	struct rangelock *rl = &lock->rl;
	struct rangelock_req req;

	memset(&req, 0xa5, sizeof(req));
	CASE_CHECK_EQ(t, rangelock_try(rl, &req, start, last, mode), -EINVAL);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, start, last, mode, NULL),
		      -EINVAL);
	CASE_CHECK_EQ(t, rangelock_enqueue(rl, &req, start, last, mode,
					   case_granted), -EINVAL);
	CASE_CHECK_EQ(t, rangelock_acquire(rl, &req, start, last, mode),
		      -EINVAL);
	CASE_CHECK_EQ(t, rangelock_acquire_nested(rl, &req, start, last, mode,
						  1), -EINVAL);
	CASE_CHECK_EQ(t, rangelock_acquire_killable(rl, &req, start, last,
						    mode), -EINVAL);
	CASE_CHECK_EQ(t, rangelock_acquire_interruptible(rl, &req, start, last,
							 mode), -EINVAL);
	CASE_CHECK_EQ(t, rangelock_acquire_timeout(rl, &req, start, last, mode,
						   1), -EINVAL);
	CASE_CHECK(t, is_untouched(&req));
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rl->nr_waiting, 0);
}

/* Bad ranges and modes, on an empty lock and on a held one. */
static void case_bad_arguments(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held;
	u64 next_seq;
	int i;

	case_lock_init(&lock, &rangelock_modes_rw);
	for (i = 0; i < 2; i++) {
		next_seq = lock.rl.next_seq;
		check_refused(t, &lock, 1, 0, RANGELOCK_SHARED);
		CASE_PROPAGATE(t);
		check_refused(t, &lock, U64_MAX, 0, RANGELOCK_EXCLUSIVE);
		CASE_PROPAGATE(t);
		check_refused(t, &lock, 0, 10, 2);
		CASE_PROPAGATE(t);
		check_refused(t, &lock, 0, 10, RANGELOCK_MODES_MAX);
		CASE_PROPAGATE(t);
		check_refused(t, &lock, 0, 10, U32_MAX);
		CASE_PROPAGATE(t);
		CASE_CHECK_EQ(t, lock.rl.next_seq, next_seq);
		if (i == 0)
			case_hold(t, &lock, &held, 0, RANGELOCK_MAX,
				  RANGELOCK_EXCLUSIVE);
		CASE_PROPAGATE(t);
	}
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	case_lock_destroy(t, &lock);
}

static void case_try_leaves_no_trace(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req held, req;
	struct case_req waiter;

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &held, 10, 20, RANGELOCK_SHARED);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, case_enqueue(&lock, &waiter, 15, 40,
				      RANGELOCK_EXCLUSIVE), -EINPROGRESS);
	memset(&req, 0xa5, sizeof(req));
	/* Free of the holder, but an earlier waiter wants it. */
	CASE_CHECK_EQ(t, rangelock_try(&lock.rl, &req, 30, 50,
				       RANGELOCK_SHARED), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(&lock.rl, &req, 15, 15,
				       RANGELOCK_SHARED), -EAGAIN);
	CASE_CHECK(t, !rangelock_is_held(&req));
	CASE_CHECK_EQ(t, lock.rl.nr_waiting, 1);
	/* Neither of the two is in the way here. */
	CASE_CHECK_EQ(t, rangelock_try(&lock.rl, &req, 10, 14,
				       RANGELOCK_SHARED), 0);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &req), 0);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&waiter), 1);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &waiter.req), 0);
	CASE_CHECK_EQ(t, atomic64_read(&lock.stats.try_failed), 2);
	case_lock_destroy(t, &lock);
}

/* Legal narrowing: to each edge, to one byte, to itself. */
static void case_shrink(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req req, other;
	struct rangelock *rl = &lock.rl;

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &req, 0, U64_MAX, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &req, 0, U64_MAX), 0);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &req, 100, U64_MAX), 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 100, 100, RANGELOCK_SHARED),
		      -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 0, 99, RANGELOCK_SHARED),
		      0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &other), 0);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &req, 100, 200), 0);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &req, 150, 150), 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 151, 200, RANGELOCK_SHARED),
		      0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &other), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 150, 150, RANGELOCK_SHARED),
		      -EAGAIN);
	CASE_CHECK(t, rangelock_is_held(&req));
	CASE_CHECK_EQ(t, rangelock_release(rl, &req), 0);
	case_lock_destroy(t, &lock);
}

static void case_downgrade(struct case_ctx *t)
{
	struct case_lock lock;
	struct rangelock_req req, other;
	struct rangelock *rl = &lock.rl;

	case_lock_init(&lock, &rangelock_modes_file);
	case_hold(t, &lock, &req, 0, 100, RANGELOCK_RESTRUCTURE);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &req, RANGELOCK_WRITE), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 0, 0, RANGELOCK_READ),
		      -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &req, RANGELOCK_LOG), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 0, 0, RANGELOCK_LOG),
		      -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &req, RANGELOCK_READ), 0);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &req, RANGELOCK_REFLINK_SRC),
		      0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 0, 0, RANGELOCK_LOG), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &other), 0);
	CASE_CHECK_EQ(t, rangelock_try(rl, &other, 0, 0, RANGELOCK_WRITE),
		      -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_release(rl, &req), 0);
	case_lock_destroy(t, &lock);
}

const struct case_desc cases_rangelock[] = {
	{ "init", case_init },
	{ "pair", case_pair },
	{ "edges", case_edges },
	{ "adjacent", case_adjacent },
	{ "bad_arguments", case_bad_arguments },
	{ "try_leaves_no_trace", case_try_leaves_no_trace },
	{ "shrink", case_shrink },
	{ "downgrade", case_downgrade },
	{ NULL, NULL },
};
