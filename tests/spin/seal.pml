/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A range lock in use by one (rangelock.c, "A lock in use by one"): tree.root is
 * 0, the address of the request that holds the lock alone, or ITREE_USER with
 * the tree.  The slow path seals it under the spinlock, and the seal comes off
 * when the spinlock is dropped and nothing is held.  All want the same range.
 *
 * The one whose hold is the last destroys the lock as soon as it has released,
 * although others may still be on their way out of rangelock_release().
 *
 *   here             kmod/core/
 *   take_alone       rangelock_take_alone()       rangelock_spread.h
 *   release_alone    rangelock_release_alone()    rangelock_spread.h
 *   rl_lock, seal    rangelock_lock(), rangelock_seal(), rangelock_adopt()
 *   rl_unlock        rangelock_unlock(), rangelock_unseal()
 *   take_in_tree     take_in_tree(), take_locked()        rangelock.c
 *   release_in_tree  release_in_tree()            rangelock_release.c
 *   destroy          rangelock_destroy()          rangelock.c
 *
 * Proved: exclusion; a request is put into the tree only while it is held; the
 * lock's memory is not touched after rangelock_destroy(); destroy finds nothing.
 *
 * Broken on purpose, each of which Spin has to refute:
 *   SEAL_STORE        the seal is a load and a store, not an xchg()
 *   NO_ADOPT          the lone holder is not put into the tree
 *   UNSEAL_HELD       the seal comes off while ranges are held
 *   RELEASE_STORE     a lone release stores 0 without looking
 *   DESTROY_UNLOCKED  destroy does not take the spinlock
 */
#ifndef TASKS
#define TASKS	3
#endif
#ifndef ROUNDS
#define ROUNDS	2
#endif

/* tree.root; who holds it alone is ALONE(task) */
#define QUIET		0
#define SEALED		1
#define IN_TREE		2
#define ALONE(task)	(3 + (task))

byte root = QUIET;
bool locked;
byte nr_tree;
bool alive = true;
bool is_held[TASKS];
byte holders;
byte todo = TASKS * ROUNDS;

/* The memory of the lock is used. */
#define TOUCH	assert(alive)

inline seal()
{
	if
	:: atomic { root == SEALED || root == IN_TREE -> TOUCH }
	:: else ->
#ifdef SEAL_STORE
		alone = root;
		root = SEALED;
#else
		atomic { TOUCH; alone = root; root = SEALED };
#endif
		if
		:: alone == QUIET
		:: else ->
#ifndef NO_ADOPT
			atomic {
				assert(is_held[alone - 3]);
				nr_tree++;
				root = IN_TREE
			}
#else
			skip
#endif
		fi;
		alone = QUIET
	fi
}

inline rl_lock()
{
	atomic { !locked -> TOUCH; locked = true };
	seal()
}

inline rl_unlock()
{
	if
#ifdef UNSEAL_HELD
	:: atomic { root == SEALED || root == IN_TREE -> root = QUIET }
#else
	:: atomic { root == SEALED -> TOUCH; root = QUIET }
#endif
	:: else
	fi;
	atomic { TOUCH; locked = false }
}

/* One step, a cmpxchg(); is_held is what rangelock_fill() has stored before. */
inline take_alone()
{
	atomic {
		TOUCH;
		if
		:: root == QUIET -> root = ALONE(_pid); is_held[_pid] = true
		:: else
		fi
	}
}

inline take_in_tree()
{
	rl_lock();
	if
	:: nr_tree == 0 ->
		atomic { nr_tree = 1; root = IN_TREE; is_held[_pid] = true }
	:: else
	fi;
	rl_unlock()
}

inline release_alone()
{
	atomic {
		TOUCH;
#ifdef RELEASE_STORE
		root = QUIET; is_held[_pid] = false
#else
		if
		:: root == ALONE(_pid) -> root = QUIET; is_held[_pid] = false
		:: else
		fi
#endif
	}
}

inline release_in_tree()
{
	rl_lock();
	atomic {
		assert(nr_tree > 0);
		nr_tree--;
		is_held[_pid] = false;
		root = (nr_tree -> IN_TREE : SEALED)
	};
	rl_unlock()
}

inline destroy()
{
#ifndef DESTROY_UNLOCKED
	rl_lock();
	assert(nr_tree == 0);
	rl_unlock();
#endif
	alive = false
}

active [TASKS] proctype task()
{
	byte alone = QUIET, round = 0;
	bool last_one = false;

	do
	:: round < ROUNDS ->
		do
		:: is_held[_pid] -> break
		:: else ->
			if
			:: take_alone()
			:: take_in_tree()
			fi
		od;
		atomic {
			holders++;
			assert(holders == 1);
			todo--;
			last_one = todo == 0
		};
		holders--;
		release_alone();
		if
		:: is_held[_pid] -> release_in_tree()
		:: else
		fi;
		round++
	:: else -> break
	od;
	if
	:: last_one -> destroy()
	:: else
	fi
}
