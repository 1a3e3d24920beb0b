// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The contended half of the spinlock, and the mutex.
 *
 * Mutex word: 0 free, otherwise the owner's thread id, with
 * RLENV_MUTEX_WAITERS set when a thread sleeps on the word or is about to.  It
 * is legal for the bit to be set without a sleeper, which costs a needless
 * wake-up; it is illegal to sleep without having seen it set.
 */
#include "rl_env.h"
#include "env/futex.h"

__thread u32 rlenv_spin_depth
	__attribute__((__tls_model__("initial-exec")));

#if RLENV_TSAN
u32 rlenv_fence_word;
#endif

static bool take_word(u32 *word, u32 owner)
{
	u32 free = 0;

	return __atomic_compare_exchange_n(word, &free, owner, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Spin until @word looks free, in turns that grow to RLENV_SPIN_TURNS at most. */
static bool spin_while_taken(const u32 *word)
{
	unsigned int i;

	for (i = 0; i < RLENV_SPIN_TURNS; i++) {
		if (!READ_ONCE(*word))
			return true;
		cpu_relax();
	}
	return false;
}

void rlenv_spin_lock_slow(spinlock_t *lock)
{
	u32 self = rlenv_tid();

	/* The next turn would never come. */
	WARN_ON(READ_ONCE(lock->owner) == self);

	do {
		while (!spin_while_taken(&lock->owner))
			sched_yield();
	} while (!take_word(&lock->owner, self));
}

void mutex_init(struct mutex *lock)
{
	WRITE_ONCE(lock->word, 0);
}

bool mutex_trylock(struct mutex *lock)
{
	return take_word(&lock->word, rlenv_tid());
}

/*
 * Whoever has slept takes the lock with the waiters bit, since others may
 * still sleep and only the word can tell its unlock so.
 */
static void mutex_lock_slow(struct mutex *lock)
{
	u32 self = rlenv_tid();
	u32 word;

	for (;;) {
		word = READ_ONCE(lock->word);
		if (!word) {
			if (take_word(&lock->word, self | RLENV_MUTEX_WAITERS))
				return;
			continue;
		}
		if (!(word & RLENV_MUTEX_WAITERS) &&
		    cmpxchg(&lock->word, word, word | RLENV_MUTEX_WAITERS) !=
		    word)
			continue;
		rlenv_futex_wait(&lock->word, word | RLENV_MUTEX_WAITERS, 0);
	}
}

/**
 * mutex_lock() - take a mutex, sleeping for as long as it takes
 * @lock: the mutex; must not be held by this thread
 *
 * Context: Thread.  May sleep.
 */
void mutex_lock(struct mutex *lock)
{
	might_sleep();
	if (mutex_trylock(lock))
		return;
	WARN_ON(rlenv_mutex_is_held(lock));
	if (spin_while_taken(&lock->word) && mutex_trylock(lock))
		return;
	mutex_lock_slow(lock);
}

/**
 * mutex_unlock() - give a mutex back
 * @lock: the mutex; must be held by this thread
 *
 * The word is not touched after the store that frees it, but its address is
 * used for the wake-up: the next owner may free the mutex meanwhile.
 */
void mutex_unlock(struct mutex *lock)
{
	u32 word;

	WARN_ON(!rlenv_mutex_is_held(lock));
	word = __atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE);
	if (word & RLENV_MUTEX_WAITERS)
		rlenv_futex_wake(&lock->word, 1);
}
