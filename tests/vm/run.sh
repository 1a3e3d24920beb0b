#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Boots a kernel under QEMU with the module and runs one kind of test in it.
#
#   tests/vm/run.sh KERNEL MODE
#
# KERNEL  a release with headers in /lib/modules, or the beginning of one (6.1);
#         a kernel tree; or the name of a debug kernel (kasan, kcsan)
# MODE    selftest  all test cases at load, KTAP
#         sysfs     the attributes, one after the other
#         trace     the trace events
#         load      each mix with both designs, and both in turn under load
#         torture   the lock under torture while CPUs go and come and memory is
#                   short, loads and unloads, and what is left of them
#         fault     each seventh allocation of a start fails in turn (debug
#                   kernels)
#         icount    instructions per operation (JSON lines)
#
# Prints one line per test and `N passed, N failed, N skipped`.  Exit status 0
# passed, 1 failed, 4 skipped.  Logs are in build/vm/KERNEL-MODE/.
#
# Environment:
#   OUT_JSON      file that gets the JSON lines of mode icount
#   KERNELS       folder of debug kernel archives (../shared/kernels)
#   VM_TIMEOUT    seconds for one boot (900; 2700 for debug kernels)
#   VM_SMP        number of CPUs (4; 1 for icount)
#   VM_THREAD     multi: a thread per CPU; single: one for all (multi; single
#                 for trace)
#   VM_TAG        a word for the folder of the logs, for more boots in a mode (none)
#   SEED          random seed of the test cases (1)
#   LEFT_OUT      test cases that are not run, GROUP or GROUP.CASE, with commas
#   THIN          divides the rounds of the longest test cases (1)
#   MIXES         mixes of mode load, with commas (all)
#   LOAD_MS       time of a mix with one design (700)
#   FLIP_MS       time of a mix with both in turn (1500)
#   TORTURE_MS    time of the torture, and of a load under the same (5000)
#   RELOADS       loads and unloads in mode torture (20)
#   VM_APPEND     more words for the kernel's command line (none)

set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build
kernels=${KERNELS:-$top/../shared/kernels}

if [ $# -ne 2 ]; then
	sed -n 's/^# \{0,1\}//; 3,37p' "$0" >&2
	exit 2
fi
kernel=$1
mode=$2

skip() {
	echo "SKIP $mode on $kernel: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
}

fail() {
	echo "FAIL $mode on $kernel: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

[ -f "$here/guest/$mode.sh" ] || fail "no such mode"
for tool in qemu-system-x86_64 busybox cpio gzip timeout flock; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done

find_tree() {
	for dir in "$build"/kernels/*-"$1"; do
		if [ -f "$dir/bzImage" ]; then
			echo "$dir"
			return
		fi
	done
	return 1
}

# A debug kernel: unpacked or built before, else from its archive.
find_debug_kernel() {
	find_tree "$1" && return
	for archive in "$kernels"/*-"$1".tar.xz; do
		[ -r "$archive" ] || return 1
		mkdir -p "$build/kernels"
		tar -xf "$archive" -C "$build/kernels" || return 1
	done
	find_tree "$1"
}

# The newest release that begins with $1 and has headers.
find_release() {
	for dir in /lib/modules/"$1" /lib/modules/"$1".* /lib/modules/"$1"-*; do
		[ -f "$dir/build/Makefile" ] && basename "$dir"
	done | sort -V | tail -n 1
}

limit=${VM_TIMEOUT:-900}
if [ -d "$kernel" ]; then
	kdir=$(cd "$kernel" && pwd)
elif [ "$kernel" = kasan ] || [ "$kernel" = kcsan ]; then
	kdir=$(find_debug_kernel "$kernel") ||
		skip "no archive in $kernels; tests/vm/build-debug-kernel.sh builds it"
else
	kdir=
	release=$(find_release "$kernel")
	[ -n "$release" ] || skip "no headers of it in /lib/modules"
	image=/boot/vmlinuz-$release
	target=K=$release
	name=$release
fi
if [ -n "$kdir" ]; then
	limit=${VM_TIMEOUT:-2700}
	image=$kdir/bzImage
	[ -f "$image" ] || image=$kdir/arch/x86/boot/bzImage
	target=KDIR=$kdir
	name=$(basename "$kdir")
	release=$(cat "$kdir/include/config/kernel.release")
fi
[ -r "$image" ] || skip "no kernel image $image"

# Whoever runs the same at the same time waits here.
out=$build/vm/$name-$mode${VM_TAG:+-$VM_TAG}
root=$out/root
mkdir -p "$build/vm"
exec 9>"$out.lock"
flock 9
rm -rf "$out"
mkdir -p "$root/bin" "$root/lib/modules"
make --no-print-directory -s -C "$top/kmod" module "$target" \
	>"$out/build.log" 2>&1 9>&- || { cat "$out/build.log"; fail "build"; }

# Modules of the kernel that a mode wants, in the order of their loading.
add_modules() {
	n=0
	if [ -n "$kdir" ]; then
		ls "$kdir/ko/$1.ko" 2>/dev/null
	else
		/sbin/modprobe -S "$release" --show-depends "$1" 2>/dev/null |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	fi | while read -r file; do
		n=$((n + 1))
		case $file in
		*.xz) xz -dc "$file" >"$root/lib/modules/$n-$1.ko" ;;
		*) cp "$file" "$root/lib/modules/$n-$1.ko" ;;
		esac
	done
}

cp "$(command -v busybox)" "$root/bin/busybox"
cp "$here"/guest/* "$root/"
cp "$top/kmod/Documentation/ABI/testing/sysfs-kernel-rangelock" "$root/abi" \
	2>/dev/null
objcopy -g "$build/kmod-$name/rangelock.ko" "$root/rangelock.ko" ||
	fail "strip"
[ "$mode" = sysfs ] && add_modules null_blk
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$out/initrd.gz"

# Does this kernel export the event that perf lock contention reads?
contention=
grep -qw __tracepoint_contention_begin \
	"${kdir:-/lib/modules/$release/build}/Module.symvers" && contention=yes

# What an emulator has to pay for dearly.  With more than one CPU mwait is a pause:
# an idle CPU spins.  Fast "rep movsb" is a round of the translated code per byte.
# Five levels make each walk longer, and what keeps a processor from guessing is
# nothing but more code here.
cpu=max,-monitor,-erms,-fsrm,-la57
append=mitigations=off

accel="-accel tcg,thread=${VM_THREAD:-multi}"
smp=${VM_SMP:-4}
# The emulated TSC is one clock for all CPUs, which a kernel cannot know: it takes
# the HPET, and each look at that leaves the guest.  A quarter of all time.
clock="tsc=reliable clocksource=tsc"
case $mode in
icount)
	# What has been published was counted on this processor.
	accel="-accel tcg -icount shift=0,sleep=off"
	smp=1
	clock=
	cpu=max
	append=
	;;
torture | fault)
	# Who has allocated what is not freed: the mode asks.
	append="$append slub_debug=U"
	;;
trace)
	# Switching an event patches code that other CPUs run: schedule(), for
	# one.  Before 8.1 (commit deba78709ae8) QEMU's threads may keep a
	# translation of the breakpoint that the patching puts there for a
	# moment.  Seen with 7.2: memory has the NOP again, three CPUs take the
	# breakpoint at __schedule+0x1bc for ever with interrupts off, and the
	# fourth waits for them in text_poke_bp_batch().  One thread for all
	# CPUs does not do that.
	accel="-accel tcg,thread=single"
	;;
esac

arguments="rl_mode=$mode rl_seed=${SEED:-1} rl_limit=$limit"
arguments="$arguments rl_contention=$contention rl_left_out=${LEFT_OUT:-}"
arguments="$arguments rl_thin=${THIN:-1} rl_mixes=${MIXES:-all}"
arguments="$arguments rl_load_ms=${LOAD_MS:-700} rl_flip_ms=${FLIP_MS:-1500}"
arguments="$arguments rl_torture_ms=${TORTURE_MS:-5000} rl_reloads=${RELOADS:-20}"

# A guest that hangs with interrupts off cannot say so.  An NMI shortly before
# the limit makes it panic, with the stacks of all CPUs.
arguments="$arguments unknown_nmi_panic panic_print=0x40 $clock $append"
arguments="$arguments ${VM_APPEND:-}"
mkfifo "$out/monitor"
(
	sleep $((limit - 15)) &
	trap 'kill $!' TERM
	wait $! && echo nmi
) 9>&- >"$out/monitor" 2>/dev/null &
watchdog=$!

# The first serial line is the kernel's log, the second what the tests say.
# shellcheck disable=SC2086
timeout "$limit" qemu-system-x86_64 $accel -cpu $cpu -smp "$smp" -m 1024 \
	-display none -nodefaults -no-reboot -kernel "$image" \
	-initrd "$out/initrd.gz" -serial "file:$out/kernel.log" \
	-serial "file:$out/test.log" -monitor stdio -append \
	"console=ttyS0 quiet panic=-1 oops=panic rcupdate.rcu_expedited=1 $arguments" \
	<"$out/monitor" >"$out/qemu.log" 2>&1
status=$?
kill $watchdog 2>/dev/null
wait $watchdog && echo "FAIL boot: no end after $limit s"
[ $status -ne 0 ] && [ $status -ne 124 ] && cat "$out/qemu.log"

if [ "$mode" = icount ]; then
	sed -n 's/^RLBENCH //p' "$out/test.log" | tr -d '\r' >"$out/rows.json"
	cp "$out/rows.json" "${OUT_JSON:-$out/rows.json}" 2>/dev/null
fi
tr -d '\r' <"$out/kernel.log" >"$out/kernel.txt"
tr -d '\r' <"$out/test.log" >"$out/test.txt"
awk -f "$here/verdict.awk" -v "where=$mode on $name" -v "logs=$out" \
	"$out/kernel.txt" "$out/test.txt"
