/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Torture of a range lock: threads take random ranges by random verbs, and a
 * map of pages records who is inside.
 *
 * The lock under torture is an ops table, so that locks which are broken on
 * purpose can prove that the checker bites.  Used by case_torture.c in both
 * builds and by tests/rltorture.c.
 */
#ifndef RANGELOCK_TORTURE_H
#define RANGELOCK_TORTURE_H

#include "case.h"
#include "rangelock.h"

#define TORTURE_PAGES		32
#define TORTURE_THREADS_MAX	16
#define TORTURE_IOS_MAX		(2 * TORTURE_THREADS_MAX)
#define TORTURE_CANARY		16
#define TORTURE_WHY_SIZE	160
#define TORTURE_DUMP_SIZE	1024

enum torture_verb {
	TORTURE_ACQUIRE,
	TORTURE_TRY,
	TORTURE_TIMEOUT,
	TORTURE_KILLABLE,
	TORTURE_INTERRUPTIBLE,
	TORTURE_QUEUE_WAIT,
	TORTURE_QUEUE_CANCEL,
	TORTURE_CALLBACK,
	TORTURE_NR_VERBS,
};

/**
 * struct torture_io - one user of a range, from the pool of the run
 * @req:     request, for the real lock
 * @link:    in the pool or among the completions; under torture.pool_lock
 * @queue:   in a list of a broken lock; under torture.broken_lock
 * @task:    who sleeps in a broken lock; under torture.broken_lock
 * @start:   first page it holds or wants; who has the io
 * @last:    last page, inclusive; who has the io
 * @index:   its column in the map; constant
 * @mode:    mode it holds or wants; who has the io
 * @word:    what it sleeps on in a broken lock
 * @granted: the callback has run; release/acquire
 * @limit:   timeout in ns for the verbs that have one; who has the io
 * @stamp:   what it fills its pages with; who has the io
 * @seen:    canary byte of each page it is in; who has the io
 */
struct torture_io {
	struct rangelock_req req;
	struct list_head link;
	struct list_head queue;
	rlenv_task_t task;
	u32 start;
	u32 last;
	u32 index;
	u32 mode;
	u32 word;
	u32 granted;
	u64 limit;
	u8 stamp;
	u8 seen[TORTURE_PAGES];
};

/**
 * struct torture_page - who is in a page
 * @inside: by mode and io: 1 if inside.  Written by that io alone, read by ios
 *          that the mode excludes; plain memory, so that the lock alone orders
 *          it and a race detector sees where it does not
 * @canary: filled by who excludes everybody, read by all
 */
struct torture_page {
	u8 inside[RANGELOCK_MODES_MAX][TORTURE_IOS_MAX];
	u8 canary[TORTURE_CANARY];
};

struct torture;

/**
 * struct torture_ops - a lock under torture
 * @name:     of the lock
 * @acquire:  take [io->start, io->last] for io->mode; 0 or -errno
 * @release:  give it back, in any thread
 * @disown:   hand it over before another thread releases; may be NULL
 * @weaken:   go to a weaker mode; may be NULL
 * @shrink:   keep [start, last]; may be NULL
 * @rescue:   wake everybody after a stall; NULL if a stall is fatal
 * @check:    invariants of the lock, 0 if they hold; may be NULL
 * @patience: how long without any turn is a stall, in ns
 * @broken:   expected to fail, so accesses to the map are marked
 */
struct torture_ops {
	const char *name;
	int (*acquire)(struct torture *tt, struct torture_io *io,
		       enum torture_verb verb);
	int (*release)(struct torture *tt, struct torture_io *io);
	int (*disown)(struct torture *tt, struct torture_io *io);
	int (*weaken)(struct torture *tt, struct torture_io *io, u32 mode);
	int (*shrink)(struct torture *tt, struct torture_io *io, u32 start,
		      u32 last);
	void (*rescue)(struct torture *tt);
	int (*check)(struct torture *tt);
	u64 patience;
	bool broken;
};

extern const struct torture_ops torture_rl;
extern const struct torture_ops torture_busted_none;
extern const struct torture_ops torture_busted_overlap;
extern const struct torture_ops torture_busted_wake;

/**
 * struct torture_world - what a kernel and a process do to threads, each its way
 * @begin:       a worker is about to take its first turn; runs in it
 * @disturb:     send signals, move workers to other CPUs: called about once in a
 *               millisecond while workers run
 * @interrupted: a wait of this worker has ended with -EINTR; make it able to
 *               sleep again
 * @complete:    call torture_finish() for @io soon, not from a thread; false if
 *               the completer has to do it
 * @over:        all workers are gone; wait for what @complete has begun
 *
 * Each may be NULL.
 */
struct torture_world {
	void (*begin)(struct torture *tt, u32 worker);
	void (*disturb)(struct torture *tt, struct prng *rng);
	void (*interrupted)(struct torture *tt);
	bool (*complete)(struct torture *tt, struct torture_io *io);
	void (*over)(struct torture *tt);
};

/**
 * struct torture_params - what to do
 * @ops:        the lock
 * @modes:      its matrix
 * @base:       byte of page 0; page i is byte @base + i
 * @seed:       of all random choices; which threads meet is up to the machine
 * @turns:      per thread
 * @run_ns:     stop after this time even if turns are left; 0 for no limit
 * @threads:    how many, up to TORTURE_THREADS_MAX
 * @whole_share: one range in so many is the whole file; 0 for none
 * @long_share: one range in so many is held for milliseconds; 0 for none
 * @stutter_ns: all pause for so long after three times as long; 0 for never
 * @world:      signals, other CPUs, interrupts; NULL for none of them
 */
struct torture_params {
	const struct torture_ops *ops;
	const struct rangelock_modes *modes;
	u64 base;
	u64 seed;
	u64 turns;
	u64 run_ns;
	u32 threads;
	u32 whole_share;
	u32 long_share;
	u64 stutter_ns;
	const struct torture_world *world;
};

/**
 * struct torture - a run
 * @params:      what to do; constant
 * @rl:          the real lock
 * @stats:       its counters
 * @page:        the map
 * @io:          the pool's memory
 * @pool_lock:   guards @pool and @completions
 * @pool:        ios nobody uses
 * @completions: ios to be released by the completer
 * @broken_lock: guards the lists of a broken lock
 * @holders:     of a broken lock; under @broken_lock
 * @sleepers:    of a broken lock; under @broken_lock
 * @forgotten:   sleepers whose wake-up was lost; under @broken_lock
 * @wakeups:     of a broken lock; under @broken_lock
 * @turns:       taken by all threads
 * @grants:      successful acquisitions
 * @workers:     threads that still take turns
 * @stop:        end the run
 * @paused:      take no turn for now
 * @interrupts:  waits that ended with -EINTR
 * @violations:  checks that failed
 * @stalls:      times nobody could go on
 * @why:         the first violation; written by who counted it
 * @dump:        the real lock at that time; written by who counted it
 */
struct torture {
	struct torture_params params;
	struct rangelock rl;
	struct rangelock_stats stats;
	struct torture_page page[TORTURE_PAGES];
	struct torture_io io[TORTURE_IOS_MAX];
	spinlock_t pool_lock;
	struct list_head pool;
	struct list_head completions;
	spinlock_t broken_lock;
	struct list_head holders;
	struct list_head sleepers;
	struct list_head forgotten;
	u64 wakeups;
	atomic64_t turns;
	atomic64_t grants;
	atomic_t workers;
	u32 stop;
	u32 paused;
	atomic64_t interrupts;
	atomic_t violations;
	atomic_t stalls;
	char why[TORTURE_WHY_SIZE];
	char dump[TORTURE_DUMP_SIZE];
};

struct torture *torture_new(const struct torture_params *params);
void torture_run(struct torture *tt);
void torture_finish(struct torture *tt, struct torture_io *io);
void torture_free(struct torture *tt);

void torture_violation(struct torture *tt, const char *what, u32 page,
		       const struct torture_io *io);
void torture_map_enter(struct torture *tt, struct torture_io *io);
void torture_map_leave(struct torture *tt, struct torture_io *io, u32 start,
		       u32 last);
void torture_map_weaken(struct torture *tt, struct torture_io *io, u32 mode);

static inline bool torture_conflict(const struct torture *tt, u32 a, u32 b)
{
	return tt->params.modes->conflict[a] & (1u << b);
}

#endif /* RANGELOCK_TORTURE_H */
