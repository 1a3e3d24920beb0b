# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A range's bucket is published without release.
# caught: promote-fresh random
s/smp_store_release(&req->home, b);/WRITE_ONCE(req->home, b);/
