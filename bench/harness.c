/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Pinned threads and fixed-time windows, see harness.h.
 */
#include "bench/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Reading all counters takes this long at most, or they are read again. */
#define SNAPSHOT_NS	20000
#define SNAPSHOT_TRIES	5

/**
 * struct worker - a thread of the pool
 * @thread:    what the load sees
 * @harness:   the pool
 * @pthread:   for join
 * @go:        posted by main for one job, or to quit
 * @cpu:       where it is pinned
 * @displaced: seen on another CPU during the job; by the worker, read by main
 *             after @harness->done
 * @schedstat: /proc file with the time it waited for a CPU, or -1
 * @latency:   its histograms
 * @rounds:    the same of harness_thread.rounds
 * @scratch_size: bytes at thread.scratch
 */
struct worker {
	struct harness_thread thread;
	struct harness *harness;
	pthread_t pthread;
	sem_t go;
	int cpu;
	unsigned int displaced;
	int schedstat;
	struct hist *latency[HARNESS_CLASSES];
	struct hist *rounds;
	size_t scratch_size;
};

/**
 * struct harness - the pool
 * @stop:       read by all workers in their loop; main only writes
 * @counting:   same
 * @arrived:    workers at the start barrier
 * @open:       the start barrier is open
 * @quit:       the pool goes away; set before the last post of worker.go
 * @done:       posted by each worker at the end of a job
 * @topology:   CPUs this process may use
 * @nr_workers: threads that exist
 * @worker:     they
 * @merged:     histograms of a window
 * @merged_rounds: the same of harness_thread.rounds
 */
struct harness {
	u32 stop __attribute__((aligned(256)));
	u32 counting;
	u32 arrived __attribute__((aligned(256)));
	u32 open __attribute__((aligned(256)));
	bool quit;
	sem_t done;
	struct topology topology;
	unsigned int nr_workers;
	struct worker *worker[HARNESS_MAX_THREADS];
	struct hist *merged[HARNESS_CLASSES];
	struct hist *merged_rounds;
};

/**
 * struct snapshot - all counters at one moment
 */
struct snapshot {
	u64 ns;
	u64 thread_ops[HARNESS_MAX_THREADS][HARNESS_CLASSES];
	u64 busy_ns[HARNESS_MAX_THREADS];
	u64 delay[HARNESS_MAX_THREADS];
	double steal;
	double total;
};

static u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void sleep_until(u64 ns)
{
	struct timespec ts = {
		.tv_sec = ns / 1000000000ull,
		.tv_nsec = ns % 1000000000ull,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static void read_ticks(double *steal, double *total)
{
	unsigned long long v[8] = { 0 };
	FILE *f = fopen("/proc/stat", "r");
	int i;

	*steal = 0;
	*total = 0;
	if (!f)
		return;
	if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0],
		   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) == 8)
		*steal = (double)v[7];
	for (i = 0; i < 8; i++)
		*total += (double)v[i];
	fclose(f);
}

/**
 * machine_steal_ticks() - time taken by the hypervisor since boot
 *
 * Return: clock ticks, all CPUs together.
 */
double machine_steal_ticks(void)
{
	double steal, total;

	read_ticks(&steal, &total);
	return steal;
}

/**
 * machine_total_ticks() - time since boot
 *
 * Return: clock ticks, all CPUs together.
 */
double machine_total_ticks(void)
{
	double steal, total;

	read_ticks(&steal, &total);
	return total;
}

static void check_pin(struct worker *worker)
{
	if (sched_getcpu() != worker->cpu)
		worker->displaced = 1;
}

/* Allow it the CPU that is its own, or all of them. */
static void set_affinity(const struct worker *worker, bool all)
{
	const struct topology *topology = &worker->harness->topology;
	unsigned int i;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(worker->cpu, &set);
	for (i = 0; i < topology->cpus && all; i++)
		CPU_SET(topology->cpu[i], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void run_loose(struct worker *worker)
{
	set_affinity(worker, true);
	worker->thread.job->run(&worker->thread);
	set_affinity(worker, false);
}

static void run_job(struct worker *worker)
{
	struct harness *harness = worker->harness;

	__atomic_fetch_add(&harness->arrived, 1, __ATOMIC_ACQ_REL);
	while (!smp_load_acquire(&harness->open))
		sched_yield();
	if (worker->thread.job->loose) {
		run_loose(worker);
		return;
	}
	check_pin(worker);
	worker->thread.job->run(&worker->thread);
	check_pin(worker);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct harness *harness = worker->harness;
	char path[64];

	prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0);
	snprintf(path, sizeof(path), "/proc/self/task/%ld/schedstat",
		 syscall(SYS_gettid));
	worker->schedstat = open(path, O_RDONLY | O_CLOEXEC);
	sem_post(&harness->done);

	for (;;) {
		while (sem_wait(&worker->go))
			;
		if (harness->quit)
			return NULL;
		run_job(worker);
		sem_post(&harness->done);
	}
}

static int worker_start(struct harness *harness, struct worker *worker)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(worker->cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	err = pthread_create(&worker->pthread, &attr, worker_main, worker);
	pthread_attr_destroy(&attr);
	if (err)
		return -err;
	while (sem_wait(&harness->done))
		;
	return 0;
}

static void worker_delete(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < HARNESS_CLASSES; i++)
		free(worker->latency[i]);
	free(worker->rounds);
	free(worker->thread.scratch);
	free(worker);
}

static struct worker *worker_create(struct harness *harness, unsigned int index)
{
	struct worker *worker = aligned_alloc(256, sizeof(*worker));
	unsigned int i;

	if (!worker)
		return NULL;
	memset(worker, 0, sizeof(*worker));
	worker->harness = harness;
	worker->cpu = harness->topology.cpu[index % harness->topology.cpus];
	worker->thread.index = index;
	worker->thread.stop = &harness->stop;
	worker->thread.counting = &harness->counting;
	sem_init(&worker->go, 0, 0);
	worker->rounds = calloc(1, sizeof(struct hist));
	if (!worker->rounds)
		goto fail;
	for (i = 0; i < HARNESS_CLASSES; i++) {
		worker->latency[i] = calloc(1, sizeof(struct hist));
		if (!worker->latency[i])
			goto fail;
	}
	if (!worker_start(harness, worker))
		return worker;
fail:
	worker_delete(worker);
	return NULL;
}

static int harness_grow(struct harness *harness, unsigned int threads)
{
	if (threads > HARNESS_MAX_THREADS)
		return -EINVAL;
	while (harness->nr_workers < threads) {
		struct worker *worker =
			worker_create(harness, harness->nr_workers);

		if (!worker)
			return -ENOMEM;
		harness->worker[harness->nr_workers++] = worker;
	}
	return 0;
}

/**
 * harness_create() - make an empty pool on the CPUs this process may use
 *
 * Return: the pool or NULL.
 */
struct harness *harness_create(void)
{
	struct harness *harness = aligned_alloc(256, sizeof(*harness));
	int i;

	if (!harness)
		return NULL;
	memset(harness, 0, sizeof(*harness));
	sem_init(&harness->done, 0, 0);
	topology_here(&harness->topology);
	for (i = 0; i < HARNESS_CLASSES; i++) {
		harness->merged[i] = calloc(1, sizeof(struct hist));
		if (!harness->merged[i])
			abort();
	}
	harness->merged_rounds = calloc(1, sizeof(struct hist));
	if (!harness->merged_rounds)
		abort();
	return harness;
}

/**
 * harness_delete() - end all threads of a pool that runs no window
 * @harness: the pool
 */
void harness_delete(struct harness *harness)
{
	unsigned int i;

	harness->quit = true;
	for (i = 0; i < harness->nr_workers; i++) {
		struct worker *worker = harness->worker[i];

		sem_post(&worker->go);
		pthread_join(worker->pthread, NULL);
		if (worker->schedstat >= 0)
			close(worker->schedstat);
		worker_delete(worker);
	}
	for (i = 0; i < HARNESS_CLASSES; i++)
		free(harness->merged[i]);
	free(harness->merged_rounds);
	free(harness);
}

/**
 * harness_cpus() - number of CPUs the pool spreads over
 * @harness: the pool
 *
 * Return: at least 1.
 */
unsigned int harness_cpus(const struct harness *harness)
{
	return harness->topology.cpus;
}

/**
 * harness_topology() - where the pool puts its threads
 * @harness: the pool
 *
 * Return: the CPUs in the order of their use.
 */
const struct topology *harness_topology(const struct harness *harness)
{
	return &harness->topology;
}

/**
 * harness_peer_ops() - what another worker has done in this window
 * @thread: of the caller
 * @peer:   index of the other
 *
 * Return: its pairs so far, all classes.
 */
u64 harness_peer_ops(const struct harness_thread *thread, unsigned int peer)
{
	const struct worker *self =
		container_of(thread, struct worker, thread);
	const struct harness_thread *other =
		&self->harness->worker[peer]->thread;
	unsigned int class;
	u64 ops = 0;

	for (class = 0; class < HARNESS_CLASSES; class++)
		ops += READ_ONCE(other->ops[class]);
	return ops;
}

static int prepare(struct harness *harness, const struct harness_job *job)
{
	unsigned int i, class;
	int err = harness_grow(harness, job->threads);

	if (err)
		return err;
	harness->stop = 0;
	harness->counting = 0;
	harness->arrived = 0;
	harness->open = 0;
	for (i = 0; i < job->threads; i++) {
		struct worker *worker = harness->worker[i];
		struct harness_thread *thread = &worker->thread;

		if (worker->scratch_size < job->scratch) {
			size_t size = round_up(job->scratch, (size_t)256);

			free(thread->scratch);
			thread->scratch = aligned_alloc(256, size);
			if (!thread->scratch)
				return -ENOMEM;
			worker->scratch_size = size;
		}
		if (job->scratch)
			memset(thread->scratch, 0, job->scratch);
		thread->job = job;
		thread->seed = job->seed + 0x9e3779b97f4a7c15ull * (i + 1);
		thread->busy_ns = 0;
		thread->rounds = job->timed ? worker->rounds : NULL;
		if (job->timed)
			hist_init(worker->rounds);
		worker->displaced = 0;
		for (class = 0; class < HARNESS_CLASSES; class++) {
			thread->ops[class] = 0;
			thread->latency[class] =
				job->timed ? worker->latency[class] : NULL;
			if (job->timed)
				hist_init(worker->latency[class]);
		}
	}
	return 0;
}

/* Nanoseconds that a worker has waited for a CPU since it was born. */
static u64 read_delay(const struct worker *worker)
{
	char buf[96] = "";
	unsigned long long ran, waited;

	if (worker->schedstat < 0 ||
	    pread(worker->schedstat, buf, sizeof(buf) - 1, 0) <= 0 ||
	    sscanf(buf, "%llu %llu", &ran, &waited) != 2)
		return 0;
	return waited;
}

/*
 * Read all counters at what can pass for one moment: if the main thread was
 * off its CPU between the first and the last, do it again.
 */
static void take_counters(struct harness *harness, unsigned int threads,
			  struct snapshot *snap)
{
	unsigned int i, class, try;

	for (try = 0; try < SNAPSHOT_TRIES; try++) {
		snap->ns = clock_ns();
		for (i = 0; i < threads; i++) {
			const struct harness_thread *thread =
				&harness->worker[i]->thread;

			snap->busy_ns[i] = READ_ONCE(thread->busy_ns);
			for (class = 0; class < HARNESS_CLASSES; class++)
				snap->thread_ops[i][class] =
					READ_ONCE(thread->ops[class]);
		}
		if (clock_ns() - snap->ns < SNAPSHOT_NS)
			return;
	}
}

static void take_surroundings(struct harness *harness, unsigned int threads,
			      struct snapshot *snap)
{
	unsigned int i;

	read_ticks(&snap->steal, &snap->total);
	for (i = 0; i < threads; i++)
		snap->delay[i] = read_delay(harness->worker[i]);
}

static void close_window(struct harness *harness,
			 const struct harness_job *job,
			 const struct snapshot *a, const struct snapshot *b,
			 struct harness_window *window)
{
	double ticks = b->total - a->total;
	unsigned int i, class;

	memset(window, 0, sizeof(*window));
	window->ns = b->ns - a->ns;
	window->threads = job->threads;
	window->steal = ticks > 0 ? (b->steal - a->steal) / ticks : 0;
	for (i = 0; i < job->threads; i++) {
		struct worker *worker = harness->worker[i];
		double delay = (double)(b->delay[i] - a->delay[i]) /
			       (double)window->ns;

		window->delay = delay > window->delay ? delay : window->delay;
		window->displaced += worker->displaced;
		window->busy_ns += b->busy_ns[i] - a->busy_ns[i];
		for (class = 0; class < HARNESS_CLASSES; class++) {
			u64 ops = b->thread_ops[i][class] -
				  a->thread_ops[i][class];

			window->thread_ops[i] += ops;
			window->class_ops[class] += ops;
		}
	}
	if (!job->timed)
		return;
	hist_init(harness->merged_rounds);
	for (i = 0; i < job->threads; i++)
		hist_merge(harness->merged_rounds, harness->worker[i]->rounds);
	window->rounds = harness->merged_rounds;
	for (class = 0; class < HARNESS_CLASSES; class++) {
		hist_init(harness->merged[class]);
		for (i = 0; i < job->threads; i++)
			hist_merge(harness->merged[class],
				   harness->worker[i]->latency[class]);
		window->latency[class] = harness->merged[class];
	}
}

/**
 * harness_run() - one window
 * @harness:   the pool; grows to the threads of the job
 * @job:       the load
 * @warm_ns:   time under load before the window opens
 * @window_ns: length of the window
 * @window:    filled
 *
 * Context: one caller at a time.
 *
 * Return: 0 or -errno.
 */
int harness_run(struct harness *harness, const struct harness_job *job,
		u64 warm_ns, u64 window_ns, struct harness_window *window)
{
	static struct snapshot a, b;
	unsigned int i;
	int err = prepare(harness, job);

	if (err)
		return err;
	for (i = 0; i < job->threads; i++)
		sem_post(&harness->worker[i]->go);
	while (smp_load_acquire(&harness->arrived) < job->threads)
		sched_yield();
	smp_store_release(&harness->open, 1);

	sleep_until(clock_ns() + warm_ns);
	take_surroundings(harness, job->threads, &a);
	WRITE_ONCE(harness->counting, 1);
	take_counters(harness, job->threads, &a);

	sleep_until(a.ns + window_ns);
	take_counters(harness, job->threads, &b);
	WRITE_ONCE(harness->counting, 0);
	take_surroundings(harness, job->threads, &b);

	WRITE_ONCE(harness->stop, 1);
	for (i = 0; i < job->threads; i++)
		while (sem_wait(&harness->done))
			;
	close_window(harness, job, &a, &b, window);
	return 0;
}
