// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * RCU by liburcu, flavour "bp".  liburcu 0.13 orders its readers and its grace
 * periods by means that ThreadSanitizer does not see, so its builds are told
 * here what a grace period orders: what readers did before they left, before
 * what the updater does after.  A missing grace period is still reported.
 */
#include "rl_env.h"

#include <urcu/urcu-bp.h>

#if RLENV_TSAN
#include <sanitizer/tsan_interface.h>

static char grace_period;

#define tsan_acquire()	__tsan_acquire(&grace_period)
#define tsan_release()	__tsan_release(&grace_period)
#else
#define tsan_acquire()	barrier()
#define tsan_release()	barrier()
#endif

void rlenv_rcu_read_lock(void)
{
	urcu_bp_read_lock();
	tsan_acquire();
}

void rlenv_rcu_read_unlock(void)
{
	tsan_release();
	urcu_bp_read_unlock();
}

/**
 * rlenv_rcu_synchronize() - wait for all readers that run now
 *
 * Context: Thread, outside of a read section.  Sleeps.
 */
void rlenv_rcu_synchronize(void)
{
	might_sleep();
	tsan_release();
	urcu_bp_synchronize_rcu();
	tsan_acquire();
}
