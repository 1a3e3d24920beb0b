/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Looking into a range lock: invariant check and text dump.  Slow, for tests,
 * debugfs and people with a debugger; nothing on the lock path needs it.
 */
#ifndef RANGELOCK_DEBUG_H
#define RANGELOCK_DEBUG_H

#include "rangelock.h"

/**
 * struct rangelock_record - one request as seen by rangelock_snapshot()
 * @start:    first byte
 * @last:     last byte, inclusive
 * @seq:      position in the FIFO
 * @owner:    task that answers for it, 0 if handed over
 * @blockers: what it still waits for, at least 1; 0 if held
 * @mode:     short name of its mode
 */
struct rangelock_record {
	u64 start;
	u64 last;
	u64 seq;
	u64 owner;
	u32 blockers;
	const char *mode;
};

/* Which requests rangelock_snapshot() copies. */
enum rangelock_which {
	RANGELOCK_HOLDERS,
	RANGELOCK_WAITERS,
	RANGELOCK_EVERYONE,
};

/*
 * Misuse (a release of what is not held and the like) is refused with -EINVAL
 * and, in debug builds, reported by a WARN.  Tests that misuse the lock on
 * purpose set this to keep the log clean.
 */
extern bool rangelock_expect_misuse;

int rangelock_validate(struct rangelock *rl);
u32 rangelock_blockers(struct rangelock *rl, const struct rangelock_req *req);
size_t rangelock_snapshot(struct rangelock *rl, enum rangelock_which which,
			  struct rangelock_record *records, size_t max);
int rangelock_format(const struct rangelock_record *record, char *buf,
		     size_t size);
size_t rangelock_dump(struct rangelock *rl, char *buf, size_t size);

#endif /* RANGELOCK_DEBUG_H */
