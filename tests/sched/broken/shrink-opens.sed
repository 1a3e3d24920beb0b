# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A shrink opens the buckets it leaves before it bars those it keeps.
# caught: shrink-barred random
/^u16 rangelock_rebar/,/^}/{/^\trangelock_bar(rl, s, start, last);$/{N;s/^\(.*\)\n\(.*\)$/\2\n\1/}}
