/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tables of results: the verdicts, and all of them as text; see report.h.
 */
#include "bench/report.h"

#include <stdio.h>
#include <string.h>

#include "bench/cells.h"
#include "bench/cli.h"
#include "bench/format.h"
#include "bench/html.h"
#include "bench/markdown.h"
#include "bench/plot.h"

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
	cells_head(table, names);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!row_is_main_pair(row) || row_a_is_better(row) != wins)
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%u", row->threads);
		table_cell(table, "%s",
			   row->engine ? "rate" : "cost of a pair");
		cells_verdict(table, row);
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
			if (report_has_pair(&rows->row[j], a, b))
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
		     "loop; b_open and traces with a speed: from the "
		     "arrival)");
	report_replay(&table, rows);
	print_titled(&table, out,
		     "Recorded programs in logical time, response (not time of "
		     "this machine)");
	report_engine_classes(&table, rows);
	print_titled(&table, out,
		     "IO engine, each class on each side (inside: admitted and "
		     "not ended, mean and most at a time; of O_DSYNC the write "
		     "alone)");
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len >= tail && !strcmp(name + len - tail, suffix);
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
	if (cli->check && has_suffix(cli->check, ".html"))
		return html_check(cli->check);
	if (cli->check)
		return markdown_check(cli->check);
	if (cli->markdown && !*cli->markdown)
		return cli_usage("--markdown wants a value");
	if (cli->markdown)
		return markdown_write(cli->markdown, stdout);
	if (cli->html)
		return html_write(cli->html, stdout);
	if (cli->plot)
		return plot_write(cli->plot, stdout);
	return report_files(cli);
}
