// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Crash test of the IO engine by random schedules; tests/cases/fuzz.h says what
 * a run is.
 *
 *   rlcrash [--seconds N] [--seed N] [--design NAME|all] [--knob NAME]
 *           [--fork] [--every-flush] [--trace] [--without OP]...
 *
 * With --seconds: runs of seeds from --seed on, until the time is over or one
 * fails.  Without: the one run of --seed, which repeats it to the last step.
 * --every-flush: each seed is run to its end, and then once for each flush of the
 * device, with the power cut there.
 *
 * --fork: on a file system with CoW forks, as XFS has them.
 * --without: no operation of that name.
 *
 * Ends with one line SUCCESS or FAILURE.  A design or a knob that is broken on
 * purpose has to FAIL.
 */
#include <stdlib.h>
#include <string.h>

#include "cases/fuzz.h"
#include "options.h"

/**
 * struct options - the command line
 * @ns:          how long
 * @seed:        of the first run
 * @design:      or IOPATH_DESIGNS for those that are for users
 * @knob:        of knobs[]
 * @every_flush: cut at each flush
 * @fork:        with CoW forks
 * @trace:       print each decision
 * @without:     operations to leave out
 * @left_out:    the same as options
 */
struct options {
	u64 ns;
	u64 seed;
	u32 design;
	u32 knob;
	bool every_flush;
	bool fork;
	bool trace;
	bool without[FUZZ_OPS];
	char left_out[400];
};

/* Deviations from the protocol by name. */
static const struct {
	const char *name;
	struct iopath_knobs knobs;
} knobs[] = {
	{ "none", { 0 } },
	{ "gather_oes_first", { .gather_oes_first = true } },
	{ "era_e2", { .era = IOPATH_E2 } },
	{ "era_e3", { .era = IOPATH_E3 } },
	{ "full_ranged", { .full_ranged = IOPATH_RANGED } },
	{ "full_ranged_drop", { .full_ranged = IOPATH_RANGED_DROP } },
	{ "dsync_inline", { .dsync = IOPATH_DSYNC_INLINE } },
	{ "dsync_workaround", { .dsync = IOPATH_DSYNC_WORKAROUND } },
	{ "dsync_late", { .dsync_late = true } },
	{ "hold_per_piece", { .hold_per_piece = true } },
	{ "log_before_data", { .log_before_data = true } },
	{ "nocow_drop", { .nocow_drop = true } },
};

static const char *knob_name(u32 i)
{
	return knobs[i].name;
}

static const char *op_name(u32 i)
{
	return fuzz_op_name(i);
}

void usage(void)
{
	fputs("usage: rlcrash [--seconds N] [--seed N] [--design NAME|all]\n"
	      "               [--knob NAME] [--every-flush] [--trace]\n"
	      "               [--fork] [--without OP]...\n", stderr);
	option_list(stderr, "designs", option_design_name, IOPATH_DESIGNS);
	option_list(stderr, "knobs", knob_name, ARRAY_SIZE(knobs));
	option_list(stderr, "operations", op_name, FUZZ_OPS);
	exit(2);
}

static void leave_out(struct options *o, const char *name)
{
	size_t len = strlen(o->left_out);

	o->without[option_name(name, op_name, FUZZ_OPS)] = true;
	snprintf(o->left_out + len, sizeof(o->left_out) - len, " --without %s",
		 name);
}

static void parse(struct options *o, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = argv[i + 1];

		if (!strcmp(argv[i], "--trace")) {
			o->trace = true;
			continue;
		}
		if (!strcmp(argv[i], "--fork")) {
			o->fork = true;
			continue;
		}
		if (!strcmp(argv[i], "--every-flush")) {
			o->every_flush = true;
			continue;
		}
		if (!strcmp(argv[i], "--seconds"))
			o->ns = option_seconds(value);
		else if (!strcmp(argv[i], "--seed"))
			o->seed = option_number(value, 0, U64_MAX);
		else if (!strcmp(argv[i], "--design"))
			o->design = option_design(value, "all");
		else if (!strcmp(argv[i], "--knob"))
			o->knob = option_name(value, knob_name,
					      ARRAY_SIZE(knobs));
		else if (!strcmp(argv[i], "--without"))
			leave_out(o, value);
		else
			usage();
		i++;
	}
}

static void print_line(const char *line)
{
	puts(line);
}

/* One run.  Return: whether it was as it has to be. */
static bool run_one(const struct options *o, struct fuzz_params *params,
		    struct fuzz_result *result)
{
	int err = fuzz_run(params, result);

	if (err) {
		fprintf(stderr, "rlcrash: cannot make a run: error %d\n", err);
		exit(2);
	}
	if (!result->code)
		return true;
	printf("%s after %llu decisions: %s\n", iopath_code_name(result->code),
	       result->decisions, result->why);
	printf("replay: rlcrash --design %s --knob %s --seed %llu%s%s%s\n",
	       iopath_design_name(params->design), knobs[o->knob].name,
	       params->seed, o->every_flush ? " --every-flush" : "",
	       o->fork ? " --fork" : "", o->left_out);
	return false;
}

/* The run of a seed, and those with a cut at each of its flushes. */
static bool run_seed(const struct options *o, u32 design, u64 seed, u64 *runs,
		     struct fuzz_result *result)
{
	struct fuzz_params params;
	u64 i, flushes;
	bool ok;

	fuzz_defaults(&params, seed);
	params.design = design;
	params.knobs = knobs[o->knob].knobs;
	params.trace = o->trace ? print_line : NULL;
	for (i = 0; i < FUZZ_OPS; i++)
		if (o->without[i])
			params.weight[i] = 0;
	if (o->fork)
		fuzz_use_fork(&params);
	if (o->every_flush)
		params.cut = FUZZ_CUT_NEVER;
	ok = run_one(o, &params, result);
	(*runs)++;
	flushes = o->every_flush ? result->flushes : 0;
	params.cut = FUZZ_CUT_FLUSH;
	for (i = 1; i <= flushes && ok; i++) {
		params.cut_at = i;
		ok = run_one(o, &params, result);
		(*runs)++;
	}
	return ok;
}

static bool run_designs(const struct options *o, u64 seed, u64 *runs,
			struct fuzz_result *result)
{
	bool ok = true;
	u32 i;

	for (i = 0; i < IOPATH_DESIGNS && ok; i++)
		if (o->design == i ||
		    (o->design == IOPATH_DESIGNS && iopath_design_is_offered(i)))
			ok = run_seed(o, i, seed, runs, result);
	return ok;
}

int main(int argc, char **argv)
{
	struct options o = {
		.seed = prng_mix(rlenv_now_ns()),
		.design = IOPATH_DESIGNS,
		.knob = 0,
	};
	u64 begin = rlenv_now_ns(), runs = 0, decisions = 0, seed;
	struct fuzz_result result;
	bool ok;

	parse(&o, argc, argv);
	seed = o.seed;
	do {
		ok = run_designs(&o, seed++, &runs, &result);
		decisions += result.decisions;
	} while (ok && rlenv_now_ns() - begin < o.ns);
	printf("%s: %s, knob %s, %llu runs, %llu ms, last hash %llx, seed %llu\n",
	       ok ? "SUCCESS" : "FAILURE",
	       o.design == IOPATH_DESIGNS ? "all" : iopath_design_name(o.design),
	       knobs[o.knob].name, runs,
	       (rlenv_now_ns() - begin) / 1000000, result.hash, o.seed);
	return !ok;
}
