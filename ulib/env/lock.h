/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Spinlock and mutex of the userspace seam, and the assertions about them.
 * Both locks are one word that holds the owner's thread id, so that
 * lockdep_assert_held() and unlock can tell who holds them.  Include rl_env.h,
 * not this file.
 */
#ifndef RLENV_LOCK_H
#define RLENV_LOCK_H

#include "bug.h"
#include "dep.h"
#include "task.h"

#include <sched.h>

/*
 * Spinlocks held by this thread; kept in debug builds only, like the
 * preemption count that might_sleep() looks at in the kernel.
 */
extern __thread u32 rlenv_spin_depth
	__attribute__((__tls_model__("initial-exec")));

#define might_sleep()                                                   \
	do {                                                            \
		if (rlenv_debug())                                      \
			WARN_ON(rlenv_spin_depth);                      \
	} while (0)

/**
 * struct spinlock - a spinlock
 * @owner: thread id of the holder, 0 when free
 */
typedef struct spinlock {
	u32 owner;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	{ 0 }

/*
 * Turns of a loop that spins before the processor is given away.  The holder of
 * a spinlock does not sleep, so it is either about to finish or not running.
 */
#define RLENV_SPIN_TURNS	100

void rlenv_spin_lock_slow(spinlock_t *lock);

static inline void spin_lock_init(spinlock_t *lock)
{
	WRITE_ONCE(lock->owner, 0);
}

static inline bool rlenv_spin_is_held(const spinlock_t *lock)
{
	return READ_ONCE(lock->owner) == rlenv_tid();
}

static inline void spin_lock(spinlock_t *lock)
{
	u32 free = 0;

	if (unlikely(!__atomic_compare_exchange_n(&lock->owner, &free,
						  rlenv_tid(), false,
						  __ATOMIC_ACQUIRE,
						  __ATOMIC_RELAXED)))
		rlenv_spin_lock_slow(lock);
	if (rlenv_debug())
		rlenv_spin_depth++;
}

static inline bool spin_trylock(spinlock_t *lock)
{
	u32 free = 0;

	if (!__atomic_compare_exchange_n(&lock->owner, &free, rlenv_tid(),
					 false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	if (rlenv_debug())
		rlenv_spin_depth++;
	return true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (rlenv_debug()) {
		WARN_ON(!rlenv_spin_is_held(lock));
		rlenv_spin_depth--;
	}
	/* Pairs with the acquire of whoever takes the lock next. */
	smp_store_release(&lock->owner, 0);
}

/* One turn of waiting for the holder of a lock bit; it may not be running. */
static inline void rlenv_relax(unsigned int *turns)
{
	if (++*turns % RLENV_SPIN_TURNS)
		cpu_relax();
	else
		sched_yield();
}

/*
 * A thread has no interrupts to disable; what remains of the pair is that the
 * flags of a lock must come back with its unlock.  Code under a spinlock must
 * not be entered again from a signal handler.
 */
#define RLENV_SPIN_FLAGS	0x246UL

#define local_irq_save(flags)	((void)((flags) = RLENV_SPIN_FLAGS))
#define local_irq_restore(flags)	((void)(flags))

#define spin_lock_irqsave(lock, flags)                                  \
	do {                                                            \
		(flags) = RLENV_SPIN_FLAGS;                             \
		spin_lock(lock);                                        \
	} while (0)

#define spin_trylock_irqsave(lock, flags)                               \
	({                                                              \
		(flags) = RLENV_SPIN_FLAGS;                             \
		spin_trylock(lock);                                     \
	})

static inline void spin_unlock_irqrestore(spinlock_t *lock,
					  unsigned long flags)
{
	if (rlenv_debug())
		WARN_ON(flags != RLENV_SPIN_FLAGS);
	spin_unlock(lock);
}

/**
 * struct mutex - a sleeping lock with an owner
 * @word: thread id of the holder, with RLENV_MUTEX_WAITERS if one may sleep on
 *        it; 0 when free
 */
struct mutex {
	u32 word;
};

#define RLENV_MUTEX_WAITERS	0x80000000U

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
bool __must_check mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/* Lock dependencies of mutexes are tracked in the kernel only. */
static inline void mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	mutex_lock(lock);
}

static inline bool rlenv_mutex_is_held(const struct mutex *lock)
{
	return (READ_ONCE(lock->word) & ~RLENV_MUTEX_WAITERS) == rlenv_tid();
}

#include "../rwsem.h"

#define rlenv_is_held(l)                                                \
	_Generic((l),                                                   \
		 spinlock_t *: rlenv_spin_is_held,                      \
		 const spinlock_t *: rlenv_spin_is_held,                \
		 struct mutex *: rlenv_mutex_is_held,                   \
		 const struct mutex *: rlenv_mutex_is_held,             \
		 struct rw_semaphore *: rlenv_rwsem_is_held,            \
		 const struct rw_semaphore *: rlenv_rwsem_is_held)(l)

/* True checks in every build: they cost a load and a compare. */
#define lockdep_assert_held(l)                                          \
	do {                                                            \
		if (unlikely(!rlenv_is_held(l)))                        \
			rlenv_warn(__FILE__, __LINE__,                  \
				   "%s is not held", #l);               \
	} while (0)

#define lockdep_assert_held_write(l)                                    \
	do {                                                            \
		if (unlikely(!rlenv_rwsem_is_held_write(l)))            \
			rlenv_warn(__FILE__, __LINE__,                  \
				   "%s is not held for write", #l);     \
	} while (0)

#endif /* RLENV_LOCK_H */
