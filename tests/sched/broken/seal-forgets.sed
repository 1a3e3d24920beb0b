# SPDX-License-Identifier: GPL-2.0-only OR MIT
# One who held the lock alone is not put into the tree.
# caught: acquire exhaustive
s/^\trangelock_adopt(rl, alone);$//
