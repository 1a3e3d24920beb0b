// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls that no correct program makes: refused with -EINVAL, the lock and the
 * request as they were.
 */
#include "case_lock.h"
#include "cases.h"

/**
 * struct stage - two locks with a holder and a waiter, and what they look like
 * @lock:   [100, 199] held exclusively, [150, 250] queued behind it
 * @other:  [0, max] held shared
 * @held:   the holder of @lock
 * @theirs: the holder of @other
 * @waiter: the waiter of @lock
 * @free:   never used
 * @before: @lock's requests before the misuse
 * @copy:   @held before the misuse
 */
struct stage {
	struct case_lock lock;
	struct case_lock other;
	struct rangelock_req held;
	struct rangelock_req theirs;
	struct case_req waiter;
	struct rangelock_req free;
	struct rangelock_record before[3];
	struct rangelock_req copy;
};

static struct stage *stage_set(struct case_ctx *t)
{
	struct stage *s = rlenv_alloc(sizeof(*s));

	if (!CASE_EXPECT(t, s))
		return NULL;
	case_lock_init(&s->lock, &rangelock_modes_file);
	case_lock_init(&s->other, &rangelock_modes_file);
	case_hold(t, &s->lock, &s->held, 100, 199, RANGELOCK_LOG);
	case_hold(t, &s->other, &s->theirs, 0, RANGELOCK_MAX, RANGELOCK_READ);
	CASE_EXPECT_EQ(t, case_enqueue(&s->lock, &s->waiter, 150, 250,
				       RANGELOCK_WRITE), -EINPROGRESS);
	CASE_EXPECT_EQ(t, rangelock_snapshot(&s->lock.rl, RANGELOCK_EVERYONE,
					     s->before, 3), 2);
	s->copy = s->held;
	rangelock_expect_misuse = true;
	return s;
}

static bool is_same_record(const struct rangelock_record *a,
			   const struct rangelock_record *b)
{
	return a->start == b->start && a->last == b->last &&
	       a->seq == b->seq && a->owner == b->owner &&
	       a->blockers == b->blockers && a->mode == b->mode;
}

static void check_untouched(struct case_ctx *t, struct stage *s)
{
	struct rangelock_record now[3];

	CASE_CHECK_EQ(t, rangelock_validate(&s->lock.rl), 0);
	CASE_CHECK_EQ(t, rangelock_validate(&s->other.rl), 0);
	CASE_CHECK_EQ(t, s->lock.rl.nr_waiting, 1);
	CASE_CHECK_EQ(t, rangelock_snapshot(&s->lock.rl, RANGELOCK_EVERYONE,
					    now, 3), 2);
	CASE_CHECK(t, is_same_record(&now[0], &s->before[0]));
	CASE_CHECK(t, is_same_record(&now[1], &s->before[1]));
	CASE_CHECK(t, !memcmp(&s->held, &s->copy, sizeof(s->copy)));
	CASE_CHECK(t, rangelock_is_held(&s->held));
	CASE_CHECK(t, rangelock_is_held(&s->theirs));
	CASE_CHECK(t, !rangelock_is_held(&s->waiter.req));
	CASE_CHECK_EQ(t, case_nr_granted(&s->waiter), 0);
}

static void stage_clear(struct case_ctx *t, struct stage *s)
{
	rangelock_expect_misuse = false;
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_release(&s->lock.rl, &s->held), 0);
	CASE_CHECK_EQ(t, rangelock_release(&s->lock.rl, &s->waiter.req), 0);
	CASE_CHECK_EQ(t, rangelock_release(&s->other.rl, &s->theirs), 0);
	case_lock_destroy(t, &s->lock);
	case_lock_destroy(t, &s->other);
	rlenv_free(s);
}

/* Each call below is refused; a case is a list of them. */
#define REFUSED(call)                                                   \
	do {                                                            \
		CASE_EXPECT_EQ(t, (call), -EINVAL);                     \
		if (!case_has_failed(t))                                \
			check_untouched(t, s);                          \
	} while (0)

static void case_release(struct case_ctx *t)
{
	struct stage *s = stage_set(t);

	CASE_CHECK(t, s);
	REFUSED(rangelock_release(&s->lock.rl, &s->free));
	REFUSED(rangelock_release(&s->lock.rl, &s->waiter.req));
	REFUSED(rangelock_release(&s->other.rl, &s->held));
	REFUSED(rangelock_release(&s->lock.rl, &s->theirs));
	stage_clear(t, s);
}

static void case_double_release(struct case_ctx *t)
{
	struct stage *s = stage_set(t);

	CASE_CHECK(t, s);
	case_hold(t, &s->lock, &s->free, 0, 10, RANGELOCK_WRITE);
	CASE_EXPECT_EQ(t, rangelock_release(&s->lock.rl, &s->free), 0);
	REFUSED(rangelock_release(&s->lock.rl, &s->free));
	REFUSED(rangelock_shrink(&s->lock.rl, &s->free, 0, 0));
	REFUSED(rangelock_downgrade(&s->lock.rl, &s->free, RANGELOCK_READ));
	REFUSED(rangelock_cancel(&s->free));
	stage_clear(t, s);
}

static void case_downgrade(struct case_ctx *t)
{
	struct stage *s = stage_set(t);
	struct rangelock *rl;

	CASE_CHECK(t, s);
	rl = &s->lock.rl;
	REFUSED(rangelock_downgrade(rl, &s->held, RANGELOCK_WRITE));
	REFUSED(rangelock_downgrade(rl, &s->held, RANGELOCK_RESTRUCTURE));
	REFUSED(rangelock_downgrade(rl, &s->held, 5));
	REFUSED(rangelock_downgrade(rl, &s->held, RANGELOCK_MODES_MAX));
	REFUSED(rangelock_downgrade(rl, &s->held, U32_MAX));
	REFUSED(rangelock_downgrade(rl, &s->waiter.req, RANGELOCK_READ));
	REFUSED(rangelock_downgrade(rl, &s->theirs, RANGELOCK_READ));
	REFUSED(rangelock_downgrade(&s->other.rl, &s->held, RANGELOCK_READ));
	REFUSED(rangelock_downgrade(rl, &s->free, RANGELOCK_READ));
	/* A reader shares with log gather, a holder of that does not. */
	REFUSED(rangelock_downgrade(&s->other.rl, &s->theirs, RANGELOCK_LOG));
	stage_clear(t, s);
}

static void case_shrink(struct case_ctx *t)
{
	struct stage *s = stage_set(t);
	struct rangelock *rl;

	CASE_CHECK(t, s);
	rl = &s->lock.rl;
	REFUSED(rangelock_shrink(rl, &s->held, 99, 199));
	REFUSED(rangelock_shrink(rl, &s->held, 100, 200));
	REFUSED(rangelock_shrink(rl, &s->held, 0, RANGELOCK_MAX));
	REFUSED(rangelock_shrink(rl, &s->held, 150, 149));
	REFUSED(rangelock_shrink(rl, &s->held, 0, 99));
	REFUSED(rangelock_shrink(rl, &s->held, 200, 300));
	REFUSED(rangelock_shrink(rl, &s->waiter.req, 160, 170));
	REFUSED(rangelock_shrink(rl, &s->theirs, 5, 6));
	REFUSED(rangelock_shrink(&s->other.rl, &s->held, 150, 160));
	REFUSED(rangelock_shrink(rl, &s->free, 0, 0));
	stage_clear(t, s);
}

static void case_hand_over(struct case_ctx *t)
{
	struct stage *s = stage_set(t);

	CASE_CHECK(t, s);
	REFUSED(rangelock_disown(&s->lock.rl, &s->free));
	REFUSED(rangelock_disown(&s->lock.rl, &s->waiter.req));
	REFUSED(rangelock_disown(&s->other.rl, &s->held));
	REFUSED(rangelock_cancel(&s->free));
	stage_clear(t, s);
}

/* A lock in use says so and stays usable. */
static void case_destroy(struct case_ctx *t)
{
	struct stage *s = stage_set(t);

	CASE_CHECK(t, s);
	CASE_EXPECT_EQ(t, rangelock_destroy(&s->lock.rl), -EBUSY);
	CASE_EXPECT_EQ(t, rangelock_destroy(&s->other.rl), -EBUSY);
	if (!case_has_failed(t))
		check_untouched(t, s);
	stage_clear(t, s);
}

/* A range that is granted cannot be withdrawn. */
static void case_cancel_held(struct case_ctx *t)
{
	struct stage *s = stage_set(t);

	CASE_CHECK(t, s);
	CASE_EXPECT_EQ(t, rangelock_cancel(&s->held), -EALREADY);
	if (!case_has_failed(t))
		check_untouched(t, s);
	stage_clear(t, s);
}

const struct case_desc cases_misuse[] = {
	{ "release", case_release },
	{ "double_release", case_double_release },
	{ "downgrade", case_downgrade },
	{ "shrink", case_shrink },
	{ "hand_over", case_hand_over },
	{ "destroy", case_destroy },
	{ "cancel_held", case_cancel_held },
	{ NULL, NULL },
};
