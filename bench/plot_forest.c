/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Forest plots: one line per comparison of range with dio_sem, the median and
 * its confidence interval on a logarithmic axis, behind it the interval of the
 * A/A control.  Costs are turned around, so that right of 1 is always better for
 * range.
 */
#include "bench/plot.h"

#include <math.h>
#include <string.h>

#include "rl_env.h"
#include "bench/format.h"

#define ROW_HEIGHT	22

/**
 * struct forest - the lines of one plot
 * @nr: how many
 * @lo: smallest value
 * @hi: largest
 */
struct forest {
	unsigned int nr;
	double lo;
	double hi;
};

static void turn(double *lo, double *hi)
{
	double old = *lo;

	*lo = 1 / *hi;
	*hi = 1 / old;
}

static void put_point(FILE *out, const struct row *row, unsigned int y,
		      struct forest *forest)
{
	double mid = row->ratio.median, lo = row->ratio.lo, hi = row->ratio.hi;
	double aa_lo = row->aa.lo, aa_hi = row->aa.hi;
	char label[160], buf[FORMAT_SIZE];

	if (!row->engine) {
		mid = 1 / mid;
		turn(&lo, &hi);
		turn(&aa_lo, &aa_hi);
	}
	if (!(aa_lo > 0) || !isfinite(aa_hi))
		aa_lo = aa_hi = 1;
	snprintf(label, sizeof(label), "%s, %u thread%s", row->label,
		 row->threads, row->threads == 1 ? "" : "s");
	if (mid < 0.1)
		snprintf(buf, sizeof(buf), "%.2g", mid);
	else
		format_ratio(buf, mid);
	fprintf(out, "%.5f %.5f %.5f %u \"%s\" \"%s\" %d %.5f %.5f\n", mid,
		lo, hi, y, label, buf, row->verdict, aa_lo, aa_hi);
	forest->lo = fmin(forest->lo, fmin(lo, aa_lo));
	forest->hi = fmax(forest->hi, fmax(hi, aa_hi));
}

static void put_points(FILE *out, const struct rows *rows, bool engine,
		       struct forest *forest)
{
	unsigned int y;
	size_t i;

	for (i = 0; i < rows->nr; i++)
		forest->nr += plot_is_main(&rows->row[i]) &&
			      rows->row[i].engine == engine;
	fputs("$data << EOD\n", out);
	for (i = 0, y = forest->nr; i < rows->nr; i++)
		if (plot_is_main(&rows->row[i]) &&
		    rows->row[i].engine == engine)
			put_point(out, &rows->row[i], y--, forest);
	fputs("EOD\n", out);
}

/* Ticks at 1, 2, 5 where there is room for them, else at powers of ten. */
static void put_axis(FILE *out, const struct forest *forest)
{
	double lo = fmin(forest->lo, 0.5) / 1.15;
	double hi = fmax(forest->hi, 2) * 1.6;
	double decade, step;
	static const double steps[] = { 1, 2, 5 };
	bool fine = hi / lo < 300;
	unsigned int i, nr = 0;

	fprintf(out, "set logscale x\nset xrange [%.6f:%.6f]\nset xtics (", lo,
		hi);
	for (decade = 1e-6; decade < 1e6; decade *= 10) {
		for (i = 0; i < (fine ? ARRAY_SIZE(steps) : 1); i++) {
			step = decade * steps[i];
			if (step > lo && step < hi)
				fprintf(out, "%s\"%.6g\" %.6g", nr++ ? ", " : "",
					step, step);
		}
	}
	fputs(")\n", out);
}

static bool put_forest(FILE *out, const struct rows *rows, bool engine,
		       const char *path, const char *title)
{
	struct forest forest = { 0, 1, 1 };

	put_points(out, rows, engine, &forest);
	if (!forest.nr)
		return false;
	plot_begin(out, path, 960, 175 + forest.nr * ROW_HEIGHT);
	put_axis(out, &forest);
	fprintf(out, "set title '%s'\n"
		     "set xlabel 'left of 1: dio\\_sem is better          right "
		     "of 1: range is better'\n"
		     "unset key\nset border 1\n"
		     "set grid noytics xtics\n"
		     "set ytics scale 0 noenhanced\n"
		     "set lmargin 34\nset rmargin 4\nset bmargin 5\n"
		     "set yrange [0.3:%u.7]\n"
		     "set arrow from 1,0.3 to 1,%u.7 nohead lc rgb '#555555' "
		     "lw 1.5 back\n",
		title, forest.nr, forest.nr);
	fputs("set label 'dot: range faster   square: range slower   ring: "
	      "neither, or not certain   pale: A/A control' at character 1,0.8 "
	      "font ',10' textcolor rgb '#666666'\n"
	      "won(v) = v == 0\nlost(v) = v == 1\n"
	      "plot $data using 8:4:($9-$8):(0) with vectors nohead lw 9 lc "
	      "rgb '#dfe6ee', \\\n"
	      "  '' using 1:4:2:3:ytic(5) with xerrorbars pt 0 lw 2 lc rgb "
	      "'#888888', \\\n"
	      "  '' using (won($7) ? $1 : 1/0):4 with points pt 7 ps 1 lc rgb '"
	      PLOT_RANGE "', \\\n"
	      "  '' using (lost($7) ? $1 : 1/0):4 with points pt 5 ps 0.9 lc "
	      "rgb '#b3261e', \\\n"
	      "  '' using (won($7) || lost($7) ? 1/0 : $1):4 with points pt 6 "
	      "ps 1 lw 2 lc rgb '#444444', \\\n"
	      "  '' using 3:4:6 with labels left offset 1,0 font ',11'\n",
	      out);
	return true;
}

bool plot_mixes(FILE *out, const struct rows *rows, const char *path)
{
	return put_forest(out, rows, true, path,
			  "Range lock against dio\\_sem in the IO engine: "
			  "throughput, how many times better (95 % CI)");
}

bool plot_locks(FILE *out, const struct rows *rows, const char *path)
{
	return put_forest(out, rows, false, path,
			  "Range lock against dio\\_sem, the locks alone: cost "
			  "of a pair, how many times better (95 % CI)");
}
