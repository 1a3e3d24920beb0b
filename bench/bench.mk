# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The benchmark, read by the top Makefile.
#
#   build/rlbench   the program
#   build/count/rlcount
#                   what a pair does to memory
#   bench-run       quick set on both sides, tables at the end
#   targets-run     what the lock has to reach, and how far it is
#   perf            SCENARIO under LOCK, under perf
#   results-run     long run into bench/results/RUN/, then RESULTS.md
#   results-check   RESULTS.md says what its raw data say
#
# RESULTS_PROCESSES, RESULTS_PAIRS and RESULTS_WINDOW shorten the long run.

BENCH_LOCKS := rl tree list fbsd zfs seg mlist dio rwsem glibc none floor busted designs

# The locks and their owner checker, which tests/test_locks.c uses too.
BENCH_LOCKS_SRC := $(BENCH_LOCKS:%=bench/locks/%.c) \
	bench/locks/sorted.c \
	bench/locks/epoch.c \
	bench/lock_ops.c \
	bench/topology.c \
	bench/harness.c \
	bench/oracle.c

# Traces, which tests/test_trace_run.c uses too.
BENCH_TRACE_SRC := bench/trace_file.c \
	bench/trace_engine.c \
	bench/trace_load.c \
	bench/trace_pass.c \
	bench/replay.c \
	bench/replay_sched.c \
	bench/replay_locks.c \
	bench/rows.c \
	bench/json.c \
	bench/stats.c

BENCH_SRC := $(BENCH_LOCKS_SRC) $(BENCH_TRACE_SRC) \
	bench/lockload.c \
	bench/lockload_roles.c \
	bench/lockload_section.c \
	bench/lockload_queue.c \
	bench/scenarios.c \
	bench/lock_subject.c \
	bench/engine_subject.c \
	bench/replay_report.c \
	bench/measure.c \
	bench/result.c \
	bench/hgrm.c \
	bench/format.c \
	bench/progress.c \
	bench/env.c \
	bench/cli.c \
	bench/designs.c \
	bench/check.c \
	bench/plan.c \
	bench/run.c \
	bench/targets.c \
	bench/judge.c \
	bench/table.c \
	bench/cells.c \
	bench/report.c \
	bench/report_engine.c \
	bench/report_kernel.c \
	bench/report_locks.c \
	bench/report_replay.c \
	bench/results.c \
	bench/markdown.c \
	bench/html.c \
	bench/html_line.c \
	bench/html_style.c \
	bench/plot.c \
	bench/plot_forest.c \
	bench/plot_curves.c \
	bench/plot_inside.c \
	bench/sha256.c \
	bench/gb.c \
	bench/gbc.cc \
	bench/rlbench.c

# A change of these makes old results stale; reports and progress do not.
BENCH_MEASURED := $(sort $(wildcard kmod/core/*.[ch] ulib/rwsem*.[ch] \
	ulib/env*.c ulib/env/*.h ulib/rl_env.h ulib/file_dev.c \
	bench/locks/*.[ch]) \
	$(addprefix bench/,topology.c harness.c harness.h lockload.c lockload.h \
	lockload_internal.h lockload_roles.c lockload_section.c \
	lockload_queue.c \
	lock_subject.c engine_subject.c measure.c stats.c scenarios.c \
	trace_engine.c trace_load.c trace_pass.c traces/oltp.trace \
	traces/sqlite.trace traces/vm.trace traces/wal.trace))

BENCH_OBJ := $(call objs,plain,$(BENCH_SRC) $(ENGINE_SRC))
BENCH_VERSION := build/bench/version

RESULTS_PROCESSES ?= 5
RESULTS_PAIRS ?= 11
RESULTS_WINDOW ?= 40

SCENARIO ?= b_dsync
LOCK ?= rl

.PHONY: bench-run perf targets-run results-run results-check bench-version-stale

# Rewritten only when it changes, or each make would link again.
bench-version-stale:
$(BENCH_VERSION).c: bench-version-stale
	@mkdir -p $(@D)
	@{ \
	echo '#include "bench/version.h"'; \
	echo "const char rlbench_git[] = \"$$(git describe --always --dirty \
		2>/dev/null || echo unknown)\";"; \
	echo "const char rlbench_sources[] = \"$$(cat $(BENCH_MEASURED) | \
		sha256sum | cut -c1-12)\";"; \
	echo 'const char rlbench_cflags[] = "$(strip $(CFLAGS_ALL))";'; \
	} >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BENCH_VERSION).o: $(BENCH_VERSION).c
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

build/rlbench: $(BENCH_OBJ) $(BENCH_VERSION).o
	$(call say,LD,$@)
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ -lbenchmark $(LIBS) -lm

# The locks as they are in rlbench, but with a call for each access to memory;
# the callee is ours, not ThreadSanitizer's, see bench/count.h.
COUNT_SRC := bench/rlcount.c bench/count_scenarios.c bench/count_stats.c \
	bench/count.c \
	bench/count_hooks.c bench/stats.c bench/json.c bench/table.c
COUNT_LINK := $(foreach f,malloc calloc aligned_alloc posix_memalign free mmap \
	munmap,-Wl,--wrap=$(f))

build/count/rlcount: $(call objs,plain,$(COUNT_SRC)) \
		$(call objs,count,$(BENCH_LOCKS_SRC) $(ENGINE_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $(COUNT_LINK) -o $@ $^ $(LIBS) -lm

build/tests/test_stats build/tests/test_topology: build/tests/test_%: \
		build/plain/tests/test_%.o build/plain/bench/%.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lm

# Hostile input, so with the sanitizers.
build/asan/test_trace: $(call objs,asan,tests/test_trace.c bench/trace_file.c \
		bench/rows.c bench/json.c bench/stats.c)
	$(call say,LD,$@)
	$(Q)$(CC) $(FLAGS_asan) $(LDFLAGS) -o $@ $^ -lcmocka -lm

bench-run: build/rlbench
	bench/quick.sh

perf: build/rlbench
	bench/perf.sh $(SCENARIO) $(LOCK)

targets-run: build/rlbench build/count/rlcount
	bench/targets.sh

results-run: build/rlbench
	PROCESSES=$(RESULTS_PROCESSES) PAIRS=$(RESULTS_PAIRS) \
		WINDOW=$(RESULTS_WINDOW) bench/results.sh

results-check: build/rlbench
	build/rlbench report --check RESULTS.md
