// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Runs all cases when the module is loaded with selftest=1 and reports in KTAP
 * in the kernel log.
 *
 * A failed case does not fail the load: the log has the verdict, and the loaded
 * module can still be looked at.  The same text stays in debugfs.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "cases.h"
#include "selftest.h"

#define REPORT_SIZE	SZ_64K

static const struct case_group kernel_groups[] = {
	{ "kernel_irq", cases_kernel_irq },
	{ "kernel_itree", cases_kernel_itree },
	{ "kernel_baseline", cases_kernel_baseline },
	{ NULL, NULL },
};

/**
 * struct selftest - a run
 * @number: of the case that runs
 * @failed: how many cases failed
 * @seed:   random seed of every case
 * @left_out: GROUP or GROUP.CASE that is not run, with commas, or NULL
 * @thin:   divides the rounds of the longest cases
 * @len:    bytes in @report
 * @report: what was logged; published by @done
 * @done:   the run is over, set with release semantics
 *
 * Written by the loading task only.
 */
static struct selftest {
	unsigned int number;
	unsigned int failed;
	u64 seed;
	const char *left_out;
	u32 thin;
	size_t len;
	char *report;
	bool done;
} selftest;

static __printf(1, 2) void report(const char *fmt, ...)
{
	char line[CASE_WHY_SIZE + 80];
	va_list args;

	va_start(args, fmt);
	vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printk(KERN_INFO "%s\n", line);
	if (selftest.report)
		selftest.len += scnprintf(selftest.report + selftest.len,
					  REPORT_SIZE - selftest.len, "%s\n",
					  line);
}

/* Is @group in the list, or "@group.@name"? */
static bool is_left_out(const char *group, const char *name)
{
	const char *entry = selftest.left_out;
	size_t len = strlen(group);
	size_t name_len = strlen(name);

	while (entry) {
		const char *rest = entry + len;

		if (!strncmp(entry, group, len)) {
			if (!*rest || *rest == ',')
				return true;
			if (*rest == '.' && !strncmp(rest + 1, name, name_len) &&
			    (!rest[1 + name_len] || rest[1 + name_len] == ','))
				return true;
		}
		entry = strchr(entry, ',');
		if (entry)
			entry++;
	}
	return false;
}

static unsigned int count_cases(const struct case_group *group)
{
	const struct case_desc *desc;
	unsigned int nr = 0;

	for (; group->name; group++)
		for (desc = group->cases; desc->name; desc++)
			nr += !is_left_out(group->name, desc->name);
	return nr;
}

static void run_case(const char *group, const struct case_desc *desc,
		     struct case_ctx *ctx)
{
	u64 begin = rlenv_now_ns();
	u64 ms;

	memset(ctx, 0, sizeof(*ctx));
	ctx->name = desc->name;
	ctx->seed = selftest.seed;
	ctx->scale = 1;
	ctx->thin = selftest.thin;
	desc->fn(ctx);
	ms = div_u64(rlenv_now_ns() - begin, NSEC_PER_MSEC);
	selftest.number++;
	if (case_has_failed(ctx)) {
		selftest.failed++;
		report("# %s", ctx->why);
		report("not ok %u %s.%s # seed %llu, %llu ms", selftest.number,
		       group, desc->name, ctx->seed, ms);
	} else if (ctx->skip) {
		report("ok %u %s.%s # SKIP %s", selftest.number, group,
		       desc->name, ctx->skip);
	} else {
		report("ok %u %s.%s # %llu ms", selftest.number, group,
		       desc->name, ms);
	}
}

static void run_groups(const struct case_group *group, struct case_ctx *ctx)
{
	const struct case_desc *desc;

	for (; group->name; group++) {
		for (desc = group->cases; desc->name; desc++) {
			if (is_left_out(group->name, desc->name))
				report("# left out: %s.%s", group->name,
				       desc->name);
			else
				run_case(group->name, desc, ctx);
		}
	}
}

/**
 * selftest_run - run all cases once
 * @seed:     random seed
 * @left_out: GROUP or GROUP.CASE that is not run, with commas, or NULL
 * @thin:     divides the rounds of the longest cases; 0 is 1
 *
 * Context: process context, sleeps.
 * Return: 0, also when cases failed; -ENOMEM.
 */
int selftest_run(u64 seed, const char *left_out, u32 thin)
{
	struct case_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);

	if (!ctx)
		return -ENOMEM;
	selftest.seed = seed;
	selftest.left_out = left_out;
	selftest.thin = thin ? thin : 1;
	selftest.report = kvzalloc(REPORT_SIZE, GFP_KERNEL);
	race_cases_init();
	report("KTAP version 1");
	report("1..%u",
	       count_cases(case_groups) + count_cases(kernel_groups));
	report("# seed %llu", seed);
	run_groups(case_groups, ctx);
	run_groups(kernel_groups, ctx);
	report("# rangelock: %u passed, %u failed",
	       selftest.number - selftest.failed, selftest.failed);
	kfree(ctx);
	/* Pairs with the load-acquire in selftest_show(). */
	smp_store_release(&selftest.done, true);
	return 0;
}

void selftest_show(struct seq_file *seq)
{
	/* Pairs with the store-release in selftest_run(). */
	if (!smp_load_acquire(&selftest.done))
		seq_puts(seq, "not run: load the module with selftest=1\n");
	else if (selftest.report)
		seq_write(seq, selftest.report, selftest.len);
}

void selftest_exit(void)
{
	kvfree(selftest.report);
}
