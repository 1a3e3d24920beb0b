/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The counters of struct rangelock_stats by name.
 */
#ifndef BENCH_COUNT_STATS_H
#define BENCH_COUNT_STATS_H

#include "rangelock.h"

/**
 * struct count_stat - one counter
 * @name:   of the field
 * @offset: of it; 64 bits, atomic or not
 */
struct count_stat {
	const char *name;
	size_t offset;
};

extern const struct count_stat count_stats[];
extern const unsigned int count_stats_nr;

u64 count_stat_read(const struct rangelock_stats *stats, unsigned int index);

#endif /* BENCH_COUNT_STATS_H */
