// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The verbs other modules may call.  They stand here and not beside their
 * definitions because the core is compiled by userspace as well.
 */
#include <linux/export.h>

#include "rangelock.h"
#include "rangelock_debug.h"

EXPORT_SYMBOL_GPL(rangelock_modes_rw);
EXPORT_SYMBOL_GPL(rangelock_modes_file);

EXPORT_SYMBOL_GPL(rangelock_init_class);
EXPORT_SYMBOL_GPL(rangelock_set_class);
EXPORT_SYMBOL_GPL(rangelock_attach_stats);
EXPORT_SYMBOL_GPL(rangelock_set_policy);
EXPORT_SYMBOL_GPL(rangelock_destroy);

EXPORT_SYMBOL_GPL(rangelock_acquire);
EXPORT_SYMBOL_GPL(rangelock_acquire_nested);
EXPORT_SYMBOL_GPL(rangelock_acquire_killable);
EXPORT_SYMBOL_GPL(rangelock_acquire_interruptible);
EXPORT_SYMBOL_GPL(rangelock_acquire_timeout);
EXPORT_SYMBOL_GPL(rangelock_try);

EXPORT_SYMBOL_GPL(rangelock_enqueue);
EXPORT_SYMBOL_GPL(rangelock_wait);
EXPORT_SYMBOL_GPL(rangelock_cancel);

EXPORT_SYMBOL_GPL(rangelock_release);
EXPORT_SYMBOL_GPL(rangelock_downgrade);
EXPORT_SYMBOL_GPL(rangelock_shrink);
EXPORT_SYMBOL_GPL(rangelock_disown);
EXPORT_SYMBOL_GPL(rangelock_is_held);

EXPORT_SYMBOL_GPL(rangelock_validate);
EXPORT_SYMBOL_GPL(rangelock_snapshot);
EXPORT_SYMBOL_GPL(rangelock_format);
EXPORT_SYMBOL_GPL(rangelock_dump);
