/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of locks side by side, see report.h.
 */
#include "bench/report.h"

#include <string.h>

#include "bench/cells.h"
#include "bench/format.h"

/**
 * report_has_pair() - whether a row compares two locks, by themselves
 * @row:    comparison
 * @lock_a: word of A
 * @lock_b: word of B
 *
 * Return: false for mixes of the engine, too.
 */
bool report_has_pair(const struct row *row, const char *lock_a,
		     const char *lock_b)
{
	return !row->engine && !strcmp(row->lock_a, lock_a) &&
	       !strcmp(row->lock_b, lock_b);
}

/* A row for each scenario of two locks. */
static void pair_rows(struct table *table, const struct rows *rows,
		      const char *lock_a, const char *lock_b,
		      void (*add)(struct table *table, const struct row *row))
{
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!report_has_pair(row, lock_a, lock_b))
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%u", row->threads);
		add(table, row);
	}
}

static void cost_cells(struct table *table, const struct row *row)
{
	cells_ns(table, cells_median(row, "b", "core_ns_per_pair"));
	cells_ns(table, cells_median(row, "a", "core_ns_per_pair"));
	cells_verdict(table, row);
}

/**
 * report_locks() - cost of two locks side by side
 * @table:  filled
 * @rows:   results
 * @lock_a: word of A
 * @lock_b: word of B
 */
void report_locks(struct table *table, const struct rows *rows,
		  const char *lock_a, const char *lock_b)
{
	table_init(table, "lrrrrrrrrl");
	table_cell(table, "scenario");
	table_cell(table, "threads");
	table_cell(table, "%s", format_lock(lock_b));
	table_cell(table, "%s", format_lock(lock_a));
	table_cell(table, "%s/%s", format_lock(lock_a),
		   format_lock(lock_b));
	table_cell(table, "95 %% CI");
	table_cell(table, "A/A CI");
	table_cell(table, "pairs");
	table_cell(table, "dropped");
	table_cell(table, "%s is", format_lock(lock_a));
	pair_rows(table, rows, lock_a, lock_b, cost_cells);
}

static void wait_cells(struct table *table, const struct row *row)
{
	cells_rate_and_wait(table, row, "b");
	cells_number(table, cells_median(row, "b", "jain"), 2);
	cells_rate_and_wait(table, row, "a");
	cells_number(table, cells_median(row, "a", "jain"), 2);
}

/**
 * report_lock_latency() - waits and fairness of two locks side by side
 * @table:  filled
 * @rows:   results
 * @lock_a: word of A
 * @lock_b: word of B
 */
void report_lock_latency(struct table *table, const struct rows *rows,
			 const char *lock_a, const char *lock_b)
{
	static const char *const names[] = { "p50", "p99", "max", "Jain", NULL };

	table_init(table, "lrrrrrrrrrrr");
	table_cell(table, "scenario");
	table_cell(table, "threads");
	table_cell(table, "%s rate", format_lock(lock_b));
	cells_head(table, names);
	table_cell(table, "%s rate", format_lock(lock_a));
	cells_head(table, names);
	pair_rows(table, rows, lock_a, lock_b, wait_cells);
}
