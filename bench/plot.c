/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Two pictures.  ratios.svg is a forest plot: one line per comparison of range
 * with dio_sem, the median and its confidence interval on a logarithmic axis,
 * 1 in the middle; costs are turned around, so that right of 1 is always better
 * for range.  engine.svg has the mixes of the IO engine as bars, throughput and
 * the 90th percentile of plain writes.
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

static void put_rates(FILE *out, const struct rows *rows)
{
	size_t i;

	fputs("$rates << EOD\n", out);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (row->engine && is_plotted(row))
			fprintf(out, "\"%s\" %.3f %.3f\n", row->label,
				row_median(row, "b.ops_per_s") / 1000,
				row_median(row, "a.ops_per_s") / 1000);
	}
	fputs("EOD\n", out);
}

/*
 * Only mixes where both have enough samples: a missing bar would look like no
 * wait at all.  Returns whether there are any.
 */
static bool put_tails(FILE *out, const struct rows *rows)
{
	bool any = false;
	size_t i;

	fputs("$tails << EOD\n", out);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];
		double dio = row_median(row, "b.classes.write.p90_ns");
		double range = row_median(row, "a.classes.write.p90_ns");

		if (!row->engine || !is_plotted(row) ||
		    !(dio > 0 && range > 0))
			continue;
		any = true;
		fprintf(out, "\"%s\" %.4f %.4f\n", row->label, dio / 1e6,
			range / 1e6);
	}
	fputs("EOD\n", out);
	return any;
}

static void put_engine(FILE *out, const char *directory, bool percentiles)
{
	fprintf(out, "set output '%s/engine.svg'\n"
		     "set terminal svg size %d,380 font 'sans-serif,13' "
		     "background '#ffffff'\n"
		     "set multiplot layout 1,%d\n",
		directory, percentiles ? 960 : 480, percentiles ? 2 : 1);
	fputs("set style data histogram\n"
	      "set style histogram clustered gap 1\n"
	      "set style fill solid 0.9 noborder\n"
	      "set boxwidth 0.9\n"
	      "set border 3\n"
	      "set grid ytics lc rgb '#dddddd'\n"
	      "set xtics nomirror scale 0 noenhanced\n"
	      "set ytics nomirror\n"
	      "set key top left\n"
	      "set yrange [0:*]\n"
	      "set offsets 0, 0, graph 0.18, 0\n"
	      "set title 'Throughput, thousand IOs per second (more is "
	      "better)'\n"
	      "plot $rates using 2:xtic(1) title 'dio\\_sem' lc rgb '#8a8f98', "
	      "\\\n"
	      "  '' using 3 title 'range' lc rgb '#0a7d4f'\n",
	      out);
	if (percentiles)
		fputs("set title 'Plain writes, 90th percentile in ms (less is "
		      "better)'\n"
		      "plot $tails using 2:xtic(1) title 'dio\\_sem' lc rgb "
		      "'#8a8f98', \\\n"
		      "  '' using 3 title 'range' lc rgb '#0a7d4f'\n",
		      out);
	fputs("unset multiplot\nreset\n", out);
}

static void put_forest(FILE *out, unsigned int nr, const char *directory,
		       const char *run)
{
	fprintf(out, "set output '%s/ratios.svg'\n", directory);
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
	      "set ytics nomirror scale 0 noenhanced\n"
	      "set lmargin 34\n"
	      "set offsets graph 0.06, graph 0.12, 0, 0\n",
	      out);
	fprintf(out, "set yrange [0.3:%u.7]\n", nr);
	fprintf(out, "set arrow from 1,0.3 to 1,%u.7 nohead lc rgb '#555555' "
		     "lw 1.5 back\n",
		nr);
	fprintf(out, "set label 'run %s' at screen 0.99,0.015 right font "
		     "',10' textcolor rgb '#777777' noenhanced\n"
		     "set label 'dot: range faster   square: range slower   "
		     "ring: neither, or not certain' at screen 0.01,0.015 font "
		     "',10' textcolor rgb '#777777'\n",
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
		put_rates(out, &rows);
		put_engine(out, directory, put_tails(out, &rows));
		nr = put_points(out, &rows);
		put_forest(out, nr, directory, slash ? slash + 1 : directory);
	}
	rows_free(&rows);
	json_free(env);
	return err ? CLI_FAILURE : CLI_OK;
}
