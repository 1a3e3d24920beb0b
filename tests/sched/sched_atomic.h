/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Atomic accesses as scheduling points.  Include rl_env.h, not this file.
 *
 * sched_access() lets others run and then returns for the operation, which is
 * atomic because nobody runs until the next one.
 */
#ifndef RANGELOCK_SCHED_ATOMIC_H
#define RANGELOCK_SCHED_ATOMIC_H

#include "env/base.h"

/* What an operation does to memory, and what it orders; a mask. */
#define SCHED_READS	1u
#define SCHED_WRITES	2u
#define SCHED_ACQUIRES	4u
#define SCHED_RELEASES	8u
#define SCHED_RELAXED	(SCHED_READS | SCHED_WRITES)
#define SCHED_FULL	(SCHED_RELAXED | SCHED_ACQUIRES | SCHED_RELEASES)

/**
 * struct sched_place - an operation in the source
 * @file:  where
 * @line:  where
 * @what:  name of the operation
 * @order: mask of what it does, 0 if that is told by sched_order()
 * @hits:  how often it was a scheduling point
 */
struct sched_place {
	const char *file;
	int line;
	const char *what;
	u32 order;
	u64 hits;
} __aligned(64);

/* All of them are in one section, for sched_print_unvisited(). */
#define SCHED_PLACE(name, how)                                          \
	__extension__({                                                 \
		static struct sched_place place_                        \
			__attribute__((__section__("sched_places"))) = { \
			__FILE__, __LINE__, name, how, 0,               \
		};                                                      \
		&place_;                                                \
	})

void sched_access(struct sched_place *place, const volatile void *p,
		  size_t size);
void sched_order(const volatile void *p, u32 how);
void sched_relax(struct sched_place *place);

#define SCHED_ACCESS(name, p, how)                                      \
	sched_access(SCHED_PLACE(name, how), (p), sizeof(*(p)))
/* Accesses are volatile, so that the compiler does not report them as plain. */
#define SCHED_AT(p)		(*(volatile __typeof__(*(p)) *)(p))

#define SCHED_LOAD(name, p, how)                                        \
	__extension__({                                                 \
		SCHED_ACCESS(name, p, how);                             \
		SCHED_AT(p);                                            \
	})
#define SCHED_STORE(name, p, val, how)                                  \
	do {                                                            \
		__typeof__(*(p)) store_ = (val);                        \
									\
		SCHED_ACCESS(name, p, how);                             \
		SCHED_AT(p) = store_;                                   \
	} while (0)

#define READ_ONCE(x)		SCHED_LOAD("READ_ONCE", &(x), SCHED_READS)
#define WRITE_ONCE(x, val)                                              \
	SCHED_STORE("WRITE_ONCE", &(x), val, SCHED_WRITES)
#define smp_load_acquire(p)                                             \
	SCHED_LOAD("smp_load_acquire", p, SCHED_READS | SCHED_ACQUIRES)
#define smp_store_release(p, val)                                       \
	SCHED_STORE("smp_store_release", p, val,                        \
		    SCHED_WRITES | SCHED_RELEASES)

#define SCHED_XCHG(name, p, val, how)                                   \
	__extension__({                                                 \
		__typeof__(*(p)) xnew_ = (val), xold_;                  \
									\
		SCHED_ACCESS(name, p, how);                             \
		xold_ = SCHED_AT(p);                                    \
		SCHED_AT(p) = xnew_;                                    \
		xold_;                                                  \
	})
#define xchg(p, val)		SCHED_XCHG("xchg", p, val, SCHED_FULL)
#define xchg_relaxed(p, val)	SCHED_XCHG("xchg_relaxed", p, val, SCHED_RELAXED)
#define xchg_acquire(p, val)                                            \
	SCHED_XCHG("xchg_acquire", p, val, SCHED_RELAXED | SCHED_ACQUIRES)
#define xchg_release(p, val)                                            \
	SCHED_XCHG("xchg_release", p, val, SCHED_RELAXED | SCHED_RELEASES)

/* One that fails is a relaxed load. */
#define SCHED_CMPXCHG(name, p, old, new, how)                           \
	__extension__({                                                 \
		__typeof__(*(p)) cold_ = (old), cnew_ = (new), cwas_;   \
									\
		SCHED_ACCESS(name, p, 0);                               \
		cwas_ = SCHED_AT(p);                                    \
		sched_order(p, cwas_ == cold_ ? (how) : SCHED_READS);   \
		if (cwas_ == cold_)                                     \
			SCHED_AT(p) = cnew_;                            \
		cwas_;                                                  \
	})
#define cmpxchg(p, o, n)	SCHED_CMPXCHG("cmpxchg", p, o, n, SCHED_FULL)
#define cmpxchg_relaxed(p, o, n)                                        \
	SCHED_CMPXCHG("cmpxchg_relaxed", p, o, n, SCHED_RELAXED)
#define cmpxchg_acquire(p, o, n)                                        \
	SCHED_CMPXCHG("cmpxchg_acquire", p, o, n,                       \
		      SCHED_RELAXED | SCHED_ACQUIRES)
#define cmpxchg_release(p, o, n)                                        \
	SCHED_CMPXCHG("cmpxchg_release", p, o, n,                       \
		      SCHED_RELAXED | SCHED_RELEASES)

#define SCHED_TRY_CMPXCHG(name, p, oldp, new, how)                      \
	__extension__({                                                 \
		__typeof__(*(p)) *told_ = (oldp), texp_ = *told_;       \
									\
		*told_ = SCHED_CMPXCHG(name, p, texp_, new, how);       \
		*told_ == texp_;                                        \
	})
#define try_cmpxchg(p, o, n)                                            \
	SCHED_TRY_CMPXCHG("try_cmpxchg", p, o, n, SCHED_FULL)
#define try_cmpxchg_relaxed(p, o, n)                                    \
	SCHED_TRY_CMPXCHG("try_cmpxchg_relaxed", p, o, n, SCHED_RELAXED)
#define try_cmpxchg_acquire(p, o, n)                                    \
	SCHED_TRY_CMPXCHG("try_cmpxchg_acquire", p, o, n,               \
			  SCHED_RELAXED | SCHED_ACQUIRES)
#define try_cmpxchg_release(p, o, n)                                    \
	SCHED_TRY_CMPXCHG("try_cmpxchg_release", p, o, n,               \
			  SCHED_RELAXED | SCHED_RELEASES)

/* All of them are as strong as the strongest, which may hide a mistake. */
extern u32 sched_fence;
#define smp_mb()		SCHED_ACCESS("smp_mb", &sched_fence, SCHED_FULL)
#define smp_rmb()		smp_mb()
#define smp_wmb()		smp_mb()
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()
#define smp_mb__after_spinlock()	smp_mb()

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter __attribute__((__aligned__(8)));
} atomic64_t;

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

/* Returns the new value. */
#define SCHED_ADD(name, i, v, how)                                      \
	__extension__({                                                 \
		__typeof__((v)->counter) add_ = (i);                    \
									\
		SCHED_ACCESS(name, &(v)->counter, how);                 \
		add_ += SCHED_AT(&(v)->counter);                        \
		SCHED_AT(&(v)->counter) = add_;                         \
		add_;                                                   \
	})

/* The names of both widths, as in the kernel. */
#define atomic_read(v)	SCHED_LOAD("atomic_read", &(v)->counter, SCHED_READS)
#define atomic_set(v, i)                                                \
	SCHED_STORE("atomic_set", &(v)->counter, i, SCHED_WRITES)
#define atomic_add(i, v)	((void)SCHED_ADD("atomic_add", i, v, SCHED_RELAXED))
#define atomic_sub(i, v)	atomic_add(-(i), v)
#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_add(-1, v)
#define atomic_add_return(i, v)	SCHED_ADD("atomic_add_return", i, v, SCHED_FULL)
#define atomic_inc_return(v)	atomic_add_return(1, v)
#define atomic_dec_return(v)	atomic_add_return(-1, v)
#define atomic_dec_and_test(v)	(!atomic_add_return(-1, v))
#define atomic_xchg(v, i)                                               \
	SCHED_XCHG("atomic_xchg", &(v)->counter, i, SCHED_FULL)
#define atomic_cmpxchg(v, o, n)                                         \
	SCHED_CMPXCHG("atomic_cmpxchg", &(v)->counter, o, n, SCHED_FULL)

#define atomic64_read(v)	atomic_read(v)
#define atomic64_set(v, i)	atomic_set(v, i)
#define atomic64_add(i, v)	atomic_add(i, v)
#define atomic64_sub(i, v)	atomic_sub(i, v)
#define atomic64_inc(v)		atomic_inc(v)
#define atomic64_dec(v)		atomic_dec(v)
#define atomic64_add_return(i, v)	atomic_add_return(i, v)
#define atomic64_inc_return(v)	atomic_inc_return(v)
#define atomic64_cmpxchg(v, o, n)	atomic_cmpxchg(v, o, n)
#define atomic64_read_acquire(v)	smp_load_acquire(&(v)->counter)
#define atomic64_set_release(v, i)	smp_store_release(&(v)->counter, i)

#endif /* RANGELOCK_SCHED_ATOMIC_H */
