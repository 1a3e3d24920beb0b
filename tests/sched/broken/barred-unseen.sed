# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A bucket is entered although a request of the tree bars it.
# caught: bucket-straddle random
s/if (likely(!(word \& BUCKET_BARRED) \&\&/if (likely(!(b->barred \& RANGELOCK_BUCKET_CLOSED) \&\&/
/^static __always_inline bool try_bucket/,/^}/s/ | BUCKET_BARRED//
