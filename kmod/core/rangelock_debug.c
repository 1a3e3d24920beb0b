// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Looking into a range lock: the invariants of rangelock.c as code, and dumps.
 */
#include "rangelock.h"
#include "rangelock_debug.h"
#include "rangelock_internal.h"

static bool requests_conflict(const struct rangelock *rl,
			      const struct rangelock_req *a,
			      const struct rangelock_req *b)
{
	return itree_overlaps(&a->node, b->node.start, b->node.last) &&
	       (conflict_mask(rl, a->mode) & RANGELOCK_MASK(b->mode));
}

static bool state_matches(const struct rangelock_req *req)
{
	u32 state = READ_ONCE(req->state);

	if (req->blockers)
		return state == RANGELOCK_REQ_WAITING;
	return state == RANGELOCK_REQ_GRANTED ||
	       state == RANGELOCK_REQ_GRANTING;
}

/* I2, I3 and I5 of one request against all others that overlap it. */
static int validate_request_locked(struct rangelock *rl,
				   const struct rangelock_req *req)
{
	struct itree_node *node;
	u32 blockers = 0;

	lockdep_assert_held(&rl->lock);
	if (req->seq >= rl->next_seq)
		return 5;

	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last) {
		const struct rangelock_req *other = node_req(node);

		if (other == req)
			continue;
		if (other->seq == req->seq)
			return 5;
		if (!requests_conflict(rl, req, other))
			continue;
		if (!req->blockers && !other->blockers)
			return 2;
		if (other->seq < req->seq)
			blockers++;
	}
	return blockers == req->blockers ? 0 : 3;
}

static int validate_locked(struct rangelock *rl)
{
	struct itree_node *node;
	u32 waiting = 0;

	lockdep_assert_held(&rl->lock);
	if (!itree_is_valid(&rl->tree))
		return 1;

	for (node = itree_first(&rl->tree); node; node = itree_next(node)) {
		const struct rangelock_req *req = node_req(node);
		int broken;

		if (req->rl != rl || req->mode >= rl->modes->nr)
			return 1;
		if (!state_matches(req))
			return 4;
		waiting += req->blockers != 0;
		broken = validate_request_locked(rl, req);
		if (broken)
			return broken;
	}
	return waiting == rl->nr_waiting ? 0 : 6;
}

/**
 * rangelock_validate() - check the invariants I1..I6 of rangelock.c
 * @rl: the lock
 *
 * Time is O(n (1 + k) log n) under the lock: for tests.
 *
 * Context: any.
 * Return: 0, or the number of the first invariant found broken.
 */
int rangelock_validate(struct rangelock *rl)
{
	unsigned long flags;
	int broken;

	spin_lock_irqsave(&rl->lock, flags);
	broken = validate_locked(rl);
	spin_unlock_irqrestore(&rl->lock, flags);
	return broken;
}

static bool is_wanted(const struct rangelock_req *req, enum rangelock_which which)
{
	switch (which) {
	case RANGELOCK_HOLDERS:
		return !req->blockers;
	case RANGELOCK_WAITERS:
		return req->blockers;
	default:
		return true;
	}
}

/**
 * rangelock_snapshot() - copy out who holds and who waits
 * @rl:      the lock
 * @which:   holders, waiters or both
 * @records: where to put them, in order of start
 * @max:     room in @records
 *
 * The copy is consistent: it is made under the lock, whose users wait that
 * long, so keep @max small on a lock that matters.
 *
 * Context: any.
 * Return: how many were copied, at most @max; @max means there may be more.
 */
size_t rangelock_snapshot(struct rangelock *rl, enum rangelock_which which,
			  struct rangelock_record *records, size_t max)
{
	struct itree_node *node;
	unsigned long flags;
	size_t n = 0;

	spin_lock_irqsave(&rl->lock, flags);
	for (node = itree_first(&rl->tree); node && n < max;
	     node = itree_next(node)) {
		const struct rangelock_req *req = node_req(node);

		if (!is_wanted(req, which))
			continue;
		records[n].start = node->start;
		records[n].last = node->last;
		records[n].seq = req->seq;
		records[n].owner = req->owner;
		records[n].blockers = req->blockers;
		records[n].mode = rl->modes->name[req->mode];
		n++;
	}
	spin_unlock_irqrestore(&rl->lock, flags);
	return n;
}

/**
 * rangelock_format() - one request as one line of text
 * @record: what rangelock_snapshot() copied
 * @buf:    where to put the line, always terminated
 * @size:   bytes in @buf, at least 1
 *
 * Context: any.
 * Return: characters written, without the terminating 0.
 */
int rangelock_format(const struct rangelock_record *record, char *buf,
		     size_t size)
{
	if (record->blockers)
		return scnprintf(buf, size,
				 "waits [%llu, %llu] %s seq %llu owner %llu behind %u\n",
				 (unsigned long long)record->start,
				 (unsigned long long)record->last,
				 record->mode,
				 (unsigned long long)record->seq,
				 (unsigned long long)record->owner,
				 record->blockers);
	return scnprintf(buf, size,
			 "holds [%llu, %llu] %s seq %llu owner %llu\n",
			 (unsigned long long)record->start,
			 (unsigned long long)record->last, record->mode,
			 (unsigned long long)record->seq,
			 (unsigned long long)record->owner);
}

/**
 * rangelock_dump() - a lock as text, at most 16 requests
 * @rl:   the lock
 * @buf:  where to put the text, always terminated
 * @size: bytes in @buf, at least 1
 *
 * Context: any.
 * Return: characters written, without the terminating 0.
 */
size_t rangelock_dump(struct rangelock *rl, char *buf, size_t size)
{
	struct rangelock_record records[16];
	size_t n = rangelock_snapshot(rl, RANGELOCK_EVERYONE, records,
				      ARRAY_SIZE(records));
	size_t len, i;

	len = scnprintf(buf, size, "%zu%s requests, %u waiting\n", n,
			n == ARRAY_SIZE(records) ? " or more" : "",
			READ_ONCE(rl->nr_waiting));
	for (i = 0; i < n; i++)
		len += rangelock_format(&records[i], buf + len, size - len);
	return len;
}
