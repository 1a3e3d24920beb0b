# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The worker takes buckets away that somebody is closing for itself.
# caught: closers exhaustive
s/if (s != rl->spread || s->closers)/if (s != rl->spread)/
