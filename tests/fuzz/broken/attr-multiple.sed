# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A number that is no multiple is stored.
# caught: attr
s/^\tif (rest) {$/\tif (0) {/
