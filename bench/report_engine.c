/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of the IO engine, see report.h.
 */
#include "bench/report.h"

#include <stdio.h>

#include "bench/cells.h"
#include "bench/format.h"
#include "rl_env.h"

/* The rows of the main pair, or those of all others. */
static void engine_rates(struct table *table, const struct rows *rows,
			 bool main_pair)
{
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row->engine || row_is_main_pair(row) != main_pair)
			continue;
		table_cell(table, "%s", row->label);
		if (!main_pair) {
			table_cell(table, "%s", format_lock(row->lock_b));
			table_cell(table, "%s", format_lock(row->lock_a));
		}
		cells_rate(table, cells_median(row, "b", "ops_per_s"));
		cells_rate(table, cells_median(row, "a", "ops_per_s"));
		cells_verdict(table, row);
	}
}

/**
 * report_engine_rates() - throughput of the engine, dio_sem beside range
 * @table: filled
 * @rows:  results
 */
void report_engine_rates(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"mix",	 "dio_sem", "range",	"range/dio_sem", "95 % CI",
		"A/A CI", "pairs",  "dropped", "range is",	 NULL,
	};

	table_init(table, "lrrrrrrrl");
	cells_head(table, names);
	engine_rates(table, rows, true);
}

/**
 * report_design_rates() - throughput of the engine, any other two designs
 * @table: filled
 * @rows:  results
 */
void report_design_rates(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"mix", "B", "A", "B rate", "A rate", "A/B", "95 % CI",
		"A/A CI", "pairs", "dropped", "A is", NULL,
	};

	table_init(table, "lllrrrrrrrl");
	cells_head(table, names);
	engine_rates(table, rows, false);
}

/* A row or more for each class of operations of the main pair. */
static void class_rows(struct table *table, const struct rows *rows,
		       void (*add)(struct table *table, const struct row *row,
				   const struct json *class))
{
	const struct json *class;
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row->engine || !row_is_main_pair(row))
			continue;
		class = json_find(row->line[0], "a.classes");
		for (class = class ? class->child : NULL; class;
		     class = class->next)
			add(table, row, class);
	}
}

static void latency_row(struct table *table, const struct row *row,
			const struct json *class)
{
	char side[96];

	table_cell(table, "%s", row->label);
	table_cell(table, "%s", class->key);
	snprintf(side, sizeof(side), "b.classes.%s", class->key);
	cells_rate_and_wait(table, row, side);
	snprintf(side, sizeof(side), "a.classes.%s", class->key);
	cells_rate_and_wait(table, row, side);
}

/**
 * report_engine_latency() - latency of the engine, dio_sem beside range
 * @table: filled
 * @rows:  results
 */
void report_engine_latency(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"mix",	       "class",	      "dio_sem rate", "p50",
		"p99",	       "max",	      "range rate",   "p50",
		"p99",	       "max",	      NULL,
	};

	table_init(table, "llrrrrrrrr");
	cells_head(table, names);
	class_rows(table, rows, latency_row);
}

/* One side of one class: tail, fairness and how many were inside. */
static void side_row(struct table *table, const struct row *row,
		     const char *letter, const char *class)
{
	static const char *const tails[] = { "p50_ns", "p90_ns", "p99_ns",
					     "p999_ns", "p9999_ns" };
	char side[96];
	unsigned int i;

	snprintf(side, sizeof(side), "%s.classes.%s", letter, class);
	table_cell(table, "%s", row->label);
	table_cell(table, "%s", class);
	table_cell(table, "%s",
		   format_lock(*letter == 'a' ? row->lock_a : row->lock_b));
	for (i = 0; i < ARRAY_SIZE(tails); i++)
		cells_ns(table, cells_median(row, side, tails[i]));
	cells_ns(table, cells_max(row, side, "max_ns"));
	cells_number(table, cells_median(row, side, "jain"), 2);
	cells_rate(table, cells_median(row, side, "thread_min_per_s"));
	cells_rate(table, cells_median(row, side, "thread_max_per_s"));
	cells_number(table, cells_median(row, side, "inside"), 1);
	cells_number(table, cells_max(row, side, "inside_max"), 0);
}

static void both_sides(struct table *table, const struct row *row,
		       const struct json *class)
{
	/* the first runs knew no more than rate and latency of a class */
	if (!json_find(class, "inside"))
		return;
	side_row(table, row, "b", class->key);
	side_row(table, row, "a", class->key);
}

/**
 * report_engine_classes() - each class on each side: all percentiles, fairness
 *			     between its threads, how many were inside
 * @table: filled; empty for results of programs that did not measure it
 * @rows:  results
 */
void report_engine_classes(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"mix",	   "class",	 "design",     "p50",
		"p90",	   "p99",	 "p99.9",      "p99.99",
		"max",	   "Jain",	 "min thread", "max thread",
		"inside",  "inside max", NULL,
	};

	table_init(table, "lllrrrrrrrrrrr");
	cells_head(table, names);
	class_rows(table, rows, both_sides);
}
