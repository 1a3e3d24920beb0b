/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The list behind two of the peers: ranges sorted by their start, singly
 * linked, changed by compare-and-swap only (Kogan, Dice and Issa, EuroSys 2020,
 * on the list of Harris and Michael).  The range of a node that is linked and
 * not deleted is held, or will be, or will be given up at once.
 *
 * A node is deleted by a bit in its own link, in one step; whoever walks past
 * it later unlinks it.  Two exclusive nodes that overlap cannot both get in,
 * because both have to change the same link.  A shared node may begin before
 * an exclusive one and reach into it, which is noticed afterwards: each of the
 * two looks at the list again after it has got in, the shared one behind
 * itself, the exclusive one before itself.  At least one of them finds the
 * other.  If it is the exclusive one, it gives up and tries again; the shared
 * one waits.
 *
 * All of this between epoch_enter() and epoch_leave().
 */
#ifndef BENCH_LOCKS_SORTED_H
#define BENCH_LOCKS_SORTED_H

#include "epoch.h"

/* In a link: the node that has this link is deleted.  In the head of a list:
 * the only node belongs to somebody who has not looked at the list and who
 * takes it out by changing the head back; see sorted_take_empty(). */
#define SORTED_MARK	1ul

/**
 * struct sorted_node - a range
 * @item:      for reclamation
 * @next:      link and SORTED_MARK; atomic
 * @start:     constant while linked
 * @last:      inclusive; constant while linked
 * @exclusive: constant while linked
 */
struct sorted_node {
	struct epoch_item item;
	unsigned long next;
	u64 start;
	u64 last;
	bool exclusive;
};
static_assert(sizeof(struct sorted_node) <= EPOCH_ITEM_SIZE, "too big");

/**
 * struct sorted_place - where to go on with an insertion
 * @head:  of the list
 * @link:  the link that has been reached
 * @alone: in an empty list, insert as sorted_take_empty() does
 */
struct sorted_place {
	unsigned long *head;
	unsigned long *link;
	bool alone;
};

struct sorted_node *sorted_node_new(u64 start, u64 last, bool exclusive);

bool sorted_take_empty(unsigned long *head, struct sorted_node *node);
bool sorted_drop_only(unsigned long *head, struct sorted_node *node);

struct sorted_node *sorted_insert(struct sorted_place *place,
				  struct sorted_node *node);
struct sorted_node *sorted_exclusive_behind(struct sorted_node *node);
struct sorted_node *sorted_overlap_before(unsigned long *head,
					  struct sorted_node *node);

void sorted_delete(struct sorted_node *node);
bool sorted_is_deleted(const struct sorted_node *node);

void sorted_destroy(unsigned long *head);

#endif /* BENCH_LOCKS_SORTED_H */
