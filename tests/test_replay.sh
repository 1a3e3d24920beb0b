#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The committed traces in logical time: the numbers are the same in each run, and
# none is more than one percent worse than in tests/replay_reference.jsonl.
#
#   tests/test_replay.sh            check
#   tests/test_replay.sh --update   write the reference; say in the commit why
set -u

cd "$(dirname "$0")/.." || exit 2
. tests/tap.sh
. tests/reference.sh
rlbench=build/rlbench
reference=tests/replay_reference.jsonl
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# JSON lines to "trace speed design.class.figure value" of what is better small.
figures() {
	awk '{
		gsub(/[{}"]/, " & ")
		n = split($0, word, /[ ,:{}"]+/)
		prefix = class = ""
		for (i = 1; i < n; i++) {
			if (word[i] == "trace" || word[i] == "speed" ||
			    word[i] == "design")
				prefix = prefix word[i + 1] "."
			else if (word[i] == "makespan_ns" ||
				 word[i] == "wakeups")
				print prefix word[i], word[i + 1]
			else if (word[i + 1] == "ops")
				class = word[i] "."
			else if (word[i] == "response_ns" ||
				 word[i] == "response_p99_ns")
				print prefix class word[i], word[i + 1]
		}
	}' "$1"
}

# compare REFERENCE NOW: lines about what is different, 1 if some are worse
compare() {
	figures "$1" >"$dir/was"
	figures "$2" >"$dir/is"
	better_or_equal "$dir/was" "$dir/is" >"$dir/log"
}

# refused PATTERN NAME WORD...
refused() {
	pattern=$1
	name=$2
	shift 2
	"$rlbench" replay "$@" >"$dir/out" 2>"$dir/log"
	[ $? -eq 2 ] && grep -q "$pattern" "$dir/log" && [ ! -s "$dir/out" ]
	result $? "$name" "$dir/log"
}

"$rlbench" replay --json bench/traces/*.trace >"$dir/first" || exit 1
if [ "${1:-}" = --update ]; then
	cp "$dir/first" $reference
	exit
fi
"$rlbench" replay --json bench/traces/*.trace >"$dir/second"
cmp "$dir/first" "$dir/second" >"$dir/log" 2>&1
result $? "two runs give the same numbers" "$dir/log"

compare $reference "$dir/first"
result $? "not worse than the reference: $(wc -l <"$dir/is") figures" "$dir/log"
show_better "$dir/log"

# The comparison itself: a reference that was two percent better, or has more.
awk '{
	match($0, /"makespan_ns": ?[0-9]+/)
	old = substr($0, RSTART, RLENGTH)
	value = old
	sub(/.*[^0-9]/, "", value)
	new = old
	sub(/[0-9]+$/, int(value / 1.02), new)
	print substr($0, 1, RSTART - 1) new substr($0, RSTART + RLENGTH)
}' "$dir/first" >"$dir/faster"
! compare "$dir/faster" "$dir/first" && grep -q '^worse: .*makespan' "$dir/log"
result $? "two percent are found" "$dir/log"
tail -n 1 "$dir/first" | sed 's/sqlite/other/;s/vm/other/;s/wal/other/' \
	>"$dir/more"
cat "$dir/first" >>"$dir/more"
! compare "$dir/more" "$dir/first" && grep -q '^missing: other' "$dir/log"
result $? "what is missing is found" "$dir/log"

refused "replay wants traces" "no trace"
refused "cannot read" "no such file" "$dir/none.trace"
printf '# rangelock trace 1\n# source: x\n# file: 4096\n0 1 read 4096 1\n' \
	>"$dir/bad.trace"
refused "bad.trace:4: beyond the file" "a bad trace" "$dir/bad.trace"

for design in dio_sem range range-h1 range-b range-c; do
	"$rlbench" replay --json --filter $design bench/traces/vm.trace \
		>"$dir/out" 2>"$dir/log" &&
		grep -q "\"design\": *\"$design\"" "$dir/out"
	result $? "$design" "$dir/log"
done

# With threads, from anywhere; a trace is found beside the program.
top=$PWD
(cd / && "$top/$rlbench" compare rl dio --filter b_trace/vm --pairs 1 \
	--window-ms 10 --json) >"$dir/out" 2>"$dir/log"
[ $? -ne 1 ] && grep -q '"scenario": *"b_trace".*"variant": *"vm"' "$dir/out"
result $? "b_trace/vm runs with threads" "$dir/log"

sum_up
