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
 * exactly the conflicting, overlapping requests that are held or have a smaller
 * number.  Hence conflicting requests are FIFO, nobody waits for a request that
 * it does not conflict with (no head-of-line blocking), and no stream of small
 * ranges can starve a whole-file locker or the reverse.
 *
 * Bounded bypass.  One exception makes a hot range cheap: a task that runs and
 * calls an acquire verb may take a range that nobody holds although tasks sleep
 * in the queue for it, as a rwsem lets it.  A queued task is passed by requests
 * only whose range includes its own, at most RANGELOCK_BYPASS_MAX times and for
 * at most RANGELOCK_BYPASS_NS after it has queued; then the range is kept for
 * it.  Requests queued by rangelock_enqueue() neither pass nor are passed.
 * RANGELOCK_FIFO in rangelock_set_policy() turns this off.
 *
 * States of a lock, and what a pair of acquire and release costs there, without
 * a conflict:
 *
 *   quiet     nothing is held                   -
 *   in use    one range is held; its request    two cmpxchg() of one word, no
 *   by one    is what tree.root points to       spinlock, interrupts stay on
 *   tree      several are held, or wait         twice the spinlock, O(log n)
 *   spread    disjoint ranges are held in       two cmpxchg() of the word of a
 *             buckets, a cache line each        bucket, a line that no other
 *                                               range uses; interrupts are off
 *                                               while it is taken
 *
 *   quiet  -> in use    acquire, by a cmpxchg()
 *   in use -> quiet     release, by a cmpxchg()
 *   in use -> tree      whoever comes meanwhile, under the spinlock
 *   tree   -> quiet     who gives the last range back, under the spinlock
 *   tree  <-> spread    heat and shape of what is asked for, rangelock_adapt.c,
 *                       in steps, under the spinlock; back also by the worker of
 *                       rangelock_pool.c
 *
 * RANGELOCK_TREE_ONLY keeps a lock from spreading.  Where to read: rangelock.c
 * has the invariants, the states of a request and why no wake-up is lost,
 * rangelock_queue.c who waits for whom, rangelock_spread.h the protocol between
 * buckets and tree, rangelock_adapt.c when and how a lock changes.
 *
 * Sections.  Each section under a spinlock is bounded, whatever is held and
 * whoever waits: RANGELOCK_LOOK_MAX, RANGELOCK_SWEEP_MAX and RANGELOCK_STEP,
 * times the depth of the tree, or RANGELOCK_OPEN_STEP stores.  Under
 * PREEMPT_RT, whose spinlocks sleep, a release from hard IRQ context is not
 * legal with spinlock_t; the locks of the tree, of the pool and of deliveries
 * would become raw_spinlock_t, which these bounds are made for, and nothing is
 * allocated or woken under them.  The lock bit of a bucket is held with
 * interrupts off already.
 *
 * Memory.  The request is the caller's, on the stack or in the IO that needs
 * it.  No verb allocates, and none fails but for bad arguments, a signal, a
 * timeout or a lost try.  The request must not move or go away between
 * queueing and release, cancel or a failed wait.  What a lock needs to spread
 * comes from a pool that a worker fills; without it the lock is slower, not
 * wrong.  rangelock_destroy() gives it back and must be called before the
 * memory of a lock is reused.
 *
 * Legal: release from another task, from a completion worker, from IRQ context;
 * several ranges of one lock in one task, if taken by try, or by _nested in
 * ascending order while nobody asks for a range that overlaps two of them (one
 * who does so queues behind the first and before the second: a deadlock).
 * Illegal: to take a range that conflicts with one already held by the same task
 * (a self-deadlock; reported in debug builds), to wait in IRQ context, to destroy
 * a lock that has holders.
 *
 * A complete program that uses every verb is tests/example.c.
 */
#ifndef RANGELOCK_H
#define RANGELOCK_H

#include "itree.h"

#define RANGELOCK_MAX		U64_MAX
#define RANGELOCK_MODES_MAX	8
#define RANGELOCK_NO_TIMEOUT	U64_MAX

/* How often, and how long, a queued task may be passed by. */
#ifndef RANGELOCK_BYPASS_MAX
#define RANGELOCK_BYPASS_MAX	1024
#define RANGELOCK_BYPASS_NS	4000000
#endif

/*
 * Policies for rangelock_set_policy(), a mask: nobody passes a waiter; the lock
 * does not spread.
 */
#define RANGELOCK_FIFO		(1u << 1)
#define RANGELOCK_TREE_ONLY	(1u << 2)

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
 * @acquired:   grants, at once or after a wait; atomic
 * @contended:  requests that had to queue
 * @try_failed: tries that met a conflict; atomic
 * @wakeups:    waiters woken because their last conflict went away
 * @cancelled:  queued requests that were withdrawn (cancel, signal, timeout)
 * @visited:    nodes looked at while counting conflicts or finding waiters
 * @spurious:   times a waiter ran without a grant, signal or timeout; atomic
 * @visited_max: most nodes looked at in one section of the lock
 * @bypassed:   requests granted ahead of sleeping waiters
 * @spread:     times the lock spread its ranges over buckets
 * @shared_spread: how many of these were by processor, for a shared mode
 * @gathered:   times it went back to one tree
 * @grown:      times it went on with more buckets
 * @evicted:    held ranges moved from a bucket to the tree
 * @promoted:   held ranges moved from the tree to a bucket
 * @starved:    times it wanted buckets and the pool had none
 * @in_bucket:  grants that touched nothing but their bucket; atomic
 * @modes:      matrix of the lock; set when attached
 *
 * Written under the lock's spinlock unless atomic; read without it, each field
 * on its own.
 */
struct rangelock_stats {
	atomic64_t acquired;
	u64 contended;
	atomic64_t try_failed;
	u64 wakeups;
	u64 cancelled;
	u64 visited;
	atomic64_t spurious;
	u64 visited_max;
	u64 bypassed;
	u64 spread;
	u64 shared_spread;
	u64 gathered;
	u64 grown;
	u64 evicted;
	u64 promoted;
	u64 starved;
	atomic64_t in_bucket;
	const struct rangelock_modes *modes;
};

struct rangelock_bucket;
struct rangelock_req;
struct rangelock_spread;

/**
 * struct rangelock - a range lock
 * @lock:       guards the tree, the requests in it and the fields below; taken
 *              with interrupts off, never held across a wake-up or a callback
 * @nr_waiting: queued requests that are not granted; under @lock
 * @tree:       held and waiting requests, but those held in a bucket; under
 *              @lock
 * @next_seq:   number of the next request that waits; starts at 1 whenever
 *              nobody waits; under @lock
 * @nr_modes:   how many modes the matrix has; constant
 * @luck:       how often it has helped to wait without sleeping; a hint, by
 *              anyone
 * @heat:       how much the lock wants to spread; under @lock, read without it
 *              as a hint
 * @spread:     buckets, or NULL; written under @lock, read under RCU or as
 *              the head of rangelock_spread.h says
 * @config:     address of the modes, or of the stats which know them, and
 *              policies in the low bits; set before first use
 * @dep_map:    lock dependency tracking (no bytes unless configured)
 */
struct rangelock {
	spinlock_t lock;
	u32 nr_waiting;
	struct itree tree;
	u64 next_seq : 40;
	u8 nr_modes;
	u8 luck;
	u8 heat;
	struct rangelock_spread *spread;
	unsigned long config;
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
#define RANGELOCK_REQ_AWAKE	0x10u

enum rangelock_req_state {
	RANGELOCK_REQ_IDLE = 0,
	RANGELOCK_REQ_WAITING = 0x52510001,
	RANGELOCK_REQ_GRANTING = 0x52510002,
	RANGELOCK_REQ_GRANTED = 0x52510003 | RANGELOCK_REQ_AWAKE,
	RANGELOCK_REQ_WAKING = 0x52510004,
	RANGELOCK_REQ_WOKEN = 0x52510005 | RANGELOCK_REQ_AWAKE,
};

/**
 * struct rangelock_req - one request for a range
 * @node:      range and place in the tree; under rangelock.lock, the range also
 *             under the lock bit of @home
 * @seq:       position in the FIFO, 0 if it never waited; under rangelock.lock
 * @rl:        the lock it is queued on or holds; set by enqueue
 * @grant:     called on a deferred grant; set by enqueue
 * @task:      who to wake, if no callback is to be called; set when queued
 * @next:      next in the list of those who wait for the same request, or next
 *             to be told, which is the releasing task's business only
 * @owner:     task that answers for the request, 0 once disowned; set by enqueue,
 *             then the holder's, whom reports do not wait for
 * @home:      of a held request: bucket that holds it, NULL if the tree does;
 *             changed under rangelock.lock and the bucket's bit, stable under
 *             either
 * @pprev:     of a waiting request: where the pointer to it is in the list of
 *             the one that it waits for, or NULL; under rangelock.lock
 * @waiters:   first of those who wait for this one; under rangelock.lock, valid
 *             in the tree only
 * @state:     enum rangelock_req_state; written under rangelock.lock, but for
 *             GRANTING -> GRANTED and WAKING -> WOKEN, which the waker does
 *             alone, and in a bucket by its word
 * @patience_ends: when it may not be passed by any more, in units of 1,024 ns;
 *             under rangelock.lock
 * @counted:   rangelock_spread.round in which it bars its buckets, 0 if in none;
 *             under rangelock.lock
 * @patience:  how often it may still be passed by; under rangelock.lock
 * @mode:      index into the matrix; as the range in @node
 * @callback:  @grant is set, not @task; set by enqueue
 * @slot:      place in @home; as @home
 * @queue:     enum rangelock_queue of a waiting request; written under
 *             rangelock.lock
 */
struct rangelock_req {
	struct itree_node node;
	u64 seq;
	struct rangelock *rl;
	union {
		rangelock_grant_fn grant;
		rlenv_task_t task;
	};
	struct rangelock_req *next;
	u64 owner;
	union {
		struct rangelock_bucket *home;
		struct rangelock_req **pprev;
	};
	struct rangelock_req *waiters;
	u32 state;
	u32 patience_ends;
	u16 counted;
	u16 patience;
	u8 mode;
	bool callback;
	u8 slot;
	u8 queue;
};

/* What a waiting request waits for, see rangelock_queue.c. */
enum rangelock_queue {
	RANGELOCK_QUEUE_FREE,
	RANGELOCK_QUEUE_LINKED,
	RANGELOCK_QUEUE_SEARCHED,
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
void rangelock_set_policy(struct rangelock *rl, unsigned int policy);
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
