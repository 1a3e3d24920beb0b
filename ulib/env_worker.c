// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A function that runs now and then in a thread of its own.
 *
 * The thread is started by the first kick, because most programs never kick:
 * a lock that is not contended needs no worker.  It blocks all signals, and
 * the process does not wait for it at its end.
 */
#include "rl_env.h"
#include "env/futex.h"

#include <pthread.h>
#include <signal.h>

/* The one to be started anew in the child of a fork(). */
static struct rlenv_worker *in_parent;

static void forget_thread(void)
{
	if (in_parent)
		WRITE_ONCE(in_parent->started, 0);
}

static void *worker_main(void *ptr)
{
	struct rlenv_worker *worker = ptr;

	pthread_setname_np(pthread_self(), "rangelock");
	rlenv_alloc_exempt();
	while (!smp_load_acquire(&worker->stop)) {
		u32 seen = smp_load_acquire(&worker->kicks);
		u64 delay = worker->fn();

		rlenv_futex_wait(&worker->kicks, seen,
				 delay ? rlenv_now_ns() + delay : 0);
	}
	/* Pairs with the load-acquire in rlenv_worker_stop(). */
	smp_store_release(&worker->started, 0);
	rlenv_futex_wake(&worker->started, INT_MAX);
	return NULL;
}

static int start(struct rlenv_worker *worker)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_attr_init(&attr);
	if (!err) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		err = pthread_create(&thread, &attr, worker_main, worker);
		pthread_attr_destroy(&attr);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/**
 * rlenv_worker_kick() - let a worker run soon
 * @worker: from RLENV_WORKER_INIT()
 *
 * If its thread cannot be started, the next kick tries again.
 *
 * Context: Thread, without a spinlock.
 */
void rlenv_worker_kick(struct rlenv_worker *worker)
{
	__atomic_fetch_add(&worker->kicks, 1, __ATOMIC_RELEASE);
	if (unlikely(!READ_ONCE(worker->started)) &&
	    !cmpxchg(&worker->started, 0, 1)) {
		if (!in_parent && !pthread_atfork(NULL, NULL, forget_thread))
			in_parent = worker;
		if (start(worker))
			WRITE_ONCE(worker->started, 0);
		return;
	}
	rlenv_futex_wake(&worker->kicks, 1);
}

/**
 * rlenv_worker_stop() - wait for the end of a worker
 * @worker: nobody kicks it any more
 *
 * Context: Thread.  Sleeps.
 */
void rlenv_worker_stop(struct rlenv_worker *worker)
{
	might_sleep();
	smp_store_release(&worker->stop, 1);
	__atomic_fetch_add(&worker->kicks, 1, __ATOMIC_RELEASE);
	rlenv_futex_wake(&worker->kicks, 1);
	/* Pairs with the store-release in worker_main(). */
	while (smp_load_acquire(&worker->started))
		rlenv_futex_wait(&worker->started, 1, 0);
	WRITE_ONCE(worker->stop, 0);
}
