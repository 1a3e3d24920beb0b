# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A task that was woken and passed by waits for nobody in particular.
# caught: bypass random
/^bool rangelock_claim/,/^}/s/rangelock_block(by, req);/;/
