# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Buckets are given to another lock without a grace period.
# caught: two-locks pct
/^static void recycle/,/^}/s/^\trlenv_rcu_synchronize();$//
