// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Spinlock, mutex and lock dependencies of the userspace seam: they exclude,
 * and the assertions about them fire.
 */
#include "tests/test_thread.h"

#define ROUNDS		20000

/* @lock guards @count, a plain variable. */
struct guarded {
	spinlock_t lock;
	struct mutex mutex;
	u64 count;
};

static int count_under_spinlock(void *arg)
{
	struct guarded *guarded = arg;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		spin_lock_irqsave(&guarded->lock, flags);
		lockdep_assert_held(&guarded->lock);
		guarded->count++;
		spin_unlock_irqrestore(&guarded->lock, flags);
	}
	return 0;
}

static int count_under_mutex(void *arg)
{
	struct guarded *guarded = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i % 4 || !mutex_trylock(&guarded->mutex))
			mutex_lock(&guarded->mutex);
		lockdep_assert_held(&guarded->mutex);
		guarded->count++;
		mutex_unlock(&guarded->mutex);
	}
	return 0;
}

static void test_spinlock_and_mutex_exclude(void **state)
{
	struct guarded guarded = { .count = 0 };
	int before = warnings();

	spin_lock_init(&guarded.lock);
	mutex_init(&guarded.mutex);
	run_threads(count_under_spinlock, &guarded);
	run_threads(count_under_mutex, &guarded);
	assert_int_equal(guarded.count, 2 * THREADS * ROUNDS);
	assert_int_equal(warnings(), before);
}

/**
 * struct sleeper - a thread that wants a mutex
 * @mutex: the mutex
 * @tid:   its id, once it is about to lock; atomic
 */
struct sleeper {
	struct mutex *mutex;
	u32 tid;
};

static int lock_and_unlock(void *arg)
{
	struct sleeper *sleeper = arg;

	smp_store_release(&sleeper->tid, rlenv_tid());
	mutex_lock(sleeper->mutex);
	mutex_unlock(sleeper->mutex);
	return 0;
}

/* Two sleep on the mutex: each unlock must wake another one. */
static void test_mutex_wakes_sleepers(void **state)
{
	struct mutex mutex;
	struct sleeper sleepers[2] = {
		{ .mutex = &mutex }, { .mutex = &mutex },
	};
	struct rlenv_thread *threads[2];
	unsigned int i;

	mutex_init(&mutex);
	mutex_lock(&mutex);
	for (i = 0; i < 2; i++) {
		threads[i] = start(lock_and_unlock, &sleepers[i]);
		poll_until_tid_sleeps(&sleepers[i].tid);
	}
	assert_true(READ_ONCE(mutex.word) & RLENV_MUTEX_WAITERS);
	mutex_unlock(&mutex);
	for (i = 0; i < 2; i++)
		rlenv_thread_join(threads[i]);
	assert_int_equal(READ_ONCE(mutex.word), 0);
}

static int assert_both_held(void *arg)
{
	struct guarded *guarded = arg;

	lockdep_assert_held(&guarded->lock);
	lockdep_assert_held(&guarded->mutex);
	return mutex_trylock(&guarded->mutex);
}

static int unlock_mutex(void *arg)
{
	mutex_unlock(arg);
	return 0;
}

static void test_owner_assertions(void **state)
{
	struct guarded guarded;
	int before;

	spin_lock_init(&guarded.lock);
	mutex_init(&guarded.mutex);
	before = warnings();
	lockdep_assert_held(&guarded.lock);
	assert_int_equal(warnings(), before + 1);

	/* Held, but by another thread. */
	mutex_lock(&guarded.mutex);
	spin_lock(&guarded.lock);
	before = warnings();
	lockdep_assert_held(&guarded.lock);
	lockdep_assert_held(&guarded.mutex);
	assert_int_equal(warnings(), before);
	spin_unlock(&guarded.lock);
	assert_int_equal(rlenv_thread_join(start(assert_both_held, &guarded)),
			 0);
	assert_int_equal(warnings(), before + 2);

	rlenv_thread_join(start(unlock_mutex, &guarded.mutex));
	assert_int_equal(warnings(), before + 3);
}

static void test_debug_checks(void **state)
{
	unsigned long flags;
	spinlock_t lock;
	int before;

	if (!rlenv_debug())
		skip();
	spin_lock_init(&lock);
	before = warnings();
	spin_lock_irqsave(&lock, flags);
	might_sleep();
	assert_int_equal(warnings(), before + 1);
	spin_unlock_irqrestore(&lock, flags + 1);
	assert_int_equal(warnings(), before + 2);
	might_sleep();
	assert_int_equal(warnings(), before + 2);
}

static int leave_with_lock(void *arg)
{
	rlenv_dep_acquire(arg, 0, false, false);
	return 0;
}

static void test_dependencies(void **state)
{
	static struct lock_class_key key, other_key;
	struct rlenv_dep_map one, two, other;
	int before = warnings();
	unsigned int i;

	if (!rlenv_debug())
		skip();
	rlenv_dep_init(&one, "one", &key);
	rlenv_dep_init(&two, "two", &key);
	rlenv_dep_init(&other, "other", &other_key);

	/* What is legal. */
	rlenv_dep_acquire(&one, 0, false, true);
	rlenv_dep_acquire(&two, 1, false, true);
	rlenv_dep_acquire(&two, 0, true, false);
	rlenv_dep_acquire(&other, 0, false, false);
	rlenv_dep_release(&one);
	rlenv_dep_release(&other);
	rlenv_dep_release(&two);
	rlenv_dep_release(&two);
	assert_int_equal(warnings(), before);

	/* To wait for a class that is held. */
	rlenv_dep_acquire(&one, 0, false, false);
	rlenv_dep_acquire(&two, 0, false, false);
	assert_int_equal(warnings(), before + 1);
	rlenv_dep_release(&one);
	rlenv_dep_release(&two);

	/* To release what is not held. */
	rlenv_dep_release(&two);
	assert_int_equal(warnings(), before + 2);

	/* To end with a lock held. */
	rlenv_thread_join(start(leave_with_lock, &one));
	assert_int_equal(warnings(), before + 3);

	/* To hold too many: reported once, and not remembered. */
	for (i = 0; i < 50; i++)
		rlenv_dep_acquire(&one, 0, true, true);
	assert_int_equal(warnings(), before + 4);
	for (i = 0; i < 48; i++)
		rlenv_dep_release(&one);
	assert_int_equal(warnings(), before + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spinlock_and_mutex_exclude),
		cmocka_unit_test(test_mutex_wakes_sleepers),
		cmocka_unit_test(test_owner_assertions),
		cmocka_unit_test(test_debug_checks),
		cmocka_unit_test(test_dependencies),
	};

	return cmocka_run_group_tests_name("env_lock", tests, NULL, NULL);
}
