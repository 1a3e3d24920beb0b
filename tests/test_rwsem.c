// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The reader-writer semaphore of ulib/.  Threads meet by watching the state of
 * the lock, never by sleeping; the two places that let time pass do so because
 * patience is a time.
 */
#include "tests/test_thread.h"

/* The bits of rw_semaphore.count, spelled out: they are what is tested. */
#define COUNT_WAITERS	0x2
#define COUNT_HANDOFF	0x4
#define COUNT_READER	0x100

#define PATIENCE_NS	4000000ULL

#define poll_until(cond)                                                \
	do {                                                            \
		while (!(cond))                                         \
			sched_yield();                                  \
	} while (0)

static bool has_bit(struct rw_semaphore *sem, s64 bit)
{
	return READ_ONCE(sem->count) & bit;
}

static unsigned int nr_waiters(struct rw_semaphore *sem)
{
	struct list_head *entry;
	unsigned int nr = 0;

	spin_lock(&sem->wait_lock);
	for (entry = sem->waiters.next; entry != &sem->waiters;
	     entry = entry->next)
		nr++;
	spin_unlock(&sem->wait_lock);
	return nr;
}

/**
 * struct visitor - a thread that takes the lock, stays, and leaves
 * @sem:    the lock
 * @wait:   1 keeps it from beginning; atomic
 * @inside: 1 while it holds the lock; atomic
 * @leave:  1 lets it go; atomic
 */
struct visitor {
	struct rw_semaphore *sem;
	u32 wait;
	u32 inside;
	u32 leave;
};

static void visit(struct visitor *visitor)
{
	smp_store_release(&visitor->inside, 1);
	poll_until(smp_load_acquire(&visitor->leave));
	smp_store_release(&visitor->inside, 0);
}

static int visit_as_reader(void *arg)
{
	struct visitor *visitor = arg;

	poll_until(!smp_load_acquire(&visitor->wait));
	down_read(visitor->sem);
	visit(visitor);
	up_read(visitor->sem);
	return 0;
}

static int visit_as_writer(void *arg)
{
	struct visitor *visitor = arg;

	poll_until(!smp_load_acquire(&visitor->wait));
	down_write(visitor->sem);
	visit(visitor);
	up_write(visitor->sem);
	return 0;
}

static int try_read(void *arg)
{
	if (!down_read_trylock(arg))
		return 0;
	up_read(arg);
	return 1;
}

static int try_write(void *arg)
{
	if (!down_write_trylock(arg))
		return 0;
	up_write(arg);
	return 1;
}

static void assert_try(struct rw_semaphore *sem, bool read, bool write)
{
	assert_int_equal(rlenv_thread_join(start(try_read, sem)), read);
	assert_int_equal(rlenv_thread_join(start(try_write, sem)), write);
}

#define CANARIES	8
#define MIX_THREADS	4
#define MIX_ROUNDS	20000

/**
 * struct mix - what the mixed load works on
 * @sem:    the lock
 * @canary: plain memory, all equal whenever nobody writes; under @sem
 * @torn:   readers that found otherwise; atomic
 */
struct mix {
	struct rw_semaphore sem;
	u64 canary[CANARIES];
	atomic_t torn;
};

static void mix_write(struct mix *mix)
{
	unsigned int i;

	for (i = 0; i < CANARIES; i++)
		mix->canary[i]++;
}

static void mix_read(struct mix *mix)
{
	unsigned int i;

	for (i = 1; i < CANARIES; i++) {
		if (mix->canary[i] != mix->canary[0])
			atomic_inc(&mix->torn);
	}
}

static int mix_main(void *arg)
{
	struct mix *mix = arg;
	unsigned int i;
	int writes = 0;

	for (i = 0; i < MIX_ROUNDS; i++) {
		switch ((i * 2654435761U + rlenv_self_id()) >> 7 & 7) {
		case 0:
			down_write(&mix->sem);
			mix_write(mix);
			writes++;
			up_write(&mix->sem);
			break;
		case 1:
			down_write(&mix->sem);
			mix_write(mix);
			writes++;
			downgrade_write(&mix->sem);
			mix_read(mix);
			up_read(&mix->sem);
			break;
		case 2:
			if (down_write_trylock(&mix->sem)) {
				mix_write(mix);
				writes++;
				up_write(&mix->sem);
			}
			break;
		default:
			down_read(&mix->sem);
			mix_read(mix);
			up_read(&mix->sem);
			break;
		}
	}
	return writes;
}

static void test_exclusion(void **state)
{
	struct rlenv_thread *threads[MIX_THREADS];
	struct mix mix = { .torn = ATOMIC_INIT(0) };
	unsigned int i;
	u64 writes = 0;

	init_rwsem(&mix.sem);
	for (i = 0; i < MIX_THREADS; i++)
		threads[i] = start(mix_main, &mix);
	for (i = 0; i < MIX_THREADS; i++)
		writes += (u64)rlenv_thread_join(threads[i]);

	assert_int_equal(atomic_read(&mix.torn), 0);
	for (i = 0; i < CANARIES; i++)
		assert_int_equal(mix.canary[i], writes);
	assert_int_equal(mix.sem.count, 0);
	assert_true(list_empty(&mix.sem.waiters));
}

static void test_trylock(void **state)
{
	struct rw_semaphore sem;
	struct visitor writer = { .sem = &sem };
	struct rlenv_thread *thread;

	init_rwsem(&sem);
	assert_try(&sem, true, true);

	down_read(&sem);
	assert_try(&sem, true, false);

	/* A writer waits: no more readers by trylock. */
	thread = start(visit_as_writer, &writer);
	poll_until(has_bit(&sem, COUNT_WAITERS));
	assert_try(&sem, false, false);

	up_read(&sem);
	poll_until(smp_load_acquire(&writer.inside));
	assert_try(&sem, false, false);
	smp_store_release(&writer.leave, 1);
	rlenv_thread_join(thread);
	assert_try(&sem, true, true);
}

static void test_downgrade(void **state)
{
	struct rlenv_thread *threads[3];
	struct rw_semaphore sem;
	struct visitor readers[3] = {
		{ .sem = &sem }, { .sem = &sem }, { .sem = &sem },
	};
	unsigned int i;

	init_rwsem(&sem);
	down_write(&sem);
	for (i = 0; i < 3; i++)
		threads[i] = start(visit_as_reader, &readers[i]);
	poll_until(nr_waiters(&sem) == 3);
	for (i = 0; i < 3; i++)
		assert_false(smp_load_acquire(&readers[i].inside));

	downgrade_write(&sem);
	for (i = 0; i < 3; i++)
		poll_until(smp_load_acquire(&readers[i].inside));
	assert_int_equal(READ_ONCE(sem.count), 4 * COUNT_READER);
	assert_try(&sem, true, false);

	up_read(&sem);
	for (i = 0; i < 3; i++)
		smp_store_release(&readers[i].leave, 1);
	for (i = 0; i < 3; i++)
		rlenv_thread_join(threads[i]);
	assert_int_equal(sem.count, 0);
}

/* Queue is reader, writer, reader: both readers are let in at once. */
static void test_readers_in_batch(void **state)
{
	struct rw_semaphore sem;
	struct visitor who[3] = {
		{ .sem = &sem }, { .sem = &sem }, { .sem = &sem },
	};
	struct rlenv_thread *threads[3];

	init_rwsem(&sem);
	down_write(&sem);
	threads[0] = start(visit_as_reader, &who[0]);
	poll_until(nr_waiters(&sem) == 1);
	/* Keeps the writer from spinning, so that it is sure to queue. */
	xchg(&sem.spinner, 1);
	threads[1] = start(visit_as_writer, &who[1]);
	poll_until(nr_waiters(&sem) == 2);
	threads[2] = start(visit_as_reader, &who[2]);
	poll_until(nr_waiters(&sem) == 3);

	up_write(&sem);
	poll_until(smp_load_acquire(&who[0].inside));
	poll_until(smp_load_acquire(&who[2].inside));
	assert_false(smp_load_acquire(&who[1].inside));
	assert_int_equal(nr_waiters(&sem), 1);

	smp_store_release(&who[0].leave, 1);
	smp_store_release(&who[2].leave, 1);
	poll_until(smp_load_acquire(&who[1].inside));
	smp_store_release(&who[1].leave, 1);
	rlenv_thread_join(threads[0]);
	rlenv_thread_join(threads[1]);
	rlenv_thread_join(threads[2]);
	assert_int_equal(sem.count, 0);
}

/**
 * struct relay - readers that never all leave
 * @sem:     the lock
 * @readers: how many are in; atomic
 * @stop:    1 ends the relay; atomic
 */
struct relay {
	struct rw_semaphore sem;
	atomic_t readers;
	u32 stop;
};

/* Stay until another is in, for as long as the lock lets others in. */
static int relay_main(void *arg)
{
	struct relay *relay = arg;

	while (!smp_load_acquire(&relay->stop)) {
		down_read(&relay->sem);
		atomic_inc(&relay->readers);
		poll_until(atomic_read(&relay->readers) > 1 ||
			   has_bit(&relay->sem, COUNT_WAITERS) ||
			   smp_load_acquire(&relay->stop));
		atomic_dec(&relay->readers);
		up_read(&relay->sem);
	}
	return 0;
}

static void test_writer_is_not_starved_by_readers(void **state)
{
	struct relay relay = { .stop = 0 };
	struct rlenv_thread *threads[3];
	unsigned int i;

	init_rwsem(&relay.sem);
	for (i = 0; i < 3; i++)
		threads[i] = start(relay_main, &relay);
	for (i = 0; i < 20; i++) {
		poll_until(atomic_read(&relay.readers));
		down_write(&relay.sem);
		assert_int_equal(atomic_read(&relay.readers), 0);
		up_write(&relay.sem);
	}
	smp_store_release(&relay.stop, 1);
	for (i = 0; i < 3; i++)
		rlenv_thread_join(threads[i]);
}

/*
 * Let a writer lose its patience and then meet a taken lock.  Return with the
 * lock held for writing: true if the writer has asked for a handoff, false if
 * it was faster than this thread and got the lock, and is gone.
 */
static bool provoke_handoff(struct rw_semaphore *sem, struct visitor *victim,
			    struct rlenv_thread **thread)
{
	victim->inside = 0;
	victim->leave = 0;
	down_write(sem);
	xchg(&sem->spinner, 1);
	*thread = start(visit_as_writer, victim);
	poll_until(nr_waiters(sem) == 1);
	xchg(&sem->spinner, 0);
	rlenv_sleep_ns(PATIENCE_NS + 1000000);

	/* The second call steals the lock while the woken writer wakes up. */
	smp_store_release(&victim->leave, 1);
	up_write(sem);
	down_write(sem);
	poll_until(has_bit(sem, COUNT_HANDOFF) || !nr_waiters(sem));
	if (has_bit(sem, COUNT_HANDOFF)) {
		smp_store_release(&victim->leave, 0);
		return true;
	}
	return false;
}

static void test_handoff(void **state)
{
	struct rw_semaphore sem;
	struct visitor victim = { .sem = &sem };
	struct rlenv_thread *thread;
	bool provoked;

	/* With one processor nobody spins, and only who spins can steal so. */
	if (rlenv_nr_cpus() == 1)
		skip();
	init_rwsem(&sem);
	for (;;) {
		provoked = provoke_handoff(&sem, &victim, &thread);
		if (provoked)
			break;
		up_write(&sem);
		rlenv_thread_join(thread);
	}

	/* From now on nobody but the victim may get it. */
	up_write(&sem);
	do {
		assert_false(down_read_trylock(&sem));
		assert_false(down_write_trylock(&sem));
	} while (!smp_load_acquire(&victim.inside));
	assert_false(has_bit(&sem, COUNT_HANDOFF));
	smp_store_release(&victim.leave, 1);
	rlenv_thread_join(thread);
	assert_int_equal(sem.count, 0);
}

static void let_go(struct visitor *visitor, struct rlenv_thread *thread)
{
	poll_until(smp_load_acquire(&visitor->inside));
	smp_store_release(&visitor->leave, 1);
	rlenv_thread_join(thread);
}

/*
 * The next two hold wait_lock to stop threads at the one point where the order
 * matters.
 *
 * A reader that has added itself, and is about to queue, hides from the last
 * holder that the lock becomes free.  It must wake the waiters in its stead.
 */
static void test_queueing_reader_hides_release(void **state)
{
	struct rw_semaphore sem;
	struct visitor writer = { .sem = &sem };
	struct visitor late = { .sem = &sem, .wait = 1 };
	struct rlenv_thread *threads[2];

	init_rwsem(&sem);
	down_read(&sem);
	threads[0] = start(visit_as_writer, &writer);
	threads[1] = start(visit_as_reader, &late);
	poll_until(nr_waiters(&sem) == 1);

	spin_lock(&sem.wait_lock);
	smp_store_release(&late.wait, 0);
	poll_until(READ_ONCE(sem.count) == 2 * COUNT_READER + COUNT_WAITERS);
	up_read(&sem);
	spin_unlock(&sem.wait_lock);

	let_go(&writer, threads[0]);
	let_go(&late, threads[1]);
	assert_int_equal(sem.count, 0);
}

/*
 * A writer steals the lock after its release, before the reader at the head of
 * the queue is woken.  The reader stays out; if it has waited too long, the lock
 * is its next.
 */
static void steal_from_reader(bool patient)
{
	struct rw_semaphore sem;
	struct visitor holder = { .sem = &sem };
	struct visitor reader = { .sem = &sem };
	struct visitor thief = { .sem = &sem, .wait = 1 };
	struct rlenv_thread *threads[3];

	init_rwsem(&sem);
	threads[0] = start(visit_as_writer, &holder);
	poll_until(smp_load_acquire(&holder.inside));
	threads[1] = start(visit_as_reader, &reader);
	threads[2] = start(visit_as_writer, &thief);
	poll_until(nr_waiters(&sem) == 1);
	if (!patient)
		rlenv_sleep_ns(PATIENCE_NS + 1000000);

	spin_lock(&sem.wait_lock);
	smp_store_release(&holder.leave, 1);
	poll_until(READ_ONCE(sem.count) == COUNT_WAITERS);
	smp_store_release(&thief.wait, 0);
	poll_until(smp_load_acquire(&thief.inside));
	spin_unlock(&sem.wait_lock);

	/* The holder has done its wake-up when it is gone. */
	rlenv_thread_join(threads[0]);
	assert_false(smp_load_acquire(&reader.inside));
	assert_int_equal(nr_waiters(&sem), 1);
	if (!patient)
		assert_true(has_bit(&sem, COUNT_HANDOFF));

	let_go(&thief, threads[2]);
	let_go(&reader, threads[1]);
	assert_int_equal(sem.count, 0);
}

static void test_writer_steals_from_reader(void **state)
{
	if (rlenv_nr_cpus() == 1)
		skip();
	steal_from_reader(true);
	steal_from_reader(false);
}

static int complete_io(void *arg)
{
	up_read_non_owner(arg);
	return 0;
}

static void test_non_owner(void **state)
{
	int before = atomic_read(&rlenv_warnings);
	struct rw_semaphore sem;

	init_rwsem(&sem);
	down_read_non_owner(&sem);
	assert_try(&sem, true, false);
	rlenv_thread_join(start(complete_io, &sem));
	assert_try(&sem, true, true);
	assert_int_equal(atomic_read(&rlenv_warnings), before);
}

static int check_from_outside(void *arg)
{
	struct rw_semaphore *sem = arg;

	return rlenv_rwsem_is_held_write(sem);
}

static int unlock_from_outside(void *arg)
{
	up_write(arg);
	return 0;
}

static void test_owner_checks(void **state)
{
	int before = atomic_read(&rlenv_warnings);
	struct rw_semaphore sem;

	init_rwsem(&sem);
	down_write(&sem);
	lockdep_assert_held(&sem);
	lockdep_assert_held_write(&sem);
	assert_int_equal(rlenv_thread_join(start(check_from_outside, &sem)), 0);
	downgrade_write(&sem);
	lockdep_assert_held(&sem);
	assert_int_equal(atomic_read(&rlenv_warnings), before);
	lockdep_assert_held_write(&sem);
	assert_int_equal(atomic_read(&rlenv_warnings), before + 1);
	up_read(&sem);
	lockdep_assert_held(&sem);
	assert_int_equal(atomic_read(&rlenv_warnings), before + 2);

	before = atomic_read(&rlenv_warnings);
	down_write(&sem);
	rlenv_thread_join(start(unlock_from_outside, &sem));
	assert_true(atomic_read(&rlenv_warnings) > before);
	rlenv_dep_release(&sem.dep_map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_trylock),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_readers_in_batch),
		cmocka_unit_test(test_writer_is_not_starved_by_readers),
		cmocka_unit_test(test_handoff),
		cmocka_unit_test(test_queueing_reader_hides_release),
		cmocka_unit_test(test_writer_steals_from_reader),
		cmocka_unit_test(test_non_owner),
		cmocka_unit_test(test_owner_checks),
	};

	return cmocka_run_group_tests_name("rwsem", tests, NULL, NULL);
}
