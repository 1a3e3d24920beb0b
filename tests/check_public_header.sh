#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The public header against the core's: it stands alone as C99, C11 and C++11,
# and both declare the same functions.  The few that only one of them has are
# listed here, so that no other difference goes unnoticed.
set -eu
cd "$(dirname "$0")/.."
public=ulib/include/rangelock.h
core="kmod/core/rangelock.h kmod/core/rangelock_debug.h"
map=ulib/rangelock.map
CC=${CC:-gcc}
CXX=${CXX:-g++}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Declarations, one per line, in the words of the public header.
prototypes() {
	for header; do
		"$CC" -fpreprocessed -dD -E -P -w -x c "$header"
	done | grep -v '^#' | grep -v '^extern "C"' | tr '\n' ' ' |
		tr ';' '\n' |
		sed -e 's/__must_check//; s/RANGELOCK_MUST_CHECK//' \
			-e 's/\bu64\b/uint64_t/g; s/\bu32\b/uint32_t/g' \
			-e 's/[[:space:]][[:space:]]*/ /g; s/^ //; s/ $//' |
		grep '^[a-z].*\<rangelock_[a-z_]*(.*)$' | grep -v '^typedef' |
		sort
}

prototypes $core > "$tmp/core"
prototypes $public > "$tmp/public"

# What a program cannot use, and what the core has as macros or elsewhere.
grep -vE '\<rangelock_((init|set)_class|blockers)\(' "$tmp/core" > "$tmp/core-common"
grep -v -e '\<rangelock_init(' -e '\<rangelock_thread_die(' \
	-e '\<rangelock_thread_revive(' "$tmp/public" > "$tmp/public-common"

nr=$(wc -l < "$tmp/public-common")
if [ "$nr" -lt 20 ]; then
	echo "check_public_header: only $nr prototypes found" >&2
	exit 1
fi
diff -u "$tmp/core-common" "$tmp/public-common"

# The version script exports these functions and the two matrices.
{
	sed 's/^.*\<\(rangelock_[a-z_]*\)(.*$/\1/' "$tmp/public"
	echo rangelock_modes_file
	echo rangelock_modes_rw
} | sort > "$tmp/declared"
sed -n 's/^[[:space:]]*\(rangelock_[a-z_]*\);$/\1/p' $map | sort > "$tmp/exported"
diff -u "$tmp/declared" "$tmp/exported"

warnings="-Wall -Wextra -pedantic -Werror -fsyntax-only"
"$CC" -std=c99 $warnings -x c $public
"$CC" -std=c11 $warnings -x c $public
"$CXX" -std=c++11 $warnings -x c++ $public

echo "check_public_header: $nr common prototypes, C99, C11 and C++11"
