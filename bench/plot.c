/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Pictures of a run: the list of them, and the bars of the engine; see plot.h.
 */
#include "bench/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli.h"
#include "bench/markdown.h"
#include "bench/sha256.h"

#define BAR_HEIGHT	24

/**
 * plot_begin() - a new picture
 * @out:    commands for gnuplot
 * @path:   of the SVG file
 * @width:  in pixels
 * @height: in pixels
 */
void plot_begin(FILE *out, const char *path, unsigned int width,
		unsigned int height)
{
	fprintf(out, "reset\n"
		     "set output '%s'\n"
		     "set terminal svg size %u,%u dynamic font 'sans-serif,13' "
		     "background '#ffffff'\n"
		     "set border 3 lc rgb '#555555'\n"
		     "set grid lc rgb '#e4e4e4' lw 1\n"
		     "set tics nomirror textcolor rgb '#222222'\n"
		     "set key noenhanced samplen 1.5\n",
		path, width, height);
}

/**
 * plot_is_main() - whether a row has its place in pictures of range and dio_sem
 * @row: comparison
 *
 * Return: true if it compares the two and has an interval.
 */
bool plot_is_main(const struct row *row)
{
	return row_is_main_pair(row) && isfinite(row->ratio.hi) &&
	       row->ratio.lo > 0;
}

static bool is_bar(const struct row *row)
{
	return row->engine && plot_is_main(row);
}

/* From the top: the first row has the largest y. */
static unsigned int put_bars(FILE *out, const struct rows *rows)
{
	unsigned int nr = 0, y;
	size_t i;

	for (i = 0; i < rows->nr; i++)
		nr += is_bar(&rows->row[i]);
	fputs("$bars << EOD\n", out);
	for (i = 0, y = nr; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!is_bar(row))
			continue;
		fprintf(out, "%u \"%s\" %.3f %.3f %.4f %.4f\n", y--,
			row->label, row_median(row, "b.ops_per_s") / 1000,
			row_median(row, "a.ops_per_s") / 1000,
			row_median(row, "b.classes.write.p90_ns") / 1e6,
			row_median(row, "a.classes.write.p90_ns") / 1e6);
	}
	fputs("EOD\n", out);
	return nr;
}

/* Two bars per row: dio_sem from @dio above, range from the next column. */
static void put_panel(FILE *out, const char *title, unsigned int dio)
{
	fprintf(out, "set title '%s'\n"
		     "plot $bars using ($%u/2):($1+0.19):($%u/2):(0.17) with "
		     "boxxyerror lc rgb '" PLOT_DIO "' title 'dio_sem', \\\n"
		     "  '' using ($%u/2):($1-0.19):($%u/2):(0.17) with "
		     "boxxyerror lc rgb '" PLOT_RANGE "' title 'range'\n",
		title, dio, dio, dio + 1, dio + 1);
}

/* Mixes without enough samples have no bars at the right. */
static bool plot_engine(FILE *out, const struct rows *rows, const char *path)
{
	unsigned int nr = put_bars(out, rows);

	if (!nr)
		return false;
	plot_begin(out, path, 960, 170 + nr * BAR_HEIGHT);
	fprintf(out, "set multiplot\n"
		     "set style fill solid 1 noborder\n"
		     "set border 1\n"
		     "set grid noytics xtics\n"
		     "set yrange [0.4:%u.6]\n"
		     "set xrange [0:*]\n"
		     "set key at screen 0.5,character 0.6 bottom center "
		     "horizontal\n"
		     "set ytics scale 0 noenhanced (\"\" 0)\n"
		     "set for [i=1:|$bars|] ytics add (word($bars[i],2) "
		     "word($bars[i],1)+0)\n",
		nr);
	fputs("set tmargin 3\nset bmargin 5\n"
	      "set lmargin at screen 0.15\nset rmargin at screen 0.55\n", out);
	put_panel(out, "Thousand IOs per second (more is better)", 3);
	fputs("set lmargin at screen 0.60\nset rmargin at screen 0.98\n"
	      "unset ytics\nunset key\n", out);
	put_panel(out, "Plain writes, 90th percentile, ms (less is better)", 5);
	fputs("unset multiplot\n", out);
	return true;
}

const struct picture pictures[] = {
	{ "engine.svg",
	  "The mixes of the IO engine, throughput and 90th percentile, dio_sem "
	  "beside range",
	  true, NULL, plot_engine },
	{ "ratios.svg",
	  "Range against dio_sem, every comparison with its confidence interval",
	  true, NULL, plot_mixes },
	{ "ratios-locks.svg",
	  "Range against dio_sem as locks alone, each comparison with its "
	  "confidence interval",
	  true, NULL, plot_locks },
	{ "tails.svg",
	  "Percentiles of the latency per class, dio_sem beside range",
	  false, "IO engine, dio_sem beside range", plot_tails },
	{ "inside.svg",
	  "Operations inside at a time, recorded traces in logical time",
	  true, NULL, plot_inside },
	{ "threads.svg",
	  "Throughput of the locks against the number of threads, and the "
	  "ideal line",
	  false, "Cost of a lock", plot_threads },
	{ "path.svg",
	  "Instructions per pair in the kernel against ranges held elsewhere",
	  false, "In the kernel", plot_path },
	{ "bytes.svg", "Memory of an idle lock and of a held range",
	  false, "Cost of a lock", plot_bytes },
};
const unsigned int pictures_nr = ARRAY_SIZE(pictures);

/**
 * plot_write() - `rlbench report --plot`
 * @directory: results directory
 * @out:       where the commands for gnuplot go
 *
 * Return: enum cli_exit.
 */
int plot_write(const char *directory, FILE *out)
{
	struct rows rows = { 0 };
	struct json *env = NULL;
	char sum[SHA256_HEX], path[4096];
	int err = results_load(directory, &rows, &env, sum);
	unsigned int i;

	for (i = 0; i < pictures_nr && !err; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
			 pictures[i].file);
		pictures[i].draw(out, &rows, path);
	}
	rows_free(&rows);
	json_free(env);
	return err ? CLI_FAILURE : CLI_OK;
}
