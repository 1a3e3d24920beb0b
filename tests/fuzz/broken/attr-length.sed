# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The name of a device takes all the room that there is, and its end one more.
# caught: attr
s/if (len >= size || /if (len > size || /
