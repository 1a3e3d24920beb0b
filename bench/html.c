/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A page from a results directory, see html.h.  Every number comes from
 * markdown.c, which makes RESULTS.md from the raw data; this is only another
 * form of the same text, and knows no more Markdown than is used there:
 * headings, paragraphs, lists, indented code, tables, pictures, links, and
 * `code`, **strong**, *emphasis* in a line.
 */
#include "bench/html.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "rl_env.h"
#include "bench/cli.h"
#include "bench/html_line.h"
#include "bench/markdown.h"
#include "bench/plot.h"

/* Longer tables can be folded away. */
#define FOLD_ROWS	30u

enum block {
	BLOCK_NONE,
	BLOCK_TEXT,
	BLOCK_LIST,
	BLOCK_CODE,
	BLOCK_TABLE,
};

/**
 * struct page - a page in the making
 * @out:       where it goes
 * @directory: of the pictures
 * @block:     what is open
 * @text:      of the open paragraph or item, so far
 * @rows:      of the open table
 * @align:     of its columns, one letter each
 * @folded:    it is in a <details>
 */
struct page {
	FILE *out;
	const char *directory;
	enum block block;
	char *text;
	unsigned int rows;
	char align[64];
	bool folded;
};

/* `code` and the like may go on in the next line, so lines are kept. */
static void keep(struct page *page, const char *line)
{
	size_t len = page->text ? strlen(page->text) : 0;
	char *text = realloc(page->text, len + strlen(line) + 2);

	if (!text)
		abort();
	text[len] = '\0';
	if (len)
		strcat(text, "\n");
	strcat(text, line);
	page->text = text;
}

static void put_kept(struct page *page)
{
	if (page->text)
		html_line(page->out, page->text, strlen(page->text));
	free(page->text);
	page->text = NULL;
}

static void close_block(struct page *page)
{
	static const char *const ends[] = {
		[BLOCK_NONE] = "",
		[BLOCK_TEXT] = "</p>\n",
		[BLOCK_LIST] = "</li></ul>\n",
		[BLOCK_CODE] = "</pre>\n",
		[BLOCK_TABLE] = "</tbody></table></div>\n",
	};

	put_kept(page);
	fputs(ends[page->block], page->out);
	if (page->block == BLOCK_TABLE && page->folded)
		fputs("</details>\n", page->out);
	page->block = BLOCK_NONE;
}

/* Return: whether it has just been opened. */
static bool open_block(struct page *page, enum block block, const char *begin)
{
	if (page->block == block)
		return false;
	close_block(page);
	fputs(begin, page->out);
	page->block = block;
	return true;
}

/* A file in the results directory, from its <svg on. */
static void put_picture(struct page *page, const char *file, const char *text)
{
	char path[4096];
	char *svg;
	const char *begin;

	snprintf(path, sizeof(path), "%s/%s", page->directory, file);
	svg = rows_read_file(path, NULL);
	begin = svg ? strstr(svg, "<svg") : NULL;
	if (begin) {
		close_block(page);
		fprintf(page->out, "<figure>%s<figcaption>", begin);
		html_line(page->out, text, strlen(text));
		fputs("</figcaption></figure>\n", page->out);
	}
	free(svg);
}

/* Pictures that RESULTS.md does not have stand behind the head of a section. */
static void put_section_pictures(struct page *page, const char *section)
{
	unsigned int i;

	for (i = 0; i < pictures_nr; i++)
		if (!pictures[i].document &&
		    !strcmp(pictures[i].section, section))
			put_picture(page, pictures[i].file, pictures[i].text);
}

static void put_heading(struct page *page, const char *line)
{
	unsigned int level = (unsigned int)strspn(line, "#");
	const char *text = line + level + strspn(line + level, " ");

	close_block(page);
	fprintf(page->out, "<h%u id=\"", level);
	html_anchor(page->out, text);
	fputs("\">", page->out);
	html_line(page->out, text, strlen(text));
	fprintf(page->out, "</h%u>\n", level);
	put_section_pictures(page, text);
}

/* ![text](path): the file is in the results directory, whatever the path. */
static void put_image(struct page *page, char *line)
{
	char *text = line + 2, *end = strchr(text, ']');
	char *path = end ? strchr(end, '(') : NULL, *last;

	if (!path)
		return;
	*end = '\0';
	last = strchr(++path, ')');
	if (last)
		*last = '\0';
	put_picture(page, basename(path), text);
}

static unsigned int count_rows(const char *table)
{
	unsigned int nr = 0;

	while (*table == '|') {
		nr++;
		table += strcspn(table, "\n");
		table += *table == '\n';
	}
	return nr;
}

/* The second line of a table says how columns are aligned. */
static void read_alignment(struct page *page, const char *line)
{
	size_t nr = 0;

	memset(page->align, 'l', sizeof(page->align));
	for (line++; *line && nr < sizeof(page->align); nr++) {
		size_t len = strcspn(line, "|");

		if (len && line[len] && strchr(line, ':') &&
		    memchr(line, ':', len))
			page->align[nr] = 'r';
		line += len + (line[len] == '|');
	}
}

static void put_cells(struct page *page, const char *line, const char *tag)
{
	size_t nr = 0;

	fputs("<tr>", page->out);
	for (line++; *line; nr++) {
		size_t len = strcspn(line, "|"), skip = strspn(line, " ");
		size_t text;

		if (!line[len])
			break;
		skip = min(skip, len);
		for (text = len; text > skip && line[text - 1] == ' ';)
			text--;
		fprintf(page->out, "<%s", tag);
		if (nr < sizeof(page->align) && page->align[nr] == 'r')
			fputs(" class=r", page->out);
		else if (html_is_verdict(line + skip, text - skip))
			fprintf(page->out, " class=%.*s", (int)(text - skip),
				line + skip);
		fputc('>', page->out);
		html_line(page->out, line + skip, text - skip);
		fprintf(page->out, "</%s>", tag);
		line += len + 1;
	}
	fputs("</tr>\n", page->out);
}

/* @line and all of the table behind it. */
static void put_table_row(struct page *page, const char *line,
			  const char *table)
{
	const char *second;

	if (page->block != BLOCK_TABLE) {
		close_block(page);
		page->rows = 0;
		page->folded = count_rows(table) > FOLD_ROWS + 2;
		if (page->folded)
			fprintf(page->out, "<details open><summary>%u rows"
					   "</summary>\n",
				count_rows(table) - 2);
		second = strchr(table, '\n');
		read_alignment(page, second ? second + 1 : "|");
		fputs("<div class=t><table><thead>\n", page->out);
		put_cells(page, line, "th");
		page->block = BLOCK_TABLE;
	} else if (++page->rows == 1) {
		fputs("</thead><tbody>\n", page->out);
	} else {
		put_cells(page, line, "td");
	}
}

static void put_text(struct page *page, const char *line)
{
	open_block(page, BLOCK_TEXT, "<p>");
	keep(page, line);
}

static void put_item(struct page *page, const char *line)
{
	if (!open_block(page, BLOCK_LIST, "<ul><li>")) {
		put_kept(page);
		fputs("</li>\n<li>", page->out);
	}
	keep(page, line);
}

/* @line is a copy that may be changed; @rest is where it stands. */
static void put_line(struct page *page, char *line, const char *rest)
{
	if (!*line)
		close_block(page);
	else if (!strncmp(line, "<!--", 4))
		return;
	else if (*line == '#')
		put_heading(page, line);
	else if (!strncmp(line, "![", 2))
		put_image(page, line);
	else if (*line == '|')
		put_table_row(page, line, rest);
	else if (!strncmp(line, "- ", 2))
		put_item(page, line + 2);
	else if (page->block == BLOCK_LIST && *line == ' ')
		keep(page, line + 2);
	else if (!strncmp(line, "    ", 4)) {
		open_block(page, BLOCK_CODE, "<pre>");
		html_text(page->out, line + 4, strlen(line + 4));
		fputc('\n', page->out);
	} else {
		put_text(page, line);
	}
}

static void put_contents(FILE *out, const char *markdown)
{
	const char *at = markdown;

	fputs("<nav>", out);
	while ((at = strstr(at, "\n## "))) {
		size_t len = strcspn(at + 4, "\n");
		char *title = strndup(at + 4, len);

		fputs("<a href=\"#", out);
		html_anchor(out, title);
		fputs("\">", out);
		html_text(out, title, len);
		fputs("</a> ", out);
		free(title);
		at += 4;
	}
	fputs("</nav>\n", out);
}

/**
 * html_render() - a page of a document
 * @markdown:  of markdown_write()
 * @directory: where its pictures are
 * @out:       where the page goes
 */
void html_render(const char *markdown, const char *directory, FILE *out)
{
	struct page page = { .out = out, .directory = directory };
	const char *rest = markdown;

	fprintf(out, "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
		     "<meta name=viewport content=\"width=device-width\">"
		     "<title>rangelock: results</title>\n"
		     "<!-- SPDX-License-Identifier: GPL-2.0-only OR MIT -->\n"
		     "<style>\n%s</style></head><body>\n", html_style);
	put_contents(out, markdown);
	while (*rest) {
		size_t len = strcspn(rest, "\n");
		char *line = strndup(rest, len);

		put_line(&page, line, rest);
		free(line);
		rest += len + (rest[len] == '\n');
	}
	close_block(&page);
	fputs("</body></html>\n", out);
}

/**
 * html_write() - `rlbench report --html`
 * @directory: results directory, with its pictures
 * @out:       where the page goes
 *
 * Return: enum cli_exit.
 */
int html_write(const char *directory, FILE *out)
{
	char *markdown = NULL;
	size_t size = 0;
	FILE *text = open_memstream(&markdown, &size);
	int err = markdown_write(directory, text);

	fclose(text);
	if (!err)
		html_render(markdown, directory, out);
	free(markdown);
	return err;
}

/**
 * html_check() - `rlbench report --check` of a page
 * @path: of the page, in its results directory
 *
 * Return: CLI_OK if making it again gives the same bytes, else CLI_FAILURE
 * after telling the first difference.
 */
int html_check(const char *path)
{
	char copy[4096], *is = rows_read_file(path, NULL), *should = NULL;
	size_t size = 0;
	FILE *out;
	int err;

	if (!is)
		return cli_usage("cannot read %s: %s", path, strerror(errno));
	snprintf(copy, sizeof(copy), "%s", path);
	out = open_memstream(&should, &size);
	err = html_write(dirname(copy), out);
	fclose(out);
	if (!err)
		err = markdown_differs(path, is, should);
	free(should);
	free(is);
	return err;
}
