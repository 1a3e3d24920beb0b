/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Table of traces in logical time, see report.h.
 */
#include "bench/report.h"

#include <math.h>
#include <string.h>

#include "bench/cells.h"
#include "bench/format.h"

static bool is_same(const struct json *a, const struct json *b)
{
	return !strcmp(json_text(a, "trace"), json_text(b, "trace")) &&
	       json_value(a, "speed") == json_value(b, "speed");
}

static const struct json *find_range(const struct rows *rows,
				     const struct json *dio)
{
	size_t i;

	for (i = 0; i < rows->nr_replay; i++)
		if (is_same(rows->replay[i], dio) &&
		    !strcmp(json_text(rows->replay[i], "design"), "range"))
			return rows->replay[i];
	return NULL;
}

static double mean(const struct json *class)
{
	return json_value(class, "response_ns") / json_value(class, "ops");
}

static void add_class(struct table *table, const struct json *line,
		      const struct json *dio, const struct json *range)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", json_text(line, "trace"));
	table_cell(table, "%.0f", json_value(line, "speed"));
	table_cell(table, "%s", dio->key);
	table_cell(table, "%.0f", json_value(dio, "ops"));
	cells_ns(table, mean(dio));
	cells_ns(table, mean(range));
	table_cell(table, "%s", format_ratio(buf, mean(range) / mean(dio)));
	cells_ns(table, json_value(dio, "response_p99_ns"));
	cells_ns(table, json_value(range, "response_p99_ns"));
	cells_ns(table, json_value(dio, "response_max_ns"));
	cells_ns(table, json_value(range, "response_max_ns"));
}

/**
 * report_replay() - traces in logical time, dio_sem beside range
 * @table: filled
 * @rows:  results
 */
void report_replay(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"trace", "speed", "class", "ops", "dio_sem mean", "range mean",
		"range/dio_sem", "dio_sem p99", "range p99", "dio_sem max",
		"range max", NULL,
	};
	const struct json *classes, *dio, *range;
	char path[64];
	size_t i;

	table_init(table, "lrlrrrrrrrr");
	cells_head(table, names);
	for (i = 0; i < rows->nr_replay; i++) {
		const struct json *line = rows->replay[i];
		const struct json *other = find_range(rows, line);

		if (strcmp(json_text(line, "design"), "dio_sem") || !other)
			continue;
		classes = json_find(line, "classes");
		for (dio = classes ? classes->child : NULL; dio;
		     dio = dio->next) {
			snprintf(path, sizeof(path), "classes.%s", dio->key);
			range = json_find(other, path);
			if (range && json_value(dio, "response_ns") > 0)
				add_class(table, line, dio, range);
		}
	}
}

/* What both designs have of a figure, and nothing where there is none. */
static void add_figure(struct table *table, const struct json *dio,
		       const struct json *range, const char *path)
{
	table_cell(table, "%.0f", json_value(dio, path));
	table_cell(table, "%.0f", json_value(range, path));
}

/**
 * report_replay_wakeups() - locks and wake-ups of the same
 * @table: filled
 * @rows:  results
 */
void report_replay_wakeups(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"trace", "speed", "dio_sem releases", "range releases",
		"dio_sem wake-ups", "range wake-ups", "dio_sem inside",
		"range inside", "dio_sem makespan", "range makespan", NULL,
	};
	size_t i;

	table_init(table, "lrrrrrrrrr");
	cells_head(table, names);
	for (i = 0; i < rows->nr_replay; i++) {
		const struct json *dio = rows->replay[i];
		const struct json *range = find_range(rows, dio);

		if (strcmp(json_text(dio, "design"), "dio_sem") || !range ||
		    !json_find(dio, "wakeups") || !json_find(range, "wakeups"))
			continue;
		table_cell(table, "%s", json_text(dio, "trace"));
		table_cell(table, "%.0f", json_value(dio, "speed"));
		add_figure(table, dio, range, "releases");
		add_figure(table, dio, range, "wakeups");
		cells_number(table,
			     json_value(dio, "inside_mean_permille") / 1000, 2);
		cells_number(table,
			     json_value(range, "inside_mean_permille") / 1000,
			     2);
		cells_ns(table, json_value(dio, "makespan_ns"));
		cells_ns(table, json_value(range, "makespan_ns"));
	}
}
