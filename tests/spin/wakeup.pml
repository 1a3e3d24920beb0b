/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who waits for whom in a range lock, how they are woken, and how a waiter is
 * passed by, gives up, and is granted all the same.  Modes are exclusive; a
 * range is a mask of blocks.  What happens under rangelock.lock is one step
 * here, since all of it is guarded by that lock but the stores of the waker.
 *
 *   here          kmod/core/
 *   predecessor   rangelock_predecessor()          rangelock_queue.c
 *   may_pass      may_pass(), pass_locked()        rangelock.c
 *   take          take_locked(), insert_waiting_locked()   rangelock.c
 *   claim         claim_range(), rangelock_claim() rangelock_wait.c, _release.c
 *   withdraw      give_up(), rangelock_withdraw()  rangelock_wait.c, _release.c
 *   sweep         rangelock_sweep(), sweep_step(), let_go() with
 *                 RANGELOCK_SWEEP_MAX = 1          rangelock_queue.c
 *   tell          rangelock_handoff_unlock(), wake_tasks() rangelock_handoff.c
 *   sleep         rlenv_wait_on()                  rl_env.h
 *
 * Task 0 takes its range once; the others, MAX of them, for ever: what is proved
 * holds however often they come back.  Proved: exclusion; Q1 and Q2 of
 * rangelock_queue.c; nobody touches a request once its state was published to a
 * waiter that may return; nobody sleeps for ever; with -DLIVE, that task 0 gets
 * its range under weak fairness, whatever passes it.
 *
 * SAME makes all ranges the same.  PATIENCE is how often one may be passed, 0 for
 * a request of rangelock_enqueue(); GIVES_UP the mask of tasks that may time out.
 *
 * Broken on purpose, each of which Spin has to refute:
 *   NO_RECHECK         a woken task takes its range without a look
 *   TEST_BEFORE_MARK   the state is tested, then the task is marked as sleeping
 *   SWEEP_ONE          one of those who waited is looked after
 *   CANCEL_NO_SWEEP    who gives up lets those behind it wait
 *   WITHDRAW_GRANTING  a request that is being granted may be withdrawn
 *   USE_AFTER          the waker uses the request after it has published
 *   ENDLESS_PATIENCE   a pass costs nothing
 */
#ifndef MAX
#define MAX	3
#endif
#ifndef PATIENCE
#define PATIENCE	1
#endif
#ifndef GIVES_UP
#define GIVES_UP	0
#endif
#ifdef SAME
#define RANGE(i)	1
#else
/* One wide, two narrow or three: the wide one passes, and waits for them. */
#define RANGE(i)	((i) == 0 -> 3 : 1 + ((i) + 1) % 2)
#endif
#define NONE	15
#define LATE	15

mtype = { IDLE, WAITING, GRANTING, GRANTED, WAKING, WOKEN };

mtype state[MAX] = IDLE;
bool in_tree[MAX];
/* The request is on somebody's stack: its memory is valid. */
bool live[MAX];
bool marked[MAX];
byte seq[MAX];
byte patience[MAX];
/* Whose list a waiter is in; LIST(i) once that one has left the tree. */
byte by[MAX] = NONE;
bool to_tell[MAX * MAX];
byte next_seq = 1;

#define LIST(i)		(MAX + (i))
#define TELL(i, j)	to_tell[(i) * MAX + (j)]
#define MEETS(i, j)	((RANGE(i) & RANGE(j)) != 0)
#define IS_AWAKE(i)	(state[i] == GRANTED || state[i] == WOKEN)
#define IS_WAITING(i)	(state[i] == WAITING || state[i] == WAKING || \
			 state[i] == WOKEN)
#define IS_HELD(i)	(state[i] == GRANTED || state[i] == GRANTING)

/* The inlines up to take() are parts of one section: inside of an atomic. */
inline check_exclusion(i)
{
	k = 0;
	do
	:: k < MAX ->
		assert(k == i || !in_tree[k] || !IS_HELD(k) || !MEETS(k, i));
		k++
	:: else -> break
	od
}

/* To @found, for a request that came @when. */
inline predecessor(i, when)
{
	found = NONE;
	k = 0;
	do
	:: k == MAX || found != NONE -> break
	:: else ->
		if
		:: k != i && in_tree[k] && MEETS(k, i) && seq[k] < when ->
			found = k
		:: else
		fi;
		k++
	od
}

/* Numbers only tell the order: keep them small. */
inline forget_seq(i)
{
	k = 0;
	do
	:: k < MAX ->
		if
		:: seq[i] != 0 && seq[k] > seq[i] -> seq[k]--
		:: else
		fi;
		k++
	:: else -> break
	od;
	next_seq = (seq[i] -> next_seq - 1 : next_seq);
	seq[i] = 0
}

inline grant_in_place(i, how)
{
	forget_seq(i);
	by[i] = NONE;
	state[i] = how;
	check_exclusion(i)
}

inline block(who, i)
{
	assert(in_tree[who] && MEETS(who, i) && seq[who] < seq[i]);
	by[i] = who
}

inline may_pass(i, answer)
{
	answer = true;
	k = 0;
	do
	:: k < MAX ->
		if
		:: k != i && in_tree[k] && MEETS(k, i) ->
			answer = answer && IS_WAITING(k) && patience[k] &&
				 (RANGE(k) & RANGE(i)) == RANGE(k)
		:: else
		fi;
		k++
	:: else -> break
	od
}

inline pass_all(i)
{
	k = 0;
	do
	:: k < MAX ->
		if
		:: k != i && in_tree[k] && MEETS(k, i) ->
#ifndef ENDLESS_PATIENCE
			patience[k]--
#else
			skip
#endif
		:: else
		fi;
		k++
	:: else -> break
	od
}

/* From here on sections as a whole. */
inline take(i)
{
	d_step {
		live[i] = true;
		predecessor(i, LATE);
		passes = false;
		if
		:: found != NONE && PATIENCE > 0 -> may_pass(i, passes)
		:: else
		fi;
		if
		:: passes -> pass_all(i)
		:: else
		fi;
		in_tree[i] = true;
		if
		:: found == NONE || passes ->
			state[i] = GRANTED;
			check_exclusion(i)
		:: else ->
			seq[i] = next_seq;
			next_seq++;
			patience[i] = PATIENCE;
			state[i] = (PATIENCE > 0 -> WOKEN : WAITING);
			block(found, i)
		fi;
		passes = false;
		found = NONE;
		k = 0
	}
}

inline claim(i)
{
	d_step {
		found = NONE;
		if
		:: by[i] == NONE ->
#ifndef NO_RECHECK
			predecessor(i, seq[i]);
#endif
			if
			:: found == NONE -> grant_in_place(i, GRANTED)
			:: else -> block(found, i); state[i] = WAITING
			fi
		:: else -> state[i] = WAITING
		fi;
		found = NONE;
		k = 0
	}
}

/* A request leaves the tree; those in its list are looked after by sweep(). */
inline unlink(i)
{
	in_tree[i] = false;
	state[i] = IDLE;
	k = 0;
	do
	:: k < MAX ->
		by[k] = (by[k] == i -> LIST(i) : by[k]);
		k++
	:: else -> break
	od;
	k = 0
}

/* One section: the first waiter in the list of task i, if there is one. */
inline sweep_step(i)
{
	d_step {
		j = 0;
		do
		:: j == MAX || by[j] == LIST(i) -> break
		:: else -> j++
		od;
		if
		:: j < MAX ->
			predecessor(j, seq[j]);
			by[j] = NONE;
			if
			:: found != NONE -> block(found, j)
			:: found == NONE && state[j] == WAITING ->
				TELL(i, j) = true;
				if
				:: patience[j] > 0 -> state[j] = WAKING
				:: else -> grant_in_place(j, GRANTING)
				fi
			:: else
			fi
		:: else
		fi;
		done = j == MAX;
		found = NONE;
		k = 0;
		j = 0
	}
}

/* The store of the state, then the wake; in between the waiter may be gone. */
inline tell(i)
{
	j = 0;
	do
	:: j < MAX ->
		if
		:: TELL(i, j) ->
			d_step {
				assert(live[j]);
				TELL(i, j) = false;
				state[j] = (state[j] == WAKING -> WOKEN : GRANTED)
			};
#ifdef USE_AFTER
			assert(live[j]);
#endif
			marked[j] = false
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0
}

inline sweep(i)
{
	done = false;
	do
	:: done -> break
	:: else ->
		sweep_step(i);
		tell(i)
#ifdef SWEEP_ONE
		; done = true
#endif
	od;
	done = false
}

/* Mark, test, sleep until somebody takes the mark off, as the kernel does. */
inline sleep(i)
{
	do
#ifdef TEST_BEFORE_MARK
	:: IS_AWAKE(i) -> break
	:: else -> marked[i] = true; !marked[i]
#else
	:: marked[i] = true;
		if
		:: IS_AWAKE(i) -> marked[i] = false; break
		:: else -> !marked[i]
		fi
#endif
	od
}

/* Signal or timeout; @gone if the request is withdrawn. */
inline withdraw(i)
{
	atomic {
		if
#ifdef WITHDRAW_GRANTING
		:: state[i] != GRANTED ->
#else
		:: state[i] == WAITING || state[i] == WOKEN ->
#endif
			d_step {
				forget_seq(i);
				by[i] = NONE;
				unlink(i);
				gone = true
			}
		:: else
		fi
	};
	if
#ifndef CANCEL_NO_SWEEP
	:: gone -> sweep(i)
#else
	:: gone
#endif
	:: else -> sleep(i)
	fi
}

inline wait_for_grant(i)
{
	do
	:: state[i] == GRANTED || gone -> break
	:: state[i] == WOKEN -> claim(i)
	:: else ->
		if
		:: sleep(i)
		:: (GIVES_UP & (1 << i)) != 0 -> withdraw(i)
		fi
	od
}

inline release(i)
{
	d_step { unlink(i) };
	sweep(i)
}

proctype task(byte me)
{
	byte found = NONE, j, k;
	bool passes, done, gone;

again:
	take(me);
asked:
	wait_for_grant(me);
	if
	:: gone
	:: else ->
held:		release(me)
	fi;
	d_step { live[me] = false; gone = false };
	if
	:: me != 0 -> goto again
	:: else
	fi
}

init {
	byte i;

	atomic {
		do
		:: i < MAX -> run task(i); i++
		:: else -> break
		od;
		i = 0
	}
}

#ifdef LIVE
/* Process 1 is task 0. */
ltl granted { <> (task[1]@held) }
#endif
