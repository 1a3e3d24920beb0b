/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A port of the kernel's rw_semaphore to futexes; see rwsem.c.  Include
 * rl_env.h, not this file.
 */
#ifndef RLENV_RWSEM_H
#define RLENV_RWSEM_H

#include "env/dep.h"
#include "env/list.h"

/**
 * struct rw_semaphore - a sleeping reader-writer lock
 * @count:     RWSEM_* bits and the number of readers; atomic
 * @owner:     thread id of the writer, or of the reader that came last with
 *             RWSEM_OWNER_READER, or 0; a hint but for the writer itself
 * @spinner:   1 while a writer spins instead of sleeping; atomic
 * @wait_lock: guards @waiters; a leaf, never held across a sleep
 * @waiters:   sleeping tasks in the order of their arrival; under @wait_lock
 * @dep_map:   lock dependency tracking (no bytes without RL_DEBUG)
 */
struct rw_semaphore {
	s64 count;
	u32 owner;
	u32 spinner;
	spinlock_t wait_lock;
	struct list_head waiters;
	struct rlenv_dep_map dep_map;
};

/* A macro, so that each place of initialisation makes a class of its own. */
#define init_rwsem(sem)                                                 \
	do {                                                            \
		static struct lock_class_key key_;                      \
		rlenv_rwsem_init((sem), #sem, &key_);                   \
	} while (0)

void rlenv_rwsem_init(struct rw_semaphore *sem, const char *name,
		      struct lock_class_key *key);

/* Nobody holds it or waits for it. */
static inline void rlenv_rwsem_set_class(struct rw_semaphore *sem,
					 const char *name,
					 struct lock_class_key *key)
{
	rlenv_dep_init(&sem->dep_map, name, key);
}

void down_read(struct rw_semaphore *sem);
bool __must_check down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

void down_write(struct rw_semaphore *sem);
bool __must_check down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

/* For a read lock that another thread gives back: an IO that completes. */
void down_read_non_owner(struct rw_semaphore *sem);
void up_read_non_owner(struct rw_semaphore *sem);

bool rlenv_rwsem_is_held(const struct rw_semaphore *sem);
bool rlenv_rwsem_is_held_write(const struct rw_semaphore *sem);

#endif /* RLENV_RWSEM_H */
