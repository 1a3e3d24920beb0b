# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A bucket is barred, but what it holds does not move to the tree.
# caught: bucket-straddle random
/^void rangelock_bar/,/^}/s/word = evict_locked(rl, s, b, bucket_own(b));/word = bucket_own(b) | BUCKET_BARRED;/
