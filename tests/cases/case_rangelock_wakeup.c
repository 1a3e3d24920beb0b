// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each release, downgrade, shrink and cancel grants exactly those requests
 * whose last conflict it took away.
 */
#include "case_lock.h"
#include "cases.h"

#define CROWD	1000
#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED

/**
 * struct crowd - holders, and those who wait for them
 * @lock:     the lock
 * @held:     what most of them wait for
 * @held_too: what others do
 * @waiter:   in the order in which they were queued
 * @nr:       how many
 */
struct crowd {
	struct case_lock lock;
	struct rangelock_req held;
	struct rangelock_req held_too;
	struct case_req waiter[CROWD];
	int nr;
};

static struct crowd *crowd_new(struct case_ctx *t,
			       const struct rangelock_modes *modes)
{
	struct crowd *c = rlenv_alloc_big(sizeof(*c));

	if (CASE_EXPECT(t, c))
		case_lock_init(&c->lock, modes);
	return c;
}

/* Release whoever holds until nobody waits, and all is gone. */
static void crowd_free(struct case_ctx *t, struct crowd *c)
{
	int i;

	for (i = 0; i < c->nr && !case_has_failed(t); i++)
		if (rangelock_is_held(&c->waiter[i].req))
			CASE_EXPECT_EQ(t, rangelock_release(&c->lock.rl,
							    &c->waiter[i].req),
				       0);
	case_lock_destroy(t, &c->lock);
	CASE_EXPECT_EQ(t, atomic64_read(&c->lock.stats.spurious), 0);
	if (!case_has_failed(t))
		rlenv_free_big(c);
}

/* One more waiter. */
static void queue(struct case_ctx *t, struct crowd *c, u64 start, u64 last,
		  unsigned int mode)
{
	CASE_EXPECT_EQ(t, case_enqueue(&c->lock, &c->waiter[c->nr++], start,
				       last, mode), -EINPROGRESS);
}

/* Bit i of the answer: is waiter i held?  Each was granted at most once. */
static u64 granted_mask(struct case_ctx *t, struct crowd *c)
{
	u64 mask = 0;
	int i;

	for (i = 0; i < c->nr; i++) {
		CASE_EXPECT(t, case_nr_granted(&c->waiter[i]) <= 1);
		if (rangelock_is_held(&c->waiter[i].req))
			mask |= 1ull << i;
	}
	CASE_EXPECT_EQ(t, c->lock.stats.wakeups, hweight64(mask));
	CASE_EXPECT_EQ(t, rangelock_validate(&c->lock.rl), 0);
	return mask;
}

/* One release wakes 1,000 disjoint waiters, once each. */
static void case_thousand(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	int i;

	CASE_CHECK(t, c);
	case_hold(t, &c->lock, &c->held, 0, RANGELOCK_MAX, X);
	for (i = 0; i < CROWD; i++)
		queue(t, c, i * 4096, i * 4096 + 4095, X);
	CASE_CHECK_EQ(t, c->lock.rl.nr_waiting, CROWD);
	CASE_CHECK_EQ(t, rangelock_release(&c->lock.rl, &c->held), 0);
	CASE_CHECK_EQ(t, c->lock.rl.nr_waiting, 0);
	CASE_CHECK_EQ(t, c->lock.stats.wakeups, CROWD);
	CASE_CHECK_EQ(t, atomic_read(&c->lock.grants), CROWD);
	for (i = 0; i < CROWD; i++)
		CASE_CHECK_EQ(t, case_nr_granted(&c->waiter[i]), 1);
	CASE_CHECK_EQ(t, rangelock_validate(&c->lock.rl), 0);
	crowd_free(t, c);
}

/* Two holders; the waiters need one, the other, or both to go. */
static void case_k_of_n(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;
	int i;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 99, X);
	case_hold(t, &c->lock, &c->held_too, 100, 199, X);
	for (i = 0; i < 30; i++) {
		if (i % 3 == 0)
			queue(t, c, 0, i, S);
		else if (i % 3 == 1)
			queue(t, c, 100 + i, 300, S);
		else
			queue(t, c, 99, 100, S);
	}
	CASE_CHECK_EQ(t, granted_mask(t, c), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x09249249);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held_too), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x3fffffff);
	crowd_free(t, c);
}

/* A holder that conflicts with nobody wakes nobody. */
static void case_nobody(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 99, S);
	case_hold(t, &c->lock, &c->held_too, 0, 99, S);
	queue(t, c, 50, 60, X);
	queue(t, c, 60, 70, X);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held_too), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 1);
	crowd_free(t, c);
}

static void case_downgrade_rw(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 99, X);
	queue(t, c, 0, 10, S);
	queue(t, c, 99, 200, S);
	queue(t, c, 40, 50, X);
	queue(t, c, 50, 60, S);
	queue(t, c, 60, 70, S);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, X), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0);
	/* All readers but the one behind the writer. */
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, S), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x13);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x17);
	crowd_free(t, c);
}

/* From the strongest mode of a file system down to a reader. */
static void case_downgrade_file(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_file);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 499, RANGELOCK_RESTRUCTURE);
	queue(t, c, 0, 99, RANGELOCK_READ);
	queue(t, c, 100, 199, RANGELOCK_WRITE);
	queue(t, c, 200, 299, RANGELOCK_LOG);
	queue(t, c, 300, 399, RANGELOCK_REFLINK_SRC);
	queue(t, c, 400, 499, RANGELOCK_RESTRUCTURE);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, RANGELOCK_WRITE),
		      0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, RANGELOCK_LOG), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x9);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, RANGELOCK_READ), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0xd);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held,
					     RANGELOCK_REFLINK_SRC), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0xd);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x1f);
	crowd_free(t, c);
}

/* Ten waiters of ten bytes and one across each new edge. */
static void case_shrink(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;
	int i;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 99, X);
	for (i = 0; i < 10; i++)
		queue(t, c, i * 10, i * 10 + 9, S);
	queue(t, c, 29, 30, S);
	queue(t, c, 69, 70, S);
	queue(t, c, 0, RANGELOCK_MAX, S);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 0, 99), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 30, 69), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x387);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 31, 69), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x787);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 50, 50), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0xfdf);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x1fff);
	crowd_free(t, c);
}

/* Shrink, then downgrade, then release: nobody is counted twice. */
static void case_piecemeal(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 99, X);
	queue(t, c, 0, 49, X);
	queue(t, c, 50, 99, S);
	queue(t, c, 50, 99, X);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 50, 99), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 1);
	CASE_CHECK_EQ(t, rangelock_downgrade(rl, &c->held, S), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 3);
	CASE_CHECK_EQ(t, rangelock_shrink(rl, &c->held, 99, 99), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 3);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 3);
	crowd_free(t, c);
}

/* A waiter that leaves the middle of the queue lets the ones behind it go. */
static void case_cancel(struct case_ctx *t)
{
	struct crowd *c = crowd_new(t, &rangelock_modes_rw);
	struct rangelock *rl;

	CASE_CHECK(t, c);
	rl = &c->lock.rl;
	case_hold(t, &c->lock, &c->held, 0, 9, X);
	queue(t, c, 0, 99, X);
	queue(t, c, 10, 19, S);
	queue(t, c, 15, 25, S);
	queue(t, c, 5, 15, S);
	queue(t, c, 20, 30, X);
	CASE_CHECK_EQ(t, rangelock_cancel(&c->waiter[0].req), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x6);
	CASE_CHECK_EQ(t, case_nr_granted(&c->waiter[0]), 0);
	CASE_CHECK_EQ(t, c->lock.stats.cancelled, 1);
	CASE_CHECK_EQ(t, rangelock_cancel(&c->waiter[3].req), 0);
	CASE_CHECK_EQ(t, granted_mask(t, c), 0x6);
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->waiter[2].req), 0);
	CASE_CHECK(t, rangelock_is_held(&c->waiter[4].req));
	CASE_CHECK_EQ(t, rangelock_release(rl, &c->held), 0);
	crowd_free(t, c);
}

const struct case_desc cases_wakeup[] = {
	{ "thousand", case_thousand },
	{ "k_of_n", case_k_of_n },
	{ "nobody", case_nobody },
	{ "downgrade_rw", case_downgrade_rw },
	{ "downgrade_file", case_downgrade_file },
	{ "shrink", case_shrink },
	{ "piecemeal", case_piecemeal },
	{ "cancel", case_cancel },
	{ NULL, NULL },
};
