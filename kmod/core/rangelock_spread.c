// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How ranges move between the buckets of a spread range lock and its tree.  See
 * rangelock_spread.h for the protocol.
 */
#include "rangelock_bucket.h"

/**
 * rangelock_is_wide() - does a range touch more than two stripes
 * @s:     buckets
 * @start: first byte
 * @last:  last byte
 *
 * Context: under rangelock.lock.
 * Return: true if it does.
 */
bool rangelock_is_wide(const struct rangelock_spread *s, u64 start, u64 last)
{
	return (last >> s->shift) - (start >> s->shift) > 1;
}

/* Are the counts of requests in this bucket still wanted? */
static inline bool counts_are_kept(const struct rangelock_spread *s,
				   const struct rangelock_bucket *b)
{
	return s->phase == RANGELOCK_OPENING || s->phase == RANGELOCK_OPEN ||
	       (s->phase == RANGELOCK_CLOSING &&
		!(b->barred & RANGELOCK_BUCKET_CLOSED));
}

/*
 * Move what an owned bucket holds into the tree.  Returns the word of a barred
 * bucket, for bucket_put(): whoever sees that word sees that the requests have
 * left.
 */
static u64 evict_locked(struct rangelock *rl, struct rangelock_spread *s,
			struct rangelock_bucket *b, u64 word)
{
	unsigned int i;

	lockdep_assert_held(&rl->lock);
	for (i = 0; i < RANGELOCK_SLOTS; i++) {
		struct rangelock_req *req = b->held[i];

		if (!(word & SLOT_MASK(i)))
			continue;
		req->seq = 0;
		req->waiters = NULL;
		req->counted = (u16)s->round;
		if (counts_are_kept(s, b))
			b->barred += RANGELOCK_BUCKET_REQUEST;
		itree_insert(&rl->tree, &req->node);
		WRITE_ONCE(req->home, NULL);
		RANGELOCK_EVENT(rl, evicted);
	}
	if (is_shut(word))
		return word;
	return ((word & ~BUCKET_SLOTS) | BUCKET_BARRED) + BUCKET_ROUND;
}

/* Unlock a bucket; open unless barred. */
static inline void put_counted(struct rangelock_bucket *b, u64 word)
{
	if (!b->barred)
		word &= ~BUCKET_BARRED;
	bucket_put(b, word);
}

/**
 * rangelock_close_bucket() - bar a bucket and move what it holds into the tree
 * @rl: the lock
 * @s:  its buckets, CLOSING
 * @b:  one of them
 *
 * Context: under rangelock.lock.
 */
void rangelock_close_bucket(struct rangelock *rl, struct rangelock_spread *s,
			    struct rangelock_bucket *b)
{
	u64 word = bucket_own(b);

	b->barred = RANGELOCK_BUCKET_CLOSED;
	bucket_put(b, evict_locked(rl, s, b, word));
}

/**
 * rangelock_open_bucket() - let narrow ranges in, but for those of the tree
 * @rl: the lock
 * @b:  one of its buckets; the tree has been counted in all of them
 *
 * Context: under rangelock.lock.
 */
void rangelock_open_bucket(struct rangelock *rl, struct rangelock_bucket *b)
{
	u64 word = bucket_own(b);

	lockdep_assert_held(&rl->lock);
	b->barred &= ~RANGELOCK_BUCKET_CLOSED;
	put_counted(b, word);
}

/**
 * rangelock_bar() - keep others out of the buckets of a range
 * @rl:    the lock
 * @s:     its buckets, not CLOSED, mapped by offset
 * @start: first byte
 * @last:  last byte; the range is not wide
 *
 * What the buckets held is in the tree afterwards.
 *
 * Context: under rangelock.lock.
 */
void rangelock_bar(struct rangelock *rl, struct rangelock_spread *s, u64 start,
		   u64 last)
{
	struct rangelock_bucket *b = bucket_of(s, start);
	struct rangelock_bucket *second = bucket_of(s, last);
	u64 word;

	lockdep_assert_held(&rl->lock);
	for (;;) {
		word = evict_locked(rl, s, b, bucket_own(b));
		if (counts_are_kept(s, b))
			b->barred += RANGELOCK_BUCKET_REQUEST;
		bucket_put(b, word);
		if (b == second)
			break;
		b = second;
	}
}

/**
 * rangelock_unbar() - undo rangelock_bar() for the same range
 * @rl:    the lock
 * @s:     its buckets, in the round of rangelock_bar()
 * @start: first byte
 * @last:  last byte
 *
 * Context: under rangelock.lock.
 */
void rangelock_unbar(struct rangelock *rl, struct rangelock_spread *s,
		     u64 start, u64 last)
{
	struct rangelock_bucket *b = bucket_of(s, start);
	struct rangelock_bucket *second = bucket_of(s, last);
	u64 word;

	lockdep_assert_held(&rl->lock);
	for (;;) {
		word = bucket_own(b);
		if (counts_are_kept(s, b)) {
			WARN_ON_ONCE(b->barred < RANGELOCK_BUCKET_REQUEST);
			b->barred -= RANGELOCK_BUCKET_REQUEST;
		}
		put_counted(b, word);
		if (b == second)
			break;
		b = second;
	}
}

/**
 * rangelock_promote() - move a held range from the tree to its bucket
 * @rl:  the lock; nobody waits on it
 * @s:   its buckets, OPENING, mapped by offset
 * @req: a request in the tree, not counted yet
 *
 * Context: under rangelock.lock.
 * Return: true if it is in its bucket now.
 */
bool rangelock_promote(struct rangelock *rl, struct rangelock_spread *s,
		       struct rangelock_req *req)
{
	u64 start = req->node.start, last = req->node.last, word;
	struct rangelock_bucket *b;
	unsigned int slot;
	bool room;
	u32 sig;

	lockdep_assert_held(&rl->lock);
	b = place_of(s, s->shift, start, last, req->mode, &sig);
	if (!b || READ_ONCE(req->state) != RANGELOCK_REQ_GRANTED)
		return false;
	word = bucket_own(b);
	room = b->barred == RANGELOCK_BUCKET_CLOSED &&
	       find_slot(rl, b, word, sig, start, last, req->mode, &slot) ==
		       RANGELOCK_TAKEN;
	if (room) {
		itree_remove(&rl->tree, &req->node);
		word = fill_slot(b, word, slot, sig, req, req->mode);
		RANGELOCK_EVENT(rl, promoted);
	}
	bucket_put(b, word);
	return room;
}

/* One slot of a locked bucket against I7. */
static bool slot_is_valid(struct rangelock *rl, struct rangelock_spread *s,
			  const struct rangelock_bucket *b, u64 word,
			  unsigned int slot)
{
	const struct rangelock_req *req = b->held[slot];
	u64 stripe = s->reader_mode >= 0 ? 0 : req->node.start >> s->shift;
	u8 mask = conflict_mask(rl, req->mode);
	struct itree_node *node;
	unsigned int i;

	if (req->rl != rl || READ_ONCE(req->home) != b || req->slot != slot ||
	    READ_ONCE(req->state) != RANGELOCK_REQ_GRANTED ||
	    b->mode[slot] != req->mode ||
	    !slot_is(word, slot, signature(stripe_hash(stripe))))
		return false;
	if (s->reader_mode < 0 && (bucket_of(s, req->node.start) != b ||
				   bucket_of(s, req->node.last) != b))
		return false;
	for (i = 0; i < RANGELOCK_SLOTS; i++)
		if (i != slot && (word & SLOT_MASK(i)) &&
		    (mask & RANGELOCK_MASK(b->held[i]->mode)) &&
		    itree_overlaps(&b->held[i]->node, req->node.start,
				   req->node.last))
			return false;
	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last)
		if (mask & RANGELOCK_MASK(node_req(node)->mode))
			return false;
	return true;
}

static bool bucket_is_valid(struct rangelock *rl, struct rangelock_spread *s,
			    struct rangelock_bucket *b)
{
	u64 word = bucket_own(b);
	bool valid = !(word & BUCKET_BARRED) == !b->barred;
	unsigned int i;

	if (s->phase == RANGELOCK_CLOSED)
		valid = valid && b->barred == RANGELOCK_BUCKET_CLOSED;
	for (i = 0; valid && i < RANGELOCK_SLOTS; i++)
		if (word & SLOT_MASK(i))
			valid = b->barred < RANGELOCK_BUCKET_REQUEST &&
				s->phase != RANGELOCK_CLOSED &&
				slot_is_valid(rl, s, b, word, i);
	bucket_put(b, word);
	return valid;
}

/* S1 for the requests of the tree, while the buckets are open. */
static bool tree_is_barred(struct rangelock *rl, struct rangelock_spread *s)
{
	struct itree_node *node;

	for (node = itree_first(&rl->tree); node; node = itree_next(node))
		if (!bucket_of(s, node->start)->barred ||
		    !bucket_of(s, node->last)->barred)
			return false;
	return true;
}

/**
 * rangelock_validate_buckets() - check the invariant I7 of rangelock.c
 * @rl: the lock
 *
 * Context: under rangelock.lock.
 * Return: 0 or 7.
 */
int rangelock_validate_buckets(struct rangelock *rl)
{
	struct rangelock_spread *s = rl->spread;
	u32 i;

	lockdep_assert_held(&rl->lock);
	if (!s)
		return 0;
	for (i = 0; i < rangelock_nr_buckets(s); i++)
		if (!bucket_is_valid(rl, s, &s->bucket[i]))
			return 7;
	if (s->phase == RANGELOCK_OPEN && s->reader_mode < 0 &&
	    !tree_is_barred(rl, s))
		return 7;
	return 0;
}
