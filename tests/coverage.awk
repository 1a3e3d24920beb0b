# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The output of gcov -b -c -t for one source, made one line for each of its lines
# that can be run; see tests/coverage.sh for the columns.

function put() {
	if (!line)
		return
	if (text ~ assertion || (!ends && asserts))
		asserts = 1
	else
		asserts = 0
	ends = text ~ /[;{}]$/
	printf "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", file, fn, runs, all, missed,
		asserts ? "assertion" : "-", text
	line = 0
}

BEGIN {
	FS = ":"
	assertion = "^(if [(]|return )?(WARN_ON|WARN_ONCE|WARN_ON_ONCE|" \
		"lockdep_assert_held|lockdep_assert_held_write|might_sleep|" \
		"iopath_assert_held|iopath_assert_held_write|iopath_warn_on)[(]"
	ends = 1
}

/^ *-: *0:Source:/ { mine = $4 == file; next }
!mine { next }
/^branch/ {
	split($0, word, " ")
	all++
	missed += /never executed/ || word[4] == 0
	next
}
/^(call|function|unconditional|---)/ { next }
{
	put()
	number = $2 + 0
	raw = $0
	sub(/^[^:]*:[^:]*:/, "", raw)
	text = raw
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	gsub(/\t/, " ", text)
	if (raw ~ /^[a-z].*[a-z0-9_]+[(]/ && raw !~ /;$/) {
		fn = raw
		sub(/[(].*/, "", fn)
		sub(/.*[^a-z0-9_]/, "", fn)
	}
	runs = $1
	gsub(/[ *]/, "", runs)
	if (runs == "-") {
		# a line without code may end a statement or go on with one
		if (text != "")
			ends = text ~ /[;{}]$/ || text ~ /\*\/$/
		next
	}
	if (runs ~ /[#=]/)
		runs = 0
	line = number
	all = missed = 0
}
END { put() }
