#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# bench/perf.sh where there is no perf: it says so, and shows what it can.
set -u

cd "$(dirname "$0")/.." || exit 2
. tests/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# expect STATUS PATTERN NAME WORD...: exit status, and a line of all output
expect() {
	want=$1
	pattern=$2
	name=$3
	shift 3
	PATH=$dir:$PATH PAIRS=1 WINDOW=1 bench/perf.sh "$@" >"$dir/out" 2>&1
	got=$?
	[ $got -eq "$want" ] && grep -q -- "$pattern" "$dir/out"
	result $? "$name" "$dir/out"
}

printf '#!/bin/sh\nexit 1\n' >"$dir/perf"
chmod +x "$dir/perf"

RUNGS="figures stat lock probes profile c2c"
export RUNGS
expect 0 "^missing: perf is not installed" "without perf" u_pair/excl dio
expect 0 "1 shown, 5 missing" "and nothing of perf" u_pair/excl rl
RUNGS=figures
expect 2 "no scenario fits" "no such scenario" b_nonesuch
expect 2 "no lock is called 'foo'" "no such lock" u_pair/excl foo
expect 2 "RUNGS" "help" --help
RUNGS=numbers
expect 2 "no rung is called 'numbers'" "no such rung" u_pair/excl

sum_up
