/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Arguments of the test programs' options: numbers, and names out of lists.
 * Whatever is wrong with one ends the program by usage(), which is its own.
 */
#ifndef RANGELOCK_TEST_OPTIONS_H
#define RANGELOCK_TEST_OPTIONS_H

#include <stdio.h>

#include "rl_env.h"

/* The program's: say on stderr how it is called, and exit with status 2. */
_Noreturn void usage(void);

u64 option_number(const char *text, u64 min, u64 max);
u64 option_seconds(const char *text);
u32 option_name(const char *text, const char *(*name)(u32 i), u32 nr);
u32 option_design(const char *text, const char *others);

const char *option_design_name(u32 i);
void option_list(FILE *out, const char *what, const char *(*name)(u32 i),
		 u32 nr);

#endif /* RANGELOCK_TEST_OPTIONS_H */
