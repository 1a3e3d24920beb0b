# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A release tells nobody.
# caught: acquire exhaustive
/release_in_tree(struct/,/^}/s/if (unlikely(req->waiters)) {/if (0) {/
