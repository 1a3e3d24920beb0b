/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A spread lock: buckets of one cache line, each with a lock bit of its own, in
 * front of the tree.  A bucket holds up to four ranges that are held, lie in
 * one stripe of the file and conflict with nobody.  Everything else (waiting,
 * a range across stripes, a fifth range) happens in the tree, where the verbs
 * of rangelock.c and rangelock_release.c need to know nothing of buckets:
 *
 *   S1  While a request in the tree may overlap a stripe, the bucket of that
 *       stripe is barred: nobody enters it.
 *   S2  A bucket barred by a request is empty: its ranges were moved into the
 *       tree first.
 *
 * Hence whoever takes a range in the tree bars the buckets of that range and
 * moves what they hold into the tree; from then on all conflicts are there.
 *
 *   CPU0 (narrow range)                CPU1 (wide range, same stripe)
 *   lock bucket                        lock rl
 *     not barred, no conflict
 *     put range in
 *   unlock bucket                      lock bucket
 *                                        bar it, move ranges to the tree
 *                                      unlock bucket
 *                                      finds the range in the tree: waits
 *   or
 *                                      lock bucket, bar it, unlock bucket
 *   lock bucket                        no conflict in the tree: granted
 *     barred
 *   unlock bucket
 *   lock rl: finds the range: waits
 *
 * Both sides meet in the bucket's word, so no barrier is needed, and a narrow
 * range writes to no line but that of its bucket.
 *
 * With a mapping by processor (reader_mode) the buckets hold ranges of any
 * width, all of one mode that admits itself; a request of another mode closes
 * all buckets.
 *
 * Phases (rangelock_adapt.c moves them, under rangelock.lock)
 *   CLOSED   all buckets are barred and empty, the tree has everything
 *   OPENING  all buckets are barred; the requests in the tree are counted in
 *            their buckets, or moved there, in order of start; then the
 *            buckets are opened one by one
 *   OPEN
 *   CLOSING  buckets are closed one by one, their ranges move to the tree
 * Each step looks at RANGELOCK_STEP buckets or requests, or opens
 * RANGELOCK_OPEN_STEP buckets, and is done by whoever takes the lock of the
 * tree anyway, so that no section grows with the lock.
 *
 * Lock order: rangelock.lock, then the lock bit of one bucket; the lock of the
 * pool is a leaf beside it.
 */
#ifndef RANGELOCK_SPREAD_H
#define RANGELOCK_SPREAD_H

#include "rangelock_internal.h"

#define RANGELOCK_SLOTS		4
#ifndef RANGELOCK_STEP
#define RANGELOCK_STEP		16
#endif
/* To open a bucket is a store; and who finds one closed takes the slow path. */
#define RANGELOCK_OPEN_STEP	(4 * RANGELOCK_STEP)
#define RANGELOCK_CLASSES	4

/* Between two visits of the worker; buckets stay open for so long. */
#define RANGELOCK_VISIT_NS	250000000ull

/* So often two meet in a bucket before a set of the least class grows. */
#define RANGELOCK_MET_MAX	32

/* A bit of rangelock_bucket.barred; the rest counts requests of the tree. */
#define RANGELOCK_BUCKET_CLOSED	1u
#define RANGELOCK_BUCKET_REQUEST	2u

/*
 * rangelock_bucket.word, which is all that a range without a conflict changes:
 *
 *   bits 0-31   the slots, a byte each: 0 if free, else 0x80 and some bits of the
 *               hash of the stripe, so that no request of others is looked at but
 *               those of the same stripe
 *   bit 32      locked: the holder of this bit alone writes the word
 *   bit 33      barred: nobody enters; rangelock_bucket.barred is not 0
 *   bits 34-63  how often it was barred
 *
 * A range is taken by a cmpxchg() that sets the lock bit and a store that clears
 * it and sets a slot; it is given back by one cmpxchg() that clears the slot.
 * Whoever gives back has seen that its request is in the bucket while the word
 * was the one that it replaces.  The bits of the slot could be another's of the
 * same stripe by then, if the request went to the tree in between; but then the
 * bucket was barred in between and the number at the top is another one.  It
 * comes back after 2^30 times, while one who gives back is between two
 * instructions; a reader of a seqcount_t relies on as much.
 *
 * Who looks for a bucket to enter is in an RCU section.  The quick path in
 * userspace is in none: there the memory of a set is a set of that size for ever,
 * but maybe another lock's, or nobody's, when it is looked at.  So the quick path
 * reads the word of a bucket, then looks whether the set is still the lock's and
 * in the same shape, then changes the word.  All buckets are shut before a set
 * goes or changes its shape; hence what was true in between is true still, if
 * the word is the same.  A set that comes again goes on with the words that it
 * had, so that no word of an earlier time comes again either.
 *
 * Who gives back needs no section: while a request is held, which may have been
 * in a bucket, that bucket stays.  A set is taken off its lock when nothing is
 * held, or when it is outgrown, and then it goes with the one that has replaced
 * it.
 *
 * A bucket that is barred and empty belongs to the holder of rangelock.lock, who
 * needs no cmpxchg() to change it.
 */
#define BUCKET_SLOTS	0xffffffffull
#define BUCKET_LOCKED	(1ull << 32)
#define BUCKET_BARRED	(1ull << 33)
#define BUCKET_ROUND	(1ull << 34)

/**
 * struct rangelock_bucket - ranges of some stripes; one cache line
 * @word:   lock, slots and more, see above
 * @barred: not 0 if nobody may enter; under rangelock.lock and the lock bit
 * @met:    how often somebody else was met here, until the tree is told; a
 *          hint, by anyone
 * @held:   for each slot in use the request; under the lock bit
 * @mode:   for each slot in use its mode; under the lock bit
 */
struct rangelock_bucket {
	atomic64_t word;
	u32 barred;
	u32 met;
	struct rangelock_req *held[RANGELOCK_SLOTS];
	u8 mode[RANGELOCK_SLOTS];
} __aligned(64);

enum rangelock_phase {
	RANGELOCK_CLOSED,
	RANGELOCK_OPENING,
	RANGELOCK_OPEN,
	RANGELOCK_CLOSING,
};

/**
 * struct rangelock_spread - the buckets of a lock
 * @shape:       @shift, or RANGELOCK_BY_CPU plus @reader_mode, while it is worth
 *               looking at the buckets, else RANGELOCK_NO_SHAPE; written under
 *               rangelock.lock
 * @hash_shift:  the top bits of a hash that tell the bucket start here; constant
 * @phase:       enum rangelock_phase; under rangelock.lock, as all below but
 *               for @link, @retired and @owner
 * @shift:       stripes are 1 << shift long; changed while CLOSED
 * @reader_mode: mode if the mapping is by processor, else -1; changed while
 *               CLOSED
 * @round:       number of this opening, never 0 in its low 16 bits; requests
 *               counted in their buckets carry those
 * @opened_at:   rlenv_now_ns() of this opening
 * @reopen:      a wide range has closed buckets that were worth it
 * @class:       which size this is
 * @closers:     requests that are closing the buckets for themselves
 * @cursor:      next bucket to open or close
 * @from:        next start to look at in the tree while OPENING
 * @counted_all: the whole tree has been looked at while OPENING
 * @overflows:   requests that found their bucket full since it opened
 * @straddles:   requests across two stripes since it opened
 * @crowded:     requests that found their bucket full of their own stripe
 * @want_shift:  least shift for the next opening
 * @inhibit:     how many openings by processor to leave out
 * @inhibit_next: value of @inhibit after the next one
 * @next:        more buckets, to go on with when CLOSED
 * @outgrown:    fewer buckets, from which this one has grown; go when it goes
 * @owner:       lock it is attached to; under the pool's lock
 * @link:        in a list of the pool; under the pool's lock
 * @seen_closed: the worker found it CLOSED the last time; the worker only
 * @base:        what was allocated
 * @bucket:      the buckets
 */
struct rangelock_spread {
	u32 shape;
	u8 hash_shift;

	u8 phase __aligned(64);
	u8 class;
	u8 shift;
	s8 reader_mode;
	u32 round;
	u64 opened_at;
	bool reopen;
	u32 closers;
	u32 cursor;
	u64 from;
	bool counted_all;
	u32 overflows;
	u32 straddles;
	u32 crowded;
	u8 want_shift;
	u8 inhibit;
	u8 inhibit_next;
	struct rangelock_spread *next;
	struct rangelock_spread *outgrown;

	struct rangelock *owner;
	struct list_head link;
	bool seen_closed;
	void *base;
	struct rangelock_bucket bucket[];
};

static inline u32 rangelock_nr_buckets(const struct rangelock_spread *s)
{
	return 1u << (64 - s->hash_shift);
}

/* rangelock_spread.shape of a mapping by processor, and of none. */
#define RANGELOCK_BY_CPU	64u
#define RANGELOCK_NO_SHAPE	(RANGELOCK_BY_CPU + RANGELOCK_MODES_MAX)

/* What a request found in the buckets: CROWDED is full of its own stripe. */
enum rangelock_taken {
	RANGELOCK_TAKEN,
	RANGELOCK_BARRED,
	RANGELOCK_FULL,
	RANGELOCK_CROWDED,
	RANGELOCK_CONFLICT,
};

/* What the worker is to do with the buckets of a lock. */
enum rangelock_reap {
	RANGELOCK_REAP_LATER,
	RANGELOCK_REAP_SOON,
	RANGELOCK_REAP_GONE,
};

/* rangelock_quick.c */
enum rangelock_taken rangelock_bucket_take(struct rangelock *rl,
					   struct rangelock_req *req,
					   u64 start, u64 last,
					   unsigned int mode, bool callback);
bool rangelock_bucket_release(struct rangelock_req *req);
bool rangelock_bucket_change(struct rangelock_req *req, u64 start, u64 last,
			     unsigned int mode);

/* rangelock_spread.c: under rangelock.lock */
bool rangelock_is_wide(const struct rangelock_spread *s, u64 start, u64 last);
void rangelock_bar(struct rangelock *rl, struct rangelock_spread *s, u64 start,
		   u64 last);
void rangelock_unbar(struct rangelock *rl, struct rangelock_spread *s,
		     u64 start, u64 last);
void rangelock_close_bucket(struct rangelock *rl, struct rangelock_spread *s,
			    struct rangelock_bucket *b);
void rangelock_open_bucket(struct rangelock *rl, struct rangelock_bucket *b);
bool rangelock_promote(struct rangelock *rl, struct rangelock_spread *s,
		       struct rangelock_req *req);
int rangelock_validate_buckets(struct rangelock *rl);

/* rangelock_adapt.c: under rangelock.lock */
unsigned long rangelock_prepare(struct rangelock *rl, u64 start, u64 last,
				unsigned int mode, unsigned long flags,
				u16 *counted)
	__must_hold(&rl->lock);
void rangelock_forget(struct rangelock *rl, u64 start, u64 last, u16 counted);
u16 rangelock_rebar(struct rangelock *rl, struct rangelock_req *req, u64 start,
		    u64 last);
bool rangelock_adapt(struct rangelock *rl, const struct rangelock_req *req,
		     bool conflict, bool met,
		     enum rangelock_taken found);
enum rangelock_reap rangelock_reap(struct rangelock *rl,
				   struct rangelock_spread *s);

void rangelock_reopen(struct rangelock *rl);

/* rangelock_adapt.c: takes the lock and keeps it */
unsigned long rangelock_gather(struct rangelock *rl)
	__acquires(&rl->lock);

/* rangelock_pool.c */
struct rangelock_spread *rangelock_pool_get(unsigned int class,
					    struct rangelock *rl);
void rangelock_pool_keep(struct rangelock_spread *s);
void rangelock_pool_retire(struct rangelock_spread *s);
void rangelock_pool_kick(void);
void rangelock_pool_exit(void);

/* rangelock.c: a lock in use by one, see there */
void rangelock_adopt(struct rangelock *rl, unsigned long alone);

/*
 * Keep those who would hold the lock alone away from the tree; true if somebody
 * does so, who is in the tree from now on.  Under rangelock.lock.
 */
static inline bool rangelock_seal(struct rangelock *rl)
{
	unsigned long alone;

	if (likely(READ_ONCE(rl->tree.root) & ITREE_USER))
		return false;
	/* Pairs with the cmpxchg() of rangelock_take_alone(). */
	alone = xchg(&rl->tree.root, ITREE_USER);
	if (!alone)
		return false;
	rangelock_adopt(rl, alone);
	return true;
}

/* Let them in again, if nothing is held.  Under rangelock.lock. */
static inline void rangelock_unseal(struct rangelock *rl)
{
	const struct rangelock_spread *s = rl->spread;

	if (READ_ONCE(rl->tree.root) != ITREE_USER ||
	    (s && s->phase != RANGELOCK_CLOSED))
		return;
	/* Pairs with the cmpxchg() of rangelock_take_alone(). */
	smp_store_release(&rl->tree.root, 0);
}

/* Every user of the tree takes and leaves the spinlock with these two. */
#define rangelock_lock(rl, flags)                                       \
	do {                                                            \
		spin_lock_irqsave(&(rl)->lock, flags);                  \
		rangelock_seal(rl);                                     \
	} while (0)

#define rangelock_unlock(rl, flags)                                     \
	do {                                                            \
		rangelock_unseal(rl);                                   \
		spin_unlock_irqrestore(&(rl)->lock, flags);             \
	} while (0)

/* Take a range of a lock that nobody uses; false if somebody does. */
static __always_inline bool
rangelock_take_alone(struct rangelock *rl, struct rangelock_req *req, u64 start,
		     u64 last, unsigned int mode, bool callback, u64 owner)
{
	rangelock_fill(rl, req, start, last, mode, callback, owner);
	WRITE_ONCE(req->home, NULL);
	if (likely(!cmpxchg(&rl->tree.root, 0ul, (unsigned long)&req->node)))
		return true;
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	return false;
}

/* Release a range that no bucket holds; false if it is not held alone. */
static __always_inline bool
rangelock_leave_alone(struct rangelock *rl, struct rangelock_req *req)
{
	unsigned long alone = (unsigned long)&req->node;

	if (cmpxchg(&rl->tree.root, alone, 0ul) != alone)
		return false;
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	return true;
}

/* The same where a bucket may hold it. */
static __always_inline bool
rangelock_release_alone(struct rangelock *rl, struct rangelock_req *req)
{
	return !READ_ONCE(req->home) && rangelock_leave_alone(rl, req);
}

/* Take a range without the lock of the tree, if that can be. */
static __always_inline enum rangelock_taken
rangelock_take_fast(struct rangelock *rl, struct rangelock_req *req, u64 start,
		    u64 last, unsigned int mode, bool callback)
{
	if (READ_ONCE(rl->tree.root)) {
		if (READ_ONCE(rl->spread))
			return rangelock_bucket_take(rl, req, start, last,
						     mode, callback);
		return RANGELOCK_BARRED;
	}
	if (!rangelock_take_alone(rl, req, start, last, mode, callback,
				  callback ? 0 : rlenv_self_id()))
		return RANGELOCK_BARRED;
	RANGELOCK_ATOMIC_EVENT(rl, acquired);
	return RANGELOCK_TAKEN;
}

/* Tests set these: locks get no buckets; the worker leaves locks alone. */
extern bool rangelock_pool_dry;
extern bool rangelock_pool_still;

#endif /* RANGELOCK_SPREAD_H */
