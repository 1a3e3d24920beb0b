// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Waits that signals end, with real signals.  The kernel's own signals are
 * tested in the module.
 *
 * A signal that arrives just before a wait sleeps does not end it, so the
 * sender goes on until the waiter has returned; how many it took is not
 * asserted.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>

#include "rangelock.h"
#include "rangelock_debug.h"

#include <cmocka.h>

#define X	RANGELOCK_EXCLUSIVE
#define ROUNDS	1000

/*
 * ThreadSanitizer runs a handler when the thread next calls one of the
 * functions that it wraps, which a wait that is restarted never does.
 */
#define DEFERS_HANDLERS	RLENV_TSAN

/**
 * struct waiter - a thread that asks for [50, 150] and gives it back
 * @rl:     the lock
 * @how:    which signals may end the wait
 * @thread: the thread
 * @ret:    what the wait returned; thread, before @done
 * @done:   the thread has returned from the wait; release/acquire
 */
struct waiter {
	struct rangelock *rl;
	enum rangelock_wait how;
	pthread_t thread;
	int ret;
	u32 done;
};

/* Handlers that ran; relaxed, only its growth matters. */
static u32 handled;

static void on_signal(int signal)
{
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void on_fatal_signal(int signal)
{
	rlenv_thread_kill_self();
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void install(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	__atomic_store_n(&handled, 0, __ATOMIC_RELAXED);
}

static int take(struct waiter *w)
{
	struct rangelock_req req;
	int ret;

	if (w->how == RANGELOCK_WAIT_KILLABLE)
		ret = rangelock_acquire_killable(w->rl, &req, 50, 150, X);
	else if (w->how == RANGELOCK_WAIT_INTERRUPTIBLE)
		ret = rangelock_acquire_interruptible(w->rl, &req, 50, 150, X);
	else
		ret = rangelock_acquire(w->rl, &req, 50, 150, X);
	if (!ret)
		ret = rangelock_release(w->rl, &req);
	return ret;
}

static void *wait_in_thread(void *arg)
{
	struct waiter *w = arg;

	w->ret = take(w);
	rlenv_thread_revive();
	/* Pairs with the load-acquire in is_done(). */
	smp_store_release(&w->done, 1);
	return NULL;
}

static bool is_done(struct waiter *w)
{
	/* Pairs with the store-release in wait_in_thread(). */
	return smp_load_acquire(&w->done);
}

static u32 nr_waiting(struct rangelock *rl)
{
	u32 nr;

	spin_lock(&rl->lock);
	nr = rl->nr_waiting;
	spin_unlock(&rl->lock);
	return nr;
}

static void start(struct waiter *w, struct rangelock *rl,
		  enum rangelock_wait how)
{
	memset(w, 0, sizeof(*w));
	w->rl = rl;
	w->how = how;
	assert_int_equal(pthread_create(&w->thread, NULL, wait_in_thread, w),
			 0);
}

static void start_and_queue(struct waiter *w, struct rangelock *rl,
			    enum rangelock_wait how)
{
	start(w, rl, how);
	while (!nr_waiting(rl))
		sched_yield();
}

static void hold(struct rangelock *rl, struct rangelock_req *req)
{
	assert_int_equal(rangelock_try(rl, req, 0, 99, X), 0);
	assert_int_equal(rangelock_disown(rl, req), 0);
}

/* Send signals until the waiter has returned. */
static void signal_until_done(struct waiter *w)
{
	while (!is_done(w)) {
		pthread_kill(w->thread, SIGUSR1);
		sched_yield();
	}
	pthread_join(w->thread, NULL);
}

/* One signal, where its handler runs at once. */
static void kill_and_join(struct waiter *w)
{
	if (DEFERS_HANDLERS) {
		signal_until_done(w);
		return;
	}
	pthread_kill(w->thread, SIGUSR1);
	pthread_join(w->thread, NULL);
}

/* Send signals until so many have been handled. */
static void signal_until_handled(struct waiter *w, u32 nr)
{
	while (__atomic_load_n(&handled, __ATOMIC_RELAXED) < nr) {
		pthread_kill(w->thread, SIGUSR1);
		sched_yield();
	}
}

static void release_and_join(struct waiter *w, struct rangelock *rl,
			     struct rangelock_req *req)
{
	assert_false(is_done(w));
	assert_int_equal(nr_waiting(rl), 1);
	assert_int_equal(rangelock_release(rl, req), 0);
	pthread_join(w->thread, NULL);
	assert_int_equal(w->ret, 0);
}

static void assert_empty(struct rangelock *rl)
{
	assert_int_equal(rangelock_validate(rl), 0);
	assert_int_equal(nr_waiting(rl), 0);
	assert_int_equal(rangelock_destroy(rl), 0);
}

static void test_interruptible(void **state)
{
	struct rangelock_stats stats = { 0 };
	struct rangelock_req req;
	struct rangelock rl;
	struct waiter w;

	install(on_signal, 0);
	rangelock_init(&rl, &rangelock_modes_rw);
	rangelock_attach_stats(&rl, &stats);
	hold(&rl, &req);
	start_and_queue(&w, &rl, RANGELOCK_WAIT_INTERRUPTIBLE);
	signal_until_done(&w);
	assert_int_equal(w.ret, -EINTR);
	assert_int_equal(stats.cancelled, 1);
	assert_int_equal(rangelock_release(&rl, &req), 0);
	assert_empty(&rl);
}

/* A handler with SA_RESTART lets the wait go on. */
static void test_interruptible_restart(void **state)
{
	struct rangelock_req req;
	struct rangelock rl;
	struct waiter w;

	if (DEFERS_HANDLERS) {
		puts("# SKIP restart: ThreadSanitizer defers the handler");
		skip();
	}
	install(on_signal, SA_RESTART);
	rangelock_init(&rl, &rangelock_modes_rw);
	hold(&rl, &req);
	start_and_queue(&w, &rl, RANGELOCK_WAIT_INTERRUPTIBLE);
	signal_until_handled(&w, 10);
	release_and_join(&w, &rl, &req);
	assert_empty(&rl);
}

static void test_deaf(enum rangelock_wait how)
{
	struct rangelock_req req;
	struct rangelock rl;
	struct waiter w;

	install(on_signal, 0);
	rangelock_init(&rl, &rangelock_modes_rw);
	hold(&rl, &req);
	start_and_queue(&w, &rl, how);
	signal_until_handled(&w, 10);
	release_and_join(&w, &rl, &req);
	assert_empty(&rl);
}

static void test_killable_ignores_signals(void **state)
{
	test_deaf(RANGELOCK_WAIT_KILLABLE);
}

static void test_forever_ignores_signals(void **state)
{
	test_deaf(RANGELOCK_WAIT_FOREVER);
}

/* One call of the handler is enough, whenever it comes. */
static void test_killable_dies(void **state)
{
	struct rangelock_req req;
	struct rangelock rl;
	struct waiter w;
	int i;

	install(on_fatal_signal, DEFERS_HANDLERS ? 0 : SA_RESTART);
	rangelock_init(&rl, &rangelock_modes_rw);
	hold(&rl, &req);
	for (i = 0; i < 50; i++) {
		start(&w, &rl, i % 2 ? RANGELOCK_WAIT_KILLABLE :
				       RANGELOCK_WAIT_INTERRUPTIBLE);
		kill_and_join(&w);
		assert_int_equal(w.ret, -EINTR);
	}
	assert_int_equal(rangelock_release(&rl, &req), 0);
	assert_empty(&rl);
}

/* Who is to die does not sleep again before it is revived. */
static void test_dying_stays_dying(void **state)
{
	struct rangelock_req req;
	struct rangelock rl;

	rangelock_init(&rl, &rangelock_modes_rw);
	hold(&rl, &req);
	rlenv_thread_kill_self();
	assert_int_equal(take(&(struct waiter){
		.rl = &rl, .how = RANGELOCK_WAIT_KILLABLE }), -EINTR);
	assert_int_equal(take(&(struct waiter){
		.rl = &rl, .how = RANGELOCK_WAIT_INTERRUPTIBLE }), -EINTR);
	assert_int_equal(rangelock_release(&rl, &req), 0);
	/* Free: no wait, hence nothing to interrupt. */
	assert_int_equal(take(&(struct waiter){
		.rl = &rl, .how = RANGELOCK_WAIT_KILLABLE }), 0);
	rlenv_thread_revive();
	assert_empty(&rl);
}

/* A waiter that leaves lets those behind it go. */
static void test_death_in_the_queue(void **state)
{
	struct rangelock_req req, behind;
	struct rangelock rl;
	struct waiter w;

	install(on_fatal_signal, 0);
	rangelock_init(&rl, &rangelock_modes_rw);
	hold(&rl, &req);
	start_and_queue(&w, &rl, RANGELOCK_WAIT_KILLABLE);
	assert_int_equal(rangelock_try(&rl, &behind, 120, 130, X), -EAGAIN);
	kill_and_join(&w);
	assert_int_equal(w.ret, -EINTR);
	assert_int_equal(rangelock_try(&rl, &behind, 120, 130, X), 0);
	assert_int_equal(rangelock_release(&rl, &behind), 0);
	assert_int_equal(rangelock_release(&rl, &req), 0);
	assert_empty(&rl);
}

/* A signal races with the grant: one of them wins, whole. */
static void race_with_grant(void (*handler)(int), enum rangelock_wait how)
{
	struct rangelock_req req;
	struct rangelock rl;
	struct waiter w;
	int i;

	install(handler, 0);
	rangelock_init(&rl, &rangelock_modes_rw);
	for (i = 0; i < ROUNDS; i++) {
		hold(&rl, &req);
		start_and_queue(&w, &rl, how);
		pthread_kill(w.thread, SIGUSR1);
		if (i % 2)
			sched_yield();
		assert_int_equal(rangelock_release(&rl, &req), 0);
		pthread_join(w.thread, NULL);
		assert_true(w.ret == 0 || w.ret == -EINTR);
		assert_int_equal(rangelock_validate(&rl), 0);
		assert_true(itree_is_empty(&rl.tree));
	}
	assert_empty(&rl);
}

static void test_interrupt_races_with_grant(void **state)
{
	race_with_grant(on_signal, RANGELOCK_WAIT_INTERRUPTIBLE);
}

static void test_death_races_with_grant(void **state)
{
	race_with_grant(on_fatal_signal, RANGELOCK_WAIT_KILLABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interruptible),
		cmocka_unit_test(test_interruptible_restart),
		cmocka_unit_test(test_killable_ignores_signals),
		cmocka_unit_test(test_forever_ignores_signals),
		cmocka_unit_test(test_killable_dies),
		cmocka_unit_test(test_dying_stays_dying),
		cmocka_unit_test(test_death_in_the_queue),
		cmocka_unit_test(test_interrupt_races_with_grant),
		cmocka_unit_test(test_death_races_with_grant),
	};

	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
