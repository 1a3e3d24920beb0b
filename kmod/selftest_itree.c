// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core's interval tree against the kernel's own: the same random inserts
 * and removes go into both, and every query must find the same ranges.
 */
#include <linux/interval_tree.h>

#include "itree.h"
#include "selftest.h"

#define POOL_SIZE	256
#define STEPS		20000

/**
 * struct twin - one range, in both trees or in none
 * @ours:    node of the tree under test
 * @theirs:  node of the kernel's tree
 * @in_tree: whether it is in the trees
 */
struct twin {
	struct itree_node ours;
	struct interval_tree_node theirs;
	bool in_tree;
};

/**
 * struct twins - two trees with the same content
 * @itree:  tree under test
 * @kernel: the kernel's tree
 * @pool:   ranges
 */
struct twins {
	struct itree itree;
	struct rb_root_cached kernel;
	struct twin pool[POOL_SIZE];
};

/* Short ranges, long ones and ones that touch the last unit. */
static void random_range(struct prng *rng, u64 *start, u64 *last)
{
	u32 kind = prng_below(rng, 16);

	*start = prng_below(rng, 4096);
	*last = *start + prng_below(rng, kind < 8 ? 16 : 1024);
	if (kind == 15)
		*last = U64_MAX;
	if (kind >= 14)
		*start = 0;
}

static void twin_toggle(struct twins *t, struct twin *twin, struct prng *rng)
{
	if (twin->in_tree) {
		itree_remove(&t->itree, &twin->ours);
		interval_tree_remove(&twin->theirs, &t->kernel);
	} else {
		random_range(rng, &twin->ours.start, &twin->ours.last);
		twin->theirs.start = twin->ours.start;
		twin->theirs.last = twin->ours.last;
		itree_insert(&t->itree, &twin->ours);
		interval_tree_insert(&twin->theirs, &t->kernel);
	}
	twin->in_tree = !twin->in_tree;
}

/*
 * The order of equal starts differs between the trees, so what is compared is
 * how many there are, the sum of their places in the pool and of its squares.
 */
static void check_query(struct case_ctx *ctx, struct twins *t, u64 start,
			u64 last)
{
	struct interval_tree_node *theirs;
	u64 ours_nr = 0, ours_sum = 0;
	struct itree_node *ours;
	struct twin *twin;
	u64 i;

	itree_for_each_overlap(ours, &t->itree, start, last) {
		twin = container_of(ours, struct twin, ours);
		i = twin - t->pool;
		ours_nr++;
		ours_sum += i + i * i;
	}
	theirs = interval_tree_iter_first(&t->kernel, start, last);
	for (; theirs; theirs = interval_tree_iter_next(theirs, start, last)) {
		twin = container_of(theirs, struct twin, theirs);
		i = twin - t->pool;
		ours_nr--;
		ours_sum -= i + i * i;
	}
	CASE_CHECK_EQ(ctx, ours_nr, 0);
	CASE_CHECK_EQ(ctx, ours_sum, 0);
}

static void kernel_tree_agrees(struct case_ctx *ctx)
{
	struct twins *t = rlenv_alloc(sizeof(*t));
	struct prng rng;
	u64 start, last;
	int i;

	CASE_CHECK(ctx, t);
	prng_seed(&rng, ctx->seed);
	t->kernel = RB_ROOT_CACHED;
	for (i = 0; i < STEPS && !case_has_failed(ctx); i++) {
		twin_toggle(t, &t->pool[prng_below(&rng, POOL_SIZE)],
			    &rng);
		random_range(&rng, &start, &last);
		check_query(ctx, t, start, last);
		if (i % 64 == 0)
			CASE_EXPECT(ctx, itree_is_valid(&t->itree));
		cond_resched();
	}
	rlenv_free(t);
}

const struct case_desc cases_kernel_itree[] = {
	{ "kernel_tree_agrees", kernel_tree_agrees },
	{ NULL, NULL },
};
