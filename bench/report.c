/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of results, see report.h.
 */
#include "bench/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli.h"
#include "bench/format.h"
#include "bench/lock_ops.h"
#include "bench/markdown.h"
#include "bench/plot.h"

static void head(struct table *table, const char *const *names)
{
	for (; *names; names++)
		table_cell(table, "%s", *names);
}

static void verdict_cells(struct table *table, const struct row *row)
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

/* The pair that all of this is about. */
static bool is_main_pair(const struct row *row)
{
	return !strcmp(row->lock_a, "rl") && !strcmp(row->lock_b, "dio");
}

static void rate_cells(struct table *table, const struct row *row)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s",
		   format_rate(buf, row_median(row, "b.ops_per_s")));
	table_cell(table, "%s",
		   format_rate(buf, row_median(row, "a.ops_per_s")));
	verdict_cells(table, row);
}

/* The rows of the main pair, or those of all others. */
static void engine_rates(struct table *table, const struct rows *rows,
			 bool main_pair)
{
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row->engine || is_main_pair(row) != main_pair)
			continue;
		table_cell(table, "%s", row->label);
		if (!main_pair) {
			table_cell(table, "%s", format_lock(row->lock_b));
			table_cell(table, "%s", format_lock(row->lock_a));
		}
		rate_cells(table, row);
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
	head(table, names);
	engine_rates(table, rows, true);
}

/* The same of any other two designs. */
static void report_design_rates(struct table *table, const struct rows *rows)
{
	static const char *const names[] = {
		"mix", "B", "A", "B rate", "A rate", "A/B", "95 % CI",
		"A/A CI", "pairs", "dropped", "A is", NULL,
	};

	table_init(table, "lllrrrrrrrl");
	head(table, names);
	engine_rates(table, rows, false);
}

static void latency_cells(struct table *table, const struct row *row,
			  const char *prefix)
{
	static const char *const figures[] = { "p50_ns", "p99_ns", "max_ns" };
	char path[160], buf[FORMAT_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		double ns;

		snprintf(path, sizeof(path), "%s.%s", prefix, figures[i]);
		ns = i == 2 ? row_max(row, path) : row_median(row, path);
		table_cell(table, "%s", format_ns(buf, ns));
	}
}

static void class_row(struct table *table, const struct row *row,
		      const char *class)
{
	char a[96], b[96], path[128], buf[FORMAT_SIZE];

	snprintf(a, sizeof(a), "a.classes.%s", class);
	snprintf(b, sizeof(b), "b.classes.%s", class);
	table_cell(table, "%s", row->label);
	table_cell(table, "%s", class);
	snprintf(path, sizeof(path), "%s.ops_per_s", b);
	table_cell(table, "%s", format_rate(buf, row_median(row, path)));
	latency_cells(table, row, b);
	snprintf(path, sizeof(path), "%s.ops_per_s", a);
	table_cell(table, "%s", format_rate(buf, row_median(row, path)));
	latency_cells(table, row, a);
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
	const struct json *class;
	size_t i;

	table_init(table, "llrrrrrrrr");
	head(table, names);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row->engine || !is_main_pair(row))
			continue;
		class = json_find(row->line[0], "a.classes");
		for (class = class ? class->child : NULL; class;
		     class = class->next)
			class_row(table, row, class->key);
	}
}

/* One side of one class: tail, fairness and how many were inside. */
static void class_side_row(struct table *table, const struct row *row,
			   const char *side, const char *class)
{
	static const char *const tails[] = { "p50_ns", "p90_ns", "p99_ns",
					     "p999_ns", "p9999_ns" };
	char prefix[96], path[160], buf[FORMAT_SIZE];
	unsigned int i;

	snprintf(prefix, sizeof(prefix), "%s.classes.%s", side, class);
	table_cell(table, "%s", row->label);
	table_cell(table, "%s", class);
	table_cell(table, "%s",
		   format_lock(*side == 'a' ? row->lock_a :
						    row->lock_b));
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		snprintf(path, sizeof(path), "%s.%s", prefix, tails[i]);
		table_cell(table, "%s", format_ns(buf, row_median(row, path)));
	}
	snprintf(path, sizeof(path), "%s.max_ns", prefix);
	table_cell(table, "%s", format_ns(buf, row_max(row, path)));
	snprintf(path, sizeof(path), "%s.jain", prefix);
	table_cell(table, "%s", format_number(buf, row_median(row, path), 2));
	snprintf(path, sizeof(path), "%s.thread_min_per_s", prefix);
	table_cell(table, "%s", format_rate(buf, row_median(row, path)));
	snprintf(path, sizeof(path), "%s.thread_max_per_s", prefix);
	table_cell(table, "%s", format_rate(buf, row_median(row, path)));
	snprintf(path, sizeof(path), "%s.inside", prefix);
	table_cell(table, "%s", format_number(buf, row_median(row, path), 1));
	snprintf(path, sizeof(path), "%s.inside_max", prefix);
	table_cell(table, "%s", format_number(buf, row_max(row, path), 0));
}

/* The first runs knew no more than rate and latency of a class. */
static bool class_has_level(const struct json *class)
{
	return json_find(class, "inside");
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
	const struct json *class;
	size_t i;

	table_init(table, "lllrrrrrrrrrrr");
	head(table, names);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row->engine || !is_main_pair(row))
			continue;
		class = json_find(row->line[0], "a.classes");
		for (class = class ? class->child : NULL; class;
		     class = class->next) {
			if (!class_has_level(class))
				continue;
			class_side_row(table, row, "b", class->key);
			class_side_row(table, row, "a", class->key);
		}
	}
}

static bool is_pair(const struct row *row, const char *a, const char *b)
{
	return !row->engine && !strcmp(row->lock_a, a) &&
	       !strcmp(row->lock_b, b);
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
	char buf[FORMAT_SIZE];
	size_t i;

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
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!is_pair(row, lock_a, lock_b))
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%u", row->threads);
		table_cell(table, "%s",
			   format_ns(buf,
				     row_median(row, "b.core_ns_per_pair")));
		table_cell(table, "%s",
			   format_ns(buf,
				     row_median(row, "a.core_ns_per_pair")));
		verdict_cells(table, row);
	}
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
	static const char *const names[] = { "rate", "p50", "p99", "max",
					     "Jain", NULL };
	char buf[FORMAT_SIZE];
	size_t i;

	table_init(table, "lrrrrrrrrrrr");
	table_cell(table, "scenario");
	table_cell(table, "threads");
	table_cell(table, "%s rate", format_lock(lock_b));
	head(table, names + 1);
	table_cell(table, "%s rate", format_lock(lock_a));
	head(table, names + 1);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!is_pair(row, lock_a, lock_b))
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%u", row->threads);
		table_cell(table, "%s",
			   format_rate(buf, row_median(row, "b.ops_per_s")));
		latency_cells(table, row, "b");
		table_cell(table, "%s",
			   format_number(buf, row_median(row, "b.jain"), 2));
		table_cell(table, "%s",
			   format_rate(buf, row_median(row, "a.ops_per_s")));
		latency_cells(table, row, "a");
		table_cell(table, "%s",
			   format_number(buf, row_median(row, "a.jain"), 2));
	}
}

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
	static const char *const locks[] = { "rwsem", "tree", "rl", "spin",
					     "none" };
	char buf[FORMAT_SIZE];
	unsigned int i;

	table_cell(table, "%s", json_text(rl, "kernel"));
	table_cell(table, "%s", json_text(rl, "scenario"));
	table_cell(table, "%s", json_text(rl, "mode"));
	table_cell(table, "%.0f", json_value(rl, "held"));
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		const struct json *line = find_kernel(rows, rl, locks[i]);

		table_cell(table, "%s",
			   format_number(buf, line ? json_value(line, "value") :
						     NAN,
					 1));
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
		"kernel", "scenario", "mode", "held", "rwsem",	"tree",
		"range",  "spinlock", "loop", "unit", NULL,
	};
	size_t i;

	table_init(table, "lllrrrrrrl");
	head(table, names);
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
	head(table, names);
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
		table_cell(table, "%s", format_number(buf, base, 0));
		table_cell(table, "%s", format_number(buf, cost, 0));
		table_cell(table, "%s", format_ratio(buf, cost / base));
		table_cell(table, "%s", json_text(range, "metric"));
	}
}

/**
 * report_verdicts() - range against dio_sem, one line per comparison
 * @table: filled
 * @rows:  results
 * @wins:  those that range wins for certain, or all others
 */
void report_verdicts(struct table *table, const struct rows *rows, bool wins)
{
	static const char *const names[] = {
		"scenario", "threads", "compared", "range/dio_sem", "95 % CI",
		"A/A CI", "pairs",  "dropped", "range is", NULL,
	};
	size_t i;

	table_init(table, "lrlrrrrrl");
	head(table, names);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!is_main_pair(row) || row_a_is_better(row) != wins)
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%u", row->threads);
		table_cell(table, "%s",
			   row->engine ? "rate" : "cost of a pair");
		verdict_cells(table, row);
	}
}

static void print_titled(struct table *table, FILE *out, const char *format,
			 ...)
{
	va_list args;

	if (table_rows(table)) {
		fputc('\n', out);
		va_start(args, format);
		vfprintf(out, format, args);
		va_end(args);
		fputs("\n\n", out);
		table_print_text(table, out);
	}
	table_free(table);
}

/* Each pair of locks that has a lock scenario, in the order of the rows. */
static void print_pairs(const struct rows *rows, FILE *out)
{
	struct table table;
	size_t i, j;

	for (i = 0; i < rows->nr; i++) {
		const char *a = rows->row[i].lock_a, *b = rows->row[i].lock_b;

		if (rows->row[i].engine)
			continue;
		for (j = 0; j < i; j++)
			if (is_pair(&rows->row[j], a, b))
				break;
		if (j < i)
			continue;
		report_locks(&table, rows, a, b);
		print_titled(&table, out,
			     "Locks, nanoseconds of one core per pair: %s and "
			     "%s (ratio below 1: %s is cheaper)",
			     format_lock(b), format_lock(a),
			     format_lock(a));
		report_lock_latency(&table, rows, a, b);
		print_titled(&table, out,
			     "Locks, rate and wait of the sampled pairs: %s "
			     "and %s",
			     format_lock(b), format_lock(a));
	}
}

static void print_rows(struct rows *rows, FILE *out)
{
	struct table table;

	rows_pool(rows);
	print_pairs(rows, out);
	report_kernel(&table, rows);
	print_titled(&table, out,
		     "Kernel, per pair, one thread (insn_per_pair: "
		     "instructions of the emulated CPU, not time)");
	report_kernel_engine(&table, rows);
	print_titled(&table, out,
		     "Kernel, IO engine, per operation of the mix "
		     "(insn_per_op: instructions, not time)");
	report_engine_rates(&table, rows);
	print_titled(&table, out,
		     "IO engine, throughput (IO operations per second; ratio "
		     "above 1: range is faster)");
	report_design_rates(&table, rows);
	print_titled(&table, out,
		     "IO engine, throughput of other designs (ratio above 1: "
		     "A is faster)");
	report_engine_latency(&table, rows);
	print_titled(&table, out,
		     "IO engine, latency per class (submit to complete, closed "
		     "loop; b_open: from the arrival)");
	report_engine_classes(&table, rows);
	print_titled(&table, out,
		     "IO engine, each class on each side (inside: admitted and "
		     "not ended, mean and most at a time; of O_DSYNC the write "
		     "alone)");
}

/**
 * report_text() - tables of lines in memory
 * @lines: JSON lines
 * @out:   where to
 *
 * Return: enum cli_exit.
 */
int report_text(const char *lines, FILE *out)
{
	struct rows rows = { 0 };
	int err = rows_add_text(&rows, lines, "run");

	if (!err)
		print_rows(&rows, out);
	rows_free(&rows);
	return err ? CLI_FAILURE : CLI_OK;
}

static int report_files(const struct cli *cli)
{
	struct rows rows = { 0 };
	unsigned int i;
	int err = 0;

	if (!cli->nr_words)
		return cli_usage("report wants files with JSON lines");
	for (i = 0; i < cli->nr_words && !err; i++)
		err = rows_add_file(&rows, cli->words[i]);
	if (!err)
		print_rows(&rows, stdout);
	rows_free(&rows);
	return err ? CLI_FAILURE : CLI_OK;
}

/**
 * report_command() - `rlbench report`
 * @cli: command line
 *
 * Return: enum cli_exit.
 */
int report_command(const struct cli *cli)
{
	if (cli->check)
		return markdown_check(cli->check);
	if (cli->markdown && !*cli->markdown)
		return cli_usage("--markdown wants a value");
	if (cli->markdown)
		return markdown_write(cli->markdown, stdout);
	if (cli->plot)
		return plot_write(cli->plot, stdout);
	return report_files(cli);
}
