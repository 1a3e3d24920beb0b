/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a waiting person sees, on stderr: one line that renews itself on a
 * terminal, one line per finished cell elsewhere.  NO_COLOR is respected.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include "bench/stats.h"

/**
 * struct progress - a run as seen by a person
 * @cells:     how many comparisons there will be
 * @cell:      which one runs, from 1
 * @label:     its name
 * @expected_s: how long all of it should take
 * @done_s:    expected time of the cells that are finished
 * @cell_s:    expected time of the running cell
 * @started:   monotonic seconds
 * @terminal:  stderr is one
 * @colour:    escape sequences are welcome
 */
struct progress {
	unsigned int cells;
	unsigned int cell;
	char label[128];
	double expected_s;
	double done_s;
	double cell_s;
	double started;
	bool terminal;
	bool colour;
};

void progress_begin(struct progress *progress, unsigned int cells,
		    double expected_s);
void progress_cell(struct progress *progress, const char *label,
		   double expected_s);
void progress_pair(void *progress, unsigned int done, unsigned int of,
		   const struct stats_ci *ratio);
void progress_finish(struct progress *progress, const struct stats_ci *ratio,
		     enum stats_verdict verdict, unsigned int dropped);
void progress_note(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BENCH_PROGRESS_H */
