// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Stress of the IO engine: threads do everything at once on several files, as
 * fast as they can, while the design is switched below them.
 *
 *   rlstress [--seconds N] [--seed N] [--design NAME|switch] [--files N]
 *            [--threads N] [--nocow] [--latency US]
 *
 * Each thread writes blocks of its own and compares what it reads with the
 * oracle; fsync, relocation, commit and clones concern everybody.  Every few
 * seconds the threads stop, invariants and checksums are checked, and now and
 * then the power fails first, in the middle of it all, and what is left is
 * mounted and compared.
 *
 * Ends with one line SUCCESS or FAILURE.  A seed repeats each thread's choices;
 * when they meet is up to the machine.  For runs that a seed repeats exactly see
 * rlcrash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/stress.h"

static void usage(void)
{
	u32 i;

	fputs("usage: rlstress [--seconds N] [--seed N] [--design NAME|switch]\n"
	      "                [--files N] [--threads N] [--nocow] [--latency US]\n"
	      "designs:", stderr);
	for (i = 0; i < IOPATH_DESIGNS; i++)
		fprintf(stderr, " %s", iopath_design_name(i));
	fputs("\n", stderr);
	exit(2);
}

static u64 number(const char *text, u64 min, u64 max)
{
	char *rest;
	u64 value;

	if (!text || *text < '0' || *text > '9')
		usage();
	value = strtoull(text, &rest, 0);
	if (*rest || value < min || value > max)
		usage();
	return value;
}

static u32 design_by_name(const char *name)
{
	u32 i;

	for (i = 0; name && i < IOPATH_DESIGNS; i++)
		if (!strcmp(iopath_design_name(i), name))
			return i;
	if (!name || strcmp(name, "switch"))
		usage();
	return IOPATH_DESIGNS;
}

static void parse(struct stress_params *p, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = argv[i + 1];

		if (!strcmp(argv[i], "--nocow")) {
			p->nocow = true;
			continue;
		}
		if (!strcmp(argv[i], "--seconds"))
			p->run_ns = number(value, 1, 1000000) * 1000000000ull;
		else if (!strcmp(argv[i], "--seed"))
			p->seed = number(value, 0, U64_MAX);
		else if (!strcmp(argv[i], "--design"))
			p->design = design_by_name(value);
		else if (!strcmp(argv[i], "--files"))
			p->files = (u32)number(value, 1, IOPATH_FILES / 2);
		else if (!strcmp(argv[i], "--threads"))
			p->threads = (u32)number(value, 1, STRESS_THREADS);
		else if (!strcmp(argv[i], "--latency"))
			p->latency_ns = number(value, 0, 1000000) * 1000;
		else
			usage();
		i++;
	}
}

int main(int argc, char **argv)
{
	struct stress_params params = {
		.seed = prng_mix(rlenv_now_ns()),
		.run_ns = 10ull * 1000000000,
		.design = IOPATH_DESIGNS,
		.files = 2,
		.threads = 8,
		.latency_ns = 20000,
	};
	struct stress_result result;
	const char *design;
	int err;

	parse(&params, argc, argv);
	design = params.design == IOPATH_DESIGNS ?
			 "switch" : iopath_design_name(params.design);
	printf("# rlstress --design %s --files %u --threads %u --latency %llu%s --seed %llu\n",
	       design, params.files, params.threads, params.latency_ns / 1000,
	       params.nocow ? " --nocow" : "", params.seed);
	fflush(stdout);
	err = stress_run(&params, &result);
	if (err) {
		fprintf(stderr, "rlstress: cannot run: error %d\n", err);
		return 2;
	}
	if (result.code)
		printf("%s: %s\n", iopath_code_name(result.code), result.why);
	printf("%s: %s, %llu operations, %llu switches, %llu crashes, %llu rounds, seed %llu\n",
	       result.code ? "FAILURE" : "SUCCESS", design, result.ops,
	       result.switches, result.crashes, result.rounds, params.seed);
	return result.code != 0;
}
