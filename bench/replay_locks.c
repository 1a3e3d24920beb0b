/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Semaphores and mutexes in logical time.
 *
 * A control takes them by trylock, which knows no queue; so who holds each one
 * is kept here, and who comes has to stand behind those who wait and exclude
 * him.  Those are the rules of a fair rw_semaphore: readers do not pass a
 * waiting writer, and nobody steals.  (The kernel's lets a running writer steal
 * the lock from waiters for up to 4 ms.)  Range locks have a queue of their own,
 * the real one.
 */
#include "bench/replay_internal.h"

/* Whether the wait is for a semaphore or mutex; then the waiter must try. */
bool replay_is_lock(bool (*ready)(void *data))
{
	return ready == iopath_ready_read || ready == iopath_ready_write ||
	       ready == iopath_ready_mutex;
}

static struct replay_lock *find_lock(struct replay *r, const void *object)
{
	u32 i;

	for (i = 0; i < r->nr_locks; i++)
		if (r->lock[i].object == object)
			return &r->lock[i];
	return NULL;
}

void replay_lock_taken(struct replay *r, const struct iopath_res *res)
{
	struct replay_lock *lock = find_lock(r, res->object);

	if (!lock) {
		if (WARN_ON(r->nr_locks == REPLAY_LOCKS))
			return;
		lock = &r->lock[r->nr_locks++];
		lock->object = res->object;
	}
	if (res->exclusive)
		lock->writer = true;
	else
		lock->readers++;
}

/* @object may be something else that is held. */
void replay_lock_dropped(struct replay *r, const void *object)
{
	struct replay_lock *lock = find_lock(r, object);

	if (!lock)
		return;
	if (lock->writer)
		lock->writer = false;
	else if (lock->readers)
		lock->readers--;
}

/**
 * replay_lock_is_free() - whether an actor may have the lock it waits for
 * @r:     replay
 * @actor: waits for a lock; need not be in the list of those who wait
 *
 * Return: true if nobody holds it who excludes him, and nobody who does waits
 * before him.
 */
bool replay_lock_is_free(const struct replay *r,
			 const struct replay_actor *actor)
{
	const struct iopath_res *res = &actor->waits;
	const struct replay_actor *other;
	u32 i;

	for (i = 0; i < r->nr_locks; i++)
		if (r->lock[i].object == res->object)
			if (r->lock[i].writer ||
			    (res->exclusive && r->lock[i].readers))
				return false;
	list_for_each_entry(other, &r->waiting, list) {
		if (other == actor)
			break;
		if (other->waits.object == res->object &&
		    (other->waits.exclusive || res->exclusive))
			return false;
	}
	return true;
}

/* Locks and counters that keep paths apart; not data, log or commits. */
bool replay_is_design_wait(enum iopath_res_kind kind)
{
	switch (kind) {
	case IOPATH_RES_INODE_LOCK:
	case IOPATH_RES_DIO_SEM:
	case IOPATH_RES_FILE_RANGE:
	case IOPATH_RES_MAP_RANGE:
	case IOPATH_RES_EXTENT_RANGE:
	case IOPATH_RES_DISK_RANGE:
	case IOPATH_RES_DIO_COUNT:
	case IOPATH_RES_RESERVATIONS:
	case IOPATH_RES_NOCOW_WRITERS:
		return true;
	default:
		return false;
	}
}
