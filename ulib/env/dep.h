/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Lock dependency tracking of the userspace seam.  With RL_DEBUG each thread
 * keeps a stack of what it holds, and three mistakes are reported that lockdep
 * reports in the kernel: to release what this thread does not hold, to wait for
 * a class of which one is held at the same subclass, and to end a thread that
 * holds something.  Without RL_DEBUG nothing is stored, as in a kernel without
 * lockdep.  Include rl_env.h, not this file.
 */
#ifndef RLENV_DEP_H
#define RLENV_DEP_H

#include "bug.h"

/* Identity of a class of locks: its address. */
struct lock_class_key {
	char unused;
};

/**
 * struct rlenv_dep_map - what a lock is to the tracker
 * @name: for messages; set at init
 * @key:  class of the lock, never read through; set at init
 */
struct rlenv_dep_map {
#ifdef RL_DEBUG
	const char *name;
	const struct lock_class_key *key;
#endif
};

#ifdef RL_DEBUG
void rlenv_dep_init(struct rlenv_dep_map *map, const char *name,
		    struct lock_class_key *key);
void rlenv_dep_acquire(struct rlenv_dep_map *map, unsigned int subclass,
		       bool trylock, bool shared);
void rlenv_dep_release(struct rlenv_dep_map *map);
bool rlenv_dep_is_held(const struct rlenv_dep_map *map);
void rlenv_dep_thread_exit(void);
#else
static inline void rlenv_dep_init(struct rlenv_dep_map *map, const char *name,
				  struct lock_class_key *key)
{
}

static inline void rlenv_dep_acquire(struct rlenv_dep_map *map,
				     unsigned int subclass, bool trylock,
				     bool shared)
{
}

static inline void rlenv_dep_release(struct rlenv_dep_map *map)
{
}

static inline void rlenv_dep_thread_exit(void)
{
}
#endif

#endif /* RLENV_DEP_H */
