// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The slow half of RCU, see env/rcu.h.
 */
#include "rl_env.h"

#if RLENV_TSAN
char rlenv_rcu_left;
char rlenv_rcu_waited;

#define tsan_acquire(what)	__tsan_acquire(&(what))
#define tsan_release(what)	__tsan_release(&(what))
#else
#define tsan_acquire(what)	((void)0)
#define tsan_release(what)	((void)0)
#endif

/**
 * rlenv_rcu_synchronize() - wait for all readers that run now
 *
 * Context: Thread, outside of a read section.  Sleeps.
 */
void rlenv_rcu_synchronize(void)
{
	might_sleep();
	urcu_bp_synchronize_rcu();
	tsan_acquire(rlenv_rcu_left);
	tsan_release(rlenv_rcu_waited);
}
