# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Those who waited for a request that is withdrawn are not looked after.
# caught: cancel-behind exhaustive
/^int rangelock_withdraw/,/^}/s/rangelock_sweep(rl, &req->waiters, flags);/rangelock_unlock(rl, flags);/
