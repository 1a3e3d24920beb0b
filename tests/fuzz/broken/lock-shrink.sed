# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What a shrink gives back is given to nobody.
# caught: lock
/^static bool shrink_in_tree(/,/^}/s/rangelock_sweep(rl, &req->waiters, flags);/rangelock_unlock(rl, flags);/
