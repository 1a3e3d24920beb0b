/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Types, compiler annotations and arithmetic of the userspace seam, under
 * their kernel names and with their kernel meaning.  Include rl_env.h, not
 * this file.
 */
#ifndef RLENV_BASE_H
#define RLENV_BASE_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/*
 * u64 is unsigned long long, as in the kernel, so that one format string
 * (%llu) serves both builds.
 */
typedef uint8_t u8;
typedef uint16_t u16;
typedef int8_t s8;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)
#define BITS_PER_LONG	(8 * __SIZEOF_LONG__)

#if defined(__SANITIZE_THREAD__)
#define RLENV_TSAN	1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RLENV_TSAN	1
#endif
#endif
#ifndef RLENV_TSAN
#define RLENV_TSAN	0
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define __must_check	__attribute__((__warn_unused_result__))
#define __printf(a, b)	__attribute__((__format__(__printf__, a, b)))
#define noinline	__attribute__((__noinline__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define fallthrough	__attribute__((__fallthrough__))
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif

/* Annotations for sparse, which checks the kernel build. */
#define __acquires(lock)
#define __releases(lock)
#define __must_hold(lock)

/* Two lines of 64 bytes: the adjacent line prefetcher moves them as a pair. */
#define ____cacheline_aligned	__attribute__((__aligned__(128)))

#define barrier()	__asm__ __volatile__("" : : : "memory")
/* The compiler knows nothing of how the value was found. */
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r"(var) : "0"(var))

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax()	__asm__ __volatile__("pause" : : : "memory")
#elif defined(__aarch64__)
#define cpu_relax()	__asm__ __volatile__("yield" : : : "memory")
#else
#define cpu_relax()	barrier()
#endif

/* The line of *@p is wanted for writing.  gcc says that only to new processors. */
static inline void prefetchw(const void *p)
{
#if defined(__x86_64__)
	__asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

#define container_of(ptr, type, member)                                 \
	((type *)((char *)(1 ? (ptr) : &((type *)0)->member) -          \
		  offsetof(type, member)))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BUILD_BUG_ON(c)	_Static_assert(!(c), "BUILD_BUG_ON: " #c)

/* The message is optional in the kernel; gcc and clang take both forms. */
#undef static_assert
#define static_assert	_Static_assert

#define RLENV_PASTE(a, b)	a##b
#define RLENV_JOIN(a, b)	RLENV_PASTE(a, b)

/* @n makes the names unique, so that these can be nested. */
#define rlenv_pick(typex, x, op, typey, y, n)                           \
	__extension__({                                                 \
		typex RLENV_JOIN(x_, n) = (x);                          \
		typey RLENV_JOIN(y_, n) = (y);                          \
		(void)(&RLENV_JOIN(x_, n) == &RLENV_JOIN(y_, n));       \
		RLENV_JOIN(x_, n) op RLENV_JOIN(y_, n) ?                \
			RLENV_JOIN(x_, n) : RLENV_JOIN(y_, n);          \
	})

/* As strict as the kernel of 6.1: both sides must have the same type. */
#define min(x, y)                                                       \
	rlenv_pick(__typeof__(x), x, <, __typeof__(y), y, __COUNTER__)
#define max(x, y)                                                       \
	rlenv_pick(__typeof__(x), x, >, __typeof__(y), y, __COUNTER__)
#define min_t(type, x, y)	rlenv_pick(type, x, <, type, y, __COUNTER__)
#define max_t(type, x, y)	rlenv_pick(type, x, >, type, y, __COUNTER__)
#define swap(a, b)                                                      \
	do {                                                            \
		__typeof__(a) swap_ = (a);                              \
		(a) = (b);                                              \
		(b) = swap_;                                            \
	} while (0)

#define PTR_ALIGN(p, a)	((void *)round_up((uintptr_t)(p), (uintptr_t)(a)))

/* @y must be a power of two in these three. */
#define IS_ALIGNED(x, y)	(((x) & ((__typeof__(x))(y) - 1)) == 0)
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)

#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

/* Constant for a constant argument, like the kernel's.  @n must not be 0. */
#define ilog2(n)	(63 - __builtin_clzll((u64)(n)))

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

/* The first bit that is set, from 0; there is one. */
static inline unsigned long __ffs(unsigned long x)
{
	return (unsigned long)__builtin_ctzl(x);
}

static inline unsigned int hweight64(u64 x)
{
	return (unsigned int)__builtin_popcountll(x);
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

#define RLENV_MAX_ERRNO	4095

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= (unsigned long)-RLENV_MAX_ERRNO;
}

/**
 * strscpy() - copy a string into a buffer of known size, always terminated
 * @dst:  destination
 * @src:  NUL terminated source
 * @size: bytes at @dst
 *
 * Return: characters copied, or -E2BIG if @src was cut or @size is 0.
 */
static inline ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	len = strnlen(src, size);
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return (ssize_t)len;
}

/**
 * scnprintf() - snprintf() that returns what it really stored
 * @buf:  destination
 * @size: bytes at @buf
 * @fmt:  format
 *
 * Return: characters in @buf without the NUL; at most @size - 1, or 0.
 */
static inline __printf(3, 4) int scnprintf(char *buf, size_t size,
					   const char *fmt, ...)
{
	va_list args;
	int len;

	if (!size)
		return 0;
	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (len < 0)
		return 0;
	return (size_t)len < size ? len : (int)(size - 1);
}

#endif /* RLENV_BASE_H */
