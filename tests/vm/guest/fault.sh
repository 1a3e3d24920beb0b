# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# Each seventh allocation of a start of the load fails in turn, in a kernel with
# fault injection: the start is refused, nothing is lost, and the next one works.

mode=fault
. /lib.sh

# The module, and a load that has little to write before it starts.
load_small() {
	check load insmod /rangelock.ko
	put mix stress >/dev/null
	put file_size 4194304 >/dev/null
	put run_time_ms 10 >/dev/null
}

# Fail the nth allocation of a start, for each seventh n that there is, as a start
# takes two seconds here: what is left of the count in the end says whether there
# was an nth.
fail_each() {
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 >/sys/kernel/debug/failslab/verbose
	load_small
	where_modules_are
	refused=0
	for n in $(seq 1 7 700); do
		echo 0 >/tmp/left
		sh -c "echo $n >/proc/self/fail-nth
			echo 1 >$RL/run
			said=\$?
			read -r left </proc/self/fail-nth
			echo \$left >/tmp/left
			exit \$said" 2>/dev/null || refused=$((refused + 1))
		[ "$(show state)" = idle ] || state_becomes idle || break
		[ "$(cat /tmp/left)" = 0 ] || break
	done
	note "$n allocations, $refused starts refused"
	check refused test $refused -gt 0
	check all test $n -lt 694
	put run_time_ms 10 >/dev/null
	equal works_again accepted "$(put run 1)"
	check idle state_becomes idle
	check no_error grep -q "^error 0$" $DBG/results
	check unload rmmod rangelock
	check nothing_left_behind nothing_left_behind
}

if [ -e /proc/self/fail-nth ]; then
	fail_each
else
	skip fault "this kernel has no fault injection"
fi
plan
