#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# A third opinion on data races: groups of cases of the lock under valgrind's drd,
# compiled without optimisation.  drd orders accesses by what libc's locks and
# instructions with a lock prefix do.  A spinlock is given up by a plain store,
# which it does not see, so that two threads that take turns look like a race to
# it: these are groups where it has no such doubts, and most of it is their main
# thread against one that it waits for.
set -u
cd "$(dirname "$0")/.." || exit 2

if ! command -v valgrind >/dev/null; then
	echo "SKIP drd: valgrind is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 4
fi
make -s -j"$(nproc)" build/o0/run_cases || exit 1
exec timeout 300 valgrind -q --tool=drd --error-exitcode=9 \
	build/o0/run_cases --scale 1 rangelock misuse wakeup async queue
