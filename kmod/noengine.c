// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "workload.h"
#include "sysfs.h"
#include "debugfs.h"
int workload_init(void) { return 0; }
void workload_exit(void) { }
int sysfs_init(void) { return 0; }
void sysfs_exit(void) { }
#include "cases.h"
#define W(n) const struct case_desc n[2] __weak = {};
W(cases_itree) W(cases_rangelock) W(cases_allen) W(cases_misuse) W(cases_order) W(cases_wakeup) W(cases_async) W(cases_many) W(cases_model) W(cases_torture)
#include <linux/debugfs.h>
#include "lockbench.h"
static ssize_t w(struct file *f, const char __user *u, size_t c, loff_t *p) { int r = lockbench_run(true); return r ? r : c; }
static int s(struct seq_file *q, void *x) { lockbench_show(q); return 0; }
static int o(struct inode *i, struct file *f) { return single_open(f, s, NULL); }
static const struct file_operations fops = { .owner = THIS_MODULE, .open = o, .read = seq_read, .write = w, .release = single_release };
static bool icount; module_param(icount, bool, 0444);
static struct dentry *d;
int debugfs_init(void) { d = debugfs_create_dir("rangelock", NULL); debugfs_create_file("lockbench", 0600, d, NULL, &fops); return 0; }
void debugfs_exit(void) { debugfs_remove(d); }
int lockbench_run_engine(bool icount) { return 0; }
