/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A table of text, printed for a terminal or as Markdown.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#define TABLE_MAX_COLUMNS	16

/**
 * struct table - rows of cells, the first row is the head
 * @align:   'l' or 'r' per column
 * @columns: how many
 * @cells:   row by row
 * @nr:      number of cells
 */
struct table {
	const char *align;
	unsigned int columns;
	char **cells;
	size_t nr;
};

void table_init(struct table *table, const char *align);
void table_free(struct table *table);
void table_cell(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t table_rows(const struct table *table);
void table_print_text(const struct table *table, FILE *out);
void table_print_markdown(const struct table *table, FILE *out);

#endif /* BENCH_TABLE_H */
