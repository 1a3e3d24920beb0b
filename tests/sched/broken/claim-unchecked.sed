# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A task that was woken takes the range though it was passed by.
# caught: bypass random
s/by = search_again(rl, req, &flags);/by = NULL;/
