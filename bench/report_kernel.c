/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of the kernel side, see report.h.
 */
#include "bench/report.h"

#include <math.h>
#include <string.h>

#include "bench/cells.h"
#include "bench/format.h"
#include "rl_env.h"

static const struct json *find_kernel(const struct rows *rows,
				      const struct json *like,
				      const char *lock)
{
	static const char *const same[] = { "kernel", "scenario", "mode",
					    "metric" };
	unsigned int k;
	size_t i;

	for (i = 0; i < rows->nr_kernel; i++) {
		const struct json *line = rows->kernel[i];

		if (strcmp(json_text(line, "lock"), lock) ||
		    json_value(line, "held") != json_value(like, "held"))
			continue;
		for (k = 0; k < ARRAY_SIZE(same); k++)
			if (strcmp(json_text(line, same[k]),
				   json_text(like, same[k])))
				break;
		if (k == ARRAY_SIZE(same))
			return line;
	}
	return NULL;
}

static void kernel_row(struct table *table, const struct rows *rows,
		       const struct json *rl)
{
	static const char *const locks[] = { "rwsem", "percpu", "tree", "rl",
					     "spin", "none" };
	unsigned int i;

	table_cell(table, "%s", json_text(rl, "kernel"));
	table_cell(table, "%s", json_text(rl, "scenario"));
	table_cell(table, "%s", json_text(rl, "mode"));
	table_cell(table, "%.0f", json_value(rl, "held"));
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		const struct json *line = find_kernel(rows, rl, locks[i]);

		cells_number(table, line ? json_value(line, "value") : NAN, 1);
	}
	table_cell(table, "%s", json_text(rl, "metric"));
}

/**
 * report_kernel() - the kernel side, one column per lock
 * @table: filled
 * @rows:  results
 */
void report_kernel(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"kernel", "scenario", "mode", "held", "rwsem", "percpu-rwsem",
		"tree", "range", "spinlock", "loop", "unit", NULL,
	};
	size_t i;

	table_init(table, "lllrrrrrrrl");
	cells_head(table, names);
	for (i = 0; i < rows->nr_kernel; i++)
		if (!strcmp(json_text(rows->kernel[i], "lock"), "rl"))
			kernel_row(table, rows, rows->kernel[i]);
}

/**
 * report_kernel_engine() - the engine in the kernel, dio_sem beside range
 * @table: filled
 * @rows:  results
 */
void report_kernel_engine(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"kernel", "mix", "dio_sem", "range", "range/dio_sem", "unit",
		NULL,
	};
	char buf[FORMAT_SIZE];
	size_t i;

	table_init(table, "llrrrl");
	cells_head(table, names);
	for (i = 0; i < rows->nr_kernel; i++) {
		const struct json *range = rows->kernel[i], *dio;
		double cost = json_value(range, "value"), base = NAN;

		if (strcmp(json_text(range, "lock"), "range"))
			continue;
		dio = find_kernel(rows, range, "dio_sem");
		if (dio)
			base = json_value(dio, "value");
		table_cell(table, "%s", json_text(range, "kernel"));
		table_cell(table, "%s", json_text(range, "scenario"));
		cells_number(table, base, 0);
		cells_number(table, cost, 0);
		table_cell(table, "%s", format_ratio(buf, cost / base));
		table_cell(table, "%s", json_text(range, "metric"));
	}
}
