/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What stands in a line of Markdown, as HTML, and the style of a page.
 */
#ifndef BENCH_HTML_LINE_H
#define BENCH_HTML_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

extern const char html_style[];

void html_text(FILE *out, const char *text, size_t len);
void html_line(FILE *out, const char *text, size_t len);
void html_anchor(FILE *out, const char *text);
bool html_is_verdict(const char *text, size_t len);

#endif /* BENCH_HTML_LINE_H */
