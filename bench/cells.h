/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cells of tables that more than one table has.  A side of a row is "a" or "b",
 * or a class of operations of one, such as "a.classes.fsync".
 */
#ifndef BENCH_CELLS_H
#define BENCH_CELLS_H

#include "bench/rows.h"
#include "bench/table.h"

/* What a side has measured: the median of the processes, or the maximum. */
double cells_median(const struct row *row, const char *side,
		    const char *figure);
double cells_max(const struct row *row, const char *side, const char *figure);

/* One cell each; a number that is not there is "-". */
void cells_rate(struct table *table, double per_second);
void cells_ns(struct table *table, double ns);
void cells_number(struct table *table, double value, int digits);

/* Several: the head of a table, what a comparison says, how a side waited. */
void cells_head(struct table *table, const char *const *names);
void cells_verdict(struct table *table, const struct row *row);
void cells_rate_and_wait(struct table *table, const struct row *row,
			 const char *side);

#endif /* BENCH_CELLS_H */
