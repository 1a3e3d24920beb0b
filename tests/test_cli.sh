#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The command line of rlbench: bad words and files are refused with exit status
# 2 and a helpful line, output is JSON where it says so, a busted lock is caught,
# and an edited digit in a report is found.
#
#   tests/test_cli.sh [RLBENCH]
set -u

. "$(dirname "$0")/tap.sh"
rlbench=${1:-build/rlbench}
case $rlbench in */*) ;; *) rlbench=./$rlbench ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

ok() {
	result 0 "$1"
}

not_ok() {
	result 1 "$1" "$dir/err"
	shift
	[ $# -eq 0 ] || echo "# $*"
}

# expect STATUS PATTERN NAME WORD...: exit status, and a line of stderr
expect() {
	status=$1
	pattern=$2
	name=$3
	shift 3
	"$rlbench" "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	if [ $got -ne "$status" ]; then
		not_ok "$name" "exit status $got, not $status"
	elif [ -n "$pattern" ] && ! grep -q -- "$pattern" "$dir/err"; then
		not_ok "$name" "no '$pattern' on stderr"
	else
		ok "$name"
	fi
}

# A complaint, exit status 2, and nothing on stdout.
refused() {
	expect 2 "$@"
	[ ! -s "$dir/out" ] || not_ok "$2: stdout is empty"
}

# A program that accepts JSON and nothing else is rlbench's own reader: a report
# of lines that it wrote.  This is the independent half: balanced brackets
# outside of strings, one document per line.
is_json() {
	awk '
	{
		line = $0
		gsub(/\\./, "", line)
		gsub(/"[^"]*"/, "0", line)
		if (line ~ /"/ || line !~ /^[][{}:,0-9.eE+ a-z-]*$/)
			exit bad = 1
		words = line
		gsub(/true|false|null/, "", words)
		if (words ~ /[a-df-z]/)
			exit bad = 1
		while (gsub(/\[[^][{}]*\]/, "0", line) ||
		       gsub(/\{[^][{}]*\}/, "0", line))
			;
		if (line !~ /^0$/)
			exit bad = 1
	}
	END { exit bad || NR == 0 }' "$1"
}

refused "a command is needed" "no command"
refused "no command is called 'rnu'.*compare" "bad command" rnu
refused "no option is called '--jsno'" "bad option" list --jsno
refused "no lock is called 'rll'.*glibc" "bad lock" compare rll dio
refused "compare wants two locks" "one lock" compare rl
refused "compare wants two locks" "three locks" compare rl dio tree
refused "no lock is called 'foo'.*range-c" "bad lock in run" run foo
refused "is a design of the engine" "check of a design" check range-b
refused "no scenario fits 'u_pair'" "a design without locks" compare range-b \
	dio --filter u_pair
refused "no scenario fits 'nonesuch'" "bad filter" run --filter nonesuch
refused "wants a number, not 'x'" "threads not a number" run --threads x
refused "from 1 to 512, not 0" "no threads" run --threads 0
refused "from 1 to 512, not 513" "too many threads" run --threads 513
refused "wants numbers" "empty threads" run --threads ,
refused "wants a number, not '-1'" "negative seed" run --seed -1
refused "wants a number, not '5x'" "bad pairs" run --pairs 5x
refused "from 1 to 10000, not 0" "no pairs" run --pairs 0
refused "from 1 to 60000" "window too long" run --window-ms 99999999
refused "wants a value" "option without value" run --seed
refused "takes no 'x'" "list with a word" list x
refused "takes no 'x'" "designs with a word" designs x
refused "wants a value" "markdown without a directory" report --markdown
refused "cannot write" "out in no directory" compare rl none \
	--filter u_pair/excl --out "$dir/no/such/file"
refused "report wants files" "report without files" report
refused "numbers of threads of their own" "targets with threads" targets \
	--threads 2
refused "no target fits 'T99'" "no such target" targets --filter T99
refused "there are files" "targets of files with --out" targets "$dir/x" \
	--out "$dir/y"
expect 1 "cannot read" "targets of no file" targets "$dir/none.jsonl"
refused "cannot read" "check of no file" report --check "$dir/none.md"
expect 1 "cannot read" "report of no file" report "$dir/none.jsonl"
echo 'not json' >"$dir/bad.jsonl"
expect 1 "bad.jsonl:1: not a result line" "report of no JSON" report \
	"$dir/bad.jsonl"
echo '{"scenario": "u_pair"}' >"$dir/bad.jsonl"
expect 1 "not a result line" "report of other JSON" report "$dir/bad.jsonl"
echo 'no tables' >"$dir/empty.md"
expect 1 "no table of a run" "check of no report" report --check \
	"$dir/empty.md"
expect 1 "SHA256SUMS" "markdown of no directory" report --markdown "$dir/none"

expect 0 "" "help" --help
grep -q "compare LOCK_A LOCK_B" "$dir/out" && ok "help names commands" ||
	not_ok "help names commands"
expect 0 "" "list" list
for word in rl tree list fbsd zfs seg mlist \
	dio rwsem glibc none rmw rmw2 rmwh u_floor u_pair u_held \
	u_try u_clock g_overlap g_size g_hold g_pad g_queue0 clock bucket \
	u_whole g_disjoint g_heldset g_random g_whole g_same g_sync g_arrive b_dio b_dio_fsync b_dsync b_reloc b_dsync_100 \
	b_db b_vm b_fallocate b_open_90 b_adversary b_oversub_128; do
	grep -q -w -- "$word" "$dir/out" || not_ok "list has $word"
done
expect 0 "" "list as JSON" list --json
is_json "$dir/out" && ok "list --json is JSON" || not_ok "list --json is JSON"
expect 0 "" "designs" designs
for word in dio_sem range range-h1 range-b range-c "inode lock" nocow_writers \
	"DSYNC workaround" "bytes per inode"; do
	grep -q -w -- "$word" "$dir/out" || not_ok "designs has $word"
done
expect 0 "" "designs as a document" designs --markdown
# range has neither the inode lock nor dio_sem; its column is the second
awk -F'|' '/^\| (inode lock|dio_sem|i_dio_count|nocow_writers) / &&
	$3 ~ /^ *[x-] $/ { seen++; if ($3 !~ /x/ || $4 !~ /-/) bad = 1 }
	END { exit bad || seen < 4 }' "$dir/out" && ok "what range has not" ||
	not_ok "what range has not"
expect 0 "" "env" env
grep -q "What can be measured here" "$dir/out" && ok "env tells what it can" ||
	not_ok "env tells what it can"
expect 0 "" "env as JSON" env --json
is_json "$dir/out" && ok "env --json is JSON" || not_ok "env --json is JSON"
grep -q '"placement": "[0-9]' "$dir/out" && ok "env tells the placement" ||
	not_ok "env tells the placement"
cp "$dir/out" "$dir/env.json"

refused "compares a lock with itself" "a row of one lock with two" compare rl \
	tree --filter "held=16,vs=0"

expect 0 "" "owner checker" check
grep -q "busted  FAILED" "$dir/out" && ok "busted is caught" ||
	not_ok "busted is caught"
expect 1 "busted is not timed" "busted is not timed" compare rl busted \
	--filter u_pair/excl

# A run on whatever this machine does meanwhile: only its form is tested.
"$rlbench" compare rl none --filter u_pair --pairs 7 --window-ms 2 --json \
	--out "$dir/run.jsonl" >"$dir/out" 2>"$dir/err"
case $? in
0 | 3) ok "a small run" ;;
*) not_ok "a small run" ;;
esac
is_json "$dir/out" && ok "--json is JSON" || not_ok "--json is JSON"
cmp -s "$dir/out" "$dir/run.jsonl" && ok "--out has the same" ||
	not_ok "--out has the same"
for key in scenario params threads lock_a lock_b metric unit ratio ci_lo ci_hi \
	n dropped verdict a b aa seed window_ms git ops_per_s core_ns_per_pair \
	p50_ns p90_ns p99_ns p999_ns p9999_ns max_ns jain classes; do
	grep -q "\"$key\": " "$dir/out" || not_ok "a line has $key"
done
# Rows whose sides differ in more than the lock, and workers with a role.
"$rlbench" compare rl rl --filter "held=16,vs=0 whole,1ms,p99.9 u_whole" \
	--threads 3 --pairs 6 --window-ms 5 --json >"$dir/out" 2>"$dir/err"
case $? in
0 | 3) ok "rows with a base of their own" ;;
*) not_ok "rows with a base of their own" ;;
esac
is_json "$dir/out" && ok "they are JSON" || not_ok "they are JSON"
for key in base held guest pause_ns rounds burst whole_every; do
	grep -q "\"$key\": " "$dir/out" || not_ok "they have $key"
done
# A busy machine may finish no burst within a window: then its cost is null.
grep '"grown"' "$dir/out" | grep -q '"burst": [1-9]' && ok "bursts run" ||
	not_ok "bursts run"

# Histograms: percentiles and counts grow to all of it, in four columns.
mkdir "$dir/hgrm"
"$rlbench" compare rl tree --filter u_pair/excl --pairs 1 --window-ms 2 \
	--hgrm "$dir/hgrm" >"$dir/out" 2>"$dir/err"
awk 'NR == 1 { head = /Value +Percentile +TotalCount +1\/\(1-Percentile\)/ }
	/^ *[0-9]/ { if ($2 < part || $3 < seen) bad = 1; part = $2; seen = $3 }
	/Total count/ { sub(/\]/, ""); total = $NF }
	END { exit bad || !head || part != 1 || seen != total }' \
	"$dir/hgrm/u_pair-excl.t1.rl.narrow.hgrm" 2>"$dir/err" &&
	[ -s "$dir/hgrm/u_pair-excl.t1.tree.narrow.hgrm" ] &&
	ok "histograms" || not_ok "histograms"
expect 1 "failed" "histograms into no directory" compare rl tree --filter \
	u_pair/excl --pairs 1 --window-ms 2 --hgrm "$dir/none"

# From one thread to more than there are CPUs, each once, in ascending order.
"$rlbench" compare rl none --filter "g_disjoint/4k,excl" --threads auto \
	--pairs 1 --window-ms 1 --json 2>"$dir/err" |
	sed -n 's/.*"variant": "4k,excl".*"threads": \([0-9]*\), "cpus".*/\1/p' \
		>"$dir/out"
[ "$(head -n 1 "$dir/out")" = 1 ] && sort -n -u "$dir/out" | cmp -s - "$dir/out" &&
	[ "$(tail -n 1 "$dir/out")" -gt "$(nproc)" ] && ok "auto threads" ||
	not_ok "auto threads" "$(tr '\n' ' ' <"$dir/out")"

# Targets: bytes are known without a run, lines that are not there say so, and
# an interval on both sides of the limit decides nothing.
expect 0 "" "targets that need no run" targets --filter T12 --json
is_json "$dir/out" && ok "targets --json is JSON" ||
	not_ok "targets --json is JSON"
[ "$(grep -c '"target": "T12"' "$dir/out")" -ge 2 ] && ok "T12 has its rows" ||
	not_ok "T12 has its rows"
for key in what scenario lock_a lock_b figure value ci_lo ci_hi must stretch \
	verdict reason; do
	grep -q "\"$key\": " "$dir/out" || not_ok "a target has $key"
done
# judged VERDICT RATIO RATIO [CONTROL]: pairs of two kinds in turn
judged() {
	aa=${4:-1}
	echo "{\"scenario\": \"g_disjoint\", \"params\":" \
		"{\"variant\": \"4k,excl\"}, \"threads\": 2," \
		"\"lock_a\": \"rl\", \"lock_b\": \"dio\", \"ratios\":" \
		"[$2, $3, $2, $3, $2, $3, $2, $3], \"aa_ratios\":" \
		"[$aa, $aa, $aa, $aa, $aa, $aa, $aa, $aa]}" >"$dir/target.jsonl"
	expect 0 "" "a target that is $1" targets "$dir/target.jsonl" \
		--filter T3 --json
	grep -q "\"verdict\": \"$1\"" "$dir/out" ||
		not_ok "targets say $1" "$(cat "$dir/out")"
}
judged stretch 0.2 0.25
judged reached 0.3 0.33
judged missed 0.4 0.5
judged undecided 0.3 0.4
judged UNTRUSTED 0.2 0.2 2
expect 0 "" "targets of another run" targets "$dir/run.jsonl" --filter "T1 T13"
grep -q "T1 .*not measurable here: not in this run" "$dir/out" &&
	grep -q "T13 .*kernel.sh" "$dir/out" && ok "what is missing is told" ||
	not_ok "what is missing is told"
"$rlbench" targets --filter T1 --pairs 6 --window-ms 2 --json \
	>"$dir/out" 2>"$dir/err"
case $? in
0 | 3) ok "targets measure" ;;
*) not_ok "targets measure" ;;
esac
grep -q '"target": "T1", .*"lock_b": "glibc", "figure": "ratio"' "$dir/out" &&
	ok "T1 is over glibc" || not_ok "T1 is over glibc"

expect 0 "" "report of a run" report "$dir/run.jsonl"
grep -q "u_pair/excl" "$dir/out" && ok "report has the row" ||
	not_ok "report has the row"

# A results directory and its document, then one digit less true.  The rows are
# published ones: what a busy machine measures meanwhile may have no interval.
run=$dir/bench/results/test
mkdir -p "$run"
grep -h '"scenario": "u_pair".*"lock_b": "dio"' \
	bench/results/*/user-1.jsonl >"$run/user-1.jsonl"
cp "$dir/env.json" "$run/"
"$rlbench" designs --markdown >"$run/designs.md"
"$rlbench" list --json | grep '"bytes_per_range"' >"$run/locks.jsonl"
cp tests/replay_reference.jsonl "$run/replay.jsonl"
(cd "$run" && sha256sum env.json designs.md ./*.jsonl | sed 's| \./| |' \
	>SHA256SUMS)
expect 0 "" "markdown" report --markdown "$run"
grep -q "^## What each design needs" "$dir/out" && ok "markdown has designs" ||
	not_ok "markdown has designs"
cp "$dir/out" "$dir/RESULTS.md"
expect 0 "" "check of an honest document" report --check "$dir/RESULTS.md"

expect 0 "" "picture" report --plot "$run"
grep -q "u_pair/excl" "$dir/out" && ok "the picture has the row" ||
	not_ok "the picture has the row"

# The page holds all it needs, and is made again as the document is.
if command -v gnuplot >/dev/null; then
	gnuplot "$dir/out" 2>"$dir/err"
	[ ! -s "$dir/err" ] && [ "$(ls "$run"/*.svg | wc -l)" = 3 ] &&
		ok "gnuplot draws locks, memory and traces" ||
		not_ok "gnuplot draws locks, memory and traces"
fi
expect 0 "" "page" report --html "$run"
mv "$dir/out" "$run/report.html"
expect 0 "" "page beside itself" report --html "$run"
mv "$dir/out" "$run/report.html"
grep -qE '<script|<link|<img|@import|src=|url\(' "$run/report.html"
[ $? -eq 1 ] && ok "nothing outside of the page" ||
	not_ok "nothing outside of the page"
for tag in table tr p ul details figure svg code; do
	[ "$(grep -oE "<$tag[ >]" "$run/report.html" | wc -l)" = \
		"$(grep -o "</$tag>" "$run/report.html" | wc -l)" ] ||
		not_ok "each <$tag> of the page ends"
done
expect 0 "" "check of an honest page" report --check "$run/report.html"
sed 's|<td>u_pair/excl</td>|<td>u_pair/xcl</td>|' "$run/report.html" \
	>"$dir/x" && cp "$dir/x" "$run/report.html"
expect 1 "report.html:.*not what the raw data say" "an edited page is found" \
	report --check "$run/report.html"
expect 1 "SHA256SUMS" "page of no directory" report --html "$dir/none"
rm "$run"/*.svg "$run/report.html"

awk '/^\| u_pair\/excl/ && !done {
	match($0, /[0-9]\.[0-9]/)
	digit = substr($0, RSTART, 1)
	$0 = substr($0, 1, RSTART - 1) (digit + 1) % 10 substr($0, RSTART + 1)
	done = 1
} { print }' "$dir/RESULTS.md" >"$dir/edited.md"
cmp -s "$dir/edited.md" "$dir/RESULTS.md" && not_ok "a digit was edited"
expect 1 "edited.md:.*not what the raw data say" "an edited table is found" \
	report --check "$dir/edited.md"
sed 's/pairs of windows in all/pairs of window in all/; s/\([0-9]\) rows,/\19 rows,/' \
	"$dir/RESULTS.md" >"$dir/edited.md"
expect 1 "not what the raw data say" "an edited sentence is found" \
	report --check "$dir/edited.md"
sed 's/"sources": "/&0/' "$run/env.json" >"$dir/x"
cp "$run/env.json" "$run/SHA256SUMS" "$dir/"
cp "$dir/x" "$run/env.json"
(cd "$run" && sha256sum env.json designs.md ./*.jsonl | sed 's| \./| |' \
	>SHA256SUMS)
expect 0 "made from other sources" "an old run is told" report --markdown "$run"
cp "$dir/out" "$dir/old.md"
expect 1 "made from other sources" "and is a failure of the check" \
	report --check "$dir/old.md"
cp "$dir/env.json" "$dir/SHA256SUMS" "$run/"

sed 's/"seed": /"seed": 1/' \
	"$run/user-1.jsonl" >"$dir/x" && cp "$dir/x" "$run/user-1.jsonl"
expect 1 "changed after the run" "edited raw data are found" \
	report --check "$dir/RESULTS.md"

expect 0 "" "Google Benchmark" gb --benchmark_list_tests \
	--benchmark_filter=u_pair/excl/lock:rl
grep -q "u_pair/excl/lock:rl/t:1" "$dir/out" && ok "gb lists scenarios" ||
	not_ok "gb lists scenarios"
expect 2 "" "gb refuses a bad option" gb --benchmark_nonesuch

sum_up
