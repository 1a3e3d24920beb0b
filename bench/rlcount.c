/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * rlcount: what a pair does to memory, by construction and not by time, so that
 * it means as much for 128 cores as on a machine with two: cache lines written,
 * lines that two threads on disjoint ranges disturb each other on, locked
 * instructions, the longest section under a lock, allocations.
 *
 *   rlcount [--json] [LOCK...]
 *
 * Linked from the build that counts, see count.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count_scenarios.h"
#include "bench/count_stats.h"
#include "bench/json.h"
#include "bench/table.h"

enum { EXIT_USAGE = 2 };

static const char *const heads[] = {
	"scenario", "lock", "mode", "held", "accesses", "locked", "fences",
	"lines touched", "written", "shared", "shared max", "section",
	"allocs", "bytes left", NULL,
};

static void print_row(struct table *table, const struct count_row *row)
{
	table_cell(table, "%s", row->scenario);
	table_cell(table, "%s", row->lock);
	table_cell(table, "%s", row->exclusive ? "excl" : "shared");
	table_cell(table, "%u", row->held);
	table_cell(table, "%.0f", row->accesses);
	table_cell(table, "%.0f", row->locked);
	table_cell(table, "%.0f", row->fences);
	table_cell(table, "%.0f", row->touched);
	table_cell(table, "%.0f", row->written);
	table_cell(table, row->two ? "%.0f" : "-", row->shared);
	table_cell(table, row->two ? "%.0f" : "-", row->shared_max);
	table_cell(table, "%.0f", row->section);
	table_cell(table, "%.0f", row->allocations);
	table_cell(table, row->calm ? "%.0f" : "-", row->bytes);
}

static void write_stats(struct json_writer *w,
			const struct rangelock_stats *stats)
{
	unsigned int i;

	if (!stats)
		return;
	json_open(w, "counters", '{');
	for (i = 0; i < count_stats_nr; i++)
		json_integer(w, count_stats[i].name, count_stat_read(stats, i));
	json_close(w, '}');
}

static void write_row(const struct count_row *row)
{
	struct json_writer w = { .out = stdout };

	json_open(&w, NULL, '{');
	json_string(&w, "side", "count");
	json_string(&w, "scenario", row->scenario);
	json_string(&w, "lock", row->lock);
	json_bool(&w, "exclusive", row->exclusive);
	json_integer(&w, "held", row->held);
	json_number(&w, "accesses", row->accesses, 1);
	json_number(&w, "locked", row->locked, 1);
	json_number(&w, "fences", row->fences, 1);
	json_number(&w, "lines_touched", row->touched, 1);
	json_number(&w, "lines_written", row->written, 1);
	if (row->two) {
		json_number(&w, "shared_lines", row->shared, 1);
		json_number(&w, "shared_lines_mean", row->shared_mean, 3);
		json_number(&w, "shared_lines_max", row->shared_max, 0);
	}
	json_number(&w, "section", row->section, 0);
	json_number(&w, "allocations", row->allocations, 0);
	if (row->calm)
		json_number(&w, "bytes_left", row->bytes, 0);
	write_stats(&w, row->stats);
	json_close(&w, '}');
	putchar('\n');
}

/**
 * struct output - where rows go
 * @json:  as lines
 * @table: otherwise
 * @stats: counters, below the table
 */
struct output {
	bool json;
	struct table table;
	struct table stats;
};

static void print_stats(struct table *table, const struct count_row *row)
{
	unsigned int i;

	for (i = 0; i < count_stats_nr; i++) {
		table_cell(table, "%s", row->lock);
		table_cell(table, "%s", count_stats[i].name);
		table_cell(table, "%llu", count_stat_read(row->stats, i));
	}
}

static void emit(void *arg, const struct count_row *row)
{
	struct output *output = arg;

	if (output->json)
		write_row(row);
	else
		print_row(&output->table, row);
	if (!output->json && row->stats)
		print_stats(&output->stats, row);
}

static int complain(const char *what, const char *word)
{
	fprintf(stderr,
		"rlcount: %s '%s'\nusage: rlcount [--json] [LOCK...]\n", what,
		word);
	return EXIT_USAGE;
}

static void count_lock(struct output *output, const struct lock_ops *ops)
{
	const char *why = count_scenarios(ops, emit, output);

	if (why)
		fprintf(stderr, "skip %s: %s\n", ops->name, why);
}

int main(int argc, char **argv)
{
	const struct lock_ops *named[32];
	struct output output = { .json = false };
	unsigned int i, nr = 0;

	for (i = 1; i < (unsigned int)argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			output.json = true;
			continue;
		}
		if (argv[i][0] == '-')
			return complain("no option is called", argv[i]);
		if (nr == ARRAY_SIZE(named))
			return complain("too many locks before", argv[i]);
		named[nr] = lock_ops_find(argv[i]);
		if (!named[nr] || !named[nr]->acquire)
			return complain("no lock is called", argv[i]);
		nr++;
	}
	table_init(&output.table, "lllrrrrrrrrrrr");
	for (i = 0; heads[i]; i++)
		table_cell(&output.table, "%s", heads[i]);
	table_init(&output.stats, "llr");
	table_cell(&output.stats, "c_stats");
	table_cell(&output.stats, "counter");
	table_cell(&output.stats, "value");
	for (i = 0; i < nr; i++)
		count_lock(&output, named[i]);
	for (i = 0; !nr && i < lock_ops_nr; i++)
		if (!(lock_ops_all[i]->properties & LOCK_BUSTED))
			count_lock(&output, lock_ops_all[i]);
	if (!output.json)
		table_print_text(&output.table, stdout);
	if (table_rows(&output.stats)) {
		putchar('\n');
		table_print_text(&output.stats, stdout);
	}
	table_free(&output.table);
	table_free(&output.stats);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
