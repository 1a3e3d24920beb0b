# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A bucket is closed, but what it holds does not move to the tree.
# caught: wide-held exhaustive
/^void rangelock_close_bucket/,/^}/s/evict_locked(rl, s, b, word)/word | BUCKET_BARRED/
