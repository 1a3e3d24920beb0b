/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of results: on a terminal, and in RESULTS.md.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "bench/rows.h"
#include "bench/table.h"

struct cli;

int report_command(const struct cli *cli);
int report_text(const char *lines, FILE *out);

/* Tables, shared by both forms; each is empty if there is nothing to tell. */
void report_engine_rates(struct table *table, const struct rows *rows);
void report_design_rates(struct table *table, const struct rows *rows);
void report_engine_latency(struct table *table, const struct rows *rows);
void report_engine_classes(struct table *table, const struct rows *rows);
void report_locks(struct table *table, const struct rows *rows,
		  const char *lock_a, const char *lock_b);
void report_lock_latency(struct table *table, const struct rows *rows,
			 const char *lock_a, const char *lock_b);
void report_kernel(struct table *table, const struct rows *rows);
void report_kernel_engine(struct table *table, const struct rows *rows);
void report_replay(struct table *table, const struct rows *rows);
void report_replay_wakeups(struct table *table, const struct rows *rows);
void report_verdicts(struct table *table, const struct rows *rows, bool wins);

bool report_has_pair(const struct row *row, const char *lock_a,
		     const char *lock_b);

#endif /* BENCH_REPORT_H */
