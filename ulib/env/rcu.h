/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * RCU of the userspace seam, by liburcu's "bulletproof" flavour: threads need
 * not register.  Include rl_env.h, not this file.
 *
 * liburcu 0.13 orders its readers and its grace periods by means that
 * ThreadSanitizer does not see, so its builds are told here what a grace period
 * orders: what readers did before they left, before what the updater does
 * after; and what the updater did before, before what later readers do.
 * Readers are not ordered among each other, and a missing grace period is
 * reported.
 */
#ifndef RLENV_RCU_H
#define RLENV_RCU_H

#include "atomic.h"

/*
 * Inline readers: a few instructions instead of two calls.  liburcu asks for
 * a licence that is compatible with its own, LGPL-2.1, and both of ours are.
 * Its record of a thread is not aligned as its type says, which the sanitizer
 * of undefined behaviour would report in our code.
 */
#if defined(__SANITIZE_ADDRESS__)
#define RLENV_RCU_INLINE	0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RLENV_RCU_INLINE	0
#endif
#endif
#ifndef RLENV_RCU_INLINE
#define RLENV_RCU_INLINE	1
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>

#if RLENV_TSAN
#include <sanitizer/tsan_interface.h>

extern char rlenv_rcu_left;
extern char rlenv_rcu_waited;

#define RLENV_RCU_ENTER()	__tsan_acquire(&rlenv_rcu_waited)
#define RLENV_RCU_LEAVE()	__tsan_release(&rlenv_rcu_left)
#else
#define RLENV_RCU_ENTER()	((void)0)
#define RLENV_RCU_LEAVE()	((void)0)
#endif

static inline void rlenv_rcu_read_lock(void)
{
	urcu_bp_read_lock();
	RLENV_RCU_ENTER();
}

static inline void rlenv_rcu_read_unlock(void)
{
	RLENV_RCU_LEAVE();
	urcu_bp_read_unlock();
}

/* A thread has no interrupts to disable. */
static inline void rlenv_rcu_read_lock_irqsave(unsigned long *flags)
{
	rlenv_rcu_read_lock();
}

static inline void rlenv_rcu_read_unlock_irqrestore(unsigned long flags)
{
	rlenv_rcu_read_unlock();
}

/*
 * A section that needs no more than that memory of rlenv_stable_alloc() is still
 * such memory, although it may have been given back and be somebody else's by
 * now.  Here it always is, see ulib/env_alloc.c, so that the section costs
 * nothing; two stores of a reader are as much as a tenth of a quick path.
 */
static inline void rlenv_stable_begin_irq(void)
{
}

static inline void rlenv_stable_end_irq(void)
{
}

void rlenv_rcu_synchronize(void);

/* A release that pairs with the acquire of the other. */
#define rlenv_rcu_assign(p, v)	smp_store_release(&(p), (v))
#define rlenv_rcu_dereference(p)	smp_load_acquire(&(p))

#endif /* RLENV_RCU_H */
