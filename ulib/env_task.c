// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who this thread is, where it runs, and the clock.
 */
#include "rl_env.h"
#include "env/futex.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

__thread u32 rlenv_tid_cache __attribute__((__tls_model__("initial-exec")));

/* Whether this thread has asked for the least timer slack. */
static __thread bool slack_is_set
	__attribute__((__tls_model__("initial-exec")));

u32 rlenv_tid_slow(void)
{
	rlenv_tid_cache = (u32)gettid();
	return rlenv_tid_cache;
}

/* The thread that survives in the child of a fork() has a new id there. */
static void forget_tid(void)
{
	rlenv_tid_cache = 0;
}

__attribute__((__constructor__))
static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_tid);
}

/**
 * rlenv_now_ns() - the time
 *
 * Return: nanoseconds of CLOCK_MONOTONIC.
 */
u64 rlenv_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * RLENV_NSEC_PER_SEC + (u64)now.tv_nsec;
}

/* Let timeouts of this thread end when they say, not up to 50 us later. */
void rlenv_timer_slack(void)
{
	if (slack_is_set)
		return;
	prctl(PR_SET_TIMERSLACK, 1);
	slack_is_set = true;
}

/**
 * rlenv_sleep_ns() - sleep for some time
 * @ns: nanoseconds
 *
 * Context: Thread.  Sleeps; signals do not shorten it.
 */
void rlenv_sleep_ns(u64 ns)
{
	struct timespec until = rlenv_timespec(rlenv_now_ns() + ns);

	might_sleep();
	rlenv_timer_slack();
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		;
}

/* Processors that are online, at least 1. */
unsigned int rlenv_nr_cpus(void)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);

	return nr > 0 ? (unsigned int)nr : 1;
}

/*
 * Is it of use to wait for another thread without sleeping?  Asked for each
 * turn of such a wait, hence remembered.
 */
bool rlenv_may_spin(void)
{
	static u32 nr_cpus;

	if (unlikely(!READ_ONCE(nr_cpus)))
		WRITE_ONCE(nr_cpus, rlenv_nr_cpus());
	return READ_ONCE(nr_cpus) > 1;
}

/* The processor this thread ran on a moment ago. */
unsigned int rlenv_cpu(void)
{
	int cpu = sched_getcpu();

	return cpu >= 0 ? (unsigned int)cpu : 0;
}

void cond_resched(void)
{
	might_sleep();
	sched_yield();
}
