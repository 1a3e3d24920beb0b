# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Passing costs the waiters no patience.
# caught: bypass random
/^static bool pass_locked/,/^}/s/node_req(node)->patience--;/;/
