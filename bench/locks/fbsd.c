/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `fbsd`: the design of FreeBSD's range lock (sys/kern/kern_rangelock.c since
 * 2023): the sorted list of Kogan, Dice and Issa behind a head that begins as a
 * compact reader-writer lock.
 *
 * While the head "cheats" it ignores ranges, and a request is one change of the
 * head: no node, no list.  The first request that the head would have to keep
 * out asks for it to drain: nobody gets in any more, and when the last owner has
 * left, the head becomes an empty list, for good.
 *
 * In the list, a request that meets another sleeps until anybody leaves, and
 * then starts again at the head: waiters wait for the lock and not for a range,
 * and all are woken.  A release always takes the lock of a chain of sleepers,
 * one of a fixed number for all locks, to see whether it has to wake them.
 *
 * No fairness: a stream of readers starves a writer.
 *
 * A thread that holds one range and asks for another could wait for itself
 * while the head cheats, so it has to say so before (rangelock_may_recurse()
 * there): that is @hold here, by which the lock leaves the mode.
 *
 * Left out: try and the checks of the owner.  Memory is in epochs (epoch.c)
 * where FreeBSD has its SMR.
 */
#include "prng.h"
#include "sorted.h"
#include "bench/lock_ops.h"

/*
 * The head while it cheats; without FBSD_CHEAT it is the head of the list.
 *
 * FBSD_DRAIN  set by whoever has met an owner that it could not share with;
 *             the last owner to leave makes the head an empty list
 */
#define FBSD_CHEAT	1ul
#define FBSD_WRITER	2ul
#define FBSD_DRAIN	4ul
#define FBSD_READER	8ul

#define FBSD_CHAINS	256

/**
 * struct fbsd_lock - the lock
 * @head:     see above; atomic
 * @sleepers: somebody sleeps or is about to; under the chain's lock
 * @wait:     who sleeps
 */
struct fbsd_lock {
	unsigned long head;
	bool sleepers;
	wait_queue_head_t wait;
};

/**
 * struct fbsd_req - one request; owner only
 * @node:      its node, NULL if it holds the head
 * @exclusive: how it holds that
 */
struct fbsd_req {
	struct sorted_node *node;
	bool exclusive;
};

/**
 * struct fbsd_chain - locks whose sleepers are guarded together
 * @lock: guards fbsd_lock.sleepers; a leaf
 */
struct fbsd_chain {
	spinlock_t lock;
} ____cacheline_aligned;

static struct fbsd_chain fbsd_chains[FBSD_CHAINS];

static spinlock_t *fbsd_chain_lock(const struct fbsd_lock *fl)
{
	return &fbsd_chains[prng_mix((unsigned long)fl) % FBSD_CHAINS].lock;
}

static unsigned long fbsd_head(const struct fbsd_lock *fl)
{
	return smp_load_acquire(&fl->head);
}

static int bench_fbsd_init(void *lock)
{
	struct fbsd_lock *fl = lock;

	fl->head = FBSD_CHEAT;
	init_waitqueue_head(&fl->wait);
	return 0;
}

static void bench_fbsd_destroy(void *lock)
{
	struct fbsd_lock *fl = lock;

	if (fbsd_head(fl) & FBSD_CHEAT)
		WARN_ON(fbsd_head(fl) != FBSD_CHEAT);
	else
		sorted_destroy(&fl->head);
}

/* Take the head, or wait until it is a list; then return false. */
static bool fbsd_cheat(struct fbsd_lock *fl, bool exclusive)
{
	unsigned long owners = exclusive ? ~FBSD_CHEAT : FBSD_WRITER;
	unsigned long old = READ_ONCE(fl->head), seen, new;

	while (old & FBSD_CHEAT) {
		if (old & FBSD_DRAIN) {
			wait_event(fl->wait, !(fbsd_head(fl) & FBSD_CHEAT));
			return false;
		}
		if (old & owners)
			new = old | FBSD_DRAIN;
		else
			new = exclusive ? old | FBSD_WRITER : old + FBSD_READER;
		/* Pairs with the cmpxchg() in fbsd_cheat_release(). */
		seen = cmpxchg(&fl->head, old, new);
		if (seen != old)
			old = seen;
		else if (new & FBSD_DRAIN)
			old = new;
		else
			return true;
	}
	return false;
}

static void fbsd_cheat_release(struct fbsd_lock *fl, bool exclusive)
{
	unsigned long old = READ_ONCE(fl->head), seen, new;

	for (;;) {
		new = old - (exclusive ? FBSD_WRITER : FBSD_READER);
		if (new == (FBSD_CHEAT | FBSD_DRAIN))
			new = 0;
		seen = cmpxchg(&fl->head, old, new);
		if (seen == old)
			break;
		old = seen;
	}
	if (!new)
		wake_up_all(&fl->wait);
}

/*
 * Sleep until somebody leaves.  @node, which was in the way, must not be looked
 * at afterwards.  Who deletes it does so under the chain's lock, hence before
 * we look or after we have said that we sleep.
 */
static void fbsd_sleep(struct fbsd_lock *fl, const struct sorted_node *node)
{
	spinlock_t *chain = fbsd_chain_lock(fl);
	u32 seq;

	spin_lock(chain);
	if (sorted_is_deleted(node)) {
		spin_unlock(chain);
		return;
	}
	fl->sleepers = true;
	rlenv_wq_begin(&fl->wait);
	seq = rlenv_wq_seq(&fl->wait);
	spin_unlock(chain);

	epoch_leave();
	rlenv_wq_sleep(&fl->wait, seq);
	rlenv_wq_finish(&fl->wait);
	epoch_enter();
}

static void fbsd_delete(struct fbsd_lock *fl, struct sorted_node *node)
{
	spinlock_t *chain = fbsd_chain_lock(fl);
	bool wake;

	spin_lock(chain);
	sorted_delete(node);
	wake = fl->sleepers;
	fl->sleepers = false;
	spin_unlock(chain);
	if (wake)
		wake_up_all(&fl->wait);
}

static void fbsd_insert(struct fbsd_lock *fl, struct sorted_node *node)
{
	struct sorted_node *other;

	for (;;) {
		struct sorted_place place = { &fl->head, &fl->head, false };

		other = sorted_insert(&place, node);
		if (!other)
			return;
		fbsd_sleep(fl, other);
	}
}

/* Return false if the node got in and had to give way. */
static bool fbsd_try(struct fbsd_lock *fl, struct sorted_node *node)
{
	struct sorted_node *other;

	fbsd_insert(fl, node);
	if (!node->exclusive) {
		while ((other = sorted_exclusive_behind(node)))
			fbsd_sleep(fl, other);
		return true;
	}
	other = sorted_overlap_before(&fl->head, node);
	if (!other)
		return true;
	fbsd_delete(fl, node);
	fbsd_sleep(fl, other);
	return false;
}

static void bench_fbsd_acquire(void *lock, void *arg, u64 start, u64 last,
			       bool exclusive)
{
	struct fbsd_lock *fl = lock;
	struct fbsd_req *req = arg;

	req->node = NULL;
	req->exclusive = exclusive;
	if (fbsd_cheat(fl, exclusive))
		return;
	epoch_enter();
	do {
		req->node = sorted_node_new(start, last, exclusive);
	} while (!fbsd_try(fl, req->node));
	epoch_leave();
}

static void bench_fbsd_hold(void *lock, void *arg, u64 start, u64 last,
			    bool exclusive)
{
	struct fbsd_lock *fl = lock;

	if (fbsd_head(fl) & FBSD_CHEAT)
		WARN_ON(cmpxchg(&fl->head, FBSD_CHEAT, 0) != FBSD_CHEAT);
	bench_fbsd_acquire(lock, arg, start, last, exclusive);
}

static void bench_fbsd_release(void *lock, void *arg)
{
	struct fbsd_lock *fl = lock;
	struct fbsd_req *req = arg;

	if (req->node)
		fbsd_delete(fl, req->node);
	else
		fbsd_cheat_release(fl, req->exclusive);
}

const struct lock_ops lock_ops_fbsd = {
	.name = "fbsd",
	.title = "rwlock word until the first conflict, then list (FreeBSD)",
	.size = sizeof(struct fbsd_lock),
	.req_size = sizeof(struct fbsd_req),
	.init = bench_fbsd_init,
	.destroy = bench_fbsd_destroy,
	.acquire = bench_fbsd_acquire,
	.hold = bench_fbsd_hold,
	.release = bench_fbsd_release,
};
