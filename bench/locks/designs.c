/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Designs of the engine that are more than one lock, and have no place in a
 * scenario of locks alone: for the mixes only.  Their names are those of the
 * designs; `rlbench designs` says what they are.
 */
#include "bench/lock_ops.h"

const struct lock_ops lock_ops_designs[] = {
	{ .name = "range-h1", .title = "engine only: V-A, held for submission" },
	{ .name = "range-b", .title = "engine only: V-B, the extent lock" },
	{ .name = "range-c", .title = "engine only: V-C, drop-in" },
};
const unsigned int lock_ops_designs_nr = ARRAY_SIZE(lock_ops_designs);
