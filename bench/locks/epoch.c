/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Deferred reclamation by epochs, see epoch.h.
 *
 * Why e + 2 is enough.  A walker reads the global epoch, e, announces it, and
 * then reads the link to an item.  Whoever unlinks that item later reads the
 * global epoch after that and finds e or more, g; all four are sequentially
 * consistent.  While the walker is inside, the epoch can go on once past e, or
 * past whatever it is when the announcement is seen, but not twice: a scan that
 * starts after the announcement stops at it.  So it does not reach g + 2.
 */
#include "epoch.h"

#include <pthread.h>
#include <stdlib.h>

/* Retired items between two attempts to go on to the next epoch. */
#define EPOCH_BATCH	64
/* Free items that a thread keeps. */
#define EPOCH_KEEP	1024
/* Items of e, e - 1 and e - 2 are kept apart. */
#define EPOCH_BAGS	3

/**
 * struct epoch_bag - items retired in one epoch
 * @epoch: which; meaningless while empty
 * @items: they
 */
struct epoch_bag {
	u64 epoch;
	struct epoch_item *items;
};

/**
 * struct epoch_thread - what a thread has; all but the atomics are its own
 * @inside:  the epoch announced, 0 when it does not walk; atomic
 * @bag:     retired items
 * @free:    items to use
 * @nr_free: their number
 * @retired: items retired since the last attempt to go on
 * @used:    1 while a thread owns this; atomic
 * @next:    in epoch_threads; constant
 */
struct epoch_thread {
	u64 inside;
	struct epoch_bag bag[EPOCH_BAGS];
	struct epoch_item *free;
	unsigned int nr_free;
	unsigned int retired;
	u32 used;
	struct epoch_thread *next;
} __attribute__((aligned(256)));

/* Only grows; what a thread leaves behind is taken over by the next. */
static struct epoch_thread *epoch_threads;
/* Begins at 1: 0 means that nobody is inside. */
static u64 epoch_now = 1;

static __thread struct epoch_thread *epoch_self;
static pthread_key_t epoch_key;
static pthread_once_t epoch_once = PTHREAD_ONCE_INIT;

static void epoch_thread_exits(void *arg)
{
	struct epoch_thread *self = arg;

	epoch_self = NULL;
	/* Pairs with the cmpxchg() in epoch_adopt(). */
	smp_store_release(&self->used, 0);
}

static void epoch_make_key(void)
{
	if (pthread_key_create(&epoch_key, epoch_thread_exits))
		abort();
}

static struct epoch_thread *epoch_adopt(void)
{
	struct epoch_thread *thread;

	for (thread = smp_load_acquire(&epoch_threads); thread;
	     thread = thread->next)
		if (!READ_ONCE(thread->used) && !cmpxchg(&thread->used, 0, 1))
			return thread;
	return NULL;
}

static struct epoch_thread *epoch_add(void)
{
	struct epoch_thread *thread = aligned_alloc(256, sizeof(*thread));

	if (!thread)
		abort();
	memset(thread, 0, sizeof(*thread));
	thread->used = 1;
	do {
		thread->next = READ_ONCE(epoch_threads);
	} while (cmpxchg(&epoch_threads, thread->next, thread) != thread->next);
	return thread;
}

static noinline struct epoch_thread *epoch_join(void)
{
	pthread_once(&epoch_once, epoch_make_key);
	epoch_self = epoch_adopt();
	if (!epoch_self)
		epoch_self = epoch_add();
	pthread_setspecific(epoch_key, epoch_self);
	return epoch_self;
}

static struct epoch_thread *epoch_me(void)
{
	return likely(epoch_self) ? epoch_self : epoch_join();
}

static u64 epoch_read(void)
{
	return __atomic_load_n(&epoch_now, __ATOMIC_SEQ_CST);
}

/**
 * epoch_enter() - from now on, items that can be found are not freed
 *
 * Context: Not nested.
 */
void epoch_enter(void)
{
	struct epoch_thread *self = epoch_me();

	WARN_ON(self->inside);
	xchg(&self->inside, epoch_read());
}

/**
 * epoch_leave() - undo epoch_enter()
 */
void epoch_leave(void)
{
	/* Pairs with the load in epoch_go_on(). */
	smp_store_release(&epoch_self->inside, 0);
}

/* On to the next epoch, if all that are inside have announced this one. */
static void epoch_go_on(void)
{
	u64 now = epoch_read(), inside;
	struct epoch_thread *thread;

	for (thread = smp_load_acquire(&epoch_threads); thread;
	     thread = thread->next) {
		inside = __atomic_load_n(&thread->inside, __ATOMIC_SEQ_CST);
		if (inside && inside != now)
			return;
	}
	cmpxchg(&epoch_now, now, now + 1);
}

static void epoch_keep(struct epoch_thread *self, struct epoch_item *item)
{
	/* The sanitizers of debug builds want to see a use after free. */
	if (rlenv_debug() || self->nr_free >= EPOCH_KEEP) {
		free(item);
		return;
	}
	item->next = self->free;
	self->free = item;
	self->nr_free++;
}

static void epoch_empty(struct epoch_thread *self, struct epoch_bag *bag)
{
	struct epoch_item *item;

	while ((item = bag->items)) {
		bag->items = item->next;
		epoch_keep(self, item);
	}
}

static void epoch_collect(struct epoch_thread *self)
{
	u64 now = epoch_read();
	unsigned int i;

	for (i = 0; i < EPOCH_BAGS; i++)
		if (self->bag[i].epoch + 2 <= now)
			epoch_empty(self, &self->bag[i]);
}

/**
 * epoch_alloc() - an item that nobody else knows
 *
 * Return: EPOCH_ITEM_SIZE bytes, uninitialised; never NULL.
 */
void *epoch_alloc(void)
{
	struct epoch_thread *self = epoch_me();
	struct epoch_item *item = self->free;

	if (likely(item)) {
		self->free = item->next;
		self->nr_free--;
		return item;
	}
	item = aligned_alloc(EPOCH_ITEM_SIZE, EPOCH_ITEM_SIZE);
	if (!item)
		abort();
	return item;
}

/**
 * epoch_free() - give back an item that nobody else can know
 * @item: of epoch_alloc()
 */
void epoch_free(void *item)
{
	epoch_keep(epoch_me(), item);
}

/**
 * epoch_retire() - give back an item that cannot be found any more
 * @item: of epoch_alloc(), of any thread
 *
 * Those that have found it before may go on looking at it until they leave.
 */
void epoch_retire(void *item)
{
	struct epoch_thread *self = epoch_me();
	u64 now = epoch_read();
	struct epoch_bag *bag = &self->bag[now % EPOCH_BAGS];
	struct epoch_item *head = item;

	if (bag->epoch != now) {
		/* From now - 3 or before. */
		epoch_empty(self, bag);
		bag->epoch = now;
	}
	head->next = bag->items;
	bag->items = head;
	if (++self->retired < EPOCH_BATCH)
		return;
	self->retired = 0;
	epoch_go_on();
	epoch_collect(self);
}
