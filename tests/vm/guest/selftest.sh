# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# All test cases at load; their KTAP is in the kernel's log.

mode=selftest
. /lib.sh

check load insmod /rangelock.ko selftest=1 selftest_seed="$SEED" \
	${LEFT_OUT:+selftest_left_out=$LEFT_OUT} \
	${THIN:+selftest_thin=$THIN}
check report grep -q "^# rangelock: .* 0 failed" "$DBG/selftest"
check unload rmmod rangelock
equal nothing_left "" "$(ls -d $RL $DBG 2>/dev/null)"
plan
