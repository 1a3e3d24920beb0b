/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cost of the locks and of the engine on their uncontended paths, one thread,
 * in the kernel.
 */
#ifndef RANGELOCK_LOCKBENCH_H
#define RANGELOCK_LOCKBENCH_H

#include <linux/percpu-rwsem.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "rangelock.h"
#include "treelock.h"

#define LOCKBENCH_SLOTS		64
#define LOCKBENCH_HELD_MAX	4096

/**
 * struct lockbench_range - one pair of acquire and release
 * @start:  first byte
 * @last:   last byte, inclusive
 * @shared: taken shared, else exclusive
 */
struct lockbench_range {
	u64 start;
	u64 last;
	bool shared;
};

/**
 * struct lockbench_env - all locks, and what a scenario does with them
 * @slots:     the pairs of a scenario, taken in turn
 * @rl:        our lock
 * @tree:      its simple form
 * @rwsem:     the kernel's
 * @percpu:    the kernel's, for many readers
 * @spin:      the kernel's
 * @held_rl:   ranges that stand in @rl meanwhile
 * @held_tree: ranges that stand in @tree meanwhile
 * @sink:      keeps the loop of the lock "none" from being optimised away
 *
 * Used by one task at a time.
 */
struct lockbench_env {
	struct lockbench_range slots[LOCKBENCH_SLOTS];
	struct rangelock rl;
	struct treelock tree;
	struct rw_semaphore rwsem;
	struct percpu_rw_semaphore percpu;
	spinlock_t spin;
	struct rangelock_req held_rl[LOCKBENCH_HELD_MAX];
	struct treelock_req held_tree[LOCKBENCH_HELD_MAX];
	u64 sink;
};

/**
 * struct lockbench_lock - a lock under test
 * @name:       as in the userspace bench
 * @has_ranges: standing ranges make a difference to it
 * @has_modes:  it tells shared from exclusive
 * @hold:       take @nr standing ranges, disjoint, exclusive
 * @unhold:     give them back
 * @run:        take and release the slots in turn, @pairs times
 * @try:        the same by a verb that does not wait, @tries times, or NULL
 */
struct lockbench_lock {
	const char *name;
	bool has_ranges;
	bool has_modes;
	int (*hold)(struct lockbench_env *env, unsigned int nr);
	void (*unhold)(struct lockbench_env *env, unsigned int nr);
	int (*run)(struct lockbench_env *env, unsigned int pairs);
	int (*try)(struct lockbench_env *env, unsigned int tries);
};

extern const struct lockbench_lock lockbench_locks[];

/**
 * struct lockbench_row - a result
 * @scenario:  name, as in the userspace bench
 * @lock:      lock or design
 * @mode:      read, write or mix; of tries hit, miss or edge
 * @held:      standing ranges, or those that stood before
 * @icount:    the clock counted instructions, else nanoseconds
 * @what:      what is counted: pair or op
 * @per_round: how many of them in a round
 * @nr_rounds: number of rounds
 * @rounds:    clock per round; sorted by lockbench_emit()
 */
struct lockbench_row {
	const char *scenario;
	const char *lock;
	const char *mode;
	unsigned int held;
	bool icount;
	const char *what;
	unsigned int per_round;
	unsigned int nr_rounds;
	u64 *rounds;
};

int lockbench_env_init(struct lockbench_env *env);
void lockbench_env_exit(struct lockbench_env *env);

int lockbench_run(bool icount);
int lockbench_run_engine(bool icount);
void lockbench_show(struct seq_file *seq);
void lockbench_exit(void);

void lockbench_emit(struct lockbench_row *row);

#endif /* RANGELOCK_LOCKBENCH_H */
