// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The module's trace events, and the kernel's own contention events where it
 * lets a module fire them.
 */
#include "rl_env.h"

#include <trace/events/lock.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

#define RLENV_DO_TRACE(name)                                            \
	void rlenv_do_trace_##name(const struct rangelock *rl,          \
				   u64 start, u64 last,                 \
				   unsigned int mode)                   \
	{                                                               \
		trace_##name(rl, start, last, mode);                    \
	}

RLENV_DO_TRACE(request)
RLENV_DO_TRACE(blocked)
RLENV_DO_TRACE(granted)
RLENV_DO_TRACE(released)
RLENV_DO_TRACE(cancelled)

#ifdef RLENV_HAVE_CONTENTION
void rlenv_contention_begin(void *lock, bool exclusive)
{
	trace_contention_begin(lock, exclusive ? LCB_F_WRITE : LCB_F_READ);
}

void rlenv_contention_end(void *lock, int ret)
{
	trace_contention_end(lock, ret);
}
#else
void rlenv_contention_begin(void *lock, bool exclusive)
{
}

void rlenv_contention_end(void *lock, int ret)
{
}
#endif
