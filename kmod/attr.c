// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What is written to an attribute, read.  A bad value is refused with -EINVAL and
 * the log says why in words; then nothing is stored.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "rl_env.h"
#include "attr.h"

/**
 * attr_parse_number() - read a number
 * @n:     what it may be
 * @buf:   text, ends with a zero; decimal, octal or hexadecimal
 * @value: the number
 *
 * Context: any.
 * Return: 0, or -EINVAL; @value is as it was then.
 */
int attr_parse_number(const struct attr_number *n, const char *buf, u64 *value)
{
	u64 number, rest;

	if (kstrtou64(buf, 0, &number)) {
		pr_warn("%s wants a number\n", n->name);
		return -EINVAL;
	}
	if (number < n->min || number > n->max) {
		pr_warn("%s wants %llu to %llu\n", n->name, n->min, n->max);
		return -EINVAL;
	}
	div64_u64_rem(number, n->multiple, &rest);
	if (rest) {
		pr_warn("%s wants a multiple of %llu\n", n->name, n->multiple);
		return -EINVAL;
	}
	*value = number;
	return 0;
}

/**
 * attr_parse_device() - read the name of a device
 * @buf:    text, ends with a zero
 * @device: "ram" or an absolute path
 * @size:   bytes at @device
 *
 * Context: any.
 * Return: 0, or -EINVAL; @device is as it was then.
 */
int attr_parse_device(const char *buf, char *device, size_t size)
{
	size_t len = strcspn(buf, "\n");

	if (len >= size || buf[len + !!buf[len]] ||
	    (!sysfs_streq(buf, "ram") && buf[0] != '/')) {
		pr_warn("device wants ram or the path of a block device\n");
		return -EINVAL;
	}
	memcpy(device, buf, len);
	device[len] = '\0';
	return 0;
}

/**
 * attr_parse_one() - read what is but an order
 * @name: of the attribute
 * @buf:  text, ends with a zero
 *
 * Context: any.
 * Return: 0 for 1, or -EINVAL.
 */
int attr_parse_one(const char *name, const char *buf)
{
	if (sysfs_streq(buf, "1"))
		return 0;
	pr_warn("%s wants 1\n", name);
	return -EINVAL;
}
