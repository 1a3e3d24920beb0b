# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A timeout withdraws a request that has just been granted.
# caught: timeout-two exhaustive
/^int rangelock_withdraw/,/^}/s/if (state != RANGELOCK_REQ_WAITING \&\& state != RANGELOCK_REQ_WOKEN)/if (state == RANGELOCK_REQ_GRANTED)/
