/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The locks under test behind one table.  The benchmark knows a lock only by
 * this table, so a lock is added by writing one file in bench/locks/ and one
 * line in lock_ops.c.  Every call goes through the same function pointers: the
 * price of the indirection is the same for all of them.
 */
#ifndef BENCH_LOCK_OPS_H
#define BENCH_LOCK_OPS_H

#include "rl_env.h"

/* The whole file, as in rangelock.h. */
#define BENCH_WHOLE_LAST	U64_MAX

/* What a lock does not promise; see struct lock_ops. */
enum lock_property {
	/* Excludes nobody: a speed-of-light row, never a lock. */
	LOCK_EXCLUDES_NOBODY = 1u << 0,
	/* Partial ranges never exclude each other, only whole-file ones do. */
	LOCK_PARTIAL_SHARED = 1u << 1,
	/*
	 * Ignores the range or takes more than was asked for: two disjoint
	 * exclusive ranges may exclude each other.
	 */
	LOCK_IGNORES_RANGE = 1u << 2,
	/* Wrong on purpose; the owner checker has to catch it. */
	LOCK_BUSTED = 1u << 3,
};

/**
 * struct lock_ops - a lock under test
 * @name:       word on the command line and in results
 * @title:      one line for people
 * @properties: mask of enum lock_property
 * @size:       bytes of one idle lock
 * @req_size:   bytes the caller provides per held range
 * @init:       make a lock in zeroed memory of @size bytes; 0 or -errno
 * @destroy:    the lock has no holders
 * @acquire:    wait for [@start, @last]; never fails
 * @hold:       take a free range although the task holds others of this lock;
 *              NULL if @acquire does for that too
 * @try_acquire: take the range if that needs no waiting, else false; NULL if the
 *              lock has no such verb
 * @release:    by the thread that acquired, with the same @req
 *
 * A request must stay where it is from acquire to release.  Those of
 * lock_ops_designs have a name and a title only: no scenario of locks fits them.
 */
struct lock_ops {
	const char *name;
	const char *title;
	unsigned int properties;
	size_t size;
	size_t req_size;
	int (*init)(void *lock);
	void (*destroy)(void *lock);
	void (*acquire)(void *lock, void *req, u64 start, u64 last,
			bool exclusive);
	void (*hold)(void *lock, void *req, u64 start, u64 last,
		     bool exclusive);
	bool (*try_acquire)(void *lock, void *req, u64 start, u64 last,
			    bool exclusive);
	void (*release)(void *lock, void *req);
};

extern const struct lock_ops lock_ops_rl;
extern const struct lock_ops lock_ops_tree;
extern const struct lock_ops lock_ops_list;
extern const struct lock_ops lock_ops_fbsd;
extern const struct lock_ops lock_ops_zfs;
extern const struct lock_ops lock_ops_seg;
extern const struct lock_ops lock_ops_mlist;
extern const struct lock_ops lock_ops_dio;
extern const struct lock_ops lock_ops_rwsem;
extern const struct lock_ops lock_ops_glibc;
extern const struct lock_ops lock_ops_none;
extern const struct lock_ops lock_ops_atomic;
extern const struct lock_ops lock_ops_rmw;
extern const struct lock_ops lock_ops_rmw2;
extern const struct lock_ops lock_ops_rmwh;
extern const struct lock_ops lock_ops_cas2;
extern const struct lock_ops lock_ops_bucket;
extern const struct lock_ops lock_ops_bucketrcu;
extern const struct lock_ops lock_ops_clock;
extern const struct lock_ops lock_ops_busted;

extern const struct lock_ops *const lock_ops_all[];
extern const unsigned int lock_ops_nr;
extern const struct lock_ops lock_ops_designs[];
extern const unsigned int lock_ops_designs_nr;

const struct lock_ops *lock_ops_find(const char *name);

void *lock_ops_create(const struct lock_ops *ops);
void lock_ops_delete(const struct lock_ops *ops, void *lock);

#endif /* BENCH_LOCK_OPS_H */
