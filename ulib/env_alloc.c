// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory, with allocation failures on demand: RL_FAIL_NTH=n in the environment,
 * or rlenv_alloc_fail_nth(n), lets the n-th allocation from now fail, once.
 */
#include "rl_env.h"

#include <stdlib.h>
#include <sys/mman.h>

#define BIG_ALIGN	4096

/* Allocations until one fails; 0 or less: none will. */
static atomic64_t fail_countdown;

/**
 * rlenv_alloc_fail_nth() - let a later allocation fail
 * @nth: 1 for the next one, 0 for none
 *
 * Context: Any thread; allocations of all threads count that are not exempt.
 */
void rlenv_alloc_fail_nth(u64 nth)
{
	atomic64_set(&fail_countdown, (s64)nth);
}

__attribute__((__constructor__))
static void read_environment(void)
{
	const char *nth = getenv("RL_FAIL_NTH");

	if (nth)
		rlenv_alloc_fail_nth(strtoull(nth, NULL, 0));
}

/* Set in threads whose allocations are not those that a test counts. */
static __thread bool exempt;

/**
 * rlenv_alloc_exempt() - allocations of this thread are not made to fail
 *
 * Context: Any thread.
 */
void rlenv_alloc_exempt(void)
{
	exempt = true;
}

static bool must_fail(void)
{
	if (exempt)
		return false;
	if (likely(atomic64_read(&fail_countdown) <= 0))
		return false;
	return atomic64_dec_and_test(&fail_countdown);
}

/**
 * rlenv_alloc() - allocate zeroed memory
 * @size: bytes
 *
 * Context: Thread.  May sleep.
 * Return: the memory, to be freed with rlenv_free(), or NULL.
 */
void *rlenv_alloc(size_t size)
{
	might_sleep();
	return must_fail() ? NULL : calloc(1, size);
}

void rlenv_free(void *ptr)
{
	free(ptr);
}

/**
 * struct stable - in front of memory that stays what it is
 * @next: of those that are free; under stable_lock
 * @size: as asked for; constant
 */
struct stable {
	struct stable *next;
	size_t size;
} __aligned(16);

static spinlock_t stable_lock = __SPIN_LOCK_UNLOCKED(stable_lock);
static struct stable *stable_unused;

/* Take what was given back of this size off the list. */
static struct stable *stable_reuse(size_t size)
{
	struct stable **link, *stable;

	spin_lock(&stable_lock);
	for (link = &stable_unused; (stable = *link); link = &stable->next)
		if (stable->size == size)
			break;
	if (stable)
		*link = stable->next;
	spin_unlock(&stable_lock);
	return stable;
}

/**
 * rlenv_stable_alloc() - memory that can be read for ever
 * @size: bytes
 *
 * What is given back is kept, and given only to who asks for the same size.  So
 * somebody who has an old pointer, see rlenv_stable_begin_irq(), finds there what
 * has the same shape as before, if all of one size have.
 *
 * Context: Thread.  May sleep.
 * Return: the memory, zeroed or as who had it before has left it, to be given
 * back with rlenv_stable_free(), or NULL.
 */
void *rlenv_stable_alloc(size_t size)
{
	struct stable *stable;

	might_sleep();
	if (must_fail())
		return NULL;
	stable = stable_reuse(size);
	if (!stable) {
		stable = calloc(1, sizeof(*stable) + size);
		if (!stable)
			return NULL;
		stable->size = size;
	}
	return stable + 1;
}

/**
 * rlenv_stable_free() - give memory back that was allocated so
 * @ptr: from rlenv_stable_alloc(), or NULL
 *
 * Context: Any.
 */
void rlenv_stable_free(void *ptr)
{
	struct stable *stable = ptr;

	if (!stable)
		return;
	stable--;
	spin_lock(&stable_lock);
	stable->next = stable_unused;
	stable_unused = stable;
	spin_unlock(&stable_lock);
}

/**
 * rlenv_alloc_big() - allocate zeroed memory for IO or for large tables
 * @size: bytes
 *
 * Pages that are never written cost nothing.  The size is kept in a page in
 * front.
 *
 * Context: Thread.  May sleep.
 * Return: the memory, aligned to 4096, to be freed with rlenv_free_big(), or
 * NULL.
 */
void *rlenv_alloc_big(size_t size)
{
	size_t total;
	char *base;

	might_sleep();
	if (must_fail() || __builtin_add_overflow(size, BIG_ALIGN, &total))
		return NULL;
	base = mmap(NULL, total, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	*(size_t *)base = total;
	return base + BIG_ALIGN;
}

void rlenv_free_big(void *ptr)
{
	char *base;

	if (!ptr)
		return;
	base = (char *)ptr - BIG_ALIGN;
	WARN_ON(munmap(base, *(size_t *)base));
}
