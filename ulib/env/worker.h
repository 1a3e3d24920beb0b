/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A function of the userspace seam that runs now and then in a thread of its
 * own.  Include rl_env.h, not this file.
 */
#ifndef RLENV_WORKER_H
#define RLENV_WORKER_H

#include "atomic.h"

/**
 * struct rlenv_worker - a function that runs now and then, in the background
 * @fn:      what; returns after how many ns to run again, 0 for not by itself
 * @kicks:   grows with each kick; the futex the thread sleeps on
 * @started: 1 from the first kick on; reset in the child of a fork()
 * @stop:    1 if the thread shall end
 */
struct rlenv_worker {
	u64 (*fn)(void);
	u32 kicks;
	u32 started;
	u32 stop;
};

#define RLENV_WORKER_INIT(worker, function)	{ .fn = (function) }

void rlenv_worker_kick(struct rlenv_worker *worker);
void rlenv_worker_stop(struct rlenv_worker *worker);

#endif /* RLENV_WORKER_H */
