// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The stack of locks that a thread holds, in debug builds.  The rules are those
 * of lockdep: a class may be waited for while another lock of the same class is
 * held only under another subclass, a try is always legal, and 48 locks are as
 * many as one thread may hold.
 */
#include "rl_env.h"

#ifdef RL_DEBUG

#define DEP_MAX_DEPTH	48

/**
 * struct held - one lock that this thread holds
 * @map:      the lock; compared only, it may be gone if that was reported
 * @key:      its class
 * @subclass: as given to rlenv_dep_acquire()
 * @shared:   as given to rlenv_dep_acquire(); for messages
 */
struct held {
	const struct rlenv_dep_map *map;
	const struct lock_class_key *key;
	unsigned int subclass;
	bool shared;
};

/* This thread only. */
static __thread struct held stack[DEP_MAX_DEPTH];
static __thread unsigned int depth;

void rlenv_dep_init(struct rlenv_dep_map *map, const char *name,
		    struct lock_class_key *key)
{
	map->name = name;
	map->key = key;
}

static void check_recursion(const struct rlenv_dep_map *map,
			    unsigned int subclass, bool shared)
{
	unsigned int i;

	for (i = 0; i < depth; i++) {
		if (stack[i].key != map->key || stack[i].subclass != subclass)
			continue;
		rlenv_warn(__FILE__, __LINE__,
			   "possible recursive locking: %s subclass %u wanted %s, held %s",
			   map->name, subclass, shared ? "shared" : "exclusive",
			   stack[i].shared ? "shared" : "exclusive");
		return;
	}
}

/**
 * rlenv_dep_acquire() - note that this thread takes a lock
 * @map:      the lock
 * @subclass: tells apart locks of one class that are held together
 * @trylock:  it was taken without waiting, so it cannot be part of a deadlock
 * @shared:   others may hold it too
 *
 * Context: The thread that will call rlenv_dep_release().
 */
void rlenv_dep_acquire(struct rlenv_dep_map *map, unsigned int subclass,
		       bool trylock, bool shared)
{
	if (!trylock)
		check_recursion(map, subclass, shared);
	if (WARN_ONCE(depth >= DEP_MAX_DEPTH, "more than %d locks held by one thread",
		      DEP_MAX_DEPTH))
		return;
	stack[depth++] = (struct held) {
		.map = map,
		.key = map->key,
		.subclass = subclass,
		.shared = shared,
	};
}

/* Where in the stack @map was pushed last, plus one; 0 if it is not there. */
static unsigned int find(const struct rlenv_dep_map *map)
{
	unsigned int i = depth;

	while (i && stack[i - 1].map != map)
		i--;
	return i;
}

/* Whether this thread has acquired @map and not released it. */
bool rlenv_dep_is_held(const struct rlenv_dep_map *map)
{
	return find(map);
}

/**
 * rlenv_dep_release() - note that this thread gives a lock back
 * @map: the lock; held more than once, the latest is forgotten
 */
void rlenv_dep_release(struct rlenv_dep_map *map)
{
	unsigned int i = find(map);

	if (!i) {
		rlenv_warn(__FILE__, __LINE__,
			   "%s released, but this thread does not hold it",
			   map->name);
		return;
	}
	for (; i < depth; i++)
		stack[i - 1] = stack[i];
	depth--;
}

void rlenv_dep_thread_exit(void)
{
	unsigned int i;

	for (i = 0; i < depth; i++)
		rlenv_warn(__FILE__, __LINE__, "thread ends with %s held",
			   stack[i].map->name);
}

#endif /* RL_DEBUG */
