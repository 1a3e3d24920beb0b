/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Atomics of the userspace seam, with the ordering of the kernel's memory
 * model: what returns a value and writes is a full barrier, what does not
 * return a value is relaxed, and so are plain reads and sets.  Everything goes
 * through the __atomic builtins, because ThreadSanitizer understands those and
 * does not understand inline assembly.  Include rl_env.h, not this file.
 */
#ifndef RLENV_ATOMIC_H
#define RLENV_ATOMIC_H

#include "base.h"

/* Scalars only: there is no READ_ONCE() of a struct in the kernel either. */
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val)                                              \
	do {                                                            \
		__typeof__(x) once_ = (val);                            \
		__atomic_store_n(&(x), once_, __ATOMIC_RELAXED);        \
	} while (0)

#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, val)                                       \
	do {                                                            \
		__typeof__(*(p)) release_ = (val);                      \
		__atomic_store_n((p), release_, __ATOMIC_RELEASE);      \
	} while (0)

#define xchg(p, val)                                                    \
	__extension__({                                                 \
		__typeof__(*(p)) xchg_ = (val);                         \
		__atomic_exchange_n((p), xchg_, __ATOMIC_SEQ_CST);      \
	})

/* A failed cmpxchg() orders nothing, as in the kernel. */
#define cmpxchg(p, old, new)                                            \
	__extension__({                                                 \
		__typeof__(*(p)) old_ = (old);                          \
		__typeof__(*(p)) new_ = (new);                          \
		__atomic_compare_exchange_n((p), &old_, new_, false,    \
					    __ATOMIC_SEQ_CST,           \
					    __ATOMIC_RELAXED);          \
		old_;                                                   \
	})

/*
 * ThreadSanitizer has no model of a fence.  Its builds use a read-modify-write
 * of one shared word instead: every smp_mb() then happens before each later
 * one, which is more than the fence promises, so a race that is ordered by
 * nothing but two unrelated fences goes unreported there.  (A word per thread
 * would order nothing in its model and report correct code.)  Acquire and
 * release are exact in both builds; prefer them.
 */
#if RLENV_TSAN
extern u32 rlenv_fence_word;
#define smp_mb()	((void)__atomic_fetch_add(&rlenv_fence_word, 1, \
						  __ATOMIC_SEQ_CST))
#else
#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter __attribute__((__aligned__(8)));
} atomic64_t;

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

/*
 * Both widths are the same dozen functions over another type, and nothing in
 * them branches, so they are generated; the names are the kernel's.
 */
#define RLENV_DEFINE_ATOMIC(name, type, word)                           \
static inline word name##_read(const type *v)                           \
{                                                                       \
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);          \
}                                                                       \
static inline void name##_set(type *v, word i)                          \
{                                                                       \
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);             \
}                                                                       \
static inline word name##_read_acquire(const type *v)                   \
{                                                                       \
	return smp_load_acquire(&v->counter);                           \
}                                                                       \
static inline void name##_set_release(type *v, word i)                  \
{                                                                       \
	smp_store_release(&v->counter, i);                              \
}                                                                       \
static inline void name##_add(word i, type *v)                          \
{                                                                       \
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);           \
}                                                                       \
static inline void name##_sub(word i, type *v)                          \
{                                                                       \
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);           \
}                                                                       \
static inline void name##_inc(type *v)                                  \
{                                                                       \
	name##_add(1, v);                                               \
}                                                                       \
static inline void name##_dec(type *v)                                  \
{                                                                       \
	name##_sub(1, v);                                               \
}                                                                       \
static inline word name##_add_return(word i, type *v)                   \
{                                                                       \
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);    \
}                                                                       \
static inline word name##_inc_return(type *v)                           \
{                                                                       \
	return name##_add_return(1, v);                                 \
}                                                                       \
static inline word name##_dec_return(type *v)                           \
{                                                                       \
	return name##_add_return(-1, v);                                \
}                                                                       \
static inline bool name##_dec_and_test(type *v)                         \
{                                                                       \
	return name##_dec_return(v) == 0;                               \
}                                                                       \
static inline word name##_fetch_add(word i, type *v)                    \
{                                                                       \
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);    \
}                                                                       \
static inline word name##_xchg(type *v, word i)                         \
{                                                                       \
	return xchg(&v->counter, i);                                    \
}                                                                       \
static inline word name##_cmpxchg(type *v, word old, word new)          \
{                                                                       \
	return cmpxchg(&v->counter, old, new);                          \
}

RLENV_DEFINE_ATOMIC(atomic, atomic_t, int)
RLENV_DEFINE_ATOMIC(atomic64, atomic64_t, s64)

typedef struct {
	int refs;
} refcount_t;

/* refcount_warn() reports a count that left the range 1..INT_MAX. */
void rlenv_refcount_warn(const char *what, int refs);

static inline void refcount_set(refcount_t *r, int n)
{
	__atomic_store_n(&r->refs, n, __ATOMIC_RELAXED);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return (unsigned int)__atomic_load_n(&r->refs, __ATOMIC_RELAXED);
}

static inline void refcount_inc(refcount_t *r)
{
	int old = __atomic_fetch_add(&r->refs, 1, __ATOMIC_RELAXED);

	if (unlikely(old <= 0 || old == INT_MAX))
		rlenv_refcount_warn("increment", old);
}

/* Release on every call, acquire for the caller that gets true. */
static inline __must_check bool refcount_dec_and_test(refcount_t *r)
{
	int old = __atomic_fetch_sub(&r->refs, 1, __ATOMIC_ACQ_REL);

	if (unlikely(old <= 0))
		rlenv_refcount_warn("decrement", old);
	return old == 1;
}

#endif /* RLENV_ATOMIC_H */
