// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tables for people: no promise that they stay as they are.  Each is bounded.
 *
 *   results    last run in the current mode
 *   holders    who holds which range, of the three locks of the present run
 *   waiters    who waits for which
 *   counters   of the present run, else of the last one; those of the locks
 *              if the module's parameter lock_stats was set when it started
 *   selftest   report of the test cases run at load
 *   lockbench  rows of the last lock benchmark; writing 1 runs it
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "debugfs.h"
#include "lockbench.h"
#include "rangelock_debug.h"
#include "selftest.h"
#include "workload.h"

#define RECORDS_MAX	256

static bool icount;
module_param(icount, bool, 0444);
MODULE_PARM_DESC(icount, "the clock counts instructions (emulation); lockbench says so");

static struct dentry *debugfs_dir;

static int results_file_show(struct seq_file *seq, void *unused)
{
	results_show(seq, workload_design());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results_file);

static void show_records(struct seq_file *seq, const char *name,
			 const struct rangelock_record *records, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct rangelock_record *r = &records[i];

		seq_printf(seq, "%-6s %20llu %20llu %-11s %10llu %10llu %8u\n",
			   name, r->start, r->last, r->mode, r->seq, r->owner,
			   r->blockers);
	}
	if (n == RECORDS_MAX)
		seq_printf(seq, "%-6s and perhaps more\n", name);
}

static int show_requests(struct seq_file *seq, enum rangelock_which which)
{
	struct rangelock_record *records;
	struct rangelock *rl;
	size_t n;
	int i;

	records = kvcalloc(RECORDS_MAX, sizeof(*records), GFP_KERNEL);
	if (!records)
		return -ENOMEM;
	seq_puts(seq,
		 "lock                  start                 last mode               seq      owner blockers\n");
	workload_lock();
	for (i = 0; i < WORKLOAD_LOCKS; i++) {
		rl = workload_fs_lock(i);
		if (!rl)
			continue;
		n = rangelock_snapshot(rl, which, records, RECORDS_MAX);
		show_records(seq, workload_lock_name(i), records, n);
	}
	workload_unlock();
	kvfree(records);
	return 0;
}

static int holders_show(struct seq_file *seq, void *unused)
{
	return show_requests(seq, RANGELOCK_HOLDERS);
}
DEFINE_SHOW_ATTRIBUTE(holders);

static int waiters_show(struct seq_file *seq, void *unused)
{
	return show_requests(seq, RANGELOCK_WAITERS);
}
DEFINE_SHOW_ATTRIBUTE(waiters);

#define SHOW_LOCK(field)                                                \
	seq_printf(seq, "%s." #field " %llu\n", name, s->field)
#define SHOW_LOCK_ATOMIC(field)                                         \
	seq_printf(seq, "%s." #field " %lld\n", name,                   \
		   (s64)atomic64_read(&s->field))

static void show_lock_counters(struct seq_file *seq, const char *name,
			       const struct rangelock_stats *s)
{
	if (!s->modes) {
		seq_printf(seq, "%s is not counted, see the parameter lock_stats\n",
			   name);
		return;
	}
	SHOW_LOCK_ATOMIC(acquired);
	SHOW_LOCK(contended);
	SHOW_LOCK_ATOMIC(try_failed);
	SHOW_LOCK(wakeups);
	SHOW_LOCK_ATOMIC(spurious);
	SHOW_LOCK(cancelled);
	SHOW_LOCK(visited);
	SHOW_LOCK(visited_max);
	SHOW_LOCK(bypassed);
	SHOW_LOCK(spread);
	SHOW_LOCK(shared_spread);
	SHOW_LOCK(gathered);
	SHOW_LOCK(grown);
	SHOW_LOCK(evicted);
	SHOW_LOCK(promoted);
	SHOW_LOCK(starved);
	SHOW_LOCK_ATOMIC(in_bucket);
}

#define SHOW_FS(name) seq_printf(seq, "fs." #name " %llu\n", c->fs.name)

static int counters_show(struct seq_file *seq, void *unused)
{
	struct workload_counters *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int i;

	if (!c)
		return -ENOMEM;
	workload_get_counters(c);
	if (!c->valid) {
		seq_puts(seq, "no run yet\n");
		goto out;
	}
	SHOW_FS(writes);
	SHOW_FS(reads);
	SHOW_FS(fsyncs);
	SHOW_FS(relocations);
	SHOW_FS(commits);
	SHOW_FS(log_writes);
	SHOW_FS(log_full);
	SHOW_FS(pieces);
	SHOW_FS(oe_waits);
	SHOW_FS(nocow);
	SHOW_FS(nocow_denied);
	SHOW_FS(switches);
	for (i = 0; i < WORKLOAD_LOCKS; i++)
		show_lock_counters(seq, workload_lock_name(i), &c->lock[i]);
out:
	kfree(c);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int selftest_file_show(struct seq_file *seq, void *unused)
{
	selftest_show(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(selftest_file);

static int lockbench_file_show(struct seq_file *seq, void *unused)
{
	lockbench_show(seq);
	return 0;
}

static int lockbench_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, lockbench_file_show, NULL);
}

static ssize_t lockbench_file_write(struct file *file, const char __user *ubuf,
				    size_t count, loff_t *pos)
{
	bool yes;
	int ret;

	ret = kstrtobool_from_user(ubuf, count, &yes);
	if (!ret && !yes)
		ret = -EINVAL;
	if (!ret)
		ret = lockbench_run(icount);
	return ret ? ret : count;
}

static const struct file_operations lockbench_file_fops = {
	.owner = THIS_MODULE,
	.open = lockbench_file_open,
	.read = seq_read,
	.write = lockbench_file_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* debugfs may be off; nothing else depends on it, so errors are not ours. */
int debugfs_init(void)
{
	debugfs_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("results", 0400, debugfs_dir, NULL,
			    &results_file_fops);
	debugfs_create_file("holders", 0400, debugfs_dir, NULL, &holders_fops);
	debugfs_create_file("waiters", 0400, debugfs_dir, NULL, &waiters_fops);
	debugfs_create_file("counters", 0400, debugfs_dir, NULL,
			    &counters_fops);
	debugfs_create_file("selftest", 0400, debugfs_dir, NULL,
			    &selftest_file_fops);
	debugfs_create_file("lockbench", 0600, debugfs_dir, NULL,
			    &lockbench_file_fops);
	return 0;
}

/* On return no file of ours is being read any more. */
void debugfs_exit(void)
{
	debugfs_remove(debugfs_dir);
}
