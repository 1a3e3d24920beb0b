// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Loading and unloading.
 *
 * Each part has one init and one exit; a part may use those before it.  Unload
 * stops a running load first: sysfs goes before the workload, so that nobody
 * can start another one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sizes.h>

#include "debugfs.h"
#include "lockbench.h"
#include "rangelock_spread.h"
#include "selftest.h"
#include "sysfs.h"
#include "workload.h"

static bool selftest;
module_param(selftest, bool, 0444);
MODULE_PARM_DESC(selftest, "run all test cases at load, report in KTAP");

static ulong selftest_seed = 1;
module_param(selftest_seed, ulong, 0444);
MODULE_PARM_DESC(selftest_seed, "random seed of the test cases");

static char *selftest_left_out;
module_param(selftest_left_out, charp, 0444);
MODULE_PARM_DESC(selftest_left_out, "GROUP or GROUP.CASE that is not run, with commas");

static uint selftest_thin = 1;
module_param(selftest_thin, uint, 0444);
MODULE_PARM_DESC(selftest_thin, "divides the rounds of the longest cases");

static bool selftest_leak;
module_param(selftest_leak, bool, 0444);
MODULE_PARM_DESC(selftest_leak, "lose some memory, which the count of it has to find");

/* Both kinds of memory, and nobody who knows where. */
static void leak(void)
{
	void *small = rlenv_alloc(64);
	void *big = rlenv_alloc_big(SZ_64K);

	OPTIMIZER_HIDE_VAR(small);
	OPTIMIZER_HIDE_VAR(big);
}

static int __init rangelock_module_init(void)
{
	int ret;

	ret = workload_init();
	if (ret)
		return ret;
	ret = sysfs_init();
	if (ret)
		goto out_workload;
	ret = debugfs_init();
	if (ret)
		goto out_sysfs;
	if (selftest) {
		ret = selftest_run(selftest_seed, selftest_left_out,
				   selftest_thin);
		if (ret)
			goto out_debugfs;
	}
	ret = selftest_torture();
	if (ret)
		goto out_debugfs;
	if (selftest_leak)
		leak();
	return 0;

out_debugfs:
	debugfs_exit();
	selftest_exit();
out_sysfs:
	sysfs_exit();
out_workload:
	workload_exit();
	rangelock_pool_exit();
	return ret;
}

static void __exit rangelock_module_exit(void)
{
	debugfs_exit();
	sysfs_exit();
	workload_exit();
	lockbench_exit();
	selftest_exit();
	rangelock_pool_exit();
}

module_init(rangelock_module_init);
module_exit(rangelock_module_exit);

MODULE_DESCRIPTION("Byte-range locks, and an IO engine to compare them with dio_sem");
MODULE_AUTHOR("rangelock contributors");
MODULE_LICENSE("Dual MIT/GPL");
