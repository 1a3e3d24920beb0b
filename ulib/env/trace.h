/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Trace points of the userspace seam: USDT probes of provider "rangelock" with
 * the names of the kernel's events.  A probe costs one load and a branch until
 * a tracer raises its semaphore.  Include rl_env.h, not this file.
 */
#ifndef RLENV_TRACE_H
#define RLENV_TRACE_H

#include "atomic.h"

struct rangelock;

/*
 * The names are what <sys/sdt.h> derives from provider and probe; a tracer
 * (perf, bpftrace, systemtap) increments the word in our memory.
 */
#define RLENV_DECLARE_TRACE(event)                                      \
extern unsigned short rangelock_##event##_semaphore;                    \
void rlenv_trace_##event##_slow(const struct rangelock *rl, u64 start,  \
				u64 last, unsigned int mode);           \
static inline void rlenv_trace_##event(const struct rangelock *rl,      \
				       u64 start, u64 last,             \
				       unsigned int mode)               \
{                                                                       \
	if (unlikely(READ_ONCE(rangelock_##event##_semaphore)))         \
		rlenv_trace_##event##_slow(rl, start, last, mode);      \
}

RLENV_DECLARE_TRACE(request)
RLENV_DECLARE_TRACE(blocked)
RLENV_DECLARE_TRACE(granted)
RLENV_DECLARE_TRACE(released)
RLENV_DECLARE_TRACE(cancelled)

/* Does anybody look at who takes a lock that is free? */
static inline bool rlenv_traced_take(void)
{
	return READ_ONCE(rangelock_request_semaphore) |
	       READ_ONCE(rangelock_granted_semaphore);
}

/* And at who gives it back? */
static inline bool rlenv_traced_release(void)
{
	return READ_ONCE(rangelock_released_semaphore);
}

/* Around a sleep, so these two need not be inline. */
void rlenv_contention_begin(void *lock, bool exclusive);
void rlenv_contention_end(void *lock, int ret);

#endif /* RLENV_TRACE_H */
