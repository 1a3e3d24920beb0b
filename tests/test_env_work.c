// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The work queues of the userspace seam.
 */
#include "tests/test_thread.h"

/**
 * struct job - work of a test
 * @work:    in a queue
 * @wq:      that queue
 * @gate:    the job waits until it is 1; atomic
 * @started: calls of the function so far; atomic
 * @inside:  calls that run; atomic
 * @again:   how often the job still queues itself; atomic
 * @order:   when it ran, by @clock
 * @clock:   shared by the jobs of a test
 */
struct job {
	struct work_struct work;
	struct workqueue_struct *wq;
	u32 gate;
	atomic_t started;
	atomic_t inside;
	atomic_t again;
	int order;
	atomic_t *clock;
};

static void run_job(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	WARN_ON(atomic_inc_return(&job->inside) != 1);
	atomic_inc(&job->started);
	while (!smp_load_acquire(&job->gate))
		sched_yield();
	if (job->clock)
		job->order = atomic_inc_return(job->clock);
	if (atomic_read(&job->again) > 0) {
		atomic_dec(&job->again);
		WARN_ON(!queue_work(job->wq, work));
	}
	atomic_dec(&job->inside);
}

static struct workqueue_struct *make_queue(unsigned int threads)
{
	struct workqueue_struct *wq = rlenv_workqueue_create("test", threads);

	assert_non_null(wq);
	return wq;
}

static void init_job(struct job *job, struct workqueue_struct *wq, bool open)
{
	memset(job, 0, sizeof(*job));
	INIT_WORK(&job->work, run_job);
	job->wq = wq;
	job->gate = open;
}

static void test_work_runs_in_order(void **state)
{
	struct workqueue_struct *wq = make_queue(1);
	atomic_t clock = ATOMIC_INIT(0);
	struct job jobs[10];
	unsigned int i;

	for (i = 0; i < 10; i++) {
		init_job(&jobs[i], wq, i != 0);
		jobs[i].clock = &clock;
		assert_true(queue_work(wq, &jobs[i].work));
		if (i)
			assert_false(queue_work(wq, &jobs[i].work));
	}
	smp_store_release(&jobs[0].gate, 1);
	flush_workqueue(wq);
	for (i = 0; i < 10; i++)
		assert_int_equal(jobs[i].order, i + 1);
	destroy_workqueue(wq);
}

/**
 * struct flusher - a thread that flushes a queue
 * @wq:  the queue
 * @tid: its id, once it is about to flush; atomic
 */
struct flusher {
	struct workqueue_struct *wq;
	u32 tid;
};

static int flush_main(void *arg)
{
	struct flusher *flusher = arg;

	smp_store_release(&flusher->tid, rlenv_tid());
	flush_workqueue(flusher->wq);
	return 0;
}

/* A flush waits for what was queued before it and not for what came later. */
static void test_flush(void **state)
{
	struct workqueue_struct *wq = make_queue(2);
	struct flusher flusher = { .wq = wq };
	struct rlenv_thread *thread;
	struct job early, late;

	init_job(&early, wq, false);
	init_job(&late, wq, false);
	queue_work(wq, &early.work);
	thread = start(flush_main, &flusher);
	poll_until_tid_sleeps(&flusher.tid);
	queue_work(wq, &late.work);
	while (!atomic_read(&late.started))
		sched_yield();
	assert_int_equal(atomic_read(&early.inside), 1);

	smp_store_release(&early.gate, 1);
	rlenv_thread_join(thread);
	assert_int_equal(atomic_read(&early.inside), 0);
	assert_int_equal(atomic_read(&late.inside), 1);
	smp_store_release(&late.gate, 1);
	destroy_workqueue(wq);
}

/* A job that queues itself for ever does not hold up a flush. */
static void test_flush_ends_before_later_work(void **state)
{
	struct workqueue_struct *wq = make_queue(2);
	struct job job;

	init_job(&job, wq, true);
	atomic_set(&job.again, INT_MAX);
	queue_work(wq, &job.work);
	flush_workqueue(wq);
	assert_true(atomic_read(&job.started) >= 1);
	atomic_set(&job.again, 0);
	destroy_workqueue(wq);
}

/* With threads to spare, one work still runs in one thread at a time. */
static void test_work_is_not_reentered(void **state)
{
	int before = atomic_read(&rlenv_warnings);
	struct workqueue_struct *wq = make_queue(3);
	struct job job, marker;

	init_job(&job, wq, false);
	init_job(&marker, wq, true);
	queue_work(wq, &job.work);
	while (!atomic_read(&job.started))
		sched_yield();
	/* It runs, so it can be queued again, once. */
	assert_true(queue_work(wq, &job.work));
	assert_false(queue_work(wq, &job.work));

	/* The next one is taken, past the one that may not run yet. */
	queue_work(wq, &marker.work);
	while (!atomic_read(&marker.started))
		sched_yield();
	assert_int_equal(atomic_read(&job.started), 1);

	smp_store_release(&job.gate, 1);
	flush_workqueue(wq);
	assert_int_equal(atomic_read(&job.started), 2);
	assert_int_equal(atomic_read(&rlenv_warnings), before);
	destroy_workqueue(wq);
}

static void test_destroy_drains(void **state)
{
	struct workqueue_struct *wq = make_queue(2);
	struct job job;

	init_job(&job, wq, true);
	atomic_set(&job.again, 100);
	queue_work(wq, &job.work);
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&job.started), 101);
}

static void test_queue_without_memory(void **state)
{
	unsigned int nth;

	/* The queue, and then each of its threads. */
	for (nth = 1; nth <= 3; nth++) {
		rlenv_alloc_fail_nth(nth);
		assert_null(rlenv_workqueue_create("test", 2));
	}
	rlenv_alloc_fail_nth(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work_runs_in_order),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_flush_ends_before_later_work),
		cmocka_unit_test(test_work_is_not_reentered),
		cmocka_unit_test(test_destroy_drains),
		cmocka_unit_test(test_queue_without_memory),
	};

	return cmocka_run_group_tests_name("env_work", tests, NULL, NULL);
}
