// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The layout of the interface by the core's headers; see abi.h.
 */
#include "rangelock_debug.h"
#include "abi.h"

const struct abi_entry rlenv_abi_core[] = {
#include "abi_list.h"
};

const size_t rlenv_abi_core_nr = ARRAY_SIZE(rlenv_abi_core);
