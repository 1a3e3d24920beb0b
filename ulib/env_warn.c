// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Warnings: printed, counted, and fatal on request.
 */
#include "rl_env.h"

#include <stdlib.h>

atomic_t rlenv_warnings;

/**
 * rlenv_warn() - report that something must not have happened
 * @file: where
 * @line: where
 * @fmt:  what, without a line break
 *
 * Context: Any thread.  One write per warning, so that those of several
 * threads do not mix.
 */
void rlenv_warn(const char *file, int line, const char *fmt, ...)
{
	const char *panic = getenv("RL_PANIC_ON_WARN");
	char text[256];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	len = strlen(text);
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';

	atomic_inc(&rlenv_warnings);
	fprintf(stderr, "WARNING: %s:%d: %s\n", file, line, text);
	if (panic && !strcmp(panic, "1"))
		abort();
}

void rlenv_refcount_warn(const char *what, int refs)
{
	rlenv_warn(__FILE__, __LINE__, "refcount: %s of %d", what, refs);
}
