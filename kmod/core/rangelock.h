/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/**
 * DOC: range lock
 *
 * A range lock admits any number of tasks at once as long as no two of them
 * hold *conflicting* modes on *overlapping* ranges.  A file system takes it on
 * the bytes of a file (direct IO, fsync, truncate) or on the bytes of a disk
 * (in-place writers against relocation).
 *
 * Ranges are inclusive: [start, last] in u64.  last = (u64)-1 means to the end
 * of the file, [0, (u64)-1] the whole file.
 *
 * Modes come from a const matrix, see struct rangelock_modes.  With
 * rangelock_modes_rw there are two, shared and exclusive; rangelock_modes_file
 * is the matrix of a file system (x = conflict):
 *
 *                        R  W  G  S  X
 *   R  read              -  x  -  -  x
 *   W  write             x  x  x  x  x
 *   G  log gather        -  x  x  -  x     fsync
 *   S  reflink source    -  x  -  -  x
 *   X  restructure       x  x  x  x  x     truncate, punch, relocation
 *
 * Order.  Requests are numbered when they are queued.  A request waits for
 * exactly the conflicting, overlapping requests with a smaller number, held or
 * waiting.  Hence conflicting requests are FIFO, nobody waits for a request
 * that it does not conflict with (no head-of-line blocking), and no stream of
 * small ranges can starve a whole-file locker or the reverse.
 *
 * Memory.  The request is the caller's, on the stack or in the IO that needs
 * it.  No verb allocates, and none fails but for bad arguments, a signal, a
 * timeout or a lost try.  The request must not move or go away between
 * queueing and release, cancel or a failed wait.
 *
 * Legal: release from another task, from a completion worker, from IRQ context;
 * several ranges of one lock in one task, if taken by _nested or try and in
 * ascending order.  Illegal: to take a range that conflicts with one already
 * held by the same task (a self-deadlock; reported in debug builds), to wait in
 * IRQ context, to destroy a lock that has holders.
 *
 * A complete program that uses every verb is tests/example.c.
 */
#ifndef RANGELOCK_H
#define RANGELOCK_H

#include "itree.h"

#define RANGELOCK_MAX		U64_MAX
#define RANGELOCK_MODES_MAX	8
#define RANGELOCK_NO_TIMEOUT	U64_MAX

/* Modes of rangelock_modes_rw. */
#define RANGELOCK_SHARED	0
#define RANGELOCK_EXCLUSIVE	1

/* Modes of rangelock_modes_file. */
#define RANGELOCK_READ		0
#define RANGELOCK_WRITE		1
#define RANGELOCK_LOG		2
#define RANGELOCK_REFLINK_SRC	3
#define RANGELOCK_RESTRUCTURE	4

/**
 * struct rangelock_modes - the modes of a lock and who excludes whom
 * @nr:       number of modes, at most RANGELOCK_MODES_MAX
 * @conflict: for each mode the mask of the modes it excludes; symmetric
 * @name:     for each mode a short name, for dumps
 */
struct rangelock_modes {
	unsigned int nr;
	u8 conflict[RANGELOCK_MODES_MAX];
	const char *name[RANGELOCK_MODES_MAX];
};

extern const struct rangelock_modes rangelock_modes_rw;
extern const struct rangelock_modes rangelock_modes_file;

/**
 * struct rangelock_stats - what happened on a lock since the stats were attached
 * @acquired:  grants, at once or after a wait
 * @contended: requests that had to queue
 * @try_failed: tries that met a conflict
 * @wakeups:   waiters woken because their last conflict went away
 * @spurious:  times a waiter ran without a grant, signal or timeout
 * @cancelled: queued requests that were withdrawn (cancel, signal, timeout)
 * @visited:   nodes looked at while counting conflicts or finding waiters
 *
 * Written under the lock's spinlock, but for @spurious (atomic); read without
 * it, each field on its own.
 */
struct rangelock_stats {
	u64 acquired;
	u64 contended;
	u64 try_failed;
	u64 wakeups;
	u64 cancelled;
	u64 visited;
	atomic64_t spurious;
};

struct rangelock_grants;
struct rangelock_req;

/**
 * struct rangelock - a range lock
 * @lock:       guards the tree, the requests in it and the fields below; taken
 *              with interrupts off, never held across a wake-up or a callback
 * @nr_waiting: queued requests that are not granted; under @lock
 * @tree:       held and waiting requests; under @lock
 * @next_seq:   number of the next request; under @lock
 * @modes:      conflict matrix; set at init
 * @stats:      counters or NULL; set before first use
 * @deliver:    grants whose callback is still to be called by the one task
 *              that is calling them, NULL if nobody does; under @lock
 * @dep_map:    lock dependency tracking (no bytes unless configured)
 */
struct rangelock {
	spinlock_t lock;
	u32 nr_waiting;
	struct itree tree;
	u64 next_seq;
	const struct rangelock_modes *modes;
	struct rangelock_stats *stats;
	struct rangelock_grants *deliver;
	struct rlenv_dep_map dep_map;
};

/**
 * typedef rangelock_grant_fn - a queued request has been granted
 * @req: the request, held from now on
 *
 * Context: that of the release, downgrade, shrink or cancel which removed the
 * last conflict, without any lock of this lock held; may be IRQ context.  May
 * release @req, and may free it after that.  Releasing @req grants the next one
 * without recursion: its callback runs when this one has returned.
 */
typedef void (*rangelock_grant_fn)(struct rangelock_req *req);

/*
 * Where a request stands.  The values are unlikely to occur in memory that no
 * verb has seen yet, so that a release of such a request is found out.
 */
enum rangelock_req_state {
	RANGELOCK_REQ_IDLE = 0,
	RANGELOCK_REQ_WAITING = 0x52510001,
	RANGELOCK_REQ_GRANTING = 0x52510002,
	RANGELOCK_REQ_GRANTED = 0x52510003,
};

/**
 * struct rangelock_req - one request for a range
 * @node:      range and place in the tree; under rangelock.lock
 * @seq:       position in the FIFO; under rangelock.lock
 * @rl:        the lock it is queued on or holds; set by enqueue
 * @grant:     called on a deferred grant, or NULL if a task waits; set by enqueue
 * @task:      who to wake; set by enqueue
 * @wake_next: next on the private list of the releasing task; that task only
 * @owner:     task that answers for the request, 0 once disowned; set by enqueue,
 *             then under rangelock.lock
 * @state:     enum rangelock_req_state; written under rangelock.lock, but for
 *             GRANTING -> GRANTED, which the waker does alone
 * @blockers:  earlier conflicting overlapping requests; under rangelock.lock
 * @mode:      index into the matrix; under rangelock.lock
 */
struct rangelock_req {
	struct itree_node node;
	u64 seq;
	struct rangelock *rl;
	rangelock_grant_fn grant;
	rlenv_task_t task;
	struct rangelock_req *wake_next;
	u64 owner;
	u32 state;
	u32 blockers;
	u8 mode;
};

/* How a wait may end without the grant. */
enum rangelock_wait {
	RANGELOCK_WAIT_FOREVER,
	RANGELOCK_WAIT_KILLABLE,
	RANGELOCK_WAIT_INTERRUPTIBLE,
};

/*
 * A macro, because lockdep wants one class per place of initialisation: a
 * function would make one class of all range locks.
 */
#define rangelock_init(rl, modes) rangelock_init_named(rl, modes, #rl)
#define rangelock_init_named(rl, modes, name)                           \
	do {                                                            \
		static struct lock_class_key key_;                      \
		rangelock_init_class((rl), (modes), (name), &key_);     \
	} while (0)

void rangelock_init_class(struct rangelock *rl,
			  const struct rangelock_modes *modes,
			  const char *name, struct lock_class_key *key);
void rangelock_set_class(struct rangelock *rl, const char *name,
			 struct lock_class_key *key);
void rangelock_attach_stats(struct rangelock *rl,
			    struct rangelock_stats *stats);
int rangelock_destroy(struct rangelock *rl);

int __must_check rangelock_acquire(struct rangelock *rl,
				   struct rangelock_req *req, u64 start,
				   u64 last, unsigned int mode);
int __must_check rangelock_acquire_nested(struct rangelock *rl,
					  struct rangelock_req *req, u64 start,
					  u64 last, unsigned int mode,
					  unsigned int subclass);
int __must_check rangelock_acquire_killable(struct rangelock *rl,
					    struct rangelock_req *req,
					    u64 start, u64 last,
					    unsigned int mode);
int __must_check rangelock_acquire_interruptible(struct rangelock *rl,
						 struct rangelock_req *req,
						 u64 start, u64 last,
						 unsigned int mode);
int __must_check rangelock_acquire_timeout(struct rangelock *rl,
					   struct rangelock_req *req,
					   u64 start, u64 last,
					   unsigned int mode, u64 timeout_ns);
int __must_check rangelock_try(struct rangelock *rl, struct rangelock_req *req,
			       u64 start, u64 last, unsigned int mode);

int __must_check rangelock_enqueue(struct rangelock *rl,
				   struct rangelock_req *req, u64 start,
				   u64 last, unsigned int mode,
				   rangelock_grant_fn grant);
int __must_check rangelock_wait(struct rangelock_req *req,
				enum rangelock_wait how, u64 timeout_ns);
int __must_check rangelock_cancel(struct rangelock_req *req);

int rangelock_release(struct rangelock *rl, struct rangelock_req *req);
int rangelock_downgrade(struct rangelock *rl, struct rangelock_req *req,
			unsigned int mode);
int rangelock_shrink(struct rangelock *rl, struct rangelock_req *req,
		     u64 start, u64 last);
int rangelock_disown(struct rangelock *rl, struct rangelock_req *req);

bool rangelock_is_held(const struct rangelock_req *req);

#endif /* RANGELOCK_H */
