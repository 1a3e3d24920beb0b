# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The search for whom to wait for ends with its first section.
# caught: look random
/^struct rangelock_req \*rangelock_predecessor/,/^}/s/scan->more = true;/scan->more = false;/
