// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The last finished run of each design, and how it is shown.
 *
 * A percentile is shown where there are enough samples for it: a hundred
 * beyond it.
 */
#include <linux/math64.h>
#include <linux/time64.h>

#include "workload.h"

/**
 * struct results - what is kept
 * @lock: guards @last
 * @last: last run of each design, or NULL
 */
static struct results {
	struct mutex lock;
	struct results_run *last[IOPATH_DESIGNS];
} results = {
	.lock = __MUTEX_INITIALIZER(results.lock),
};

/**
 * results_store - keep a run instead of the last one of its design
 * @run: from rlenv_alloc(); ours from now on
 *
 * Context: process context, sleeps.
 */
void results_store(struct results_run *run)
{
	mutex_lock(&results.lock);
	swap(results.last[run->design], run);
	mutex_unlock(&results.lock);
	rlenv_free(run);
}

static u64 per_second(u64 n, u64 elapsed_ns)
{
	return elapsed_ns ? mul_u64_u64_div_u64(n, NSEC_PER_SEC, elapsed_ns) :
			    0;
}

static void show_percentile(struct seq_file *seq, const struct hist *hist,
			    u32 per_100000)
{
	u64 us;

	if (hist->count * (HIST_WHOLE - per_100000) < 100ULL * HIST_WHOLE) {
		seq_printf(seq, " %9s", "-");
		return;
	}
	us = div_u64(hist_percentile(hist, per_100000), NSEC_PER_USEC);
	seq_printf(seq, " %9llu", us);
}

static void show_mean(struct seq_file *seq, const char *name, u64 per_mille)
{
	u32 part;
	u64 mean = div_u64_rem(per_mille, 1000, &part);

	seq_printf(seq, "%s %llu.%03u\n", name, mean, part);
}

static void show_class(struct seq_file *seq, const char *name,
		       const struct iopath_load_class_result *cl,
		       u64 elapsed_ns)
{
	u32 part;
	u64 mean = div_u64_rem(cl->inside.mean, 1000, &part);

	seq_printf(seq, "%-8s %7u %9llu %9llu %7llu", name, cl->threads,
		   cl->ops, per_second(cl->ops, elapsed_ns),
		   per_second(cl->bytes, elapsed_ns) >> 20);
	show_percentile(seq, &cl->latency, 50000);
	show_percentile(seq, &cl->latency, 90000);
	show_percentile(seq, &cl->latency, 99000);
	show_percentile(seq, &cl->latency, 99900);
	show_percentile(seq, &cl->latency, 99990);
	seq_printf(seq, " %9llu %9llu %9llu %u.%03u",
		   div_u64(cl->latency.max, NSEC_PER_USEC), cl->min_ops,
		   cl->max_ops, cl->jain / 1000, cl->jain % 1000);
	seq_printf(seq, " %5llu.%03u %6u %6llu\n",
		   mean, part, cl->inside.max, cl->errors);
}

static void show_run(struct seq_file *seq, const struct results_run *run)
{
	const struct iopath_load_result *load = &run->load;
	int i;

	seq_printf(seq, "mode %s\nmix %s\ndevice %s\n",
		   iopath_design_name(run->design), run->mix, run->device);
	seq_printf(seq, "time_ms %llu\nmode_changes %llu\nended %s\n",
		   div_u64(load->elapsed_ns, NSEC_PER_MSEC), run->switches,
		   run->stopped ? "early" : "in time");
	seq_printf(seq, "error %d\nbroken_invariant %d\n\n", run->error,
		   run->broken);
	seq_puts(seq, "class    threads       ops     ops/s   MiB/s");
	seq_puts(seq, "    p50_us    p90_us    p99_us  p99.9_us p99.99_us");
	seq_puts(seq, "    max_us   min_ops   max_ops  jain");
	seq_puts(seq, "    inside in_max errors\n");
	for (i = 0; i < IOPATH_LOAD_CLASSES; i++)
		if (load->cl[i].threads)
			show_class(seq, iopath_load_class_name(i),
				   &load->cl[i], load->elapsed_ns);
	seq_printf(seq, "all      %7s %9llu %9llu %7llu\n", "", load->ops,
		   per_second(load->ops, load->elapsed_ns),
		   per_second(load->bytes, load->elapsed_ns) >> 20);
	show_mean(seq, "in_flight", load->in_flight);
	show_mean(seq, "inside", load->inside.mean);
	seq_printf(seq, "inside_max %u\n", load->inside.max);
}

/**
 * results_show - print the last run of a design as a table
 * @seq:    where to
 * @design: which
 *
 * Context: process context, sleeps.
 */
void results_show(struct seq_file *seq, enum iopath_design design)
{
	seq_puts(seq, "rangelock results version 2\n");
	mutex_lock(&results.lock);
	if (results.last[design])
		show_run(seq, results.last[design]);
	else
		seq_printf(seq, "no run has ended in mode %s yet\n",
			   iopath_design_name(design));
	mutex_unlock(&results.lock);
}

void results_exit(void)
{
	int i;

	for (i = 0; i < IOPATH_DESIGNS; i++)
		rlenv_free(results.last[i]);
}
