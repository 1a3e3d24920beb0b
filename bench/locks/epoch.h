/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Deferred reclamation for the peers whose lists are walked without a lock: an
 * item that has been taken out of a list is used again only when nobody can
 * still look at it.
 *
 * Epochs (K. Fraser 2004): who walks announces the global epoch; the epoch goes
 * on when all that walk have announced it; an item retired in epoch e is free
 * in e + 2.  Nothing here waits: while somebody stays inside, items pile up and
 * new ones come from malloc().  RCU would do for correctness, but its grace
 * period waits for readers that have been scheduled away, on the lock path.
 */
#ifndef BENCH_LOCKS_EPOCH_H
#define BENCH_LOCKS_EPOCH_H

#include "rl_env.h"

/* One cache line: items of two owners do not disturb each other. */
#define EPOCH_ITEM_SIZE	64

/**
 * struct epoch_item - head of an item
 * @next: in a list of free or retired items; not for who still looks at it
 */
struct epoch_item {
	struct epoch_item *next;
};

void epoch_enter(void);
void epoch_leave(void);

void *epoch_alloc(void);
void epoch_free(void *item);
void epoch_retire(void *item);

#endif /* BENCH_LOCKS_EPOCH_H */
