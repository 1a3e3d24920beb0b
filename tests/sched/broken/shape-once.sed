# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The mapping of a range is not looked at again.
# caught: shape-late exhaustive
s/if (unlikely(READ_ONCE(s->shape) != shape))/if (0)/
s/ \&\& READ_ONCE(s->shape) == shape))$/))/
