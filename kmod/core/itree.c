// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An interval tree on an AVL tree, see itree.h.
 *
 * Two facts hold at every node between calls, and itree_is_valid() checks them:
 *   height       = 1 + the larger height of the children, which differ by
 *                  at most 1; hence at most 1.45 * log2(n) levels;
 *   subtree_last = the largest last at or below the node, which lets a search
 *                  skip a subtree that ends before the range begins.
 * Both depend on the children only, so after a change one walk towards the
 * root restores them, and it may stop at the first node that stays the same.
 */
#include "itree.h"

static u32 node_height(const struct itree_node *node)
{
	return node ? node->height : 0;
}

/* Recompute what a node derives from its children. */
static inline void node_update(struct itree_node *node)
{
	u32 left = node_height(node->left);
	u32 right = node_height(node->right);
	u64 last = node->last;

	if (node->left && node->left->subtree_last > last)
		last = node->left->subtree_last;
	if (node->right && node->right->subtree_last > last)
		last = node->right->subtree_last;

	node->height = 1 + max(left, right);
	node->subtree_last = last;
}

static void set_root(struct itree *tree, struct itree_node *node)
{
	WRITE_ONCE(tree->root, (unsigned long)node |
			       (READ_ONCE(tree->root) & ITREE_USER));
}

/* Make @node hang where @old hangs now. */
static void replace_child(struct itree *tree, struct itree_node *old,
			  struct itree_node *node)
{
	struct itree_node *parent = old->parent;

	if (!parent)
		set_root(tree, node);
	else if (parent->left == old)
		parent->left = node;
	else
		parent->right = node;
	if (node)
		node->parent = parent;
}

/* Turn @node down to the left; its right child takes its place. */
static struct itree_node *rotate_left(struct itree *tree,
				      struct itree_node *node)
{
	struct itree_node *top = node->right;

	replace_child(tree, node, top);
	node->right = top->left;
	if (node->right)
		node->right->parent = node;
	top->left = node;
	node->parent = top;
	node_update(node);
	node_update(top);
	return top;
}

static struct itree_node *rotate_right(struct itree *tree,
				       struct itree_node *node)
{
	struct itree_node *top = node->left;

	replace_child(tree, node, top);
	node->left = top->right;
	if (node->left)
		node->left->parent = node;
	top->right = node;
	node->parent = top;
	node_update(node);
	node_update(top);
	return top;
}

/* The left side of @node is two levels higher: turn it to the right. */
static struct itree_node *lower_left(struct itree *tree,
				     struct itree_node *node)
{
	struct itree_node *left = node->left;

	if (node_height(left->left) < node_height(left->right))
		rotate_left(tree, left);
	return rotate_right(tree, node);
}

static struct itree_node *lower_right(struct itree *tree,
				      struct itree_node *node)
{
	struct itree_node *right = node->right;

	if (node_height(right->right) < node_height(right->left))
		rotate_right(tree, right);
	return rotate_left(tree, node);
}

/*
 * Restore both facts from @node towards the root.  Most of the time of an
 * insertion or a removal goes here, up to once per level.
 */
static void rebalance(struct itree *tree, struct itree_node *node)
{
	while (node) {
		struct itree_node *parent = node->parent;
		u32 left = node_height(node->left);
		u32 right = node_height(node->right);
		u64 last = node->subtree_last;
		u32 height = node->height;

		if (unlikely(left > right + 1))
			node = lower_left(tree, node);
		else if (unlikely(right > left + 1))
			node = lower_right(tree, node);
		else
			node_update(node);
		if (node->height == height && node->subtree_last == last)
			break;
		node = parent;
	}
}

/* In the order of the tree, is @node before the position (@start, @place)? */
static bool node_is_before(const struct itree_node *node, u64 start,
			   unsigned long place)
{
	return node->start < start ||
	       (node->start == start && (unsigned long)node < place);
}

/**
 * itree_insert() - add a range to a tree
 * @tree: the tree
 * @node: a node in no tree, with start and last set, start <= last
 *
 * Nodes of the same start are in the order of their addresses.
 *
 * Context: any; the caller excludes other users of @tree.
 */
void itree_insert(struct itree *tree, struct itree_node *node)
{
	struct itree_node *next = itree_root(tree);
	struct itree_node *parent = NULL;
	bool left = false;

	while (next) {
		parent = next;
		left = node_is_before(node, parent->start,
				      (unsigned long)parent);
		next = left ? parent->left : parent->right;
	}

	node->left = NULL;
	node->right = NULL;
	node->parent = parent;
	node->subtree_last = node->last;
	node->height = 1;
	if (!parent)
		set_root(tree, node);
	else if (left)
		parent->left = node;
	else
		parent->right = node;
	rebalance(tree, parent);
}

/* Let the in-order successor of @node, which has two children, replace it. */
static void replace_by_successor(struct itree *tree, struct itree_node *node)
{
	struct itree_node *next = node->right;
	struct itree_node *lowest;

	while (next->left)
		next = next->left;

	lowest = next;
	if (next != node->right) {
		lowest = next->parent;
		replace_child(tree, next, next->right);
		next->right = node->right;
		next->right->parent = next;
	}
	next->left = node->left;
	next->left->parent = next;
	replace_child(tree, node, next);
	next->height = node->height;
	next->subtree_last = node->subtree_last;

	rebalance(tree, lowest);
	/*
	 * The walk may have stopped below @next, whose subtree_last was
	 * inherited from the node that left.
	 */
	rebalance(tree, next);
}

/**
 * itree_remove() - take a range out of a tree
 * @tree: the tree
 * @node: a node in @tree; its links are stale afterwards
 *
 * Context: any; the caller excludes other users of @tree.
 */
void itree_remove(struct itree *tree, struct itree_node *node)
{
	struct itree_node *parent = node->parent;

	if (node->left && node->right) {
		replace_by_successor(tree, node);
		return;
	}
	replace_child(tree, node, node->left ? node->left : node->right);
	rebalance(tree, parent);
}

/**
 * itree_first() - the node with the smallest start
 * @tree: the tree
 *
 * Context: any; the caller excludes writers of @tree.
 * Return: the node, or NULL if the tree is empty.
 */
struct itree_node *itree_first(const struct itree *tree)
{
	struct itree_node *node = itree_root(tree);

	while (node && node->left)
		node = node->left;
	return node;
}

/**
 * itree_next() - the node after @node in the order of the tree
 * @node: a node in a tree
 *
 * Context: any; the caller excludes writers of the tree.
 * Return: the node, or NULL if @node is the last one.
 */
struct itree_node *itree_next(const struct itree_node *node)
{
	struct itree_node *next;

	if (node->right) {
		next = node->right;
		while (next->left)
			next = next->left;
		return next;
	}
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

/* The first overlap at or below @node, which has subtree_last >= start. */
static struct itree_node *subtree_first_overlap(struct itree_node *node,
						u64 start, u64 last)
{
	for (;;) {
		if (node->left && node->left->subtree_last >= start) {
			node = node->left;
			continue;
		}
		if (node->start > last)
			return NULL;
		if (node->last >= start)
			return node;
		/* What reaches @start is neither here nor on the left. */
		node = node->right;
	}
}

/**
 * itree_first_overlap() - the overlapping node with the smallest start
 * @tree:  the tree
 * @start: first unit of the range asked for
 * @last:  last unit, inclusive
 *
 * Context: any; the caller excludes writers of @tree.
 * Return: the node, or NULL if nothing overlaps.
 */
struct itree_node *itree_first_overlap(const struct itree *tree, u64 start,
				       u64 last)
{
	struct itree_node *root = itree_root(tree);

	if (!root || root->subtree_last < start)
		return NULL;
	return subtree_first_overlap(root, start, last);
}

/**
 * itree_next_overlap() - the next overlapping node in the order of the tree
 * @node:  what itree_first_overlap() or this function returned for the range
 * @start: first unit of the range asked for
 * @last:  last unit, inclusive
 *
 * Context: any; the caller excludes writers of the tree.
 * Return: the node, or NULL if there is none left.
 */
struct itree_node *itree_next_overlap(const struct itree_node *node, u64 start,
				      u64 last)
{
	for (;;) {
		struct itree_node *parent = node->parent;

		if (node->right && node->right->subtree_last >= start)
			return subtree_first_overlap(node->right, start, last);

		while (parent && parent->right == node) {
			node = parent;
			parent = node->parent;
		}
		if (!parent || parent->start > last)
			return NULL;
		if (parent->last >= start)
			return parent;
		node = parent;
	}
}

/**
 * itree_overlap_after() - the next overlapping node after a position
 * @tree:  the tree
 * @from:  start of the node that was the last one visited
 * @place: its address; it may have left the tree
 * @start: first unit of the range asked for
 * @last:  last unit, inclusive
 *
 * For those who let others change the tree between two visits: nodes that stay
 * are visited once.
 *
 * Context: any; the caller excludes writers of @tree.
 * Return: the node, or NULL if there is none left.
 */
struct itree_node *itree_overlap_after(const struct itree *tree, u64 from,
				       unsigned long place, u64 start, u64 last)
{
	struct itree_node *node = itree_root(tree);
	struct itree_node *after = NULL;

	while (node) {
		if (node_is_before(node, from, place + 1)) {
			node = node->right;
		} else {
			after = node;
			node = node->left;
		}
	}
	if (!after || after->start > last)
		return NULL;
	if (after->last >= start)
		return after;
	return itree_next_overlap(after, start, last);
}

static bool node_is_valid(const struct itree_node *node)
{
	struct itree_node copy = *node;
	u32 left = node_height(node->left);
	u32 right = node_height(node->right);

	node_update(&copy);
	return node->start <= node->last &&
	       node->height == copy.height &&
	       node->subtree_last == copy.subtree_last &&
	       left <= right + 1 && right <= left + 1 &&
	       (!node->left || node->left->parent == node) &&
	       (!node->right || node->right->parent == node);
}

/**
 * itree_is_valid() - check order, balance, links and subtree_last of a tree
 * @tree: the tree
 *
 * Visits every node.
 *
 * Context: any; the caller excludes writers of @tree.
 * Return: true if all hold.
 */
bool itree_is_valid(const struct itree *tree)
{
	struct itree_node *node = itree_first(tree);
	const struct itree_node *rightmost = itree_root(tree);
	struct itree_node *next;

	if (rightmost && rightmost->parent)
		return false;
	/* A walk that follows a damaged link up may stop before it. */
	while (rightmost && rightmost->right)
		rightmost = rightmost->right;
	for (; node; node = next) {
		next = itree_next(node);
		if (!node_is_valid(node))
			return false;
		if (next && node_is_before(next, node->start,
					   (unsigned long)node))
			return false;
		if (!next && node != rightmost)
			return false;
	}
	return true;
}
