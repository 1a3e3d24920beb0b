// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The part of rl_env.h that is not inline: waiting, waking, threads, time.
 */
#include "rl_env.h"

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/* Indexed by enum rangelock_wait. */
static const unsigned int wait_states[] = {
	TASK_UNINTERRUPTIBLE,
	TASK_KILLABLE,
	TASK_INTERRUPTIBLE,
};

static void sleep_until(u64 deadline_ns)
{
	ktime_t when = ns_to_ktime(deadline_ns);

	if (deadline_ns)
		schedule_hrtimeout(&when, HRTIMER_MODE_ABS);
	else
		schedule();
}

/**
 * rlenv_wait_on - sleep until a word has some bits set
 * @word:        set by rlenv_publish_wake() in another task or an interrupt
 * @until:       the bits to wait for
 * @how:         enum rangelock_wait: which signals end the wait
 * @deadline_ns: on the clock of rlenv_now_ns(), 0 for none
 * @woken:       grows by one for each return from sleep
 *
 * Context: process context, sleeps.
 * Return: 0 with acquire semantics once the bits are there, else -EINTR or
 * -ETIMEDOUT.
 */
int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken)
{
	unsigned int state = wait_states[how];
	int ret;

	might_sleep();
	for (;;) {
		/*
		 * Pairs with the barrier in wake_up_process(), called by
		 * rlenv_publish_wake() after it has stored the word: either
		 * the load below sees the value or the wake-up sees the state.
		 */
		set_current_state(state);
		ret = 0;
		/* Pairs with the store-release in rlenv_publish_wake(). */
		if ((smp_load_acquire(word) & until) == until)
			break;
		ret = -EINTR;
		if (signal_pending_state(state, current))
			break;
		ret = -ETIMEDOUT;
		if (deadline_ns && rlenv_now_ns() >= deadline_ns)
			break;
		sleep_until(deadline_ns);
		(*woken)++;
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

/**
 * rlenv_publish_wake - store a word and wake the task that waits for it
 * @word:  gone as soon as it is stored, if it lies on the waiter's stack
 * @value: what to store, with release semantics
 * @task:  the task in rlenv_wait_on()
 *
 * The waiter may see the word, return and exit before it is woken here, hence
 * the reference.
 *
 * Context: any.
 */
void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task)
{
	get_task_struct(task);
	/* Pairs with the load-acquire in rlenv_wait_on(). */
	smp_store_release(word, value);
	wake_up_process(task);
	put_task_struct(task);
}

/**
 * struct rlenv_thread - a thread that ends by itself and is joined
 * @task: with a reference of ours
 * @fn:   what it runs; set before the start
 * @arg:  for @fn; set before the start
 * @ret:  what @fn returned; the thread's until @done
 * @done: @fn has returned
 */
struct rlenv_thread {
	struct task_struct *task;
	int (*fn)(void *arg);
	void *arg;
	int ret;
	struct completion done;
};

static int thread_main(void *arg)
{
	struct rlenv_thread *thread = arg;

	/* So that a test may kill it; nothing in the kernel sends this. */
	allow_signal(SIGKILL);
	thread->ret = thread->fn(thread->arg);
	complete(&thread->done);
	return 0;
}

/**
 * rlenv_thread_run - start a thread
 * @fn:   what it runs
 * @arg:  for @fn
 * @cpu:  where to run it, -1 for anywhere
 * @name: for ps
 *
 * Context: process context, sleeps.
 * Return: the thread, to be joined once, or an ERR_PTR.
 */
struct rlenv_thread *rlenv_thread_run(int (*fn)(void *), void *arg, int cpu,
				      const char *name)
{
	struct rlenv_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	struct task_struct *task;

	if (!thread)
		return ERR_PTR(-ENOMEM);
	thread->fn = fn;
	thread->arg = arg;
	init_completion(&thread->done);
	task = kthread_create(thread_main, thread, "rl/%s", name);
	if (IS_ERR(task)) {
		kfree(thread);
		return ERR_CAST(task);
	}
	if (cpu >= 0)
		kthread_bind(task, cpu);
	thread->task = get_task_struct(task);
	wake_up_process(task);
	return thread;
}

/**
 * rlenv_thread_join - wait for the end of a thread and free it
 * @thread: from rlenv_thread_run()
 *
 * kthread_stop() alone would not do: it keeps a thread that has not run yet
 * from ever calling its function.  Called after that it waits until the thread
 * has left the module's text.
 *
 * Context: process context, sleeps.
 * Return: what the function returned.
 */
int rlenv_thread_join(struct rlenv_thread *thread)
{
	int ret;

	wait_for_completion_state(&thread->done, TASK_IDLE);
	kthread_stop(thread->task);
	put_task_struct(thread->task);
	ret = thread->ret;
	kfree(thread);
	return ret;
}

/**
 * rlenv_sleep_ns - sleep for a time
 * @ns: at least so long
 *
 * TASK_IDLE, since a sleeping load thread is neither load nor hung.
 *
 * Context: process context, sleeps.
 */
void rlenv_sleep_ns(u64 ns)
{
	ktime_t when = ktime_add_ns(ktime_get(), ns);
	int expired;

	do {
		set_current_state(TASK_IDLE);
		expired = !schedule_hrtimeout(&when, HRTIMER_MODE_ABS);
	} while (!expired && ktime_before(ktime_get(), when));
}

/**
 * rlenv_workqueue_create - a workqueue whose work may run in parallel
 * @name:    for ps
 * @threads: how many works may run at once
 *
 * Context: process context, sleeps.
 * Return: the workqueue or NULL.
 */
struct workqueue_struct *rlenv_workqueue_create(const char *name,
						unsigned int threads)
{
	return alloc_workqueue("%s", WQ_UNBOUND | WQ_MEM_RECLAIM, threads,
			       name);
}

void rlenv_worker_main(struct work_struct *work)
{
	struct rlenv_worker *worker =
		container_of(work, struct rlenv_worker, work.work);
	u64 delay_ns = worker->fn();

	if (delay_ns)
		queue_delayed_work(system_unbound_wq, &worker->work,
				   1 + nsecs_to_jiffies(delay_ns));
}

/**
 * rlenv_worker_kick - let a worker run soon
 * @worker: from RLENV_WORKER_INIT()
 *
 * Context: any.
 */
void rlenv_worker_kick(struct rlenv_worker *worker)
{
	mod_delayed_work(system_unbound_wq, &worker->work, 0);
}

/**
 * rlenv_worker_stop - wait for the end of a worker
 * @worker: nobody kicks it any more
 *
 * Context: process context, sleeps.
 */
void rlenv_worker_stop(struct rlenv_worker *worker)
{
	cancel_delayed_work_sync(&worker->work);
}
