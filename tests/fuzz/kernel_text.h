/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What kmod/attr.c uses of the kernel to read text, with the kernel's meaning:
 * before it in the build of its fuzzer.
 */
#ifndef RANGELOCK_KERNEL_TEXT_H
#define RANGELOCK_KERNEL_TEXT_H

#include <ctype.h>
#include <string.h>

#include "rl_env.h"

#undef pr_warn
#define pr_warn(...)	((void)snprintf(NULL, 0, __VA_ARGS__))

/* A sign, no blanks, one line feed at the end at most. */
static inline int kstrtou64(const char *s, unsigned int base, u64 *value)
{
	unsigned long long number;
	char *rest;

	s += *s == '+';
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	number = strtoull(s, &rest, (int)base);
	if (errno)
		return -ERANGE;
	rest += *rest == '\n';
	if (*rest)
		return -EINVAL;
	*value = number;
	return 0;
}

/* Equal but for a line feed at the end of one of them. */
static inline bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b || (!*a && !strcmp(b, "\n")) ||
	       (!*b && !strcmp(a, "\n"));
}

static inline u64 div64_u64_rem(u64 number, u64 by, u64 *rest)
{
	*rest = number % by;
	return number / by;
}

#endif /* RANGELOCK_KERNEL_TEXT_H */
