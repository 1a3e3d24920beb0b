#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How much of kmod/core/ the userspace tests run: lines, and branches that were
# taken at least once, by gcov, without optimisation, in a debug build.
#
#   tests/coverage.sh [PATTERN]    files whose names contain PATTERN (all)
#   tests/coverage.sh --list       what was not reached the last time, and why
#   tests/coverage.sh --update     append to tests/coverage-unreached what was
#                                  not reached then and is not in it, for "?" to
#                                  be replaced by a reason
#
# Not counted are branches on lines that begin with an assertion (WARN_ON and its
# kin, lockdep_assert_held, might_sleep): such a branch is taken by a bug only.
# Their number is printed; and the sum once more without checkers, functions that
# are called *_valid, *_validate or *_audit, whose "no" takes a bug as well.
#
# All that was not reached has to have a reason in tests/coverage-unreached: file,
# function, text of the line, reason.  Else this fails.  The models, the scheduler
# of tests/sched and the kernel are not counted.
set -u

cd "$(dirname "$0")/.." || exit 2
out=build/cov
reasons=tests/coverage-unreached
pattern=
mode=
case ${1:-} in
--list | --update) mode=${1#--} ;;
*) pattern=${1:-} ;;
esac

run_programs() {
	find $out -name '*.gcda' -delete
	for program in "run_cases --seed 1" races \
		"rltorture --seconds 7 --seed 1" "rlcrash --seconds 7 --seed 1" \
		"rlcrash --fork --seconds 7 --seed 1" \
		"rlstress --seconds 7 --seed 1" test_signals test_trace_run \
		test_locks paths "test_faults range" "test_faults dio_sem" \
		"replay_lock $(echo tests/fuzz/corpus/lock/*)"; do
		# shellcheck disable=SC2086
		timeout 300 $out/$program >$out/run.log 2>&1 || {
			tail -n 20 $out/run.log
			echo "FAIL $program"
			exit 1
		}
	done
}

# One line for each line of a source that has branches or was not run:
# file, function, how often run, branches, those not taken, assertion or -, text
survey() {
	for file in kmod/core/*"$pattern"*.c; do
		gcov -b -c -t -o "$out/${file%.c}.o" "$file" 2>/dev/null |
			awk -v file="$file" -f tests/coverage.awk
	done
}

command -v gcov >/dev/null || { echo "gcov is not installed" >&2; exit 1; }
if [ ! "$mode" ]; then
	make -s -j"$(nproc)" coverage-programs || exit 1
	run_programs
	survey >$out/survey
fi
awk -F'\t' -v OFS='\t' '$6 == "-" && ($3 == 0 || $5) {
	print $1, $2, $7 }' $out/survey | sort -u >$out/unreached
grep -v '^#' $reasons | awk -F'\t' '$4 != "?"' | cut -f 1-3 | sort -u >$out/known
comm -13 $out/known $out/unreached >$out/unexplained
case $mode in
update)
	awk -v OFS='\t' '{ print $0, "?" }' $out/unexplained >>$reasons
	exit 0
	;;
list)
	awk -F'\t' 'FNR == NR { unreached[$1 FS $2 FS $3]; next }
		($1 FS $2 FS $3) in unreached' $out/unreached $reasons
	exit 0
	;;
esac
awk -F'\t' '
BEGIN { printf "%-36s %8s %7s %10s %7s\n", "file", "lines", "of", "branches", "of" }
function row(name, l, ln, b, bn) {
	printf "%-36s %7.1f%% %7d %9.1f%% %7d\n", name,
		ln ? 100 * (ln - l) / ln : 100, ln, bn ? 100 * (bn - b) / bn : 100, bn
}
$1 != last { if (last) row(last, l, ln, b, bn); last = $1; l = ln = b = bn = 0 }
{
	ln++; all_ln++
	if ($3 == 0) { l++; all_l++ }
	checker = $2 ~ /(_valid|_validate|_audit)$/
	check_ln += checker
	check_l += checker && $3 == 0
	if ($6 != "-") { asserts += $4; next }
	if (checker) { check_b += $5; check_bn += $4 }
	b += $5; bn += $4; all_b += $5; all_bn += $4
}
END {
	row(last, l, ln, b, bn)
	row("together", all_l, all_ln, all_b, all_bn)
	row("without checkers", all_l - check_l, all_ln - check_ln,
		all_b - check_b, all_bn - check_bn)
	print asserts + 0 " branches of assertions are not counted"
}' $out/survey
echo "$(wc -l <$out/unreached) lines were not reached, or a branch of them;" \
	"$(wc -l <$out/unexplained) have no reason in $reasons"
[ ! -s $out/unexplained ] || { cat $out/unexplained; exit 1; }
