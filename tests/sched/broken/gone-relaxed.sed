# SPDX-License-Identifier: GPL-2.0-only OR MIT
# To give back a lock that was held alone does not order what was before.
# caught: acquire exhaustive
/^rangelock_leave_alone/,/^}/s/cmpxchg(/cmpxchg_relaxed(/
