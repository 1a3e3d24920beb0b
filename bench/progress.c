/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Progress on stderr, see progress.h.
 */
#include "bench/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/format.h"

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void clear_line(const struct progress *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
}

static void print_head(const struct progress *progress)
{
	fprintf(stderr, "[%*u/%u] %-44s", progress->cells > 99 ? 3 : 2,
		progress->cell, progress->cells, progress->label);
}

/**
 * progress_begin() - a run starts
 * @progress:   filled
 * @cells:      number of comparisons
 * @expected_s: seconds it should take
 */
void progress_begin(struct progress *progress, unsigned int cells,
		    double expected_s)
{
	const char *no_color = getenv("NO_COLOR");

	*progress = (struct progress){
		.cells = cells,
		.expected_s = expected_s,
		.started = now_s(),
		.terminal = isatty(STDERR_FILENO),
	};
	progress->colour = progress->terminal && !(no_color && *no_color);
	fprintf(stderr, "%u comparisons, about %.0f s\n", cells, expected_s);
}

/**
 * progress_cell() - the next comparison starts
 * @progress:   of the run
 * @label:      name of the comparison
 * @expected_s: seconds it should take
 */
void progress_cell(struct progress *progress, const char *label,
		   double expected_s)
{
	progress->cell++;
	progress->done_s += progress->cell_s;
	progress->cell_s = expected_s;
	snprintf(progress->label, sizeof(progress->label), "%s", label);
	if (!progress->terminal)
		return;
	clear_line(progress);
	print_head(progress);
	fflush(stderr);
}

/**
 * progress_pair() - a pair of windows is done
 * @arg:   struct progress
 * @done:  pairs kept
 * @of:    pairs wanted
 * @ratio: so far
 */
void progress_pair(void *arg, unsigned int done, unsigned int of,
		   const struct stats_ci *ratio)
{
	struct progress *progress = arg;
	double share, passed, left;
	char buf[FORMAT_SIZE];

	if (!progress->terminal)
		return;
	share = progress->done_s + progress->cell_s * done / of;
	passed = now_s() - progress->started;
	left = progress->expected_s - share;
	if (share > 0.05 * progress->expected_s)
		left *= passed / share;
	clear_line(progress);
	print_head(progress);
	fprintf(stderr, " pair %u/%u  x%s  eta %02d:%02d", done, of,
		format_ratio(buf, ratio->median), (int)left / 60,
		(int)left % 60);
	fflush(stderr);
}

static const char *colour_of(enum stats_verdict verdict)
{
	switch (verdict) {
	case STATS_FASTER:
		return "\033[32m";
	case STATS_SLOWER:
	case STATS_UNTRUSTED:
		return "\033[31m";
	default:
		return "";
	}
}

/**
 * progress_finish() - a comparison is done
 * @progress: of the run
 * @ratio:    A over B
 * @verdict:  about A
 * @dropped:  pairs dropped
 */
void progress_finish(struct progress *progress, const struct stats_ci *ratio,
		     enum stats_verdict verdict, unsigned int dropped)
{
	char a[FORMAT_SIZE], b[FORMAT_SIZE];

	clear_line(progress);
	print_head(progress);
	fprintf(stderr, " x%-6s %-16s %s%s%s", format_ratio(a, ratio->median),
		format_interval(b, ratio->lo, ratio->hi),
		progress->colour ? colour_of(verdict) : "",
		stats_verdict_name(verdict),
		progress->colour ? "\033[0m" : "");
	if (dropped)
		fprintf(stderr, "  (%u dropped)", dropped);
	fputc('\n', stderr);
}

/**
 * progress_note() - a line of text between the cells
 * @progress: of the run
 * @format:   as for printf
 */
void progress_note(struct progress *progress, const char *format, ...)
{
	va_list args;

	clear_line(progress);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
