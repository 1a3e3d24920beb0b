#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The program that counts what a pair of a lock does to memory, by locks whose
# answers are known: the floor of one and of two locked instructions, a
# semaphore, and a tree, whose section grows with what is in it.  Its lines are
# judged by rlbench as they should be.
#
#   tests/test_count.sh [RLCOUNT [RLBENCH]]
#
# UPDATE=1 writes tests/count_reference.txt; say in the commit why.
set -u

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/reference.sh"
rlcount=${1:-build/count/rlcount}
rlbench=${2:-build/rlbench}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# check NAME COMMAND...: the command succeeds
check() {
	name=$1
	shift
	"$@"
	result $? "$name"
}

refuses() {
	"$rlcount" "$2" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] && [ ! -s "$dir/out" ] && grep -q "$1" "$dir/err"
}

# figure LOCK SCENARIO HELD KEY: a number on stdout
figure() {
	line="\"scenario\": \"$2\", \"lock\": \"$1\", .*\"held\": $3,"
	sed -n "s|.*$line.*\"$4\": \([0-9.]*\).*|\1|p" \
		"$dir/lines"
}

# is LOCK SCENARIO HELD KEY OPERATOR NUMBER
is() {
	value=$(figure "$1" "$2" "$3" "$4")
	echo "$value" | awk -v n="$6" "END { exit !(NF && \$1 $5 n) }" ||
		{ echo "# $1 $2: $4 is '$value', not $5 $6" && false; }
}

verdict() {
	"$rlbench" targets "$dir/lines" --filter "$1" --json |
		grep -q "\"$2\".*\"verdict\": \"$3\""
}

check "a bad lock is refused" refuses "no lock is called 'foo'" foo
check "a bad option is refused" refuses "no option is called '--foo'" --foo
check "it runs" sh -c '"$0" --json rmw rmw2 rwsem tree >"$1"' "$rlcount" \
	"$dir/lines"

check "rmw has one locked instruction" is rmw c_pair/quiet 0 locked == 1
check "and a store" is rmw c_pair/quiet 0 accesses == 2
check "on one line" is rmw c_pair/quiet 0 lines_written == 1
check "which is shared" is rmw c_pair/quiet 0 shared_lines == 1
check "rmw2 has two" is rmw2 c_pair/quiet 0 locked == 2
check "a semaphore has two" is rwsem c_pair/quiet 0 locked == 2
check "a tree has a section" is tree c_held 0 section '>' 5
check "that grows" is tree c_held 65536 section '>' 150
check "nobody allocates" is tree c_pair/contended 0 allocations == 0

# What a pair of ours does to memory is exact, where the state of the lock does not
# depend on who contended when, and but for the longest section.
reference=$(dirname "$0")/count_reference.txt
"$rlcount" --json rl >"$dir/ours"
# How many lines requests of others are on is up to where those lie.
awk '/c_pair.(contended|busy)|c_held|c_waiters|c_whole/ {
	gsub(/[{}",:]/, " ")
	name = ""
	for (i = 1; i < NF; i++) {
		if ($i == "scenario" || $i == "held")
			name = name $(i + 1) "."
		else if ($i ~ /^(accesses|locked|fences|lines_touched|lines_written|shared_lines|allocations)$/)
			print name $i, $(i + 1)
	}
}' "$dir/ours" | grep -v 'c_waiters.*lines' >"$dir/is"
[ ! "${UPDATE:-}" ] || { sed -n 2p "$0"; cat "$dir/is"; } >"$reference"
better_or_equal "$reference" "$dir/is" >"$dir/log"
result $? "not more than the reference: $(wc -l <"$dir/is") figures" "$dir/log"
show_better "$dir/log"
awk '{ print $1, $2 / 1.02 }' "$dir/is" >"$dir/faster"
! better_or_equal "$dir/faster" "$dir/is" >"$dir/log"
result $? "two percent are found" "$dir/log"

# As if the tree were the lock of this project.
sed -i 's/"lock": "tree"/"lock": "rl"/' "$dir/lines"
check "a short section is reached" verdict T14 c_held stretch
sed -i '/c_held/s/"section": [0-9.]*/"section": 6414/' "$dir/lines"
check "a section that grows is a target missed" verdict T14 c_held missed
check "so are shared lines" verdict lines c_pair/contended missed
check "memory that is given back is reached" verdict T18 c_calm/idle stretch
sed -i 's/"shared_lines": [0-9.]*/"shared_lines": 0.0/' "$dir/lines"
check "and no shared lines are reached" verdict lines c_pair/contended stretch

sum_up
