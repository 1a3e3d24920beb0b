/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Part of bucket.pml: what rangelock_adapt.c does, under rangelock.lock.
 */
inline start_closing()
{
	d_step {
		if
		:: phase != CLOSING -> shape = 0; phase = CLOSING; cursor = 0
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
#if !defined(NO_BAR) && !defined(READERS)
		bar(PLACE(i, shift));
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
#ifndef READERS
	:: number && number == round && phase != CLOSED ->
		unbar(PLACE(i, shift))
#endif
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
#ifdef READERS
	:: else -> counted[who] = round; who = 0
#else
	:: else ->
		cand = who;
		who = 0;
		own(PLACE(cand, shift));
		d_step {
			promoted = barred[PLACE(cand, shift)] == CLOSED_BIT &&
				   !(w & USED);
			if
			:: promoted ->
				in_tree[cand] = false;
				held[PLACE(cand, shift)] = cand;
				home[cand] = PLACE(cand, shift);
				w = w | USED
			:: else
			fi;
			put(PLACE(cand, shift))
		};
		if
		:: promoted
		:: else -> bar(PLACE(cand, shift)); counted[cand] = round
		fi;
		promoted = false;
		cand = 0
#endif
	fi
}

inline open_step()
{
	if
	:: !counted_all -> count_step()
	:: else ->
		shape = shift;
		open_bucket(cursor);
		d_step {
			cursor++;
			phase = (cursor == BUCKETS -> OPEN : phase);
			cursor = (cursor == BUCKETS -> 0 : cursor)
		}
	fi
}

#define MAY_ADAPT	(phase != CLOSED || !closers && openings < OPENINGS)

inline adapt()
{
	if
	:: phase == OPENING -> open_step()
	:: phase == CLOSING -> close_step()
	:: phase == OPEN -> start_closing()
	:: phase == CLOSED && !closers && openings < OPENINGS ->
		if
		:: openings -> shift = 3 - shift
		:: true
		fi;
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
	fi
}
