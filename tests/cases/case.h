/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a shared test case is written against.
 *
 * The files case_*.c are compiled unchanged into the userspace runner
 * (tests/run_cases.c, cmocka) and into the kernel module (KTAP at load).  So
 * they include this header, core headers and rl_env.h, and nothing else: no
 * libc, no floating point, stack frames below 1 KiB, threads from
 * rlenv_thread_run() only.
 *
 * The runner fills in a struct case_ctx, calls the case and looks at it
 * afterwards.  A case reports only its first failure.  A WARN during a case is
 * a failure too; a case that provokes one sets rangelock_expect_misuse.
 */
#ifndef RANGELOCK_CASE_H
#define RANGELOCK_CASE_H

#include "prng.h"
#include "rl_env.h"

#define CASE_WHY_SIZE 200

/**
 * struct case_ctx - one run of one case
 * @name:   name of the case; runner, before the run
 * @seed:   where its random numbers start; runner.  Fixed unless asked for
 * @scale:  how much to do: 1 in an emulated kernel, more where loops are
 *          cheap; runner, never 0
 * @thin:   by how much to divide the rounds of what takes minutes under a kernel
 *          that checks itself; runner, never 0
 * @failed: not 0 once a check failed; any thread of the case
 * @skip:   why the case did not run, or NULL; case
 * @why:    text of the first failure; written once, by who set @failed
 */
struct case_ctx {
	const char *name;
	u64 seed;
	unsigned int scale;
	unsigned int thin;
	atomic_t failed;
	const char *skip;
	char why[CASE_WHY_SIZE];
};

/**
 * struct case_desc - a case in a table; the table ends with an empty one
 * @name: unique in its table, [a-z0-9_]
 * @fn:   the case
 */
struct case_desc {
	const char *name;
	void (*fn)(struct case_ctx *t);
};

/* How often to do what is random anyway: at least once. */
static inline u32 case_rounds(const struct case_ctx *t, u32 rounds)
{
	return max_t(u32, rounds * t->scale / t->thin, 1);
}

/* Record a failed check.  Only the first one keeps its text. */
static inline void case_fail(struct case_ctx *t, const char *file, int line,
			     const char *what)
{
	if (!atomic_xchg(&t->failed, 1))
		scnprintf(t->why, sizeof(t->why), "%s:%d: %s", file, line,
			  what);
}

static inline void case_fail_eq(struct case_ctx *t, const char *file, int line,
				const char *what, u64 a, u64 b)
{
	if (!atomic_xchg(&t->failed, 1))
		scnprintf(t->why, sizeof(t->why), "%s:%d: %s: %lld != %lld",
			  file, line, what, (long long)a, (long long)b);
}

static inline bool case_has_failed(struct case_ctx *t)
{
	return atomic_read(&t->failed) != 0;
}

/* Check and go on: for threads, and where something must be undone first. */
#define CASE_EXPECT(t, cond)                                            \
	({                                                              \
		bool ok_ = !!(cond);                                    \
									\
		if (!ok_)                                               \
			case_fail((t), __FILE__, __LINE__, #cond);      \
		ok_;                                                    \
	})

#define CASE_EXPECT_EQ(t, a, b)                                         \
	({                                                              \
		u64 a_ = (u64)(a);                                      \
		u64 b_ = (u64)(b);                                      \
									\
		if (a_ != b_)                                           \
			case_fail_eq((t), __FILE__, __LINE__,           \
				     #a " == " #b, a_, b_);             \
		a_ == b_;                                               \
	})

/* Check and return from the (void) function at the first failure. */
#define CASE_CHECK(t, cond)                                             \
	do {                                                            \
		if (!CASE_EXPECT(t, cond))                              \
			return;                                         \
	} while (0)

#define CASE_CHECK_EQ(t, a, b)                                          \
	do {                                                            \
		if (!CASE_EXPECT_EQ(t, a, b))                           \
			return;                                         \
	} while (0)

/* Return at once if a function called by the case has failed a check. */
#define CASE_PROPAGATE(t)                                               \
	do {                                                            \
		if (case_has_failed(t))                                 \
			return;                                         \
	} while (0)

#define CASE_SKIP(t, reason)                                            \
	do {                                                            \
		(t)->skip = (reason);                                   \
		return;                                                 \
	} while (0)

/* A random index into @weight, as often as its weight says. */
static inline u32 case_pick(struct prng *prng, const u32 *weight, u32 nr)
{
	u32 i, pick, sum = 0;

	for (i = 0; i < nr; i++)
		sum += weight[i];
	pick = prng_below(prng, sum);
	for (i = 0; pick >= weight[i]; i++)
		pick -= weight[i];
	return i;
}

#endif /* RANGELOCK_CASE_H */
