// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The queue of the reader-writer semaphore: who waits, who is woken, and the
 * handoff to a waiter that has lost its patience.  See rwsem.c.
 */
#include "rwsem_internal.h"
#include "env/futex.h"

#define RWSEM_PATIENCE_NS	4000000ULL
#define RWSEM_BATCH		256

/**
 * struct waiter - a thread in the queue
 * @entry:      place in the queue; under wait_lock, then the waker's
 * @go:         futex: 1 lets a reader go with the lock held, a writer try
 * @is_writer:  constant
 * @hands_off:  it has set the handoff bit, which is thus for it; under
 *              wait_lock
 * @patient_ns: time from which it may set the handoff bit; constant
 */
struct waiter {
	struct list_head entry;
	u32 go;
	bool is_writer;
	bool hands_off;
	u64 patient_ns;
};

/**
 * struct wakeups - whom to wake after wait_lock has been dropped
 * @readers: readers that hold the lock and do not know it yet
 * @writer:  futex of a writer that may try, or NULL; an address only
 */
struct wakeups {
	struct list_head readers;
	const u32 *writer;
};

static struct waiter *first_waiter(struct rw_semaphore *sem)
{
	lockdep_assert_held(&sem->wait_lock);
	return list_first_entry(&sem->waiters, struct waiter, entry);
}

static void wakeups_init(struct wakeups *wakeups)
{
	INIT_LIST_HEAD(&wakeups->readers);
	wakeups->writer = NULL;
}

static void wakeups_run(struct wakeups *wakeups)
{
	struct waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &wakeups->readers, entry)
		rlenv_publish_wake(&waiter->go, 1, 0);
	if (wakeups->writer)
		rlenv_futex_wake(wakeups->writer, 1);
}

/*
 * Add one reader on behalf of the first waiter, a reader.  A writer may have
 * stolen the lock between its release and this; then take the reader back, and
 * insist on a handoff if that waiter has lost its patience.
 */
static bool take_for_first_reader(struct rw_semaphore *sem,
				  struct waiter *first)
{
	s64 undo = -RWSEM_READER;
	s64 count;

	lockdep_assert_held(&sem->wait_lock);
	count = count_add(sem, RWSEM_READER);
	if (likely(!(count & RWSEM_WRITER)))
		return true;
	if (rlenv_now_ns() >= first->patient_ns) {
		if (!(count & RWSEM_HANDOFF))
			undo += RWSEM_HANDOFF;
		first->hands_off = true;
	}
	count_add(sem, undo);
	return false;
}

/* Move up to RWSEM_BATCH readers from the queue to @wakeups; return how many. */
static unsigned int collect_readers(struct rw_semaphore *sem,
				    struct wakeups *wakeups)
{
	struct waiter *waiter, *next;
	unsigned int nr = 0;

	lockdep_assert_held(&sem->wait_lock);
	list_for_each_entry_safe(waiter, next, &sem->waiters, entry) {
		if (waiter->is_writer)
			continue;
		list_move_tail(&waiter->entry, &wakeups->readers);
		if (++nr == RWSEM_BATCH)
			break;
	}
	return nr;
}

/*
 * Decide whom to wake; there must be waiters.  With RWSEM_WAKE_READERS_OWNED the
 * caller holds the lock for reading, so that no writer can steal it.
 */
static void mark_wake(struct rw_semaphore *sem, enum rwsem_wake kind,
		      struct wakeups *wakeups)
{
	struct waiter *first = first_waiter(sem);
	s64 change;

	if (first->is_writer) {
		if (kind == RWSEM_WAKE_ANY) {
			/* Pairs with the load in rlenv_wait_on(). */
			smp_store_release(&first->go, 1);
			wakeups->writer = &first->go;
		}
		return;
	}

	change = 0;
	if (kind != RWSEM_WAKE_READERS_OWNED) {
		if (!take_for_first_reader(sem, first))
			return;
		change = -RWSEM_READER;
		set_owner_reader(sem);
	}
	change += collect_readers(sem, wakeups) * RWSEM_READER;

	/* Nobody else touches these two bits without wait_lock. */
	if (list_empty(&sem->waiters))
		change -= RWSEM_WAITERS;
	if (count_read(sem) & RWSEM_HANDOFF)
		change -= RWSEM_HANDOFF;
	count_add(sem, change);
}

/* Wake whoever can go on now, if anybody waits. */
void rwsem_wake(struct rw_semaphore *sem, enum rwsem_wake kind)
{
	struct wakeups wakeups;

	wakeups_init(&wakeups);
	spin_lock(&sem->wait_lock);
	if (!list_empty(&sem->waiters))
		mark_wake(sem, kind, &wakeups);
	spin_unlock(&sem->wait_lock);
	wakeups_run(&wakeups);
}

/*
 * Having queued, look whether the lock was given back meanwhile: its holder
 * may have missed the waiters bit.
 */
static void wake_if_free(struct rw_semaphore *sem, s64 count,
			 struct wakeups *wakeups)
{
	if (count & RWSEM_WRITER)
		return;
	mark_wake(sem, count & RWSEM_TAKEN ? RWSEM_WAKE_READERS : RWSEM_WAKE_ANY, wakeups);
}

static void waiter_init(struct waiter *waiter, bool is_writer)
{
	waiter->go = 0;
	waiter->is_writer = is_writer;
	waiter->hands_off = false;
	waiter->patient_ns = rlenv_now_ns() + RWSEM_PATIENCE_NS;
}

/*
 * Wait for the lock.  The reader has added itself to the count and is not in;
 * it takes that back when it has its place in the queue.
 */
void rwsem_queue_reader(struct rw_semaphore *sem)
{
	s64 change = -RWSEM_READER;
	struct wakeups wakeups;
	struct waiter waiter;
	u64 woken = 0;

	waiter_init(&waiter, false);
	wakeups_init(&wakeups);

	spin_lock(&sem->wait_lock);
	if (list_empty(&sem->waiters)) {
		/* The bias is in the count already: perhaps that is enough. */
		if (!(__atomic_load_n(&sem->count, __ATOMIC_ACQUIRE) &
		      (RWSEM_WRITER | RWSEM_HANDOFF))) {
			spin_unlock(&sem->wait_lock);
			set_owner_reader(sem);
			return;
		}
		change += RWSEM_WAITERS;
	}
	list_add_tail(&waiter.entry, &sem->waiters);
	wake_if_free(sem, count_add(sem, change), &wakeups);
	spin_unlock(&sem->wait_lock);
	wakeups_run(&wakeups);

	rlenv_contention_begin(sem, false);
	rlenv_wait_on(&waiter.go, 1, RLENV_WAIT_FOREVER, 0, &woken);
	rlenv_contention_end(sem, 0);
}

/*
 * Take the lock as a waiter, or set the handoff bit when patience has ended.
 * On success @waiter is out of the queue.
 */
static bool try_write_queued(struct rw_semaphore *sem, struct waiter *waiter)
{
	struct waiter *first = first_waiter(sem);
	s64 count = count_read(sem);
	s64 new;

	do {
		new = count;
		if ((count & RWSEM_HANDOFF) && first->hands_off &&
		    first != waiter)
			return false;
		if (count & RWSEM_TAKEN) {
			if ((count & RWSEM_HANDOFF) ||
			    rlenv_now_ns() < waiter->patient_ns)
				return false;
			new |= RWSEM_HANDOFF;
		} else {
			new |= RWSEM_WRITER;
			new &= ~RWSEM_HANDOFF;
			if (list_is_singular(&sem->waiters))
				new &= ~RWSEM_WAITERS;
		}
	} while (!count_change(sem, &count, new));

	if (new & RWSEM_HANDOFF) {
		first->hands_off = true;
		return false;
	}
	list_del(&waiter->entry);
	set_owner_writer(sem);
	return true;
}

/* Wait for the lock. */
void rwsem_queue_writer(struct rw_semaphore *sem)
{
	struct wakeups wakeups;
	struct waiter waiter;
	bool is_first;
	u64 woken = 0;

	waiter_init(&waiter, true);
	wakeups_init(&wakeups);

	spin_lock(&sem->wait_lock);
	is_first = list_empty(&sem->waiters);
	list_add_tail(&waiter.entry, &sem->waiters);
	if (is_first)
		count_add(sem, RWSEM_WAITERS);
	else
		wake_if_free(sem, count_read(sem), &wakeups);

	while (!try_write_queued(sem, &waiter)) {
		spin_unlock(&sem->wait_lock);
		wakeups_run(&wakeups);
		rlenv_wait_on(&waiter.go, 1, RLENV_WAIT_FOREVER, 0, &woken);
		wakeups_init(&wakeups);
		spin_lock(&sem->wait_lock);
		WRITE_ONCE(waiter.go, 0);
	}
	spin_unlock(&sem->wait_lock);
	wakeups_run(&wakeups);
}
