/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Work queues of the userspace seam: a pool of threads that runs queued
 * functions in order.  Include rl_env.h, not this file.
 */
#ifndef RLENV_WORK_H
#define RLENV_WORK_H

#include "list.h"
#include "atomic.h"

struct work_struct;
struct workqueue_struct;

typedef void (*work_func_t)(struct work_struct *work);

/**
 * struct work_struct - one function to run
 * @entry:   place in the queue; under the queue's lock
 * @func:    what to run; set by INIT_WORK()
 * @seq:     order of queueing; under the queue's lock
 * @pending: 1 from queue_work() until just before @func is called; atomic
 */
struct work_struct {
	struct list_head entry;
	work_func_t func;
	u64 seq;
	u32 pending;
};

static inline void INIT_WORK(struct work_struct *work, work_func_t func)
{
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
	work->seq = 0;
	WRITE_ONCE(work->pending, 0);
}

struct workqueue_struct *rlenv_workqueue_create(const char *name,
						unsigned int threads);
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
void flush_workqueue(struct workqueue_struct *wq);
void destroy_workqueue(struct workqueue_struct *wq);

#endif /* RLENV_WORK_H */
