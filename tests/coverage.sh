#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How much of kmod/core/ the userspace tests run: lines, and branches that were
# taken at least once, by gcov, without optimisation.
#
#   tests/coverage.sh [PATTERN]   files whose names contain PATTERN (all)
#
# Run are the test cases, the schedules of races, the signals and ten seconds of
# torture.  The models, the scheduler and the kernel are not counted.  Branches of
# WARN_ON() and of what only a broken caller does count as well.
set -u

cd "$(dirname "$0")/.." || exit 2
pattern=${1:-}
out=build/cov

command -v gcov >/dev/null || { echo "gcov is not installed" >&2; exit 1; }
make -s -j"$(nproc)" coverage-programs || exit 1
find $out -name '*.gcda' -delete
for program in "run_cases --seed 1" races "rltorture --seconds 10 --seed 1" \
	test_signals; do
	# shellcheck disable=SC2086
	$out/$program >$out/run.log 2>&1 || {
		tail -n 20 $out/run.log
		echo "FAIL $program"
		exit 1
	}
done
for file in kmod/core/*"$pattern"*.c; do
	gcov -b -n -o "$out/${file%.c}.o" "$file" 2>/dev/null |
		awk -v file="$file" '
		/^File / { mine = $0 == "File \047" file "\047" }
		mine && /^Lines executed:/ { split($2, a, ":"); l = a[2]; ln = $4 }
		mine && /^Taken at least once:/ { split($4, a, ":"); b = a[2]; bn = $6 }
		END { print file, l + 0, ln + 0, b + 0, bn + 0 }'
done | awk '
	BEGIN { printf "%-40s %8s %8s %10s %8s\n", "file", "lines", "of", "branches", "of" }
	{
		printf "%-40s %7.1f%% %8d %9.1f%% %8d\n", $1, $2, $3, $4, $5
		lines += $2 * $3; all += $3; branches += $4 * $5; every += $5
	}
	END {
		printf "%-40s %7.1f%% %8d %9.1f%% %8d\n", "together",
			lines / all, all, branches / every, every
	}'
