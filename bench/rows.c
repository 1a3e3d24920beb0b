/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Results read back, see rows.h.
 */
#include "bench/rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

/**
 * rows_read_file() - all of a file
 * @path: of the file
 * @size: filled with its bytes, unless NULL
 *
 * Return: the text with a zero byte behind, for free(), or NULL with errno.
 */
char *rows_read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t len = 0, got;

	if (!f)
		return NULL;
	do {
		char *more = realloc(text, len + 65536 + 1);

		if (!more)
			abort();
		text = more;
		got = fread(text + len, 1, 65536, f);
		len += got;
	} while (got);
	text[len] = '\0';
	if (ferror(f)) {
		free(text);
		text = NULL;
		errno = EIO;
	}
	fclose(f);
	if (size)
		*size = len;
	return text;
}

static bool is_row_of(const struct row *row, const struct json *line,
		      const char *label)
{
	return !strcmp(row->label, label) &&
	       !strcmp(row->lock_a, json_text(line, "lock_a")) &&
	       !strcmp(row->lock_b, json_text(line, "lock_b")) &&
	       row->threads == (unsigned int)json_value(line, "threads");
}

static struct row *find_row(struct rows *rows, const struct json *line)
{
	const char *variant = json_text(line, "params.variant");
	struct row *row;
	char label[96];
	size_t i;

	snprintf(label, sizeof(label), "%s%s%s", json_text(line, "scenario"),
		 *variant ? "/" : "", variant);
	for (i = 0; i < rows->nr; i++)
		if (is_row_of(&rows->row[i], line, label))
			return &rows->row[i];
	row = realloc(rows->row, (rows->nr + 1) * sizeof(*row));
	if (!row)
		abort();
	rows->row = row;
	row = &rows->row[rows->nr++];
	memset(row, 0, sizeof(*row));
	memcpy(row->label, label, sizeof(label));
	row->scenario = json_text(line, "scenario");
	row->lock_a = json_text(line, "lock_a");
	row->lock_b = json_text(line, "lock_b");
	row->threads = (unsigned int)json_value(line, "threads");
	row->engine = !strcmp(json_text(line, "metric"), "ops_per_s");
	return row;
}

static int add_object(struct json ***lines, size_t *nr, struct json *line)
{
	struct json **more = realloc(*lines, (*nr + 1) * sizeof(*more));

	if (!more)
		abort();
	*lines = more;
	more[(*nr)++] = line;
	return 0;
}

static int add_line(struct rows *rows, struct json *line)
{
	const char *side = json_text(line, "side");
	struct row *row;

	if (!strcmp(side, "kernel"))
		return add_object(&rows->kernel, &rows->nr_kernel, line);
	if (!strcmp(side, "count"))
		return add_object(&rows->count, &rows->nr_count, line);
	if (!strcmp(side, "replay"))
		return add_object(&rows->replay, &rows->nr_replay, line);
	if (json_find(line, "bytes_per_range"))
		return add_object(&rows->memory, &rows->nr_memory, line);
	if (!json_find(line, "ratios") || !*json_text(line, "scenario"))
		return -EINVAL;
	row = find_row(rows, line);
	if (row->nr_lines == ROW_MAX_LINES)
		return -E2BIG;
	row->line[row->nr_lines++] = line;
	return 0;
}

/**
 * rows_add_text() - read JSON lines
 * @rows: collection; all zeroes is an empty one
 * @text: lines
 * @name: for complaints
 *
 * Return: 0, or -EINVAL after a complaint.
 */
int rows_add_text(struct rows *rows, const char *text, const char *name)
{
	char *copy = strdup(text), *line, *save;
	unsigned int nr = 0;
	int err = 0;

	if (!copy)
		abort();
	for (line = strtok_r(copy, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		struct json *json = json_parse(line);

		nr++;
		if (json)
			err = add_line(rows, json);
		if (json && !err)
			continue;
		json_free(json);
		fprintf(stderr, "rlbench: %s:%u: not a result line\n", name,
			nr);
		err = -EINVAL;
	}
	free(copy);
	return err;
}

/**
 * rows_add_file() - read a file of JSON lines
 * @rows: collection
 * @path: of the file
 *
 * Return: 0, or -errno after a complaint.
 */
int rows_add_file(struct rows *rows, const char *path)
{
	char *text = rows_read_file(path, NULL);
	int err;

	if (!text) {
		err = -errno;
		fprintf(stderr, "rlbench: cannot read %s: %s\n", path,
			strerror(errno));
		return err;
	}
	err = rows_add_text(rows, text, path);
	free(text);
	return err;
}

static void pool_row(struct row *row)
{
	static double ratios[ROW_MAX_PAIRS], aa[ROW_MAX_PAIRS];
	size_t n = 0, n_aa = 0;
	unsigned int i;

	row->dropped = 0;
	for (i = 0; i < row->nr_lines; i++) {
		n += json_values(row->line[i], "ratios", ratios + n,
				 ROW_MAX_PAIRS - n);
		n_aa += json_values(row->line[i], "aa_ratios", aa + n_aa,
				    ROW_MAX_PAIRS - n_aa);
		row->dropped +=
			(unsigned int)json_value(row->line[i], "dropped");
	}
	row->ratio = stats_median_ci(ratios, n);
	row->aa = stats_median_ci(aa, n_aa);
	row->verdict = stats_verdict(&row->ratio, &row->aa,
				     row->engine ? STATS_HIGHER_IS_BETTER :
						   STATS_LOWER_IS_BETTER);
	if (row->dropped > MEASURE_MAX_DROPPED * (double)(n + row->dropped))
		row->verdict = STATS_UNTRUSTED;
}

/**
 * rows_pool() - compute ratios and verdicts
 * @rows: collection, complete
 */
void rows_pool(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->nr; i++)
		pool_row(&rows->row[i]);
}

static void free_objects(struct json **lines, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		json_free(lines[i]);
	free(lines);
}

/**
 * rows_free() - free everything
 * @rows: collection
 */
void rows_free(struct rows *rows)
{
	unsigned int j;
	size_t i;

	for (i = 0; i < rows->nr; i++)
		for (j = 0; j < rows->row[i].nr_lines; j++)
			json_free(rows->row[i].line[j]);
	free_objects(rows->kernel, rows->nr_kernel);
	free_objects(rows->count, rows->nr_count);
	free_objects(rows->replay, rows->nr_replay);
	free_objects(rows->memory, rows->nr_memory);
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}

/**
 * rows_find() - one comparison
 * @rows:    collection
 * @label:   name/variant of the scenario
 * @threads: number of workers, 0 for any
 * @lock_a:  name
 * @lock_b:  name
 *
 * Return: the row, or NULL.
 */
const struct row *rows_find(const struct rows *rows, const char *label,
			    unsigned int threads, const char *lock_a,
			    const char *lock_b)
{
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!strcmp(row->label, label) &&
		    (!threads || row->threads == threads) &&
		    !strcmp(row->lock_a, lock_a) &&
		    !strcmp(row->lock_b, lock_b))
			return row;
	}
	return NULL;
}

static size_t collect(const struct row *row, const char *path, double *values)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < row->nr_lines; i++) {
		double value = json_value(row->line[i], path);

		if (!isnan(value))
			values[n++] = value;
	}
	return n;
}

/**
 * row_median() - a figure of a row
 * @row:  comparison
 * @path: of the figure in a line
 *
 * Return: median over the processes that have it, NAN if none has.
 */
double row_median(const struct row *row, const char *path)
{
	double values[ROW_MAX_LINES];

	return stats_median(values, collect(row, path, values));
}

/**
 * row_max() - the largest value of a figure
 * @row:  comparison
 * @path: of the figure in a line
 *
 * Return: maximum over the processes that have it, NAN if none has.
 */
double row_max(const struct row *row, const char *path)
{
	double values[ROW_MAX_LINES], most = NAN;
	size_t n = collect(row, path, values), i;

	for (i = 0; i < n; i++)
		most = fmax(most, values[i]);
	return most;
}

/**
 * row_is_main_pair() - whether a row is about range and dio_sem
 * @row: comparison
 *
 * Return: true for the pair that all of this is about.
 */
bool row_is_main_pair(const struct row *row)
{
	return !strcmp(row->lock_a, "rl") && !strcmp(row->lock_b, "dio");
}

/**
 * row_a_is_better() - whether a row belongs to the wins of A
 * @row: comparison
 *
 * Return: true only for a clear verdict.
 */
bool row_a_is_better(const struct row *row)
{
	return row->verdict == STATS_FASTER;
}
