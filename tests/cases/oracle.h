/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The lock as a naive list: what the real one must do, at O(n^2).
 *
 * It knows nothing of trees, blocker counts or wake-ups.  A request is held
 * exactly when no earlier request that is still there overlaps and conflicts.
 */
#ifndef RANGELOCK_ORACLE_H
#define RANGELOCK_ORACLE_H

#include "rangelock.h"

enum oracle_state {
	ORACLE_FREE,
	ORACLE_WAITING,
	ORACLE_HELD,
};

struct oracle_req {
	u64 start;
	u64 last;
	u64 seq;
	unsigned int mode;
	enum oracle_state state;
};

/**
 * struct oracle - a list of requests
 * @modes:    who excludes whom
 * @req:      requests of the caller
 * @nr:       how many
 * @next_seq: number of the next request
 */
struct oracle {
	const struct rangelock_modes *modes;
	struct oracle_req *req;
	u32 nr;
	u64 next_seq;
};

bool oracle_conflicts(const struct oracle *o, const struct oracle_req *a,
		      const struct oracle_req *b);
bool oracle_is_free(const struct oracle *o, u64 start, u64 last,
		    unsigned int mode);
void oracle_enqueue(struct oracle *o, u32 i, u64 start, u64 last,
		    unsigned int mode);
bool oracle_is_weaker(const struct oracle *o, unsigned int mode,
		      unsigned int than);
bool oracle_settle(struct oracle *o, u32 *granted);
u32 oracle_count(const struct oracle *o, enum oracle_state state);

#endif /* RANGELOCK_ORACLE_H */
