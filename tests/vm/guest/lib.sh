# SPDX-License-Identifier: GPL-2.0-only OR MIT
# shellcheck shell=sh disable=SC1091,SC2034,SC2086,SC2154,SC2012,SC2010
# What the guest scripts share: one KTAP line per check, and the places.

RL=/sys/kernel/rangelock
DBG=/sys/kernel/debug/rangelock
nr=0

# note WORDS...: what comes next, for the log of a boot that does not end.
note() { echo "# $*"; }

# ok NAME: a check that has been made and held.
ok() {
	nr=$((nr + 1))
	echo "ok $nr $mode.$1"
}

# not_ok NAME WHY...
not_ok() {
	nr=$((nr + 1))
	name=$1
	shift
	echo "not ok $nr $mode.$name # $*"
}

skip() {
	nr=$((nr + 1))
	name=$1
	shift
	echo "ok $nr $mode.$name # SKIP $*"
}

# check NAME COMMAND...: the command succeeds.
check() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "$* said: $out"
	fi
}

# equal NAME WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '$2', got '$3'"
	fi
}

show() { cat "$RL/$1"; }

# state_becomes WORD: within ten seconds.
state_becomes() {
	for _ in $(seq 1000); do
		[ "$(show state)" = "$1" ] && return 0
		usleep 10000
	done
	echo "state is $(show state)"
	return 1
}

# put FILE VALUE: write, and say what went wrong in one word.
put() {
	if err=$( { echo "$2" >"$RL/$1"; } 2>&1); then
		echo accepted
		return
	fi
	case $err in
	*"Invalid argument"*) echo EINVAL ;;
	*"busy"*) echo EBUSY ;;
	*"No such file"*) echo ENOENT ;;
	*"out of range"*) echo ERANGE ;;
	*) echo "$err" ;;
	esac
}

# What is left when the module is gone.  With slub_debug=U the kernel knows who has
# allocated what, and the addresses of a module that is gone have no names.
slab=/sys/kernel/debug/slab

# Where modules are: a line that says so names ours, when it is gone.  What the
# kernel has allocated at boot has no names either, but other addresses.
where_modules_are() {
	area=$(awk '$1 == "rangelock" { print substr($6, 1, 11) }' /proc/modules)
}

# Who has allocated what is not freed: the records of kmalloc's caches, which end
# with an empty line, and the lines of vmalloc's list.  The kernel's own caches
# (of areas, of nodes) keep and share what they have got.
left_behind() {
	for cache in $slab/kmalloc-*; do
		awk -v "area= $area" 'BEGIN { RS = "" }
			index($0, area) || /\[rangelock\]/' $cache/alloc_traces
	done
	grep -F -e " $area" -e "[rangelock]" /proc/vmallocinfo
}

# What waits for a grace period or a worker of the kernel goes within seconds, names
# of files with the caches of names, and what KASAN keeps in its quarantine with a
# request to shrink.
flush_caches() {
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/kmalloc-*; do
		echo 1 >$cache/shrink
	done
}

nothing_left_behind() {
	for _ in $(seq 8); do
		flush_caches
		left_behind >/tmp/left
		[ -s /tmp/left ] || return 0
		usleep 500000
	done
	head -n 40 /tmp/left | sed 's/^/# /'
	return 1
}

plan() {
	echo "1..$nr"
}
