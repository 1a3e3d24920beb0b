// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Sleeping on a word of one's own, and wait queues.
 *
 * A waiter that may be killed has two reasons to run: its word changes, or a
 * signal handler calls rlenv_thread_kill_self().  A handler that runs after
 * the waiter has looked and before it sleeps would be missed by a futex on the
 * word alone, for the handler has returned when the sleep begins:
 *
 *	waiter                          its signal handler
 *	dying == 0
 *	                                dying = 1
 *	futex_wait(word)  sleeps on
 *
 * So a killable waiter sleeps on both words with one futex_waitv(), which
 * refuses to sleep when either has changed.  Kernels before 5.16 have no such
 * call; there the sleep is cut into slices.
 */
#include "rl_env.h"
#include "env/futex.h"

#define WAIT_SLICE_NS	2000000ULL

/*
 * 1 when this thread must not sleep killably any more.  Written by the thread
 * itself, or by a handler on top of it; atomic because the compiler must not
 * cache it and because the kernel reads it.
 */
static __thread u32 dying __attribute__((__tls_model__("initial-exec")));

/* Set when the system has been found to lack futex_waitv(). */
static u32 no_waitv;

/**
 * rlenv_thread_kill_self() - make this thread's killable waits fail
 *
 * The counterpart of a fatal signal in the kernel.  Holds until
 * rlenv_thread_revive().
 *
 * Context: Any thread; async-signal-safe, made for signal handlers.
 */
void rlenv_thread_kill_self(void)
{
	WRITE_ONCE(dying, 1);
}

/**
 * rlenv_thread_revive() - let this thread wait again
 *
 * Context: Any thread; async-signal-safe.
 */
void rlenv_thread_revive(void)
{
	WRITE_ONCE(dying, 0);
}

#ifdef SYS_futex_waitv
/* Sleep while *@word == @value and this thread is not dying. */
static int sleep_on_both(const u32 *word, u32 value, u64 deadline_ns)
{
	struct timespec deadline = rlenv_timespec(deadline_ns);
	struct futex_waitv both[2] = {
		{
			.val = value,
			.uaddr = (uintptr_t)word,
			.flags = FUTEX_32 | FUTEX_PRIVATE_FLAG,
		}, {
			.val = 0,
			.uaddr = (uintptr_t)&dying,
			.flags = FUTEX_32 | FUTEX_PRIVATE_FLAG,
		},
	};
	long ret;

	ret = syscall(SYS_futex_waitv, both, 2, 0,
		      deadline_ns ? &deadline : NULL, CLOCK_MONOTONIC);
	return ret < 0 ? -errno : 0;
}
#else
static int sleep_on_both(const u32 *word, u32 value, u64 deadline_ns)
{
	return -ENOSYS;
}
#endif

/* The same for systems without futex_waitv(): return -EAGAIN every slice. */
static int sleep_a_slice(const u32 *word, u32 value, u64 deadline_ns)
{
	u64 slice = rlenv_now_ns() + WAIT_SLICE_NS;
	bool cut = !deadline_ns || slice < deadline_ns;
	int ret;

	ret = rlenv_futex_wait(word, value, cut ? slice : deadline_ns);
	return ret == -ETIMEDOUT && cut ? -EAGAIN : ret;
}

/*
 * ThreadSanitizer holds signal handlers back until the thread calls one of the
 * functions that it wraps.  A bare system call is not one of them, so that a
 * handler could be held back for the whole sleep: its builds use slices.
 */
static int sleep_killable(const u32 *word, u32 value, u64 deadline_ns)
{
	int ret;

	if (!RLENV_TSAN && !READ_ONCE(no_waitv)) {
		ret = sleep_on_both(word, value, deadline_ns);
		/* Old sandboxes answer -EPERM to calls they do not know. */
		if (ret != -ENOSYS && ret != -EPERM)
			return ret;
		WRITE_ONCE(no_waitv, 1);
	}
	return sleep_a_slice(word, value, deadline_ns);
}

static void run_late_handlers(void)
{
	if (RLENV_TSAN)
		rlenv_now_ns();
}

/**
 * rlenv_wait_on() - sleep until a word has some bits set
 * @word:        the word; stored by rlenv_publish_wake() when they are
 * @until:       bits to wait for
 * @how:         RLENV_WAIT_*: what else may end the wait
 * @deadline_ns: rlenv_now_ns() time to give up, 0 for never
 * @woken:       incremented by the number of times the thread has slept
 *
 * The bits are looked at first and win over a signal and over the deadline.
 * As with any system call, a signal whose handler ran just before the sleep
 * does not interrupt it, and one with SA_RESTART never does; a handler that
 * calls rlenv_thread_kill_self() ends it in either case.
 *
 * Context: Thread.  May sleep.
 * Return: 0, with acquire order after the store of the bits; -EINTR;
 * -ETIMEDOUT.
 */
int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken)
{
	bool mortal = how != RLENV_WAIT_FOREVER;
	bool interrupted = false;
	bool late = false;
	u32 value;
	int ret;

	might_sleep();
	if (deadline_ns)
		rlenv_timer_slack();

	for (;;) {
		/* Pairs with the release in rlenv_publish_wake(). */
		value = smp_load_acquire(word);
		if ((value & until) == until)
			return 0;
		if (interrupted || (mortal && READ_ONCE(dying)))
			return -EINTR;
		if (late)
			return -ETIMEDOUT;
		if (deadline_ns && rlenv_now_ns() >= deadline_ns) {
			late = true;
			continue;
		}

		if (mortal)
			ret = sleep_killable(word, value, deadline_ns);
		else
			ret = rlenv_futex_wait(word, value, deadline_ns);
		if (ret != -EAGAIN)
			++*woken;
		if (mortal)
			run_late_handlers();
		interrupted = ret == -EINTR && how == RLENV_WAIT_INTERRUPTIBLE;
	}
}

/**
 * rlenv_publish_wake() - give a waiter its value
 * @word:  the word it waits on
 * @value: what to store
 * @task:  who waits; userspace finds it by the address of the word
 *
 * The waiter may run, return and reuse the memory of the word as soon as the
 * value is stored.  The wake-up uses the address only; if something else has
 * become a futex there, it sees a spurious wake-up, which futexes allow.
 *
 * Context: Any thread.
 */
void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task)
{
	/* Pairs with the acquire in rlenv_wait_on(). */
	smp_store_release(word, value);
	rlenv_futex_wake(word, 1);
}

void init_waitqueue_head(wait_queue_head_t *wq)
{
	WRITE_ONCE(wq->seq, 0);
	WRITE_ONCE(wq->waiters, 0);
}

void rlenv_wq_begin(wait_queue_head_t *wq)
{
	__atomic_fetch_add(&wq->waiters, 1, __ATOMIC_SEQ_CST);
}

u32 rlenv_wq_seq(wait_queue_head_t *wq)
{
	return __atomic_load_n(&wq->seq, __ATOMIC_SEQ_CST);
}

void rlenv_wq_sleep(wait_queue_head_t *wq, u32 seq)
{
	rlenv_futex_wait(&wq->seq, seq, 0);
}

void rlenv_wq_finish(wait_queue_head_t *wq)
{
	__atomic_fetch_sub(&wq->waiters, 1, __ATOMIC_RELEASE);
}

/**
 * wake_up_all() - let all waiters look at their conditions again
 * @wq: the queue
 *
 * The caller has made a condition true before.  Waker and waiter each write one
 * word and then read the other's, all sequentially consistent, so that one of
 * them sees the other:
 *
 *	wake_up_all()                   wait_event()
 *	  seq++                           waiters++
 *	  waiters != 0 ?  wake            read seq, then the condition
 *
 * If the waker reads 0 waiters, its seq++ comes before the waiter's read of
 * seq, which thereby acquires the condition too.
 *
 * Context: Any thread.  @wq must stay until this returns.
 */
void wake_up_all(wait_queue_head_t *wq)
{
	__atomic_fetch_add(&wq->seq, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&wq->waiters, __ATOMIC_SEQ_CST))
		rlenv_futex_wake(&wq->seq, INT_MAX);
}
