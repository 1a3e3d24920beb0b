/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Sleeping and waking in the userspace seam: one waiter on a word of its own,
 * and wait queues.  Include rl_env.h, not this file.
 */
#ifndef RLENV_WAIT_H
#define RLENV_WAIT_H

#include "lock.h"

/* Values of @how in rlenv_wait_on(); those of enum rangelock_wait. */
#define RLENV_WAIT_FOREVER		0
#define RLENV_WAIT_KILLABLE		1
#define RLENV_WAIT_INTERRUPTIBLE	2

int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken);
void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task);

void rlenv_thread_kill_self(void);
void rlenv_thread_revive(void);

/**
 * struct wait_queue_head - tasks that wait for conditions to come true
 * @seq:     counts wake-ups; the futex word
 * @waiters: tasks between begin and finish; 0 lets a wake-up skip the syscall
 */
typedef struct wait_queue_head {
	u32 seq;
	u32 waiters;
} wait_queue_head_t;

void init_waitqueue_head(wait_queue_head_t *wq);
void wake_up_all(wait_queue_head_t *wq);

void rlenv_wq_begin(wait_queue_head_t *wq);
u32 rlenv_wq_seq(wait_queue_head_t *wq);
void rlenv_wq_sleep(wait_queue_head_t *wq, u32 seq);
void rlenv_wq_finish(wait_queue_head_t *wq);

/*
 * The sequence is read before the condition: a wake-up that comes in between
 * changes it, and the futex refuses to sleep.
 */
#define wait_event(wq, cond)                                            \
	do {                                                            \
		might_sleep();                                          \
		if (cond)                                               \
			break;                                          \
		rlenv_wq_begin(&(wq));                                  \
		for (;;) {                                              \
			u32 wait_seq_ = rlenv_wq_seq(&(wq));            \
			if (cond)                                       \
				break;                                  \
			rlenv_wq_sleep(&(wq), wait_seq_);               \
		}                                                       \
		rlenv_wq_finish(&(wq));                                 \
	} while (0)

#endif /* RLENV_WAIT_H */
