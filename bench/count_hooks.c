/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a program that is compiled with -fsanitize=thread calls for each access
 * to memory, and what --wrap=malloc and the like send here; see count.h.  This
 * file itself is compiled without.
 */
#include "bench/count.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

static __thread struct count_trace *trace;
static __thread u64 allocations;
static s64 live_bytes;

/**
 * count_begin() - record from now on
 * @into: trace of the calling thread; added to
 */
void count_begin(struct count_trace *into)
{
	trace = into;
}

/**
 * count_end() - record no more in the calling thread
 */
void count_end(void)
{
	trace = NULL;
}

/**
 * count_allocations() - allocations of the calling thread, traced or not
 *
 * Return: how many since it began.
 */
u64 count_allocations(void)
{
	return allocations;
}

/**
 * count_live_bytes() - memory that is allocated now
 *
 * Return: bytes, as the allocator rounded them.
 */
s64 count_live_bytes(void)
{
	return __atomic_load_n(&live_bytes, __ATOMIC_RELAXED);
}

static void record(const volatile void *addr, size_t size, enum count_kind kind)
{
	uintptr_t at = (uintptr_t)addr;

	if (likely(!trace) || (at >= trace->low && at < trace->high))
		return;
	if (trace->nr < COUNT_MAX)
		trace->access[trace->nr] = (struct count_access){
			at, (u32)size, kind,
		};
	trace->nr++;
}

/* The compiler knows these names; no header has them. */
#define PLAIN(n)                                                             \
	void __tsan_read##n(void *p);                                         \
	void __tsan_read##n(void *p)                                          \
	{                                                                     \
		record(p, n, COUNT_READ);                                     \
	}                                                                     \
	void __tsan_write##n(void *p);                                        \
	void __tsan_write##n(void *p)                                         \
	{                                                                     \
		record(p, n, COUNT_WRITE);                                    \
	}                                                                     \
	void __tsan_unaligned_read##n(void *p);                               \
	void __tsan_unaligned_read##n(void *p)                                \
	{                                                                     \
		record(p, n, COUNT_READ);                                     \
	}                                                                     \
	void __tsan_unaligned_write##n(void *p);                              \
	void __tsan_unaligned_write##n(void *p)                               \
	{                                                                     \
		record(p, n, COUNT_WRITE);                                    \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *p, unsigned long size);
void __tsan_read_range(void *p, unsigned long size)
{
	record(p, size, COUNT_READ);
}

void __tsan_write_range(void *p, unsigned long size);
void __tsan_write_range(void *p, unsigned long size)
{
	record(p, size, COUNT_WRITE);
}

#define FETCH(n, word, op)                                                   \
	word __tsan_atomic##n##_fetch_##op(volatile word *p, word v, int mo);  \
	word __tsan_atomic##n##_fetch_##op(volatile word *p, word v, int mo)   \
	{                                                                     \
		record(p, n / 8, COUNT_RMW);                                  \
		return __atomic_fetch_##op(p, v, __ATOMIC_SEQ_CST);           \
	}

#define EXCHANGE(n, word, strength)                                          \
	int __tsan_atomic##n##_compare_exchange_##strength(                   \
		volatile word *p, word *old, word new, int mo, int fail);     \
	int __tsan_atomic##n##_compare_exchange_##strength(                   \
		volatile word *p, word *old, word new, int mo, int fail)      \
	{                                                                     \
		record(p, n / 8, COUNT_RMW);                                  \
		return __atomic_compare_exchange_n(p, old, new, false,        \
						   __ATOMIC_SEQ_CST,          \
						   __ATOMIC_SEQ_CST);         \
	}

#define ATOMIC(n, word)                                                      \
	word __tsan_atomic##n##_load(const volatile word *p, int mo);         \
	word __tsan_atomic##n##_load(const volatile word *p, int mo)          \
	{                                                                     \
		record(p, n / 8, COUNT_READ);                                 \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                  \
	}                                                                     \
	void __tsan_atomic##n##_store(volatile word *p, word v, int mo);      \
	void __tsan_atomic##n##_store(volatile word *p, word v, int mo)       \
	{                                                                     \
		record(p, n / 8,                                              \
		       mo == __ATOMIC_SEQ_CST ? COUNT_RMW : COUNT_WRITE);     \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                     \
	}                                                                     \
	word __tsan_atomic##n##_exchange(volatile word *p, word v, int mo);   \
	word __tsan_atomic##n##_exchange(volatile word *p, word v, int mo)    \
	{                                                                     \
		record(p, n / 8, COUNT_RMW);                                  \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);           \
	}                                                                     \
	FETCH(n, word, add)                                                   \
	FETCH(n, word, sub)                                                   \
	FETCH(n, word, and)                                                   \
	FETCH(n, word, or)                                                    \
	FETCH(n, word, xor)                                                   \
	EXCHANGE(n, word, strong)                                             \
	EXCHANGE(n, word, weak)

ATOMIC(8, u8)
ATOMIC(16, u16)
ATOMIC(32, u32)
ATOMIC(64, u64)

void __tsan_atomic_thread_fence(int mo);
void __tsan_atomic_thread_fence(int mo)
{
	if (mo == __ATOMIC_SEQ_CST)
		record(NULL, 0, COUNT_FENCE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int mo);
void __tsan_atomic_signal_fence(int mo)
{
	barrier();
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/*
 * Memory.  The linker sends calls of malloc() to __wrap_malloc(), and those of
 * __real_malloc() to the library.
 */

static void *allocated(void *p, size_t bytes)
{
	if (!p)
		return p;
	allocations++;
	__atomic_fetch_add(&live_bytes, (s64)bytes, __ATOMIC_RELAXED);
	return p;
}

#define WRAP(type, name, ...)                                                \
	type __real_##name(__VA_ARGS__);                                      \
	type __wrap_##name(__VA_ARGS__);                                      \
	type __wrap_##name(__VA_ARGS__)

WRAP(void *, malloc, size_t size)
{
	void *p = __real_malloc(size);

	return allocated(p, malloc_usable_size(p));
}

WRAP(void *, calloc, size_t nr, size_t size)
{
	void *p = __real_calloc(nr, size);

	return allocated(p, malloc_usable_size(p));
}

WRAP(void *, aligned_alloc, size_t align, size_t size)
{
	void *p = __real_aligned_alloc(align, size);

	return allocated(p, malloc_usable_size(p));
}

WRAP(int, posix_memalign, void **p, size_t align, size_t size)
{
	int err = __real_posix_memalign(p, align, size);

	if (!err)
		allocated(*p, malloc_usable_size(*p));
	return err;
}

WRAP(void, free, void *p)
{
	__atomic_fetch_sub(&live_bytes, (s64)malloc_usable_size(p),
			   __ATOMIC_RELAXED);
	__real_free(p);
}

WRAP(void *, mmap, void *at, size_t size, int prot, int flags, int fd,
     off_t offset)
{
	void *p = __real_mmap(at, size, prot, flags, fd, offset);

	if (p != MAP_FAILED)
		allocated(p, size);
	return p;
}

WRAP(int, munmap, void *p, size_t size)
{
	__atomic_fetch_sub(&live_bytes, (s64)size, __ATOMIC_RELAXED);
	return __real_munmap(p, size);
}
