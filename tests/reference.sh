# SPDX-License-Identifier: GPL-2.0-only OR MIT
# For test scripts with committed figures, each of which is better when smaller.
# To be read by the shell, after tests/tap.sh.

# better_or_equal WAS IS: lines of "name value"; on stdout what is different.
# Exit status 1 if a figure is more than one percent worse, or is missing.
better_or_equal() {
	awk '
	/^#/ { next }
	NR == FNR { was[$1] = $2; next }
	!($1 in was) { print "new: " $1; next }
	{
		seen++
		if ($2 > was[$1] * 1.01) {
			print "worse: " $1 " was " was[$1] ", is " $2
			bad = 1
		} else if ($2 < was[$1] * 0.99) {
			print "better: " $1 " was " was[$1] ", is " $2
		}
		delete was[$1]
	}
	END {
		for (name in was) {
			print "missing: " name
			bad = 1
		}
		exit bad || !seen
	}' "$1" "$2"
}

# show_better LOG: what is no failure, as a comment.
show_better() {
	grep '^better\|^new' "$1" | sed 's/^/# /'
}
