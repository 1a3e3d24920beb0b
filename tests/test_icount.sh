#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Instructions per pair of the module in the kernel, counted by the emulated
# machine: none is more than one percent more than in tests/icount_reference.txt.
# Another release of the kernel or another compiler makes other code, so there
# the figures are only shown.
#
#   tests/test_icount.sh [KERNEL]           check, 6.12 unless told otherwise
#   tests/test_icount.sh --update [KERNEL]  write the reference; say why in the
#                                           commit
set -u

cd "$(dirname "$0")/.." || exit 2
. tests/tap.sh
. tests/reference.sh
reference=tests/icount_reference.txt
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
update=
[ "${1:-}" != --update ] || { update=1; shift; }

# JSON lines to "lock.scenario.mode.held value", what the figures depend on first.
figures() {
	echo '# SPDX-License-Identifier: GPL-2.0-only OR MIT'
	sed -n 's/.*"kernel":"\([^"]*\)".*/# \1/p' "$1" | head -n 1
	echo "# $(${CC:-gcc} --version | head -n 1)"
	sed -n 's/.*"scenario":"\([^"]*\)","lock":"\([^"]*\)","mode":"\([^"]*\)","held":\([0-9]*\),.*"metric":"insn_per_[a-z]*","value":\([0-9.]*\).*/\2.\1.\3.\4 \5/p' \
		"$1"
}

bench/kernel.sh "$dir/now.jsonl" "${1:-6.12}" >"$dir/log" 2>&1
if [ $? -ne 0 ]; then
	result 1 "the module counts" "$dir/log"
	sum_up
	exit
fi
if [ ! -s "$dir/now.jsonl" ]; then
	echo "SKIP icount: $(tail -n 1 "$dir/log")"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
fi
figures "$dir/now.jsonl" >"$dir/is"
if [ "$update" ]; then
	cp "$dir/is" $reference
	exit
fi
if [ "$(grep '^#' $reference)" != "$(grep '^#' "$dir/is")" ]; then
	echo "SKIP icount: the reference is of another kernel or compiler:" \
		"$(grep '^#' $reference | tr '\n' ' ')"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
fi
grep -v '^#' "$dir/is" >"$dir/values"
better_or_equal $reference "$dir/values" >"$dir/log"
result $? "not more instructions than the reference: $(wc -l <"$dir/values")" \
	"$dir/log"
show_better "$dir/log"
awk '{ print $1, $2 / 1.02 }' "$dir/values" >"$dir/faster"
! better_or_equal "$dir/faster" "$dir/values" >"$dir/log"
result $? "two percent are found" "$dir/log"
sum_up
