/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What stands in a line of Markdown, as HTML; see html.c for how much of it.
 */
#include "bench/html_line.h"

#include <ctype.h>
#include <string.h>

#include "rl_env.h"
#include "bench/stats.h"

/* From bench/results/RUN/, where a page lies, to what the document links to. */
#define TO_TOP	"../../../"

/**
 * html_text() - text, and nothing in it is special
 * @out:  where to
 * @text: need not end in a byte of zero
 * @len:  of it
 */
void html_text(FILE *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}

/* [label](target) at the beginning of @text.  Return: its length, or 0. */
static size_t put_link(FILE *out, const char *text, size_t len)
{
	const char *label = memchr(text, ']', len), *target, *last;

	if (!label || label + 1 >= text + len || label[1] != '(')
		return 0;
	target = label + 2;
	last = memchr(target, ')', len - (size_t)(target - text));
	if (!last)
		return 0;
	fputs("<a href=\"", out);
	if (strncmp(target, "http", 4))
		fputs(TO_TOP, out);
	html_text(out, target, (size_t)(last - target));
	fputs("\">", out);
	html_text(out, text + 1, (size_t)(label - text) - 1);
	fputs("</a>", out);
	return (size_t)(last - text) + 1;
}

/* `code`, **strong** or *emphasis* at the beginning.  Return: its length, or 0. */
static size_t put_marked(FILE *out, const char *text, size_t len)
{
	static const struct {
		const char *mark, *tag;
	} marks[] = {
		{ "`", "code" }, { "**", "strong" }, { "*", "em" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t mark = strlen(marks[i].mark);
		const char *end;

		if (len <= 2 * mark || strncmp(text, marks[i].mark, mark) ||
		    text[mark] == ' ')
			continue;
		end = memmem(text + mark, len - mark, marks[i].mark, mark);
		if (!end)
			continue;
		fprintf(out, "<%s>", marks[i].tag);
		html_text(out, text + mark, (size_t)(end - text) - mark);
		fprintf(out, "</%s>", marks[i].tag);
		return (size_t)(end - text) + mark;
	}
	return 0;
}

/**
 * html_line() - a line, or a part of one
 * @out:  where to
 * @text: need not end in a byte of zero
 * @len:  of it
 */
void html_line(FILE *out, const char *text, size_t len)
{
	size_t used;

	while (len) {
		used = *text == '[' ? put_link(out, text, len) :
				      put_marked(out, text, len);
		if (!used) {
			html_text(out, text, 1);
			used = 1;
		}
		text += used;
		len -= used;
	}
}

/* The name of a place: letters and digits of its heading. */
void html_anchor(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(isalnum((unsigned char)*text) ? tolower(*text) : '-', out);
}

/* A word that is shown in its colour. */
bool html_is_verdict(const char *text, size_t len)
{
	unsigned int i;

	for (i = STATS_FASTER; i <= STATS_UNTRUSTED; i++)
		if (strlen(stats_verdict_name(i)) == len &&
		    !strncmp(stats_verdict_name(i), text, len))
			return true;
	return false;
}
