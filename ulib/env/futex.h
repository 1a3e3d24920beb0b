/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The futex system calls, for the userspace implementations in ulib only; the
 * shared code never sees them.  All futexes are private to the process.
 */
#ifndef RLENV_FUTEX_H
#define RLENV_FUTEX_H

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#define RLENV_NSEC_PER_SEC	1000000000ULL

static inline struct timespec rlenv_timespec(u64 ns)
{
	return (struct timespec) {
		.tv_sec = (time_t)(ns / RLENV_NSEC_PER_SEC),
		.tv_nsec = (long)(ns % RLENV_NSEC_PER_SEC),
	};
}

/**
 * rlenv_futex_wait() - sleep while a word has a value
 * @word:        the futex
 * @value:       do not sleep if the word differs
 * @deadline_ns: CLOCK_MONOTONIC time to give up, 0 for never
 *
 * Return: 0 woken (or spuriously), -EAGAIN the word differs, -EINTR a signal
 * handler ran, -ETIMEDOUT.
 */
static inline int rlenv_futex_wait(const u32 *word, u32 value, u64 deadline_ns)
{
	struct timespec deadline = rlenv_timespec(deadline_ns);
	long ret;

	ret = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value,
		      deadline_ns ? &deadline : NULL, NULL,
		      FUTEX_BITSET_MATCH_ANY);
	return ret ? -errno : 0;
}

/**
 * rlenv_futex_wake() - wake sleepers of a word
 * @word: the futex; only its address is used, it may be gone
 * @nr:   how many to wake at most
 */
static inline void rlenv_futex_wake(const u32 *word, int nr)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, nr, NULL, NULL, 0);
	errno = saved;
}

#endif /* RLENV_FUTEX_H */
