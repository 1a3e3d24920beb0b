/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The trace events rangelock:request, blocked, granted, released, cancelled.
 *
 * All five carry the same fields: the lock, the range and its mode.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rangelock

#if !defined(RANGELOCK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RANGELOCK_TRACE_H

#include <linux/tracepoint.h>

#include "rl_env.h"

DECLARE_EVENT_CLASS(rangelock_event,
	TP_PROTO(const struct rangelock *rl, u64 start, u64 last,
		 unsigned int mode),
	TP_ARGS(rl, start, last, mode),
	TP_STRUCT__entry(
		__field(const void *, lock)
		__field(u64, start)
		__field(u64, last)
		__field(unsigned int, mode)
	),
	TP_fast_assign(
		__entry->lock = rl;
		__entry->start = start;
		__entry->last = last;
		__entry->mode = mode;
	),
	TP_printk("lock=%p range=[%llu,%llu] mode=%u", __entry->lock,
		  __entry->start, __entry->last, __entry->mode)
);

#define RANGELOCK_EVENT(name)                                           \
	DEFINE_EVENT(rangelock_event, name,                             \
		TP_PROTO(const struct rangelock *rl, u64 start,         \
			 u64 last, unsigned int mode),                  \
		TP_ARGS(rl, start, last, mode))

RANGELOCK_EVENT(request);
RANGELOCK_EVENT(blocked);
RANGELOCK_EVENT(granted);
RANGELOCK_EVENT(released);
RANGELOCK_EVENT(cancelled);

#endif /* RANGELOCK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
