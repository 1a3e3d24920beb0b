#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Let Spin look at all interleavings of the models beside this script, and at
# those of their broken variants, which it has to refute.
#
#   tests/spin/run.sh             all of them
#   tests/spin/run.sh MODEL       those of one model
#
# A model that Spin cannot finish within the depth or the memory has failed.
set -u

cd "$(dirname "$0")/../.." || exit 2
only=${1:-}
here=$(pwd)/tests/spin
work=build/spin
passed=0
failed=0

# Model, what it has to come to, "safety" or "live", and -D flags.
# A broken variant comes with what makes the bug show.  A line with a + takes a
# minute and is left out unless LONG is set.
runs='
seal   holds   safety
seal   refuted safety SEAL_STORE
seal   refuted safety NO_ADOPT
seal   refuted safety UNSEAL_HELD
seal   refuted safety RELEASE_STORE
seal   refuted safety DESTROY_UNLOCKED
+wakeup holds  safety MAX=4
wakeup holds   safety GIVES_UP=7
wakeup holds   safety GIVES_UP=7 SAME
+wakeup holds  safety GIVES_UP=7 SAME PATIENCE=2
wakeup holds   safety GIVES_UP=7 PATIENCE=0
wakeup holds   live   LIVE
wakeup holds   live   LIVE SAME
+wakeup holds  live   LIVE SAME GIVES_UP=6
+wakeup holds  live   LIVE SAME GIVES_UP=6 PATIENCE=2
wakeup holds   live   LIVE SAME PATIENCE=0
wakeup refuted safety NO_RECHECK SAME
wakeup refuted safety TEST_BEFORE_MARK
wakeup refuted live   SWEEP_ONE SAME LIVE
wakeup refuted safety CANCEL_NO_SWEEP GIVES_UP=7
wakeup refuted safety WITHDRAW_GRANTING GIVES_UP=7 PATIENCE=0
wakeup refuted safety USE_AFTER
wakeup refuted live   ENDLESS_PATIENCE SAME LIVE
bucket holds   safety
+bucket holds  safety OPENINGS=3
bucket holds   safety OTHERS
bucket holds   safety OTHERS READERS
+bucket holds  safety READERS
bucket refuted safety IGNORE_BAR
bucket refuted safety SHAPE_ONCE OTHERS
bucket refuted safety HOME_NO_RECHECK
bucket refuted safety LOCK_UNSEEN
bucket refuted safety ROUND_SAME OTHERS READERS
bucket refuted safety SHUT_LOCKED
bucket refuted safety RELEASE_STORE
bucket refuted safety NO_EVICT OPENINGS=1
bucket refuted safety NO_BAR
bucket refuted safety EVICT_NO_COUNT
bucket refuted safety WIDE_ONE_STEP OPENINGS=1
bucket refuted safety OPEN_UNCOUNTED OPENINGS=1
bucket refuted safety REBAR_LATE
'

# Print what pan found: "holds", "refuted" or why neither.
verdict() {
	if ! grep -q '^State-vector' pan.log; then
		echo "no verdict"
	elif grep -q 'max search depth too small\|out of memory' pan.log; then
		echo "not all states were seen"
	elif grep -q 'errors: 0$' pan.log; then
		echo holds
	else
		echo refuted
	fi
}

# Model, kind, flags; leaves pan.log in the current directory.
verify() {
	model=$1
	kind=$2
	shift 2
	flags=
	for flag; do
		flags="$flags -D$flag"
	done
	rm -f pan pan.* ./*.trail
	# shellcheck disable=SC2086
	spin $flags -a "$here/$model.pml" > spin.log 2>&1 || return 1
	case $kind in
	safety)
		gcc -w -O1 -DSAFETY -DCOLLAPSE -o pan pan.c &&
			./pan -m1000000 > pan.log 2>&1
		;;
	live)
		gcc -w -O1 -DNFAIR=4 -DCOLLAPSE -o pan pan.c &&
			./pan -m1000000 -a -f > pan.log 2>&1
		;;
	esac
}

one() {
	model=$1
	expected=$2
	shift 2
	: > pan.log
	verify "$model" "$@"
	got=$(verdict)
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
	took=$(sed -n 's/.*elapsed time \(.*\) seconds/\1/p' pan.log)
	if [ "$got" = "$expected" ]; then
		passed=$((passed + 1))
		echo "ok   $model $* $got, ${states:-0} states, $took s"
	else
		failed=$((failed + 1))
		echo "FAIL $model $*: $got, not $expected"
		cat spin.log
	fi
}

if ! command -v spin > /dev/null; then
	echo "SKIP spin: not installed; tests/install-packages.sh does that"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
fi
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 2
printf '%s' "$runs" > runs
# Not by the pipe of a while loop, which would count in a shell of its own.
while read -r line; do
	# shellcheck disable=SC2086
	set -- ${line#+}
	if [ "$line" != "${line#+}" ] && [ -z "${LONG:-}" ]; then
		continue
	fi
	if [ $# -gt 0 ] && [ "${only:-$1}" = "$1" ]; then
		one "$@"
	fi
done < runs
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
