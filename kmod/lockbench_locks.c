// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The locks of lockbench.  Each has its loop here, so that the pair itself is
 * not called through a pointer; the lock "none" is that loop with no lock.
 */
#include "lockbench.h"

/* Standing ranges leave a gap of the same size behind each of them. */
static void held_range(unsigned int i, u64 *start, u64 *last)
{
	*start = (u64)i * 8192;
	*last = *start + 4095;
}

static int rl_hold(struct lockbench_env *env, unsigned int nr)
{
	unsigned int i;
	u64 start, last;
	int ret;

	for (i = 0; i < nr; i++) {
		held_range(i, &start, &last);
		ret = rangelock_try(&env->rl, &env->held_rl[i], start, last,
				    RANGELOCK_EXCLUSIVE);
		if (ret)
			return ret;
		rangelock_disown(&env->rl, &env->held_rl[i]);
	}
	return 0;
}

static void rl_unhold(struct lockbench_env *env, unsigned int nr)
{
	while (nr--)
		rangelock_release(&env->rl, &env->held_rl[nr]);
}

static int rl_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	struct rangelock_req req;
	unsigned int i;
	int ret;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		ret = rangelock_acquire(&env->rl, &req, r->start, r->last,
					r->shared ? RANGELOCK_SHARED :
						    RANGELOCK_EXCLUSIVE);
		if (ret)
			return ret;
		rangelock_release(&env->rl, &req);
	}
	return 0;
}

static int rl_try(struct lockbench_env *env, unsigned int tries)
{
	const struct lockbench_range *r;
	struct rangelock_req req;
	unsigned int i;

	for (i = 0; i < tries; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		if (!rangelock_try(&env->rl, &req, r->start, r->last,
				   r->shared ? RANGELOCK_SHARED :
					       RANGELOCK_EXCLUSIVE))
			rangelock_release(&env->rl, &req);
	}
	return 0;
}

static int tree_hold(struct lockbench_env *env, unsigned int nr)
{
	unsigned int i;
	u64 start, last;

	for (i = 0; i < nr; i++) {
		held_range(i, &start, &last);
		treelock_acquire(&env->tree, &env->held_tree[i], start, last,
				 false);
	}
	return 0;
}

static void tree_unhold(struct lockbench_env *env, unsigned int nr)
{
	while (nr--)
		treelock_release(&env->tree, &env->held_tree[nr]);
}

static int tree_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	struct treelock_req req;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		treelock_acquire(&env->tree, &req, r->start, r->last,
				 r->shared);
		treelock_release(&env->tree, &req);
	}
	return 0;
}

static int rwsem_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		if (r->shared) {
			down_read(&env->rwsem);
			up_read(&env->rwsem);
		} else {
			down_write(&env->rwsem);
			up_write(&env->rwsem);
		}
	}
	return 0;
}

static int rwsem_try(struct lockbench_env *env, unsigned int tries)
{
	unsigned int i;

	for (i = 0; i < tries; i++)
		if (down_write_trylock(&env->rwsem))
			up_write(&env->rwsem);
	return 0;
}

/* A writer waits for readers on all CPUs, and now and then for RCU. */
static int percpu_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		if (r->shared) {
			percpu_down_read(&env->percpu);
			percpu_up_read(&env->percpu);
		} else {
			percpu_down_write(&env->percpu);
			percpu_up_write(&env->percpu);
		}
	}
	return 0;
}

static int spin_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		spin_lock(&env->spin);
		WRITE_ONCE(env->sink, r->start);
		spin_unlock(&env->spin);
	}
	return 0;
}

/* A spinlock for the acquire and again for the release, against interrupts. */
static __always_inline void floor_section(struct lockbench_env *env, u64 value)
{
	unsigned long flags;

	if (!spin_trylock_irqsave(&env->spin, flags))
		return;
	WRITE_ONCE(env->sink, value);
	spin_unlock_irqrestore(&env->spin, flags);
}

static int floor_run(struct lockbench_env *env, unsigned int pairs)
{
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		floor_section(env, i);
		floor_section(env, i);
	}
	return 0;
}

/* The same, found under RCU: what buckets cannot do without. */
static int floor_rcu_run(struct lockbench_env *env, unsigned int pairs)
{
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		rcu_read_lock();
		floor_section(env, i);
		rcu_read_unlock();
		rcu_read_lock();
		floor_section(env, i);
		rcu_read_unlock();
	}
	return 0;
}

static int none_run(struct lockbench_env *env, unsigned int pairs)
{
	const struct lockbench_range *r;
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		r = &env->slots[i % LOCKBENCH_SLOTS];
		WRITE_ONCE(env->sink, r->start);
	}
	return 0;
}

static int no_hold(struct lockbench_env *env, unsigned int nr)
{
	return nr ? -EOPNOTSUPP : 0;
}

static void no_unhold(struct lockbench_env *env, unsigned int nr)
{
}

const struct lockbench_lock lockbench_locks[] = {
	{ "rl", true, true, rl_hold, rl_unhold, rl_run, rl_try },
	{ "tree", true, true, tree_hold, tree_unhold, tree_run },
	{ "rwsem", false, true, no_hold, no_unhold, rwsem_run, rwsem_try },
	{ "percpu", false, true, no_hold, no_unhold, percpu_run },
	{ "spin", false, false, no_hold, no_unhold, spin_run },
	{ "floor", false, false, no_hold, no_unhold, floor_run },
	{ "floor_rcu", false, false, no_hold, no_unhold, floor_rcu_run },
	{ "none", false, false, no_hold, no_unhold, none_run },
	{ NULL },
};

/**
 * lockbench_env_init - make all locks
 * @env: filled with zeroes
 *
 * Context: process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int lockbench_env_init(struct lockbench_env *env)
{
	int ret = percpu_init_rwsem(&env->percpu);

	if (ret)
		return ret;
	rangelock_init(&env->rl, &rangelock_modes_rw);
	treelock_init(&env->tree);
	init_rwsem(&env->rwsem);
	spin_lock_init(&env->spin);
	return 0;
}

/* Nothing is held any more. */
void lockbench_env_exit(struct lockbench_env *env)
{
	WARN_ON(rangelock_destroy(&env->rl));
	percpu_free_rwsem(&env->percpu);
}
