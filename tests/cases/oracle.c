// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The naive list model of the lock, see oracle.h.
 */
#include "oracle.h"

bool oracle_conflicts(const struct oracle *o, const struct oracle_req *a,
		      const struct oracle_req *b)
{
	return a->start <= b->last && b->start <= a->last &&
	       (o->modes->conflict[a->mode] & (1u << b->mode));
}

static bool is_blocked(const struct oracle *o, const struct oracle_req *r)
{
	u32 i;

	for (i = 0; i < o->nr; i++)
		if (&o->req[i] != r && o->req[i].state != ORACLE_FREE &&
		    o->req[i].seq < r->seq &&
		    oracle_conflicts(o, &o->req[i], r))
			return true;
	return false;
}

/* Would a try succeed? */
bool oracle_is_free(const struct oracle *o, u64 start, u64 last,
		    unsigned int mode)
{
	struct oracle_req r = {
		.start = start, .last = last, .mode = mode, .seq = U64_MAX,
	};

	return !is_blocked(o, &r);
}

void oracle_enqueue(struct oracle *o, u32 i, u64 start, u64 last,
		    unsigned int mode)
{
	struct oracle_req *r = &o->req[i];

	r->start = start;
	r->last = last;
	r->mode = mode;
	r->seq = o->next_seq++;
	r->state = is_blocked(o, r) ? ORACLE_WAITING : ORACLE_HELD;
}

/* May a holder of @than become a holder of @mode without asking? */
bool oracle_is_weaker(const struct oracle *o, unsigned int mode,
		      unsigned int than)
{
	return !(o->modes->conflict[mode] & ~o->modes->conflict[than]);
}

/*
 * After something was given back: the first waiter by number that nothing
 * blocks any more becomes a holder.  False when there is none.
 */
bool oracle_settle(struct oracle *o, u32 *granted)
{
	struct oracle_req *r, *first = NULL;
	u32 i;

	for (i = 0; i < o->nr; i++) {
		r = &o->req[i];
		if (r->state == ORACLE_WAITING && !is_blocked(o, r) &&
		    (!first || r->seq < first->seq))
			first = r;
	}
	if (!first)
		return false;
	first->state = ORACLE_HELD;
	*granted = first - o->req;
	return true;
}

u32 oracle_count(const struct oracle *o, enum oracle_state state)
{
	u32 i, count = 0;

	for (i = 0; i < o->nr; i++)
		count += o->req[i].state == state;
	return count;
}
