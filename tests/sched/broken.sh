#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Locks that are broken on purpose have to fail under the scheduler.
#
#   tests/sched/broken.sh            each of tests/sched/broken/*.sed
#   tests/sched/broken.sh NAME...    these
#   tests/sched/broken.sh --all      which scenarios catch each of them
#
# A script is applied to a copy of kmod/core and says on its line `caught:` which
# scenario and strategy have to find what it does.  The schedule that is printed
# then has to fail in the same way when it is replayed.
set -u

cd "$(dirname "$0")/../.." || exit 2
scripts=tests/sched/broken
passed=0
failed=0
everywhere=

make -s build/sched/rlsched || exit 1
eval "$(make -s --no-print-directory sched-flags)"

# $1 script's name: makes $out/rlsched; 1 if the script changes nothing.
build() {
	out=build/sched/broken/$1
	rm -rf "$out"
	mkdir -p "$out/src"
	cp kmod/core/itree.* kmod/core/rangelock*.[ch] "$out/src/"
	sed -i -f "$scripts/$1.sed" "$out/src/"rangelock*
	changed=$(cd "$out/src" && for f in *; do
		cmp -s "$f" "../../../../../kmod/core/$f" || echo "$f"
	done)
	[ "$changed" ] || return 1
	objects=
	for source in $CORE; do
		object=build/sched/core/${source%.c}.o
		case $changed in
		*.h* | *"$source"*)
			object=$out/${source%.c}.o
			$CC $CFLAGS -I"$out/src" -w -c -o "$object" \
				"$out/src/$source" || return 1
			;;
		esac
		objects="$objects $object"
	done
	$LD -r -o "$out/core.o" $objects &&
		$OBJCOPY $SECTIONS "$out/core.o" &&
		$CC -no-pie -o "$out/rlsched" "$out/core.o" $OBJECTS
}

fail() {
	echo "FAIL $1"
	failed=$((failed + 1))
}

# $1 name: it has to be caught where it says, and again by the replay.
check() {
	if ! build "$1"; then
		fail "$1: the script changes nothing, or does not compile"
		return
	fi
	# shellcheck disable=SC2046
	set -- "$1" $(sed -n 's/^# caught: //p' "$scripts/$1.sed")
	"$out/rlsched" --scenario "$2" --strategy "$3" --runs 40000 --seed 1 \
		> "$out/log"
	replay=$(sed -n 's/^  replay: rlsched //p' "$out/log")
	why=$(sed -n '1s/^FAIL [^:]*: //p' "$out/log")
	case $why in
	scenario:*) replay= ;;
	esac
	if [ ! "$replay" ]; then
		fail "$1: $2 did not catch it"
		return
	fi
	# shellcheck disable=SC2086
	"$out/rlsched" $replay > "$out/replay"
	if [ "$(sed -n '1s/^FAIL [^:]*: //p' "$out/replay")" != "$why" ]; then
		fail "$1: the replay does not fail, or otherwise"
		return
	fi
	# shellcheck disable=SC2086
	if ! build/sched/rlsched $replay > "$out/good"; then
		fail "$1: the lock that is not broken fails in $2 too"
		return
	fi
	runs=$(sed -n 's/.*, schedule \([0-9]*\),.*/\1/p' "$out/log")
	echo "ok   $1: $2, $3, schedule $runs: $why"
	passed=$((passed + 1))
}

# $1 name: who catches it?
everywhere() {
	build "$1" || return
	for strategy in random pct; do
		"$out/rlsched" --strategy $strategy --runs 500 |
			sed -n "s/^FAIL \([^:]*\): /$1: \1 $strategy: /p"
	done
}

if [ "${1:-}" = --all ]; then
	everywhere=1
	shift
fi
[ $# -eq 0 ] && set -- $(cd $scripts && ls -- *.sed | sed 's/\.sed$//')
for name; do
	if [ $everywhere ]; then
		everywhere "$name"
	else
		check "$name"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
