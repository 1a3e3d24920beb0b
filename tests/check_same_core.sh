#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Proves from the dependency files of both builds that the userspace objects and
# the kernel modules were compiled from the very same core files: those of
# kmod/core/sources.mk, the same inodes, no more and no less; and that the core
# does not ask in which world it is.
#
#   tests/check_same_core.sh              check build/
#   tests/check_same_core.sh --self-test  seed defects into a copy; each must show
#
# TOP names another tree to check.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=${TOP:-$(cd "$here/.." && pwd)}
failed=0

complain() {
	echo "check_same_core: $*" >&2
	failed=1
}

# Where a file really is: device and inode, through links.
identity() {
	stat -L -c %d:%i "$1" 2>/dev/null || echo "missing $1"
}

core_sources() {
	printf 'include %s/kmod/core/sources.mk\nall:;@echo $(CORE_LOCK) $(CORE_ENGINE)\n' \
		"$top" | make -s --no-print-directory -f - | tr ' ' '\n' |
		grep . | sort
}

# What objects were made from, of files in core/: absolute paths, one per line.
user_deps() {
	tr -s ' \\\n' '\n' < "$1" | grep '^kmod/core/.*[ch]$' | sed "s|^|$top/|"
}

kernel_deps() {
	cat "$1"/core/.*.o.cmd | grep -F "$1/core/" | tr -s ' \\' '\n' |
		grep "^$1/core/[a-z0-9_]*\.[ch]$"
}

# $1 file as a build saw it: must be the one in kmod/core/ of that name.
check_file() {
	name=$(basename "$1")
	[ "$(identity "$1")" = "$(identity "$top/kmod/core/$name")" ] ||
		complain "$2 read $1, which is not kmod/core/$name"
}

# $1 list of files that a build read, $2 name of the build
check_list() {
	while read -r file; do
		check_file "$file" "$2"
	done < "$1"
	sed 's|.*/||' "$1" | grep '\.c$' | sort -u > "$tmp/sources"
	diff "$tmp/expected" "$tmp/sources" > "$tmp/diff" || {
		complain "$2 has other core sources than sources.mk:"
		cat "$tmp/diff" >&2
	}
	sed 's|.*/||' "$1" | sort -u > "$tmp/names"
	if [ ! -f "$tmp/all" ]; then
		cp "$tmp/names" "$tmp/all"
	elif ! diff "$tmp/all" "$tmp/names" > "$tmp/diff"; then
		complain "$2 read other core files than the builds before:"
		cat "$tmp/diff" >&2
	fi
}

check_user_build() {
	: > "$tmp/all_deps"
	for source in $(core_sources); do
		dep=$1/kmod/core/${source%.c}.d
		if [ -f "$dep" ]; then
			user_deps "$dep" >> "$tmp/all_deps"
		else
			complain "$1: no dependencies of $source"
		fi
	done
	sort -u "$tmp/all_deps" > "$tmp/deps"
	check_list "$tmp/deps" "$1"
}

check_kernel_build() {
	kernel_deps "$1" | sort -u > "$tmp/deps"
	check_list "$tmp/deps" "$1"
}

check_all() {
	tmp=$(mktemp -d)
	core_sources > "$tmp/expected"
	(cd "$top/kmod/core" && ls -- *.c) | sort |
		diff "$tmp/expected" - > "$tmp/diff" ||
		complain "kmod/core holds sources that sources.mk does not list"
	grep -nE '__KERNEL__|LINUX_VERSION_CODE' "$top"/kmod/core/*.[ch] >&2 &&
		complain "the core asks in which world it is"
	builds=0
	for variant in debug asan tsan plain; do
		[ -d "$top/build/$variant/kmod/core" ] || continue
		check_user_build "$top/build/$variant"
		builds=$((builds + 1))
	done
	[ $builds -gt 0 ] || complain "no userspace build in build/"
	kernels=0
	for ko in "$top"/build/kmod-*/rangelock.ko; do
		[ "$ko" -nt "$top/kmod/core/sources.mk" ] || continue
		check_kernel_build "$(dirname "$ko")"
		kernels=$((kernels + 1))
	done
	rm -rf "$tmp"
	if [ $kernels -eq 0 ]; then
		echo "SKIP same core: no module has been built"
		echo "0 passed, $failed failed, 1 skipped"
		[ $failed -eq 0 ] || exit 1
		exit 4
	fi
	echo "same core: $builds userspace builds, $kernels modules"
	echo "$((1 - failed)) passed, $failed failed, 0 skipped"
	exit $failed
}

# A small tree with two sources, one variant and one kernel build of them.
make_copy() {
	rm -rf "$copy"
	mkdir -p "$copy/kmod/core" "$copy/build/debug/kmod/core" \
		"$copy/build/kmod-k/core"
	(
		cd "$copy" || exit
		echo 'CORE_LOCK := itree.c' > kmod/core/sources.mk
		echo 'CORE_ENGINE := hist.c' >> kmod/core/sources.mk
		touch -d '1 hour ago' kmod/core/sources.mk
		touch kmod/core/itree.c kmod/core/hist.c kmod/core/itree.h \
			kmod/core/prng.h build/kmod-k/rangelock.ko
		for name in itree hist; do
			echo "build/$name.o: kmod/core/$name.c kmod/core/itree.h" \
				> build/debug/kmod/core/$name.d
			ln -s "$copy/kmod/core/$name.c" build/kmod-k/core/
			echo "deps := $copy/build/kmod-k/core/$name.c" \
				"$copy/build/kmod-k/core/itree.h" \
				> build/kmod-k/core/.$name.o.cmd
		done
		ln -s "$copy/kmod/core/itree.h" build/kmod-k/core/
	)
}

# $1 what is wrong, $2 the command that makes it so
expect_failure() {
	make_copy
	(cd "$copy" && eval "$2")
	if TOP=$copy "$0" > "$copy.log" 2>&1; then
		echo "FAIL self-test: $1 went unnoticed"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

self_test() {
	copy=$(mktemp -d)
	passed=0
	make_copy
	if TOP=$copy "$0" > "$copy.log" 2>&1; then
		passed=1
	else
		echo "FAIL self-test: a good tree was refused"
		cat "$copy.log"
		failed=1
	fi
	expect_failure "a copied source" \
		'rm build/kmod-k/core/itree.c; cp kmod/core/itree.c build/kmod-k/core/'
	expect_failure "a copied header" \
		'rm build/kmod-k/core/itree.h; cp kmod/core/itree.h build/kmod-k/core/'
	expect_failure "a source missing in the module" \
		'rm build/kmod-k/core/.itree.o.cmd'
	expect_failure "a source missing in userspace" \
		'rm build/debug/kmod/core/itree.d'
	expect_failure "a header only one build reads" \
		'sed -i "s|itree.h|itree.h kmod/core/prng.h|" build/debug/kmod/core/itree.d'
	expect_failure "a source that is not listed" \
		'touch kmod/core/stray.c'
	expect_failure "an extra object in the module" \
		'ln -s ../../../kmod/core/itree.c build/kmod-k/core/stray.c;
		 echo "x := $PWD/build/kmod-k/core/stray.c" > build/kmod-k/core/.stray.o.cmd'
	expect_failure "__KERNEL__ in the core" \
		'echo "#ifdef __KERNEL__" >> kmod/core/itree.h'
	expect_failure "LINUX_VERSION_CODE in the core" \
		'echo "#if LINUX_VERSION_CODE" >> kmod/core/itree.c'
	rm -rf "$copy" "$copy.log"
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
	exit
}

case ${1:-} in
--self-test) self_test ;;
'') check_all ;;
*)
	sed -n '8,11s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
