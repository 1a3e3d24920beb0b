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

/* Move what a bucket holds into the tree. */
static void evict_locked(struct rangelock *rl, struct rangelock_spread *s,
			 struct rangelock_bucket *b)
{
	unsigned int i;

	lockdep_assert_held(&rl->lock);
	lockdep_assert_held(&b->lock);
	for (i = 0; i < RANGELOCK_SLOTS; i++) {
		struct rangelock_req *req = b->held[i];

		if (!b->sig[i])
			continue;
		WRITE_ONCE(b->sig[i], 0);
		req->seq = 0;
		req->waiters = NULL;
		req->counted = (u16)s->round;
		if (counts_are_kept(s, b))
			b->barred += RANGELOCK_BUCKET_REQUEST;
		itree_insert(&rl->tree, &req->node);
		WRITE_ONCE(req->home, NULL);
		RANGELOCK_EVENT(rl, evicted);
	}
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
	spin_lock(&b->lock);
	b->barred = RANGELOCK_BUCKET_CLOSED;
	evict_locked(rl, s, b);
	spin_unlock(&b->lock);
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

	lockdep_assert_held(&rl->lock);
	for (;;) {
		spin_lock(&b->lock);
		evict_locked(rl, s, b);
		if (counts_are_kept(s, b))
			b->barred += RANGELOCK_BUCKET_REQUEST;
		spin_unlock(&b->lock);
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

	lockdep_assert_held(&rl->lock);
	for (;;) {
		spin_lock(&b->lock);
		if (counts_are_kept(s, b)) {
			WARN_ON_ONCE(b->barred < RANGELOCK_BUCKET_REQUEST);
			b->barred -= RANGELOCK_BUCKET_REQUEST;
		}
		spin_unlock(&b->lock);
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
	u64 start = req->node.start, last = req->node.last;
	struct rangelock_bucket *b;
	unsigned int slot;
	bool room;
	u32 sig;

	lockdep_assert_held(&rl->lock);
	b = place_of(s, s->shift, start, last, req->mode, &sig);
	if (!b || READ_ONCE(req->state) != RANGELOCK_REQ_GRANTED)
		return false;
	spin_lock(&b->lock);
	room = b->barred == RANGELOCK_BUCKET_CLOSED &&
	       find_slot(rl, b, sig, start, last, req->mode, &slot) ==
		       RANGELOCK_TAKEN;
	if (room) {
		itree_remove(&rl->tree, &req->node);
		fill_slot(b, slot, sig, req);
		RANGELOCK_EVENT(rl, promoted);
	}
	spin_unlock(&b->lock);
	return room;
}

/* One slot of a locked bucket against I7. */
static bool slot_is_valid(struct rangelock *rl, struct rangelock_spread *s,
			  const struct rangelock_bucket *b, unsigned int slot)
{
	const struct rangelock_req *req = b->held[slot];
	u8 mask = conflict_mask(rl, req->mode);
	struct itree_node *node;
	unsigned int i;

	if (req->rl != rl || READ_ONCE(req->home) != b ||
	    READ_ONCE(req->state) != RANGELOCK_REQ_GRANTED ||
	    (b->sig[slot] & SIG_MODE) != req->mode)
		return false;
	if (s->reader_mode < 0 && (bucket_of(s, req->node.start) != b ||
				   bucket_of(s, req->node.last) != b))
		return false;
	for (i = 0; i < RANGELOCK_SLOTS; i++)
		if (i != slot && b->sig[i] &&
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
	bool valid = true;
	unsigned int i;

	spin_lock(&b->lock);
	if (s->phase == RANGELOCK_CLOSED)
		valid = b->barred == RANGELOCK_BUCKET_CLOSED;
	for (i = 0; valid && i < RANGELOCK_SLOTS; i++)
		if (b->sig[i])
			valid = b->barred < RANGELOCK_BUCKET_REQUEST &&
				s->phase != RANGELOCK_CLOSED &&
				slot_is_valid(rl, s, b, i);
	spin_unlock(&b->lock);
	return valid;
}

/* S1 for the requests of the tree, while the buckets are open. */
static bool tree_is_barred(struct rangelock *rl, struct rangelock_spread *s)
{
	struct itree_node *node;

	for (node = itree_first(&rl->tree); node; node = itree_next(node))
		if (!READ_ONCE(bucket_of(s, node->start)->barred) ||
		    !READ_ONCE(bucket_of(s, node->last)->barred))
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
