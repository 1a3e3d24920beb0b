#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# All tests that need a kernel: test cases, attributes, trace events and load on
# each stock kernel with headers, test cases on the KASAN and lockdep kernel.
#
#   tests/vm/check.sh [MODE...]    default: selftest sysfs trace load
#
# One line per test.  Exit status 0 if nothing failed; a skip says why.

set -u

here=$(cd "$(dirname "$0")" && pwd)
modes=${*:-selftest sysfs trace load}
passed=0
failed=0
skipped=0

# run KERNEL MODE: run it and add the numbers of its last line.
run() {
	"$here/run.sh" "$1" "$2" >"$log" 2>&1
	cat "$log"
	sum=$(tail -n 1 "$log" | sed -n \
		's/.*\b\([0-9]\+\) passed, \([0-9]\+\) failed, \([0-9]\+\) skipped$/\1 \2 \3/p')
	# shellcheck disable=SC2086
	set -- ${sum:-0 1 0}
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
stock=
for build in /lib/modules/*/build/Makefile; do
	[ -f "$build" ] || continue
	release=${build#/lib/modules/}
	stock="$stock ${release%%/*}"
done
if [ -z "$stock" ]; then
	echo "SKIP stock kernels: no headers in /lib/modules; install" \
		"linux-image-cloud-amd64 and linux-headers-cloud-amd64"
	skipped=1
fi
for kernel in $stock; do
	for mode in $modes; do
		run "$kernel" "$mode"
	done
done
# Schedules run one task at a time and take locks by trying: nothing for lockdep,
# and ten minutes of emulation.  ASan has run them for what KASAN would see.
LEFT_OUT=races
export LEFT_OUT
run kasan selftest
echo "vm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
