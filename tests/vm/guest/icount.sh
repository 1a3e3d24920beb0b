# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# Instructions per pair and per operation: one virtual nanosecond each.

mode=icount
. /lib.sh

echo "clock: $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
check load insmod /rangelock.ko icount=1
check run sh -c "echo 1 >$DBG/lockbench"
sed 's/^/RLBENCH /' $DBG/lockbench
rows=$(grep -c '^{' $DBG/lockbench)
check rows test "$rows" -ge 20
check unload rmmod rangelock
plan
