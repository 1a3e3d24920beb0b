/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the range lock share and nobody else needs.
 */
#ifndef RANGELOCK_INTERNAL_H
#define RANGELOCK_INTERNAL_H

#include "rangelock.h"

#define RANGELOCK_MASK(mode) ((u8)(1u << (mode)))

static inline struct rangelock_req *node_req(struct itree_node *node)
{
	return container_of(node, struct rangelock_req, node);
}

static inline u8 conflict_mask(const struct rangelock *rl, unsigned int mode)
{
	return rl->modes->conflict[mode];
}

/* Does the mode admit itself?  Lockdep and perf know only these two kinds. */
static inline bool mode_is_shared(const struct rangelock *rl, unsigned int mode)
{
	return !(conflict_mask(rl, mode) & RANGELOCK_MASK(mode));
}

/* The counters are read without the lock, so each update is one store. */
static inline void rangelock_count(u64 *counter, u64 n)
{
	WRITE_ONCE(*counter, *counter + n);
}

int rangelock_enqueue_task(struct rangelock *rl, struct rangelock_req *req,
			   u64 start, u64 last, unsigned int mode);
int rangelock_refuse(const char *what);

#endif /* RANGELOCK_INTERNAL_H */
