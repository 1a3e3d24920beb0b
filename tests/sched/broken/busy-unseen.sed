# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A lock may be destroyed while somebody is about to come back to it.
# caught: sweep-gone exhaustive
s/rangelock_is_busy(rl) ||/0 ||/
