# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A waiter is passed by while it is looked for whom it waits for.
# caught: look-bypass random
/^static bool may_pass/,/^}/s/READ_ONCE(other->queue) != RANGELOCK_QUEUE_SEARCHED/1/
