#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The kernel side of the benchmark: the module in a real kernel.
#
#   bench/kernel.sh OUT.jsonl [KERNEL...]
#
# KERNEL is a release with headers in /lib/modules or the beginning of one
# (6.12).  In the VM the CPU is emulated and the clock counts instructions: the
# rows say insn_per_pair and are path length, never time.
#
# With RL_HOST_MODULE=1, as root, on a machine that can load modules, the module
# is loaded here instead and the rows say ns_per_pair.
#
# Prints what it skips and why.  Exit status 0 done or skipped, 1 failed.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n 's/^# \{0,1\}//; 3,15p' "$0" >&2; exit 2; }
out=$1
shift
[ $# -gt 0 ] || set -- 6.12
rm -f "$out"

on_this_machine() {
	release=$(uname -r)
	module=$top/build/kmod-$release/rangelock.ko
	bench=/sys/kernel/debug/rangelock/lockbench
	if [ "$(id -u)" != 0 ] || [ ! -f "/lib/modules/$release/build/Makefile" ]
	then
		echo "kernel side: RL_HOST_MODULE needs root and headers of" \
			"$release" >&2
		return 1
	fi
	make -s -C "$top/kmod" module K="$release" >&2 || return 1
	insmod "$module" || return 1
	mountpoint -q /sys/kernel/debug ||
		mount -t debugfs none /sys/kernel/debug
	echo 1 >$bench && grep '^{' $bench >"$out"
	status=$?
	rmmod rangelock
	return $status
}

if [ "${RL_HOST_MODULE:-0}" = 1 ]; then
	on_this_machine
	exit $?
fi

log=$(mktemp)
part=$(mktemp)
trap 'rm -f "$log" "$part"' EXIT
for kernel; do
	echo "kernel side: Linux $kernel in an emulated machine, about 30 s" >&2
	: >"$part"
	OUT_JSON=$part "$top/tests/vm/run.sh" "$kernel" icount >"$log" 2>&1
	status=$?
	if [ $status -eq 4 ]; then
		echo "kernel side skipped: $(grep -m 1 SKIP "$log")" >&2
	elif [ $status -ne 0 ]; then
		echo "kernel side FAILED on $kernel:" >&2
		tail -n 20 "$log" >&2
		exit 1
	fi
	grep '^{' "$part" >>"$out"
done
exit 0
