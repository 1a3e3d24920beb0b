// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * When a range lock spreads its ranges over buckets, in which shape, and when
 * it gathers them in the tree again.  See rangelock_spread.h for the phases.
 *
 * Heat.  A grant in the tree that finds other ranges there makes the lock
 * warmer, all the more so if the other one held it alone until then; one that
 * finds none makes it cooler, and so does a conflict: buckets do not help ranges
 * that overlap.  A hot lock takes buckets from the pool and opens them.
 *
 * Shape.  Stripes are as long as the request that made the lock hot, rounded up
 * to a power of two, or eight times that if it is not aligned; and not shorter
 * than what has recently made the lock gather.  A mode that admits itself and
 * is asked for on wide ranges is spread by processor.
 *
 * Way back.  A wide range gathers at once.  The worker closes the buckets of
 * every lock now and then: one that still needs them opens them within a few
 * requests, and one that has not done so at the worker's next visit loses them.
 */
#include "rangelock_spread.h"

/* Shorter stripes are no use, and neither are longer ones. */
#define SHIFT_MIN	4
#define SHIFT_MAX	26
#define SHIFT_UNALIGNED	3

/* Requests that do not fit until the shape is changed. */
#define MISFITS_MAX	64

/* Requests of this round that a step passes over at most. */
#define SKIPPED_MAX	256

#define HEAT_MAX	255
#define HEAT_MET	4
#define INHIBIT_MAX	64

/* So many buckets ahead, their lines are asked for. */
#define PREFETCH	4

/* Open for so long per bucket, they were worth it. */
#define WORTH_NS	1024

static unsigned int shift_for(u64 start, u64 last)
{
	unsigned int shift = max(fls64(last - start), SHIFT_MIN);

	if (shift < 64 && start >> shift != last >> shift)
		shift += SHIFT_UNALIGNED;
	return shift;
}

static void warm_up(struct rangelock *rl, int by)
{
	int heat = (int)rl->heat + by;

	lockdep_assert_held(&rl->lock);
	WRITE_ONCE(rl->heat, (u8)(heat < 0 ? 0 : min(heat, HEAT_MAX)));
}

/*
 * Close the buckets; @heat of the lock afterwards tells how little it takes to
 * open them again.
 */
static void start_closing(struct rangelock *rl, struct rangelock_spread *s,
			  u8 heat)
{
	lockdep_assert_held(&rl->lock);
	if (s->phase == RANGELOCK_CLOSING)
		return;
	WRITE_ONCE(s->shape, RANGELOCK_NO_SHAPE);
	s->phase = RANGELOCK_CLOSING;
	s->cursor = 0;
	WRITE_ONCE(rl->heat, heat);
	if (s->reader_mode >= 0) {
		s->inhibit = s->inhibit_next;
		s->inhibit_next = min(2 * s->inhibit_next + 1, INHIBIT_MAX);
	}
	RANGELOCK_EVENT(rl, gathered);
}

/* Go on with the larger set of buckets that has been waiting. */
static struct rangelock_spread *take_next(struct rangelock *rl,
					  struct rangelock_spread *s)
{
	struct rangelock_spread *next = s->next;

	lockdep_assert_held(&rl->lock);
	next->round = s->round;
	next->inhibit = s->inhibit;
	next->inhibit_next = s->inhibit_next;
	next->want_shift = s->want_shift;
	next->shift = s->shift;
	next->reader_mode = s->reader_mode;
	s->next = NULL;
	rangelock_pool_keep(s);
	next->outgrown = s;
	rlenv_rcu_assign(rl->spread, next);
	RANGELOCK_EVENT(rl, grown);
	return next;
}

static void close_step(struct rangelock *rl, struct rangelock_spread *s)
{
	u32 end = min(s->cursor + RANGELOCK_STEP, rangelock_nr_buckets(s));

	lockdep_assert_held(&rl->lock);
	while (s->cursor < end) {
		prefetchw(&s->bucket[s->cursor + PREFETCH]);
		rangelock_close_bucket(rl, s, &s->bucket[s->cursor++]);
	}
	if (s->cursor < rangelock_nr_buckets(s))
		return;
	s->phase = RANGELOCK_CLOSED;
	/* Whoever wanted more buckets wants them now. */
	if (s->next)
		WRITE_ONCE(rl->heat, RANGELOCK_HOT);
}

/* Requests of a round that is over may carry its number: make them not. */
static void forget_rounds(struct rangelock *rl)
{
	struct itree_node *node;

	lockdep_assert_held(&rl->lock);
	for (node = itree_first(&rl->tree); node; node = itree_next(node))
		node_req(node)->counted = 0;
}

/* By processor, for a mode that admits itself?  Else by offset. */
static bool wants_readers(const struct rangelock *rl,
			  const struct rangelock_req *req)
{
	return mode_is_shared(rl, req->mode) &&
	       shift_for(req->node.start, req->node.last) > SHIFT_MAX;
}

/* Choose a shape that suits @req; false if none does. */
static bool choose_shape(struct rangelock *rl, struct rangelock_spread *s,
			 const struct rangelock_req *req)
{
	unsigned int shift;

	/* Without one, that of before. */
	if (!req)
		return true;
	shift = shift_for(req->node.start, req->node.last);
	if (wants_readers(rl, req)) {
		if (s->inhibit) {
			s->inhibit--;
			return false;
		}
		s->reader_mode = (s8)req->mode;
		RANGELOCK_EVENT(rl, shared_spread);
		return true;
	}
	if (shift > SHIFT_MAX)
		return false;
	s->reader_mode = -1;
	s->shift = (u8)max_t(unsigned int, shift, s->want_shift);
	s->want_shift = 0;
	return true;
}

static void start_opening(struct rangelock *rl, struct rangelock_spread *s,
			  const struct rangelock_req *req)
{
	u32 round;

	lockdep_assert_held(&rl->lock);
	WRITE_ONCE(rl->heat, 0);
	s->reopen = false;
	if (s->closers)
		return;
	if (s->next)
		s = take_next(rl, s);
	if (!choose_shape(rl, s, req))
		return;
	round = s->round + 1;
	if (!(u16)round) {
		/* Once in 65,536 openings: the one section without a bound. */
		forget_rounds(rl);
		round++;
	}
	s->phase = RANGELOCK_OPENING;
	s->cursor = 0;
	s->from = 0;
	s->counted_all = false;
	s->overflows = 0;
	s->straddles = 0;
	s->crowded = 0;
	s->round = round;
	s->opened_at = rlenv_now_ns();
}

/* Account for a request of the tree in its buckets; false if that is no use. */
static bool admit(struct rangelock *rl, struct rangelock_spread *s,
		  struct rangelock_req *req)
{
	if (s->reader_mode >= 0) {
		if (req->mode != s->reader_mode || !req_is_granted(req))
			return false;
	} else {
		if (rangelock_is_wide(s, req->node.start, req->node.last))
			return false;
		if (!rl->nr_waiting && rangelock_promote(rl, s, req))
			return true;
		rangelock_bar(rl, s, req->node.start, req->node.last);
	}
	req->counted = (u16)s->round;
	return true;
}

/* The next requests of the tree, in order of start. */
static void count_step(struct rangelock *rl, struct rangelock_spread *s)
{
	struct itree_node *node, *next;
	unsigned int done = 0, skipped = 0;

	node = itree_first_overlap(&rl->tree, s->from, U64_MAX);
	while (node && done < RANGELOCK_STEP) {
		struct rangelock_req *req = node_req(node);

		next = itree_next(node);
		if (req->counted == (u16)s->round) {
			if (++skipped > SKIPPED_MAX)
				goto no_use;
		} else {
			if (!admit(rl, s, req))
				goto no_use;
			done++;
		}
		node = next;
	}
	if (node)
		s->from = node->start;
	else
		s->counted_all = true;
	return;
no_use:
	start_closing(rl, s, 0);
}

static u32 shape_of(const struct rangelock_spread *s)
{
	return s->reader_mode >= 0 ? RANGELOCK_BY_CPU + (u32)s->reader_mode :
				     s->shift;
}

static void open_step(struct rangelock *rl, struct rangelock_spread *s)
{
	u32 end;

	lockdep_assert_held(&rl->lock);
	if (!s->counted_all) {
		count_step(rl, s);
		return;
	}
	WRITE_ONCE(s->shape, shape_of(s));
	end = min(s->cursor + RANGELOCK_OPEN_STEP, rangelock_nr_buckets(s));
	while (s->cursor < end) {
		prefetchw(&s->bucket[s->cursor + PREFETCH]);
		rangelock_open_bucket(rl, &s->bucket[s->cursor++]);
	}
	if (s->cursor < rangelock_nr_buckets(s))
		return;
	s->phase = RANGELOCK_OPEN;
	RANGELOCK_EVENT(rl, spread);
}

/* A range that spans many stripes: remember, if longer stripes would do. */
static void note_wide(struct rangelock_spread *s, u64 start, u64 last)
{
	unsigned int shift = shift_for(start, last);

	if (s->reader_mode < 0 && shift <= SHIFT_MAX)
		s->want_shift = (u8)max_t(unsigned int, shift, s->want_shift);
}

/* A wide range closes the buckets: are they to be opened soon again? */
static void close_for_wide(struct rangelock *rl, struct rangelock_spread *s)
{
	u64 age = rlenv_now_ns() - s->opened_at;
	bool worth = age > (u64)rangelock_nr_buckets(s) * WORTH_NS;

	lockdep_assert_held(&rl->lock);
	if (s->phase == RANGELOCK_CLOSING)
		return;
	s->reopen = worth && s->phase == RANGELOCK_OPEN;
	start_closing(rl, s, worth ? RANGELOCK_REOPEN : 0);
}

/**
 * rangelock_prepare() - make the tree know all that may conflict with a range
 * @rl:      the lock, locked
 * @start:   first byte
 * @last:    last byte
 * @mode:    index into the matrix
 * @flags:   of the lock; it may be released and taken again
 * @counted: filled with what rangelock_forget() wants to know
 *
 * Context: under rangelock.lock.
 * Return: new @flags.
 */
unsigned long rangelock_prepare(struct rangelock *rl, u64 start, u64 last,
				unsigned int mode, unsigned long flags,
				u16 *counted)
	__must_hold(&rl->lock)
{
	struct rangelock_spread *s, *closing = NULL;

	lockdep_assert_held(&rl->lock);
	while ((s = rl->spread) && s->phase != RANGELOCK_CLOSED) {
		if (s->reader_mode >= 0 && mode == (unsigned int)s->reader_mode)
			break;
		if (s->reader_mode < 0 && !rangelock_is_wide(s, start, last)) {
			rangelock_bar(rl, s, start, last);
			*counted = (u16)s->round;
			break;
		}
		if (!closing) {
			note_wide(s, start, last);
			/* From here on it is neither opened nor taken away. */
			s->closers++;
			closing = s;
		}
		close_for_wide(rl, s);
		close_step(rl, s);
		if (s->phase == RANGELOCK_CLOSED)
			break;
		/* Interrupts and others have their turn between two steps. */
		rangelock_unlock(rl, flags);
		cpu_relax();
		rangelock_lock(rl, flags);
	}
	if (closing)
		closing->closers--;
	return flags;
}

/**
 * rangelock_forget() - a request leaves the tree
 * @rl:      the lock
 * @start:   first byte it was barred for
 * @last:    last byte
 * @counted: from rangelock_prepare() or the request
 *
 * Context: under rangelock.lock.
 */
void rangelock_forget(struct rangelock *rl, u64 start, u64 last, u16 counted)
{
	struct rangelock_spread *s = rl->spread;

	lockdep_assert_held(&rl->lock);
	if (s && counted && counted == (u16)s->round && s->reader_mode < 0 &&
	    s->phase != RANGELOCK_CLOSED)
		rangelock_unbar(rl, s, start, last);
}

/**
 * rangelock_rebar() - a held range of the tree is about to shrink
 * @rl:    the lock
 * @req:   the request, counted, with its range of before
 * @start: first byte that it keeps
 * @last:  last byte that it keeps
 *
 * Context: under rangelock.lock.
 * Return: rangelock_req.counted for what it keeps.
 */
u16 rangelock_rebar(struct rangelock *rl, struct rangelock_req *req, u64 start,
		    u64 last)
{
	struct rangelock_spread *s = rl->spread;

	lockdep_assert_held(&rl->lock);
	if (!s || s->reader_mode >= 0 || s->phase == RANGELOCK_CLOSED ||
	    req->counted != (u16)s->round)
		return 0;
	rangelock_bar(rl, s, start, last);
	rangelock_unbar(rl, s, req->node.start, req->node.last);
	return req->counted;
}

/* Buckets for a lock that has none; false if the pool has none either. */
static bool attach(struct rangelock *rl)
{
	struct rangelock_spread *s = rangelock_pool_get(0, rl);

	lockdep_assert_held(&rl->lock);
	if (!s) {
		WRITE_ONCE(rl->heat, 0);
		RANGELOCK_EVENT(rl, starved);
		return false;
	}
	rlenv_rcu_assign(rl->spread, s);
	return true;
}

/* Ask for more buckets; true if that asks for the worker too. */
static bool grow(struct rangelock *rl, struct rangelock_spread *s)
{
	s->overflows = 0;
	if (s->class + 1 == RANGELOCK_CLASSES)
		return false;
	s->next = rangelock_pool_get(s->class + 1u, rl);
	if (!s->next) {
		RANGELOCK_EVENT(rl, starved);
		return true;
	}
	start_closing(rl, s, RANGELOCK_REOPEN);
	return true;
}

/* A request came to the tree although the buckets are open: why? */
static bool judge(struct rangelock *rl, struct rangelock_spread *s,
		  const struct rangelock_req *req, enum rangelock_taken found)
{
	u64 start = req->node.start, last = req->node.last;

	if (s->reader_mode >= 0)
		return false;
	if (start >> s->shift != last >> s->shift) {
		if (s->shift + SHIFT_UNALIGNED <= SHIFT_MAX &&
		    ++s->straddles > MISFITS_MAX) {
			s->want_shift = s->shift + SHIFT_UNALIGNED;
			start_closing(rl, s, RANGELOCK_REOPEN);
		}
	} else if (found == RANGELOCK_CROWDED) {
		if (shift_for(start, last) < s->shift &&
		    ++s->crowded > MISFITS_MAX)
			start_closing(rl, s, RANGELOCK_REOPEN);
	} else if (found == RANGELOCK_FULL || !rl->nr_waiting) {
		/* Barred without anybody waiting: one of those who came late. */
		if (++s->overflows > rangelock_nr_buckets(s) / 16)
			return grow(rl, s);
	}
	return false;
}

/**
 * rangelock_adapt() - let a lock adapt to a request that is in its tree now
 * @rl:        the lock
 * @req:       the request, granted or waiting
 * @conflict:  it met a conflict
 * @met:       it met another one that held the lock alone until then
 * @found:     what it had found in the buckets
 *
 * Context: under rangelock.lock.
 * Return: true if the caller shall call rangelock_pool_kick() after unlocking.
 */
bool rangelock_adapt(struct rangelock *rl, const struct rangelock_req *req,
		     bool conflict, bool met,
		     enum rangelock_taken found)
{
	struct rangelock_spread *s = rl->spread;

	lockdep_assert_held(&rl->lock);
	if (rl->config & RANGELOCK_TREE_ONLY)
		return false;
	if (s && s->phase == RANGELOCK_OPENING) {
		open_step(rl, s);
		return false;
	}
	if (s && s->phase == RANGELOCK_CLOSING) {
		close_step(rl, s);
		return false;
	}
	if (s && s->phase == RANGELOCK_OPEN)
		return !conflict && judge(rl, s, req, found);

	if (conflict)
		warm_up(rl, -RANGELOCK_COOL);
	else if (met)
		warm_up(rl, HEAT_MET);
	else if (itree_root(&rl->tree)->height > 1)
		warm_up(rl, 1);
	else
		warm_up(rl, -1);
	if (rl->heat < RANGELOCK_HOT)
		return false;
	if (!s && !attach(rl))
		return true;
	start_opening(rl, rl->spread, req);
	return !s;
}

/**
 * rangelock_gather() - put all that is held into the tree
 * @rl: the lock
 *
 * Context: any.
 * Return: flags of rangelock.lock, which is held now.
 */
unsigned long rangelock_gather(struct rangelock *rl)
	__acquires(&rl->lock)
{
	struct rangelock_spread *s;
	unsigned long flags;

	rangelock_lock(rl, flags);
	while ((s = rl->spread) && s->phase != RANGELOCK_CLOSED) {
		start_closing(rl, s, 0);
		close_step(rl, s);
		if (s->phase == RANGELOCK_CLOSED)
			break;
		rangelock_unlock(rl, flags);
		cpu_relax();
		rangelock_lock(rl, flags);
	}
	return flags;
}

/**
 * rangelock_reopen() - a wide range that has closed the buckets has left
 * @rl: the lock
 *
 * The one who made the others take the tree opens the first buckets again, if
 * they are worth it; those who miss others open those.
 *
 * Context: under rangelock.lock.
 */
void rangelock_reopen(struct rangelock *rl)
{
	struct rangelock_spread *s = rl->spread;

	lockdep_assert_held(&rl->lock);
	if (!s || !s->reopen || s->class > 1 ||
	    s->phase != RANGELOCK_CLOSED || s->reader_mode >= 0)
		return;
	start_opening(rl, s, NULL);
	if (rl->spread->phase != RANGELOCK_OPENING)
		return;
	open_step(rl, rl->spread);
	if (rl->spread->phase == RANGELOCK_OPENING)
		open_step(rl, rl->spread);
}

/* Does a large set of buckets hold little?  A sample, without locks. */
static bool is_sparse(const struct rangelock_spread *s)
{
	u32 step = rangelock_nr_buckets(s) / 256, held = 0, i;

	if (!s->class)
		return true;
	for (i = 0; i < 256; i++)
		held += !!(atomic64_read(&s->bucket[i * step].word) &
			   BUCKET_SLOTS);
	return held < 16;
}

/**
 * rangelock_reap() - the worker looks at a lock that has buckets
 * @rl: the lock
 * @s:  its buckets, or those that it wants to grow into
 *
 * Context: under rangelock.lock and the lock of the pool.
 * Return: RANGELOCK_REAP_GONE if @s and @s->next have been taken off the lock
 * and may be freed after a grace period, else when to look again.
 */
enum rangelock_reap rangelock_reap(struct rangelock *rl,
				   struct rangelock_spread *s)
{
	bool was_closed = s->seen_closed;

	lockdep_assert_held(&rl->lock);
	s->seen_closed = false;
	/* What a lock is to grow into comes and goes with what it has. */
	if (s != rl->spread || s->closers)
		return RANGELOCK_REAP_LATER;
	if (s->phase == RANGELOCK_CLOSED) {
		s->seen_closed = true;
		/* Requests in the tree may carry the number of a round. */
		if (!was_closed || !itree_is_empty(&rl->tree))
			return RANGELOCK_REAP_LATER;
		rlenv_rcu_assign(rl->spread, NULL);
		WRITE_ONCE(rl->heat, 0);
		return RANGELOCK_REAP_GONE;
	}
	if (s->phase != RANGELOCK_CLOSING &&
	    (rlenv_now_ns() - s->opened_at < RANGELOCK_VISIT_NS ||
	     !is_sparse(s)))
		return RANGELOCK_REAP_LATER;
	/* While OPENING nobody has come to open the rest: nobody needs it. */
	start_closing(rl, s, RANGELOCK_HOT / 2);
	close_step(rl, s);
	return s->phase == RANGELOCK_CLOSED ? RANGELOCK_REAP_LATER :
					      RANGELOCK_REAP_SOON;
}
