/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the range lock share and nobody else needs.
 */
#ifndef RANGELOCK_INTERNAL_H
#define RANGELOCK_INTERNAL_H

#include "rangelock.h"

#define RANGELOCK_MASK(mode) ((u8)(1u << (mode)))

/* The low bit of rangelock.config: the rest is the address of the stats. */
#define RANGELOCK_HAS_STATS	1ul
#define RANGELOCK_CONFIG_BITS	7ul

/* Heat of a lock that wants to spread, see rangelock_adapt.c. */
#ifndef RANGELOCK_HOT
#define RANGELOCK_HOT		32
#define RANGELOCK_COOL		8
#endif

/* One more event, and the buckets open again. */
#define RANGELOCK_REOPEN	(RANGELOCK_HOT - 1)

static inline struct rangelock_req *node_req(struct itree_node *node)
{
	return container_of(node, struct rangelock_req, node);
}

static inline struct rangelock_stats *
rangelock_stats(const struct rangelock *rl)
{
	if (likely(!(rl->config & RANGELOCK_HAS_STATS)))
		return NULL;
	return (struct rangelock_stats *)(rl->config & ~RANGELOCK_CONFIG_BITS);
}

static inline const struct rangelock_modes *
rangelock_modes(const struct rangelock *rl)
{
	const struct rangelock_stats *stats = rangelock_stats(rl);

	if (stats)
		return stats->modes;
	return (const struct rangelock_modes *)(rl->config &
						~RANGELOCK_CONFIG_BITS);
}

static inline u8 conflict_mask(const struct rangelock *rl, unsigned int mode)
{
	return rangelock_modes(rl)->conflict[mode];
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

/* Count one event of a lock that has stats; under rangelock.lock. */
#define RANGELOCK_EVENT(rl, counter)                                    \
	do {                                                            \
		struct rangelock_stats *stats_ = rangelock_stats(rl);   \
									\
		if (unlikely(stats_))                                   \
			rangelock_count(&stats_->counter, 1);           \
	} while (0)

/* The same for a counter that several locks guard. */
#define RANGELOCK_ATOMIC_EVENT(rl, counter)                             \
	do {                                                            \
		struct rangelock_stats *stats_ = rangelock_stats(rl);   \
									\
		if (unlikely(stats_))                                   \
			atomic64_inc(&stats_->counter);                 \
	} while (0)

/* Nodes that one section of the lock has looked at. */
static inline void rangelock_count_visits(struct rangelock *rl, u64 visited)
{
	struct rangelock_stats *stats = rangelock_stats(rl);

	if (likely(!stats))
		return;
	rangelock_count(&stats->visited, visited);
	if (visited > stats->visited_max)
		WRITE_ONCE(stats->visited_max, visited);
}

static inline bool rangelock_is_held_on(const struct rangelock *rl,
					const struct rangelock_req *req)
{
	return req->rl == rl && READ_ONCE(req->state) == RANGELOCK_REQ_GRANTED;
}

static inline bool req_is_granted(const struct rangelock_req *req)
{
	u32 state = READ_ONCE(req->state);

	return state == RANGELOCK_REQ_GRANTED ||
	       state == RANGELOCK_REQ_GRANTING;
}

static inline bool req_is_waiting(const struct rangelock_req *req)
{
	u32 state = READ_ONCE(req->state);

	return state == RANGELOCK_REQ_WAITING ||
	       state == RANGELOCK_REQ_WAKING || state == RANGELOCK_REQ_WOKEN;
}

static inline bool range_is_valid(const struct rangelock *rl, u64 start,
				  u64 last, unsigned int mode)
{
	return start <= last && mode < rl->nr_modes;
}

int rangelock_refuse(const char *what);

/*
 * The task that took a range and has not handed it over must release it.  Without
 * lock dependency tracking this is nothing.
 */
static inline void rangelock_forget_owner(struct rangelock *rl,
					  const struct rangelock_req *req)
{
	if (!req->owner)
		return;
	if (rlenv_debug() && req->owner != rlenv_self_id()) {
		rangelock_refuse("released by another task without disown");
		return;
	}
	rlenv_dep_release(&rl->dep_map);
}

/* A request that is granted at once, but for where it is held. */
static inline void rangelock_fill(struct rangelock *rl,
				  struct rangelock_req *req, u64 start,
				  u64 last, unsigned int mode, bool callback,
				  u64 owner)
{
	req->node.start = start;
	req->node.last = last;
	req->rl = rl;
	req->owner = owner;
	req->mode = (u8)mode;
	req->callback = callback;
	WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTED);
}

/* How a request may be granted or queued; a mask.  Who passes is passed by. */
#define RANGELOCK_MAY_QUEUE	(1u << 0)
#define RANGELOCK_MAY_PASS	(1u << 1)

/* rangelock.c, for rangelock_wait.c */
int rangelock_take(struct rangelock *rl, struct rangelock_req *req, u64 start,
		   u64 last, unsigned int mode, rangelock_grant_fn grant,
		   unsigned int how);

/* For rangelock_quick.c */
int rangelock_acquire_slowly(struct rangelock *rl, struct rangelock_req *req,
			     u64 start, u64 last, unsigned int mode);
int rangelock_release_slowly(struct rangelock *rl, struct rangelock_req *req);

/* rangelock_release.c, for rangelock_wait.c */
bool rangelock_claim(struct rangelock *rl, struct rangelock_req *req,
		     bool goes_on);
int rangelock_withdraw(struct rangelock *rl, struct rangelock_req *req);

#endif /* RANGELOCK_INTERNAL_H */
