/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * `seg`: a reader-writer lock per segment of the file, the design of pNOVA
 * (J. Kim et al., APSys 2019) and SRL-NOVA.  A range takes the locks of all
 * segments that it touches, in ascending order, so that no two can wait for
 * each other in a circle; there is no list of ranges and no search.
 *
 * There a file has as many locks as segments, and more when it grows.  Here
 * their number is fixed and a segment's lock is that of its number modulo
 * SEG_NR, as in the ports to other file systems, so that the whole file is
 * SEG_NR locks and not one per segment up to the end of the address space.
 *
 * Two disjoint ranges that share a segment, or a lock by the modulo, exclude
 * each other: LOCK_IGNORES_RANGE.  Fairness is that of each segment: a writer
 * that waits keeps new readers out, writers are in no order.
 *
 * Left out: growing the array, and the lock-free reader counters of SRL.
 */
#include "bench/lock_ops.h"

#define SEG_SHIFT	13
#define SEG_NR		1024
/* Neighbours are this many places apart, hence not on one cache line. */
#define SEG_STRIDE	16

/*
 * The word of a segment: readers are counted above three bits.
 *
 * SEG_WRITER    a writer holds it
 * SEG_SLEEPERS  threads may sleep: who lets the segment become free wakes them
 * SEG_WANTED    a writer waits, and no reader may come in.  Legal to be unset
 *               although a writer waits; illegal to be set when none does
 */
#define SEG_WRITER	1u
#define SEG_SLEEPERS	2u
#define SEG_WANTED	4u
#define SEG_READER	8u
#define SEG_HELD	(~(SEG_SLEEPERS | SEG_WANTED))

/**
 * struct segment - the lock of one segment
 * @word: SEG_* bits; atomic
 * @wait: threads that found it taken
 */
struct segment {
	u32 word;
	wait_queue_head_t wait;
};

/**
 * struct seg_lock - the lock of a file
 * @segment: see segment_of()
 */
struct seg_lock {
	struct segment segment[SEG_NR];
};

/**
 * struct seg_req - one request; owner only
 * @first:     segment with the lowest number
 * @nr:        segments, at most SEG_NR
 * @exclusive: how they were taken
 */
struct seg_req {
	u32 first;
	u32 nr;
	bool exclusive;
};

static struct segment *segment_of(struct seg_lock *sl, u32 index)
{
	u32 rows = SEG_NR / SEG_STRIDE;

	return &sl->segment[index % rows * SEG_STRIDE + index / rows];
}

static int bench_seg_init(void *lock)
{
	struct seg_lock *sl = lock;
	unsigned int i;

	for (i = 0; i < SEG_NR; i++)
		init_waitqueue_head(&sl->segment[i].wait);
	return 0;
}

static void bench_seg_destroy(void *lock)
{
	struct seg_lock *sl = lock;
	unsigned int i;

	for (i = 0; i < SEG_NR; i++)
		WARN_ON(READ_ONCE(sl->segment[i].word) & SEG_HELD);
}

/*
 * Take a segment, or leave word that somebody sleeps on it.  wait_event() has
 * read its sequence number before, so a wake-up after that is not missed.
 */
static bool segment_try(struct segment *seg, bool exclusive)
{
	u32 blocks = exclusive ? SEG_HELD : SEG_WRITER | SEG_WANTED;
	u32 old = READ_ONCE(seg->word), seen, new;

	for (;;) {
		bool blocked = old & blocks;

		if (blocked)
			new = old | SEG_SLEEPERS |
			      (exclusive ? SEG_WANTED : 0);
		else if (exclusive)
			new = (old & ~SEG_WANTED) | SEG_WRITER;
		else
			new = old + SEG_READER;
		/* Pairs with the cmpxchg() in segment_drop(). */
		seen = new == old ? old : cmpxchg(&seg->word, old, new);
		if (seen == old)
			return !blocked;
		old = seen;
	}
}

static void segment_take(struct segment *seg, bool exclusive)
{
	if (!segment_try(seg, exclusive))
		wait_event(seg->wait, segment_try(seg, exclusive));
}

static void segment_drop(struct segment *seg, bool exclusive)
{
	u32 old = READ_ONCE(seg->word), seen, new;
	bool wake;

	for (;;) {
		new = old - (exclusive ? SEG_WRITER : SEG_READER);
		wake = !(new & SEG_HELD) && (new & SEG_SLEEPERS);
		if (wake)
			new &= ~SEG_SLEEPERS;
		seen = cmpxchg(&seg->word, old, new);
		if (seen == old)
			break;
		old = seen;
	}
	if (wake)
		wake_up_all(&seg->wait);
}

static void seg_take_some(struct seg_lock *sl, u32 first, u32 nr,
			  bool exclusive)
{
	for (; nr; first++, nr--)
		segment_take(segment_of(sl, first), exclusive);
}

static void bench_seg_acquire(void *lock, void *arg, u64 start, u64 last,
			      bool exclusive)
{
	struct seg_lock *sl = lock;
	struct seg_req *req = arg;
	u64 nr = (last >> SEG_SHIFT) - (start >> SEG_SHIFT) + 1;
	u32 before_wrap;

	req->exclusive = exclusive;
	req->nr = (u32)min_t(u64, nr, SEG_NR);
	req->first = req->nr == SEG_NR ? 0 : (start >> SEG_SHIFT) % SEG_NR;

	/* What the modulo brought round to the front comes first. */
	before_wrap = min_t(u32, req->nr, SEG_NR - req->first);
	seg_take_some(sl, 0, req->nr - before_wrap, exclusive);
	seg_take_some(sl, req->first, before_wrap, exclusive);
}

static void bench_seg_release(void *lock, void *arg)
{
	struct seg_lock *sl = lock;
	struct seg_req *req = arg;
	u32 i;

	for (i = 0; i < req->nr; i++)
		segment_drop(segment_of(sl, (req->first + i) % SEG_NR),
			     req->exclusive);
}

const struct lock_ops lock_ops_seg = {
	.name = "seg",
	.title = "a rwlock per segment of 8 KiB, 1024 of them (pNOVA)",
	.properties = LOCK_IGNORES_RANGE,
	.size = sizeof(struct seg_lock),
	.req_size = sizeof(struct seg_req),
	.init = bench_seg_init,
	.destroy = bench_seg_destroy,
	.acquire = bench_seg_acquire,
	.release = bench_seg_release,
};
