#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Bytes that a fuzzer chooses, for what reads text and for the lock's verbs.
#
#   tests/fuzz/run.sh             every target: the corpus, then SECONDS_EACH (5)
#   tests/fuzz/run.sh TARGET...   these: trace json lock cli attr
#
# The targets are tests/fuzz/fuzz_TARGET.c, built by clang with its fuzzer, ASan
# and UBSan.  SEED is the fuzzer's; fresh by default, and printed.  An input that
# fails is left in build/fuzz/, which says how to run it again.  What is found is
# worth a test case with a name; what is new to the fuzzer stays in
# build/fuzz/found-TARGET/, for tests/fuzz/corpus/ if it is small.
#
# Each of tests/fuzz/broken/*.sed breaks a copy of the sources, and the target on
# its line `caught:` has to find that, from the corpus or within a minute.
set -u

cd "$(dirname "$0")/../.." || exit 2
. tests/tap.sh
here=tests/fuzz
out=build/fuzz
seconds=${SECONDS_EACH:-5}
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}

if ! command -v clang >/dev/null; then
	echo "SKIP fuzz: clang is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
fi
eval "$(make -s --no-print-directory fuzz-sources)"

# build TARGET FOLDER TREE: a fuzzer in FOLDER from the sources below TREE
build() {
	sources=
	case $1 in
	trace) wants="bench/trace_file.c bench/rows.c bench/json.c bench/stats.c" ;;
	json) wants="bench/json.c" ;;
	cli) wants="bench/cli.c" ;;
	attr) wants="kmod/attr.c" ;;
	lock) wants=$LOCK ;;
	esac
	for source in $wants; do
		sources="$sources $3/$source"
	done
	case $1 in
	attr) before="-include $here/kernel_text.h" ;;
	*) before= ;;
	esac
	mkdir -p "$2"
	# shellcheck disable=SC2086
	clang -std=gnu11 -O1 -g -D_GNU_SOURCE -DRL_DEBUG -w \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -I"$3/ulib" -I"$3/kmod/core" \
		-I"$3" $before -o "$2/$1" $here/fuzz_"$1".c $sources \
		-lurcu-bp -lpthread -lm >"$2/$1.build" 2>&1 ||
		{ cat "$2/$1.build"; return 1; }
}

# fuzz PROGRAM TARGET FOUND OPTION...
fuzz() {
	program=$1
	target=$2
	found=$3
	shift 3
	mkdir -p "$found"
	"$program" -seed="$seed" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
		-artifact_prefix="$found-" "$@" "$found" "$here/corpus/$target" \
		>"$program.log" 2>&1
}

try_target() {
	if ! build "$1" $out .; then
		result 1 "$1: builds"
		return
	fi
	"$out/$1" -verbosity=0 $here/corpus/"$1"/* >"$out/$1.log" 2>&1
	result $? "$1: $(ls $here/corpus/"$1" | wc -l) inputs of the corpus" \
		"$out/$1.log"
	fuzz "$out/$1" "$1" "$out/found-$1" -max_total_time="$seconds"
	result $? "$1: $seconds seconds, seed $seed" "$out/$1.log"
}

# try_broken SCRIPT
try_broken() {
	name=$(basename "$1" .sed)
	target=$(sed -n 's/^# caught: //p' "$1")
	tree=$out/broken/$name
	rm -rf "$tree"
	mkdir -p "$tree/bench"
	cp -r kmod ulib "$tree/"
	cp bench/*.[ch] "$tree/bench/"
	sed -i -f "$1" "$tree"/bench/*.[ch] "$tree"/kmod/*.[ch] \
		"$tree"/kmod/core/*.[ch]
	if ! build "$target" "$tree/out" "$tree"; then
		result 1 "$name: builds"
		return
	fi
	fuzz "$tree/out/$target" "$target" "$tree/found" -max_total_time=60
	[ $? -ne 0 ]
	result $? "$name is caught by $target"
}

echo "seed $seed (SEED=$seed replays it)"
[ $# -gt 0 ] || set -- trace json lock cli attr
mkdir -p $out
for each; do
	try_target "$each"
	for script in $here/broken/*.sed; do
		grep -q "^# caught: $each$" "$script" && try_broken "$script"
	done
done
sum_up
