/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A pool of pinned threads and windows of fixed time.
 *
 * A window starts when every worker runs and has warmed up.  The main thread
 * then reads the counters of all workers, sleeps for the length of the window,
 * and reads them again; only after that the workers are told to leave.  So the
 * load is kept up until the last counter has been read, a slow thread shows as
 * a small count and not as a long run, and the divisor is wall time.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include "rl_env.h"
#include "hist.h"
#include "bench/topology.h"

#define HARNESS_MAX_THREADS	1024
#define HARNESS_CLASSES		2

struct harness;
struct harness_job;

/**
 * struct harness_thread - what a worker sees
 * @ops:     pairs done per class; written by the worker only, read by main
 * @busy_ns: time of the pairs in @ops, if the load clocks them itself, or 0;
 *           written and read like @ops
 * @latency: per class, or NULL when the window does not time operations
 * @rounds:  pairs that a peer finished during a wait, or NULL likewise
 * @stop:    the worker has to leave when it is set; written by main
 * @counting: the window is open; written by main
 * @index:   0 .. threads - 1
 * @job:     what to do
 * @scratch: request memory of the worker, see harness_job.scratch
 * @seed:    seed of the random choices of this worker in this window
 */
struct harness_thread {
	u64 ops[HARNESS_CLASSES];
	u64 busy_ns;
	struct hist *latency[HARNESS_CLASSES];
	struct hist *rounds;
	const u32 *stop;
	const u32 *counting;
	unsigned int index;
	const struct harness_job *job;
	void *scratch;
	u64 seed;
} __attribute__((aligned(256)));

/**
 * struct harness_job - a load
 * @threads: number of workers
 * @run:     the load; has to return soon after harness_should_stop()
 * @arg:     for @run
 * @scratch: bytes of zeroed memory that each worker needs
 * @timed:   give the workers histograms
 * @loose:   let the scheduler place the workers
 * @seed:    of this window
 */
struct harness_job {
	unsigned int threads;
	void (*run)(struct harness_thread *thread);
	void *arg;
	size_t scratch;
	bool timed;
	bool loose;
	u64 seed;
};

/**
 * struct harness_window - what happened in a window
 * @ns:         its length
 * @threads:    number of workers
 * @thread_ops: per worker, all classes
 * @class_ops:  per class, all workers
 * @busy_ns:    of all workers, see struct harness_thread
 * @latency:    per class, merged; valid until the next window; NULL if untimed
 * @rounds:     likewise
 * @steal:      share of the machine's time that the hypervisor took
 * @delay:      largest share of the window that a worker waited for its CPU
 * @displaced:  workers that were seen on a CPU that is not theirs
 */
struct harness_window {
	u64 ns;
	unsigned int threads;
	u64 thread_ops[HARNESS_MAX_THREADS];
	u64 class_ops[HARNESS_CLASSES];
	u64 busy_ns;
	struct hist *latency[HARNESS_CLASSES];
	struct hist *rounds;
	double steal;
	double delay;
	unsigned int displaced;
};

static inline bool harness_should_stop(const struct harness_thread *thread)
{
	return READ_ONCE(*thread->stop);
}

static inline void harness_count(struct harness_thread *thread,
				 unsigned int class)
{
	WRITE_ONCE(thread->ops[class], thread->ops[class] + 1);
}

u64 harness_peer_ops(const struct harness_thread *thread, unsigned int peer);

struct harness *harness_create(void);
void harness_delete(struct harness *harness);
unsigned int harness_cpus(const struct harness *harness);
const struct topology *harness_topology(const struct harness *harness);
int harness_run(struct harness *harness, const struct harness_job *job,
		u64 warm_ns, u64 window_ns, struct harness_window *window);

double machine_steal_ticks(void);
double machine_total_ticks(void);

#endif /* BENCH_HARNESS_H */
