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
	u64 owner = callback ? 0 : rlenv_self_id();
	struct rangelock_spread *s;
	struct rangelock_bucket *b;
	unsigned long flags;
	unsigned int slot;
	u32 sig, shape;

	rlenv_rcu_read_lock();
	s = rlenv_rcu_dereference(rl->spread);
	if (unlikely(!s))
		goto out;
	shape = READ_ONCE(s->shape);
	b = place_of(s, shape, start, last, mode, &sig);
	if (unlikely(!b))
		goto out;
	spin_lock_irqsave(&b->lock, flags);
	if (likely(!b->barred && READ_ONCE(s->shape) == shape))
		taken = find_slot(rl, b, sig, start, last, mode, &slot);
	if (unlikely(b->met >= RANGELOCK_MET_MAX)) {
		b->met = 0;
		/* Too busy rather than full; more buckets help as well. */
		if (taken == RANGELOCK_TAKEN && !READ_ONCE(s->class))
			taken = RANGELOCK_FULL;
	}
	if (likely(taken == RANGELOCK_TAKEN)) {
		rangelock_fill(rl, req, start, last, mode, callback, owner);
		fill_slot(b, slot, sig, req);
	}
	spin_unlock_irqrestore(&b->lock, flags);
out:
	rlenv_rcu_read_unlock();
	if (taken == RANGELOCK_TAKEN) {
		RANGELOCK_ATOMIC_EVENT(rl, acquired);
		RANGELOCK_ATOMIC_EVENT(rl, in_bucket);
	}
	return taken;
}

/* How often the lock of a bucket is tried; it is held for some instructions. */
#define BUCKET_TRIES	16

/*
 * The same in a hurry: without a call, and false says nothing.  @req is filled
 * already, so that the registers are free for the rest.
 */
static __always_inline bool try_bucket(struct rangelock *rl,
				       struct rangelock_req *req,
				       unsigned int mode)
{
	struct rangelock_spread *s;
	struct rangelock_bucket *b;
	unsigned int slot, shape, tries = BUCKET_TRIES;
	unsigned long flags;
	bool taken = false;
	u32 sig;

	if (unlikely(!rlenv_rcu_read_trylock()))
		return false;
	s = rlenv_rcu_dereference(rl->spread);
	if (unlikely(!s))
		goto out;
	shape = READ_ONCE(s->shape);
	if (unlikely(shape >= RANGELOCK_BY_CPU))
		goto out;
	b = place_of(s, shape, req->node.start, req->node.last, mode, &sig);
	if (unlikely(!b))
		goto out;
	while (unlikely(!spin_trylock_irqsave(&b->lock, flags))) {
		if (!--tries)
			goto out;
		cpu_relax();
	}
	if (unlikely(tries != BUCKET_TRIES) && ++b->met >= RANGELOCK_MET_MAX)
		goto out_unlock;
	if (likely(!b->barred && READ_ONCE(s->shape) == shape)) {
		slot = free_slot(b, sig);
		taken = slot < RANGELOCK_SLOTS;
		if (likely(taken))
			fill_slot(b, slot, sig, req);
	}
out_unlock:
	spin_unlock_irqrestore(&b->lock, flags);
out:
	rlenv_rcu_read_unlock();
	return taken;
}

/* Is there nothing to do but to take the range? */
static __always_inline bool may_be_quick(const struct rangelock *rl, u64 start,
					 u64 last, unsigned int mode, u64 owner)
{
	return likely(!rlenv_debug() && owner && !rlenv_traced_take() &&
		      !(rl->config & RANGELOCK_HAS_STATS) &&
		      range_is_valid(rl, start, last, mode));
}

static noinline int acquire_in_bucket(struct rangelock *rl,
				      struct rangelock_req *req, u64 start,
				      u64 last, unsigned int mode)
{
	u64 owner = rlenv_known_id();

	if (!may_be_quick(rl, start, last, mode, owner))
		return rangelock_acquire_slowly(rl, req, start, last, mode);
	rangelock_fill(rl, req, start, last, mode, false, owner);
	if (likely(try_bucket(rl, req, mode)))
		return 0;
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

	if (READ_ONCE(rl->tree.root)) {
		if (READ_ONCE(rl->spread))
			return acquire_in_bucket(rl, req, start, last, mode);
	} else if (may_be_quick(rl, start, last, mode, owner) &&
		   rangelock_take_alone(rl, req, start, last, mode, false,
					owner)) {
		return 0;
	}
	return rangelock_acquire_slowly(rl, req, start, last, mode);
}

/**
 * struct kept - what a range is to be from now on
 * @start: first byte
 * @last:  last byte
 * @mode:  index into the matrix
 */
struct kept {
	u64 start;
	u64 last;
	unsigned int mode;
};

typedef void (*change_fn)(struct rangelock_bucket *b, struct rangelock_req *req,
			  const struct kept *kept);

/*
 * Change a request under the lock of the bucket that holds it; false if the tree
 * does.  The request may move to the tree or to another bucket until then, and
 * the bucket's memory may go, but not before those who may still look at it have
 * left their RCU section.
 */
static __always_inline bool change_at_home(struct rangelock_req *req,
					   change_fn change,
					   const struct kept *kept)
{
	struct rangelock_bucket *b;
	unsigned long flags;
	bool at_home = false;

	rlenv_rcu_read_lock();
	/* Pairs with the store-release in fill_slot(). */
	while (!at_home && (b = smp_load_acquire(&req->home))) {
		spin_lock_irqsave(&b->lock, flags);
		at_home = READ_ONCE(req->home) == b;
		if (likely(at_home))
			change(b, req, kept);
		spin_unlock_irqrestore(&b->lock, flags);
	}
	rlenv_rcu_read_unlock();
	return at_home;
}

static inline void empty_slot(struct rangelock_bucket *b,
			      struct rangelock_req *req,
			      const struct kept *kept)
{
	(void)kept;
	lockdep_assert_held(&b->lock);
	WRITE_ONCE(b->sig[req->slot], 0);
	WRITE_ONCE(req->state, RANGELOCK_REQ_IDLE);
}

static inline void change_slot(struct rangelock_bucket *b,
			       struct rangelock_req *req,
			       const struct kept *kept)
{
	u32 *sig = &b->sig[req->slot];

	lockdep_assert_held(&b->lock);
	WRITE_ONCE(*sig, (*sig & ~SIG_MODE) | kept->mode);
	req->node.start = kept->start;
	req->node.last = kept->last;
	req->mode = (u8)kept->mode;
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
	return change_at_home(req, empty_slot, NULL);
}

/* The same in a hurry, as try_bucket(). */
static __always_inline bool release_bucket(struct rangelock_req *req)
{
	unsigned int tries = BUCKET_TRIES;
	struct rangelock_bucket *b;
	unsigned long flags;
	bool released = false;

	if (unlikely(!rlenv_rcu_read_trylock()))
		return false;
	/* Pairs with the store-release in fill_slot(). */
	b = smp_load_acquire(&req->home);
	if (unlikely(!b))
		goto out;
	while (unlikely(!spin_trylock_irqsave(&b->lock, flags))) {
		if (!--tries)
			goto out;
		cpu_relax();
	}
	released = READ_ONCE(req->home) == b;
	if (likely(released))
		empty_slot(b, req, NULL);
	spin_unlock_irqrestore(&b->lock, flags);
out:
	rlenv_rcu_read_unlock();
	return released;
}

static noinline int release_in_bucket(struct rangelock *rl,
				      struct rangelock_req *req)
{
	if (likely(!rlenv_traced_release()) && release_bucket(req))
		return 0;
	return rangelock_release_slowly(rl, req);
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
	if (likely(rangelock_is_held_on(rl, req)) && !rlenv_debug()) {
		if (READ_ONCE(req->home))
			return release_in_bucket(rl, req);
		if (likely(!rlenv_traced_release()) && rangelock_release_alone(rl, req))
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
	struct kept kept = { .start = start, .last = last, .mode = mode };

	return change_at_home(req, change_slot, &kept);
}
