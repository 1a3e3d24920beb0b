#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Do the tests bite?  Each mutant is one seeded bug and names the test that has
# to notice it.
#
#   tests/mutants/run.sh              all of them
#   tests/mutants/run.sh NAME...      these
#   tests/mutants/run.sh --quick [SEED]   five of a build without sanitizer,
#                                     which ones by the seed
#   tests/mutants/run.sh --list       the names
#
# tests/mutants/NAME.mutant says, after its first line,
#
#   what is wrong, in words
#   file FILE                     where
#   test VARIANT PROGRAM ARGS...  what kills it, the cheapest that does
#   ---
#   text that occurs in FILE exactly once
#   +++
#   what takes its place
#
# A mutant is made in build/mutants/NAME/, a copy by hard links of the sources
# and objects, so that make compiles again what depends on FILE and no more.  It
# is killed if the test fails, is ended by a signal, or hangs; and it counts
# only if the same test passes without it.  A mutant that does not compile, or
# whose text is not there once, has failed too: the code has moved on.
set -u

cd "$(dirname "$0")/../.." || exit 2
here=tests/mutants
top=${WORK:-build/mutants}
limit=${LIMIT:-30}
# Without a mutant the test has all the time that it needs.
good_limit=300
quick_nr=5
passed=0
failed=0
skipped=0

# The lines of a mutant: "file" and "test" by key, "find" and "put" whole.
part() {
	awk -v want="$2" '
	$0 == "---" && !state { state = "find"; next }
	$0 == "+++" && state == "find" { state = "put"; next }
	!state && $1 == want { sub(/^[a-z]+ /, ""); print }
	state && state == want { print }' "$here/$1.mutant"
}

# Put the second file's text in place of the first's in $1; it has to be there
# exactly once.
replace_once() {
	awk -v find="$2" -v put="$3" '
	function slurp(name,   line, text, sep) {
		while ((getline line < name) > 0) {
			text = text sep line
			sep = "\n"
		}
		return text
	}
	BEGIN {
		text = slurp(ARGV[1])
		what = slurp(find)
		at = index(text, what)
		if (what == "" || !at)
			exit 1
		rest = substr(text, at + length(what))
		if (index(rest, what))
			exit 1
		print substr(text, 1, at - 1) slurp(put) rest
	}' "$1"
}

# A tree in $1 that shares all files with ours; a changed one is a new file.
link_tree() {
	rm -rf "$1"
	mkdir -p "$1/build" "$1/bench"
	cp -al Makefile kmod ulib tests "$1" &&
		cp -al bench/*.[ch]* bench/*.mk "$1/bench" &&
		cp -al "build/$2" "$1/build"
}

run_test() {
	dir=$1
	seconds=$2
	variant=$3
	shift 3
	case $variant in
	tsan) set -- setarch -R "$dir/build/$variant/$@" ;;
	*) set -- "$dir/build/$variant/$@" ;;
	esac
	timeout -k 5 "$seconds" "$@" > "$top/log" 2>&1 < /dev/null
}

# Each test passes without any mutant; asked once.
test_is_good() {
	grep -qxF "$*" "$top/good" && return 0
	make -s "build/$1/$2" > "$top/log" 2>&1 || return 1
	run_test . $good_limit "$@" || return 1
	if grep -q '^\[  PASSED  \] 0 test' "$top/log"; then
		return 1
	fi
	echo "$*" >> "$top/good"
}

# Print why and return 1, or make the mutant's program.
build_mutant() {
	dir=$top/$1
	file=$(part "$1" file)
	part "$1" find > "$top/find"
	part "$1" put > "$top/put"
	link_tree "$dir" "$2" || return 1
	if ! replace_once "$file" "$top/find" "$top/put" > "$top/new"; then
		echo "FAIL $1: its text is not in $file, or twice"
		return 1
	fi
	rm "$dir/$file"
	cp "$top/new" "$dir/$file"
	if ! make -s -C "$dir" "build/$2/$3" > "$top/log" 2>&1; then
		echo "FAIL $1: does not compile"
		grep -m 3 'rror' "$top/log"
		return 1
	fi
}

one() {
	name=$1
	began=$(date +%s)
	if [ ! -f "$here/$name.mutant" ]; then
		echo "FAIL $name: there is no such mutant"
		failed=$((failed + 1))
		return
	fi
	what=$(part "$name" test)
	# shellcheck disable=SC2086
	if ! test_is_good $what; then
		echo "FAIL $name: $what fails without it"
		failed=$((failed + 1))
		return
	fi
	# shellcheck disable=SC2086
	if ! build_mutant "$name" $what; then
		failed=$((failed + 1))
		return
	fi
	# shellcheck disable=SC2086
	run_test "$top/$name" "$limit" $what
	status=$?
	took="$(($(date +%s) - began)) s"
	case $status in
	0)
		echo "SURVIVED $name, by $what"
		failed=$((failed + 1))
		;;
	124 | 137)
		echo "killed $name by $what in $took, which hangs"
		passed=$((passed + 1))
		;;
	*)
		echo "killed $name by $what in $took"
		passed=$((passed + 1))
		;;
	esac
	rm -rf "${top:?}/$name"
}

names() {
	for mutant in "$here"/*.mutant; do
		basename "$mutant" .mutant
	done
}

# Some whose program is built without a sanitizer, one from each part of the
# list.
some_names() {
	for name in $(names); do
		case $(part "$name" test) in
		debug*) echo "$name" ;;
		esac
	done | awk -v seed="$1" -v nr=$quick_nr '
	{ name[NR - 1] = $0 }
	END {
		for (i = 0; i < nr && i < NR; i++)
			print name[(seed % NR + i * int(NR / nr)) % NR]
	}'
}

case ${1:-} in
-h | --help)
	sed -n '4,28s/^# \{0,1\}//p' "$0"
	exit 0
	;;
--list)
	names
	exit 0
	;;
--quick)
	limit=10
	# shellcheck disable=SC2046
	set -- $(some_names "${2:-1}")
	;;
'')
	# shellcheck disable=SC2046
	set -- $(names)
	;;
esac

mkdir -p "$top"
: > "$top/good"
for name; do
	one "$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
