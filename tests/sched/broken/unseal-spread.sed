# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The lock may be taken alone although its buckets are open.
# caught: bucket random
/rangelock_unseal(struct/,/^}/s/(s && s->phase != RANGELOCK_CLOSED)/(s \&\& s->phase != RANGELOCK_CLOSED \&\& s->phase != RANGELOCK_OPEN)/
