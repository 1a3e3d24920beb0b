/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Threads of a test, and how to know that one sleeps: by asking the kernel.
 */
#ifndef RANGELOCK_TEST_THREAD_H
#define RANGELOCK_TEST_THREAD_H

#include "rl_env.h"

#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

static inline struct rlenv_thread *start(int (*fn)(void *), void *arg)
{
	struct rlenv_thread *thread = rlenv_thread_run(fn, arg, -1, "test");

	assert_false(IS_ERR(thread));
	return thread;
}

/* The letter that ps shows: S for asleep. */
static inline char thread_state(u32 tid)
{
	char path[64], line[256], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	state = strrchr(line, ')');
	assert_non_null(state);
	return state[2];
}

/*
 * Wait until the thread that stores its id in *@tid has done so and sleeps: not
 * for a moment on a lock, so it is looked at several times.
 */
static inline void poll_until_tid_sleeps(u32 *tid)
{
	unsigned int asleep = 0;

	while (!smp_load_acquire(tid))
		sched_yield();
	while (asleep < 5) {
		sched_yield();
		asleep = thread_state(READ_ONCE(*tid)) == 'S' ? asleep + 1 : 0;
	}
}

#define THREADS		4

static inline int warnings(void)
{
	return atomic_read(&rlenv_warnings);
}

/* Run @fn(@arg) in THREADS threads; return the sum of the results. */
static inline int run_threads(int (*fn)(void *), void *arg)
{
	struct rlenv_thread *threads[THREADS];
	unsigned int i;
	int sum = 0;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(fn, arg);
	for (i = 0; i < THREADS; i++)
		sum += rlenv_thread_join(threads[i]);
	return sum;
}

#endif /* RANGELOCK_TEST_THREAD_H */
