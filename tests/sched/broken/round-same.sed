# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A bucket that is barred keeps its number: a release meets another range.
# caught: readers-again exhaustive
s/ | BUCKET_BARRED) + BUCKET_ROUND;/ | BUCKET_BARRED);/
