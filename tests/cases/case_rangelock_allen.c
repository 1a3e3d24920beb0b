// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * All 13 Allen relations x all pairs of modes x all verbs that take a range.
 *
 * The expected matrices are written out here once more, as the comment in
 * rangelock.h draws them, so that a slip in the mask tables shows.
 */
#include "case_lock.h"
#include "cases.h"

/**
 * struct relation - how a second range lies to the first, [100, 199]
 * @name:     Allen's word
 * @start:    of the second range
 * @last:     of the second range
 * @overlaps: do they share a byte
 */
struct relation {
	const char *name;
	u64 start;
	u64 last;
	bool overlaps;
};

#define FIRST_START	100
#define FIRST_LAST	199

static const struct relation relations[] = {
	{ "before", 10, 50, false },
	{ "meets", 50, 99, false },
	{ "overlaps", 50, 100, true },
	{ "starts", 100, 150, true },
	{ "during", 120, 150, true },
	{ "finishes", 150, 199, true },
	{ "equals", 100, 199, true },
	{ "finished by", 50, 199, true },
	{ "contains", 50, 250, true },
	{ "started by", 100, 250, true },
	{ "overlapped by", 199, 250, true },
	{ "met by", 200, 250, false },
	{ "after", 250, 300, false },
};

/**
 * struct matrix - the modes of a lock and the expected table
 * @modes: what the lock is given
 * @nr:    how many modes it must have
 * @rows:  x where the modes exclude each other
 */
struct matrix {
	const struct rangelock_modes *modes;
	unsigned int nr;
	const char *rows[RANGELOCK_MODES_MAX];
};

static const struct matrix matrix_rw = {
	.modes = &rangelock_modes_rw,
	.nr = 2,
	.rows = {
		"-x",
		"xx",
	},
};

static const struct matrix matrix_file = {
	.modes = &rangelock_modes_file,
	.nr = 5,
	.rows = {
		"-x--x",
		"xxxxx",
		"-xx-x",
		"-x--x",
		"xxxxx",
	},
};

/**
 * struct pairing - one combination under test
 * @lock:     the lock
 * @first:    held on [FIRST_START, FIRST_LAST], by nobody in particular
 * @second:   the request that is tried
 * @relation: where the second range lies
 * @held:     mode of the first
 * @asked:    mode of the second
 * @conflict: must the second wait
 * @verb:     which blocking verb; second thread
 * @ret:      what it returned; second thread, before @finished
 * @finished: the second thread has the range; release/acquire
 */
struct pairing {
	struct case_lock lock;
	struct rangelock_req first;
	struct case_req second;
	const struct relation *relation;
	unsigned int held;
	unsigned int asked;
	bool conflict;
	unsigned int verb;
	int ret;
	u32 finished;
};

typedef void (*pairing_fn)(struct case_ctx *t, struct pairing *p);

static void check_try(struct case_ctx *t, struct pairing *p)
{
	const struct relation *r = p->relation;
	struct rangelock *rl = &p->lock.rl;
	struct rangelock_req *req = &p->second.req;
	u64 failed = atomic64_read(&p->lock.stats.try_failed);
	u64 next_seq = rl->next_seq;
	int ret;

	ret = rangelock_try(rl, req, r->start, r->last, p->asked);
	CASE_CHECK_EQ(t, ret, p->conflict ? -EAGAIN : 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rl->nr_waiting, 0);
	CASE_CHECK_EQ(t, atomic64_read(&p->lock.stats.try_failed), failed + p->conflict);
	if (ret) {
		CASE_CHECK_EQ(t, rl->next_seq, next_seq);
		return;
	}
	CASE_CHECK(t, rangelock_is_held(req));
	CASE_CHECK_EQ(t, rangelock_release(rl, req), 0);
	CASE_CHECK(t, !rangelock_is_held(req));
}

/* Queued exactly on a conflict, granted exactly by the release. */
static void check_enqueue(struct case_ctx *t, struct pairing *p)
{
	const struct relation *r = p->relation;
	struct rangelock *rl = &p->lock.rl;
	int ret;

	ret = case_enqueue(&p->lock, &p->second, r->start, r->last, p->asked);
	CASE_CHECK_EQ(t, ret, p->conflict ? -EINPROGRESS : 0);
	CASE_CHECK_EQ(t, rangelock_is_held(&p->second.req), !p->conflict);
	CASE_CHECK_EQ(t, rl->nr_waiting, p->conflict);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_release(rl, &p->first), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&p->second), p->conflict);
	CASE_CHECK(t, rangelock_is_held(&p->second.req));
	CASE_CHECK_EQ(t, rangelock_release(rl, &p->second.req), 0);
	case_hold(t, &p->lock, &p->first, FIRST_START, FIRST_LAST, p->held);
}

static void check_cancel(struct case_ctx *t, struct pairing *p)
{
	const struct relation *r = p->relation;
	struct rangelock *rl = &p->lock.rl;
	int ret;

	ret = case_enqueue(&p->lock, &p->second, r->start, r->last, p->asked);
	CASE_CHECK_EQ(t, ret, p->conflict ? -EINPROGRESS : 0);
	ret = rangelock_cancel(&p->second.req);
	CASE_CHECK_EQ(t, ret, p->conflict ? 0 : -EALREADY);
	CASE_CHECK_EQ(t, rl->nr_waiting, 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, case_nr_granted(&p->second), 0);
	CASE_CHECK_EQ(t, rangelock_is_held(&p->second.req), !p->conflict);
	if (!p->conflict)
		CASE_CHECK_EQ(t, rangelock_release(rl, &p->second.req), 0);
}

static void check_timeout(struct case_ctx *t, struct pairing *p)
{
	const struct relation *r = p->relation;
	struct rangelock *rl = &p->lock.rl;
	struct rangelock_req *req = &p->second.req;
	int ret;

	ret = rangelock_acquire_timeout(rl, req, r->start, r->last, p->asked,
					1);
	CASE_CHECK_EQ(t, ret, p->conflict ? -ETIMEDOUT : 0);
	CASE_CHECK_EQ(t, rl->nr_waiting, 0);
	CASE_CHECK_EQ(t, rangelock_validate(rl), 0);
	CASE_CHECK_EQ(t, rangelock_is_held(req), !p->conflict);
	if (!ret)
		CASE_CHECK_EQ(t, rangelock_release(rl, req), 0);
}

static int take_second(struct pairing *p)
{
	const struct relation *r = p->relation;
	struct rangelock *rl = &p->lock.rl;
	struct rangelock_req *req = &p->second.req;

	switch (p->verb % 5) {
	case 0:
		return rangelock_acquire(rl, req, r->start, r->last, p->asked);
	case 1:
		return rangelock_acquire_nested(rl, req, r->start, r->last,
						p->asked, 1);
	case 2:
		return rangelock_acquire_killable(rl, req, r->start, r->last,
						  p->asked);
	case 3:
		return rangelock_acquire_interruptible(rl, req, r->start,
						       r->last, p->asked);
	default:
		return rangelock_acquire_timeout(rl, req, r->start, r->last,
						 p->asked, RANGELOCK_NO_TIMEOUT);
	}
}

static int second_thread(void *arg)
{
	struct pairing *p = arg;

	p->ret = take_second(p);
	smp_store_release(&p->finished, 1);
	if (p->ret)
		return p->ret;
	return rangelock_release(&p->lock.rl, &p->second.req);
}

/* The second thread sleeps exactly on a conflict, until the release. */
static void check_acquire(struct case_ctx *t, struct pairing *p)
{
	struct rangelock *rl = &p->lock.rl;
	struct rlenv_thread *thread;
	bool queued;

	p->finished = 0;
	p->verb++;
	thread = rlenv_thread_run(second_thread, p, -1, "case_second");
	CASE_CHECK(t, !IS_ERR(thread));
	CASE_WAIT_UNTIL(smp_load_acquire(&p->finished) ||
			case_nr_waiting(&p->lock));
	queued = case_nr_waiting(&p->lock) != 0;
	CASE_EXPECT_EQ(t, queued, p->conflict);
	CASE_EXPECT_EQ(t, rangelock_validate(rl), 0);
	CASE_EXPECT_EQ(t, rangelock_release(rl, &p->first), 0);
	CASE_EXPECT_EQ(t, rlenv_thread_join(thread), 0);
	CASE_CHECK_EQ(t, p->ret, 0);
	case_hold(t, &p->lock, &p->first, FIRST_START, FIRST_LAST, p->held);
}

static void run_pair(struct case_ctx *t, struct pairing *p,
		     const struct matrix *m, pairing_fn check)
{
	unsigned int i;
	bool conflict;

	conflict = m->rows[p->held][p->asked] == 'x';
	case_hold(t, &p->lock, &p->first, FIRST_START, FIRST_LAST, p->held);
	CASE_PROPAGATE(t);
	for (i = 0; i < ARRAY_SIZE(relations); i++) {
		p->relation = &relations[i];
		p->conflict = conflict && relations[i].overlaps;
		check(t, p);
		if (case_has_failed(t)) {
			pr_err("case: mode %u asked beside %u, %s\n",
			       p->asked, p->held, relations[i].name);
			return;
		}
	}
	CASE_CHECK_EQ(t, rangelock_release(&p->lock.rl, &p->first), 0);
}

static void run_matrix(struct case_ctx *t, const struct matrix *m,
		       pairing_fn check)
{
	struct pairing *p = rlenv_alloc(sizeof(*p));

	CASE_CHECK(t, p);
	CASE_EXPECT_EQ(t, m->modes->nr, m->nr);
	case_lock_init(&p->lock, m->modes);
	for (p->held = 0; p->held < m->nr; p->held++)
		for (p->asked = 0; p->asked < m->nr; p->asked++)
			if (!case_has_failed(t))
				run_pair(t, p, m, check);
	case_lock_destroy(t, &p->lock);
	if (!case_has_failed(t))
		rlenv_free(p);
}

static void run_matrices(struct case_ctx *t, pairing_fn check)
{
	run_matrix(t, &matrix_rw, check);
	CASE_PROPAGATE(t);
	run_matrix(t, &matrix_file, check);
}

static void case_allen_try(struct case_ctx *t)
{
	run_matrices(t, check_try);
}

static void case_allen_enqueue(struct case_ctx *t)
{
	run_matrices(t, check_enqueue);
}

static void case_allen_cancel(struct case_ctx *t)
{
	run_matrices(t, check_cancel);
}

static void case_allen_timeout(struct case_ctx *t)
{
	run_matrices(t, check_timeout);
}

/* Five blocking verbs in turn; 5 divides neither 13 nor a row of it. */
static void case_allen_acquire(struct case_ctx *t)
{
	run_matrices(t, check_acquire);
}

/* The tables of the lock say what the comment in its header draws. */
static void check_table(struct case_ctx *t, const struct matrix *m)
{
	unsigned int a, b;

	CASE_CHECK_EQ(t, m->modes->nr, m->nr);
	for (a = 0; a < m->nr; a++) {
		CASE_CHECK(t, m->modes->name[a]);
		CASE_CHECK_EQ(t, m->modes->conflict[a] >> m->nr, 0);
		for (b = 0; b < m->nr; b++)
			CASE_CHECK_EQ(t, (m->modes->conflict[a] >> b) & 1,
				      m->rows[a][b] == 'x');
	}
}

static void case_tables(struct case_ctx *t)
{
	check_table(t, &matrix_rw);
	CASE_PROPAGATE(t);
	check_table(t, &matrix_file);
}

const struct case_desc cases_allen[] = {
	{ "tables", case_tables },
	{ "try", case_allen_try },
	{ "enqueue", case_allen_enqueue },
	{ "cancel", case_allen_cancel },
	{ "timeout", case_allen_timeout },
	{ "acquire", case_allen_acquire },
	{ NULL, NULL },
};
