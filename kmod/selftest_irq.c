// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What only the kernel can do to a range lock: take, release and be granted in
 * hard interrupt context, and kill the task that waits.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>

#include "case_lock.h"
#include "selftest.h"

/**
 * struct irq_case - one step that runs in a hard interrupt
 * @work:   the interrupt
 * @ctx:    the case
 * @lock:   lock under test
 * @held:   a request that the interrupt releases or takes
 * @queued: a request that is granted to its callback
 * @step:   what the interrupt does; set before it is raised
 * @done:   the interrupt is over
 */
struct irq_case {
	struct irq_work work;
	struct case_ctx *ctx;
	struct case_lock lock;
	struct rangelock_req held;
	struct rangelock_req queued;
	void (*step)(struct irq_case *c);
	struct completion done;
};

static void irq_case_fn(struct irq_work *work)
{
	struct irq_case *c = container_of(work, struct irq_case, work);

	CASE_EXPECT(c->ctx, in_hardirq());
	c->step(c);
	complete(&c->done);
}

static void irq_case_init(struct irq_case *c, struct case_ctx *ctx,
			  void (*step)(struct irq_case *c))
{
	memset(c, 0, sizeof(*c));
	c->ctx = ctx;
	c->step = step;
	case_lock_init(&c->lock, &rangelock_modes_rw);
	init_completion(&c->done);
	c->work = IRQ_WORK_INIT_HARD(irq_case_fn);
}

static void irq_case_raise(struct irq_case *c)
{
	irq_work_queue(&c->work);
	wait_for_completion(&c->done);
	irq_work_sync(&c->work);
}

static void step_release(struct irq_case *c)
{
	CASE_EXPECT_EQ(c->ctx, rangelock_release(&c->lock.rl, &c->held), 0);
}

/* An interrupt releases what a task took. */
static void release_in_irq(struct case_ctx *t)
{
	struct irq_case c;

	irq_case_init(&c, t, step_release);
	case_hold(t, &c.lock, &c.held, 0, 4095, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	irq_case_raise(&c);
	CASE_CHECK(t, !rangelock_is_held(&c.held));
	case_lock_destroy(t, &c.lock);
}

/**
 * struct timer_release - a range released by a timer interrupt
 * @timer: the interrupt
 * @rl:    lock under test
 * @held:  what it releases
 * @ret:   what the release returned
 * @irq:   it ran in hard interrupt context
 */
struct timer_release {
	struct hrtimer timer;
	struct rangelock *rl;
	struct rangelock_req held;
	int ret;
	bool irq;
};

static enum hrtimer_restart timer_fn(struct hrtimer *timer)
{
	struct timer_release *r;

	r = container_of(timer, struct timer_release, timer);
	r->irq = in_hardirq();
	r->ret = rangelock_release(r->rl, &r->held);
	return HRTIMER_NORESTART;
}

/* A task sleeps for a range until a timer interrupt releases it. */
static void wait_for_timer(struct case_ctx *t)
{
	struct timer_release r;
	struct case_lock lock;
	struct rangelock_req req;

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &r.held, 0, 4095, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	r.rl = &lock.rl;
	compat_hrtimer_setup_on_stack(&r.timer, timer_fn, CLOCK_MONOTONIC,
				      HRTIMER_MODE_REL_HARD);
	hrtimer_start(&r.timer, ms_to_ktime(20), HRTIMER_MODE_REL_HARD);
	CASE_EXPECT_EQ(t, rangelock_acquire(&lock.rl, &req, 0, RANGELOCK_MAX,
					    RANGELOCK_EXCLUSIVE), 0);
	hrtimer_cancel(&r.timer);
	destroy_hrtimer_on_stack(&r.timer);
	CASE_CHECK(t, r.irq);
	CASE_CHECK_EQ(t, r.ret, 0);
	CASE_CHECK_EQ(t, lock.stats.contended, 1);
	CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &req), 0);
	case_lock_destroy(t, &lock);
}

static void grant_and_release(struct rangelock_req *req)
{
	struct irq_case *c = container_of(req, struct irq_case, queued);

	CASE_EXPECT(c->ctx, in_hardirq());
	CASE_EXPECT_EQ(c->ctx, rangelock_release(&c->lock.rl, req), 0);
}

/* A release in an interrupt calls a grant callback there, which releases. */
static void grant_in_irq(struct case_ctx *t)
{
	struct irq_case c;

	irq_case_init(&c, t, step_release);
	case_hold(t, &c.lock, &c.held, 0, 4095, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	CASE_CHECK_EQ(t, rangelock_enqueue(&c.lock.rl, &c.queued, 100, 200,
					   RANGELOCK_SHARED,
					   grant_and_release), -EINPROGRESS);
	irq_case_raise(&c);
	CASE_CHECK(t, !rangelock_is_held(&c.queued));
	CASE_CHECK_EQ(t, atomic64_read(&c.lock.stats.acquired), 2);
	case_lock_destroy(t, &c.lock);
}

static void step_try(struct irq_case *c)
{
	struct rangelock *rl = &c->lock.rl;
	struct rangelock_req req;

	CASE_EXPECT_EQ(c->ctx, rangelock_try(rl, &req, 4095, 5000,
					     RANGELOCK_SHARED), -EAGAIN);
	CASE_EXPECT_EQ(c->ctx, rangelock_try(rl, &c->queued, 4096, 5000,
					     RANGELOCK_SHARED), 0);
	CASE_EXPECT_EQ(c->ctx, rangelock_disown(rl, &c->queued), 0);
}

/* An interrupt takes a range that a task releases. */
static void try_in_irq(struct case_ctx *t)
{
	struct irq_case c;

	irq_case_init(&c, t, step_try);
	case_hold(t, &c.lock, &c.held, 0, 4095, RANGELOCK_EXCLUSIVE);
	CASE_PROPAGATE(t);
	irq_case_raise(&c);
	CASE_CHECK_EQ(t, rangelock_release(&c.lock.rl, &c.queued), 0);
	CASE_CHECK_EQ(t, rangelock_release(&c.lock.rl, &c.held), 0);
	case_lock_destroy(t, &c.lock);
}

/**
 * struct victim - a thread that waits for a range
 * @lock: lock under test
 * @req:  its request
 * @how:  how it waits
 * @ret:  what its wait returned; the thread's until it is joined
 * @task: itself; published with release semantics
 */
struct victim {
	struct case_lock *lock;
	struct rangelock_req req;
	enum rangelock_wait how;
	int ret;
	struct task_struct *task;
};

static int victim_main(void *arg)
{
	struct victim *v = arg;
	struct rangelock *rl = &v->lock->rl;

	/* Pairs with the load-acquire in victim_kill(). */
	smp_store_release(&v->task, current);
	if (v->how == RANGELOCK_WAIT_FOREVER)
		v->ret = rangelock_acquire(rl, &v->req, 0, 99,
					   RANGELOCK_EXCLUSIVE);
	else
		v->ret = rangelock_acquire_killable(rl, &v->req, 0, 99,
						    RANGELOCK_EXCLUSIVE);
	if (!v->ret)
		v->ret = rangelock_release(rl, &v->req);
	return 0;
}

/* Start a thread that queues for a held range, and send it SIGKILL. */
static struct rlenv_thread *victim_kill(struct case_ctx *t, struct victim *v)
{
	struct rlenv_thread *thread;

	thread = rlenv_thread_run(victim_main, v, -1, "victim");
	if (!CASE_EXPECT(t, !IS_ERR(thread)))
		return NULL;
	CASE_WAIT_UNTIL(case_nr_waiting(v->lock) == 1);
	/* Pairs with the store-release in victim_main(). */
	send_sig(SIGKILL, smp_load_acquire(&v->task), 1);
	return thread;
}

static void run_victim(struct case_ctx *t, enum rangelock_wait how)
{
	struct rangelock_req held;
	struct rlenv_thread *thread;
	struct case_lock lock;
	struct victim v = { .lock = &lock, .how = how };

	case_lock_init(&lock, &rangelock_modes_rw);
	case_hold(t, &lock, &held, 50, 60, RANGELOCK_SHARED);
	CASE_PROPAGATE(t);
	thread = victim_kill(t, &v);
	if (!thread)
		return;
	if (how == RANGELOCK_WAIT_FOREVER) {
		rlenv_sleep_ns(5 * NSEC_PER_MSEC);
		CASE_EXPECT_EQ(t, case_nr_waiting(&lock), 1);
		CASE_EXPECT_EQ(t, rangelock_release(&lock.rl, &held), 0);
		rlenv_thread_join(thread);
		CASE_CHECK_EQ(t, v.ret, 0);
	} else {
		rlenv_thread_join(thread);
		CASE_EXPECT_EQ(t, v.ret, -EINTR);
		CASE_EXPECT_EQ(t, lock.stats.cancelled, 1);
		CASE_CHECK_EQ(t, rangelock_release(&lock.rl, &held), 0);
	}
	case_lock_destroy(t, &lock);
}

/* SIGKILL ends a killable wait and the request leaves the queue. */
static void kill_killable(struct case_ctx *t)
{
	run_victim(t, RANGELOCK_WAIT_KILLABLE);
}

/* SIGKILL does not end any other wait. */
static void kill_forever(struct case_ctx *t)
{
	run_victim(t, RANGELOCK_WAIT_FOREVER);
}

const struct case_desc cases_kernel_irq[] = {
	{ "release_in_irq", release_in_irq },
	{ "wait_for_timer", wait_for_timer },
	{ "grant_in_irq", grant_in_irq },
	{ "try_in_irq", try_in_irq },
	{ "kill_killable", kill_killable },
	{ "kill_forever", kill_forever },
	{ NULL, NULL },
};
