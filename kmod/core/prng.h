/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A small seeded generator (splitmix64), the same in both builds, so that a
 * seed printed by one replays in the other.  Not for secrets.
 */
#ifndef RANGELOCK_PRNG_H
#define RANGELOCK_PRNG_H

#include "rl_env.h"

/**
 * struct prng - a generator
 * @state: any value is a valid seed; its user alone
 */
struct prng {
	u64 state;
};

/* A good 64-bit mix of @x: neighbours give unrelated results. */
static inline u64 prng_mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static inline void prng_seed(struct prng *prng, u64 seed)
{
	prng->state = prng_mix(seed + 0x9e3779b97f4a7c15ULL);
}

static inline u64 prng_next(struct prng *prng)
{
	prng->state += 0x9e3779b97f4a7c15ULL;
	return prng_mix(prng->state);
}

/* A number in [0, @limit), @limit not zero: a multiply instead of a divide. */
static inline u32 prng_below(struct prng *prng, u32 limit)
{
	return (u32)(((prng_next(prng) >> 32) * limit) >> 32);
}

#endif /* RANGELOCK_PRNG_H */
