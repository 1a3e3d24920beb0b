#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The rules of CONTRIBUTING.md that a script can check, on every file that git
# tracks or would track.
#
#   tests/check_style.sh              check the tree
#   tests/check_style.sh --self-test  seed defects into a copy; each must show
#
# TOP names another tree, and then all its files are checked.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=${TOP:-$(cd "$here/.." && pwd)}
failed=0
passed=0

files() {
	if [ -n "${TOP:-}" ]; then
		(cd "$top" && find . -type f | sed 's|^\./||')
	else
		(cd "$top" && git ls-files -co --exclude-standard |
			while read -r f; do [ -f "$f" ] && echo "$f"; done)
	fi
}

# What people write; data and generated files have rules of their own.
sources() {
	files | grep -vE '^bench/results/|^tests/fuzz/corpus/|^RESULTS\.md$|^LICENSE$|\.svg$|\.json|\.png$'
}

code() {
	sources | grep -E '\.([ch]|cc|sh|mk|awk)$|(^|/)(Makefile|Kbuild)$'
}

# $1 what it is about, then a command that prints the offenders.
rule() {
	what=$1
	shift
	"$@" > "$log"
	if [ -s "$log" ]; then
		echo "FAIL style: $what"
		sed 's/^/  /' "$log" | head -n 20
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

# The words this rule looks for must not appear in it.
MARKS='\b(TO''DO|X''XX|FIX''ME)\b'

# grep in the files named on stdin; no file, no match.
grep_files() {
	(cd "$top" && xargs -r -d '\n' grep -nHE "$1")
}

without_spdx() {
	sources | (cd "$top" && xargs -r -d '\n' awk '
		FNR == 1 { check(); name = FILENAME; seen = 0 }
		FNR <= 3 && index($0, "SPDX-License-Identifier: GPL-2.0-only OR MIT") { seen = 1 }
		function check() { if (name != "" && !seen) print name }
		END { check() }')
}

too_long() {
	code | (cd "$top" && xargs -r -d '\n' awk '
		FNR == 601 { print FILENAME ": more than 600 lines" }')
}

marks() {
	code | grep_files "$MARKS"
}

trailing_space() {
	sources | grep_files '[[:space:]]$'
}

world_in_core() {
	sources | grep -E '^kmod/core/.*\.[ch]$' |
		grep_files '__KERNEL__|LINUX_VERSION_CODE|#include <'
}

# A tab counts as up to eight columns; a string may not be broken.
wide_lines() {
	sources | grep -E '\.([ch]|cc)$' | (cd "$top" && xargs -r -d '\n' awk '
	length($0) > 60 && !/"/ {
		width = 0
		n = split($0, part, "\t")
		for (i = 1; i < n; i++)
			width += length(part[i]) + 8 - (width + length(part[i])) % 8
		if (width + length(part[n]) > 100)
			print FILENAME ":" FNR
	}')
}

no_newline() {
	sources | while read -r f; do
		[ -s "$top/$f" ] && [ -n "$(tail -c 1 "$top/$f")" ] && echo "$f"
	done
}

tail_comments() {
	code | grep -E '^(kmod|ulib|bench|tests)/.*\.[ch]$' |
		grep_files '[;{})][[:space:]]+/\*.*\*/$'
}

spaces_for_tabs() {
	code | grep -E '\.([ch]|cc)$' | grep_files '^ {8}'
}

check_all() {
	log=$(mktemp)
	rule "no SPDX line at the top" without_spdx
	rule "more than 600 lines" too_long
	rule "unfinished-work marks" marks
	rule "trailing white space" trailing_space
	rule "the core asks for its world or includes a system header" world_in_core
	rule "lines wider than 100 columns" wide_lines
	rule "no newline at the last line" no_newline
	rule "comments behind code" tail_comments
	rule "eight spaces where a tab belongs" spaces_for_tabs
	rm -f "$log"
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
	exit
}

# $1 what is wrong, $2 the command that makes it so
expect_failure() {
	rm -rf "$copy"
	mkdir -p "$copy/kmod/core" "$copy/tests"
	printf '/* SPDX-License-Identifier: GPL-2.0-only OR MIT */\nint a;\n' \
		> "$copy/kmod/core/good.h"
	cp "$copy/kmod/core/good.h" "$copy/tests/good.c"
	(cd "$copy" && eval "$2")
	if TOP=$copy "$0" > "$copy.log" 2>&1; then
		good=1
	else
		good=0
	fi
	if [ "$good" = "${3:-0}" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL self-test: $1"
		cat "$copy.log"
		failed=$((failed + 1))
	fi
}

self_test() {
	copy=$(mktemp -d)
	good=tests/good.c
	export good
	expect_failure "a good tree was refused" : 1
	expect_failure "no SPDX line" 'echo "int b;" > tests/new.c'
	expect_failure "a long file" 'yes "int b;" | head -n 600 >> $good'
	expect_failure "a mark" 'echo "/* TO""DO: more */" >> $good'
	expect_failure "trailing space" 'echo "int b; " >> $good'
	expect_failure "trailing tab" 'printf "int b;\t\n" >> $good'
	expect_failure "the world" 'echo "#ifdef __KERNEL__" >> kmod/core/good.h'
	expect_failure "a system header" \
		'echo "#include <stdio.h>" >> kmod/core/good.h'
	expect_failure "a wide line" 'printf "int %0120d;\n" 0 >> $good'
	expect_failure "no last newline" 'printf "int b;" >> $good'
	expect_failure "a tail comment" \
		'echo "int b; /* why */" >> kmod/core/good.h'
	expect_failure "spaces" 'printf "        int b;\n" >> $good'
	rm -rf "$copy" "$copy.log"
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
	exit
}

case ${1:-} in
--self-test) self_test ;;
'') check_all ;;
*)
	echo "usage: check_style.sh [--self-test]" >&2
	exit 2
	;;
esac
