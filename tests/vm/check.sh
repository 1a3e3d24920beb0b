#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# All tests that need a kernel.
#
#   tests/vm/check.sh [PART...]    default: kasan newest others
#
# newest   test cases, attributes, trace events and load on the newest stock
#          kernel with headers
# others   the same on each other stock kernel
# kasan    test cases on the KASAN and lockdep kernel
# kcsan    test cases on the KCSAN kernel
#
# ALL_MODES=1 runs all modes on each kernel but fault, and leaves nothing out.
#
# What is emulated is slow.  Without LONG=1 this is left out:
#   newest   true parallelism in the test cases: one thread of the host runs all
#            four CPUs, in turn.  So nobody spins for a CPU that does not run, and
#            the schedules of races, which are one task at a time, cost little
#   others   schedules of races, what is long in the IO engine and one task at a
#            time (long_cases below), most mixes of the load
#   kasan    schedules of races and the tests of their runner, seven of eight
#            rounds of the longest cases; of the IO engine true parallelism,
#            and long_cases
#   all      two CPUs of four where each has a thread; two thirds of the load;
#            torture with CPUs that go and come, little memory, and many loads
# Userspace runs all of that in each check, with ASan too, and the newest kernel
# all but the torture, which tests/check.sh --kernels runs.
#
# One line per test.  Exit status 0 if nothing failed; a skip says why.

set -u

here=$(cd "$(dirname "$0")" && pwd)
long=${LONG:-}
passed=0
failed=0
skipped=0

# What the others take in the short run: each class of operations at least once.
few_mixes=b_dio_fsync,b_dsync,b_reloc,b_db,b_fallocate,stress

# Two thirds of the engine's time, by one task at a time: crashes, and models of
# space, eras and clones.  Their paths and locks are those of the cases that stay.
long_cases=iopath_space,iopath_crash,iopath_fuzz.fuzz_every_flush
long_cases=$long_cases,iopath_fuzz.fuzz_random,iopath_sync.sync_eras
long_cases=$long_cases,iopath_sync.sync_space,iopath_buffered.buffered_cow
long_cases=$long_cases,iopath_share.share_random,iopath_share.share_crash
long_cases=$long_cases,iopath_share.share_crash_left,iopath_share.share_relocate

# What only the kernel has, see kmod/selftest.c.
kernel_groups=kernel_irq,kernel_itree,kernel_baseline

# run KERNEL MODE [NAME=VALUE...]: run it and add the numbers of its last line.
run() {
	kernel=$1
	mode=$2
	shift 2
	env "$@" "$here/run.sh" "$kernel" "$mode" >"$log" 2>&1
	cat "$log"
	sum=$(tail -n 1 "$log" | sed -n \
		's/.*\b\([0-9]\+\) passed, \([0-9]\+\) failed, \([0-9]\+\) skipped$/\1 \2 \3/p')
	# shellcheck disable=SC2086
	set -- ${sum:-0 1 0}
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# The stock kernels with headers, the newest first.
stock() {
	for build in /lib/modules/*/build/Makefile; do
		[ -f "$build" ] || continue
		release=${build#/lib/modules/}
		echo "${release%%/*}"
	done | sort -rV
}

# run_all KERNEL: every mode.
run_all() {
	for each in selftest sysfs trace load ${long:+torture}; do
		run "$1" $each
	done
}

newest() {
	kernel=$(stock | head -n 1)
	if [ -z "$kernel" ]; then
		echo "SKIP stock kernels: no headers in /lib/modules; install" \
			"linux-image-cloud-amd64 and linux-headers-cloud-amd64"
		skipped=$((skipped + 1))
		return
	fi
	if [ "$long" ]; then
		run_all "$kernel"
		return
	fi
	export LOAD_MS=250 FLIP_MS=500
	for each in selftest sysfs trace; do
		run "$kernel" $each VM_THREAD=single
	done
	run "$kernel" load VM_SMP=2
}

others() {
	[ "$long" ] || export VM_SMP=2 LEFT_OUT=races,$long_cases MIXES=$few_mixes \
		LOAD_MS=250 FLIP_MS=500
	for release in $(stock | tail -n +2); do
		run_all "$release"
	done
}

# run_debug KERNEL
run_debug() {
	if [ "${ALL_MODES:-}" ]; then
		run_all "$1"
	else
		run "$1" selftest
	fi
}

# groups IOPATH: the groups of test cases with iopath in their names (0: others)
groups() {
	sed -n 's/^\t{ "\([a-z_]*\)", cases_.*/\1/p' \
		"$here/../cases/cases.c" | awk -v "want=$1" '
		/^race(s|_self)$/ { next }
		(/^iopath/ != 0) == want { printf "%s%s", sep, $0; sep = "," }'
}

# Schedules run one task at a time and take locks by trying: nothing for lockdep,
# and ASan has run them for what KASAN would see, as it has the long cases.  The
# lock's own groups have two CPUs with a thread each, complete; the engine's, ten
# times as long, have one.
debug() {
	if [ "$long" ]; then
		run_debug "$1"
		return
	fi
	export THIN=8
	run "$1" selftest VM_TAG=lock VM_SMP=2 \
		"LEFT_OUT=races,race_self,$(groups 1)"
	run "$1" selftest VM_TAG=engine VM_THREAD=single \
		"LEFT_OUT=races,race_self,$long_cases,$(groups 0),$kernel_groups"
}

kasan() {
	debug kasan
}

kcsan() {
	debug kcsan
}

[ "${ALL_MODES:-}" ] && long=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ $# -gt 0 ] || set -- kasan newest others
for part; do
	case $part in
	kasan | kcsan | newest | others) ;;
	*)
		echo "check.sh: no part is called $part" >&2
		exit 2
		;;
	esac
	unset LEFT_OUT THIN MIXES LOAD_MS FLIP_MS VM_SMP
	$part
done
echo "vm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
