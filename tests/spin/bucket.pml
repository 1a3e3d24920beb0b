/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The handshake of buckets and tree (rangelock_spread.h): two buckets of one
 * slot, a stripe each; tasks 0 and 1 want stripe 0, task 2 stripe 1, the last
 * one both, which makes it wide.  All exclusive; who meets a conflict tries again.
 * Stripes of another length go to other buckets: the second opening may swap
 * the two.  With READERS the mapping is by processor: tasks 0 and 1 run on one,
 * task 2 on the other, all three share, and the last one excludes them.  With
 * OTHERS there are tasks 0 and 1 only, and phases change without them, so that
 * buckets close and open while one of the two is between two steps.
 * Whether the lock is hot enough to open is anybody's guess, so each change of
 * phase that rangelock_adapt.c may make is made in some run.
 *
 *   here               kmod/core/
 *   word, barred, held struct rangelock_bucket              rangelock_spread.h
 *   lock_bucket        bucket_lock()                        rangelock_bucket.h
 *   own, put           bucket_own(), bucket_put()           rangelock_bucket.h
 *   quick_take         try_bucket(), enter()                rangelock_quick.c
 *   bucket_take        rangelock_bucket_take()              rangelock_quick.c
 *   quick_release      release_bucket()                     rangelock_quick.c
 *   bucket_release     rangelock_bucket_release(), lock_home()
 *   evict, bar, unbar, close_bucket, open_bucket            rangelock_spread.c
 *   prepare            rangelock_prepare(), RANGELOCK_STEP = 1  rangelock_adapt.c
 *   take_in_tree       take_in_tree()                       rangelock.c
 *   adapt              rangelock_adapt(), open_step(), close_step()
 *   count_step         count_step(), admit(), rangelock_promote()
 *   release_in_tree    release_in_tree(), rangelock_forget()
 *
 * What happens under rangelock.lock is interleaved with those who come without
 * it only, so it is cut where the word of a bucket is read or written.  A slot in
 * the word tells its stripe and not whose it is; here that is one bit.  The
 * number in a word is only ever compared with one that somebody remembers, so a
 * new one is the least that nobody does.
 *
 * Proved: exclusion; S1 and S2 of rangelock_spread.h; a word says barred while
 * the count does; no count of a bucket goes below zero; a bucket is written only
 * by who has its lock bit, and a slot is cleared only once; when all have left
 * and the buckets are open none is barred; nobody is stuck.
 *
 * Broken on purpose, each of which Spin has to refute:
 *   IGNORE_BAR       a barred bucket takes a range
 *   SHAPE_ONCE       the shape is not looked at again after the word (OTHERS)
 *   HOME_NO_RECHECK  a release trusts the home that it saw before the word
 *   LOCK_UNSEEN      a release changes the word of a locked bucket
 *   ROUND_SAME       a barred bucket keeps its number (OTHERS READERS)
 *   SHUT_LOCKED      a shut bucket is locked without rangelock.lock
 *   RELEASE_STORE    a release stores the word that it has made
 *   NO_EVICT         buckets are closed with what is in them
 *   NO_BAR           a narrow range goes to the tree without a bar
 *   EVICT_NO_COUNT   an evicted range does not bar its bucket
 *   WIDE_ONE_STEP    a wide range goes on after one step of closing
 *   OPEN_UNCOUNTED   buckets open before the tree has been looked at
 *   REBAR_LATE       a release takes the bar off before it leaves the tree
 */
#ifndef OPENINGS
#define OPENINGS 2
#endif
#define TASKS	4
#define BUCKETS	2
#define WIDE	(TASKS - 1)
#define NONE	15
#define TREE	14

/* rangelock_bucket.barred */
#define CLOSED_BIT	1
#define REQUEST		2

/* rangelock_bucket.word: the slot, BUCKET_LOCKED, _BARRED and _ROUND */
#define USED	1
#define LOCKED	2
#define BARRED	4
#define NUMBER	8
#define NO_WORD	255

#define IS_SHUT(w)	(((w) & (USED + BARRED)) == BARRED)
#define WITHOUT(w, bit)	((w) & (255 - (bit)))

mtype = { CLOSED, OPENING, OPEN, CLOSING };

bool rl_locked;
mtype phase = CLOSED;
/* Where stripes are, and what is said of it to those without the lock. */
byte shift = 1;
byte shape;
byte cursor;
byte round;
byte closers;
bool counted_all;
byte openings;
bool in_tree[TASKS];
byte counted[TASKS];
/* A bucket, TREE, or NONE if the request is not held. */
byte home[TASKS] = NONE;

byte word[BUCKETS] = BARRED;
byte barred[BUCKETS] = CLOSED_BIT;
byte held[BUCKETS] = NONE;
/* What somebody has read and may want to replace. */
byte seen[TASKS] = NO_WORD;

/* Who is inside of a stripe. */
byte inside[BUCKETS];
byte left;

#define STRIPE(i)	((i) == 2 -> 1 : 0)
#define PLACE(i, s)	(STRIPE(i) ^ ((s) - 1))
#define HAS_COUNTS(b)	(phase == OPENING || phase == OPEN || \
			 (phase == CLOSING && !(barred[b] & CLOSED_BIT)))
#ifdef READERS
#define MEETS(i, j)	((i) == WIDE || (j) == WIDE)
#else
#define MEETS(i, j)	((i) == WIDE || (j) == WIDE || STRIPE(i) == STRIPE(j))
#endif

inline rl_lock()	{ atomic { !rl_locked -> rl_locked = true } }
inline rl_unlock()	{ rl_locked = false }

/*
 * A loop of a read and a cmpxchg() that ends with the first one that succeeds:
 * then the word is what was read, so both are one step.  NO_WORD if shut.
 */
inline lock_bucket(b)
{
	atomic {
		(word[b] & LOCKED) == 0;
		if
#ifndef SHUT_LOCKED
		:: IS_SHUT(word[b]) -> w = NO_WORD
#endif
		:: else -> w = word[b]; word[b] = w | LOCKED
		fi
	}
}

/* A shut bucket is read, and then written without a look at what is there. */
inline own(b)
{
	atomic {
		(word[b] & LOCKED) == 0;
		w = word[b];
		if
		:: IS_SHUT(w)
		:: else -> word[b] = w | LOCKED
		fi
	};
	if
	:: IS_SHUT(w) -> word[b] = w | LOCKED
	:: else
	fi
}

inline put(b)
{
	assert(word[b] & LOCKED);
	word[b] = w;
	w = 0
}

inline evict(b)
{
	if
	:: w & USED ->
		who = held[b];
		assert(who != NONE && !in_tree[who]);
		held[b] = NONE;
		in_tree[who] = true;
		home[who] = TREE;
		counted[who] = round;
#ifndef EVICT_NO_COUNT
		barred[b] = barred[b] + (HAS_COUNTS(b) -> REQUEST : 0);
#endif
		who = 0
	:: else
	fi;
	if
	:: IS_SHUT(w)
	:: else ->
#ifndef ROUND_SAME
		who = 0;
		do
		:: who == w / NUMBER || who == seen[0] / NUMBER ||
		   who == seen[1] / NUMBER || who == seen[2] / NUMBER -> who++
		:: else -> break
		od;
		w = BARRED + who * NUMBER;
		who = 0
#else
		w = WITHOUT(w, USED) | BARRED
#endif
	fi
}

inline bar(b)
{
	own(b);
	d_step {
		evict(b);
		barred[b] = barred[b] + (HAS_COUNTS(b) -> REQUEST : 0);
		put(b)
	}
}

inline unbar(b)
{
	own(b);
	d_step {
		if
		:: HAS_COUNTS(b) ->
			assert(barred[b] >= REQUEST);
			barred[b] = barred[b] - REQUEST
		:: else
		fi;
		w = (barred[b] -> w : WITHOUT(w, BARRED));
		put(b)
	}
}

inline close_bucket(b)
{
	own(b);
	d_step {
		barred[b] = CLOSED_BIT;
#ifdef NO_EVICT
		w = w | BARRED;
#else
		evict(b);
#endif
		put(b)
	}
}

inline open_bucket(b)
{
	own(b);
	d_step {
		barred[b] = WITHOUT(barred[b], CLOSED_BIT);
		w = (barred[b] -> w : WITHOUT(w, BARRED));
		put(b)
	}
}

#include "bucket_phases.h"

#ifdef SHAPE_ONCE
#define SAME_SHAPE	true
#else
#define SAME_SHAPE	(shape == shape_seen)
#endif
#ifdef IGNORE_BAR
#define KEEPS_OUT(w)	((w) & (USED + LOCKED))
#else
#define KEEPS_OUT(w)	((w) & (USED + LOCKED + BARRED))
#endif

/* shape_seen is what it has read of rangelock_spread.shape. */
inline quick_take(i)
{
	seen[i] = word[PLACE(i, shape_seen)];
	if
	:: SAME_SHAPE && !KEEPS_OUT(seen[i]) ->
		/* cmpxchg() of enter() */
		atomic {
			if
			:: word[PLACE(i, shape_seen)] == seen[i] ->
				word[PLACE(i, shape_seen)] = seen[i] | LOCKED
			:: else -> seen[i] = NO_WORD; goto lost
			fi
		};
		/* fill_slot() and the store-release of bucket_put() */
		d_step {
			held[PLACE(i, shape_seen)] = i;
			home[i] = PLACE(i, shape_seen);
			assert(word[home[i]] & LOCKED);
			word[home[i]] = seen[i] | USED;
			seen[i] = NO_WORD
		};
lost:		skip
	:: else -> seen[i] = NO_WORD
	fi
}

inline bucket_take(i)
{
	lock_bucket(PLACE(i, shape_seen));
	if
	:: w != NO_WORD ->
		/* find_slot(), fill_slot() */
		d_step {
			if
			:: SAME_SHAPE && !KEEPS_OUT(w) ->
				held[PLACE(i, shape_seen)] = i;
				home[i] = PLACE(i, shape_seen);
				w = w | USED
			:: else
			fi;
			put(PLACE(i, shape_seen))
		}
	:: else -> w = 0
	fi
}

/* rangelock_acquire(): quickly, else with the bucket locked, else in the tree. */
inline take_in_bucket(i)
{
#ifndef READERS
	if
	:: shape_seen -> quick_take(i)
	:: else
	fi;
	shape_seen = (i == WIDE || home[i] != NONE -> 0 : shape);
#endif
	if
	:: shape_seen -> bucket_take(i)
	:: else
	fi;
	shape_seen = 0
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
#ifdef OTHERS
	:: else
#else
	:: else ->
		if
		:: MAY_ADAPT -> adapt()
		:: true
		fi
#endif
	fi;
	mine = 0;
	rl_unlock()
}

#ifdef READERS
/* 0 is for the readers, 1 for who excludes them. */
inline enter(i)
{
	d_step {
		inside[i == WIDE]++;
		assert(!inside[1] || !inside[0])
	}
}

inline leave(i)
{
	inside[i == WIDE]--
}
#else
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
#endif

#ifdef HOME_NO_RECHECK
#define AT_HOME(i)	true
#else
#define AT_HOME(i)	(home[i] == home_seen)
#endif
#ifdef LOCK_UNSEEN
#define IS_LOCKED(w)	false
#else
#define IS_LOCKED(w)	((w) & LOCKED)
#endif
#ifdef RELEASE_STORE
#define UNCHANGED(i)	true
#else
#define UNCHANGED(i)	(word[home_seen] == seen[i])
#endif

/* home_seen is what it has read of rangelock_req.home. */
inline quick_release(i)
{
	seen[i] = word[home_seen];
	if
	:: AT_HOME(i) && !IS_LOCKED(seen[i]) ->
		/* cmpxchg() of release_bucket(), and idle */
		d_step {
			if
			:: UNCHANGED(i) ->
				word[home_seen] = WITHOUT(seen[i], USED);
				assert(held[home_seen] == i);
				held[home_seen] = NONE;
				home[i] = NONE
			:: else
			fi;
			seen[i] = NO_WORD
		}
	:: else -> seen[i] = NO_WORD
	fi
}

inline bucket_release(i)
{
	lock_bucket(home_seen);
	if
	:: w != NO_WORD ->
		/* lock_home() looks at home again. */
		d_step {
			if
			:: AT_HOME(i) ->
				assert(held[home_seen] == i);
				held[home_seen] = NONE;
				home[i] = NONE;
				w = WITHOUT(w, USED)
			:: else
			fi;
			put(home_seen)
		}
	:: else -> w = 0
	fi
}

/* rangelock_release(): home is read for each of the two. */
inline release_in_bucket(i)
{
	if
	:: home_seen != TREE -> quick_release(i)
	:: else
	fi;
	home_seen = home[i];
	if
	:: home_seen < BUCKETS -> bucket_release(i)
	:: else
	fi;
	home_seen = 0
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
#ifndef OTHERS
		if
		:: MAY_ADAPT -> adapt()
		:: true
		fi
#endif
	:: else
	fi;
	rl_unlock()
}

proctype task(byte me)
{
	byte who, cand, mine, w, shape_seen, home_seen;
	bool closing, promoted;

	do
	:: atomic { home[me] != NONE -> enter(me) }; break
	:: atomic { home[me] == NONE -> shape_seen = (me == WIDE -> 0 : shape) };
		take_in_bucket(me);
		if
		:: home[me] == NONE -> take_in_tree(me)
		:: else
		fi
	od;
	leave(me);
	do
	:: atomic { home[me] == NONE -> left++ }; break
	:: atomic { home[me] != NONE -> home_seen = home[me] };
		release_in_bucket(me);
		if
		:: home[me] != NONE -> release_in_tree(me)
		:: else
		fi
	od
}


/* Those who come and go elsewhere, and the worker. */
proctype others()
{
	byte who, cand, w;
	bool promoted;

end:	do
	:: atomic { !rl_locked && MAY_ADAPT -> rl_locked = true };
		adapt();
		rl_unlock()
	od
}

#define BARS(b)		(barred[b] >= REQUEST)
#define FILLED(b)	(word[b] & USED)
#define SAYS_BARRED(b)	(!(word[b] & BARRED) == !barred[b])

init {
	atomic {
		run task(0);
		run task(1);
#ifdef OTHERS
		left = 2;
		run others()
#else
		run task(2);
		run task(WIDE)
#endif
	};
	atomic {
		left == TASKS && !rl_locked ->
		assert(!in_tree[0] && !in_tree[1] && !in_tree[2] &&
		       !in_tree[3]);
		assert(phase != OPEN || (!barred[0] && !barred[1]));
		assert(!FILLED(0) && !FILLED(1));
		assert(SAYS_BARRED(0) && SAYS_BARRED(1));
		assert(!closers)
	}
}

/* S1 and S2, whenever no section is under way. */
active proctype watch()
{
end:	atomic {
		!rl_locked && !(word[0] & LOCKED) && !(word[1] & LOCKED) &&
		(BARS(0) && FILLED(0) || BARS(1) && FILLED(1) ||
		 !SAYS_BARRED(0) || !SAYS_BARRED(1)
#ifndef READERS
		 || phase == OPEN &&
		    (!barred[PLACE(0, shift)] &&
		     (in_tree[0] || in_tree[1] || in_tree[3]) ||
		     !barred[PLACE(2, shift)] && (in_tree[2] || in_tree[3]))
#endif
		) ->
		assert(false)
	}
}
