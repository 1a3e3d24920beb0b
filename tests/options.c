// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Arguments of the test programs' options; see options.h.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "iopath.h"

/**
 * option_number() - a number, decimal or as in C
 * @text: the argument, NULL if there is none
 * @min:  smallest value
 * @max:  largest value
 *
 * Return: the number; does not return if it is none.
 */
u64 option_number(const char *text, u64 min, u64 max)
{
	char *rest;
	u64 value;

	if (!text || *text < '0' || *text > '9')
		usage();
	value = strtoull(text, &rest, 0);
	if (*rest || value < min || value > max)
		usage();
	return value;
}

/**
 * option_seconds() - how long, 1 s or more
 * @text: the argument in seconds, NULL if there is none
 *
 * Return: nanoseconds; does not return if @text is no such number.
 */
u64 option_seconds(const char *text)
{
	return option_number(text, 1, 1000000) * 1000000000ull;
}

/**
 * option_name() - a name out of a list
 * @text: the argument, NULL if there is none
 * @name: the names
 * @nr:   their number
 *
 * Return: which; does not return if it is none of them.
 */
u32 option_name(const char *text, const char *(*name)(u32 i), u32 nr)
{
	u32 i;

	for (i = 0; text && i < nr; i++)
		if (!strcmp(name(i), text))
			return i;
	usage();
}

/**
 * option_design() - a design, or a word for more than one
 * @text:   the argument, NULL if there is none
 * @others: the word
 *
 * Return: the design, or IOPATH_DESIGNS for the word; does not return if it is
 * neither.
 */
u32 option_design(const char *text, const char *others)
{
	if (text && !strcmp(text, others))
		return IOPATH_DESIGNS;
	return option_name(text, option_design_name, IOPATH_DESIGNS);
}

/* The name of a design, for option_list(). */
const char *option_design_name(u32 i)
{
	return iopath_design_name(i);
}

/**
 * option_list() - print what an option takes, as a line
 * @out:  where to
 * @what: a heading
 * @name: the names
 * @nr:   their number
 */
void option_list(FILE *out, const char *what, const char *(*name)(u32 i),
		 u32 nr)
{
	u32 i;

	fprintf(out, "%s:", what);
	for (i = 0; i < nr; i++)
		fprintf(out, " %s", name(i));
	fputs("\n", out);
}
