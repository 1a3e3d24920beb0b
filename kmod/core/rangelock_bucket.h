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

/*
 * What a slot holds, in one word, so that a look at a bucket touches the
 * requests of others only where they are of the same stripe:
 *
 *   bits 0-2   mode
 *   bit 3      in use
 *   bits 4-31  some bits of the stripe's hash
 */
#define SIG_MODE	0x00000007u
#define SIG_USED	0x00000008u
#define SIG_STRIPE	0xfffffff0u

/* 2^64 / golden ratio: neighbouring stripes go to buckets far apart. */
#define STRIPE_HASH	0x9E3779B97F4A7C15ull

static inline u32 signature(u64 hash, unsigned int mode)
{
	return ((u32)(hash >> 16) & SIG_STRIPE) | SIG_USED | mode;
}

static inline u64 stripe_hash(u64 stripe)
{
	return stripe * STRIPE_HASH;
}

static inline struct rangelock_bucket *
bucket_of_hash(struct rangelock_spread *s, u64 hash)
{
	return &s->bucket[hash >> s->hash_shift];
}

static inline struct rangelock_bucket *bucket_of(struct rangelock_spread *s,
						 u64 offset)
{
	return bucket_of_hash(s, stripe_hash(offset >> s->shift));
}

/* May a slot in use hold a range of the stripe of @sig? */
static inline bool same_stripe(u32 slot, u32 sig)
{
	return (slot | SIG_MODE) == (sig | SIG_MODE);
}

/* Is a bucket full of ranges of one stripe? */
static inline bool is_crowded(const struct rangelock_bucket *b, u32 sig)
{
	unsigned int i;

	for (i = 0; i < RANGELOCK_SLOTS; i++)
		if (!same_stripe(b->sig[i], sig))
			return false;
	return true;
}

/* Is nothing in @b? */
static __always_inline bool bucket_is_empty(const struct rangelock_bucket *b)
{
	return !(READ_ONCE(b->sig[0]) | READ_ONCE(b->sig[1]) |
		 READ_ONCE(b->sig[2]) | READ_ONCE(b->sig[3]));
}

/* A free slot if it is plain that nothing in @b overlaps, else none. */
static __always_inline unsigned int free_slot(const struct rangelock_bucket *b,
					      u32 sig)
{
	unsigned int slot = RANGELOCK_SLOTS, i;

	if (likely(bucket_is_empty(b)))
		return 0;
	for (i = 0; i < RANGELOCK_SLOTS; i++) {
		u32 other = READ_ONCE(b->sig[i]);

		if (same_stripe(other, sig))
			return RANGELOCK_SLOTS;
		if (!other)
			slot = i;
	}
	return slot;
}

static inline bool slot_conflicts(const struct rangelock *rl,
				  const struct rangelock_bucket *b,
				  unsigned int slot, u64 start, u64 last,
				  unsigned int mode)
{
	u8 mask = conflict_mask(rl, mode);

	return (mask & RANGELOCK_MASK(b->sig[slot] & SIG_MODE)) &&
	       itree_overlaps(&b->held[slot]->node, start, last);
}

/* Where in @b a range may go; the slot is left in @slot. */
static inline enum rangelock_taken
find_slot(const struct rangelock *rl, const struct rangelock_bucket *b,
	  u32 sig, u64 start, u64 last, unsigned int mode, unsigned int *slot)
{
	unsigned int i;

	*slot = 0;
	if (likely(bucket_is_empty(b)))
		return RANGELOCK_TAKEN;

	*slot = RANGELOCK_SLOTS;
	for (i = 0; i < RANGELOCK_SLOTS; i++) {
		u32 other = b->sig[i];

		if (!other)
			*slot = i;
		else if (unlikely(same_stripe(other, sig)) &&
			 slot_conflicts(rl, b, i, start, last, mode))
			return RANGELOCK_CONFLICT;
	}
	if (likely(*slot < RANGELOCK_SLOTS))
		return RANGELOCK_TAKEN;
	return is_crowded(b, sig) ? RANGELOCK_CROWDED : RANGELOCK_FULL;
}

static inline void fill_slot(struct rangelock_bucket *b, unsigned int slot,
			     u32 sig, struct rangelock_req *req)
{
	WRITE_ONCE(b->sig[slot], sig);
	b->held[slot] = req;
	req->slot = (u8)slot;
	/* Pairs with the load-acquire in change_at_home(): the bucket is made. */
	smp_store_release(&req->home, b);
}

/* Bucket and signature of a request that would fit into one bucket, or NULL. */
static __always_inline struct rangelock_bucket *
place_of(struct rangelock_spread *s, u32 shape, u64 start, u64 last,
	 unsigned int mode, u32 *sig)
{
	u64 stripe, hash;

	if (unlikely(shape >= RANGELOCK_BY_CPU)) {
		if (mode != shape - RANGELOCK_BY_CPU)
			return NULL;
		*sig = signature(0, mode);
		return bucket_of_hash(s, stripe_hash(rlenv_cpu() + 1));
	}
	stripe = start >> shape;
	if (unlikely(last >> shape != stripe || !shape))
		return NULL;
	hash = stripe_hash(stripe);
	*sig = signature(hash, mode);
	return bucket_of_hash(s, hash);
}

#endif /* RANGELOCK_BUCKET_H */
