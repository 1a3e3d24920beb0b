/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One page without anything outside of it: the text of RESULTS.md and all
 * pictures of a run.
 */
#ifndef BENCH_HTML_H
#define BENCH_HTML_H

#include <stdio.h>

int html_write(const char *directory, FILE *out);
int html_check(const char *path);
void html_render(const char *markdown, const char *directory, FILE *out);

#endif /* BENCH_HTML_H */
