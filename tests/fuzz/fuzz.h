/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the targets share.
 */
#ifndef RANGELOCK_FUZZ_H
#define RANGELOCK_FUZZ_H

#include <stdlib.h>

#include "rl_env.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The fuzzer keeps the input that leads to an abort. */
static inline void check(bool good)
{
	if (!good)
		abort();
}

#endif /* RANGELOCK_FUZZ_H */
