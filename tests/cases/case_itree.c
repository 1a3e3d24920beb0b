// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The interval tree against a naive array.
 *
 * Every step of every random sequence checks the whole tree and one query, so
 * a broken rotation shows at the step that made it.
 */
#include "case.h"
#include "cases.h"
#include "itree.h"

#define POOL_SIZE	128

/* 1.45 * log2(100000) + 2 is 26.08. */
#define BIG_TREE	100000
#define BIG_TREE_HEIGHT	26

/**
 * struct pool - nodes, and the oracle's idea of which are in the tree
 * @tree:    the tree under test
 * @node:    all nodes
 * @in_tree: the oracle
 * @rng:     state of the random stream
 * @extent:  ranges start below this
 * @length:  ranges are at most so long
 */
struct pool {
	struct itree tree;
	struct itree_node node[POOL_SIZE];
	bool in_tree[POOL_SIZE];
	struct prng rng;
	u32 extent;
	u32 length;
};

/* One range in eight touches an end of the number line. */
static void random_range(struct pool *p, u64 *start, u64 *last)
{
	u32 kind = prng_below(&p->rng, 32);

	*start = prng_below(&p->rng, p->extent);
	*last = *start + prng_below(&p->rng, p->length);
	if (kind == 0) {
		*start = 0;
		*last = U64_MAX;
	} else if (kind == 1) {
		*last = U64_MAX;
	} else if (kind == 2) {
		*start = 0;
	} else if (kind == 3) {
		*start = U64_MAX - prng_below(&p->rng, 3);
		*last = U64_MAX;
	}
}

static bool oracle_overlaps(const struct pool *p, int i, u64 start, u64 last)
{
	return p->in_tree[i] && p->node[i].start <= last &&
	       start <= p->node[i].last;
}

/* The tree must visit exactly what the oracle finds, by ascending start. */
static void check_query(struct case_ctx *t, struct pool *p, u64 start,
			u64 last)
{
	struct itree_node *node, *previous = NULL;
	bool seen[POOL_SIZE];
	int i;

	memset(seen, 0, sizeof(seen));
	itree_for_each_overlap(node, &p->tree, start, last) {
		i = node - p->node;
		CASE_CHECK(t, i >= 0 && i < POOL_SIZE);
		CASE_CHECK(t, !seen[i]);
		CASE_CHECK(t, oracle_overlaps(p, i, start, last));
		CASE_CHECK(t, itree_overlaps(node, start, last));
		CASE_CHECK(t, !previous || node->start >= previous->start);
		seen[i] = true;
		/* The same one again, from the position of the last one. */
		CASE_CHECK(t, !previous ||
			      itree_overlap_after(&p->tree, previous->start,
						  (unsigned long)previous,
						  start, last) == node);
		previous = node;
	}
	CASE_CHECK(t, !previous ||
		      !itree_overlap_after(&p->tree, previous->start,
					   (unsigned long)previous, start,
					   last));
	for (i = 0; i < POOL_SIZE; i++)
		CASE_CHECK_EQ(t, seen[i], oracle_overlaps(p, i, start, last));
}

static void check_walk(struct case_ctx *t, struct pool *p)
{
	struct itree_node *node, *previous = NULL;
	int i, in_walk = 0, in_oracle = 0;

	for (node = itree_first(&p->tree); node; node = itree_next(node)) {
		if (previous)
			CASE_CHECK(t, previous->start < node->start ||
				      (previous->start == node->start &&
				       previous < node));
		previous = node;
		in_walk++;
	}
	for (i = 0; i < POOL_SIZE; i++)
		in_oracle += p->in_tree[i];
	CASE_CHECK_EQ(t, in_walk, in_oracle);
	CASE_CHECK_EQ(t, itree_is_empty(&p->tree), in_oracle == 0);
}

static void toggle(struct pool *p, int i)
{
	struct itree_node *node = &p->node[i];

	if (p->in_tree[i])
		itree_remove(&p->tree, node);
	else {
		random_range(p, &node->start, &node->last);
		itree_insert(&p->tree, node);
	}
	p->in_tree[i] = !p->in_tree[i];
}

static void run_steps(struct case_ctx *t, struct pool *p, unsigned int steps)
{
	unsigned int step;
	u64 start, last;

	for (step = 0; step < steps; step++) {
		toggle(p, prng_below(&p->rng, POOL_SIZE));
		CASE_CHECK(t, itree_is_valid(&p->tree));
		random_range(p, &start, &last);
		check_query(t, p, start, last);
		CASE_PROPAGATE(t);
		if (step % 64 == 0)
			check_walk(t, p);
		CASE_PROPAGATE(t);
		cond_resched();
	}
}

/* Random insert, remove and query; then remove everything. */
static void run_random(struct case_ctx *t, u32 extent, u32 length)
{
	struct pool *p = rlenv_alloc_big(sizeof(*p));
	int i;

	CASE_CHECK(t, p);
	prng_seed(&p->rng, t->seed);
	p->extent = extent;
	p->length = length;
	run_steps(t, p, 1000 * t->scale);
	for (i = 0; i < POOL_SIZE && !case_has_failed(t); i++) {
		if (p->in_tree[i])
			toggle(p, i);
		CASE_EXPECT(t, itree_is_valid(&p->tree));
	}
	if (!case_has_failed(t))
		check_walk(t, p);
	rlenv_free_big(p);
}

static void case_random_dense(struct case_ctx *t)
{
	run_random(t, 64, 16);
}

static void case_random_sparse(struct case_ctx *t)
{
	run_random(t, 100000, 100);
}

static void case_random_points(struct case_ctx *t)
{
	run_random(t, 256, 1);
}

/* Two starts and two lengths: most ranges are equal to another one. */
static void case_random_equal(struct case_ctx *t)
{
	run_random(t, 2, 2);
}

static void case_empty(struct case_ctx *t)
{
	struct itree tree = { .root = 0 };

	CASE_CHECK(t, itree_is_empty(&tree));
	CASE_CHECK(t, itree_is_valid(&tree));
	CASE_CHECK(t, !itree_first(&tree));
	CASE_CHECK(t, !itree_first_overlap(&tree, 0, U64_MAX));
}

/* Nodes that differ in nothing can be found and removed one by one. */
static void case_equal_ranges(struct case_ctx *t)
{
	struct itree_node node[7], *found;
	struct itree tree = { .root = 0 };
	int i, j, count;

	for (i = 0; i < 7; i++) {
		node[i].start = 10;
		node[i].last = 20;
		itree_insert(&tree, &node[i]);
		CASE_CHECK(t, itree_is_valid(&tree));
	}
	for (i = 0; i < 7; i++) {
		count = 0;
		itree_for_each_overlap(found, &tree, 20, 20)
			count++;
		CASE_CHECK_EQ(t, count, 7 - i);
		j = (i * 3) % 7;
		itree_remove(&tree, &node[j]);
		CASE_CHECK(t, itree_is_valid(&tree));
	}
	CASE_CHECK(t, itree_is_empty(&tree));
}

static void case_extremes(struct case_ctx *t)
{
	struct itree_node low = { .start = 0, .last = 0 };
	struct itree_node high = { .start = U64_MAX, .last = U64_MAX };
	struct itree_node all = { .start = 0, .last = U64_MAX };
	struct itree tree = { .root = 0 };

	itree_insert(&tree, &low);
	itree_insert(&tree, &high);
	CASE_CHECK(t, itree_is_valid(&tree));
	CASE_CHECK(t, itree_first_overlap(&tree, 0, 0) == &low);
	CASE_CHECK(t, !itree_first_overlap(&tree, 1, U64_MAX - 1));
	CASE_CHECK(t, itree_first_overlap(&tree, U64_MAX, U64_MAX) == &high);
	CASE_CHECK(t, !itree_next_overlap(&high, U64_MAX, U64_MAX));
	itree_insert(&tree, &all);
	CASE_CHECK(t, itree_is_valid(&tree));
	CASE_CHECK(t, itree_first_overlap(&tree, 1, U64_MAX - 1) == &all);
	itree_remove(&tree, &low);
	itree_remove(&tree, &high);
	CASE_CHECK(t, itree_first_overlap(&tree, U64_MAX, U64_MAX) == &all);
	itree_remove(&tree, &all);
	CASE_CHECK(t, itree_is_empty(&tree));
}

/* At least 1.45 * log2(n) + 2, in whole numbers. */
static u32 height_bound(u32 n)
{
	return DIV_ROUND_UP(145 * (ilog2(n) + 1), 100) + 2;
}

static void fill_big(struct case_ctx *t, struct itree *tree,
		     struct itree_node *node, int order)
{
	struct prng rng;
	u32 i;

	prng_seed(&rng, t->seed);
	for (i = 0; i < BIG_TREE; i++) {
		if (order == 0)
			node[i].start = i;
		else if (order == 1)
			node[i].start = BIG_TREE - i;
		else
			node[i].start = prng_below(&rng, BIG_TREE);
		node[i].last = node[i].start + i % 5;
		itree_insert(tree, &node[i]);
		if (i % 1024 == 0)
			cond_resched();
		if (i % 16384 == 0) {
			CASE_CHECK(t, itree_is_valid(tree));
			CASE_CHECK(t, itree_root(tree)->height <=
				      height_bound(i + 2));
		}
	}
	CASE_CHECK(t, itree_is_valid(tree));
	CASE_CHECK(t, itree_root(tree)->height <= BIG_TREE_HEIGHT);
}

static void empty_big(struct case_ctx *t, struct itree *tree,
		      struct itree_node *node)
{
	u32 i;

	for (i = 0; i < BIG_TREE; i++) {
		itree_remove(tree, &node[(i * 77777ull) % BIG_TREE]);
		if (i % 1024 == 0)
			cond_resched();
		if (i % 16384 == 0)
			CASE_CHECK(t, itree_is_valid(tree));
	}
	CASE_CHECK(t, itree_is_empty(tree));
}

/* Ascending, descending and random insertion all give a flat tree. */
static void case_height(struct case_ctx *t)
{
	struct itree tree = { .root = 0 };
	struct itree_node *node;
	int order;

	node = rlenv_alloc_big(sizeof(*node) * BIG_TREE);
	CASE_CHECK(t, node);
	for (order = 0; order < 3 && !case_has_failed(t); order++) {
		fill_big(t, &tree, node, order);
		if (!case_has_failed(t))
			empty_big(t, &tree, node);
	}
	rlenv_free_big(node);
}

/* The checker itself: each kind of damage is seen, and gone when undone. */
static void case_checker_sees_damage(struct case_ctx *t)
{
	struct itree tree = { .root = 0 };
	struct itree_node node[15];
	struct itree_node *root;
	int i;

	for (i = 0; i < 15; i++) {
		node[i].start = i * 10;
		node[i].last = i * 10 + 5;
		itree_insert(&tree, &node[i]);
	}
	root = itree_root(&tree);
	CASE_CHECK(t, itree_is_valid(&tree));
	root->left->subtree_last++;
	CASE_CHECK(t, !itree_is_valid(&tree));
	root->left->subtree_last--;
	root->right->height++;
	CASE_CHECK(t, !itree_is_valid(&tree));
	root->right->height--;
	root->left->parent = NULL;
	CASE_CHECK(t, !itree_is_valid(&tree));
	root->left->parent = root;
	swap(root->left, root->right);
	CASE_CHECK(t, !itree_is_valid(&tree));
	swap(root->left, root->right);
	root->left->left = NULL;
	CASE_CHECK(t, !itree_is_valid(&tree));
}

const struct case_desc cases_itree[] = {
	{ "empty", case_empty },
	{ "equal_ranges", case_equal_ranges },
	{ "extremes", case_extremes },
	{ "checker_sees_damage", case_checker_sees_damage },
	{ "random_dense", case_random_dense },
	{ "random_sparse", case_random_sparse },
	{ "random_points", case_random_points },
	{ "random_equal", case_random_equal },
	{ "height", case_height },
	{ NULL, NULL },
};
