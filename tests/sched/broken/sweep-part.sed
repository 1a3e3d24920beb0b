# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A sweep ends with its first section.
# caught: sweep random
/^void rangelock_sweep/,/^}/s/if (!list)/if (1)/
