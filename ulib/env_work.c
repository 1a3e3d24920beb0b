// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Work queues: a pool of threads and a FIFO of work.
 *
 * As in the kernel, a work is marked idle just before its function runs, so
 * that the function may queue it again or free it; the same work never runs in
 * two threads at once; and a flush waits for what was queued before it, not
 * for what comes later.
 */
#include "rl_env.h"

#include <pthread.h>

/**
 * struct worker - one thread of a queue
 * @wq:      its queue; set before it starts
 * @thread:  its handle; set by the creator
 * @running: work whose function it runs, or NULL; compared only, the function
 *           may have freed it; under wq->lock
 * @seq:     number of @running; under wq->lock
 */
struct worker {
	struct workqueue_struct *wq;
	struct rlenv_thread *thread;
	const struct work_struct *running;
	u64 seq;
};

/**
 * struct workqueue_struct - a queue and its threads
 * @lock:       guards all below; a leaf
 * @more:       signalled when @queue or @stop changes
 * @done:       signalled when a work is done and @flushers is not 0
 * @queue:      work that waits, oldest first; under @lock
 * @next_seq:   number of the next work, from 1; under @lock
 * @flushers:   threads in flush_workqueue(); under @lock
 * @stop:       threads end when the queue is empty; under @lock
 * @nr_workers: entries of @workers; set before the first work
 * @workers:    the threads
 */
struct workqueue_struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_cond_t done;
	struct list_head queue;
	u64 next_seq;
	unsigned int flushers;
	bool stop;
	unsigned int nr_workers;
	struct worker workers[];
};

static bool is_running(const struct workqueue_struct *wq,
		       const struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < wq->nr_workers; i++) {
		if (wq->workers[i].running == work)
			return true;
	}
	return false;
}

/* The oldest work that no thread runs at the moment; under wq->lock. */
static struct work_struct *next_work(const struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &wq->queue, entry) {
		if (!is_running(wq, work))
			return work;
	}
	return NULL;
}

/* Called and returns with wq->lock held; drops it around the function. */
static void run_work(struct worker *worker, struct work_struct *work)
{
	struct workqueue_struct *wq = worker->wq;
	work_func_t func = work->func;

	list_del_init(&work->entry);
	worker->running = work;
	worker->seq = work->seq;
	/* Pairs with the xchg() in queue_work(). */
	smp_store_release(&work->pending, 0);
	pthread_mutex_unlock(&wq->lock);

	func(work);

	pthread_mutex_lock(&wq->lock);
	worker->running = NULL;
	if (wq->flushers)
		pthread_cond_broadcast(&wq->done);
	/* The same work may have been queued again and skipped meanwhile. */
	if (!list_empty(&wq->queue))
		pthread_cond_signal(&wq->more);
}

static int worker_main(void *arg)
{
	struct worker *worker = arg;
	struct workqueue_struct *wq = worker->wq;
	struct work_struct *work;

	pthread_mutex_lock(&wq->lock);
	for (;;) {
		work = next_work(wq);
		if (work)
			run_work(worker, work);
		else if (wq->stop && list_empty(&wq->queue))
			break;
		else
			pthread_cond_wait(&wq->more, &wq->lock);
	}
	pthread_mutex_unlock(&wq->lock);
	return 0;
}

static void stop_workers(struct workqueue_struct *wq)
{
	unsigned int i;

	pthread_mutex_lock(&wq->lock);
	wq->stop = true;
	pthread_cond_broadcast(&wq->more);
	pthread_mutex_unlock(&wq->lock);

	for (i = 0; i < wq->nr_workers; i++) {
		if (wq->workers[i].thread)
			rlenv_thread_join(wq->workers[i].thread);
	}
	pthread_cond_destroy(&wq->done);
	pthread_cond_destroy(&wq->more);
	pthread_mutex_destroy(&wq->lock);
	rlenv_free(wq);
}

/**
 * rlenv_workqueue_create() - make a work queue
 * @name:    for people
 * @threads: work that may run at once; 0 for one per processor
 *
 * Context: Thread.  May sleep.
 * Return: the queue, or NULL.
 */
struct workqueue_struct *rlenv_workqueue_create(const char *name,
						unsigned int threads)
{
	struct workqueue_struct *wq;
	struct rlenv_thread *thread;
	struct worker *worker;
	unsigned int i;

	if (!threads)
		threads = rlenv_nr_cpus();
	wq = rlenv_alloc(sizeof(*wq) + threads * sizeof(wq->workers[0]));
	if (!wq)
		return NULL;
	pthread_mutex_init(&wq->lock, NULL);
	pthread_cond_init(&wq->more, NULL);
	pthread_cond_init(&wq->done, NULL);
	INIT_LIST_HEAD(&wq->queue);
	wq->next_seq = 1;
	wq->nr_workers = threads;

	for (i = 0; i < threads; i++) {
		worker = &wq->workers[i];
		worker->wq = wq;
		thread = rlenv_thread_run(worker_main, worker, -1, name);
		if (IS_ERR(thread)) {
			stop_workers(wq);
			return NULL;
		}
		worker->thread = thread;
	}
	return wq;
}

/**
 * queue_work() - let a function run soon
 * @wq:   the queue
 * @work: what to run; must stay until its function has been called
 *
 * Context: Any thread.
 * Return: false if it was queued already and has not begun to run.
 */
bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	/*
	 * Pairs with the release in run_work(): what the caller did before a
	 * call that returns false is seen by the run that is still to come.
	 */
	if (xchg(&work->pending, 1))
		return false;
	pthread_mutex_lock(&wq->lock);
	work->seq = wq->next_seq++;
	list_add_tail(&work->entry, &wq->queue);
	pthread_cond_signal(&wq->more);
	pthread_mutex_unlock(&wq->lock);
	return true;
}

/* Whether work with a number below @seq waits or runs; under wq->lock. */
static bool is_busy_before(const struct workqueue_struct *wq, u64 seq)
{
	const struct work_struct *work;
	unsigned int i;

	for (i = 0; i < wq->nr_workers; i++) {
		if (wq->workers[i].running && wq->workers[i].seq < seq)
			return true;
	}
	/* Numbers ascend along the queue. */
	work = list_first_entry_or_null(&wq->queue, struct work_struct, entry);
	return work && work->seq < seq;
}

/**
 * flush_workqueue() - wait for all work queued before
 * @wq: the queue
 *
 * Context: Thread, not one of the queue's own.  Sleeps.
 */
void flush_workqueue(struct workqueue_struct *wq)
{
	u64 seq;

	might_sleep();
	pthread_mutex_lock(&wq->lock);
	seq = wq->next_seq;
	wq->flushers++;
	while (is_busy_before(wq, seq))
		pthread_cond_wait(&wq->done, &wq->lock);
	wq->flushers--;
	pthread_mutex_unlock(&wq->lock);
}

/**
 * destroy_workqueue() - run what is queued, also by that, then free the queue
 * @wq: the queue
 *
 * Context: Thread, not one of the queue's own.  Sleeps.
 */
void destroy_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	stop_workers(wq);
}
