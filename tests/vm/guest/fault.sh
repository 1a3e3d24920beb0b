# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# Each allocation of a start of the load fails in turn, in a kernel with fault
# injection: the start is refused, nothing is lost, and the next one works.  Then
# one bio in twenty fails on a block device: the run says so, nothing breaks, and
# the next one without failures works.

mode=fault
. /lib.sh

# Fail the nth allocation of a start, for each n that there is: what is left of the
# count in the end says whether there was an nth.
fail_each() {
	echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 >/sys/kernel/debug/failslab/verbose
	check load insmod /rangelock.ko
	where_modules_are
	put mix stress >/dev/null
	put run_time_ms 10 >/dev/null
	# What is to be written first takes its time here.
	put file_size 1048576 >/dev/null
	refused=0
	for n in $(seq 400); do
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
	check all test $n -lt 400
	put run_time_ms 10 >/dev/null
	equal works_again accepted "$(put run 1)"
	check idle state_becomes idle
	check no_error grep -q "^error 0$" $DBG/results
}

inject=/sys/kernel/debug/fail_make_request

# fail_of_each_hundred PERCENT: so many bios of the device fail.
fail_of_each_hundred() {
	echo "$1" >$inject/probability
	echo -1 >$inject/times
	echo 0 >$inject/verbose
	echo 1 >/sys/block/${node#/dev/}/make-it-fail
}

# run_on_device NAME: a load of a third of a second
run_on_device() {
	put run_time_ms 300 >/dev/null
	started=$(put run 1)
	check "$1.idle" state_becomes idle
	check "$1.unbroken" grep -q "^broken_invariant 0$" $DBG/results
}

fail_bios() {
	if [ ! -d $inject ] || ! make_block_device; then
		skip bios "no bios can be made to fail in this kernel"
		return
	fi
	put device "$node" >/dev/null
	run_on_device before
	equal before.run accepted "$started"
	check before.no_error grep -q "^error 0$" $DBG/results
	fail_of_each_hundred 5
	failed=0
	for n in 1 2 3 4 5; do
		run_on_device failing
		[ "$started" = accepted ] && grep -q "^error 0$" $DBG/results ||
			failed=$((failed + 1))
	done
	note "$failed of 5 runs with an error"
	check failing.is_told test $failed -gt 0
	fail_of_each_hundred 0
	run_on_device after
	equal after.run accepted "$started"
	check after.no_error grep -q "^error 0$" $DBG/results
	put device ram >/dev/null
}

leave() {
	check unload rmmod rangelock
	check nothing_left_behind nothing_left_behind
}

if [ -e /proc/self/fail-nth ]; then
	fail_each
	fail_bios
	leave
else
	skip fault "this kernel has no fault injection"
fi
plan
