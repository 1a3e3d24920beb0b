/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A forest plot: one line per comparison of range with dio_sem, the median and
 * its confidence interval on a logarithmic axis, 1 in the middle.  Costs are
 * turned around, so that right of 1 is always better for range.
 */
#include "bench/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli.h"
#include "bench/format.h"
#include "bench/markdown.h"
#include "bench/sha256.h"

#define ROW_HEIGHT	22

static bool is_plotted(const struct row *row)
{
	return !strcmp(row->lock_a, "rl") && !strcmp(row->lock_b, "dio") &&
	       isfinite(row->ratio.hi) && row->ratio.lo > 0;
}

static void put_point(FILE *out, const struct row *row, unsigned int y)
{
	double mid = row->ratio.median, lo = row->ratio.lo, hi = row->ratio.hi;
	char label[160], buf[FORMAT_SIZE];

	if (!row->engine) {
		mid = 1 / row->ratio.median;
		lo = 1 / row->ratio.hi;
		hi = 1 / row->ratio.lo;
	}
	snprintf(label, sizeof(label), "%s, %u thread%s", row->label,
		 row->threads, row->threads == 1 ? "" : "s");
	fprintf(out, "%.4f %.4f %.4f %u \"%s\" \"%s\" %d\n", mid, lo, hi, y,
		label, format_ratio(buf, mid), row->verdict);
}

static unsigned int put_points(FILE *out, const struct rows *rows)
{
	unsigned int nr = 0, y;
	size_t i;

	for (i = 0; i < rows->nr; i++)
		nr += is_plotted(&rows->row[i]);
	fputs("$data << EOD\n", out);
	for (i = 0, y = nr; i < rows->nr; i++)
		if (is_plotted(&rows->row[i]))
			put_point(out, &rows->row[i], y--);
	fputs("EOD\n", out);
	return nr;
}

static void put_commands(FILE *out, unsigned int nr, const char *run)
{
	fprintf(out, "set terminal svg size 960,%u font 'sans-serif,13' "
		     "background '#ffffff'\n",
		110 + nr * ROW_HEIGHT);
	fputs("set title 'Range lock against dio\\_sem: how many times better "
	      "(median, 95 % confidence interval)'\n"
	      "set logscale x\n"
	      "set xlabel 'left of 1: dio\\_sem is better          right of 1: "
	      "range is better'\n"
	      "set grid xtics lc rgb '#dddddd'\n"
	      "set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, "
	      "50, 100, 200, 500, 1000)\n"
	      "unset key\n"
	      "set border 1\n"
	      "set ytics nomirror scale 0\n"
	      "set lmargin 34\n"
	      "set offsets graph 0.06, graph 0.12, 0, 0\n",
	      out);
	fprintf(out, "set yrange [0.3:%u.7]\n", nr);
	fprintf(out, "set arrow from 1,0.3 to 1,%u.7 nohead lc rgb '#555555' "
		     "lw 1.5 back\n",
		nr);
	fprintf(out, "set label 'run %s' at screen 0.99,0.015 right font "
		     "',10' textcolor rgb '#777777' noenhanced\n",
		run);
	/* Shape as well as colour: won, lost, and everything in between. */
	fputs("won(v) = v == 0\nlost(v) = v == 1\n"
	      "plot $data using 1:4:2:3:ytic(5) with xerrorbars pt 0 lw 2 lc "
	      "rgb '#888888', \\\n"
	      "  '' using (won($7) ? $1 : 1/0):4 with points pt 7 ps 1 lc rgb "
	      "'#0a7d4f', \\\n"
	      "  '' using (lost($7) ? $1 : 1/0):4 with points pt 5 ps 0.9 lc "
	      "rgb '#b3261e', \\\n"
	      "  '' using (won($7) || lost($7) ? 1/0 : $1):4 with points pt 6 "
	      "ps 1 lw 2 lc rgb '#444444', \\\n"
	      "  '' using 3:4:6 with labels left offset 1,0 font ',11'\n",
	      out);
}

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
	char sum[SHA256_HEX];
	const char *slash = strrchr(directory, '/');
	int err = results_load(directory, &rows, &env, sum);
	unsigned int nr;

	if (!err) {
		nr = put_points(out, &rows);
		put_commands(out, nr, slash ? slash + 1 : directory);
	}
	rows_free(&rows);
	json_free(env);
	return err ? CLI_FAILURE : CLI_OK;
}
