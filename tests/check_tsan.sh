#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# ThreadSanitizer is told what RCU orders, by hand.  To see that it is not told
# too much, leave the grace period out: that must be reported as a data race.
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/tsan/test_env}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if RL_TEST_NO_GRACE_PERIOD=1 "$program" > "$log" 2>&1; then
	echo "a missing grace period went unnoticed" >&2
	exit 1
fi
if ! grep -q 'ThreadSanitizer: data race' "$log"; then
	cat "$log" >&2
	echo "no data race was reported" >&2
	exit 1
fi
echo "check_tsan: a missing grace period is reported"
