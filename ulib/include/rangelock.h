/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * rangelock.h - byte-range locks between the threads of a process
 *
 * A range lock admits any number of threads at once as long as no two of them
 * hold conflicting modes on overlapping ranges.
 *
 *	static struct rangelock lock;
 *
 *	rangelock_init(&lock, &rangelock_modes_rw);
 *	...
 *	struct rangelock_req req;
 *
 *	if (rangelock_acquire(&lock, &req, 4096, 8191, RANGELOCK_EXCLUSIVE))
 *		return -1;
 *	... bytes 4096 to 8191 are this thread's ...
 *	rangelock_release(&lock, &req);
 *
 * Ranges are inclusive: [start, last].  [0, RANGELOCK_MAX] is the whole file.
 *
 * Modes.  A lock has the modes of the matrix it is initialised with.  With
 * rangelock_modes_rw there are two, shared and exclusive.  rangelock_modes_file
 * is the matrix of a file system (x = conflict):
 *
 *	                  R  W  G  S  X
 *	R  read           -  x  -  -  x
 *	W  write          x  x  x  x  x
 *	G  log gather     -  x  x  -  x     fsync
 *	S  reflink source -  x  -  -  x
 *	X  restructure    x  x  x  x  x     truncate, punch, relocation
 *
 * Order.  A request waits for exactly the conflicting, overlapping requests
 * that were queued before it, held or waiting.  Conflicting requests are
 * therefore served first come, first served; nobody waits for a request that
 * it does not conflict with; and nobody starves.
 *
 * One exception makes a hot range cheap: a thread that runs and calls an
 * acquire function may take a range that is free although threads sleep in the
 * queue for it.  A queued thread is passed only by requests whose range
 * includes its own, at most RANGELOCK_BYPASS_MAX times and for at most
 * RANGELOCK_BYPASS_NS after it has queued; then the range is kept for it.
 * Requests queued by rangelock_enqueue() neither pass nor are passed.
 * RANGELOCK_FIFO in rangelock_set_policy() turns this off.
 *
 * Adaption.  A lock that many threads use at once spreads its ranges over cache
 * lines that other ranges do not need, and returns by itself.  The first lock
 * of a process that does so starts a thread, which blocks all signals; it
 * provides the memory and takes it back.  Without it (no memory, no thread)
 * the lock is slower, not wrong.
 *
 * Memory.  A lock and a request are plain memory of the caller, on the stack or
 * in a larger structure.  No function allocates, and none fails but for bad
 * arguments, a signal, a timeout or a lost try.  A request must stay where it
 * is from queueing until release, cancel or a failed wait.  The contents of
 * both are private; they need no initialisation but rangelock_init().  Before
 * the memory of a lock is reused, rangelock_destroy() must be called; it returns
 * -EBUSY and does nothing while the lock is in use.
 *
 * Ordering.  What a thread wrote while it held a range is seen by whoever holds
 * a conflicting overlapping range after it.
 *
 * Illegal.  To wait for a range that conflicts with one that the same thread
 * holds (a deadlock with itself), to destroy a lock that has holders, to copy
 * or move a held request, to use a lock across fork() in the child, to share
 * it between processes, and to call anything but rangelock_thread_die() and
 * rangelock_thread_revive() in a signal handler.
 *
 * Return values are 0 or a negative errno code.  Misuse that can be recognised
 * (a bad range, the release of what is not held) returns -EINVAL and changes
 * nothing.
 *
 * Link with -lrangelock, or ask pkg-config for "rangelock".  The library needs
 * liburcu, of which it inlines some functions (LGPL-2.1 or later), and stays
 * loaded once it is: dlclose() does not take it away from under its thread.
 */
#ifndef RANGELOCK_PUBLIC_H
#define RANGELOCK_PUBLIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RANGELOCK_VERSION	"0.1.0"

#define RANGELOCK_MAX		UINT64_MAX
#define RANGELOCK_MODES_MAX	8
#define RANGELOCK_NO_TIMEOUT	UINT64_MAX

/* How often, and how long, a queued thread may be passed by. */
#define RANGELOCK_BYPASS_MAX	1024
#define RANGELOCK_BYPASS_NS	4000000

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

#if defined(__GNUC__)
#define RANGELOCK_MUST_CHECK	__attribute__((__warn_unused_result__))
#else
#define RANGELOCK_MUST_CHECK
#endif

/**
 * struct rangelock - a range lock; private, with room for later versions
 *
 * One cache line, if it is aligned to one.
 */
struct rangelock {
	uint64_t private_[8];
};

/**
 * struct rangelock_req - one request for a range; private
 */
struct rangelock_req {
	uint64_t private_[16];
};

/**
 * struct rangelock_modes - the modes of a lock and who excludes whom
 * @nr:       number of modes, at most RANGELOCK_MODES_MAX
 * @conflict: for each mode the mask of the modes it excludes, 1 << mode; if a
 *            excludes b, b must exclude a
 * @name:     for each mode a short name, for dumps
 */
struct rangelock_modes {
	unsigned int nr;
	uint8_t conflict[RANGELOCK_MODES_MAX];
	const char *name[RANGELOCK_MODES_MAX];
};

extern const struct rangelock_modes rangelock_modes_rw;
extern const struct rangelock_modes rangelock_modes_file;

/**
 * struct rangelock_stats - what happened on a lock since the stats were attached
 * @acquired:   grants, at once or after a wait
 * @contended:  requests that had to queue
 * @try_failed: tries that met a conflict
 * @wakeups:    waiters woken because their last conflict went away
 * @cancelled:  queued requests that were withdrawn (cancel, signal, timeout)
 * @visited:    requests looked at while counting conflicts or finding waiters
 * @spurious:   times a waiter ran without a grant, signal or timeout
 * @visited_max: most requests looked at at once
 * @bypassed:   requests granted ahead of sleeping waiters
 * @spread:     times the lock spread its ranges over cache lines
 * @shared_spread: how many of these were by processor, for a shared mode
 * @gathered:   times it went back to one tree
 * @grown:      times it went on with more cache lines
 * @evicted:    held ranges moved from a cache line to the tree
 * @promoted:   held ranges moved from the tree to a cache line
 * @starved:    times it wanted to spread and there was no memory ready
 * @in_bucket:  grants that touched nothing but their cache line
 * @reserved_:  room for later versions
 *
 * May be read at any time; each counter is exact, but they are not a snapshot.
 */
struct rangelock_stats {
	uint64_t acquired;
	uint64_t contended;
	uint64_t try_failed;
	uint64_t wakeups;
	uint64_t cancelled;
	uint64_t visited;
	uint64_t spurious;
	uint64_t visited_max;
	uint64_t bypassed;
	uint64_t spread;
	uint64_t shared_spread;
	uint64_t gathered;
	uint64_t grown;
	uint64_t evicted;
	uint64_t promoted;
	uint64_t starved;
	uint64_t in_bucket;
	uint64_t reserved_[7];
};

/*
 * How a wait may end without the grant: not at all, by rangelock_thread_die(),
 * or by that or any other signal handler.
 */
enum rangelock_wait {
	RANGELOCK_WAIT_FOREVER,
	RANGELOCK_WAIT_KILLABLE,
	RANGELOCK_WAIT_INTERRUPTIBLE
};

/**
 * typedef rangelock_grant_fn - a queued request has been granted
 * @req: the request, held from now on
 *
 * Runs in the thread whose release, downgrade, shrink or cancel removed the
 * last conflict, without internal locks held.  May release @req, and may free
 * it after that.  Releasing @req grants the next one without recursion: its
 * callback runs when this one has returned.
 */
typedef void (*rangelock_grant_fn)(struct rangelock_req *req);

/**
 * rangelock_init() - make a lock
 * @rl:    the lock; plain memory
 * @modes: its conflict matrix, must outlive the lock
 */
void rangelock_init(struct rangelock *rl, const struct rangelock_modes *modes);

/**
 * rangelock_attach_stats() - count what happens on a lock
 * @rl:    the lock; nobody may use it meanwhile
 * @stats: zeroed counters that outlive the lock, or NULL to stop counting
 */
void rangelock_attach_stats(struct rangelock *rl,
			    struct rangelock_stats *stats);

/**
 * rangelock_set_policy() - turn bounded bypass or adaption off, or on again
 * @rl:     the lock; nobody may use it meanwhile
 * @policy: mask of RANGELOCK_FIFO and RANGELOCK_TREE_ONLY; 0 is the default
 */
void rangelock_set_policy(struct rangelock *rl, unsigned int policy);

/**
 * rangelock_destroy() - the memory of a lock is about to be reused
 * @rl: the lock
 *
 * Gives back what the lock needed to spread its ranges.
 *
 * Return: 0, or -EBUSY if the lock has holders, waiters or a grant callback
 * under way; the lock stays usable then.
 */
int rangelock_destroy(struct rangelock *rl);

/**
 * rangelock_acquire() - take a range, however long it takes
 * @rl:    the lock
 * @req:   the caller's request; must stay in place until released
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * May sleep.
 * Return: 0, or -EINVAL if @start > @last or the lock has no such mode (nothing
 * is taken then).
 */
RANGELOCK_MUST_CHECK
int rangelock_acquire(struct rangelock *rl, struct rangelock_req *req,
		      uint64_t start, uint64_t last, unsigned int mode);

/**
 * rangelock_acquire_nested() - take a range while holding another
 * @rl:       the lock
 * @req:      the caller's request
 * @start:    first byte
 * @last:     last byte, inclusive
 * @mode:     index into the lock's matrix
 * @subclass: 1 to 7, for the debug build's deadlock detection; ignored otherwise
 *
 * The caller answers for an order that cannot deadlock: ascending start in one
 * lock, ascending address among locks.
 *
 * May sleep.
 * Return: as rangelock_acquire().
 */
RANGELOCK_MUST_CHECK
int rangelock_acquire_nested(struct rangelock *rl, struct rangelock_req *req,
			     uint64_t start, uint64_t last, unsigned int mode,
			     unsigned int subclass);

/**
 * rangelock_acquire_killable() - take a range unless the thread shall die
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * Signals do not end the wait, but a handler that calls rangelock_thread_die()
 * does.
 *
 * May sleep.
 * Return: as rangelock_acquire(), or -EINTR (nothing is taken then).
 */
RANGELOCK_MUST_CHECK
int rangelock_acquire_killable(struct rangelock *rl, struct rangelock_req *req,
			       uint64_t start, uint64_t last,
			       unsigned int mode);

/**
 * rangelock_acquire_interruptible() - take a range unless a signal arrives
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * As with any system call, a handler installed with SA_RESTART lets the wait go
 * on, and a signal that arrives just before the sleep does not end it.  A
 * handler that calls rangelock_thread_die() ends it in any case.
 *
 * May sleep.
 * Return: as rangelock_acquire(), or -EINTR (nothing is taken then).
 */
RANGELOCK_MUST_CHECK
int rangelock_acquire_interruptible(struct rangelock *rl,
				    struct rangelock_req *req, uint64_t start,
				    uint64_t last, unsigned int mode);

/**
 * rangelock_acquire_timeout() - take a range within a time
 * @rl:         the lock
 * @req:        the caller's request
 * @start:      first byte
 * @last:       last byte, inclusive
 * @mode:       index into the lock's matrix
 * @timeout_ns: longest wait in ns; RANGELOCK_NO_TIMEOUT for no limit
 *
 * Unlike a try it holds its place in the queue while it waits.
 *
 * May sleep.
 * Return: as rangelock_acquire(), or -ETIMEDOUT (nothing is taken then).
 */
RANGELOCK_MUST_CHECK
int rangelock_acquire_timeout(struct rangelock *rl, struct rangelock_req *req,
			      uint64_t start, uint64_t last, unsigned int mode,
			      uint64_t timeout_ns);

/**
 * rangelock_try() - take a range if nothing conflicts
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 *
 * Fails exactly if a conflicting request overlaps, held or waiting, so a try
 * does not overtake the queue.  A try that fails leaves no trace.
 *
 * Does not sleep.
 * Return: 0, -EAGAIN on a conflict, -EINVAL as rangelock_acquire().
 */
RANGELOCK_MUST_CHECK
int rangelock_try(struct rangelock *rl, struct rangelock_req *req,
		  uint64_t start, uint64_t last, unsigned int mode);

/**
 * rangelock_enqueue() - ask for a range without waiting for it
 * @rl:    the lock
 * @req:   the caller's request; must stay in place until released or cancelled
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the lock's matrix
 * @grant: called when a queued request is granted, or NULL if this thread will
 *         call rangelock_wait()
 *
 * If the request is granted at once, @grant is not called.  A request with a
 * callback belongs to no thread: any thread may release it.
 *
 * Does not sleep.
 * Return: 0 if granted, -EINPROGRESS if queued, -EINVAL as rangelock_acquire().
 */
RANGELOCK_MUST_CHECK
int rangelock_enqueue(struct rangelock *rl, struct rangelock_req *req,
		      uint64_t start, uint64_t last, unsigned int mode,
		      rangelock_grant_fn grant);

/**
 * rangelock_wait() - wait until a queued request is granted
 * @req:        what this thread queued with rangelock_enqueue(), no callback
 * @how:        which signals may end the wait
 * @timeout_ns: longest wait in ns, 0 to look once, RANGELOCK_NO_TIMEOUT for no
 *              limit
 *
 * If a grant and a signal or timeout race, the grant wins.
 *
 * May sleep.
 * Return: 0 if held; -EINTR or -ETIMEDOUT if withdrawn (the request is the
 * caller's again); -EINVAL if @req is not queued, has a callback or was queued
 * by another thread.
 */
RANGELOCK_MUST_CHECK
int rangelock_wait(struct rangelock_req *req, enum rangelock_wait how,
		   uint64_t timeout_ns);

/**
 * rangelock_cancel() - withdraw a queued request
 * @req: what rangelock_enqueue() queued
 *
 * Requests behind it move up.  If 0 is returned, the grant callback has not run
 * and will not.
 *
 * Does not sleep.
 * Return: 0 if withdrawn, -EALREADY if it has been granted meanwhile (the
 * caller holds the range; a callback has run or is about to), -EINVAL if @req
 * is neither.
 */
RANGELOCK_MUST_CHECK
int rangelock_cancel(struct rangelock_req *req);

/**
 * rangelock_release() - give a range back
 * @rl:  the lock
 * @req: a request that is held on @rl; may be reused or freed afterwards
 *
 * Legal from another thread than the holder if that has called
 * rangelock_disown() or taken the range with a grant callback.
 *
 * Does not sleep.
 * Return: 0, or -EINVAL if @req is not held on @rl.
 */
int rangelock_release(struct rangelock *rl, struct rangelock_req *req);

/**
 * rangelock_downgrade() - keep a held range in a weaker mode
 * @rl:   the lock
 * @req:  a request that is held on @rl
 * @mode: the new mode, which must exclude nothing that the old one did not
 *
 * Waiters that conflict with the old mode only are granted.
 *
 * Does not sleep.
 * Return: 0, or -EINVAL if @req is not held on @rl or @mode is not weaker.
 */
int rangelock_downgrade(struct rangelock *rl, struct rangelock_req *req,
			unsigned int mode);

/**
 * rangelock_shrink() - give part of a held range back
 * @rl:    the lock
 * @req:   a request that is held on @rl
 * @start: first byte to keep
 * @last:  last byte to keep, inclusive
 *
 * Waiters that conflict with the part given back only are granted.
 *
 * Does not sleep.
 * Return: 0, or -EINVAL if @req is not held on @rl or [@start, @last] is not
 * within it.
 */
int rangelock_shrink(struct rangelock *rl, struct rangelock_req *req,
		     uint64_t start, uint64_t last);

/**
 * rangelock_disown() - hand a held range over to whoever completes the IO
 * @rl:  the lock
 * @req: a request that the calling thread holds on @rl
 *
 * The range stays held; from now on any thread may release it.
 *
 * Return: 0, or -EINVAL if @req is not held on @rl.
 */
int rangelock_disown(struct rangelock *rl, struct rangelock_req *req);

/**
 * rangelock_is_held() - has a request been granted and not released yet
 * @req: a request that some function has been called with
 *
 * Return: true if it is held; stable only for whoever may release @req.
 */
bool rangelock_is_held(const struct rangelock_req *req);

/**
 * rangelock_thread_die() - make this thread's killable waits fail
 *
 * Killable and interruptible waits of this thread return -EINTR, the one it is
 * in and all later ones, until rangelock_thread_revive().  Async-signal-safe:
 * made to be called from a signal handler, which runs on top of the waiting
 * thread.
 */
void rangelock_thread_die(void);

/**
 * rangelock_thread_revive() - let this thread wait again
 *
 * Async-signal-safe.
 */
void rangelock_thread_revive(void);

/*
 * Looking into a lock.  Slow, for tests and for people with a debugger.
 */

/**
 * struct rangelock_record - one request as seen by rangelock_snapshot()
 * @start:    first byte
 * @last:     last byte, inclusive
 * @seq:      position in the FIFO
 * @owner:    thread id that answers for it, 0 if handed over
 * @blockers: what it still waits for; 0 if held
 * @mode:     short name of its mode
 */
struct rangelock_record {
	uint64_t start;
	uint64_t last;
	uint64_t seq;
	uint64_t owner;
	uint32_t blockers;
	const char *mode;
};

/* Which requests rangelock_snapshot() copies. */
enum rangelock_which {
	RANGELOCK_HOLDERS,
	RANGELOCK_WAITERS,
	RANGELOCK_EVERYONE
};

/**
 * rangelock_validate() - check the invariants of a lock
 * @rl: the lock
 *
 * Return: 0, or the number of the first invariant found broken; they are
 * listed in kmod/core/rangelock.c.
 */
int rangelock_validate(struct rangelock *rl);

/**
 * rangelock_snapshot() - copy out who holds and who waits
 * @rl:      the lock
 * @which:   holders, waiters or both
 * @records: where to put them, in order of start
 * @max:     room in @records
 *
 * The copy is consistent: it is made while the users of the lock wait, so keep
 * @max small on a lock that matters.
 *
 * Return: how many were copied, at most @max; @max means there may be more.
 */
size_t rangelock_snapshot(struct rangelock *rl, enum rangelock_which which,
			  struct rangelock_record *records, size_t max);

/**
 * rangelock_format() - one request as one line of text
 * @record: what rangelock_snapshot() copied
 * @buf:    where to put the line, always terminated
 * @size:   bytes in @buf, at least 1
 *
 * Return: characters written, without the terminating 0.
 */
int rangelock_format(const struct rangelock_record *record, char *buf,
		     size_t size);

/**
 * rangelock_dump() - a lock as text, at most 16 requests
 * @rl:   the lock
 * @buf:  where to put the text, always terminated
 * @size: bytes in @buf, at least 1
 *
 * Return: characters written, without the terminating 0.
 */
size_t rangelock_dump(struct rangelock *rl, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* RANGELOCK_PUBLIC_H */
