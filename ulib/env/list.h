/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Circular doubly linked lists under the kernel's names.  The head is a node
 * without an entry; an empty head points at itself.  Nothing here locks.
 * Include rl_env.h, not this file.
 */
#ifndef RLENV_LIST_H
#define RLENV_LIST_H

#include "base.h"

/**
 * struct list_head - a list, or the link of an entry
 * @next: first entry, or the entry behind this one
 * @prev: last entry, or the entry before this one
 */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

/* A deleted link points here, so that a second delete faults at once. */
#define RLENV_LIST_POISON	((struct list_head *)0x100)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline void rlenv_list_link(struct list_head *prev,
				   struct list_head *next)
{
	prev->next = next;
	next->prev = prev;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	struct list_head *first = head->next;

	rlenv_list_link(node, first);
	rlenv_list_link(head, node);
}

static inline void list_add_tail(struct list_head *node,
				 struct list_head *head)
{
	list_add(node, head->prev);
}

static inline void list_del(struct list_head *node)
{
	rlenv_list_link(node->prev, node->next);
	node->next = RLENV_LIST_POISON;
	node->prev = RLENV_LIST_POISON;
}

static inline void list_del_init(struct list_head *node)
{
	rlenv_list_link(node->prev, node->next);
	INIT_LIST_HEAD(node);
}

static inline void list_move_tail(struct list_head *node,
				  struct list_head *head)
{
	rlenv_list_link(node->prev, node->next);
	list_add_tail(node, head);
}

/* Put all of @from behind @place and leave @from empty. */
static inline void rlenv_list_splice(struct list_head *from,
				     struct list_head *place)
{
	struct list_head *next = place->next;

	if (list_empty(from))
		return;
	rlenv_list_link(place, from->next);
	rlenv_list_link(from->prev, next);
	INIT_LIST_HEAD(from);
}

static inline void list_splice_init(struct list_head *from,
				    struct list_head *head)
{
	rlenv_list_splice(from, head);
}

static inline void list_splice_tail_init(struct list_head *from,
					 struct list_head *head)
{
	rlenv_list_splice(from, head->prev);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member)                            \
	list_entry((head)->next, type, member)
#define list_first_entry_or_null(head, type, member)                    \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))

#define rlenv_list_pos(pos, link, member)                               \
	list_entry((link), __typeof__(*(pos)), member)

#define list_for_each_entry(pos, head, member)                          \
	for (pos = rlenv_list_pos(pos, (head)->next, member);           \
	     &pos->member != (head);                                    \
	     pos = rlenv_list_pos(pos, pos->member.next, member))

#define list_for_each_entry_safe(pos, tmp, head, member)                \
	for (pos = rlenv_list_pos(pos, (head)->next, member),           \
	     tmp = rlenv_list_pos(pos, pos->member.next, member);       \
	     &pos->member != (head);                                    \
	     pos = tmp, tmp = rlenv_list_pos(tmp, tmp->member.next, member))

#endif /* RLENV_LIST_H */
