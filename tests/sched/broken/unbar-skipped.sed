# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A request that leaves the tree does not open its buckets again.
# caught: bucket-straddle random
/^void rangelock_forget/,/^}/s/if (s && counted/if (0 \&\& s \&\& counted/
