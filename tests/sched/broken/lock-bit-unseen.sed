# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A release changes the word of a bucket while another has it locked.
# caught: bucket-evict exhaustive
s/if (unlikely(READ_ONCE(req->home) != b || (word & BUCKET_LOCKED)))/if (unlikely(READ_ONCE(req->home) != b))/
