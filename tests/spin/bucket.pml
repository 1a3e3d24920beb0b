/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The handshake of buckets and tree (rangelock_spread.h): two buckets of one
 * slot, a stripe each; tasks 0 and 1 want stripe 0, task 2 stripe 1, the last
 * one both, which makes it wide.  All exclusive; who meets a conflict tries again.
 * Whether the lock is hot enough to open is anybody's guess, so each change of
 * phase that rangelock_adapt.c may make is made in some run.
 *
 *   here             kmod/core/
 *   bucket_take      rangelock_bucket_take(), try_bucket()  rangelock_quick.c
 *   bucket_release   change_at_home(), empty_slot()         rangelock_quick.c
 *   evict, bar, unbar, close_bucket, promote                rangelock_spread.c
 *   prepare          rangelock_prepare(), RANGELOCK_STEP = 1  rangelock_adapt.c
 *   take_in_tree     take_in_tree()                         rangelock.c
 *   adapt            rangelock_adapt(), open_step(), count_step(), close_step()
 *   release_in_tree  release_in_tree(), rangelock_forget()
 *
 * What happens under rangelock.lock is interleaved with bucket sections only,
 * so it is cut where the lock of a bucket is taken or dropped.
 *
 * Proved: exclusion; S1 and S2 of rangelock_spread.h; no count of a bucket goes
 * below zero; when all have left and the buckets are open none is barred.
 *
 * Broken on purpose, each of which Spin has to refute:
 *   IGNORE_BAR       a barred bucket takes a range
 *   NO_EVICT         buckets are closed with what is in them
 *   NO_BAR           a narrow range goes to the tree without a bar
 *   EVICT_NO_COUNT   an evicted range does not bar its bucket
 *   HOME_NO_RECHECK  a release trusts the home that it saw without the lock
 *   WIDE_ONE_STEP    a wide range goes on after one step of closing
 *   OPEN_UNCOUNTED   buckets open before the tree has been looked at
 *   REBAR_LATE       a release takes the bar off before it leaves the tree
 */
#ifndef ROUNDS
#define ROUNDS	1
#endif
#ifndef OPENINGS
#define OPENINGS 2
#endif
#define TASKS	4
#define BUCKETS	2
#define WIDE	(TASKS - 1)
#define NONE	15
#define TREE	14

#define CLOSED_BIT	1
#define REQUEST		2

mtype = { CLOSED, OPENING, OPEN, CLOSING };

bool rl_locked;
mtype phase = CLOSED;
bool shape;
byte cursor;
byte round;
byte closers;
bool counted_all;
byte openings;
bool in_tree[TASKS];
byte counted[TASKS];
/* A bucket, TREE, or NONE if the request is not held. */
byte home[TASKS] = NONE;

bool b_locked[BUCKETS];
byte barred[BUCKETS] = CLOSED_BIT;
byte slot[BUCKETS] = NONE;

/* Who is inside of a stripe. */
byte inside[BUCKETS];
byte left;

#define STRIPE(i)	((i) == 2 -> 1 : 0)
#define MEETS(i, j)	((i) == WIDE || (j) == WIDE || STRIPE(i) == STRIPE(j))
#define HAS_COUNTS(b)	(phase == OPENING || phase == OPEN || \
			 (phase == CLOSING && !(barred[b] & CLOSED_BIT)))

inline rl_lock()	{ atomic { !rl_locked -> rl_locked = true } }
inline rl_unlock()	{ rl_locked = false }
inline b_lock(b)	{ atomic { !b_locked[b] -> b_locked[b] = true } }
inline b_unlock(b)	{ b_locked[b] = false }

inline evict(b)
{
	if
	:: slot[b] != NONE ->
		who = slot[b];
		slot[b] = NONE;
		in_tree[who] = true;
		home[who] = TREE;
		counted[who] = round;
#ifndef EVICT_NO_COUNT
		barred[b] = barred[b] + (HAS_COUNTS(b) -> REQUEST : 0);
#endif
		who = 0
	:: else
	fi
}

inline bar(b)
{
	b_lock(b);
	d_step {
		evict(b);
		barred[b] = barred[b] + (HAS_COUNTS(b) -> REQUEST : 0)
	};
	b_unlock(b)
}

inline unbar(b)
{
	b_lock(b);
	d_step {
		if
		:: HAS_COUNTS(b) ->
			assert(barred[b] >= REQUEST);
			barred[b] = barred[b] - REQUEST
		:: else
		fi
	};
	b_unlock(b)
}

inline close_bucket(b)
{
	b_lock(b);
	d_step {
		barred[b] = CLOSED_BIT;
#ifndef NO_EVICT
		evict(b)
#endif
	};
	b_unlock(b)
}

inline start_closing()
{
	d_step {
		if
		:: phase != CLOSING -> shape = false; phase = CLOSING; cursor = 0
		:: else
		fi
	}
}

inline close_step()
{
	close_bucket(cursor);
	d_step {
		cursor++;
		phase = (cursor == BUCKETS -> CLOSED : phase);
		cursor = (cursor == BUCKETS -> 0 : cursor)
	}
}

inline prepare(i)
{
	do
	:: phase == CLOSED -> break
	:: phase != CLOSED && i != WIDE ->
#ifndef NO_BAR
		bar(STRIPE(i));
		mine = round;
#endif
		break
	:: phase != CLOSED && i == WIDE ->
		if
		:: !closing -> closing = true; closers++
		:: else
		fi;
		start_closing();
		close_step();
#ifdef WIDE_ONE_STEP
		break;
#endif
		if
		:: phase == CLOSED -> break
		:: else -> rl_unlock(); rl_lock()
		fi
	od;
	if
	:: closing -> closing = false; closers--
	:: else
	fi
}

inline forget(i, number)
{
	if
	:: number && number == round && phase != CLOSED -> unbar(STRIPE(i))
	:: else
	fi
}

/* The next request of the tree that is not counted in this round. */
inline count_step()
{
	d_step {
		who = 0;
		do
		:: who == TASKS -> break
		:: who < TASKS && in_tree[who] && counted[who] != round -> break
		:: else -> who++
		od
	};
	if
	:: who == TASKS -> who = 0; counted_all = true
	:: who == WIDE -> who = 0; start_closing()
	:: else ->
		cand = who;
		who = 0;
		b_lock(STRIPE(cand));
		d_step {
			promoted = barred[STRIPE(cand)] == CLOSED_BIT &&
				   slot[STRIPE(cand)] == NONE;
			if
			:: promoted ->
				in_tree[cand] = false;
				slot[STRIPE(cand)] = cand;
				home[cand] = STRIPE(cand)
			:: else
			fi
		};
		b_unlock(STRIPE(cand));
		if
		:: promoted
		:: else -> bar(STRIPE(cand)); counted[cand] = round
		fi;
		promoted = false;
		cand = 0
	fi
}

inline open_step()
{
	if
	:: !counted_all -> count_step()
	:: else ->
		shape = true;
		b_lock(cursor);
		barred[cursor] = barred[cursor] & 254;
		b_unlock(cursor);
		d_step {
			cursor++;
			phase = (cursor == BUCKETS -> OPEN : phase);
			cursor = (cursor == BUCKETS -> 0 : cursor)
		}
	fi
}

inline adapt()
{
	if
	:: phase == OPENING -> open_step()
	:: phase == CLOSING -> close_step()
	:: phase == OPEN -> start_closing()
	:: phase == CLOSED && !closers && openings < OPENINGS ->
		d_step {
			openings++;
			round++;
			cursor = 0;
#ifdef OPEN_UNCOUNTED
			counted_all = true;
#else
			counted_all = false;
#endif
			phase = OPENING
		}
	:: true
	fi
}

inline bucket_take(i)
{
	if
	:: i != WIDE && shape ->
		b_lock(STRIPE(i));
		d_step {
			if
#ifdef IGNORE_BAR
			:: slot[STRIPE(i)] == NONE ->
#else
			:: !barred[STRIPE(i)] && shape &&
			   slot[STRIPE(i)] == NONE ->
#endif
				slot[STRIPE(i)] = i;
				home[i] = STRIPE(i)
			:: else
			fi
		};
		b_unlock(STRIPE(i))
	:: else
	fi
}

inline take_in_tree(i)
{
	rl_lock();
	prepare(i);
	d_step {
		who = 0;
		do
		:: who == TASKS -> break
		:: who < TASKS && in_tree[who] && MEETS(i, who) -> break
		:: else -> who++
		od;
		if
		:: who == TASKS ->
			in_tree[i] = true;
			home[i] = TREE;
			counted[i] = mine
		:: else
		fi;
		who = 0
	};
	if
	:: home[i] == NONE -> forget(i, mine)
	:: else -> adapt()
	fi;
	mine = 0;
	rl_unlock()
}

inline enter(i)
{
	d_step {
		if
		:: i == WIDE || STRIPE(i) == 0 -> inside[0]++; assert(inside[0] == 1)
		:: else
		fi;
		if
		:: i == WIDE || STRIPE(i) == 1 -> inside[1]++; assert(inside[1] == 1)
		:: else
		fi
	}
}

inline leave(i)
{
	d_step {
		if
		:: i == WIDE || STRIPE(i) == 0 -> inside[0]--
		:: else
		fi;
		if
		:: i == WIDE || STRIPE(i) == 1 -> inside[1]--
		:: else
		fi
	}
}

inline bucket_release(i)
{
	seen = home[i];
	if
	:: seen != TREE ->
		b_lock(seen);
		d_step {
			if
#ifdef HOME_NO_RECHECK
			:: true ->
#else
			:: home[i] == seen ->
#endif
				slot[seen] = NONE;
				home[i] = NONE
			:: else
			fi
		};
		b_unlock(seen)
	:: else
	fi;
	seen = 0
}

inline release_in_tree(i)
{
	rl_lock();
	if
	:: home[i] == TREE ->
#ifdef REBAR_LATE
		forget(i, counted[i]);
		rl_unlock();
		rl_lock();
		in_tree[i] = false;
#else
		in_tree[i] = false;
		forget(i, counted[i]);
#endif
		d_step { home[i] = NONE; counted[i] = 0 };
		if
		:: adapt()
		:: true
		fi
	:: else
	fi;
	rl_unlock()
}

proctype task(byte me)
{
	byte who, cand, mine, seen, rounds;
	bool closing, promoted;

	do
	:: rounds < ROUNDS ->
		do
		:: home[me] != NONE -> break
		:: else ->
			bucket_take(me);
			if
			:: home[me] == NONE -> take_in_tree(me)
			:: else
			fi
		od;
		enter(me);
		leave(me);
		do
		:: home[me] == NONE -> break
		:: else ->
			bucket_release(me);
			if
			:: home[me] != NONE -> release_in_tree(me)
			:: else
			fi
		od;
		rounds++
	:: else -> break
	od;
	left++
}

#define BARS(b)		(barred[b] >= REQUEST)
#define FILLED(b)	(slot[b] != NONE)

init {
	atomic { run task(0); run task(1); run task(2); run task(3) };
	left == TASKS;
	assert(!in_tree[0] && !in_tree[1] && !in_tree[2] && !in_tree[3]);
	assert(phase != OPEN || (!barred[0] && !barred[1]));
	assert(slot[0] == NONE && slot[1] == NONE);
	assert(!closers)
}

/* S1 and S2, whenever no section is under way. */
active proctype watch()
{
end:	atomic {
		!rl_locked && !b_locked[0] && !b_locked[1] &&
		(BARS(0) && FILLED(0) || BARS(1) && FILLED(1) ||
		 phase == OPEN && (!barred[0] &&
				   (in_tree[0] || in_tree[1] || in_tree[3]) ||
				   !barred[1] && (in_tree[2] || in_tree[3]))) ->
		assert(false)
	}
}
