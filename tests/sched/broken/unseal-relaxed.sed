# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The tree becomes empty without ordering what was before.
# caught: try random
/rangelock_unseal(struct/,/^}/s/smp_store_release(&rl->tree.root, 0)/WRITE_ONCE(rl->tree.root, 0)/
