/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `rlbench replay`: traces in logical time under the designs, as tables or JSON.
 */
#include "bench/replay.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench/format.h"
#include "bench/json.h"
#include "bench/table.h"

#define DEVICE_NS	200000ull
/* A p99 of fewer operations is their maximum. */
#define P99_LEAST	100
/* Cells that are about all classes. */
#define WHOLE_CELLS	5

/* What one line of JSON or one table is about. */
struct about {
	const char *name;
	const struct trace *trace;
	struct replay_params params;
};

static bool is_wanted(const struct cli *cli, enum iopath_design design)
{
	if (!iopath_design_is_offered(design))
		return false;
	if (cli->filter)
		return label_matches(iopath_design_name(design), cli->filter);
	return design == IOPATH_DIO_SEM || design == IOPATH_RANGE;
}

static void write_class(struct json_writer *w, u32 class,
			const struct replay_class *cl)
{
	json_open(w, iopath_load_class_name(class), '{');
	json_integer(w, "ops", cl->ops);
	json_integer(w, "waited", cl->waited);
	json_integer(w, "wait_ns", cl->wait_ns);
	json_integer(w, "wait_max_ns", cl->wait_max_ns);
	json_integer(w, "response_ns", cl->response_ns);
	json_integer(w, "response_p99_ns", cl->response_p99_ns);
	json_integer(w, "response_max_ns", cl->response_max_ns);
	json_close(w, '}');
}

static void write_json(const struct about *about,
		       const struct replay_result *result)
{
	struct json_writer w = { .out = stdout };
	u32 class, i;

	json_open(&w, NULL, '{');
	json_string(&w, "side", "replay");
	json_string(&w, "trace", about->name);
	json_integer(&w, "speed", about->params.speed);
	json_integer(&w, "device_ns", about->params.device_ns);
	json_string(&w, "design", iopath_design_name(about->params.design));
	json_integer(&w, "makespan_ns", result->makespan_ns);
	json_integer(&w, "inside_mean_permille", result->inside_mean);
	json_integer(&w, "inside_max", result->inside_max);
	json_integer(&w, "wakeups", result->wakeups);
	json_integer(&w, "releases", result->releases);
	json_open(&w, "classes", '{');
	for (class = 0; class < IOPATH_LOAD_CLASSES; class++)
		if (result->cl[class].ops)
			write_class(&w, class, &result->cl[class]);
	json_close(&w, '}');
	json_open(&w, "timeline_permille", '[');
	for (i = 0; i < REPLAY_TIMELINE; i++)
		json_integer(&w, NULL, result->timeline[i]);
	json_close(&w, ']');
	json_close(&w, '}');
	putchar('\n');
}

static void add_head(struct table *table)
{
	static const char *const names[] = {
		"design", "class", "ops", "waited", "wait", "max", "response",
		"p99", "max", "makespan", "inside", "most", "releases",
		"wakeups",
	};
	unsigned int i;

	table_init(table, "llrrrrrrrrrrrr");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		table_cell(table, "%s", names[i]);
}

static void add_ns(struct table *table, u64 ns)
{
	char buf[FORMAT_SIZE];

	table_cell(table, "%s", format_ns(buf, (double)ns));
}

static void add_class(struct table *table, const char *design, u32 class,
		      const struct replay_class *cl)
{
	table_cell(table, "%s", design);
	table_cell(table, "%s", iopath_load_class_name(class));
	table_cell(table, "%llu", cl->ops);
	table_cell(table, "%llu", cl->waited);
	add_ns(table, cl->wait_ns / cl->ops);
	add_ns(table, cl->wait_max_ns);
	add_ns(table, cl->response_ns / cl->ops);
	if (cl->ops < P99_LEAST)
		table_cell(table, "-");
	else
		add_ns(table, cl->response_p99_ns);
	add_ns(table, cl->response_max_ns);
}

/* The figures of all classes stand in the first line of a design. */
static void add_result(struct table *table, const char *design,
		       const struct replay_result *result)
{
	bool first = true;
	u32 class, i;

	for (class = 0; class < IOPATH_LOAD_CLASSES; class++) {
		if (!result->cl[class].ops)
			continue;
		add_class(table, first ? design : "", class,
			  &result->cl[class]);
		if (first) {
			add_ns(table, result->makespan_ns);
			table_cell(table, "%.2f",
				   (double)result->inside_mean / 1000);
			table_cell(table, "%u", result->inside_max);
			table_cell(table, "%llu", result->releases);
			table_cell(table, "%llu", result->wakeups);
		}
		for (i = 0; i < WHOLE_CELLS && !first; i++)
			table_cell(table, "%s", "");
		first = false;
	}
}

static int replay_designs(const struct cli *cli, struct about *about)
{
	struct replay_result result;
	struct table table;
	u32 design;
	int err = 0;

	add_head(&table);
	for (design = 0; design < IOPATH_DESIGNS && !err; design++) {
		if (!is_wanted(cli, design))
			continue;
		about->params.design = design;
		err = replay_run(about->trace, &about->params, &result);
		if (err)
			fprintf(stderr, "rlbench: %s under %s: %s\n",
				about->name, iopath_design_name(design),
				strerror(-err));
		else if (cli->json)
			write_json(about, &result);
		else
			add_result(&table, iopath_design_name(design), &result);
	}
	if (!err && !cli->json) {
		printf("\n%s, %zu operations of %u tasks, %u times as fast, "
		       "a bio takes %llu us\n\n",
		       about->name, about->trace->nr, about->trace->tasks,
		       about->params.speed, about->params.device_ns / 1000);
		table_print_text(&table, stdout);
	}
	table_free(&table);
	return err;
}

static int replay_file(const struct cli *cli, const char *path)
{
	static const u32 speeds[] = { 1, 4, 16 };
	const char *slash = strrchr(path, '/');
	struct trace trace;
	unsigned int i;
	int err = 0;

	if (trace_load(&trace, path))
		return CLI_USAGE;
	for (i = 0; i < ARRAY_SIZE(speeds) && !err; i++) {
		struct about about = {
			.name = slash ? slash + 1 : path,
			.trace = &trace,
			.params = {
				.device_ns = DEVICE_NS,
				.speed = speeds[i],
			},
		};

		err = replay_designs(cli, &about);
	}
	trace_free(&trace);
	return err ? CLI_FAILURE : CLI_OK;
}

static void explain(void)
{
	puts("\nIn logical time: code takes none, so this is what the designs "
	     "do, not the machine.\n"
	     "response  from when an operation should have begun to its end\n"
	     "wait      for locks of the design; range waits for data in flight "
	     "there, dio_sem\n"
	     "          apart from its locks, so compare responses\n"
	     "wakeups   from waits for them, of all who waited: each is a "
	     "switch of context;\n"
	     "          releases are of the same locks\n"
	     "inside    operations admitted and not ended, mean over time, and "
	     "the most");
}

/* One actor runs at a time: on one CPU the turn changes hands much faster. */
static void stay_on_one_cpu(cpu_set_t *before)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	sched_getaffinity(0, sizeof(*before), before);
	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/**
 * replay_command() - `replay`: traces in logical time
 * @cli: command line
 *
 * Return: enum cli_exit.
 */
int replay_command(const struct cli *cli)
{
	cpu_set_t before;
	unsigned int i;
	int err = CLI_OK;

	if (!cli->nr_words)
		return cli_usage("replay wants traces, such as "
				 "bench/traces/*.trace");
	stay_on_one_cpu(&before);
	for (i = 0; i < cli->nr_words && !err; i++)
		err = replay_file(cli, cli->words[i]);
	sched_setaffinity(0, sizeof(before), &before);
	if (!err && !cli->json)
		explain();
	return err;
}
