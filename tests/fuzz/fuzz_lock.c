// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Any bytes as calls of a range lock by one task, against a model of what
 * rangelock.h says: a request waits for exactly the conflicting, overlapping
 * requests that are held or were queued before it.  Bad arguments are among the
 * calls; they change nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "rangelock_debug.h"
#include "rangelock_spread.h"

#define SLOTS		12
#define MAX_CALLS	400

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_HELD };

/**
 * struct slot - a request and what the model knows of it
 * @req:     the request; first, so that a callback finds its slot
 * @state:   by the model
 * @granted: by the lock: at once or by the callback
 * @order:   when it was queued
 * @start:   first byte
 * @last:    last byte
 * @mode:    index into the matrix
 */
struct slot {
	struct rangelock_req req;
	enum slot_state state;
	bool granted;
	u32 order;
	u64 start;
	u64 last;
	unsigned int mode;
};

static struct slot slots[SLOTS];
static struct rangelock rl;
static u32 orders;

static bool conflict(const struct slot *a, const struct slot *b)
{
	return (rangelock_modes_file.conflict[a->mode] >> b->mode & 1) &&
	       a->start <= b->last && b->start <= a->last;
}

static bool must_wait(const struct slot *s)
{
	u32 i;

	for (i = 0; i < SLOTS; i++) {
		const struct slot *other = &slots[i];

		if (other == s || other->state == SLOT_FREE ||
		    !conflict(s, other))
			continue;
		if (other->state == SLOT_HELD || other->order < s->order)
			return true;
	}
	return false;
}

/* Grant by the model, until nothing changes; then both have to agree. */
static void settle(void)
{
	bool again = true;
	u32 i;

	while (again) {
		again = false;
		for (i = 0; i < SLOTS; i++) {
			if (slots[i].state != SLOT_WAITING ||
			    must_wait(&slots[i]))
				continue;
			slots[i].state = SLOT_HELD;
			again = true;
		}
	}
	for (i = 0; i < SLOTS; i++)
		check(slots[i].granted == (slots[i].state == SLOT_HELD));
}

static void on_grant(struct rangelock_req *req)
{
	struct slot *s = container_of(req, struct slot, req);

	check(!s->granted);
	s->granted = true;
}

/* Aligned pages mostly, so that buckets come into play; else anything. */
static void choose_range(struct slot *s, const u8 *byte)
{
	u64 unit = byte[0] & 1 ? 4096 : 1000;

	s->start = (byte[1] & 63) * unit;
	s->last = s->start + ((byte[2] & 7) + 1) * unit - 1;
	if (byte[0] & 2)
		s->last = RANGELOCK_MAX;
	if (byte[0] & 4)
		s->last = s->start - 1;
	s->mode = byte[3] % 6;
}

static bool is_bad(const struct slot *s)
{
	return s->start > s->last || s->mode >= rangelock_modes_file.nr;
}

static void ask(struct slot *s, const u8 *byte, bool may_queue)
{
	int ret, want;

	choose_range(s, byte);
	s->order = ++orders;
	want = is_bad(s) ? -EINVAL : !must_wait(s) ? 0 :
	       may_queue ? -EINPROGRESS : -EAGAIN;
	if (may_queue)
		ret = rangelock_enqueue(&rl, &s->req, s->start, s->last,
					s->mode, on_grant);
	else
		ret = rangelock_try(&rl, &s->req, s->start, s->last, s->mode);
	check(ret == want);
	s->granted = !ret;
	s->state = !ret ? SLOT_HELD :
		   ret == -EINPROGRESS ? SLOT_WAITING : SLOT_FREE;
}

static void give_up(struct slot *s)
{
	if (s->state == SLOT_WAITING) {
		check(rangelock_cancel(&s->req) == 0);
	} else {
		check(rangelock_is_held(&s->req));
		check(rangelock_release(&rl, &s->req) == 0);
	}
	s->state = SLOT_FREE;
	s->granted = false;
}

static void shrink(struct slot *s, const u8 *byte)
{
	u64 start = s->start + byte[1], last = s->last - byte[2];

	if (start > last || last > s->last)
		return;
	check(rangelock_shrink(&rl, &s->req, start, last) == 0);
	s->start = start;
	s->last = last;
}

static void downgrade(struct slot *s, const u8 *byte)
{
	unsigned int mode = byte[3] % rangelock_modes_file.nr;

	if (rangelock_modes_file.conflict[mode] &
	    ~rangelock_modes_file.conflict[s->mode])
		return;
	check(rangelock_downgrade(&rl, &s->req, mode) == 0);
	s->mode = mode;
}

/* Pairs beside all others heat the lock, so that it spreads. */
static void heat(const u8 *byte)
{
	struct rangelock_req req;
	u32 i;

	for (i = 0; i < byte[1]; i++) {
		u64 at = (1ull << 30) + (i % 16) * 4096;

		/* Whoever asks for all is in the way. */
		if (!rangelock_try(&rl, &req, at, at + 4095, RANGELOCK_WRITE))
			check(rangelock_release(&rl, &req) == 0);
	}
}

static void call(const u8 *byte)
{
	struct slot *s = &slots[byte[4] % SLOTS];

	if (byte[5] % 8 == 7)
		heat(byte);
	else if (s->state == SLOT_FREE)
		ask(s, byte, byte[5] & 1);
	else if (s->state == SLOT_WAITING || byte[5] % 4 == 0)
		give_up(s);
	else if (byte[5] % 4 == 1)
		downgrade(s, byte);
	else
		shrink(s, byte);
	settle();
	check(!rangelock_validate(&rl));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 calls, i;

	memset(slots, 0, sizeof(slots));
	orders = 0;
	rangelock_init(&rl, &rangelock_modes_file);
	rangelock_set_policy(&rl, size & 1 ? RANGELOCK_FIFO : 0);
	for (calls = 0; size >= 6 && calls < MAX_CALLS; calls++) {
		call(data);
		data += 6;
		size -= 6;
	}
	for (i = 0; i < SLOTS; i++)
		if (slots[i].state != SLOT_FREE) {
			give_up(&slots[i]);
			settle();
		}
	check(rangelock_destroy(&rl) == 0);
	return 0;
}
