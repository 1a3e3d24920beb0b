/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who runs, where, and when: thread ids, threads, processors and the clock of
 * the userspace seam.  Include rl_env.h, not this file.
 */
#ifndef RLENV_TASK_H
#define RLENV_TASK_H

#include "atomic.h"

/* A task is named by its kernel thread id; 0 is nobody. */
typedef u64 rlenv_task_t;

/*
 * Initial-exec: reading it is one instruction even in the shared library, and
 * it is legal in a signal handler.  0 until the thread first asks; cleared in
 * the child of a fork, which has another id.
 */
extern __thread u32 rlenv_tid_cache
	__attribute__((__tls_model__("initial-exec")));

u32 rlenv_tid_slow(void);

static inline u32 rlenv_tid(void)
{
	u32 tid = rlenv_tid_cache;

	return likely(tid) ? tid : rlenv_tid_slow();
}

static inline rlenv_task_t rlenv_self(void)
{
	return rlenv_tid();
}

static inline u64 rlenv_task_id(rlenv_task_t task)
{
	return task;
}

static inline u64 rlenv_self_id(void)
{
	return rlenv_tid();
}

/* The same without a call: 0 if the thread has not asked yet. */
static inline u64 rlenv_known_id(void)
{
	return rlenv_tid_cache;
}

u64 rlenv_now_ns(void);
void rlenv_sleep_ns(u64 ns);
unsigned int rlenv_nr_cpus(void);
unsigned int rlenv_cpu(void);
bool rlenv_may_spin(void);
void cond_resched(void);

struct rlenv_thread;

struct rlenv_thread *rlenv_thread_run(int (*fn)(void *), void *arg, int cpu,
				      const char *name);
int rlenv_thread_join(struct rlenv_thread *thread);

/* The process-wide cost of a sleep is the timer slack; ask for the least. */
void rlenv_timer_slack(void);

#endif /* RLENV_TASK_H */
