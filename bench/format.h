/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Numbers for people: three digits and a unit, always in the same way, so that
 * the same data gives the same text.
 */
#ifndef BENCH_FORMAT_H
#define BENCH_FORMAT_H

#include <stddef.h>

#define FORMAT_SIZE	48

/* Each returns @buf; a number that is not there is "-". */
const char *format_rate(char *buf, double per_second);
const char *format_ns(char *buf, double ns);
const char *format_ratio(char *buf, double ratio);
const char *format_interval(char *buf, double lo, double hi);
const char *format_number(char *buf, double value, int digits);

/* Returns @lock, or the name of the design for the two that are one. */
const char *format_lock(const char *lock);

#endif /* BENCH_FORMAT_H */
