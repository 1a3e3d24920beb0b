// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Runs the shared cases of tests/cases/ under cmocka.  The kernel module runs
 * the same tables as KTAP, see kmod/selftest.c.
 *
 *   run_cases [--list] [--seed N|fresh] [--scale N] [--thin N]
 *             [--without GROUP] [GROUP[/CASE]]...
 */
#include <setjmp.h>
#include <stdlib.h>

#include "cases/cases.h"
#include "options.h"
#include "rangelock_debug.h"

#include <cmocka.h>

#define DEFAULT_SEED 20

#if RLENV_TSAN
#define DEFAULT_SCALE 1
#elif defined(__SANITIZE_ADDRESS__)
#define DEFAULT_SCALE 3
#else
#define DEFAULT_SCALE 8
#endif

/**
 * struct options - the command line
 * @seed:    for the cases' random numbers
 * @scale:   how much each case does
 * @thin:    divides the rounds of the longest cases
 * @without: a group that is not run, or NULL
 * @list:    print names instead of running
 * @filters: GROUP or GROUP/CASE, any of which selects; none selects all
 * @nr:      number of filters
 */
struct options {
	u64 seed;
	unsigned int scale;
	unsigned int thin;
	const char *without;
	bool list;
	char **filters;
	int nr;
};

/**
 * struct totals - what happened; failed is what is left of started
 * @started: cases that began
 * @passed:  cases that ended well
 * @skipped: cases that gave a reason not to run
 */
struct totals {
	int started;
	int passed;
	int skipped;
};

/**
 * struct selected - a case that shall run
 * @desc:  the case
 * @label: "group/case"
 */
struct selected {
	const struct case_desc *desc;
	char label[80];
};

static struct options options = {
	.seed = DEFAULT_SEED,
	.scale = DEFAULT_SCALE,
	.thin = 1,
};

static struct totals totals;

/* Contexts of failed cases, which their threads may still use. */
static struct case_ctx *kept[64];

static void run_one(void **state)
{
	const struct selected *s = *state;
	int warnings = atomic_read(&rlenv_warnings);
	struct case_ctx *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	totals.started++;
	t->name = s->desc->name;
	t->seed = options.seed;
	t->scale = options.scale;
	t->thin = options.thin;
	s->desc->fn(t);
	if (!case_has_failed(t) && atomic_read(&rlenv_warnings) != warnings)
		case_fail(t, __FILE__, __LINE__, "the case caused a WARN");
	rangelock_expect_misuse = false;
	if (case_has_failed(t)) {
		kept[totals.started % ARRAY_SIZE(kept)] = t;
		fail_msg("%s; replay: run_cases --seed %llu %s", t->why,
			 options.seed, s->label);
	}
	if (t->skip) {
		totals.skipped++;
		printf("# SKIP %s: %s\n", s->label, t->skip);
		free(t);
		skip();
	}
	totals.passed++;
	free(t);
}

static bool is_selected(const char *group, const char *label)
{
	int i;

	if (options.without && !strcmp(options.without, group))
		return false;
	for (i = 0; i < options.nr; i++)
		if (!strcmp(options.filters[i], group) ||
		    !strcmp(options.filters[i], label))
			return true;
	return !options.nr;
}

static size_t count_cases(const struct case_desc *cases)
{
	size_t n = 0;

	while (cases[n].fn)
		n++;
	return n;
}

static int run_group(const struct case_group *group)
{
	size_t i, picked = 0, n = count_cases(group->cases);
	struct selected *selected = calloc(n + 1, sizeof(*selected));
	struct CMUnitTest *tests = calloc(n + 1, sizeof(*tests));
	int ret = 0;

	if (!selected || !tests)
		abort();
	for (i = 0; i < n; i++) {
		struct selected *s = &selected[picked];

		s->desc = &group->cases[i];
		snprintf(s->label, sizeof(s->label), "%s/%s", group->name,
			 s->desc->name);
		if (!is_selected(group->name, s->label))
			continue;
		if (options.list)
			puts(s->label);
		tests[picked].name = s->label;
		tests[picked].test_func = run_one;
		tests[picked].initial_state = s;
		picked++;
	}
	if (picked && !options.list)
		ret = _cmocka_run_group_tests(group->name, tests, picked, NULL,
					      NULL);
	free(tests);
	free(selected);
	return ret;
}

void usage(void)
{
	fputs("usage: run_cases [--list] [--seed N|fresh] [--scale N] [--thin N]\n"
	      "                 [--without GROUP] [GROUP[/CASE]]...\n",
	      stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			options.list = true;
		} else if (!strcmp(argv[i], "--seed") && argv[i + 1]) {
			i++;
			options.seed = strcmp(argv[i], "fresh") ?
				       option_number(argv[i], 0, U64_MAX) :
				       prng_mix(rlenv_now_ns());
		} else if (!strcmp(argv[i], "--scale")) {
			options.scale = (u32)option_number(argv[++i], 1, U32_MAX);
		} else if (!strcmp(argv[i], "--thin")) {
			options.thin = (u32)option_number(argv[++i], 1, U32_MAX);
		} else if (!strcmp(argv[i], "--without") && argv[i + 1]) {
			options.without = argv[++i];
		} else if (argv[i][0] == '-') {
			usage();
		} else {
			break;
		}
	}
	options.filters = argv + i;
	options.nr = argc - i;
}

int main(int argc, char **argv)
{
	const struct case_group *group;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv);
	race_cases_init();
	if (!options.list)
		printf("# seed %llu scale %u\n", options.seed, options.scale);
	for (group = case_groups; group->name; group++)
		run_group(group);
	if (options.list)
		return 0;
	printf("%d passed, %d failed, %d skipped\n", totals.passed,
	       totals.started - totals.passed - totals.skipped,
	       totals.skipped);
	if (!totals.started) {
		fputs("run_cases: no case has that name\n", stderr);
		return 2;
	}
	return totals.passed + totals.skipped != totals.started;
}
