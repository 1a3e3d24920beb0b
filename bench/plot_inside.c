/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who is inside over time: recorded traces in logical time, at the speed at which
 * the designs differ most; see plot.h.
 */
#include "bench/plot.h"

#include <string.h>

#include "rl_env.h"
#include "bench/replay.h"

#define MAX_TRACES	16u

static bool is_fastest(const struct rows *rows, const struct json *line)
{
	size_t i;

	for (i = 0; i < rows->nr_replay; i++)
		if (!strcmp(json_text(rows->replay[i], "trace"),
			    json_text(line, "trace")) &&
		    json_value(rows->replay[i], "speed") >
			    json_value(line, "speed"))
			return false;
	return true;
}

static const struct json *find_design(const struct rows *rows,
				      const struct json *like,
				      const char *design)
{
	size_t i;

	for (i = 0; i < rows->nr_replay; i++)
		if (!strcmp(json_text(rows->replay[i], "trace"),
			    json_text(like, "trace")) &&
		    json_value(rows->replay[i], "speed") ==
			    json_value(like, "speed") &&
		    !strcmp(json_text(rows->replay[i], "design"), design))
			return rows->replay[i];
	return NULL;
}

static void put_timeline(FILE *out, const struct json *line, const char *name)
{
	double values[REPLAY_TIMELINE];
	size_t nr = json_values(line, "timeline_permille", values,
				REPLAY_TIMELINE), i;
	double ms = json_value(line, "makespan_ns") / 1e6;

	fprintf(out, "$%s << EOD\n", name);
	for (i = 0; i < nr; i++)
		fprintf(out, "%.4f %.3f\n", ms * (double)i / (double)nr,
			values[i] / 1000);
	fprintf(out, "%.4f 0\nEOD\n", ms);
}

static void put_panel(FILE *out, const struct rows *rows,
		      const struct json *dio)
{
	put_timeline(out, dio, "dio");
	put_timeline(out, find_design(rows, dio, "range"), "range");
	fprintf(out, "set title '%s, %.0f times as fast as recorded' "
		     "noenhanced\n"
		     "plot $dio using 1:2 with fillsteps lc rgb '#d5d7da' title "
		     "'dio_sem', \\\n"
		     "  $range using 1:2 with steps lw 1.5 lc rgb '" PLOT_RANGE
		     "' title 'range'\n",
		json_text(dio, "trace"), json_value(dio, "speed"));
}

bool plot_inside(FILE *out, const struct rows *rows, const char *path)
{
	const struct json *dio[MAX_TRACES];
	unsigned int nr = 0, i;
	size_t j;

	for (j = 0; j < rows->nr_replay && nr < MAX_TRACES; j++) {
		const struct json *line = rows->replay[j];

		if (!strcmp(json_text(line, "design"), "dio_sem") &&
		    is_fastest(rows, line) && find_design(rows, line, "range"))
			dio[nr++] = line;
	}
	if (!nr)
		return false;
	plot_begin(out, path, 960, 20 + (nr + 1) / 2 * 260);
	fprintf(out, "set multiplot layout %u,2\nset xlabel 'ms'\n"
		     "set ylabel 'operations inside'\n"
		     "set yrange [0:*]\nset style fill solid 1 noborder\n"
		     "set offsets 0,0,graph 0.25,0\n", (nr + 1) / 2);
	for (i = 0; i < nr; i++) {
		put_panel(out, rows, dio[i]);
		fputs("unset key\n", out);
	}
	fputs("unset multiplot\n", out);
	return true;
}
