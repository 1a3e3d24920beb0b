/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Results read back from JSON lines.  Lines of the same comparison, from
 * several processes, become one row: their pairs are pooled, the other figures
 * are medians over the processes, and a maximum is the maximum.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/json.h"
#include "bench/stats.h"

#define ROW_MAX_LINES	64
#define ROW_MAX_PAIRS	8192

/**
 * struct row - one comparison
 * @label:   name/variant of the scenario
 * @scenario: its name
 * @lock_a:  name
 * @lock_b:  name
 * @threads: number of workers
 * @engine:  a mix of the IO engine
 * @line:    the parsed lines
 * @nr_lines: how many
 * @ratio:   A over B, pooled
 * @aa:      A over A, pooled
 * @verdict: about A
 * @dropped: pairs dropped
 */
struct row {
	char label[96];
	const char *scenario;
	const char *lock_a;
	const char *lock_b;
	unsigned int threads;
	bool engine;
	struct json *line[ROW_MAX_LINES];
	unsigned int nr_lines;
	struct stats_ci ratio;
	struct stats_ci aa;
	enum stats_verdict verdict;
	unsigned int dropped;
};

/**
 * struct rows - everything that was read
 * @row:       comparisons, in the order of their first lines
 * @nr:        how many
 * @kernel:    lines of the kernel side, each an object
 * @nr_kernel: how many
 * @count:     lines of the counting build, each an object
 * @nr_count:  how many
 * @replay:    lines of traces in logical time, each an object
 * @nr_replay: how many
 * @memory:    bytes of the locks, each an object
 * @nr_memory: how many
 */
struct rows {
	struct row *row;
	size_t nr;
	struct json **kernel;
	size_t nr_kernel;
	struct json **count;
	size_t nr_count;
	struct json **replay;
	size_t nr_replay;
	struct json **memory;
	size_t nr_memory;
};

int rows_add_text(struct rows *rows, const char *text, const char *name);
int rows_add_file(struct rows *rows, const char *path);
void rows_pool(struct rows *rows);
void rows_free(struct rows *rows);

const struct row *rows_find(const struct rows *rows, const char *label,
			    unsigned int threads, const char *lock_a,
			    const char *lock_b);

double row_median(const struct row *row, const char *path);
double row_max(const struct row *row, const char *path);
bool row_is_main_pair(const struct row *row);
bool row_a_is_better(const struct row *row);
char *rows_read_file(const char *path, size_t *size);

#endif /* BENCH_ROWS_H */
