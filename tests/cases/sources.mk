# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The shared cases, relative to tests/cases/.  Both builds read this list.
# Schedules of races, and what runs them; also for tests/races.c.
RACES := race.c
RACES += race_task.c
RACES += race_sched.c
RACES += race_graph.c
RACES += race_dev.c
RACES += race_rows.c
RACES += race_fsync.c
RACES += race_reloc.c
RACES += race_misc.c

CASES := cases.c
CASES += case_itree.c
CASES += case_rangelock.c
CASES += case_rangelock_allen.c
CASES += case_rangelock_misuse.c
CASES += case_rangelock_order.c
CASES += case_rangelock_wakeup.c
CASES += case_rangelock_async.c
CASES += case_rangelock_race.c
CASES += case_rangelock_many.c
CASES += case_rangelock_model.c
CASES += case_torture.c
CASES += oracle.c
CASES += torture.c
CASES += torture_map.c
CASES += torture_rl.c
CASES += busted.c
CASES += case_iopath.c
CASES += case_iopath_needs.c
CASES += case_iopath_race.c
CASES += case_iopath_space.c
CASES += case_iopath_sync.c
CASES += case_iopath_crash.c
CASES += case_iopath_fuzz.c
CASES += fuzz.c
CASES += fuzz_sched.c
CASES += fuzz_dev.c
CASES += fuzz_ops.c
CASES += case_iopath_switch.c
CASES += case_iopath_buffered.c
CASES += case_iopath_share.c
CASES += case_iopath_cow.c
CASES += share_model.c
CASES += iopath_fixture.c
CASES += $(RACES)
