/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Numbers for people, see format.h.
 */
#include "bench/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *scaled(char *buf, double value, double step,
			  const char *const *units, unsigned int nr)
{
	unsigned int i = 0;
	int digits;

	if (!isfinite(value)) {
		snprintf(buf, FORMAT_SIZE, "-");
		return buf;
	}
	while (i + 1 < nr && value >= 0.9995 * step) {
		value /= step;
		i++;
	}
	digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	snprintf(buf, FORMAT_SIZE, "%.*f%s", digits, value, units[i]);
	return buf;
}

/**
 * format_rate() - operations per second
 * @buf:        FORMAT_SIZE bytes
 * @per_second: rate
 *
 * Return: @buf.
 */
const char *format_rate(char *buf, double per_second)
{
	static const char *const units[] = { "/s", "k/s", "M/s", "G/s" };

	return scaled(buf, per_second, 1000, units, 4);
}

/**
 * format_ns() - a time
 * @buf: FORMAT_SIZE bytes
 * @ns:  nanoseconds
 *
 * Return: @buf.
 */
const char *format_ns(char *buf, double ns)
{
	static const char *const units[] = { " ns", " us", " ms", " s" };

	return scaled(buf, ns, 1000, units, 4);
}

/**
 * format_ratio() - a ratio
 * @buf:   FORMAT_SIZE bytes
 * @ratio: number
 *
 * Return: @buf.
 */
const char *format_ratio(char *buf, double ratio)
{
	return format_number(buf, ratio, ratio < 9.995 ? 2 : 1);
}

/**
 * format_interval() - a confidence interval
 * @buf: FORMAT_SIZE bytes
 * @lo:  lower bound
 * @hi:  upper bound
 *
 * Return: @buf.
 */
const char *format_interval(char *buf, double lo, double hi)
{
	char a[FORMAT_SIZE], b[FORMAT_SIZE];

	if (!isfinite(lo) || !isfinite(hi))
		snprintf(buf, FORMAT_SIZE, "-");
	else
		snprintf(buf, FORMAT_SIZE, "[%.20s, %.20s]",
			 format_ratio(a, lo), format_ratio(b, hi));
	return buf;
}

/**
 * format_number() - a number without unit
 * @buf:    FORMAT_SIZE bytes
 * @value:  number
 * @digits: after the point
 *
 * Return: @buf.
 */
const char *format_number(char *buf, double value, int digits)
{
	if (!isfinite(value))
		snprintf(buf, FORMAT_SIZE, "-");
	else
		snprintf(buf, FORMAT_SIZE, "%.*f", digits, value);
	return buf;
}

/**
 * format_lock() - what to call a lock in a column head
 * @lock: its word
 *
 * Return: the name of the design for the two that the engine knows.
 */
const char *format_lock(const char *lock)
{
	if (!strcmp(lock, "rl"))
		return "range";
	if (!strcmp(lock, "dio"))
		return "dio_sem";
	return lock;
}
