# SPDX-License-Identifier: GPL-2.0-only OR MIT
# For the test scripts, which read this file: a line per check, and the sum.
# shellcheck shell=sh

passed=0
failed=0

# result STATUS NAME [FILE...]: 0 is good; else the lines of the files are shown
result() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $2"
	shift 2
	[ $# -eq 0 ] || sed 's/^/# /' "$@" | tail -n 20
}

# The last line, and the exit status of the script.
sum_up() {
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
}
