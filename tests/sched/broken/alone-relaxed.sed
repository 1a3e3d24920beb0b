# SPDX-License-Identifier: GPL-2.0-only OR MIT
# To take the lock alone does not order what follows.
# caught: alone exhaustive
/^rangelock_take_alone/,/^}/s/cmpxchg(/cmpxchg_relaxed(/
