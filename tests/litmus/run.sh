#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Ask herd7 (herdtools7) about the litmus tests beside this script, under the
# kernel's memory model.  LKMM names the folder with linux-kernel.cfg, which is
# tools/memory-model of a kernel's sources.  Without either: skipped.
set -u

cd "$(dirname "$0")" || exit 2
model=${LKMM:-}
passed=0
failed=0

skip() {
	nr=0
	for test in *.litmus; do
		nr=$((nr + 1))
	done
	echo "SKIP litmus: $1; the tests have not been run here"
	echo "0 passed, 0 failed, $nr skipped"
	exit 4
}

command -v herd7 > /dev/null || skip "herd7 is not installed"
if [ -z "$model" ]; then
	for dir in /usr/src/linux*/tools/memory-model \
		/usr/src/*/tools/memory-model; do
		[ ! -f "$dir/linux-kernel.cfg" ] || model=$dir
	done
fi
[ -f "$model/linux-kernel.cfg" ] || skip "LKMM does not name tools/memory-model"

here=$(pwd)
for test in *.litmus; do
	expected=$(sed -n 's/^ \* Result: //p' "$test")
	got=$(cd "$model" && herd7 -conf linux-kernel.cfg "$here/$test" |
		awk '/^Observation/ { print $3 }')
	if [ "$got" = "$expected" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $test: ${got:-no answer}, not $expected"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
