// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What include/rangelock.h names and the core does not.  All other public
 * functions are the core's own, under the same names; tests/test_public_api.c
 * and tests/check_public_header.sh keep the two headers equal.
 */
#include "rangelock.h"

/* In the core a macro, for the sake of lockdep. */
#undef rangelock_init

/* Declared in include/rangelock.h, which cannot be included with the core's. */
void rangelock_init(struct rangelock *rl, const struct rangelock_modes *modes);
void rangelock_thread_die(void);
void rangelock_thread_revive(void);

/*
 * A program has no place to keep one class for each rangelock_init() call, so
 * each lock is a class of its own: the key is an identity and never read.
 */
void rangelock_init(struct rangelock *rl, const struct rangelock_modes *modes)
{
	rangelock_init_class(rl, modes, "rangelock",
			     (struct lock_class_key *)rl);
}

void rangelock_thread_die(void)
{
	rlenv_thread_kill_self();
}

void rangelock_thread_revive(void)
{
	rlenv_thread_revive();
}
