# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Whose buckets these are is not looked at again.
# caught: stale-set exhaustive
s/READ_ONCE(rl->spread) != s || READ_ONCE/READ_ONCE/
