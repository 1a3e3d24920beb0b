# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A bucket takes a range that conflicts with one in it.
# caught: lock
/^find_slot(/,/^}/s/return RANGELOCK_CONFLICT;/continue;/
