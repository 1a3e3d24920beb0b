// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The waits of the userspace seam: a word of one's own with timeouts, signals
 * and death, and wait queues.  To know that a thread sleeps, a test asks the
 * kernel for its state; to make threads race, it lets them.
 */
#include "tests/test_thread.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS		1000000ULL
#define RACES		(RLENV_TSAN ? 300 : 3000)
#define PING_PONGS	5000

/**
 * struct sleeper - a thread that waits on a word
 * @word:     1 ends the wait
 * @how:      RLENV_WAIT_*
 * @deadline: as for rlenv_wait_on()
 * @woken:    by rlenv_wait_on()
 * @pthread:  valid when @tid is
 * @tid:      its id, once it is about to wait; atomic
 * @done:     1 when the wait is over; atomic
 */
struct sleeper {
	u32 word;
	unsigned int how;
	u64 deadline;
	u64 woken;
	pthread_t pthread;
	u32 tid;
	u32 done;
};

static int sleep_on_word(void *arg)
{
	struct sleeper *sleeper = arg;
	int ret;

	sleeper->pthread = pthread_self();
	smp_store_release(&sleeper->tid, rlenv_tid());
	ret = rlenv_wait_on(&sleeper->word, 1, sleeper->how, sleeper->deadline,
			    &sleeper->woken);
	smp_store_release(&sleeper->done, 1);
	return ret;
}

static void poll_until_asleep(struct sleeper *sleeper)
{
	poll_until_tid_sleeps(&sleeper->tid);
}

/* Written by the handler, which runs in one thread at a time here. */
static u32 signals_seen;

static void note_signal(int signal)
{
	WRITE_ONCE(signals_seen, READ_ONCE(signals_seen) + 1);
}

static void die_on_signal(int signal)
{
	rlenv_thread_kill_self();
}

static void set_handler(void (*handler)(int), int flags)
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = flags,
	};

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	WRITE_ONCE(signals_seen, 0);
}

static void test_value_wins(void **state)
{
	u64 woken = 0;
	u32 word = 1;

	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_FOREVER, 0, &woken),
			 0);
	/* Over a deadline in the past, and over death. */
	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_FOREVER, 1, &woken),
			 0);
	rlenv_thread_kill_self();
	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_KILLABLE, 0,
				       &woken), 0);
	rlenv_thread_revive();
	assert_int_equal(woken, 0);
}

static void test_timeout(void **state)
{
	unsigned int how;
	u64 deadline;
	u64 woken = 0;
	u32 word = 0;

	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_FOREVER, 1, &woken),
			 -ETIMEDOUT);
	assert_int_equal(woken, 0);
	for (how = RLENV_WAIT_FOREVER; how <= RLENV_WAIT_INTERRUPTIBLE; how++) {
		woken = 0;
		deadline = rlenv_now_ns() + 5 * MS;
		assert_int_equal(rlenv_wait_on(&word, 1, how, deadline, &woken),
				 -ETIMEDOUT);
		assert_true(rlenv_now_ns() >= deadline);
		/* 0 if this thread did not get to run before the deadline. */
		assert_true(woken <= 1);
	}
}

static void test_wake_before_deadline(void **state)
{
	unsigned int how;

	for (how = RLENV_WAIT_FOREVER; how <= RLENV_WAIT_INTERRUPTIBLE; how++) {
		struct sleeper sleeper = {
			.how = how,
			.deadline = rlenv_now_ns() + 100000 * MS,
		};
		struct rlenv_thread *thread = start(sleep_on_word, &sleeper);

		poll_until_asleep(&sleeper);
		rlenv_publish_wake(&sleeper.word, 1, sleeper.tid);
		assert_int_equal(rlenv_thread_join(thread), 0);
		assert_true(sleeper.woken <= 1);
	}
}

static void test_interruptible(void **state)
{
	struct sleeper sleeper = { .how = RLENV_WAIT_INTERRUPTIBLE };
	struct rlenv_thread *thread;

	set_handler(note_signal, 0);
	thread = start(sleep_on_word, &sleeper);
	poll_until_asleep(&sleeper);
	/* A signal that comes while it does not sleep yet is not seen. */
	do {
		pthread_kill(sleeper.pthread, SIGUSR1);
		sched_yield();
	} while (!smp_load_acquire(&sleeper.done));
	assert_int_equal(rlenv_thread_join(thread), -EINTR);
	assert_int_equal(sleeper.woken, 1);
	assert_true(READ_ONCE(signals_seen) >= 1);
}

/* A signal without death ends neither a killable wait nor one that is not. */
static void test_plain_signals_are_ignored(void **state)
{
	unsigned int how;

	for (how = RLENV_WAIT_FOREVER; how <= RLENV_WAIT_KILLABLE; how++) {
		struct sleeper sleeper = { .how = how };
		struct rlenv_thread *thread;

		set_handler(note_signal, 0);
		thread = start(sleep_on_word, &sleeper);
		poll_until_asleep(&sleeper);
		pthread_kill(sleeper.pthread, SIGUSR1);
		/* Without its own slices, TSan runs no handler in a sleep. */
		while (!READ_ONCE(signals_seen) &&
		       !(RLENV_TSAN && how == RLENV_WAIT_FOREVER))
			sched_yield();
		poll_until_asleep(&sleeper);
		rlenv_publish_wake(&sleeper.word, 1, sleeper.tid);
		assert_int_equal(rlenv_thread_join(thread), 0);
	}
}

/* Death ends killable and interruptible waits, SA_RESTART or not. */
static void test_death(void **state)
{
	static const int flags[] = { 0, SA_RESTART };
	unsigned int how, i;

	for (i = 0; i < 4; i++) {
		struct sleeper sleeper = { .word = 0 };
		struct rlenv_thread *thread;

		how = i & 1 ? RLENV_WAIT_KILLABLE : RLENV_WAIT_INTERRUPTIBLE;
		sleeper.how = how;
		set_handler(die_on_signal, flags[i / 2]);
		thread = start(sleep_on_word, &sleeper);
		poll_until_asleep(&sleeper);
		pthread_kill(sleeper.pthread, SIGUSR1);
		assert_int_equal(rlenv_thread_join(thread), -EINTR);
	}
}

static void test_dead_thread_does_not_sleep(void **state)
{
	u64 woken = 0;
	u32 word = 0;

	rlenv_thread_kill_self();
	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_KILLABLE, 0,
				       &woken), -EINTR);
	assert_int_equal(woken, 0);
	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_FOREVER, 1, &woken),
			 -ETIMEDOUT);
	rlenv_thread_revive();
	assert_int_equal(rlenv_wait_on(&word, 1, RLENV_WAIT_KILLABLE, 1,
				       &woken), -ETIMEDOUT);
}

/* The signal may come at any instruction of the wait, once, and is enough. */
static void test_death_races_with_sleep(void **state)
{
	unsigned int i;

	set_handler(die_on_signal, SA_RESTART);
	for (i = 0; i < RACES; i++) {
		struct sleeper sleeper = { .how = RLENV_WAIT_KILLABLE };
		struct rlenv_thread *thread = start(sleep_on_word, &sleeper);
		unsigned int turns = 0, delay;

		while (!smp_load_acquire(&sleeper.tid))
			rlenv_relax(&turns);
		for (delay = i % 64; delay; delay--)
			cpu_relax();
		pthread_kill(sleeper.pthread, SIGUSR1);
		assert_int_equal(rlenv_thread_join(thread), -EINTR);
	}
}

/**
 * struct relay - words that live on the stack of their waiters
 * @word: where the waiter waits, NULL when there is none; atomic
 * @stop: 1 ends the waker; atomic
 */
struct relay {
	u32 *word;
	u32 stop;
};

static int wake_all_comers(void *arg)
{
	struct relay *relay = arg;
	u32 *word;

	while (!smp_load_acquire(&relay->stop)) {
		word = xchg(&relay->word, NULL);
		if (word)
			rlenv_publish_wake(word, 1, 0);
		else
			sched_yield();
	}
	return 0;
}

static noinline void wait_on_stack(struct relay *relay, unsigned int how)
{
	u64 woken = 0;
	u32 word = 0;

	smp_store_release(&relay->word, &word);
	assert_int_equal(rlenv_wait_on(&word, 1, how, 0, &woken), 0);
	assert_true(word == 1);
}

static void test_publish_races_with_sleep(void **state)
{
	struct relay relay = { .word = NULL };
	struct rlenv_thread *waker = start(wake_all_comers, &relay);
	unsigned int i;

	for (i = 0; i < PING_PONGS; i++)
		wait_on_stack(&relay, i & 1);
	smp_store_release(&relay.stop, 1);
	rlenv_thread_join(waker);
}

/**
 * struct table - two players that take turns
 * @wq:   where both wait
 * @turn: whose turn it is; atomic
 */
struct table {
	wait_queue_head_t wq;
	u32 turn;
};

static void play(struct table *table, u32 me)
{
	unsigned int i;

	for (i = 0; i < PING_PONGS; i++) {
		wait_event(table->wq, smp_load_acquire(&table->turn) == me);
		smp_store_release(&table->turn, !me);
		wake_up_all(&table->wq);
	}
}

static int play_second(void *arg)
{
	play(arg, 1);
	return 0;
}

static void test_wait_queue_loses_no_wakeup(void **state)
{
	struct table table = { .turn = 0 };
	struct rlenv_thread *second;

	init_waitqueue_head(&table.wq);
	second = start(play_second, &table);
	play(&table, 0);
	rlenv_thread_join(second);
	assert_int_equal(table.turn, 0);
	assert_int_equal(table.wq.waiters, 0);
}

/*
 * A condition that is false and wakes its own waiter, which stands for a waker
 * that comes after the condition has been looked at and before the sleep.
 */
static bool wake_before_sleep(wait_queue_head_t *wq, unsigned int *calls)
{
	if (++*calls > 3)
		return true;
	wake_up_all(wq);
	return false;
}

static void test_wake_up_before_sleep(void **state)
{
	unsigned int calls = 0;
	wait_queue_head_t wq;

	init_waitqueue_head(&wq);
	wait_event(wq, wake_before_sleep(&wq, &calls));
	assert_int_equal(calls, 4);
}

static int wait_for_turn(void *arg)
{
	struct table *table = arg;

	wait_event(table->wq, smp_load_acquire(&table->turn) == 1);
	return 1;
}

static void test_wake_up_all_wakes_all(void **state)
{
	struct rlenv_thread *threads[4];
	struct table table = { .turn = 0 };
	unsigned int i;
	int sum = 0;

	init_waitqueue_head(&table.wq);
	for (i = 0; i < 4; i++)
		threads[i] = start(wait_for_turn, &table);
	while (READ_ONCE(table.wq.waiters) < 4)
		sched_yield();
	/* Without the condition nobody leaves. */
	wake_up_all(&table.wq);
	assert_int_equal(READ_ONCE(table.wq.waiters), 4);
	smp_store_release(&table.turn, 1);
	wake_up_all(&table.wq);
	for (i = 0; i < 4; i++)
		sum += rlenv_thread_join(threads[i]);
	assert_int_equal(sum, 4);
}

/*
 * From now on the system has no futex_waitv(), like one before Linux 5.16: for
 * this thread and those that it starts.
 */
static int forbid_waitv(void **state)
{
#ifdef SYS_futex_waitv
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_SIZE(code),
		.filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		print_message("no seccomp here: %s\n", strerror(errno));
	else
		assert_int_equal(syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0),
				 -1);
#endif
	return 0;
}

int main(void)
{
	const struct CMUnitTest waits[] = {
		cmocka_unit_test(test_value_wins),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_wake_before_deadline),
		cmocka_unit_test(test_interruptible),
		cmocka_unit_test(test_plain_signals_are_ignored),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_dead_thread_does_not_sleep),
		cmocka_unit_test(test_death_races_with_sleep),
		cmocka_unit_test(test_publish_races_with_sleep),
	};
	const struct CMUnitTest queues[] = {
		cmocka_unit_test(test_wait_queue_loses_no_wakeup),
		cmocka_unit_test(test_wake_up_before_sleep),
		cmocka_unit_test(test_wake_up_all_wakes_all),
	};
	int failed;

	failed = cmocka_run_group_tests_name("waits", waits, NULL, NULL);
	failed += cmocka_run_group_tests_name("queues", queues, NULL, NULL);
	failed += cmocka_run_group_tests_name("waits without futex_waitv",
					      waits, forbid_waitv, NULL);
	return failed;
}
