# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# The torture while CPUs go and come and memory gets short, changes of the design
# under the same, and loads and unloads without end.  Afterwards nothing may be
# left of what the module has allocated.

mode=torture
. /lib.sh

STATE=/tmp/disturb

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
	# A run is in the results of the design that it ended with.
	grep -q "^no run has ended" $DBG/results &&
		put lock_mode range >/dev/null
	check switch.no_error grep -q "^error 0$" $DBG/results
	check switch.unbroken grep -q "^broken_invariant 0$" $DBG/results
	check switch.unload rmmod rangelock
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
leaks_are_found
plan
