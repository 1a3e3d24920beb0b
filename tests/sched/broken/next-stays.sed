# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Buckets that a lock was to grow into stay when it loses those that it has.
# caught: grow-not exhaustive
/case RANGELOCK_REAP_GONE:/,/break;/s/if (s->next)/if (0)/
