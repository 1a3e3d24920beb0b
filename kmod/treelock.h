/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The simple form of a range lock, kept as a baseline for lockbench: one
 * spinlock, the kernel's interval tree, and in each request a count of the
 * conflicting ranges that came before it.  It is the scheme of the range lock
 * patches of J. Kara (2013) and D. Bueso (2017) written anew; it knows two
 * modes and neither cancel, try, callback nor release by somebody else.
 */
#ifndef RANGELOCK_TREELOCK_H
#define RANGELOCK_TREELOCK_H

#include <linux/interval_tree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/**
 * struct treelock - the lock
 * @lock: guards the tree and the requests in it
 * @tree: requests, held and waiting; under @lock
 */
struct treelock {
	spinlock_t lock;
	struct rb_root_cached tree;
};

/**
 * struct treelock_req - a request, on the caller's stack
 * @node:     range; under treelock.lock
 * @task:     who waits; set before it is queued
 * @blockers: conflicting ranges that came before; under treelock.lock
 * @shared:   does not conflict with other shared ones; set before it is queued
 */
struct treelock_req {
	struct interval_tree_node node;
	struct task_struct *task;
	unsigned int blockers;
	bool shared;
};

void treelock_init(struct treelock *tl);
void treelock_acquire(struct treelock *tl, struct treelock_req *req,
		      unsigned long start, unsigned long last, bool shared);
void treelock_release(struct treelock *tl, struct treelock_req *req);

#endif /* RANGELOCK_TREELOCK_H */
