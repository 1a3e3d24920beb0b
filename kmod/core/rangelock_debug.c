// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Looking into a range lock: the invariants of rangelock.c as code, and dumps.
 */
#include "rangelock_debug.h"
#include "rangelock_queue.h"

static bool requests_conflict(const struct rangelock *rl,
			      const struct rangelock_req *a,
			      const struct rangelock_req *b)
{
	return itree_overlaps(&a->node, b->node.start, b->node.last) &&
	       (conflict_mask(rl, a->mode) & RANGELOCK_MASK(b->mode));
}

/* How many requests another one has to let go first. */
static u32 nr_before(struct rangelock *rl, const struct rangelock_req *req)
{
	struct itree_node *node;
	u32 nr = 0;

	lockdep_assert_held(&rl->lock);
	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last)
		nr += node_req(node)->seq < req->seq &&
		      requests_conflict(rl, req, node_req(node));
	return nr;
}

/* The list of those who wait for @req. */
static bool waiters_are_valid(struct rangelock *rl,
			      const struct rangelock_req *req)
{
	struct rangelock_req *const *link = &req->waiters;
	const struct rangelock_req *waiter;

	for (; (waiter = *link); link = &waiter->next)
		if (waiter->rl != rl || waiter->pprev != link ||
		    READ_ONCE(waiter->queue) != RANGELOCK_QUEUE_LINKED ||
		    !req_is_waiting(waiter) || req->seq >= waiter->seq ||
		    !requests_conflict(rl, req, waiter))
			return false;
	return true;
}

/* Is a waiting request looked after? */
static bool place_is_valid(struct rangelock *rl, const struct rangelock_req *req)
{
	switch (READ_ONCE(req->queue)) {
	case RANGELOCK_QUEUE_LINKED:
		/* Who is in the list of a sweep has just lost the one. */
		return req->pprev && *req->pprev == req &&
		       (nr_before(rl, req) || rangelock_is_busy(rl));
	case RANGELOCK_QUEUE_FREE:
		return !req->pprev &&
		       READ_ONCE(req->state) != RANGELOCK_REQ_WAITING;
	default:
		return true;
	}
}

/* I2 to I5 of one request against all others that overlap it. */
static int validate_request_locked(struct rangelock *rl,
				   const struct rangelock_req *req)
{
	bool waits = req_is_waiting(req);
	struct itree_node *node;

	lockdep_assert_held(&rl->lock);
	if (!waits && !req_is_granted(req))
		return 4;
	if (req->seq >= rl->next_seq || !req->seq == waits)
		return 5;
	if (!waiters_are_valid(rl, req))
		return 3;
	if (waits && !place_is_valid(rl, req))
		return 4;

	itree_for_each_overlap(node, &rl->tree, req->node.start,
			       req->node.last) {
		const struct rangelock_req *other = node_req(node);

		if (other == req)
			continue;
		if (other->seq == req->seq && req->seq)
			return 5;
		if (!waits && req_is_granted(other) &&
		    requests_conflict(rl, req, other))
			return 2;
	}
	return 0;
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

		if (req->rl != rl ||
		    (req_is_granted(req) && READ_ONCE(req->home)) ||
		    req->mode >= rl->nr_modes)
			return 1;
		waiting += req_is_waiting(req);
		broken = validate_request_locked(rl, req);
		if (broken)
			return broken;
	}
	if (waiting != rl->nr_waiting)
		return 6;
	return rangelock_validate_buckets(rl);
}

/**
 * rangelock_validate() - check the invariants I1..I7 of rangelock.c
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

	rangelock_lock(rl, flags);
	broken = validate_locked(rl);
	rangelock_unlock(rl, flags);
	return broken;
}

/**
 * rangelock_blockers() - how many requests another one waits for
 * @rl:  the lock
 * @req: a request that is held or waits on @rl
 *
 * Time is O(k log n) under the lock, with k overlaps: for tests.
 *
 * Context: any.
 * Return: conflicting requests that it has to let go first, 0 if it is held.
 */
u32 rangelock_blockers(struct rangelock *rl, const struct rangelock_req *req)
{
	unsigned long flags;
	u32 nr;

	rangelock_lock(rl, flags);
	nr = req_is_waiting(req) ? nr_before(rl, req) : 0;
	rangelock_unlock(rl, flags);
	return nr;
}

static bool is_wanted(const struct rangelock_req *req, enum rangelock_which which)
{
	switch (which) {
	case RANGELOCK_HOLDERS:
		return req_is_granted(req);
	case RANGELOCK_WAITERS:
		return req_is_waiting(req);
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
 * long, so keep @max small on a lock that matters.  A lock that has spread is
 * gathered for it, and spreads again if it needs to.
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

	flags = rangelock_gather(rl);
	for (node = itree_first(&rl->tree); node && n < max;
	     node = itree_next(node)) {
		const struct rangelock_req *req = node_req(node);

		if (!is_wanted(req, which))
			continue;
		records[n].start = node->start;
		records[n].last = node->last;
		records[n].seq = req->seq;
		records[n].owner = READ_ONCE(req->owner);
		records[n].blockers = req_is_waiting(req) ?
					      max(nr_before(rl, req), 1u) : 0;
		records[n].mode = rangelock_modes(rl)->name[req->mode];
		n++;
	}
	rangelock_unlock(rl, flags);
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
