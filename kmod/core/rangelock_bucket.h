/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One bucket of a spread range lock: which one is a range's, what its slots
 * hold, and how a slot is found.  Shared by the quick paths (rangelock_quick.c)
 * and by those who move ranges between a bucket and the tree
 * (rangelock_spread.c).
 */
#ifndef RANGELOCK_BUCKET_H
#define RANGELOCK_BUCKET_H

#include "rangelock_spread.h"

/* 2^64 / golden ratio: neighbouring stripes go to buckets far apart. */
#define STRIPE_HASH	0x9E3779B97F4A7C15ull

/* One of each byte of the slots. */
#define EACH_SLOT(byte)	((byte) * 0x01010101u)
#define SLOT_SHIFT(slot)	(8 * (slot))
#define SLOT_MASK(slot)	((u64)0xff << SLOT_SHIFT(slot))
#define SLOT_USED	0x80u
#define SLOT_STRIPE	0x7fu
#define SLOT_NONE	RANGELOCK_SLOTS

/* What the slot of a range of this stripe is to be. */
static inline u32 signature(u64 hash)
{
	return ((u32)(hash >> 40) & SLOT_STRIPE) | SLOT_USED;
}

static inline u64 stripe_hash(u64 stripe)
{
	return stripe * STRIPE_HASH;
}

static inline struct rangelock_bucket *
bucket_of_hash(struct rangelock_spread *s, u64 hash)
{
	return &s->bucket[hash >> READ_ONCE(s->hash_shift)];
}

static inline struct rangelock_bucket *bucket_of(struct rangelock_spread *s,
						 u64 offset)
{
	return bucket_of_hash(s, stripe_hash(offset >> s->shift));
}

static __always_inline u64 bucket_word(const struct rangelock_bucket *b)
{
	/* Pairs with bucket_put(). */
	return (u64)atomic64_read_acquire(&b->word);
}

static __always_inline bool bucket_word_change(struct rangelock_bucket *b,
					       u64 from, u64 to)
{
	return (u64)atomic64_cmpxchg(&b->word, (s64)from, (s64)to) == from;
}

/* Does rangelock.lock guard all of a bucket with this word? */
static inline bool is_shut(u64 word)
{
	return (word & BUCKET_BARRED) && !(word & BUCKET_SLOTS);
}

/*
 * Lock a bucket without rangelock.lock; interrupts are off.  False if it is
 * shut, so that there is nothing to be found in it and nothing to be put there.
 */
static inline bool bucket_lock(struct rangelock_bucket *b, u64 *word)
{
	unsigned int turns = 0;

	prefetchw(&b->word);
	for (;;) {
		*word = bucket_word(b);
		if (!(*word & BUCKET_LOCKED)) {
			if (is_shut(*word))
				return false;
			if (bucket_word_change(b, *word, *word | BUCKET_LOCKED))
				return true;
		}
		WRITE_ONCE(b->met, READ_ONCE(b->met) + 1);
		rlenv_relax(&turns);
	}
}

/* Lock a bucket under rangelock.lock.  Returns its word, without the lock. */
static inline u64 bucket_own(struct rangelock_bucket *b)
{
	u64 word;

	if (!bucket_lock(b, &word))
		atomic64_set(&b->word, (s64)(word | BUCKET_LOCKED));
	return word;
}

/* Unlock a bucket; @word is what it is to be from now on. */
static __always_inline void bucket_put(struct rangelock_bucket *b, u64 word)
{
	if (rlenv_debug())
		WARN_ON_ONCE(!(atomic64_read(&b->word) & BUCKET_LOCKED) ||
			     (word & BUCKET_LOCKED));
	/* Pairs with bucket_word(). */
	atomic64_set_release(&b->word, (s64)word);
}

/* A slot of @slots that is not in use, or SLOT_NONE. */
static __always_inline unsigned int free_slot(u32 slots)
{
	u32 unused = ~slots & EACH_SLOT(SLOT_USED);

	return unused ? (unsigned int)__ffs(unused) / 8 : SLOT_NONE;
}

/* May one of @slots be of the stripe of @sig?  Is one of the bytes equal? */
static __always_inline bool has_stripe(u32 slots, u32 sig)
{
	u32 differ = slots ^ EACH_SLOT(sig);

	return (differ - EACH_SLOT(1u)) & ~differ & EACH_SLOT(0x80u);
}

static inline bool slot_is(u64 word, unsigned int slot, u32 sig)
{
	return (u8)(word >> SLOT_SHIFT(slot)) == sig;
}

static inline bool slot_conflicts(const struct rangelock *rl,
				  const struct rangelock_bucket *b,
				  unsigned int slot, u64 start, u64 last,
				  unsigned int mode)
{
	u8 mask = conflict_mask(rl, mode);

	return (mask & RANGELOCK_MASK(b->mode[slot])) &&
	       itree_overlaps(&b->held[slot]->node, start, last);
}

/* Where in a locked bucket a range may go; the slot is left in @slot. */
static inline enum rangelock_taken
find_slot(const struct rangelock *rl, const struct rangelock_bucket *b, u64 word,
	  u32 sig, u64 start, u64 last, unsigned int mode, unsigned int *slot)
{
	unsigned int i;

	if (unlikely(has_stripe((u32)word, sig)))
		for (i = 0; i < RANGELOCK_SLOTS; i++)
			if (slot_is(word, i, sig) &&
			    slot_conflicts(rl, b, i, start, last, mode))
				return RANGELOCK_CONFLICT;
	*slot = free_slot((u32)word);
	if (likely(*slot != SLOT_NONE))
		return RANGELOCK_TAKEN;
	return (u32)word == EACH_SLOT(sig) ? RANGELOCK_CROWDED : RANGELOCK_FULL;
}

/* Put a request into a free slot of a locked bucket; returns its word. */
static __always_inline u64 fill_slot(struct rangelock_bucket *b, u64 word,
				     unsigned int slot, u32 sig,
				     struct rangelock_req *req,
				     unsigned int mode)
{
	b->held[slot] = req;
	b->mode[slot] = (u8)mode;
	WRITE_ONCE(req->slot, (u8)slot);
	/* Pairs with the load-acquire of those who leave: the bucket is made. */
	smp_store_release(&req->home, b);
	return word | (u64)sig << SLOT_SHIFT(slot);
}

/*
 * Bucket and signature of a request that would fit into one bucket, or NULL.  By
 * processor nobody in a bucket excludes anybody there.
 */
static __always_inline struct rangelock_bucket *
place_of(struct rangelock_spread *s, u32 shape, u64 start, u64 last,
	 unsigned int mode, u32 *sig)
{
	u64 stripe, hash;

	if (unlikely(shape >= RANGELOCK_BY_CPU)) {
		if (mode != shape - RANGELOCK_BY_CPU)
			return NULL;
		*sig = signature(0);
		return bucket_of_hash(s, stripe_hash(rlenv_cpu() + 1));
	}
	stripe = start >> shape;
	if (unlikely(last >> shape != stripe))
		return NULL;
	hash = stripe_hash(stripe);
	*sig = signature(hash);
	return bucket_of_hash(s, hash);
}

#endif /* RANGELOCK_BUCKET_H */
