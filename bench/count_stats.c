/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The counters by name, see count_stats.h.  A counter that the lock gains is one
 * line here.
 */
#include "bench/count_stats.h"

#define STAT(field)	{ #field, offsetof(struct rangelock_stats, field) }

const struct count_stat count_stats[] = {
	STAT(acquired),
	STAT(contended),
	STAT(try_failed),
	STAT(wakeups),
	STAT(cancelled),
	STAT(visited),
	STAT(spurious),
	STAT(visited_max),
	STAT(bypassed),
	STAT(spread),
	STAT(shared_spread),
	STAT(gathered),
	STAT(grown),
	STAT(evicted),
	STAT(promoted),
	STAT(starved),
	STAT(in_bucket),
};
const unsigned int count_stats_nr = ARRAY_SIZE(count_stats);

/**
 * count_stat_read() - the value of a counter
 * @stats: nobody uses the lock
 * @index: into count_stats
 *
 * Return: the value.
 */
u64 count_stat_read(const struct rangelock_stats *stats, unsigned int index)
{
	const void *field = (const char *)stats + count_stats[index].offset;

	return READ_ONCE(*(const u64 *)field);
}
