// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A reader-writer semaphore for userspace with the algorithm of the kernel's
 * (kernel/locking/rwsem.c, 6.12), so that a design that uses it behaves in
 * userspace as it does in the kernel.  Written from the description of the
 * algorithm; futexes take the place of the scheduler.
 *
 * The count
 *   bit 0     a writer holds the lock
 *   bit 1     there are waiters; set and cleared under wait_lock
 *   bit 2     handoff: nobody but the first waiter may take the lock.  Set by
 *             a waiter that has waited for RWSEM_PATIENCE_NS and met the lock
 *             taken again, under wait_lock; cleared by whoever then gets it
 *   bit 8...  number of readers, and for moments also of threads that have
 *             added themselves and are going to take it back
 *
 * Taking it.  A reader adds its bias and is in if no bit below was set.  A
 * writer changes 0 to bit 0.  Everybody else goes through these steps:
 *   steal   a reader that finds no writer and no handoff stays in, even past
 *           waiters, unless readers are in already: a stream of them would
 *           starve a sleeping writer
 *   spin    one writer at a time spins while another writer is in
 *   queue   wait in FIFO order
 *
 * Waking.  The first waiter decides: if it is a writer, it alone is woken and
 * competes for the lock; if it is a reader, all readers of the queue are let in
 * at once (at most RWSEM_BATCH), past the writers between them.
 *
 * Lifetime.  A waiter lives on the stack of its thread.  A reader is taken off
 * the queue by its waker and must not be touched after the store that lets it
 * go.  A writer takes itself off under wait_lock, so its waker stores under
 * wait_lock, and afterwards uses the bare address for the futex.
 *
 * Differences.  The kernel knows whether the owner of the lock runs on a
 * processor and spins for as long; here the spin is bounded instead.  The
 * kernel queues its spinners; here the second one sleeps.  Writers do not spin
 * on readers here.
 *
 * Lock order: wait_lock is a leaf.  The queue is in rwsem_wait.c.
 */
#include "rwsem_internal.h"

/* Some 50 us: more than a short hold takes, less than to be scheduled away. */
#define RWSEM_SPIN_TURNS	1000

void rlenv_rwsem_init(struct rw_semaphore *sem, const char *name,
		      struct lock_class_key *key)
{
	WRITE_ONCE(sem->count, 0);
	WRITE_ONCE(sem->owner, 0);
	WRITE_ONCE(sem->spinner, 0);
	spin_lock_init(&sem->wait_lock);
	INIT_LIST_HEAD(&sem->waiters);
	rlenv_dep_init(&sem->dep_map, name, key);
}

/* @count is what the reader found when it added itself. */
static noinline void down_read_slow(struct rw_semaphore *sem, s64 count)
{
	s64 readers = count / RWSEM_READER;

	might_sleep();
	if (!(count & (RWSEM_WRITER | RWSEM_HANDOFF)) &&
	    !(readers > 1 && (READ_ONCE(sem->owner) & RWSEM_OWNER_READER))) {
		set_owner_reader(sem);
		if (readers == 1 && (count & RWSEM_WAITERS))
			rwsem_wake(sem, RWSEM_WAKE_READERS_OWNED);
		return;
	}
	rwsem_queue_reader(sem);
}

static __always_inline void read_lock(struct rw_semaphore *sem)
{
	s64 count = count_add_acquire(sem, RWSEM_READER);

	if (likely(!(count & RWSEM_BLOCKS_READER)))
		set_owner_reader(sem);
	else
		down_read_slow(sem, count);
}

static __always_inline void read_unlock(struct rw_semaphore *sem)
{
	s64 count;

	WARN_ON(!(READ_ONCE(sem->owner) & RWSEM_OWNER_READER));
	count = count_sub_release(sem, RWSEM_READER);
	if (unlikely((count & (RWSEM_TAKEN | RWSEM_WAITERS)) == RWSEM_WAITERS))
		rwsem_wake(sem, RWSEM_WAKE_ANY);
}

/**
 * down_read() - take the lock for reading
 * @sem: the lock
 *
 * Context: Thread.  May sleep.  up_read() must come from the same thread.
 */
void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	rlenv_dep_acquire(&sem->dep_map, 0, false, true);
	read_lock(sem);
}

/**
 * down_read_non_owner() - take the lock for reading on behalf of another thread
 * @sem: the lock
 *
 * Context: Thread.  May sleep.  Given back by up_read_non_owner(), anywhere.
 */
void down_read_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	read_lock(sem);
}

/**
 * down_read_trylock() - take the lock for reading if that needs no wait
 * @sem: the lock
 *
 * Context: Any thread.
 * Return: true if taken; false if there is a writer or there are waiters.
 */
bool down_read_trylock(struct rw_semaphore *sem)
{
	s64 count = count_read(sem);

	while (!(count & RWSEM_BLOCKS_READER)) {
		if (count_change(sem, &count, count + RWSEM_READER)) {
			set_owner_reader(sem);
			rlenv_dep_acquire(&sem->dep_map, 0, true, true);
			return true;
		}
	}
	return false;
}

void up_read(struct rw_semaphore *sem)
{
	rlenv_dep_release(&sem->dep_map);
	read_unlock(sem);
}

void up_read_non_owner(struct rw_semaphore *sem)
{
	read_unlock(sem);
}

/* Take the lock, past waiters, if nobody is in and no handoff is under way. */
static bool try_steal(struct rw_semaphore *sem)
{
	s64 count = count_read(sem);

	while (!(count & (RWSEM_TAKEN | RWSEM_HANDOFF))) {
		if (count_change(sem, &count, count | RWSEM_WRITER)) {
			set_owner_writer(sem);
			return true;
		}
	}
	return false;
}

/* Whether a writer is in or has just left. */
static bool may_spin(const struct rw_semaphore *sem)
{
	return !(READ_ONCE(sem->owner) & RWSEM_OWNER_READER) &&
	       !(count_read(sem) & RWSEM_HANDOFF);
}

static bool spin_for_write(struct rw_semaphore *sem)
{
	static unsigned int nr_cpus;
	unsigned int turns;
	bool taken = false;

	/* With one processor, the owner does not run while this thread does. */
	if (unlikely(!READ_ONCE(nr_cpus)))
		WRITE_ONCE(nr_cpus, rlenv_nr_cpus());
	if (READ_ONCE(nr_cpus) == 1 || !may_spin(sem) ||
	    READ_ONCE(sem->spinner) || xchg(&sem->spinner, 1))
		return false;
	for (turns = 0; turns < RWSEM_SPIN_TURNS && may_spin(sem); turns++) {
		taken = try_steal(sem);
		if (taken)
			break;
		cpu_relax();
	}
	/* Orders nothing but the turns of the spinners. */
	smp_store_release(&sem->spinner, 0);
	return taken;
}

static noinline void down_write_slow(struct rw_semaphore *sem)
{
	WARN_ON(rlenv_rwsem_is_held_write(sem));
	if (spin_for_write(sem))
		return;
	rlenv_contention_begin(sem, true);
	rwsem_queue_writer(sem);
	rlenv_contention_end(sem, 0);
}

/* The uncontended case: nobody is in, nobody waits. */
static __always_inline bool write_lock_fast(struct rw_semaphore *sem)
{
	s64 unlocked = 0;

	if (unlikely(!count_change(sem, &unlocked, RWSEM_WRITER)))
		return false;
	set_owner_writer(sem);
	return true;
}

/**
 * down_write() - take the lock for writing
 * @sem: the lock
 *
 * Context: Thread.  May sleep.  up_write() must come from the same thread.
 */
void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	rlenv_dep_acquire(&sem->dep_map, 0, false, false);
	if (!write_lock_fast(sem))
		down_write_slow(sem);
}

/**
 * down_write_trylock() - take the lock for writing if nobody has it or waits
 * @sem: the lock
 *
 * Context: Any thread.
 * Return: true if taken.
 */
bool down_write_trylock(struct rw_semaphore *sem)
{
	if (!write_lock_fast(sem))
		return false;
	rlenv_dep_acquire(&sem->dep_map, 0, true, false);
	return true;
}

void up_write(struct rw_semaphore *sem)
{
	s64 count;

	WARN_ON(!rlenv_rwsem_is_held_write(sem));
	rlenv_dep_release(&sem->dep_map);
	WRITE_ONCE(sem->owner, 0);
	count = count_sub_release(sem, RWSEM_WRITER);
	if (unlikely(count & RWSEM_WAITERS))
		rwsem_wake(sem, RWSEM_WAKE_ANY);
}

/**
 * downgrade_write() - keep a write lock as a read lock
 * @sem: the lock
 *
 * No writer gets in between.  Readers at the head of the queue are let in.
 *
 * Context: The thread that holds it for writing.
 */
void downgrade_write(struct rw_semaphore *sem)
{
	s64 count;

	WARN_ON(!rlenv_rwsem_is_held_write(sem));
	/*
	 * Before the writer bit goes: afterwards all readers may leave and a
	 * writer may come, whose id must not be overwritten.
	 */
	set_owner_reader(sem);
	count = count_sub_release(sem, RWSEM_WRITER - RWSEM_READER);
	if (count & RWSEM_WAITERS)
		rwsem_wake(sem, RWSEM_WAKE_READERS_OWNED);
}

/**
 * rlenv_rwsem_is_held_write() - does this thread hold the lock for writing
 * @sem: the lock
 *
 * Return: exact, since only the writer itself writes its id to the owner.
 */
bool rlenv_rwsem_is_held_write(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->owner) == rlenv_tid() &&
	       (count_read(sem) & RWSEM_WRITER);
}

/**
 * rlenv_rwsem_is_held() - does this thread hold the lock in any way
 * @sem: the lock
 *
 * Return: exact with RL_DEBUG.  Without it a reader cannot be told from
 * another, and true means for reading that somebody holds it.
 */
bool rlenv_rwsem_is_held(const struct rw_semaphore *sem)
{
#ifdef RL_DEBUG
	return rlenv_dep_is_held(&sem->dep_map);
#else
	return rlenv_rwsem_is_held_write(sem) ||
	       (count_read(sem) & ~RWSEM_WRITER & RWSEM_TAKEN);
#endif
}
