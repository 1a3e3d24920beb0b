// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Threads.
 */
#include "rl_env.h"

#include <pthread.h>
#include <sched.h>

/**
 * struct rlenv_thread - a running thread
 * @pthread: its handle; set by pthread_create()
 * @fn:      what it runs; set before it starts
 * @arg:     argument of @fn; set before it starts
 * @result:  what @fn returned; written by the thread, read after the join
 * @name:    at most 15 characters, for ps and gdb; set before it starts
 */
struct rlenv_thread {
	pthread_t pthread;
	int (*fn)(void *arg);
	void *arg;
	int result;
	char name[16];
};

static void *thread_main(void *ptr)
{
	struct rlenv_thread *thread = ptr;

	pthread_setname_np(pthread_self(), thread->name);
	thread->result = thread->fn(thread->arg);
	rlenv_dep_thread_exit();
	return NULL;
}

/* pthread_create() with the thread born on @cpu, if that is not negative. */
static int create_on(struct rlenv_thread *thread, int cpu)
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int ret;

	ret = pthread_attr_init(&attr);
	if (ret)
		return ret;
	if (cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET(cpu, &cpus);
		ret = pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	}
	if (!ret)
		ret = pthread_create(&thread->pthread, &attr, thread_main,
				     thread);
	pthread_attr_destroy(&attr);
	return ret;
}

/**
 * rlenv_thread_run() - start a thread
 * @fn:   what to run
 * @arg:  its argument
 * @cpu:  processor to stay on, or -1 for any
 * @name: for people
 *
 * Context: Thread.  May sleep.
 * Return: the thread, to be passed to rlenv_thread_join(); an ERR_PTR() if there
 * is no memory (-ENOMEM), no more thread (-EAGAIN) or no such processor
 * (-EINVAL).
 */
struct rlenv_thread *rlenv_thread_run(int (*fn)(void *), void *arg, int cpu,
				      const char *name)
{
	struct rlenv_thread *thread;
	int ret;

	if (cpu >= CPU_SETSIZE)
		return ERR_PTR(-EINVAL);
	thread = rlenv_alloc(sizeof(*thread));
	if (!thread)
		return ERR_PTR(-ENOMEM);
	thread->fn = fn;
	thread->arg = arg;
	strscpy(thread->name, name, sizeof(thread->name));
	ret = create_on(thread, cpu);
	if (ret) {
		rlenv_free(thread);
		return ERR_PTR(-ret);
	}
	return thread;
}

/**
 * rlenv_thread_join() - wait for the end of a thread and free it
 * @thread: the thread
 *
 * Context: Thread.  Sleeps.
 * Return: what its function returned.
 */
int rlenv_thread_join(struct rlenv_thread *thread)
{
	int result;

	might_sleep();
	WARN_ON(pthread_join(thread->pthread, NULL));
	result = thread->result;
	rlenv_free(thread);
	return result;
}
