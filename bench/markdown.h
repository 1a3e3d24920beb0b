/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * RESULTS.md from a results directory, and the check that nobody edited it.
 */
#ifndef BENCH_MARKDOWN_H
#define BENCH_MARKDOWN_H

#include <stdio.h>

#include "bench/rows.h"

int markdown_write(const char *directory, FILE *out);
int markdown_check(const char *path);
int markdown_differs(const char *path, const char *is, const char *should);

/* Read what SHA256SUMS of a results directory lists, after checking it. */
int results_load(const char *directory, struct rows *rows, struct json **env,
		 char *sum);

#endif /* BENCH_MARKDOWN_H */
