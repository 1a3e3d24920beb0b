/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Warnings of the userspace seam.  A warning goes to stderr with its place, is
 * counted in rlenv_warnings so that tests can demand none (or one), and stops
 * the program if RL_PANIC_ON_WARN=1 is in the environment.  Include rl_env.h,
 * not this file.
 */
#ifndef RLENV_BUG_H
#define RLENV_BUG_H

#include "atomic.h"

/* Warnings since the program started, those of once-sites counted once. */
extern atomic_t rlenv_warnings;

__attribute__((__cold__)) noinline __printf(3, 4)
void rlenv_warn(const char *file, int line, const char *fmt, ...);

#define WARN_ON(cond)                                                   \
	__extension__({                                                 \
		bool warn_ = !!(cond);                                  \
		if (unlikely(warn_))                                    \
			rlenv_warn(__FILE__, __LINE__, "%s", #cond);    \
		unlikely(warn_);                                        \
	})

#define WARN_ONCE(cond, ...)                                            \
	__extension__({                                                 \
		static u32 warned_;                                     \
		bool warn_ = !!(cond);                                  \
		if (unlikely(warn_) && !xchg(&warned_, 1))              \
			rlenv_warn(__FILE__, __LINE__, __VA_ARGS__);    \
		unlikely(warn_);                                        \
	})

#define WARN_ON_ONCE(cond)	WARN_ONCE(cond, "%s", #cond)

/* True in debug builds, where checks may cost time. */
#ifdef RL_DEBUG
#define rlenv_debug()	true
#else
#define rlenv_debug()	false
#endif

#ifndef pr_fmt
#define pr_fmt(fmt)	fmt
#endif
#define pr_info(fmt, ...)	fprintf(stderr, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	fprintf(stderr, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	fprintf(stderr, pr_fmt(fmt), ##__VA_ARGS__)

#endif /* RLENV_BUG_H */
