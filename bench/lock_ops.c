/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of the locks under test, and their storage: each lock stands alone
 * on its cache lines, so that no neighbour disturbs it.
 */
#include "bench/lock_ops.h"

#include <stdlib.h>
#include <string.h>

#define LOCK_ALIGN	256

const struct lock_ops *const lock_ops_all[] = {
	&lock_ops_rl,
	&lock_ops_tree,
	&lock_ops_list,
	&lock_ops_fbsd,
	&lock_ops_zfs,
	&lock_ops_seg,
	&lock_ops_mlist,
	&lock_ops_dio,
	&lock_ops_rwsem,
	&lock_ops_glibc,
	&lock_ops_none,
	&lock_ops_atomic,
	&lock_ops_rmw,
	&lock_ops_rmw2,
	&lock_ops_rmwh,
	&lock_ops_cas2,
	&lock_ops_bucket,
	&lock_ops_bucketrcu,
	&lock_ops_clock,
	&lock_ops_busted,
};
const unsigned int lock_ops_nr = ARRAY_SIZE(lock_ops_all);

/**
 * lock_ops_find() - look a lock up by its word
 * @name: word from the command line; dio_sem and range are dio and rl
 *
 * Return: the table of the lock or NULL.
 */
const struct lock_ops *lock_ops_find(const char *name)
{
	unsigned int i;

	if (!strcmp(name, "range"))
		return &lock_ops_rl;
	if (!strcmp(name, "dio_sem"))
		return &lock_ops_dio;
	for (i = 0; i < lock_ops_nr; i++)
		if (!strcmp(lock_ops_all[i]->name, name))
			return lock_ops_all[i];
	for (i = 0; i < lock_ops_designs_nr; i++)
		if (!strcmp(lock_ops_designs[i].name, name))
			return &lock_ops_designs[i];
	return NULL;
}

/**
 * lock_ops_create() - allocate and initialise a lock
 * @ops: which lock
 *
 * Return: the lock or NULL.
 */
void *lock_ops_create(const struct lock_ops *ops)
{
	size_t size = round_up(ops->size, (size_t)LOCK_ALIGN);
	void *lock = aligned_alloc(LOCK_ALIGN, size);

	if (!lock)
		return NULL;
	memset(lock, 0, size);
	if (!ops->init(lock))
		return lock;
	free(lock);
	return NULL;
}

/**
 * lock_ops_delete() - undo lock_ops_create()
 * @ops:  which lock
 * @lock: without holders; NULL is fine
 */
void lock_ops_delete(const struct lock_ops *ops, void *lock)
{
	if (!lock)
		return;
	ops->destroy(lock);
	free(lock);
}
