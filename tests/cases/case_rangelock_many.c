// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Numbers that no file system reaches by accident: 100,000 held ranges and
 * 10,000 waiters on one lock.
 */
#include "case_lock.h"
#include "cases.h"

#define HELD	100000
#define WAITING	10000
#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED

/* Visits per operation on a tree of @n ranges when nothing overlaps. */
#define VISITS_DISJOINT	0

struct many {
	struct case_lock lock;
	struct rangelock_req held[HELD];
	struct case_req waiter[WAITING];
	struct rangelock_record record[100];
	char text[4096];
};

static struct many *many_new(struct case_ctx *t)
{
	struct many *m = rlenv_alloc_big(sizeof(*m));

	if (CASE_EXPECT(t, m))
		case_lock_init(&m->lock, &rangelock_modes_rw);
	return m;
}

static void many_free(struct case_ctx *t, struct many *m)
{
	case_lock_destroy(t, &m->lock);
	rlenv_free_big(m);
}

/* Neighbours without a gap, taken in a scattered order. */
static void hold_many(struct case_ctx *t, struct many *m)
{
	u32 i, at;

	for (i = 0; i < HELD; i++) {
		at = (u32)((i * 77777ull) % HELD);
		if (!case_hold(t, &m->lock, &m->held[at], at * 4096ull,
			       at * 4096ull + 4095, X))
			return;
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void release_many(struct case_ctx *t, struct many *m)
{
	u32 i;

	for (i = 0; i < HELD; i++) {
		CASE_CHECK_EQ(t, rangelock_release(&m->lock.rl, &m->held[i]),
			      0);
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void check_views(struct case_ctx *t, struct many *m)
{
	struct rangelock *rl = &m->lock.rl;
	size_t len;
	u32 i;

	CASE_CHECK_EQ(t, rangelock_snapshot(rl, RANGELOCK_HOLDERS, m->record,
					    ARRAY_SIZE(m->record)),
		      ARRAY_SIZE(m->record));
	for (i = 0; i < ARRAY_SIZE(m->record); i++) {
		CASE_CHECK_EQ(t, m->record[i].start, i * 4096ull);
		CASE_CHECK_EQ(t, m->record[i].blockers, 0);
		CASE_CHECK_EQ(t, m->record[i].owner, 0);
	}
	len = rangelock_dump(rl, m->text, sizeof(m->text));
	CASE_CHECK(t, len > 0 && len < sizeof(m->text));
	CASE_CHECK_EQ(t, m->text[len], 0);
	/* A buffer that is too small is filled and terminated, not overrun. */
	memset(m->text, 'x', sizeof(m->text));
	len = rangelock_dump(rl, m->text, 40);
	CASE_CHECK_EQ(t, len, 39);
	CASE_CHECK_EQ(t, m->text[39], 0);
	CASE_CHECK_EQ(t, m->text[40], 'x');
}

/* Held ranges that do not overlap a request are not even looked at. */
static void case_held(struct case_ctx *t)
{
	struct many *m = many_new(t);
	struct rangelock *rl;
	struct rangelock_req req;

	CASE_CHECK(t, m);
	rl = &m->lock.rl;
	hold_many(t, m);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, atomic64_read(&m->lock.stats.acquired), HELD);
	CASE_CHECK_EQ(t, m->lock.stats.visited, VISITS_DISJOINT);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	check_views(t, m);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_try(rl, &req, 4096ull * HELD / 2,
				       4096ull * HELD / 2, S), -EAGAIN);
	CASE_CHECK_EQ(t, rangelock_try(rl, &req, 4096ull * HELD,
				       RANGELOCK_MAX, X), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &req), 0);
	release_many(t, m);
	CASE_PROPAGATE(t);
	many_free(t, m);
}

/* A whole-file request behind 100,000 holders is granted by the last one. */
static void case_whole_behind_held(struct case_ctx *t)
{
	struct many *m = many_new(t);
	struct case_req *whole;

	CASE_CHECK(t, m);
	whole = &m->waiter[0];
	hold_many(t, m);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, case_enqueue(&m->lock, whole, 0, RANGELOCK_MAX, X),
		      -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_blockers(&m->lock.rl, &whole->req), HELD);
	release_many(t, m);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, case_nr_granted(whole), 1);
	CASE_CHECK_EQ(t, m->lock.stats.wakeups, 1);
	CASE_CHECK_EQ(t, rangelock_release(&m->lock.rl, &whole->req), 0);
	many_free(t, m);
}

static void check_waiters(struct case_ctx *t, struct many *m)
{
	struct rangelock *rl = &m->lock.rl;
	size_t nr;

	CASE_CHECK_EQ(t, rl->nr_waiting, WAITING);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	nr = rangelock_snapshot(rl, RANGELOCK_WAITERS, m->record,
				ARRAY_SIZE(m->record));
	CASE_CHECK_EQ(t, nr, ARRAY_SIZE(m->record));
	CASE_CHECK(t, m->record[0].blockers >= 1);
}

/* 10,000 disjoint waiters; every other one leaves before the grant. */
static void case_waiters(struct case_ctx *t)
{
	struct many *m = many_new(t);
	struct rangelock *rl;
	u32 i;

	CASE_CHECK(t, m);
	rl = &m->lock.rl;
	case_hold(t, &m->lock, &m->held[0], 0, RANGELOCK_MAX, X);
	for (i = 0; i < WAITING; i++)
		CASE_CHECK_EQ(t, case_enqueue(&m->lock, &m->waiter[i], i * 8,
					      i * 8 + 7, X), -EINPROGRESS);
	check_waiters(t, m);
	CASE_PROPAGATE(t);
	for (i = 0; i < WAITING; i += 2)
		CASE_CHECK_EQ(t, rangelock_cancel(&m->waiter[i].req), 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	cond_resched();
	CASE_CHECK_EQ(t, rangelock_release(rl, &m->held[0]), 0);
	CASE_CHECK_EQ(t, m->lock.stats.wakeups, WAITING / 2);
	CASE_CHECK_EQ(t, m->lock.stats.cancelled, WAITING / 2);
	for (i = 1; i < WAITING; i += 2) {
		CASE_CHECK_EQ(t, case_nr_granted(&m->waiter[i]), 1);
		CASE_CHECK_EQ(t, rangelock_release(rl, &m->waiter[i].req), 0);
	}
	many_free(t, m);
}

/* A queue on one byte: long, and still served one by one in order. */
static void case_long_queue(struct case_ctx *t)
{
	struct many *m = many_new(t);
	struct rangelock *rl;
	u32 i, nr = 500 + 500 * min_t(u32, t->scale, 3);

	CASE_CHECK(t, m);
	rl = &m->lock.rl;
	case_hold(t, &m->lock, &m->held[0], 7, 7, X);
	for (i = 0; i < nr; i++)
		CASE_CHECK_EQ(t, case_enqueue(&m->lock, &m->waiter[i], 7, 7,
					      X), -EINPROGRESS);
	CASE_CHECK_EQ(t, rangelock_release(rl, &m->held[0]), 0);
	for (i = 0; i < nr; i++) {
		CASE_CHECK_EQ(t, m->waiter[i].order, i + 1);
		CASE_CHECK_EQ(t, atomic_read(&m->lock.grants), i + 1);
		CASE_CHECK_EQ(t, rangelock_release(rl, &m->waiter[i].req), 0);
		if (i % 64 == 0)
			cond_resched();
	}
	many_free(t, m);
}

const struct case_desc cases_many[] = {
	{ "held", case_held },
	{ "whole_behind_held", case_whole_behind_held },
	{ "waiters", case_waiters },
	{ "long_queue", case_long_queue },
	{ NULL, NULL },
};
