// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pool of buckets, one for all range locks.  Locks take from it under their
 * spinlock and never wait for it; a worker fills it, frees what locks have given
 * back after a grace period, and visits the locks that have buckets.
 *
 * Lock order: rangelock.lock, then pool.lock.  The worker comes the other way
 * round and therefore only tries: a lock that is in use is not idle.
 */
#include "rangelock_bucket.h"

/* Sets of the smallest class that the worker keeps ready. */
#define READY_MIN	4
#define READY_MAX	16

/* Between two steps of closing the buckets of a lock. */
#define STEP_NS		50000

/* Buckets of a class, as a power of two. */
static const u8 class_bits[RANGELOCK_CLASSES] = { 6, 8, 12, 16 };

bool rangelock_pool_dry;
bool rangelock_pool_still;

static u64 pool_work(void);

/**
 * struct rangelock_pool - sets of buckets
 * @lock:     guards the lists; taken with interrupts off
 * @ready:    to be taken, by class
 * @nr_ready: entries of @ready; read without the lock as a hint
 * @wanted:   mask of classes that somebody found empty
 * @attached: sets that a lock has
 * @nr_attached: entries of @attached
 * @retired:  sets that nobody may take until a grace period has passed
 * @worker:   runs pool_work()
 */
static struct rangelock_pool {
	spinlock_t lock;
	struct list_head ready[RANGELOCK_CLASSES];
	u32 nr_ready[RANGELOCK_CLASSES];
	u32 wanted;
	struct list_head attached;
	u32 nr_attached;
	struct list_head retired;
	struct rlenv_worker worker;
} pool = {
	.lock = __SPIN_LOCK_UNLOCKED(pool.lock),
	.ready = {
		LIST_HEAD_INIT(pool.ready[0]),
		LIST_HEAD_INIT(pool.ready[1]),
		LIST_HEAD_INIT(pool.ready[2]),
		LIST_HEAD_INIT(pool.ready[3]),
	},
	.wanted = 1,
	.attached = LIST_HEAD_INIT(pool.attached),
	.retired = LIST_HEAD_INIT(pool.retired),
	.worker = RLENV_WORKER_INIT(pool.worker, pool_work),
};

static_assert(ARRAY_SIZE(class_bits) == 4, "one initialiser per class");

/**
 * rangelock_pool_get() - buckets for a lock
 * @class: how many
 * @rl:    the lock
 *
 * Context: under rangelock.lock.
 * Return: CLOSED buckets or NULL if there are none; then, or if there are few,
 * rangelock_pool_kick() is called for.
 */
struct rangelock_spread *rangelock_pool_get(unsigned int class,
					    struct rangelock *rl)
{
	struct rangelock_spread *s;
	unsigned long flags;

	lockdep_assert_held(&rl->lock);
	spin_lock_irqsave(&pool.lock, flags);
	s = list_first_entry_or_null(&pool.ready[class],
				     struct rangelock_spread, link);
	if (unlikely(READ_ONCE(rangelock_pool_dry)))
		s = NULL;
	if (s) {
		list_move_tail(&s->link, &pool.attached);
		WRITE_ONCE(pool.nr_ready[class], pool.nr_ready[class] - 1);
		pool.nr_attached++;
		s->owner = rl;
		s->seen_closed = false;
	}
	if (!s || (!class && pool.nr_ready[0] < READY_MIN))
		pool.wanted |= 1u << class;
	/* Who has these may soon want more. */
	if (s && class + 1 < RANGELOCK_CLASSES && !pool.nr_ready[class + 1])
		pool.wanted |= 2u << class;
	spin_unlock_irqrestore(&pool.lock, flags);
	return s;
}

static void retire_locked(struct rangelock_spread *s)
{
	lockdep_assert_held(&pool.lock);
	s->owner = NULL;
	pool.nr_attached--;
	list_move_tail(&s->link, &pool.retired);
}

/**
 * rangelock_pool_keep() - the lock has outgrown its buckets
 * @s: CLOSED buckets; their owner keeps them, see rangelock_spread.outgrown
 *
 * Context: under the rangelock.lock of their lock.
 */
void rangelock_pool_keep(struct rangelock_spread *s)
{
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	s->owner = NULL;
	pool.nr_attached--;
	list_del(&s->link);
	spin_unlock_irqrestore(&pool.lock, flags);
}

/**
 * rangelock_pool_retire() - give buckets back
 * @s: CLOSED buckets that no lock points to any more
 *
 * Context: under the rangelock.lock of their lock.  rangelock_pool_kick() is
 * called for, but may be left to the worker's next visit.
 */
void rangelock_pool_retire(struct rangelock_spread *s)
{
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	retire_locked(s);
	spin_unlock_irqrestore(&pool.lock, flags);
}

/**
 * rangelock_pool_kick() - let the worker look after the pool
 *
 * Context: any, without a spinlock.
 */
void rangelock_pool_kick(void)
{
	rlenv_worker_kick(&pool.worker);
}

static void forget_past(struct rangelock_spread *s)
{
	s->round = 0;
	s->want_shift = 0;
	s->inhibit = 0;
	s->inhibit_next = 0;
	s->next = NULL;
	s->outgrown = NULL;
	s->reopen = false;
	s->seen_closed = false;
}

/*
 * The memory may have been a set of this class before, and somebody may look at
 * it still, see rangelock_spread.h.  Then its buckets are shut and their words go
 * on as they are, so that no old word comes again; zeroes are made the same.
 */
static struct rangelock_spread *new_set(unsigned int class)
{
	u32 nr = 1u << class_bits[class], i;
	struct rangelock_spread *s;
	void *base;

	base = rlenv_stable_alloc(sizeof(*s) + nr * sizeof(s->bucket[0]) +
				  __alignof__(*s));
	if (!base)
		return NULL;
	s = PTR_ALIGN(base, __alignof__(*s));
	s->base = base;
	s->class = (u8)class;
	s->shift = 0;
	s->reader_mode = -1;
	s->phase = RANGELOCK_CLOSED;
	s->closers = 0;
	forget_past(s);
	WRITE_ONCE(s->hash_shift, 64 - class_bits[class]);
	WRITE_ONCE(s->shape, RANGELOCK_NO_SHAPE);
	for (i = 0; i < nr; i++) {
		struct rangelock_bucket *b = &s->bucket[i];

		atomic64_set(&b->word, (s64)(bucket_word(b) | BUCKET_BARRED));
		b->barred = RANGELOCK_BUCKET_CLOSED;
	}
	return s;
}

static void make_ready(struct rangelock_spread *s)
{
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	list_add(&s->link, &pool.ready[s->class]);
	WRITE_ONCE(pool.nr_ready[s->class], pool.nr_ready[s->class] + 1);
	spin_unlock_irqrestore(&pool.lock, flags);
}

/* One set of a class that somebody missed; more of the smallest. */
static void fill(void)
{
	unsigned long flags;
	unsigned int class, nr;
	u32 wanted;

	spin_lock_irqsave(&pool.lock, flags);
	wanted = pool.wanted;
	pool.wanted = 0;
	spin_unlock_irqrestore(&pool.lock, flags);

	for (class = 0; class < RANGELOCK_CLASSES; class++) {
		if (!(wanted & (1u << class)))
			continue;
		for (nr = class ? 1 : 2 * READY_MIN; nr; nr--) {
			struct rangelock_spread *s = new_set(class);

			/* Who wants it will ask again. */
			if (!s)
				break;
			make_ready(s);
		}
	}
}

static struct rangelock_spread *pop_set(struct list_head *list)
{
	struct rangelock_spread *s;

	s = list_first_entry_or_null(list, struct rangelock_spread, link);
	if (s)
		list_del(&s->link);
	return s;
}

/* Free a set, or keep it for the next. */
static void recycle_one(struct rangelock_spread *s)
{
	if (s->class || READ_ONCE(pool.nr_ready[0]) >= READY_MAX) {
		rlenv_stable_free(s->base);
		return;
	}
	forget_past(s);
	make_ready(s);
}

/* What locks have given back, and what they had outgrown. */
static void recycle(void)
{
	struct rangelock_spread *s, *outgrown;
	unsigned long flags;
	LIST_HEAD(list);

	spin_lock_irqsave(&pool.lock, flags);
	list_splice_init(&pool.retired, &list);
	spin_unlock_irqrestore(&pool.lock, flags);
	if (list_empty(&list))
		return;

	/* Those who look for a bucket to enter leave; not all, in userspace. */
	rlenv_rcu_synchronize();
	while ((s = pop_set(&list))) {
		for (; s; s = outgrown) {
			outgrown = s->outgrown;
			recycle_one(s);
		}
	}
}

/* One step of the lock that has waited longest; false if there is none. */
static bool visit_one(u64 *delay)
{
	struct rangelock_spread *s;
	struct rangelock *rl;
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	s = list_first_entry_or_null(&pool.attached, struct rangelock_spread,
				     link);
	if (s) {
		rl = s->owner;
		list_move_tail(&s->link, &pool.attached);
		if (spin_trylock(&rl->lock)) {
			switch (rangelock_reap(rl, s)) {
			case RANGELOCK_REAP_GONE:
				if (s->next)
					retire_locked(s->next);
				retire_locked(s);
				*delay = STEP_NS;
				break;
			case RANGELOCK_REAP_SOON:
				*delay = STEP_NS;
				break;
			case RANGELOCK_REAP_LATER:
				break;
			}
			rangelock_unseal(rl);
			spin_unlock(&rl->lock);
		}
	}
	spin_unlock_irqrestore(&pool.lock, flags);
	return s;
}

/* How many locks have buckets now. */
static u32 nr_attached(void)
{
	unsigned long flags;
	u32 nr;

	spin_lock_irqsave(&pool.lock, flags);
	nr = pool.nr_attached;
	spin_unlock_irqrestore(&pool.lock, flags);
	return nr;
}

/* What the worker runs; returns after how many ns to run again, 0 for never. */
static u64 pool_work(void)
{
	u64 delay = RANGELOCK_VISIT_NS;
	u32 nr;

	fill();
	nr = READ_ONCE(rangelock_pool_still) ? 0 : nr_attached();
	while (nr && visit_one(&delay))
		nr--;
	recycle();
	return nr_attached() ? delay : 0;
}

static void free_list(struct list_head *list)
{
	struct rangelock_spread *s, *outgrown;

	while ((s = pop_set(list))) {
		for (; s; s = outgrown) {
			outgrown = s->outgrown;
			rlenv_stable_free(s->base);
		}
	}
}

/**
 * rangelock_pool_exit() - free everything
 *
 * Context: task; may sleep.  No range lock is in use any more.
 */
void rangelock_pool_exit(void)
{
	unsigned int class;

	rlenv_worker_stop(&pool.worker);
	rlenv_rcu_synchronize();
	WARN_ON(!list_empty(&pool.attached));
	free_list(&pool.retired);
	for (class = 0; class < RANGELOCK_CLASSES; class++) {
		free_list(&pool.ready[class]);
		pool.nr_ready[class] = 0;
	}
}
