/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The lock-free list of ranges, see sorted.h.
 *
 * Links are read and written in sequentially consistent order: who has got in
 * and then looks, and who got in meanwhile and looks, must not both miss the
 * other.
 */
#include "sorted.h"

/* Where a new node goes, as seen from one that is linked. */
enum sorted_order {
	SORTED_BEFORE,
	SORTED_BEHIND,
	SORTED_CONFLICT,
};

static unsigned long sorted_read(const unsigned long *link)
{
	return __atomic_load_n(link, __ATOMIC_SEQ_CST);
}

static struct sorted_node *sorted_node_of(unsigned long link)
{
	return (struct sorted_node *)(link & ~SORTED_MARK);
}

static unsigned long sorted_link_to(const struct sorted_node *node)
{
	return (unsigned long)node;
}

/**
 * sorted_node_new() - a node that is not linked
 * @start:     first byte
 * @last:      last byte, inclusive
 * @exclusive: or shared
 *
 * Return: the node; never NULL.
 */
struct sorted_node *sorted_node_new(u64 start, u64 last, bool exclusive)
{
	struct sorted_node *node = epoch_alloc();

	WRITE_ONCE(node->next, 0);
	node->start = start;
	node->last = last;
	node->exclusive = exclusive;
	return node;
}

/**
 * sorted_take_empty() - insert into an empty list, in one step
 * @head: of the list
 * @node: not linked
 *
 * Who finds the marked head removes the mark before looking at the node, so
 * that until then the node is known to its owner only, and is not retired when
 * sorted_drop_only() takes it out.  Needs no epoch_enter().
 *
 * Return: false if the list is not empty.
 */
bool sorted_take_empty(unsigned long *head, struct sorted_node *node)
{
	return !READ_ONCE(*head) &&
	       !cmpxchg(head, 0, sorted_link_to(node) | SORTED_MARK);
}

/**
 * sorted_drop_only() - take out what sorted_take_empty() has put in
 * @head: of the list
 * @node: linked, however it got in
 *
 * Return: false if it has to be deleted like any other.
 */
bool sorted_drop_only(unsigned long *head, struct sorted_node *node)
{
	unsigned long marked = sorted_link_to(node) | SORTED_MARK;

	return READ_ONCE(*head) == marked && cmpxchg(head, marked, 0) == marked;
}

/*
 * Find the node that a link leads to, NULL at the end of the list, and unlink
 * those that are deleted.  Return false if the node of the link is deleted
 * itself: then nothing may be changed here.
 */
static bool sorted_follow(unsigned long *link, struct sorted_node **found)
{
	unsigned long here, next;

	for (;;) {
		here = sorted_read(link);
		if (here & SORTED_MARK)
			return false;
		*found = sorted_node_of(here);
		if (!here)
			return true;
		next = sorted_read(&(*found)->next);
		if (!(next & SORTED_MARK))
			return true;
		if (cmpxchg(link, here, next & ~SORTED_MARK) == here)
			epoch_retire(*found);
	}
}

/* From the head, whose node may be alone and not know of us. */
static void sorted_share_head(unsigned long *head)
{
	unsigned long here = sorted_read(head);

	if (here & SORTED_MARK)
		cmpxchg(head, here, here & ~SORTED_MARK);
}

static enum sorted_order sorted_compare(const struct sorted_node *linked,
					const struct sorted_node *node)
{
	if (node->last < linked->start)
		return SORTED_BEFORE;
	if (linked->last < node->start)
		return SORTED_BEHIND;
	if (linked->exclusive || node->exclusive)
		return SORTED_CONFLICT;
	return node->start < linked->start ? SORTED_BEFORE : SORTED_BEHIND;
}

/**
 * sorted_insert() - insert a node in its place
 * @place: where to begin; moves on
 * @node:  not linked
 *
 * Return: NULL, or a node in the way.  When that is deleted, go on with the
 * same @place; after an epoch_leave() begin at the head again.
 */
struct sorted_node *sorted_insert(struct sorted_place *place,
				  struct sorted_node *node)
{
	struct sorted_node *found;
	unsigned long next, mark;

	for (;;) {
		if (!sorted_follow(place->link, &found)) {
			place->link = place->head;
			sorted_share_head(place->head);
			continue;
		}
		if (found) {
			switch (sorted_compare(found, node)) {
			case SORTED_BEHIND:
				place->link = &found->next;
				continue;
			case SORTED_CONFLICT:
				return found;
			case SORTED_BEFORE:
				break;
			}
		}
		next = sorted_link_to(found);
		WRITE_ONCE(node->next, next);
		mark = 0;
		if (place->alone && !next && place->link == place->head)
			mark = SORTED_MARK;
		if (cmpxchg(place->link, next, sorted_link_to(node) | mark) ==
		    next)
			return NULL;
	}
}

/**
 * sorted_exclusive_behind() - what a shared node has to wait for
 * @node: linked, shared
 *
 * Return: an exclusive node that overlaps @node and begins behind it, or NULL.
 */
struct sorted_node *sorted_exclusive_behind(struct sorted_node *node)
{
	unsigned long *link = &node->next;
	struct sorted_node *found;

	for (;;) {
		if (!sorted_follow(link, &found)) {
			link = &node->next;
			continue;
		}
		if (!found || found->start > node->last)
			return NULL;
		if (found->exclusive)
			return found;
		link = &found->next;
	}
}

/**
 * sorted_overlap_before() - what an exclusive node has to give way to
 * @head: of the list
 * @node: linked, exclusive
 *
 * Return: a node that overlaps @node and begins before it, or NULL.
 */
struct sorted_node *sorted_overlap_before(unsigned long *head,
					  struct sorted_node *node)
{
	unsigned long *link = head;
	struct sorted_node *found;

	/* Nobody has come since it got into an empty list. */
	if (sorted_read(head) == (sorted_link_to(node) | SORTED_MARK))
		return NULL;
	for (;;) {
		if (!sorted_follow(link, &found)) {
			link = head;
			continue;
		}
		if (found == node || WARN_ON_ONCE(!found))
			return NULL;
		if (found->last >= node->start)
			return found;
		link = &found->next;
	}
}

/**
 * sorted_delete() - give up a range
 * @node: linked; not the caller's any more
 */
void sorted_delete(struct sorted_node *node)
{
	/* Pairs with sorted_read(): who finds the mark sees what we did. */
	__atomic_fetch_or(&node->next, SORTED_MARK, __ATOMIC_SEQ_CST);
}

/**
 * sorted_is_deleted() - whether a range has been given up
 * @node: found since epoch_enter()
 *
 * Return: true, with acquire order after sorted_delete(), or false.
 */
bool sorted_is_deleted(const struct sorted_node *node)
{
	return sorted_read(&node->next) & SORTED_MARK;
}

/**
 * sorted_destroy() - free the nodes of a list that nobody uses
 * @head: of the list
 */
void sorted_destroy(unsigned long *head)
{
	struct sorted_node *node, *next;

	for (node = sorted_node_of(sorted_read(head)); node; node = next) {
		WARN_ON(!sorted_is_deleted(node));
		next = sorted_node_of(sorted_read(&node->next));
		epoch_free(node);
	}
	WRITE_ONCE(*head, 0);
}
