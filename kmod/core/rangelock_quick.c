// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The quick paths of a range lock: a range of a lock that nobody uses, and a
 * range that is alone in its bucket.  Whatever is out of the ordinary goes to
 * the slow path, by a jump rather than a call, so that the compiler needs no
 * stack frame here: that is a third of the time.
 */
#include "rangelock_bucket.h"

/**
 * rangelock_bucket_take() - take a range without the lock of the tree
 * @rl:    the lock
 * @req:   the caller's request
 * @start: first byte
 * @last:  last byte, inclusive
 * @mode:  index into the matrix
 * @callback: no task answers for the request
 *
 * The mapping is read before the bucket is locked, and again afterwards.  It
 * changes only while all buckets are barred: if this one is not and the mapping
 * is that of before, then the bucket is the right one.
 *
 * Context: any.
 * Return: RANGELOCK_TAKEN if @req is held now; RANGELOCK_CONFLICT if a
 * conflicting range is held; else the tree has to be asked.
 */
enum rangelock_taken rangelock_bucket_take(struct rangelock *rl,
					   struct rangelock_req *req,
					   u64 start, u64 last,
					   unsigned int mode, bool callback)
{
	enum rangelock_taken taken = RANGELOCK_BARRED;
	u64 owner = callback ? 0 : rlenv_self_id(), word;
	struct rangelock_spread *s;
	struct rangelock_bucket *b;
	unsigned long flags;
	unsigned int slot;
	u32 sig, shape;

	rlenv_rcu_read_lock_irqsave(&flags);
	s = rlenv_rcu_dereference(rl->spread);
	if (unlikely(!s))
		goto out;
	shape = READ_ONCE(s->shape);
	b = place_of(s, shape, start, last, mode, &sig);
	if (unlikely(!b || !bucket_lock(b, &word)))
		goto out;
	if (likely(!(word & BUCKET_BARRED) && READ_ONCE(s->shape) == shape))
		taken = find_slot(rl, b, word, sig, start, last, mode, &slot);
	if (unlikely(READ_ONCE(b->met) >= RANGELOCK_MET_MAX)) {
		WRITE_ONCE(b->met, 0);
		/* Too busy rather than full; more buckets help as well. */
		if (taken == RANGELOCK_TAKEN && !READ_ONCE(s->class))
			taken = RANGELOCK_FULL;
	}
	if (likely(taken == RANGELOCK_TAKEN)) {
		rangelock_fill(rl, req, start, last, mode, callback, owner);
		word = fill_slot(b, word, slot, sig, req, mode);
	}
	bucket_put(b, word);
out:
	rlenv_rcu_read_unlock_irqrestore(flags);
	if (taken == RANGELOCK_TAKEN) {
		RANGELOCK_ATOMIC_EVENT(rl, acquired);
		RANGELOCK_ATOMIC_EVENT(rl, in_bucket);
	}
	return taken;
}

/* Put @req into a slot of @b; false if somebody else has changed the word. */
static __always_inline bool enter(struct rangelock_bucket *b, u64 word,
				  unsigned int slot, u32 sig,
				  struct rangelock_req *req, unsigned int mode)
{
	if (unlikely(!bucket_word_change(b, word, word | BUCKET_LOCKED))) {
		WRITE_ONCE(b->met, READ_ONCE(b->met) + 1);
		return false;
	}
	bucket_put(b, fill_slot(b, word, slot, sig, req, mode));
	return true;
}

/*
 * The same in a hurry: without a call, and false says nothing.  The mapping is
 * looked at again before the word is changed, and so is whose buckets these are:
 * the lock may have lost them to another, in userspace, where a grace period does
 * not wait for this.  Whoever changes one or the other bars the bucket, and then
 * the word is not the one that was read.
 */
static __always_inline bool try_bucket(struct rangelock *rl,
				       struct rangelock_req *req, u64 start,
				       u64 last, unsigned int mode)
{
	struct rangelock_spread *s;
	struct rangelock_bucket *b;
	unsigned int slot;
	u64 hash, word;
	u32 shape;

	/* Pairs with rlenv_rcu_assign() in attach(). */
	s = smp_load_acquire(&rl->spread);
	if (unlikely(!s))
		return false;
	shape = READ_ONCE(s->shape);
	if (unlikely(shape >= RANGELOCK_BY_CPU || (start ^ last) >> shape))
		return false;
	hash = stripe_hash(start >> shape);
	b = bucket_of_hash(s, hash);
	/* Or gcc finds its fields from @s, which takes longer. */
	OPTIMIZER_HIDE_VAR(b);
	/* The line comes once, to be written, and not to be read before. */
	prefetchw(&b->word);
	word = bucket_word(b);
	if (unlikely(READ_ONCE(rl->spread) != s || READ_ONCE(s->shape) != shape))
		return false;
	/* Most buckets are empty; for the others there is more to do. */
	if (likely(!(word & (BUCKET_SLOTS | BUCKET_LOCKED | BUCKET_BARRED))))
		return enter(b, word, 0, signature(hash), req, mode);
	if ((word & (BUCKET_LOCKED | BUCKET_BARRED)) ||
	    has_stripe((u32)word, signature(hash)))
		return false;
	slot = free_slot((u32)word);
	return slot != SLOT_NONE &&
	       enter(b, word, slot, signature(hash), req, mode);
}

/* Is there nothing to do but to take the range? */
static __always_inline bool may_be_quick(const struct rangelock *rl, u64 start,
					 u64 last, unsigned int mode, u64 owner)
{
	return likely(owner && !rlenv_traced_take() &&
		      !(rl->config & RANGELOCK_HAS_STATS) &&
		      range_is_valid(rl, start, last, mode));
}

static noinline int acquire_in_bucket(struct rangelock *rl,
				      struct rangelock_req *req, u64 start,
				      u64 last, unsigned int mode, u64 owner)
{
	if (!may_be_quick(rl, start, last, mode, owner))
		return rangelock_acquire_slowly(rl, req, start, last, mode);
	rangelock_fill(rl, req, start, last, mode, false, owner);
	rlenv_stable_begin_irq();
	if (likely(try_bucket(rl, req, start, last, mode))) {
		rlenv_stable_end_irq();
		rlenv_dep_acquire(&req->rl->dep_map, 0, false,
				  mode_is_shared(req->rl, mode));
		return 0;
	}
	rlenv_stable_end_irq();
	/* From memory, so that the registers are free for the rest. */
	return rangelock_acquire_slowly(req->rl, req, req->node.start,
					req->node.last, req->mode);
}

/**
 * rangelock_acquire() - take a range, however long it takes
 * @rl:    the lock
 * @req:   the caller's request; must stay in place until released
 * @start: first byte
 * @last:  last byte, inclusive; RANGELOCK_MAX means to the end of the file
 * @mode:  index into the lock's matrix
 *
 * Context: task; may sleep.  The task must not hold a conflicting range.
 * Return: 0, or -EINVAL if @start > @last or the lock has no such mode
 * (nothing is taken then).
 */
int rangelock_acquire(struct rangelock *rl, struct rangelock_req *req,
		      u64 start, u64 last, unsigned int mode)
{
	u64 owner = rlenv_known_id();

	if (rlenv_debug())
		might_sleep();
	if (READ_ONCE(rl->tree.root)) {
		if (READ_ONCE(rl->spread))
			return acquire_in_bucket(rl, req, start, last, mode,
						 owner);
	} else if (may_be_quick(rl, start, last, mode, owner) &&
		   rangelock_take_alone(rl, req, start, last, mode, false,
					owner)) {
		rlenv_dep_acquire(&rl->dep_map, 0, false,
				  mode_is_shared(rl, mode));
		return 0;
	}
	return rangelock_acquire_slowly(rl, req, start, last, mode);
}

/*
 * Lock the bucket that holds a request; false if the tree does.  The request may
 * move to the tree or to another bucket until then.
 */
static bool lock_home(struct rangelock_req *req, struct rangelock_bucket **home,
		      u64 *word)
{
	struct rangelock_bucket *b;

	/* Pairs with the store-release in fill_slot(). */
	while ((b = smp_load_acquire(&req->home))) {
		if (!bucket_lock(b, word))
			continue;
		*home = b;
		if (likely(READ_ONCE(req->home) == b))
			return true;
		bucket_put(b, *word);
	}
	return false;
}

/**
 * rangelock_bucket_release() - release a range that a bucket may hold
 * @req: a held request
 *
 * Nobody waits for a range in a bucket, so nobody is woken.
 *
 * Context: any; the caller has checked that @req is held.
 * Return: true if it is released, false if the tree holds it.
 */
bool rangelock_bucket_release(struct rangelock_req *req)
{
	struct rangelock_bucket *b;
	unsigned long flags;
	bool at_home;
	u64 word;

	local_irq_save(flags);
	at_home = lock_home(req, &b, &word);
	if (at_home) {
		WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
		bucket_put(b, word & ~SLOT_MASK(req->slot));
	}
	local_irq_restore(flags);
	return at_home;
}

/*
 * The same in a hurry, as try_bucket().  The request is in the bucket while the
 * word is the one that was read before its home was looked at again: it cannot
 * leave without a change of the word, see rangelock_spread.h.
 */
static __always_inline bool release_bucket(struct rangelock_req *req,
					   struct rangelock_bucket *b)
{
	u64 word = bucket_word(b);

	if (unlikely(READ_ONCE(req->home) != b || (word & BUCKET_LOCKED)))
		return false;
	if (unlikely(!bucket_word_change(b, word,
					 word & ~SLOT_MASK(READ_ONCE(req->slot)))))
		return false;
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
	return true;
}

/**
 * rangelock_release() - give a range back
 * @rl:  the lock
 * @req: a request that is held on @rl; may be reused or freed afterwards
 *
 * Legal from any task if the holder called rangelock_disown() or took the range
 * with a grant callback.
 *
 * Context: any, including hard IRQ.
 * Return: 0, or -EINVAL if @req is not held on @rl (nothing changes; a WARN in
 * debug builds).
 */
int rangelock_release(struct rangelock *rl, struct rangelock_req *req)
{
	struct rangelock_bucket *b;

	if (unlikely(!rangelock_is_held_on(rl, req)))
		return rangelock_refuse("release of a range that is not held");
	rangelock_forget_owner(rl, req);
	if (likely(!rlenv_traced_release())) {
		/* Pairs with the store-release in fill_slot(). */
		b = smp_load_acquire(&req->home);
		if (b ? likely(release_bucket(req, b)) :
			likely(rangelock_leave_alone(rl, req)))
			return 0;
	}
	return rangelock_release_slowly(rl, req);
}

/**
 * rangelock_bucket_change() - shrink or downgrade a range that a bucket holds
 * @req:   a held request
 * @start: first byte to keep
 * @last:  last byte to keep
 * @mode:  mode to keep, not stronger
 *
 * Context: any; the caller has checked the arguments.
 * Return: true if it is done, false if the tree holds @req.
 */
bool rangelock_bucket_change(struct rangelock_req *req, u64 start, u64 last,
			     unsigned int mode)
{
	struct rangelock_bucket *b;
	unsigned long flags;
	bool at_home;
	u64 word;

	local_irq_save(flags);
	at_home = lock_home(req, &b, &word);
	if (at_home) {
		b->mode[req->slot] = (u8)mode;
		req->node.start = start;
		req->node.last = last;
		req->mode = (u8)mode;
		bucket_put(b, word);
	}
	local_irq_restore(flags);
	return at_home;
}
