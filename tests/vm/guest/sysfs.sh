# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# The attributes: what they show, accept and refuse, also while a load runs.

mode=sysfs
. /lib.sh

# number NAME GOOD BAD...: takes GOOD, refuses each BAD and keeps GOOD.
number() {
	name=$1
	good=$2
	shift 2
	equal "$name.accepts_$good" accepted "$(put "$name" "$good")"
	for bad in "$@" "" word -1 99999999999999999999; do
		equal "$name.refuses_'$bad'" EINVAL "$(put "$name" "$bad")"
	done
	equal "$name.keeps_its_value" "$good" "$(show "$name")"
}

modes="dio_sem range range-h1 range-b range-c"

# What lock_mode has to show when WORD is active.
modes_with() {
	for m in $modes; do
		[ "$m" = "$1" ] && m="[$m]"
		printf '%s ' "$m"
	done | sed 's/ $//'
}

lock_modes() {
	equal lock_mode.default "$(modes_with dio_sem)" "$(show lock_mode)"
	for m in $modes; do
		equal "lock_mode.accepts_$m" accepted "$(put lock_mode "$m")"
		equal "lock_mode.shows_$m" "$(modes_with "$m")" \
			"$(show lock_mode)"
	done
	put lock_mode range >/dev/null
	for bad in none dio_sem-helper dio_se "range dio_sem" "" 1; do
		equal "lock_mode.refuses_'$bad'" EINVAL "$(put lock_mode "$bad")"
	done
	equal lock_mode.keeps_range "$(modes_with range)" "$(show lock_mode)"
	equal lock_mode.back accepted "$(put lock_mode dio_sem)"
}

values() {
	lock_modes
	number threads 5 0 257
	for share in writes reads dsync fsyncs relocations fallocates buffered \
		truncates; do
		number $share 3 1001
	done
	number depth 2 0 65
	number block_size 8192 0 4095 6000 2097152
	equal block_size.sets_the_maximum 8192 "$(show block_size_max)"
	number block_size_max 16384 0 4095 6000 2097152
	number range_size 1048576 4095 2147483648
	number overlap 1 2
	number file_size 4194304 4096 4194305 2147483648
	number nocow 1 2
	number datasum 1 2
	number dsync_size 4096 4095 2097152
	number arrival_us 500 10000001
	number fsync_parts 1 2
	number fsync_period_us 500 10000001
	number relocation_period_us 500 10000001
	number falloc_size 131072 4095 2147483648
	number falloc_period_us 500 10000001
	number warmup_ms 10 60001
	number run_time_ms 100 0 600001
	number seed 7
	for what in latency flush jitter; do
		number device_${what}_us 50 1000001
	done
	equal device.default ram "$(show device)"
	for bad in "" disk "ram disk"; do
		equal "device.refuses_'$bad'" EINVAL "$(put device "$bad")"
	done
	equal run.refuses_0 EINVAL "$(put run 0)"
	equal stop.refuses_0 EINVAL "$(put stop 0)"
	equal stop.without_a_load accepted "$(put stop 1)"
}

# The kernel log explains a refusal in words.
reasons() {
	check reason.number sh -c "dmesg | grep -q 'threads wants 1 to 256'"
	check reason.word sh -c "dmesg | grep -q 'lock_mode wants one of the names'"
}

unfit() {
	put mix "$first_mix" >/dev/null
	put range_size 8388608 >/dev/null
	put file_size 4194304 >/dev/null
	equal run.refuses_a_range_beyond_the_file EINVAL "$(put run 1)"
	put mix "$first_mix" >/dev/null
	for share in writes reads dsync fsyncs relocations; do
		put $share 0 >/dev/null
	done
	equal run.refuses_no_share EINVAL "$(put run 1)"
	put device /dev/nothing >/dev/null
	put mix "$first_mix" >/dev/null
	equal run.refuses_a_missing_device ENOENT "$(put run 1)"
	put device ram >/dev/null
	equal state.after_refusals idle "$(show state)"
}

# The list in the document and the files are the same.
documented() {
	sed -n 's,^What:[[:space:]]*/sys/kernel/rangelock/,,p' /abi |
		sort >/tmp/documented
	ls $RL | sort >/tmp/present
	check every_attribute_is_documented cmp /tmp/documented /tmp/present
}

# Each mix sets what the document says; names come from the file itself.
mixes() {
	mixes=$(show mix | tr -d '[]')
	first_mix=${mixes%% *}
	for m in $mixes; do
		equal "mix.accepts_$m" accepted "$(put mix "$m")"
		check "mix.shows_$m" grep -qF "[$m]" $RL/mix
	done
	equal mix.refuses_nonsense EINVAL "$(put mix nonsense)"
	put mix "$first_mix" >/dev/null
}

running() {
	put warmup_ms 0 >/dev/null
	put run_time_ms 60000 >/dev/null
	equal run.starts accepted "$(put run 1)"
	equal state.running running "$(show state)"
	equal run.twice EBUSY "$(put run 1)"
	for file in threads mix device seed block_size; do
		equal "$file.while_running" EBUSY "$(put $file "$(show $file |
			sed 's/.*\[\(.*\)\].*/\1/')")"
	done
	for n in 1 2 3 4 5; do
		equal "lock_mode.under_load_range_$n" accepted \
			"$(put lock_mode range)"
		cat $DBG/holders $DBG/waiters >/tmp/requests
		equal "lock_mode.under_load_dio_sem_$n" accepted \
			"$(put lock_mode dio_sem)"
	done
	check holders.has_a_head grep -q "^lock .* owner" /tmp/requests
	check counters.writes grep -qE "^fs.writes [1-9]" $DBG/counters
	check counters.switches grep -qE "^fs.switches 10$" $DBG/counters
	equal stop.accepted accepted "$(put stop 1)"
	check state.idle_again state_becomes idle
	check results.mode grep -q "^mode dio_sem$" $DBG/results
	check results.changes grep -q "^mode_changes 10$" $DBG/results
	check results.early grep -q "^ended early$" $DBG/results
	check results.no_error grep -q "^error 0$" $DBG/results
	check results.unbroken grep -q "^broken_invariant 0$" $DBG/results
	check results.table grep -qE "^write +[1-9]" $DBG/results
	put lock_mode range >/dev/null
	check results.none_in_the_other_mode grep -q "^no run has ended" \
		$DBG/results
	put lock_mode dio_sem >/dev/null
}

# The locks count when they are told to, from the next run on.
lock_counters() {
	stats=/sys/module/rangelock/parameters/lock_stats
	equal lock_stats.default N "$(cat $stats)"
	check counters.no_lock_is_counted grep -q "^file is not counted" \
		$DBG/counters
	echo 1 >$stats
	put lock_mode range >/dev/null
	put run_time_ms 300 >/dev/null
	equal counters.run accepted "$(put run 1)"
	check counters.idle state_becomes idle
	for lock in file extent; do
		check counters.$lock grep -qE "^$lock\.acquired [1-9]" \
			$DBG/counters
	done
	check counters.all_locks grep -qE "^disk\.in_bucket [0-9]" $DBG/counters
	echo 0 >$stats
	put lock_mode dio_sem >/dev/null
}

# A block device with a volatile cache, $node; fails if there is no null_blk.
make_block_device() {
	modules=$(ls /lib/modules/*null_blk.ko 2>/dev/null)
	[ "$modules" ] || return 1
	note "load null_blk"
	for file in $modules; do
		insmod "$file" nr_devices=0 2>/dev/null || insmod "$file"
	done
	mount -t configfs configfs /sys/kernel/config
	note "power on"
	dev=/sys/kernel/config/nullb/rl0
	mkdir $dev
	for pair in size=512 memory_backed=1 cache_size=16 queue_mode=2 \
		blocksize=512 irqmode=2 completion_nsec=20000 power=1; do
		echo "${pair#*=}" >"$dev/${pair%=*}"
	done
	node=/dev/$(ls /dev | grep -E '^(rl0|nullb)' | head -n 1)
}

# A real block device through the kernel's block layer, with a volatile cache.
block_device() {
	if ! make_block_device; then
		skip block_device "this kernel has no null_blk module"
		return
	fi
	for design in $modes; do
		put lock_mode $design >/dev/null
		put mix "$first_mix" >/dev/null
		put device "$node" >/dev/null
		put run_time_ms 300 >/dev/null
		note "block_device: run $design"
		equal "block_device.run_$design" accepted "$(put run 1)"
		check "block_device.ends_$design" state_becomes idle
		check "block_device.result_$design" grep -q "^error 0$" \
			$DBG/results
		check "block_device.unbroken_$design" \
			grep -q "^broken_invariant 0$" $DBG/results
	done
	put device ram >/dev/null
	put lock_mode dio_sem >/dev/null
}

unload_while_running() {
	put mix "$first_mix" >/dev/null
	put run_time_ms 60000 >/dev/null
	put lock_mode range >/dev/null
	equal unload.run accepted "$(put run 1)"
	check unload.while_running rmmod rangelock
	equal unload.nothing_left "" "$(ls -d $RL $DBG 2>/dev/null)"
	check unload.load_again insmod /rangelock.ko
	check unload.again rmmod rangelock
}

check load insmod /rangelock.ko
documented
mixes
values
reasons
unfit
running
lock_counters
block_device
unload_while_running
plan
