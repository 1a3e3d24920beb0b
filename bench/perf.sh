#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# One scenario under one lock, under perf, as far as this machine allows: a
# ladder of tools from what works everywhere to what wants a PMU.  A rung that
# cannot be had says why.
#
#   bench/perf.sh [SCENARIO [LOCK]]     default: b_dsync rl
#   make perf SCENARIO=b_reloc LOCK=dio
#
# Environment: PAIRS (3) and WINDOW in ms (50) of each run, RUNGS (all):
#   figures  what rlbench itself says
#   stat     perf stat: software events, system calls, what there is of a PMU
#   lock     perf lock contention: the kernel's locks below us
#   probes   the library's own probes: requests, waits, grants
#   profile  perf record: where the time goes
#   hist     histograms in the kernel: whether there are any
#   c2c      cache lines that move: whether they can be seen
#
# All output is in build/perf/SCENARIO-LOCK/.  Exit: 0, 1 if the scenario failed,
# 2 usage.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
rlbench=$top/build/rlbench
scenario=${1:-b_dsync}
lock=${2:-rl}
rungs=${RUNGS:-figures stat lock probes profile hist c2c}
dir=$top/build/perf/$(printf %s "$scenario-$lock" | tr -c 'A-Za-z0-9_.-' _)
missing=0
shown=0

missing() {
	echo "missing: $*"
	missing=$((missing + 1))
}

# $1 its first line, then the file with its output, and how many lines of that
show() {
	echo "$1"
	grep -v '^[[:space:]]*$' "$2" | head -n "${3:-30}" | sed 's/^/  /'
	shown=$((shown + 1))
}

# The scenario by its whole name: a filter would take a part of it, too.
whole_name() {
	rest=${scenario#?}
	printf '[%s]%s' "${scenario%"$rest"}" "$rest"
}

# [COMMAND...]: the scenario, with the lock on both sides, under a command.
# That the machine is not idle does not matter here (exit status 3).
scenario_run() {
	"$@" "$rlbench" compare "$lock" "$lock" --filter "$(whole_name)" \
		--pairs "${PAIRS:-3}" --window-ms "${WINDOW:-50}" \
		>"$dir/run.out" 2>"$dir/run.err"
	status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ]
}

has_perf() {
	perf --version >/dev/null 2>&1 && return
	missing "perf is not installed, or not for this kernel: linux-perf"
	return 1
}

rung_figures() {
	if ! scenario_run; then
		cat "$dir/run.err" >&2
		exit $((status == 2 ? 2 : 1))
	fi
	cp "$dir/run.out" "$dir/figures"
	show "rlbench compare $lock $lock" "$dir/figures" 40
}

rung_stat() {
	has_perf || return
	events=task-clock,context-switches,cpu-migrations,page-faults
	for event in syscalls:sys_enter_futex sched:sched_switch; do
		perf stat -e $event true >/dev/null 2>&1 &&
			events=$events,$event
	done
	events=$events,instructions,cycles,cache-misses
	scenario_run perf stat -o "$dir/stat" -e $events
	show "perf stat -e $events" "$dir/stat"
	case $events in
	*futex*) ;;
	*) missing "tracepoints: root, or kernel.perf_event_paranoid=-1" ;;
	esac
	! grep -q 'not supported' "$dir/stat" ||
		missing "hardware counters: this machine has no PMU; instructions" \
			"of the module are counted by bench/kernel.sh"
}

rung_lock() {
	has_perf || return
	if ! scenario_run perf lock record -o "$dir/lock.data"; then
		missing "perf lock record: root, and lock:contention_begin of" \
			"Linux 5.19"
		return
	fi
	perf lock contention -i "$dir/lock.data" >"$dir/lock" 2>&1
	show "perf lock contention, the kernel's own locks" "$dir/lock" 12
	perf lock contention -b true >/dev/null 2>&1 ||
		missing "perf lock contention -b: perf without BPF"
	echo "  (the module's range locks are among them where it is loaded)"
}

rung_probes() {
	has_perf || return
	events=
	if ! perf --buildid-dir "$dir/id" buildid-cache --add "$rlbench" \
		>/dev/null 2>&1; then
		missing "perf buildid-cache: no probes in user space"
		return
	fi
	for probe in request blocked granted released cancelled; do
		perf --buildid-dir "$dir/id" probe "sdt_rangelock:$probe" \
			>/dev/null 2>"$dir/probe.err" &&
			events=$events${events:+,}sdt_rangelock:$probe
	done
	if [ "$events" ]; then
		scenario_run perf --buildid-dir "$dir/id" stat -o "$dir/probes" \
			-e "$events"
		perf probe -q -d 'sdt_rangelock:*' >/dev/null 2>&1
		show "the library's probes, all range locks of the run" \
			"$dir/probes"
	else
		missing "probes: $(grep -m 1 . "$dir/probe.err"); root, uprobes" \
			"and systemtap-sdt-dev at build time are needed"
	fi
}

rung_profile() {
	has_perf || return
	event=cycles
	perf stat -e $event true 2>&1 | grep -q 'not supported' &&
		event=cpu-clock
	if ! scenario_run perf record -q -e $event -g -o "$dir/profile.data"; then
		missing "perf record -e $event"
		return
	fi
	perf report -i "$dir/profile.data" --no-children --stdio -g none \
		2>/dev/null | grep -v '^#' >"$dir/profile"
	show "perf record -e $event -g: by function, callers in $dir/profile.data" \
		"$dir/profile" 20
}

rung_hist() {
	for tracefs in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -d $tracefs/events ] || continue
		if [ -e $tracefs/events/sched/sched_switch/hist ]; then
			echo "there are hist triggers: with the module loaded," \
				"echo hist:keys=mode >" \
				"events/rangelock/rl_blocked/trigger"
			shown=$((shown + 1))
		else
			missing "hist triggers: not in this kernel" \
				"(CONFIG_HIST_TRIGGERS)"
		fi
		return
	done
	missing "tracefs is not mounted, or not for this user"
}

rung_c2c() {
	has_perf || return
	if ! scenario_run perf c2c record -o "$dir/c2c.data"; then
		missing "perf c2c: no memory events on this machine;" \
			"build/count/rlcount counts lines that threads share"
		return
	fi
	perf c2c report -i "$dir/c2c.data" --stdio >"$dir/c2c" 2>/dev/null
	show "perf c2c" "$dir/c2c" 40
}

case $scenario in
-*)
	sed -n '4,21s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
if [ ! -x "$rlbench" ]; then
	echo "perf.sh: build/rlbench is not there: make build/rlbench" >&2
	exit 1
fi
mkdir -p "$dir" || exit 1
for rung in $rungs; do
	case $rung in
	figures | stat | lock | probes | profile | hist | c2c) ;;
	*)
		echo "perf.sh: no rung is called '$rung'" >&2
		exit 2
		;;
	esac
	printf '\n== %s\n' "$rung"
	"rung_$rung"
done
printf '\n%s under %s: %d shown, %d missing; %s\n' "$scenario" "$lock" \
	$shown $missing "$dir"
