/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The layout of the interface as a table, for the comparison of the two
 * headers that describe it.  Tests only; not part of the library.
 */
#ifndef RLENV_ABI_H
#define RLENV_ABI_H

#include <stddef.h>

/**
 * struct abi_entry - one number that both headers must agree on
 * @what:  the expression
 * @value: what it amounts to
 * @room:  the public value may be larger
 */
struct abi_entry {
	const char *what;
	unsigned long long value;
	int room;
};

#define ABI_EQUAL(expr)		{ #expr, (expr), 0 },
#define ABI_ROOM(expr)		{ #expr, (expr), 1 },
#define ABI_FIELD(type, field)                                          \
	{ "offset of " #type "." #field, offsetof(type, field), 0 },    \
	{ "size of " #type "." #field, sizeof(((type *)0)->field), 0 },

/* By the core's header, in the order of abi_list.h. */
extern const struct abi_entry rlenv_abi_core[];
extern const size_t rlenv_abi_core_nr;

#endif /* RLENV_ABI_H */
