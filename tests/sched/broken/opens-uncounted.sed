# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Buckets are opened without counting who is in the tree.
# caught: opening-held random
s/s->counted_all = false;/s->counted_all = true;/
