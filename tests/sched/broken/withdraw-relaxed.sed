# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A withdrawn request goes while its waker may still look at it.
# caught: timeout exhaustive
/^int rangelock_withdraw/,/^}/s/smp_load_acquire(&req->state)/READ_ONCE(req->state)/
