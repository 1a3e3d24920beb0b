#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# `make targets`: how far the lock is from each of its targets, from the clock,
# from the module in an emulated machine, and from the build that counts.  About
# two minutes, a quiet machine wanted.
#
#   bench/targets.sh [OPTION of rlbench targets...]
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/bench
rlbench=$top/build/rlbench
mkdir -p "$out"

setarch -R "$rlbench" targets --quick --out "$out/targets.jsonl" "$@" \
	>/dev/null
status=$?
# 3: measured, but the A/A control says how little that is worth here.
[ $status -eq 0 ] || [ $status -eq 3 ] || exit $status
"$top/build/count/rlcount" --json rl >"$out/count.jsonl" || exit 1
"$top/bench/kernel.sh" "$out/kernel.jsonl" || exit 1
[ -f "$out/kernel.jsonl" ] || : >"$out/kernel.jsonl"

"$rlbench" targets "$out/targets.jsonl" "$out/count.jsonl" \
	"$out/kernel.jsonl" || exit 1
exit $status
