#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# `make bench`: the quick set on both sides, then the tables.  Under five
# minutes on two CPUs.  The sides run one after the other, because each wants
# the machine for itself.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/bench
rlbench=$top/build/rlbench
mkdir -p "$out"

"$rlbench" env >&2
echo >&2
setarch -R "$rlbench" run --quick --json --out "$out/user.jsonl" >/dev/null
status=$?
# 3: measured, but the A/A control says how little that is worth here.
[ $status -eq 0 ] || [ $status -eq 3 ] || exit $status

"$top/bench/kernel.sh" "$out/kernel.jsonl" || exit 1
[ -f "$out/kernel.jsonl" ] || : >"$out/kernel.jsonl"

"$rlbench" report "$out/user.jsonl" "$out/kernel.jsonl" || exit 1
echo
echo "Raw data: build/bench/*.jsonl.  A ratio is range over the other; the"
echo "A/A column is range over itself.  Memory with simulated latency is the"
echo "device of the IO engine; kernel rows are instructions, not time."
if [ $status -eq 3 ]; then
	echo
	echo "UNTRUSTED: too many comparisons failed their A/A control; run" \
		"again on an idle machine."
fi
