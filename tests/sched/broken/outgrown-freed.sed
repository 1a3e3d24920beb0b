# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Buckets that are outgrown are freed although who gives back may look at them.
# caught: grow-meets exhaustive
s/^\trangelock_pool_keep(s);/\trangelock_pool_retire(s);/
s/^\tnext->outgrown = s;$//
s/^#define READY_MAX.*/#define READY_MAX 0/
