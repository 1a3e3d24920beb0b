# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# The torture while CPUs go and come and memory gets short, changes of the design
# under the same, and loads and unloads without end.  Afterwards nothing may be
# left of what the module has allocated: with slub_debug=U the kernel knows who
# allocated what, and when the module is gone, its addresses have no name.

mode=torture
. /lib.sh

STATE=/tmp/disturb
slab=/sys/kernel/debug/slab

# CPUs go one after the other, and come back, until the file is gone.
hotplug() {
	rounds=0
	while [ -e $STATE ]; do
		for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
			echo 0 >$cpu/online && rounds=$((rounds + 1))
			usleep 30000
			echo 1 >$cpu/online
		done
	done
	echo $rounds >/tmp/hotplug
}

available() {
	awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo
}

# Files in memory take what is there but for 48 MiB, and give it back.
pressure() {
	rounds=0
	while [ -e $STATE ]; do
		n=0
		while [ -e $STATE ] && [ $(available) -gt 48 ]; do
			n=$((n + 1))
			dd if=/dev/zero of=/pressure/$n bs=1M count=16 \
				2>/dev/null || break
		done
		usleep 50000
		rm -f /pressure/*
		rounds=$((rounds + 1))
	done
	echo $rounds >/tmp/pressure
}

disturb() {
	mkdir -p /pressure
	mount -t tmpfs -o size=4g tmpfs /pressure
	: >$STATE
	hotplug 2>/dev/null &
	pressure &
}

calm_down() {
	rm -f $STATE
	wait
	note "$(cat /tmp/hotplug) CPUs went, memory was short $(cat /tmp/pressure) times"
	check hotplug.happened test "$(cat /tmp/hotplug)" -gt 0
	check pressure.happened test "$(cat /tmp/pressure)" -gt 0
	umount /pressure
}

# verdict LOCK SUCCESS|FAILURE PARAMETER...
verdict() {
	lock=$1
	want=$2
	shift 2
	dmesg -c >/dev/null
	check "$lock.load" insmod /rangelock.ko torture=$lock \
		torture_seed=$SEED torture_ms=$TORTURE_MS "$@"
	dmesg | sed -n 's/.*rangelock: \(torture: .*\)/# \1/p'
	check "$lock.$want" sh -c "dmesg |
		grep -q 'torture: $want: $lock, .* seed $SEED'"
	check "$lock.unload" rmmod rangelock
}

# Where modules are: a line that says so names ours, when it is gone.  What the
# kernel has allocated at boot has no names either, but other addresses.
where_modules_are() {
	area=$(awk '$1 == "rangelock" { print substr($6, 1, 11) }' /proc/modules)
}

# Who has allocated what is not freed: the records of kmalloc's caches, which end
# with an empty line, and the lines of vmalloc's list.  The kernel's own caches
# (of areas, of nodes) keep and share what they have got.
left_behind() {
	for cache in $slab/kmalloc-*; do
		awk -v "area= $area" 'BEGIN { RS = "" }
			index($0, area) || /\[rangelock\]/' $cache/alloc_traces
	done
	grep -F -e " $area" -e "[rangelock]" /proc/vmallocinfo
}

# What waits for a grace period or a worker of the kernel goes within seconds, and
# names of files with the caches of names.
nothing_left_behind() {
	for _ in $(seq 8); do
		echo 3 >/proc/sys/vm/drop_caches
		left_behind >/tmp/left
		[ -s /tmp/left ] || return 0
		usleep 500000
	done
	head -n 40 /tmp/left | sed 's/^/# /'
	return 1
}

unreclaimable() {
	awk '/^SUnreclaim/ { print $2 }' /proc/meminfo
}

# Switch while it runs; the end of the run may come after that of the module.
use_module() {
	put mix b_db >/dev/null
	put warmup_ms 0 >/dev/null
	put run_time_ms 60000 >/dev/null
	put run 1 >/dev/null
	for design in range dio_sem range; do
		[ "$(put lock_mode $design)" = accepted ] || echo "not $design"
	done
	[ $1 -eq 0 ] || { put stop 1 >/dev/null; state_becomes idle; }
}

reloads() {
	for n in $(seq $RELOADS); do
		[ $n -ne $((RELOADS / 2)) ] || middle=$(unreclaimable)
		insmod /rangelock.ko lock_stats=1 || break
		use_module $((n % 2))
		rmmod rangelock || break
	done
	equal reload.all $RELOADS $n
	equal reload.gone "" "$(ls -d $RL $DBG /sys/module/rangelock 2>/dev/null)"
	check reload.nothing_left_behind nothing_left_behind
	note "$RELOADS loads; unreclaimable slabs grew by" \
		"$(($(unreclaimable) - middle)) kB in the second half"
}

# switching: the design changes under load while CPUs go and memory is short.
switching() {
	check switch.load insmod /rangelock.ko
	where_modules_are
	put mix b_db >/dev/null
	put run_time_ms $TORTURE_MS >/dev/null
	equal switch.run accepted "$(put run 1)"
	while [ "$(show state)" = running ]; do
		put lock_mode range >/dev/null
		put lock_mode dio_sem >/dev/null
	done
	check switch.idle state_becomes idle
	check switch.no_error grep -q "^error 0$" $DBG/results
	check switch.unbroken grep -q "^broken_invariant 0$" $DBG/results
	check switch.unload rmmod rangelock
}

# Fail the nth allocation of a start, for each n that there is.
fail_each() {
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	check fault.load insmod /rangelock.ko
	put mix b_db >/dev/null
	put run_time_ms 10 >/dev/null
	refused=0
	for n in $(seq 400); do
		sh -c "echo $n >/proc/self/fail-nth
			echo 1 >$RL/run
			said=\$?
			cat /proc/self/fail-nth >/tmp/fail
			exit \$said" 2>/dev/null || refused=$((refused + 1))
		[ "$(show state)" = idle ] || state_becomes idle || break
		[ "$(sh -c 'cat /tmp/fail')" = 0 ] || break
	done
	note "$n allocations, $refused starts refused"
	check fault.refused test $refused -gt 0
	check fault.all test $n -lt 400
	put run_time_ms 10 >/dev/null
	equal fault.works_again accepted "$(put run 1)"
	check fault.idle state_becomes idle
	check fault.no_error grep -q "^error 0$" $DBG/results
	check fault.unload rmmod rangelock
	check fault.nothing_left_behind nothing_left_behind
}

# What is lost on purpose has to be found, both kinds of it.
leaks_are_found() {
	check leak.load insmod /rangelock.ko selftest_leak=1
	check leak.unload rmmod rangelock
	left_behind >/tmp/left
	check leak.small_is_found grep -q "age=" /tmp/left
	check leak.big_is_found grep -q "pages=" /tmp/left
}

if [ "$(cat $slab/kmalloc-64/alloc_traces 2>/dev/null | wc -l)" -eq 0 ]; then
	not_ok slub_debug "the kernel does not say who allocates"
fi
disturb
verdict rl SUCCESS torture_threads=16
switching
calm_down
for lock in busted_none busted_overlap busted_wake; do
	verdict $lock FAILURE torture_calm=1
done
check nothing_left_behind nothing_left_behind
reloads
[ ! -e /proc/self/fail-nth ] || fail_each
leaks_are_found
plan
