/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * RESULTS.md.  Every number in it, those in sentences too, comes from the raw
 * data, so the same data gives the same bytes, and the check is to make it
 * again and compare.
 */
#include "bench/markdown.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli.h"
#include "bench/format.h"
#include "bench/plot.h"
#include "bench/report.h"
#include "bench/sha256.h"
#include "bench/version.h"

/**
 * struct document - RESULTS.md in the making
 * @out:       where it goes
 * @run:       name of the results directory
 * @directory: path of it
 * @sum:       sum of its SHA256SUMS
 * @rows:      comparisons and kernel lines
 * @env:       env.json
 * @stale:     made from other sources than this program
 */
struct document {
	FILE *out;
	const char *run;
	const char *directory;
	char sum[SHA256_HEX];
	struct rows rows;
	struct json *env;
	bool stale;
};

static void put(struct document *doc, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct document *doc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(doc->out, format, args);
	va_end(args);
}

static void put_table(struct document *doc, const char *name,
		      struct table *table)
{
	put(doc, "<!-- BEGIN rl:table %s run=%s sha256=%s -->\n", name,
	    doc->run, doc->sum);
	if (table_rows(table))
		table_print_markdown(table, doc->out);
	else
		put(doc, "Nothing.\n");
	put(doc, "<!-- END -->\n\n");
	table_free(table);
}

static bool env_is(const struct document *doc, const char *key)
{
	const struct json *value = json_find(doc->env, key);

	return value && value->type == JSON_BOOL && value->number > 0;
}

static const char *kernel_release(const struct document *doc)
{
	return doc->rows.nr_kernel ?
		       json_text(doc->rows.kernel[0], "kernel") :
		       NULL;
}

static bool kernel_counts_instructions(const struct document *doc)
{
	return doc->rows.nr_kernel &&
	       !strcmp(json_text(doc->rows.kernel[0], "metric"),
		       "insn_per_pair");
}

static void put_where(struct document *doc)
{
	put(doc, "Measured in userspace on %.0f CPUs%s (%s, Linux %s), "
		 "threads pinned, wall clock.",
	    json_value(doc->env, "cpus_usable"),
	    env_is(doc, "hypervisor") ? " of a virtual machine" : "",
	    json_text(doc->env, "cpu"), json_text(doc->env, "kernel"));
	if (kernel_counts_instructions(doc))
		put(doc, "\nThe module was measured in the real kernel %s "
			 "under software emulation: those numbers are\n"
			 "**instructions per pair, not time**.",
		    kernel_release(doc));
	else if (kernel_release(doc))
		put(doc, "\nThe module was measured in the kernel %s by its "
			 "clock.",
		    kernel_release(doc));
	put(doc, "\nNothing is extrapolated to more CPUs.  The IO engine is a "
		 "model of btrfs' direct IO on a device in\nmemory with "
		 "simulated latency, not btrfs.\n\n");

	put(doc, "Not measured here:\n\n");
	if (!env_is(doc, "pmu"))
		put(doc, "- cycles, cache misses: the machine has no hardware "
			 "counters\n");
	if (kernel_counts_instructions(doc))
		put(doc, "- time in the kernel: the module ran only under "
			 "emulation\n");
	if (json_value(doc->env, "cpus_usable") < 16)
		put(doc, "- more than %.0f CPUs\n",
		    json_value(doc->env, "cpus_usable"));
	if (!kernel_release(doc))
		put(doc, "- the kernel side: the VM was skipped in this run\n");
	put(doc, "- a real disk, a real btrfs\n\n");
}

static unsigned int count_main(const struct document *doc,
			       enum stats_verdict verdict)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < doc->rows.nr; i++) {
		const struct row *row = &doc->rows.row[i];

		nr += !strcmp(row->lock_a, "rl") &&
		      !strcmp(row->lock_b, "dio") && row->verdict == verdict;
	}
	return nr;
}

static void count_all(const struct document *doc, unsigned int *pairs,
		      unsigned int *dropped, unsigned int *processes)
{
	size_t i;

	*pairs = *dropped = *processes = 0;
	for (i = 0; i < doc->rows.nr; i++) {
		const struct row *row = &doc->rows.row[i];

		*pairs += row->ratio.n;
		*dropped += row->dropped;
		if (row->nr_lines > *processes)
			*processes = row->nr_lines;
	}
}

/* Length of the windows of the locks, or of the engine; NAN if it has none. */
static double window_of(const struct document *doc, bool engine)
{
	size_t i;

	for (i = 0; i < doc->rows.nr; i++)
		if (doc->rows.row[i].engine == engine)
			return row_median(&doc->rows.row[i], "window_ms");
	return NAN;
}

/* The fewest and the most pairs of a comparison. */
static void put_effort(struct document *doc)
{
	unsigned int least = UINT_MAX, most = 0;
	double locks = window_of(doc, false), engine = window_of(doc, true);
	size_t i;

	for (i = 0; i < doc->rows.nr; i++) {
		least = min(least, doc->rows.row[i].ratio.n);
		most = max(most, doc->rows.row[i].ratio.n);
	}
	if (!doc->rows.nr)
		return;
	put(doc, "A comparison has %u to %u pairs", least, most);
	if (locks > 0)
		put(doc, "; a window of locks is %.0f ms", locks);
	if (engine > 0)
		put(doc, "%s of the engine %.0f ms",
		    locks > 0 ? "," : "; a window", engine);
	put(doc, ".\n\n");
}

static void put_how_to_read(struct document *doc)
{
	unsigned int pairs, dropped, processes;

	count_all(doc, &pairs, &dropped, &processes);
	put(doc, "## How to read the tables\n\n");
	put(doc, "A comparison is a row: %zu rows, %u processes each, %u "
		 "pairs of windows in all, %u dropped because the\nmachine "
		 "disturbed them.  A pair is one window of each lock back to "
		 "back, order alternating; the ratio\nis the median over the "
		 "pairs, with its 95 %% confidence interval from order "
		 "statistics.  The A/A\ncolumn is the same for a lock against "
		 "itself in the same blocks: what the run cannot tell apart.\n"
		 "The verdict is *faster*, *slower* or *equal* only if the "
		 "interval is clear of a band of %.0f %%, or of the\nA/A "
		 "width where that is more; else *inconclusive*.  "
		 "*UNTRUSTED* rows failed their A/A control.\n\n",
	    doc->rows.nr, processes, pairs, dropped,
	    STATS_EQUAL_BAND * 100);
	put_effort(doc);
	put(doc, "Costs are nanoseconds of one core per acquire and release "
		 "(a ratio below 1: range is cheaper); rates\nare operations "
		 "per second (above 1: range is faster).  Percentiles are "
		 "service times of a closed loop,\nmedians over the "
		 "processes; `-` where fewer than 100 samples lie beyond "
		 "one.  `max` is the worst of all.\n\n");
	put(doc, "dio_sem is fair game but not a range lock: under it direct "
		 "IO writers **never excluded each other**.\nOn disjoint or "
		 "plain writers a tie is the best a range lock can hope for, "
		 "and it gives exclusion in return.\n\n");
}

static void put_main(struct document *doc)
{
	struct table table;

	put(doc, "## Where dio_sem wins or ties\n\n");
	put(doc, "Comparisons in which range is slower: %u; equal: %u; "
		 "inconclusive: %u; untrusted: %u.\n\n",
	    count_main(doc, STATS_SLOWER), count_main(doc, STATS_EQUAL),
	    count_main(doc, STATS_INCONCLUSIVE),
	    count_main(doc, STATS_UNTRUSTED));
	report_verdicts(&table, &doc->rows, false);
	put_table(doc, "dio-wins-or-ties", &table);

	put(doc, "## Where the range lock wins\n\n");
	put(doc, "Comparisons in which range is faster: %u.\n\n",
	    count_main(doc, STATS_FASTER));
	report_verdicts(&table, &doc->rows, true);
	put_table(doc, "range-wins", &table);
}

/* Runs from before traces were recorded have none. */
static void put_traces(struct document *doc)
{
	size_t i;

	for (i = 0; i < doc->rows.nr; i++)
		if (!strcmp(doc->rows.row[i].scenario, "b_trace"))
			break;
	if (i == doc->rows.nr)
		return;
	put(doc, "`b_trace` is a recorded program, its tasks as threads; the "
		 "head of each file in [bench/traces/](bench/traces/)\nsays "
		 "what and where.  With a speed, operations begin when they "
		 "were recorded, divided by it, and latency\ncounts from "
		 "then.  Without, there are no pauses, and tasks overlap where "
		 "locks of the program kept them\napart: PostgreSQL has one "
		 "writer of the WAL at a time, `b_trace/wal` has as many as "
		 "it has tasks.\n\n");
}

static void put_engine(struct document *doc)
{
	struct table table;

	put(doc, "## IO engine, dio_sem beside range\n\n");
	report_engine_rates(&table, &doc->rows);
	put_table(doc, "engine-throughput", &table);
	report_engine_latency(&table, &doc->rows);
	put_table(doc, "engine-latency", &table);
	report_engine_classes(&table, &doc->rows);
	if (!table_rows(&table)) {
		/* a run from before these figures were measured */
		table_free(&table);
		return;
	}
	put(doc, "Each class on each side.  Jain's index is that of the "
		 "class's threads, with the rates of its slowest and\nits "
		 "fastest.  *inside* is admitted concurrency: operations that "
		 "the design has let in and that have not\nended, the mean "
		 "over time and the most at a time; of an O_DSYNC write the "
		 "write alone, its fsync counts as\none.  In `b_open` the "
		 "latency counts from when an operation should have begun.\n\n");
	put_table(doc, "engine-classes", &table);
	put_traces(doc);
}

/* Runs from before traces were recorded have none. */
static void put_replay(struct document *doc)
{
	struct table table;

	report_replay(&table, &doc->rows);
	if (!table_rows(&table)) {
		table_free(&table);
		return;
	}
	put(doc, "## Recorded programs in logical time\n\n"
		 "The policy without the machine: the traces of "
		 "[bench/traces/](bench/traces/) through the real engine with\n"
		 "a clock that jumps.  Code takes no time, each bio %.0f "
		 "microseconds; operations begin when they were\nrecorded, "
		 "divided by the speed.  A response is from when an operation "
		 "should have begun to its end.  The\nsame on any machine: "
		 "`rlbench replay bench/traces/*.trace`.\n\n",
	    json_value(doc->rows.replay[0], "device_ns") / 1000);
	put_table(doc, "replay", &table);
	report_replay_wakeups(&table, &doc->rows);
	if (!table_rows(&table)) {
		/* a run from before they were counted */
		table_free(&table);
		return;
	}
	put(doc, "How often locks of the design were given back, how often "
		 "somebody who slept for one was woken, and how many\n"
		 "operations were inside at a time:\n\n");
	put_table(doc, "replay-wakeups", &table);
}

/* As `rlbench designs` of the run has it; runs from before it have none. */
static void put_designs(struct document *doc)
{
	char path[4096];
	size_t size;
	char *text;

	snprintf(path, sizeof(path), "%s/designs.md", doc->directory);
	text = rows_read_file(path, &size);
	if (!text)
		return;
	put(doc, "## What each design needs\n\n"
		 "From the designs themselves; a test watches each one at work "
		 "and compares.  Bytes are of this build.  E,\nthe extent "
		 "lock, is below all of them.\n\n%s", text);
	free(text);
}

static bool has_file(const struct document *doc, const char *file)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", doc->directory, file);
	return !access(path, R_OK);
}

static void put_pictures(struct document *doc)
{
	unsigned int i;

	for (i = 0; i < pictures_nr; i++) {
		if (pictures[i].document && has_file(doc, pictures[i].file))
			put(doc, "![%s](bench/results/%s/%s)\n\n",
			    pictures[i].text, doc->run, pictures[i].file);
	}
}

/* Only runs since these rows exist have them. */
static void put_itself(struct document *doc)
{
	struct table table;

	report_locks(&table, &doc->rows, "rl", "rl");
	if (!table_rows(&table)) {
		table_free(&table);
		return;
	}
	put(doc, "### range and itself\n\nThe same lock with something in its "
		 "way, over the same without: ranges held over none, two "
		 "threads\nover one, arrivals on the whole file over none.  "
		 "The first cost is without.  1.00 would be a lock that\n"
		 "does not notice.\n\n");
	put_table(doc, "cost-itself", &table);
}

static void put_locks(struct document *doc)
{
	static const char *const peers[] = { "dio", "tree", "rwsem", "glibc" };
	struct table table;
	char name[64];
	size_t i;

	put(doc, "## Cost of a lock\n\n"
		 "One lock alone, no IO.  `dio_sem` is the port of the "
		 "kernel's rwsem under the rules of dio_sem, `rwsem` the\n"
		 "same taken as asked for, `tree` a spinlock and an interval "
		 "tree, `glibc` a pthread_rwlock.  Each passed\nthe owner "
		 "checker before it was timed.  Sources: "
		 "[bench/locks/](bench/locks/), "
		 "[ulib/rwsem.c](ulib/rwsem.c).\n\n");
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		put(doc, "### range and %s\n\n",
		    format_lock(peers[i]));
		report_locks(&table, &doc->rows, "rl", peers[i]);
		snprintf(name, sizeof(name), "cost-%s", peers[i]);
		put_table(doc, name, &table);
		report_lock_latency(&table, &doc->rows, "rl", peers[i]);
		snprintf(name, sizeof(name), "wait-%s", peers[i]);
		put_table(doc, name, &table);
	}
	put_itself(doc);
}

static void put_kernel(struct document *doc)
{
	struct table table;

	put(doc, "## In the kernel\n\n");
	if (kernel_counts_instructions(doc))
		put(doc, "Instructions of the emulated CPU, one CPU, median "
			 "over rounds.  Path length; not time.  The loop\n"
			 "around a lock is in each figure and is shown "
			 "alone.\n\n");
	put(doc, "The locks, per pair:\n\n");
	report_kernel(&table, &doc->rows);
	put_table(doc, "kernel-locks", &table);
	put(doc, "The IO engine, per operation of the mix, everything "
		 "included:\n\n");
	report_kernel_engine(&table, &doc->rows);
	put_table(doc, "kernel-engine", &table);
}

static void put_rest(struct document *doc)
{
	char buf[FORMAT_SIZE];

	put(doc, "## What would make this wrong\n\n"
		 "- A disturbed machine: steal, or another program on a CPU "
		 "of the test, drops the pair; more than %.0f %%\n  dropped "
		 "makes a row untrusted.\n"
		 "- Layout: each row comes from several processes without "
		 "address randomisation.\n"
		 "- The load: closed loops, no think time; with four threads "
		 "per CPU the scheduler takes part.\n"
		 "- Waits are sampled, one pair in eight, and include reading "
		 "the clock (%s).\n\n",
	    MEASURE_MAX_DROPPED * 100,
	    format_ns(buf, json_value(doc->env, "clock_ns")));
	put(doc, "## How to reproduce\n\n"
		 "    make results      # long run, regenerates this file\n"
		 "    make bench        # quick set, tables on the terminal\n"
		 "    build/rlbench env # what your machine can measure\n\n"
		 "Raw data, environment and sums are in "
		 "[bench/results/%s/](bench/results/%s/).  On a bigger "
		 "machine the\nsame command uses 1, 2, 4 ... threads up to "
		 "the number of CPUs.  This file is generated; `rlbench\n"
		 "report --check RESULTS.md` fails if a digit of it was "
		 "edited.\n\n",
	    doc->run, doc->run);
	if (has_file(doc, "report.html"))
		put(doc, "All of this and more pictures as one page, to be "
			 "opened in a browser:\n"
			 "[report.html](bench/results/%s/report.html).\n\n",
		    doc->run);
	put(doc, "Sources: git %s, sum %s; %s, `%s`.\n",
	    json_text(doc->env, "git"), json_text(doc->env, "sources"),
	    json_text(doc->env, "compiler"), json_text(doc->env, "cflags"));
}

static int write_document(struct document *doc)
{
	int err = results_load(doc->directory, &doc->rows, &doc->env,
			       doc->sum);

	if (!err) {
		put(doc, "# Results\n\n");
		put_where(doc);
		put_how_to_read(doc);
		put_pictures(doc);
		put_main(doc);
		put_engine(doc);
		put_replay(doc);
		put_designs(doc);
		put_locks(doc);
		put_kernel(doc);
		put_rest(doc);
		doc->stale = strcmp(json_text(doc->env, "sources"),
				    rlbench_sources);
		if (doc->stale)
			fprintf(stderr, "rlbench: run %s was made from other "
					"sources (%s) than this program (%s)\n",
				doc->run, json_text(doc->env, "sources"),
				rlbench_sources);
	}
	rows_free(&doc->rows);
	json_free(doc->env);
	return err;
}

/**
 * markdown_write() - `rlbench report --markdown`
 * @directory: results directory
 * @out:       where the document goes
 *
 * Return: enum cli_exit.
 */
int markdown_write(const char *directory, FILE *out)
{
	char copy[4096];
	struct document doc = { .out = out, .directory = directory };

	snprintf(copy, sizeof(copy), "%s", directory);
	doc.run = basename(copy);
	return write_document(&doc) ? CLI_FAILURE : CLI_OK;
}

/* Tell the first line that differs.  Return: enum cli_exit. */
int markdown_differs(const char *path, const char *is, const char *should)
{
	unsigned int line = 1;
	size_t i, begin = 0;

	for (i = 0; is[i] == should[i]; i++) {
		if (!is[i])
			return CLI_OK;
		if (is[i] == '\n') {
			line++;
			begin = i + 1;
		}
	}
	fprintf(stderr, "rlbench: %s:%u is not what the raw data say\n"
			"  is      %.*s\n  should  %.*s\n",
		path, line, (int)strcspn(is + begin, "\n"), is + begin,
		(int)strcspn(should + begin, "\n"), should + begin);
	return CLI_FAILURE;
}

/* The run a document was made from, as its tables say. */
static int find_run(const char *text, char *run)
{
	const char *mark = strstr(text, "<!-- BEGIN rl:table ");
	const char *name = mark ? strstr(mark, " run=") : NULL;

	if (!name || sscanf(name, " run=%255[A-Za-z0-9._-]", run) != 1 ||
	    *run == '.')
		return -EINVAL;
	return 0;
}

/**
 * markdown_check() - `rlbench report --check`
 * @path: the document; its raw data lie in bench/results/ beside it
 *
 * Return: CLI_OK if making it again gives the same bytes, and the run is of the
 * sources that this program is of; else CLI_FAILURE after telling the first
 * difference.
 */
int markdown_check(const char *path)
{
	char run[256], directory[4400], copy[4096];
	char *is = rows_read_file(path, NULL), *should = NULL;
	struct document doc = { .run = run, .directory = directory };
	size_t size;
	int err;

	if (!is)
		return cli_usage("cannot read %s: %s", path, strerror(errno));
	if (find_run(is, run)) {
		fprintf(stderr, "rlbench: %s has no table of a run\n", path);
		free(is);
		return CLI_FAILURE;
	}
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(directory, sizeof(directory), "%s/bench/results/%s",
		 dirname(copy), run);
	doc.out = open_memstream(&should, &size);
	err = write_document(&doc) ? CLI_FAILURE : CLI_OK;
	fclose(doc.out);
	if (!err)
		err = markdown_differs(path, is, should);
	if (!err && doc.stale)
		err = CLI_FAILURE;
	free(should);
	free(is);
	return err;
}
