/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A table of text, see table.h.
 */
#include "bench/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/**
 * table_init() - an empty table
 * @table: filled
 * @align: 'l' or 'r' for each column; has to stay
 */
void table_init(struct table *table, const char *align)
{
	*table = (struct table){
		.align = align,
		.columns = (unsigned int)strlen(align),
	};
}

/**
 * table_free() - free the cells
 * @table: of table_init()
 */
void table_free(struct table *table)
{
	while (table->nr)
		free(table->cells[--table->nr]);
	free(table->cells);
	table->cells = NULL;
}

/**
 * table_cell() - add the next cell, left to right, top to bottom
 * @table:  of table_init()
 * @format: as for printf
 */
void table_cell(struct table *table, const char *format, ...)
{
	char **cells = realloc(table->cells, (table->nr + 1) * sizeof(*cells));
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!cells)
		abort();
	table->cells = cells;
	cells[table->nr] = strdup(text);
	if (!cells[table->nr++])
		abort();
}

/**
 * table_rows() - number of full rows
 * @table: of table_init()
 *
 * Return: the number, without the head.
 */
size_t table_rows(const struct table *table)
{
	size_t rows = table->nr / table->columns;

	return rows ? rows - 1 : 0;
}

static void measure(const struct table *table, size_t *width)
{
	size_t i;

	memset(width, 0, TABLE_MAX_COLUMNS * sizeof(*width));
	for (i = 0; i < table->nr; i++) {
		size_t len = strlen(table->cells[i]);

		if (len > width[i % table->columns])
			width[i % table->columns] = len;
	}
}

static void print_cell(const struct table *table, const size_t *width,
		       size_t i, FILE *out)
{
	unsigned int column = i % table->columns;
	int w = (int)width[column];

	fprintf(out, "%*s", table->align[column] == 'l' ? -w : w,
		table->cells[i]);
}

/**
 * table_print_text() - for a terminal; the last column is not padded
 * @table: of table_init()
 * @out:   where to
 */
void table_print_text(const struct table *table, FILE *out)
{
	size_t width[TABLE_MAX_COLUMNS], i;

	measure(table, width);
	for (i = 0; i < table->nr; i++) {
		fputs("  ", out);
		if (i % table->columns != table->columns - 1)
			print_cell(table, width, i, out);
		else
			fprintf(out, "%s\n", table->cells[i]);
	}
}

static void print_rule(const struct table *table, const size_t *width,
		       FILE *out)
{
	unsigned int column;
	size_t i;

	for (column = 0; column < table->columns; column++) {
		bool right = table->align[column] == 'r';

		fputs(column ? " " : "| ", out);
		for (i = right ? 1 : 0; i < width[column]; i++)
			fputc('-', out);
		fputs(right ? ": |" : " |", out);
	}
	fputc('\n', out);
}

/**
 * table_print_markdown() - for a document
 * @table: of table_init()
 * @out:   where to
 */
void table_print_markdown(const struct table *table, FILE *out)
{
	size_t width[TABLE_MAX_COLUMNS], i;

	measure(table, width);
	for (i = 0; i < table->columns; i++)
		if (width[i] < 3)
			width[i] = 3;
	for (i = 0; i < table->nr; i++) {
		fputs(i % table->columns ? " " : "| ", out);
		print_cell(table, width, i, out);
		fputs(" |", out);
		if (i % table->columns != table->columns - 1)
			continue;
		fputc('\n', out);
		if (i + 1 == table->columns)
			print_rule(table, width, out);
	}
}
