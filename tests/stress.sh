#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# `make stress`: minutes of everything at once, in place and copying, with and
# without sanitizers, then crashes under random schedules.  SECONDS_EACH is the
# time of each run, SEED that of all of them; fresh by default, and printed.
# The last line is SUCCESS or FAILURE.
set -u

cd "$(dirname "$0")/.." || exit 2
seconds=${SECONDS_EACH:-60}
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
failed=

for variant in debug asan tsan; do
	wrap=
	[ $variant = tsan ] && wrap="setarch -R"
	make -s -j"$(nproc)" build/$variant/rlstress build/$variant/rlcrash ||
		exit 2
	for args in "rlstress" "rlstress --nocow" "rlstress --latency 0" \
		"rlcrash" "rlcrash --fork"; do
		echo "== $variant $args --seed $seed"
		# shellcheck disable=SC2086
		$wrap build/$variant/$args --seconds "$seconds" \
			--seed "$seed" || failed="$failed $variant:${args#rl}"
	done
done
if [ -n "$failed" ]; then
	echo "FAILURE:$failed, seed $seed"
	exit 1
fi
echo "SUCCESS: 15 runs of $seconds s, seed $seed"
