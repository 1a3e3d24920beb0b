#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The lock under the controlled scheduler: schedules of the seed 1, which are
# the same each time, some of a fresh seed (SEED, printed), and the locks that
# are broken on purpose.  LONG=1 takes half an hour instead of one minute.
set -u

cd "$(dirname "$0")/../.." || exit 2
LONG=${LONG:-}
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
logs=build/sched
runs=200
[ "$LONG" ] && runs=20000
status=0

make -s build/sched/rlsched || exit 1
echo "seed $seed (SEED=$seed replays it)"
build/sched/rlsched --runs $runs --seed 1 > $logs/fixed.log || status=1
build/sched/rlsched --stable --runs $runs --seed 1 --scenario recycle \
	--scenario two-locks > $logs/stable.log || status=1
build/sched/rlsched --stable --strategy random --runs $runs --quiet \
	--seed "$seed" >> $logs/stable.log || status=1
for strategy in random pct; do
	build/sched/rlsched --strategy $strategy --runs $runs --quiet --seed "$seed" \
		> $logs/$strategy.log || status=1
done
tests/sched/broken.sh > $logs/broken.log || status=1

cat $logs/fixed.log $logs/stable.log $logs/random.log $logs/pct.log $logs/broken.log |
	grep -v ' passed, '
cat $logs/fixed.log $logs/stable.log $logs/random.log $logs/pct.log $logs/broken.log |
	awk '/ passed, / { p += $1; f += $3; s += $5 }
	END { print p " passed, " f " failed, " s " skipped" }'
exit $status
