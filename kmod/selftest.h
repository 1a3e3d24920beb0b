/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The test cases of the module: the shared ones of tests/cases/ and those that
 * only make sense in the kernel.
 */
#ifndef RANGELOCK_SELFTEST_H
#define RANGELOCK_SELFTEST_H

#include <linux/seq_file.h>

#include "case.h"

extern const struct case_desc cases_kernel_irq[];
extern const struct case_desc cases_kernel_itree[];
extern const struct case_desc cases_kernel_baseline[];

int selftest_run(u64 seed, const char *left_out, u32 thin);
void selftest_show(struct seq_file *seq);
void selftest_exit(void);

int selftest_torture(void);

#endif /* RANGELOCK_SELFTEST_H */
