# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Buckets are given to a lock without release.
# caught: opening-dry random
s/rlenv_rcu_assign(rl->spread, s);/WRITE_ONCE(rl->spread, s);/
