/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cells that more than one table has, see cells.h.
 */
#include "bench/cells.h"

#include <stdio.h>

#include "bench/format.h"

typedef double (*figure_fn)(const struct row *row, const char *path);

static double figure_of(const struct row *row, const char *side,
			const char *figure, figure_fn fn)
{
	char path[160];

	snprintf(path, sizeof(path), "%s.%s", side, figure);
	return fn(row, path);
}

double cells_median(const struct row *row, const char *side,
		    const char *figure)
{
	return figure_of(row, side, figure, row_median);
}

double cells_max(const struct row *row, const char *side, const char *figure)
{
	return figure_of(row, side, figure, row_max);
}

void cells_rate(struct table *table, double per_second)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", format_rate(buf, per_second));
}

void cells_ns(struct table *table, double ns)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", format_ns(buf, ns));
}

void cells_number(struct table *table, double value, int digits)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", format_number(buf, value, digits));
}

/**
 * cells_head() - the head of a table, or a part of it
 * @table: of table_init()
 * @names: of columns; NULL ends them
 */
void cells_head(struct table *table, const char *const *names)
{
	for (; *names; names++)
		table_cell(table, "%s", *names);
}

/**
 * cells_verdict() - ratio, its interval, that of A/A, pairs, dropped, verdict
 * @table: of table_init()
 * @row:   comparison
 */
void cells_verdict(struct table *table, const struct row *row)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", format_ratio(buf, row->ratio.median));
	table_cell(table, "%s",
		   format_interval(buf, row->ratio.lo, row->ratio.hi));
	table_cell(table, "%s",
		   format_interval(buf, row->aa.lo, row->aa.hi));
	table_cell(table, "%u", row->ratio.n);
	table_cell(table, "%u", row->dropped);
	table_cell(table, "%s", stats_verdict_name(row->verdict));
}

/**
 * cells_rate_and_wait() - rate, and p50, p99 and maximum of the wait
 * @table: of table_init()
 * @row:   comparison
 * @side:  of the row
 */
void cells_rate_and_wait(struct table *table, const struct row *row,
			 const char *side)
{
	cells_rate(table, cells_median(row, side, "ops_per_s"));
	cells_ns(table, cells_median(row, side, "p50_ns"));
	cells_ns(table, cells_median(row, side, "p99_ns"));
	cells_ns(table, cells_max(row, side, "max_ns"));
}
