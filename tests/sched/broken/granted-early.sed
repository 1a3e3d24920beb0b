# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The state says granted while the waker still has the request on its list.
# caught: timeout-two exhaustive
/^static void let_go/,/^}/s/WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTING)/WRITE_ONCE(req->state, RANGELOCK_REQ_GRANTED)/
