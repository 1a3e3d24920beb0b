#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Record what a program does to one file, as a trace for `rlbench replay` and
# the rows b_trace; the format is described in bench/trace_file.h.
#
#   record.sh --mount DIR [OPTION...] -- COMMAND...
#         what the kernel says about all files below DIR, btrfs or XFS, by
#         tracefs: as root
#   record.sh --strace [OPTION...] -- COMMAND...
#         what strace says, on any file system and by anybody; positions of
#         read(), write(), libaio and mmap() are not known that way
#   record.sh --convert ftrace|strace FILE [OPTION...]
#         turn text of ftrace, `trace-cmd report`, `perf script`, or of
#         `strace -f -ttt -y -s 0` into a trace
#
#   --out FILE      into FILE, not to stdout
#   --source TEXT   what was recorded, for the head of the trace
#   --file PATH     operations of this file; otherwise of the busiest one
#   --keep FILE     keep the text that was converted
#   --buffer KIB    per CPU, default 32768
#
# Exit: 0 ok, 1 the program failed or this machine lacks something (it says
# what), 2 usage, or a line that makes no sense.
set -u

here=$(cd "$(dirname "$0")" && pwd)
mode=ftrace
input=
mount=
out=
source=
path=
keep=
buffer=32768
instance=
text=

XFS_EVENTS="xfs/xfs_file_direct_read xfs/xfs_file_direct_write
xfs/xfs_file_buffered_read xfs/xfs_file_buffered_write xfs/xfs_file_fsync"
BTRFS_EVENTS="btrfs/btrfs_ordered_extent_add btrfs/btrfs_sync_file"
# Linux 6.6 and later; before, O_DSYNC and direct reads of btrfs are not seen.
IOMAP_EVENTS="iomap/iomap_dio_rw_begin"
CALLS=openat,open,read,write,pread64,pwrite64,fsync,fdatasync,fallocate,ftruncate

usage() {
	[ $# -eq 0 ] || echo "record.sh: $*" >&2
	sed -n '4,26s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

die() {
	echo "record.sh: $*" >&2
	exit 1
}

clean_up() {
	if [ "$instance" ]; then
		echo 0 >"$instance/events/enable"
		rmdir "$instance"
	fi
	[ "$text" ] && [ "$text" != "$keep" ] && rm -f "$text" "$text.trace"
}

find_tracefs() {
	[ "$(id -u)" = 0 ] || die "root is needed for tracefs; or --strace"
	for tracefs in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -d $tracefs/events ] && return
	done
	die "tracefs is not mounted: mount -t tracefs nodev /sys/kernel/tracing"
}

# $1 an event that must be there, or "" with $2, one that need not
switch_on() {
	if [ -d "$instance/events/${1:-$2}" ]; then
		echo 1 >"$instance/events/${1:-$2}/enable"
	elif [ "$1" ]; then
		die "this kernel has no event $1"
	else
		echo "record.sh: this kernel has no event $2" >&2
	fi
}

start_ftrace() {
	find_tracefs
	command -v findmnt >/dev/null || die "findmnt is needed: util-linux"
	fs=$(findmnt -no FSTYPE -T "$mount") || die "no file system at $mount"
	dev=$(findmnt -no MAJ:MIN -T "$mount" | tr -d ' ')
	case $fs in
	xfs) events=$XFS_EVENTS ;;
	btrfs) events=$BTRFS_EVENTS ;;
	*) die "$mount is $fs: it has no such events as btrfs and XFS; or --strace" ;;
	esac
	instance=$tracefs/instances/rangelock-record-$$
	mkdir "$instance" || die "no instance of tracefs can be made"
	echo mono >"$instance/trace_clock"
	echo "$buffer" >"$instance/buffer_size_kb"
	for event in $events; do
		switch_on "$event"
	done
	switch_on "" $IOMAP_EVENTS
	echo 1 >"$instance/tracing_on"
}

stop_ftrace() {
	echo 0 >"$instance/tracing_on"
	cat "$instance/trace" >"$text"
	lost=$(cat "$instance"/per_cpu/cpu*/stats |
		awk '/^(overrun|dropped events)/ { n += $NF } END { print n + 0 }')
	[ "$lost" = 0 ] || die "$lost events were lost: --buffer $((buffer * 4))"
	how="by tracefs, on $fs"
}

convert() {
	key=$path
	if [ "$mode" = ftrace ] && [ "$path" ]; then
		key=$(stat -c %i "$path") || exit 1
	fi
	awk -v source="$source" -v ino="$key" -v dev="${dev:-}" \
		-f "$here/record.awk" -f "$here/record_$mode.awk" "$1" \
		>"$text.trace" || exit 2
	{
		grep '^#' "$text.trace"
		grep -v '^#' "$text.trace" | sort -s -n -k 1,1
	} >"${out:-/dev/stdout}"
}

record() {
	case $mode in
	ftrace) start_ftrace ;;
	strace)
		command -v strace >/dev/null || die "strace is not installed"
		how="by strace, on $(stat -f -c %T "$(dirname "${path:-./x}")")"
		set -- strace -f -ttt -y -s 0 -o "$text" -e trace=$CALLS "$@"
		;;
	esac
	"$@" >&2 || die "the program failed: exit status $?"
	[ "$mode" = strace ] || stop_ftrace
	source="${source:-$*}
recorded $(date -u +%Y-%m-%d) $how, Linux $(uname -r | sed 's/[^0-9.].*//'), $(nproc) CPUs"
	convert "$text"
}

while [ $# -gt 0 ]; do
	case $1 in
	--strace | --) ;;
	--convert) [ $# -ge 3 ] || usage "--convert wants two words" ;;
	--*) [ $# -ge 2 ] || usage "$1 wants a value" ;;
	esac
	case $1 in
	--strace) mode=strace ;;
	--convert)
		mode=$2
		input=$3
		shift 2
		;;
	--mount) mount=$2 && shift ;;
	--out) out=$2 && shift ;;
	--source) source=$2 && shift ;;
	--file) path=$2 && shift ;;
	--keep) keep=$2 && shift ;;
	--buffer) buffer=$2 && shift ;;
	--)
		shift
		break
		;;
	*) usage "what is '$1'?" ;;
	esac
	shift
done

case $mode in
ftrace | strace) ;;
*) usage "--convert knows ftrace and strace, not '$mode'" ;;
esac
trap clean_up EXIT
trap 'exit 1' INT TERM
text=${keep:-$(mktemp)}
if [ "$input" ]; then
	[ $# -eq 0 ] || usage "--convert runs no command"
	[ -r "$input" ] || die "cannot read $input"
	convert "$input"
else
	[ $# -gt 0 ] || usage "a command is needed"
	[ "$mode" = strace ] || [ "$mount" ] || usage "--mount DIR, or --strace"
	record "$@"
fi
