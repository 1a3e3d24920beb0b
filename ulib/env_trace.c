// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * USDT probes of provider "rangelock": request, blocked, granted, released and
 * cancelled with (lock, start, last, mode), contention_begin with (lock,
 * exclusive) and contention_end with (lock, ret).  For example:
 *
 *	perf buildid-cache --add librangelock.so
 *	perf record -e sdt_rangelock:blocked -- program
 */
#include "rl_env.h"

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

/* Incremented by tracers, from outside, while they listen. */
#define PROBE_SEMAPHORE(event)                                          \
	unsigned short rangelock_##event##_semaphore                    \
		__attribute__((__section__(".probes"), __used__))

#define DEFINE_REQUEST_PROBE(event)                                     \
PROBE_SEMAPHORE(event);                                                 \
void rlenv_trace_##event##_slow(const struct rangelock *rl, u64 start,  \
				u64 last, unsigned int mode)            \
{                                                                       \
	STAP_PROBE4(rangelock, event, rl, start, last, mode);           \
}

DEFINE_REQUEST_PROBE(request)
DEFINE_REQUEST_PROBE(blocked)
DEFINE_REQUEST_PROBE(granted)
DEFINE_REQUEST_PROBE(released)
DEFINE_REQUEST_PROBE(cancelled)

PROBE_SEMAPHORE(contention_begin);
PROBE_SEMAPHORE(contention_end);

void rlenv_contention_begin(void *lock, bool exclusive)
{
	STAP_PROBE2(rangelock, contention_begin, lock, exclusive);
}

void rlenv_contention_end(void *lock, int ret)
{
	STAP_PROBE2(rangelock, contention_end, lock, ret);
}
