# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The mapping of a range is not looked at again.
# caught: shape-late exhaustive
s/ || READ_ONCE(s->shape) != shape))/))/
s/ \&\& READ_ONCE(s->shape) == shape))$/))/
