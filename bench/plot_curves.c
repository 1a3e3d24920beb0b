/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Curves: throughput against threads, percentiles, path length, memory, and who
 * is inside over time; see plot.h.
 */
#include "bench/plot.h"

#include <math.h>
#include <string.h>

#include "rl_env.h"
#include "bench/format.h"
#include "bench/lock_ops.h"

static const struct {
	const char *lock, *colour;
} lock_colours[] = {
	{ "dio", PLOT_DIO },	{ "tree", "#3b6fb6" },  { "rwsem", "#c77700" },
	{ "glibc", "#7d4fa0" }, { "spin", "#3f3f3f" },  { "none", "#bbbbbb" },
};

static const char *colour_of(const char *lock)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lock_colours); i++)
		if (!strcmp(lock_colours[i].lock, lock))
			return lock_colours[i].colour;
	return PLOT_RANGE;
}

/* Threads and million pairs per second of @side; the rate of the first. */
static double put_rates(FILE *out, const struct rows *rows, const char *label,
			const char *lock_b, const char *side)
{
	double first = NAN, rate;
	size_t i;

	fprintf(out, "$%s_%s << EOD\n", side, lock_b);
	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (strcmp(row->label, label) || strcmp(row->lock_a, "rl") ||
		    strcmp(row->lock_b, lock_b))
			continue;
		rate = row_median(row, !strcmp(side, "a") ? "a.ops_per_s" :
							    "b.ops_per_s") / 1e6;
		fprintf(out, "%u %.4f\n", row->threads, rate);
		if (isnan(first))
			first = rate / row->threads;
	}
	fputs("EOD\n", out);
	return first;
}

static unsigned int cpus_of(const struct rows *rows)
{
	return rows->nr ? (unsigned int)row_median(&rows->row[0], "cpus") : 1;
}

static bool has_label(const struct rows *rows, const char *label,
		      const char *lock_b)
{
	return rows_find(rows, label, 0, "rl", lock_b) != NULL;
}

bool plot_threads(FILE *out, const struct rows *rows, const char *path)
{
	static const char *const peers[] = { "dio", "tree", "rwsem", "glibc" };
	static const char label[] = "g_disjoint/4k,excl";
	unsigned int cpus = cpus_of(rows), i;
	double ideal;

	if (!has_label(rows, label, "dio"))
		return false;
	ideal = put_rates(out, rows, label, "dio", "a");
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		put_rates(out, rows, label, peers[i], "b");
	plot_begin(out, path, 960, 420);
	fprintf(out, "set title 'Million pairs per second, each thread a 4 KiB "
		     "range of its own, exclusive; %u CPUs'\n"
		     "set xlabel 'threads'\nset yrange [0:*]\nset logscale x 2\n"
		     "set key outside right top\nset offsets graph 0.03,graph 0.03,0,0\n"
		     "set style data linespoints\n"
		     "plot $a_dio using 1:(%.4f*($1 < %u ? $1 : %u)) with lines "
		     "dt 2 lw 1.5 lc rgb '#999999' title 'range, ideal', \\\n"
		     "  '' using 1:2 pt 7 lw 2 lc rgb '" PLOT_RANGE
		     "' title 'range'",
		cpus, ideal, cpus, cpus);
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (has_label(rows, label, peers[i]))
			fprintf(out, ", \\\n  $b_%s using 1:2 pt 7 ps 0.7 lw 1.5 "
				     "lc rgb '%s' title '%s'",
				peers[i], colour_of(peers[i]),
				format_lock(peers[i]));
	fputc('\n', out);
	return true;
}

/* 1/(1-p) and milliseconds, of a class of a side; whether there is any. */
static bool put_percentiles(FILE *out, const struct row *row, const char *side,
			    const char *class)
{
	static const struct {
		double inverse;
		const char *name;
	} percentiles[] = {
		{ 2, "p50_ns" },     { 10, "p90_ns" },	    { 100, "p99_ns" },
		{ 1000, "p999_ns" }, { 10000, "p9999_ns" },
	};
	unsigned int i, nr = 0;
	char path[80];

	fprintf(out, "$%s_%s << EOD\n", side, class);
	for (i = 0; i < ARRAY_SIZE(percentiles); i++) {
		double ns;

		snprintf(path, sizeof(path), "%s.classes.%s.%s", side, class,
			 percentiles[i].name);
		ns = row_median(row, path);
		if (ns > 0)
			nr += fprintf(out, "%.0f %.6f\n",
				      percentiles[i].inverse, ns / 1e6) > 0;
	}
	fputs("EOD\n", out);
	return nr > 1;
}

static void put_tail_panel(FILE *out, const struct row *row)
{
	static const char *const classes[] = { "write", "dsync", "read",
					       "fsync" };
	const char *comma = "plot ";
	bool has[ARRAY_SIZE(classes)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		has[i] = put_percentiles(out, row, "b", classes[i]);
		has[i] &= put_percentiles(out, row, "a", classes[i]);
	}
	fprintf(out, "set title '%s' noenhanced\n", row->label);
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (!has[i])
			continue;
		fprintf(out, "%s$b_%s using 1:2 pt %u dt %u lc rgb '" PLOT_DIO
			     "' title 'dio_sem %s', \\\n"
			     "  $a_%s using 1:2 pt %u dt %u lc rgb '" PLOT_RANGE
			     "' title 'range %s'",
			comma, classes[i], 5 + 2 * i, i + 1, classes[i],
			classes[i], 5 + 2 * i, i + 1, classes[i]);
		comma = ", \\\n  ";
	}
	/* gnuplot wants something to plot. */
	fputs(*comma == 'p' ? "set label 1 'too few samples' at graph 0.5,0.5 "
			      "center\nplot [2:100] 1 lc rgb '#ffffff' notitle\n"
			      "unset label 1\n" :
			      "\n",
	      out);
}

bool plot_tails(FILE *out, const struct rows *rows, const char *path)
{
	static const char *const labels[] = { "b_dsync", "b_reloc", "b_db",
					      "b_vm",
					      "b_trace/oltp,x16",
					      "b_trace/wal,x16" };
	const struct row *row[ARRAY_SIZE(labels)];
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		row[nr] = rows_find(rows, labels[i], 0, "rl", "dio");
		nr += row[nr] != NULL;
	}
	if (!nr)
		return false;
	plot_begin(out, path, 960, 20 + (nr + 1) / 2 * 360);
	fprintf(out, "set multiplot layout %u,2\n"
		     "set logscale xy\nset xrange [1.6:*]\n"
		     "set xtics ('50%%%%' 2, '90%%%%' 10, '99%%%%' 100, '99.9%%%%' "
		     "1000, '99.99%%%%' 10000)\n"
		     "set ylabel 'ms'\nset style data linespoints\n"
		     "set pointsize 0.7\n"
		     "set key bmargin center horizontal maxcols 2 font ',10'\n",
		(nr + 1) / 2);
	for (i = 0; i < nr; i++)
		put_tail_panel(out, row[i]);
	fputs("unset multiplot\n", out);
	return true;
}

static const char *last_kernel(const struct rows *rows)
{
	return rows->nr_kernel ? json_text(rows->kernel[rows->nr_kernel - 1],
					   "kernel") : "";
}

static bool is_held(const struct json *line, const char *lock,
		    const char *kernel)
{
	return !strcmp(json_text(line, "kernel"), kernel) &&
	       !strcmp(json_text(line, "scenario"), "u_held") &&
	       !strcmp(json_text(line, "mode"), "write") &&
	       !strcmp(json_text(line, "metric"), "insn_per_pair") &&
	       !strcmp(json_text(line, "lock"), lock);
}

bool plot_path(FILE *out, const struct rows *rows, const char *path)
{
	static const char *const locks[] = { "rl", "tree", "rwsem", "spin" };
	const char *comma = "plot ";
	bool has[ARRAY_SIZE(locks)] = { false };
	unsigned int i;
	size_t j;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		fprintf(out, "$held_%s << EOD\n", locks[i]);
		for (j = 0; j < rows->nr_kernel; j++) {
			const struct json *line = rows->kernel[j];

			if (!is_held(line, locks[i], last_kernel(rows)))
				continue;
			fprintf(out, "%.0f %.2f\n",
				json_value(line, "held") + 1,
				json_value(line, "value"));
			has[i] = true;
		}
		fputs("EOD\n", out);
	}
	if (!has[0])
		return false;
	plot_begin(out, path, 960, 420);
	fprintf(out, "set title 'Instructions per exclusive pair, Linux %s (path "
		     "length, not time)' noenhanced\n",
		last_kernel(rows));
	fputs("set xlabel 'ranges held elsewhere in the file'\nset logscale x\nset yrange [0:*]\n"
	      "set xtics ('0' 1, '1' 2, '4' 5, '16' 17, '64' 65, '256' 257, "
	      "'1024' 1025, '4096' 4097)\n"
	      "set key outside right top\nset style data linespoints\n", out);
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		if (!has[i])
			continue;
		fprintf(out, "%s$held_%s using 1:2 pt 7 ps 0.8 lw 2 lc rgb "
			     "'%s' title '%s'",
			comma, locks[i], colour_of(locks[i]),
			format_lock(locks[i]));
		comma = ", \\\n  ";
	}
	fputc('\n', out);
	return true;
}

/* Not the floors and controls, nor what is wrong on purpose. */
static bool has_bytes(const struct json *line)
{
	const struct lock_ops *ops = lock_ops_find(json_text(line, "lock"));

	return ops && !(ops->properties & (LOCK_EXCLUDES_NOBODY | LOCK_BUSTED));
}

bool plot_bytes(FILE *out, const struct rows *rows, const char *path)
{
	size_t i, nr = 0, left;

	for (i = 0; i < rows->nr_memory; i++)
		nr += has_bytes(rows->memory[i]);
	if (!nr)
		return false;
	left = nr;
	fputs("$bytes << EOD\n", out);
	for (i = 0; i < rows->nr_memory; i++) {
		const struct json *line = rows->memory[i];

		if (!has_bytes(line))
			continue;
		fprintf(out, "%zu \"%s\" %.0f %.0f\n", left--,
			format_lock(json_text(line, "lock")),
			json_value(line, "bytes"),
			json_value(line, "bytes_per_range"));
	}
	fputs("EOD\n", out);
	plot_begin(out, path, 960, 130 + (unsigned int)nr * 30);
	fprintf(out, "set title 'Bytes, userspace build (logarithmic)'\n"
		     "set style fill solid 1 noborder\nset border 1\n"
		     "set grid noytics xtics\nset logscale x\n"
		     "set xrange [1:*]\nset yrange [0.4:%zu.6]\n"
		     "set ytics scale 0 noenhanced\nset key outside right top\n"
		     "one(v) = v < 1 ? 1 : v\n"
		     "plot $bytes using (one($3)):($1+0.19):(1):(one($3)):"
		     "($1+0.03):($1+0.37):ytic(2) with boxxyerror lc rgb '"
		     PLOT_RANGE "' title 'an idle lock', \\\n"
		     "  '' using (one($4)):($1-0.19):(1):(one($4)):($1-0.37):"
		     "($1-0.03) with boxxyerror lc rgb '#b9d8cb' title 'and "
		     "each held range', \\\n"
		     "  '' using (one($3)):($1+0.19):3 with labels left offset "
		     "0.5,0 font ',10' notitle, \\\n"
		     "  '' using (one($4)):($1-0.19):4 with labels left offset "
		     "0.5,0 font ',10' notitle\n",
		nr);
	return true;
}
