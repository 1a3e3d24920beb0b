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

plan() {
	echo "1..$nr"
}
