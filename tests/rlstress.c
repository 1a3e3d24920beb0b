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
#include <stdlib.h>
#include <string.h>

#include "cases/stress.h"
#include "options.h"

void usage(void)
{
	fputs("usage: rlstress [--seconds N] [--seed N] [--design NAME|switch]\n"
	      "                [--files N] [--threads N] [--nocow] [--latency US]\n",
	      stderr);
	option_list(stderr, "designs", option_design_name, IOPATH_DESIGNS);
	exit(2);
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
			p->run_ns = option_seconds(value);
		else if (!strcmp(argv[i], "--seed"))
			p->seed = option_number(value, 0, U64_MAX);
		else if (!strcmp(argv[i], "--design"))
			p->design = option_design(value, "switch");
		else if (!strcmp(argv[i], "--files"))
			p->files = (u32)option_number(value, 1,
							IOPATH_FILES / 2);
		else if (!strcmp(argv[i], "--threads"))
			p->threads = (u32)option_number(value, 1,
							  STRESS_THREADS);
		else if (!strcmp(argv[i], "--latency"))
			p->latency_ns = option_number(value, 0, 1000000) * 1000;
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
