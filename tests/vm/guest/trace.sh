# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# Our trace events, and where this kernel lets modules fire it, the one that
# perf lock contention reads.

mode=trace
. /lib.sh

trace=/sys/kernel/tracing

switch_on() {
	mount -t tracefs trace $trace
	echo 8192 >$trace/buffer_size_kb
	for event in request blocked granted released cancelled; do
		check "has_$event" test -d $trace/events/rangelock/$event
	done
	note "switch the events on"
	echo 1 >$trace/events/rangelock/enable
	echo 1 >$trace/events/lock/contention_begin/enable
}

fire() {
	put mix b_dio_fsync >/dev/null
	put lock_mode range >/dev/null
	put warmup_ms 0 >/dev/null
	put run_time_ms 200 >/dev/null
	equal run accepted "$(put run 1)"
	check idle state_becomes idle
	echo 0 >$trace/tracing_on
	for event in request blocked granted released; do
		check "fires_$event" grep -q -m 1 " $event: lock=" $trace/trace
	done
	if [ -n "$CONTENTION" ]; then
		check fires_contention_begin grep -q -m 1 \
			"rl/.* contention_begin: " $trace/trace
	else
		skip fires_contention_begin \
			"this kernel does not export it to modules"
	fi
}

switch_off() {
	note "switch the events off"
	echo 0 >$trace/events/enable
	equal off 0 "$(cat $trace/events/rangelock/enable)"
}

check load insmod /rangelock.ko
switch_on
fire
switch_off
check unload rmmod rangelock
plan
