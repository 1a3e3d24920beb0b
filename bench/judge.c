/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench targets`: measure what the targets need, or read it, and say for
 * each how far the lock is.
 */
#include "bench/targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/format.h"
#include "bench/json.h"
#include "bench/plan.h"
#include "bench/rows.h"
#include "bench/table.h"

/* What stands beside a target at most. */
#define MAX_FLOORS	6

/**
 * struct judgement - a target and what is known of it
 * @value:   figure, NAN if there is none
 * @lo:      lower bound of its interval, or itself
 * @hi:      upper bound
 * @verdict: in words
 * @reason:  why there is no figure, or no trust in it; else empty
 */
struct judgement {
	double value;
	double lo;
	double hi;
	const char *verdict;
	const char *reason;
};

static bool is_measured(const struct target *target)
{
	return target->figure == TARGET_RATIO ||
	       target->figure == TARGET_INVERSE ||
	       target->figure == TARGET_VALUE ||
	       target->figure == TARGET_QUOTIENT;
}

static bool is_wanted(const struct target *target, const char *filter)
{
	char words[512], *word, *save;

	if (!filter || label_matches(target->scenario, filter))
		return true;
	snprintf(words, sizeof(words), "%s", filter);
	for (word = strtok_r(words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		size_t len = strlen(word);

		if (!strncmp(target->id, word, len) &&
		    (!target->id[len] || target->id[len] == ' '))
			return true;
	}
	return false;
}

/* Why a target cannot be measured on this machine, or NULL. */
static const char *why_not_here(const struct target *target, unsigned int cpus)
{
	if (is_measured(target) && target->threads > 1 && cpus < 2)
		return "one CPU: nothing contends";
	return NULL;
}

static const struct json *find_line(struct json *const *lines, size_t nr,
				    const char *scenario, const char *mode,
				    const char *lock, unsigned int held)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(json_text(lines[i], "scenario"), scenario) &&
		    !strcmp(json_text(lines[i], "lock"), lock) &&
		    !strcmp(json_text(lines[i], "mode"), mode) &&
		    json_value(lines[i], "held") == held)
			return lines[i];
	return NULL;
}

/* The newest kernel is the one that the targets speak of. */
static double kernel_value(const struct rows *rows,
			   const struct target *target, const char **reason)
{
	const struct json *line;
	char scenario[96], *mode;

	snprintf(scenario, sizeof(scenario), "%s", target->scenario);
	mode = strchr(scenario, '/');
	*mode++ = '\0';
	line = find_line(rows->kernel, rows->nr_kernel, scenario, mode,
			 target->a, target->threads);
	if (!line) {
		*reason = "wants the lines of bench/kernel.sh";
		return NAN;
	}
	if (strcmp(json_text(line, "metric"), "insn_per_pair")) {
		*reason = "the kernel side was timed, not counted";
		return NAN;
	}
	return json_value(line, "value");
}

/* Exact: what one pair does, by a build that counts it. */
static double count_value(const struct rows *rows, const struct target *target,
			  const char **reason)
{
	const struct json *line = find_line(rows->count, rows->nr_count,
					    target->scenario, "", target->a,
					    target->threads);

	if (!line) {
		*reason = "wants the lines of build/count/rlcount";
		return NAN;
	}
	if (isnan(json_value(line, target->path)))
		*reason = "its line has no such figure";
	return json_value(line, target->path);
}

static double row_quotient(const struct row *row, const char *path)
{
	char a[96], b[96];

	snprintf(a, sizeof(a), "a.%s", path);
	snprintf(b, sizeof(b), "b.%s", path);
	return row_median(row, a) / row_median(row, b);
}

static void judge_row(struct judgement *j, const struct target *target,
		      const struct row *row)
{
	if (!row) {
		j->reason = "not in this run";
		return;
	}
	if (target->path) {
		j->value = target->figure == TARGET_QUOTIENT ?
				   row_quotient(row, target->path) :
				   row_median(row, target->path);
		if (isnan(j->value))
			j->reason = "its line has no such figure";
		return;
	}
	j->value = row->ratio.median;
	j->lo = row->ratio.lo;
	j->hi = row->ratio.hi;
	if (target->figure == TARGET_INVERSE) {
		j->value = 1 / j->value;
		j->lo = 1 / row->ratio.hi;
		j->hi = 1 / row->ratio.lo;
	}
	if (row->verdict == STATS_UNTRUSTED)
		j->reason = "A/A control failed or too many pairs dropped";
}

static void take_figure(struct judgement *j, const struct target *target,
			const struct rows *rows)
{
	const struct lock_ops *ops = lock_ops_find(target->a);

	j->value = j->lo = j->hi = NAN;
	switch (target->figure) {
	case TARGET_RATIO:
	case TARGET_INVERSE:
	case TARGET_VALUE:
	case TARGET_QUOTIENT:
		judge_row(j, target,
			  rows_find(rows, target->scenario, target->threads,
				    target->a, target->b));
		return;
	case TARGET_LOCK_BYTES:
		j->value = (double)ops->size;
		return;
	case TARGET_REQ_BYTES:
		j->value = (double)ops->req_size;
		return;
	case TARGET_KERNEL:
		j->value = kernel_value(rows, target, &j->reason);
		return;
	case TARGET_COUNT:
		j->value = count_value(rows, target, &j->reason);
		return;
	}
}

/*
 * A target is reached or missed when all of the interval says so; without an
 * interval the figure is exact.
 */
static const char *verdict_of(const struct judgement *j,
			      const struct target *target)
{
	double lo = isnan(j->lo) ? j->value : j->lo;
	double hi = isnan(j->hi) ? j->value : j->hi;

	if (isnan(j->value))
		return "not measurable here";
	if (*j->reason)
		return "UNTRUSTED";
	if (isnan(target->must))
		return "counted";
	if (hi <= target->stretch)
		return "stretch";
	if (hi <= target->must)
		return "reached";
	return lo > target->must ? "missed" : "undecided";
}

static void judge(struct judgement *j, const struct target *target,
		  const struct rows *rows, unsigned int cpus)
{
	const char *why = why_not_here(target, cpus);

	*j = (struct judgement){ .reason = "" };
	take_figure(j, target, rows);
	if (isnan(j->value) && why)
		j->reason = why;
	j->verdict = verdict_of(j, target);
}

/* Figures of the floors of a target, in the order of the table; how many. */
static unsigned int floors_of(const struct target *target,
			      const struct rows *rows, unsigned int cpus,
			      double floor[MAX_FLOORS])
{
	struct judgement j;
	unsigned int i, nr = 0;

	for (i = 0; i < targets_nr && nr < MAX_FLOORS; i++) {
		const struct target *of = &targets[i];

		if (!of->floor_of || of->threads != target->threads ||
		    strcmp(of->floor_of, target->scenario) || target->floor_of)
			continue;
		judge(&j, of, rows, cpus);
		if (!isnan(j.value))
			floor[nr++] = j.value;
	}
	return nr;
}

static void write_target(const struct target *target,
			 const struct judgement *j, const double *floor,
			 unsigned int nr_floors)
{
	static const char *const figure[] = {
		[TARGET_RATIO] = "ratio",
		[TARGET_INVERSE] = "inverse",
		[TARGET_VALUE] = "value",
		[TARGET_QUOTIENT] = "quotient",
		[TARGET_LOCK_BYTES] = "bytes",
		[TARGET_REQ_BYTES] = "bytes",
		[TARGET_KERNEL] = "insn_per_pair",
		[TARGET_COUNT] = "count",
	};
	struct json_writer w = { .out = stdout };
	unsigned int i;

	json_open(&w, NULL, '{');
	json_string(&w, "target", target->id);
	json_string(&w, "what", target->what);
	json_string(&w, "scenario", target->scenario);
	json_integer(&w, is_measured(target) ? "threads" : "held",
		     target->threads);
	json_string(&w, "lock_a", target->a);
	json_string(&w, "lock_b", target->b);
	json_string(&w, "figure", figure[target->figure]);
	json_number(&w, "value", j->value, 4);
	json_number(&w, "ci_lo", j->lo, 4);
	json_number(&w, "ci_hi", j->hi, 4);
	json_number(&w, "must", target->must, 4);
	json_number(&w, "stretch", target->stretch, 4);
	json_open(&w, "floors", '[');
	for (i = 0; i < nr_floors; i++)
		json_number(&w, NULL, floor[i], 4);
	json_close(&w, ']');
	json_string(&w, "verdict", j->verdict);
	json_string(&w, "reason", j->reason);
	json_close(&w, '}');
	putchar('\n');
}

static void limit_cell(struct table *table, double limit)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s",
		   format_number(buf, limit, limit < 10 ? 2 : 0));
}

static void floor_cell(struct table *table, const double *floor,
		       unsigned int nr)
{
	char text[MAX_FLOORS * FORMAT_SIZE] = "", buf[FORMAT_SIZE];
	unsigned int i;

	for (i = 0; i < nr; i++)
		snprintf(text + strlen(text), FORMAT_SIZE, "%s%s",
			 i ? " " : "", format_ratio(buf, floor[i]));
	table_cell(table, "%s", nr ? text : "-");
}

static void target_row(struct table *table, const struct target *target,
		       const struct judgement *j, const double *floor,
		       unsigned int nr_floors)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", target->id);
	table_cell(table, "%s", target->what);
	table_cell(table, "%s", target->scenario);
	table_cell(table, "%u", target->threads);
	table_cell(table, "%s", target->a);
	table_cell(table, "%s", target->b ? target->b : "-");
	table_cell(table, "%s", format_ratio(buf, j->value));
	table_cell(table, "%s", format_interval(buf, j->lo, j->hi));
	floor_cell(table, floor, nr_floors);
	limit_cell(table, target->must);
	limit_cell(table, target->stretch);
	table_cell(table, "%s%s%s", j->verdict, *j->reason ? ": " : "",
		   j->reason);
}

static void print_targets(const struct cli *cli, const struct rows *rows,
			  unsigned int cpus)
{
	static const char *const names[] = {
		"target", "what", "scenario", "t/held", "lock", "over",
		"measured", "95 % CI", "floors", "must", "stretch", "verdict",
		NULL,
	};
	double floor[MAX_FLOORS];
	struct judgement j;
	struct table table;
	unsigned int i, nr;

	table_init(&table, "lllrllrrrrrl");
	for (i = 0; names[i]; i++)
		table_cell(&table, "%s", names[i]);
	for (i = 0; i < targets_nr; i++) {
		if (!is_wanted(&targets[i], cli->filter))
			continue;
		judge(&j, &targets[i], rows, cpus);
		nr = floors_of(&targets[i], rows, cpus, floor);
		if (cli->json)
			write_target(&targets[i], &j, floor, nr);
		else
			target_row(&table, &targets[i], &j, floor, nr);
	}
	if (!cli->json)
		table_print_text(&table, stdout);
	table_free(&table);
}

static void plan_targets(struct plan *plan, const char *filter)
{
	unsigned int i;

	for (i = 0; i < targets_nr; i++)
		if (is_measured(&targets[i]) &&
		    is_wanted(&targets[i], filter) &&
		    !why_not_here(&targets[i], plan_cpus(plan)))
			plan_cell(plan, scenario_find(targets[i].scenario),
				  targets[i].threads,
				  lock_ops_find(targets[i].a),
				  lock_ops_find(targets[i].b));
}

static int judge_measured(const struct cli *cli)
{
	struct plan *plan = plan_create(cli, false);
	struct rows rows = { 0 };
	char *text = NULL;
	int err = CLI_OK;

	plan_targets(plan, cli->filter);
	if (plan_cells(plan))
		err = plan_run(plan, &text);
	if (!err && text && rows_add_text(&rows, text, "run"))
		err = CLI_FAILURE;
	rows_pool(&rows);
	if (!err) {
		print_targets(cli, &rows, plan_cpus(plan));
		err = plan_trust(plan);
	}
	free(text);
	rows_free(&rows);
	plan_delete(plan);
	return err;
}

static int judge_files(const struct cli *cli)
{
	struct rows rows = { 0 };
	unsigned int i;
	int err = 0;

	if (cli->out)
		return cli_usage("--out is for a run, and there are files "
				 "to read");
	for (i = 0; i < cli->nr_words && !err; i++)
		err = rows_add_file(&rows, cli->words[i]);
	rows_pool(&rows);
	if (!err)
		print_targets(cli, &rows, 2);
	rows_free(&rows);
	return err ? CLI_FAILURE : CLI_OK;
}

/**
 * targets_command() - `rlbench targets`
 * @cli: command line; its words are files with JSON lines to judge instead of a
 *       run
 *
 * Return: enum cli_exit; a target that is missed is no failure.
 */
int targets_command(const struct cli *cli)
{
	unsigned int i;

	if (cli->nr_threads)
		return cli_usage("targets have numbers of threads of their "
				 "own");
	for (i = 0; i < targets_nr; i++)
		if (is_wanted(&targets[i], cli->filter))
			break;
	if (i == targets_nr)
		return cli_usage("no target fits '%s'; there are T1 to T18, "
				 "lines, and their scenarios",
				 cli->filter);
	return cli->nr_words ? judge_files(cli) : judge_measured(cli);
}
