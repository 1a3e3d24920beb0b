# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The bucket of a range is locked, but the range has moved meanwhile.
# caught: bucket-evict exhaustive
s/if (likely(READ_ONCE(req->home) == b))/if (1)/
s/if (unlikely(READ_ONCE(req->home) != b ||/if (unlikely(0 ||/
