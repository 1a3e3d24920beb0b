#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# `make results`: the long run.  Fresh processes, so that no lucky layout of one
# of them decides, each without address randomisation; then the kernel side;
# then sums, picture and RESULTS.md.
#
# Environment: PROCESSES (5), PAIRS per process (11), WINDOW in ms (40),
# FILTER (all), SEED (1), KERNELS (6.12), RUN (name of the results directory).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
rlbench=$top/build/rlbench
processes=${PROCESSES:-5}
run=${RUN:-$(date -u +%Y%m%d-%H%M%S)}
dir=$top/bench/results/$run

mkdir -p "$dir"
"$rlbench" env >&2
"$rlbench" env --json >"$dir/env.json"
"$rlbench" designs --markdown >"$dir/designs.md"
"$rlbench" list --json | grep '"bytes_per_range"' >"$dir/locks.jsonl"
"$rlbench" replay --json "$top"/bench/traces/*.trace >"$dir/replay.jsonl"

untrusted=0
i=1
while [ "$i" -le "$processes" ]; do
	echo "process $i of $processes" >&2
	status=0
	setarch -R "$rlbench" run --json --out "$dir/user-$i.jsonl" \
		--pairs "${PAIRS:-11}" --window-ms "${WINDOW:-40}" \
		--seed $((${SEED:-1} * 1000 + i)) \
		${FILTER:+--filter "$FILTER"} >/dev/null || status=$?
	case $status in
	0) ;;
	3) untrusted=$((untrusted + 1)) ;;
	*) exit $status ;;
	esac
	i=$((i + 1))
done

# shellcheck disable=SC2086
"$top/bench/kernel.sh" "$dir/kernel.jsonl" ${KERNELS:-6.12}

cd "$dir"
# shellcheck disable=SC2035
sha256sum env.json designs.md *.jsonl >SHA256SUMS
if command -v gnuplot >/dev/null; then
	# The measurement is worth more than a picture of it.
	"$rlbench" report --plot "$dir" | gnuplot ||
		echo "a picture FAILED, and those behind it" >&2
else
	echo "no pictures: gnuplot is not installed" >&2
fi
"$rlbench" report --html "$dir" >"$dir/report.html"
"$rlbench" report --markdown "$dir" >"$top/RESULTS.md.new"
mv "$top/RESULTS.md.new" "$top/RESULTS.md"
"$rlbench" report --check "$top/RESULTS.md"
echo "RESULTS.md is made from bench/results/$run"
[ "$untrusted" -eq 0 ] ||
	echo "$untrusted of $processes processes were UNTRUSTED by themselves;" \
		"the rows say which, pooled"
