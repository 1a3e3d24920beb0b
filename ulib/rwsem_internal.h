/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the two files of the reader-writer semaphore share; see rwsem.c.
 */
#ifndef RLENV_RWSEM_INTERNAL_H
#define RLENV_RWSEM_INTERNAL_H

#include "rl_env.h"

#define RWSEM_WRITER		0x1LL
#define RWSEM_WAITERS		0x2LL
#define RWSEM_HANDOFF		0x4LL
#define RWSEM_READER		0x100LL

/* Any holder. */
#define RWSEM_TAKEN		(~0xffLL | RWSEM_WRITER)
/* What keeps a reader out of the fast path. */
#define RWSEM_BLOCKS_READER	(RWSEM_WRITER | RWSEM_WAITERS | RWSEM_HANDOFF)

/* In owner, besides the id of a reader. */
#define RWSEM_OWNER_READER	0x80000000U

enum rwsem_wake {
	RWSEM_WAKE_ANY,
	RWSEM_WAKE_READERS,
	RWSEM_WAKE_READERS_OWNED,
};

static inline s64 count_read(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count);
}

/* Pairs with count_sub_release(): a new holder sees what the last one did. */
static inline s64 count_add_acquire(struct rw_semaphore *sem, s64 n)
{
	return __atomic_add_fetch(&sem->count, n, __ATOMIC_ACQUIRE);
}

static inline s64 count_sub_release(struct rw_semaphore *sem, s64 n)
{
	return __atomic_sub_fetch(&sem->count, n, __ATOMIC_RELEASE);
}

/* Full order: it may give up a hold and it may look for the end of one. */
static inline s64 count_add(struct rw_semaphore *sem, s64 n)
{
	return __atomic_add_fetch(&sem->count, n, __ATOMIC_SEQ_CST);
}

/* On failure *@old is what was found instead. */
static inline bool count_change(struct rw_semaphore *sem, s64 *old, s64 new)
{
	return __atomic_compare_exchange_n(&sem->count, old, new, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void set_owner_reader(struct rw_semaphore *sem)
{
	WRITE_ONCE(sem->owner, rlenv_tid() | RWSEM_OWNER_READER);
}

static inline void set_owner_writer(struct rw_semaphore *sem)
{
	WRITE_ONCE(sem->owner, rlenv_tid());
}

void rwsem_wake(struct rw_semaphore *sem, enum rwsem_wake kind);
void rwsem_queue_reader(struct rw_semaphore *sem);
void rwsem_queue_writer(struct rw_semaphore *sem);

#endif /* RLENV_RWSEM_INTERNAL_H */
