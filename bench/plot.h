/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The pictures of a run, as input for gnuplot: one SVG file each, in the results
 * directory.
 *
 *   engine.svg      throughput and tail of the mixes, side by side
 *   ratios.svg      range over dio_sem with intervals, mixes and traces
 *   ratios-locks.svg  the same, locks alone
 *   threads.svg     throughput of locks against threads, and the ideal line
 *   tails.svg       percentiles of a few mixes
 *   path.svg        instructions per pair against ranges held, in the kernel
 *   bytes.svg       memory of an idle lock and of a held range
 *   inside.svg      who is inside over time, traces in logical time
 *
 * A run without the data for one has no such picture.
 */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include <stdio.h>

#include "bench/rows.h"

#define PLOT_RANGE	"#0a7d4f"
#define PLOT_DIO	"#8a8f98"

/**
 * struct picture - one of them
 * @file:     name of the SVG file
 * @text:     what it shows, one line
 * @document: RESULTS.md has it, too, not only the page
 * @section:  otherwise the heading of RESULTS.md that it stands behind there
 * @draw:     write commands; false if there are no data
 */
struct picture {
	const char *file;
	const char *text;
	bool document;
	const char *section;
	bool (*draw)(FILE *out, const struct rows *rows, const char *path);
};

extern const struct picture pictures[];
extern const unsigned int pictures_nr;

int plot_write(const char *directory, FILE *out);
void plot_begin(FILE *out, const char *path, unsigned int width,
		unsigned int height);
bool plot_is_main(const struct row *row);

/* plot_forest.c */
bool plot_mixes(FILE *out, const struct rows *rows, const char *path);
bool plot_locks(FILE *out, const struct rows *rows, const char *path);

/* plot_curves.c, plot_inside.c */
bool plot_threads(FILE *out, const struct rows *rows, const char *path);
bool plot_tails(FILE *out, const struct rows *rows, const char *path);
bool plot_path(FILE *out, const struct rows *rows, const char *path);
bool plot_bytes(FILE *out, const struct rows *rows, const char *path);
bool plot_inside(FILE *out, const struct rows *rows, const char *path);

#endif /* BENCH_PLOT_H */
