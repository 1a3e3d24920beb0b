// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Telling those who have been granted, outside of the lock: tasks are woken,
 * callbacks are called.  The protocol is in front of rangelock.c.
 */
#include "rangelock_queue.h"

void rangelock_handoff_init(struct rangelock_handoff *handoff)
{
	handoff->tasks.first = NULL;
	handoff->tasks.tail = &handoff->tasks.first;
	handoff->callbacks.first = NULL;
	handoff->callbacks.tail = &handoff->callbacks.first;
}

/* Tell @req too; it must not be touched otherwise until then. */
void rangelock_handoff_add(struct rangelock_handoff *handoff,
			   struct rangelock_req *req, bool callback)
{
	struct rangelock_grants *grants = callback ? &handoff->callbacks :
						     &handoff->tasks;

	req->next = NULL;
	*grants->tail = req;
	grants->tail = &req->next;
}

static struct rangelock_req *grants_pop(struct rangelock_grants *grants)
{
	struct rangelock_req *req = grants->first;

	if (req) {
		grants->first = req->next;
		if (!grants->first)
			grants->tail = &grants->first;
	}
	return req;
}

static void wake_tasks(struct rangelock_grants *tasks)
{
	struct rangelock_req *req;

	while ((req = grants_pop(tasks))) {
		u32 state = READ_ONCE(req->state);

		/*
		 * Pairs with the load-acquire in rlenv_wait_on(): what the
		 * previous holder wrote is seen by the next one.  Once stored,
		 * the waiter may return and take its stack away.
		 */
		rlenv_publish_wake(&req->state,
				   state == RANGELOCK_REQ_WAKING ?
					   RANGELOCK_REQ_WOKEN :
					   RANGELOCK_REQ_GRANTED,
				   req->task);
	}
}

/*
 * Where those are found, by lock, who will touch a lock again although they
 * have dropped it: a field in each lock would be there for the few.
 */
#define BUSY_PLACES	16

static struct busy_place {
	spinlock_t lock;
	struct rangelock_busy *first;
} busy_places[BUSY_PLACES] = {
	[0 ... BUSY_PLACES - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(busy_places.lock),
	},
};

static struct busy_place *busy_place(const struct rangelock *rl)
{
	return &busy_places[((unsigned long)rl >> 6) % BUSY_PLACES];
}

/* Where somebody who is busy with a lock is linked, or the end of the chain. */
static struct rangelock_busy **find_busy(struct busy_place *place,
					 const struct rangelock *rl,
					 bool delivers)
{
	struct rangelock_busy **link = &place->first;

	lockdep_assert_held(&place->lock);
	while (*link && ((*link)->rl != rl || (*link)->delivers < delivers))
		link = &(*link)->next;
	return link;
}

/* Will somebody touch this lock again?  Under its spinlock. */
bool rangelock_is_busy(struct rangelock *rl)
{
	struct busy_place *place = busy_place(rl);
	bool busy;

	lockdep_assert_held(&rl->lock);
	spin_lock(&place->lock);
	busy = *find_busy(place, rl, false);
	spin_unlock(&place->lock);
	return busy;
}

/* The caller is about to drop the lock and will take it again. */
void rangelock_set_busy(struct rangelock *rl, struct rangelock_busy *busy)
{
	struct busy_place *place = busy_place(rl);

	lockdep_assert_held(&rl->lock);
	busy->rl = rl;
	busy->delivers = false;
	spin_lock(&place->lock);
	busy->next = place->first;
	place->first = busy;
	spin_unlock(&place->lock);
}

/* The caller will not touch the lock again once it has dropped it. */
void rangelock_clear_busy(struct rangelock_busy *busy)
{
	struct busy_place *place = busy_place(busy->rl);
	struct rangelock_busy **link = &place->first;

	lockdep_assert_held(&busy->rl->lock);
	spin_lock(&place->lock);
	while (*link != busy)
		link = &(*link)->next;
	*link = busy->next;
	spin_unlock(&place->lock);
}

/*
 * Leave callbacks to whoever calls those of this lock already, or to the
 * caller: then true.
 */
static bool start_delivery(struct rangelock *rl, struct rangelock_busy *delivery,
			   const struct rangelock_grants *grants)
{
	struct busy_place *place = busy_place(rl);
	struct rangelock_busy **link;
	bool mine;

	lockdep_assert_held(&rl->lock);
	spin_lock(&place->lock);
	link = find_busy(place, rl, true);
	mine = !*link;
	if (mine) {
		delivery->rl = rl;
		delivery->next = NULL;
		delivery->delivers = true;
		delivery->grants.first = grants->first;
		delivery->grants.tail = grants->tail;
		*link = delivery;
	} else {
		*(*link)->grants.tail = grants->first;
		(*link)->grants.tail = grants->tail;
	}
	spin_unlock(&place->lock);
	return mine;
}

static struct rangelock_req *next_delivery(struct rangelock_busy *delivery)
{
	struct busy_place *place = busy_place(delivery->rl);
	struct rangelock_req *req;
	unsigned long flags;

	spin_lock_irqsave(&place->lock, flags);
	req = grants_pop(&delivery->grants);
	if (!req)
		*find_busy(place, delivery->rl, true) = delivery->next;
	spin_unlock_irqrestore(&place->lock, flags);
	return req;
}

/*
 * Call the callbacks of a lock until there are none.  Callbacks may release,
 * which appends to the list rather than recursing.
 */
static void deliver_callbacks(struct rangelock_busy *delivery)
{
	struct rangelock_req *req;

	while ((req = next_delivery(delivery))) {
		rlenv_trace_granted(delivery->rl, req->node.start,
				    req->node.last, req->mode);
		/* Pairs with the load-acquire in rangelock_is_held(). */
		smp_store_release(&req->state, RANGELOCK_REQ_GRANTED);
		req->grant(req);
	}
}

/* Unlock, then tell everyone in @handoff that they hold their range. */
void rangelock_handoff_unlock(struct rangelock *rl,
			      struct rangelock_handoff *handoff,
			      unsigned long flags)
	__releases(&rl->lock)
{
	struct rangelock_busy delivery;
	bool mine = false;

	lockdep_assert_held(&rl->lock);
	if (handoff->callbacks.first)
		mine = start_delivery(rl, &delivery, &handoff->callbacks);
	rangelock_unlock(rl, flags);

	wake_tasks(&handoff->tasks);
	if (mine)
		deliver_callbacks(&delivery);
}
