// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Runs the schedules of tests/cases/race_*.c and prints what came of them: a
 * table of schedules and designs, and what there is to say about the cells.
 *
 *   races [--list] [--policy NAME] [--trace] [--markdown] [SCHEDULE]...
 *
 * Exit status: 0, 1 if a cell is not as expected, 2 for a bad command line.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "cases/race.h"
#include "options.h"

/**
 * struct options - the command line
 * @list:     print names instead of running
 * @trace:    print each step
 * @markdown: print the table in markdown
 * @policy:   the only policy, or RACE_POLICIES
 * @names:    the only schedules
 * @nr:       number of @names; 0 for all
 */
struct options {
	bool list;
	bool trace;
	bool markdown;
	u32 policy;
	char **names;
	int nr;
};

/**
 * struct line - a row of the table that has been run
 * @row:  schedule
 * @cell: its results
 */
struct line {
	const struct race_row *row;
	struct race_result cell[RACE_POLICIES];
};

static struct options options = { .policy = RACE_POLICIES };
static struct line *lines;
static size_t nr_lines;
static unsigned int passed, failed, skipped;

static void trace_line(const char *line)
{
	printf("    %s\n", line);
}

static bool is_selected(const char *name)
{
	int i;

	for (i = 0; i < options.nr; i++)
		if (!strcmp(options.names[i], name))
			return true;
	return !options.nr;
}

static bool wants_policy(u32 policy)
{
	return options.policy == RACE_POLICIES || options.policy == policy;
}

static void run_row(struct line *line)
{
	u32 policy;

	for (policy = 0; policy < RACE_POLICIES; policy++) {
		struct race_result *cell = &line->cell[policy];

		if (!wants_policy(policy))
			continue;
		if (options.trace && line->row->expect[policy].kind)
			printf("%s under %s\n", line->row->name,
			       race_policy_name(policy));
		race_cell(line->row, policy, NULL,
			  options.trace ? trace_line : NULL, cell);
		if (!cell->expected.kind)
			continue;
		if (!cell->passed)
			failed++;
		else if (cell->found.kind == RACE_KIND_SKIP)
			skipped++;
		else
			passed++;
	}
}

static void run_all(void)
{
	const struct race_row *const *table;
	const struct race_row *row;

	for (table = race_tables; *table; table++) {
		for (row = *table; row->name; row++) {
			if (!is_selected(row->name))
				continue;
			if (options.list) {
				printf("%-24s %s\n", row->name, row->title);
				nr_lines++;
				continue;
			}
			lines = realloc(lines, (nr_lines + 1) * sizeof(*lines));
			if (!lines)
				abort();
			memset(&lines[nr_lines], 0, sizeof(*lines));
			lines[nr_lines].row = row;
			run_row(&lines[nr_lines++]);
		}
	}
}

/* What stands in a cell; a failure shows what it should be. */
static const char *cell_text(const struct race_result *cell)
{
	static char text[80];
	size_t at;

	if (!cell->expected.kind)
		return "-";
	at = race_verdict_text(&cell->found, text, sizeof(text));
	if (!cell->passed) {
		at += scnprintf(text + at, sizeof(text) - at, " NOT ");
		race_verdict_text(&cell->expected, text + at,
				  sizeof(text) - at);
	}
	return text;
}

static size_t column_width(u32 policy)
{
	size_t i, width = strlen(race_policy_name(policy));

	for (i = 0; i < nr_lines; i++)
		width = max(width, strlen(cell_text(&lines[i].cell[policy])));
	return width;
}

static size_t name_width(void)
{
	size_t i, width = strlen("schedule");

	for (i = 0; i < nr_lines; i++)
		width = max(width, strlen(lines[i].row->name));
	return width;
}

static void print_field(const char *text, size_t width)
{
	printf(options.markdown ? "| %-*s " : "%-*s  ", (int)width, text);
}

static void end_line(void)
{
	puts(options.markdown ? "|" : "");
}

static void print_rule(size_t name, const size_t *width)
{
	u32 policy;

	print_field("---", name);
	for (policy = 0; policy < RACE_POLICIES; policy++)
		if (wants_policy(policy))
			print_field("---", width[policy]);
	end_line();
}

static void print_table(void)
{
	size_t i, name = name_width(), width[RACE_POLICIES];
	u32 policy;

	for (policy = 0; policy < RACE_POLICIES; policy++)
		width[policy] = column_width(policy);
	print_field("schedule", name);
	for (policy = 0; policy < RACE_POLICIES; policy++)
		if (wants_policy(policy))
			print_field(race_policy_name(policy), width[policy]);
	end_line();
	if (options.markdown)
		print_rule(name, width);
	for (i = 0; i < nr_lines; i++) {
		print_field(lines[i].row->name, name);
		for (policy = 0; policy < RACE_POLICIES; policy++)
			if (wants_policy(policy))
				print_field(cell_text(&lines[i].cell[policy]),
					    width[policy]);
		end_line();
	}
}

static void print_titles(void)
{
	size_t i, name = name_width();

	puts(options.markdown ? "\n```" : "");
	for (i = 0; i < nr_lines; i++)
		printf("%-*s  %s\n", (int)name, lines[i].row->name,
		       lines[i].row->title);
}

/* The text of a cell, each line behind the names of the cell. */
static void print_cell_text(const char *name, u32 policy, char *text)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("%s, %s: %s\n", name, race_policy_name(policy),
			       line);
}

static void print_details(void)
{
	size_t i;
	u32 policy;

	puts("");
	for (i = 0; i < nr_lines; i++)
		for (policy = 0; policy < RACE_POLICIES; policy++)
			if (lines[i].cell[policy].found.kind != RACE_KIND_SKIP)
				print_cell_text(lines[i].row->name, policy,
						lines[i].cell[policy].text);
}

static void print_legend(void)
{
	puts("\n"
	     "ok         the file is as it must be, and nobody had to wait\n"
	     "ok: X      the same; one task had to wait for X, which is the protection\n"
	     "CODE       what a checker found, after a crash if the schedule has one\n"
	     "DEADLOCK   tasks wait for each other in a cycle, see above\n"
	     "HANG       a task waits for what nobody will end\n"
	     "skip       the design is not there; -  the schedule is not for it\n"
	     "F, M, E, D ranges of file bytes, mapped bytes, extent lock, disk bytes");
	puts(options.markdown ? "```\n" : "");
}

static const char *policy_name(u32 i)
{
	return race_policy_name(i);
}

void usage(void)
{
	fputs("usage: races [--list] [--policy NAME] [--trace] [--markdown] [SCHEDULE]...\n",
	      stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list"))
			options.list = true;
		else if (!strcmp(argv[i], "--trace"))
			options.trace = true;
		else if (!strcmp(argv[i], "--markdown"))
			options.markdown = true;
		else if (!strcmp(argv[i], "--policy"))
			options.policy = option_name(argv[++i], policy_name,
						     RACE_POLICIES);
		else if (argv[i][0] == '-')
			usage();
		else
			break;
	}
	options.names = argv + i;
	options.nr = argc - i;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv);
	run_all();
	if (!nr_lines) {
		fputs("races: no schedule has that name\n", stderr);
		return 2;
	}
	if (options.list)
		return 0;
	if (options.trace)
		puts("");
	print_table();
	print_titles();
	print_details();
	print_legend();
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	free(lines);
	return failed != 0;
}
