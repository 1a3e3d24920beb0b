# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# Each mix with both designs, and both changed for one another under load.  The
# tables are for the log: times in an emulator mean nothing.

mode=load
. /lib.sh

# idle_after MS: wait for the end of a run of MS, and half a minute longer.
idle_after() {
	for _ in $(seq $((3000 + $1 / 10))); do
		[ "$(cat $RL/state)" = idle ] && break
		usleep 10000
	done
}

# unbroken NAME: the last run has no error, in no class of operations.
unbroken() {
	check "$1.no_error" grep -q "^error 0$" $DBG/results
	check "$1.unbroken" grep -q "^broken_invariant 0$" $DBG/results
	# a row per class, whichever there are: from the heading to the sum
	errors=$(awk '/^all / { rows = 0 } rows { n += $NF; any = 1 }
		/^class / { rows = 1 } END { print any ? n : "no rows" }' \
		$DBG/results)
	equal "$1.no_failed_operation" 0 "$errors"
}

# run_mix MIX MODE: from start to idle, then look at the result.
run_mix() {
	put mix "$1" >/dev/null
	put lock_mode "$2" >/dev/null
	put run_time_ms "$LOAD_MS" >/dev/null
	equal "$1.$2.start" accepted "$(put run 1)"
	idle_after "$LOAD_MS"
	cat $DBG/results
	check "$1.$2.did_something" grep -qE "^all +[1-9]" $DBG/results
	unbroken "$1.$2"
}

# flip_mix MIX: change the design as fast as it goes while the mix runs.
flip_mix() {
	put mix "$1" >/dev/null
	put run_time_ms "$FLIP_MS" >/dev/null
	put run 1 >/dev/null
	while [ "$(cat $RL/state)" = running ]; do
		put lock_mode range >/dev/null
		put lock_mode dio_sem >/dev/null
	done
	idle_after 0
	put lock_mode dio_sem >/dev/null
	grep -qE "^mode_changes [1-9]" $DBG/results ||
		put lock_mode range >/dev/null
	cat $DBG/results
	check "$1.flip.changed" grep -qE "^mode_changes [1-9]" $DBG/results
	unbroken "$1.flip"
}

check load insmod /rangelock.ko
[ "$MIXES" = all ] && MIXES=$(tr -d '[]' <$RL/mix)
for mix in $(echo $MIXES | tr , ' '); do
	run_mix "$mix" dio_sem
	run_mix "$mix" range
	flip_mix "$mix"
done
check unload rmmod rangelock
plan
