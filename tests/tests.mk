# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The test programs, read by the top Makefile.
#
#   build/VARIANT/run_cases      the shared cases under cmocka
#   build/VARIANT/races          schedules of races, as a table
#   build/VARIANT/test_signals   waits that real signals end
#   build/VARIANT/test_warnings  what a debug build reports
#   build/VARIANT/test_env, build/VARIANT/test_env_wait
#                                the userspace seam
#   build/VARIANT/test_rwsem     the baseline's semaphore
#   build/VARIANT/test_locks     the locks that the bench compares
#   build/VARIANT/test_file_dev  the device that is a file
#   build/VARIANT/test_faults    no memory and bad blocks in each operation
#   build/VARIANT/rltorture      torture for as long as one likes
#   build/VARIANT/paths          what each path of the engine does, recorded
#   build/VARIANT/rlcrash        crashes under random schedules
#   build/VARIANT/rlstress       everything at once, for as long as one likes
#   build/VARIANT/test_public_api, build/VARIANT/example
#                                the library through its public header
#   build/asan/test_trace        the reader of traces
#   build/VARIANT/test_trace_run traces on the engine
#   check-programs               all of them
#   spin, mutants                models and seeded bugs, see their run.sh
#
# VARIANT is debug, asan or tsan, of some also clang, o0 or cov; the public
# header and the example are debug only, since they test the library as it is
# installed.

TEST_VARIANTS := debug asan tsan
# Of these make check builds what it runs and no more.
SOME_VARIANTS := clang o0 cov
CASES_SRC := $(addprefix tests/cases/,$(CASES))
RACES_SRC := $(addprefix tests/cases/,$(RACES))
TORTURE_SRC := $(addprefix tests/cases/,torture.c torture_map.c torture_rl.c \
	busted.c)
FUZZ_SRC := $(addprefix tests/cases/,fuzz.c fuzz_sched.c fuzz_dev.c fuzz_ops.c \
	stress.c)
# Each of these is one file and the engine.
TEST_SINGLE := test_signals test_warnings $(patsubst tests/%.c,%,\
	$(wildcard tests/test_env*.c tests/test_rwsem.c tests/test_file_dev.c \
	tests/test_faults.c))

TEST_PROGRAMS :=

# link VARIANT, PROGRAM, SOURCES, LIBRARIES
define link_rule
TEST_PROGRAMS += build/$(1)/$(2)
build/$(1)/$(2): $(call objs,$(1),$(3))
	$$(call say,LD,$$@)
	$$(Q)$$(call cc,$(1)) $$(FLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^ $(4) $$(LIBS)
endef

$(foreach v,$(TEST_VARIANTS) $(SOME_VARIANTS),\
	$(eval $(call link_rule,$(v),run_cases,tests/run_cases.c \
		tests/options.c $(CASES_SRC) $(ENGINE_SRC),-lcmocka)) \
	$(eval $(call link_rule,$(v),races,tests/races.c \
		tests/options.c $(RACES_SRC) $(ENGINE_SRC),)) \
	$(eval $(call link_rule,$(v),rltorture,tests/rltorture.c \
		tests/options.c $(TORTURE_SRC) $(ENGINE_SRC),)) \
	$(eval $(call link_rule,$(v),rlcrash,tests/rlcrash.c \
		tests/options.c $(FUZZ_SRC) $(ENGINE_SRC),)) \
	$(eval $(call link_rule,$(v),rlstress,tests/rlstress.c \
		tests/options.c $(FUZZ_SRC) $(ENGINE_SRC),)) \
	$(eval $(call link_rule,$(v),test_locks,tests/test_locks.c \
		tests/options.c $(BENCH_LOCKS_SRC) $(ENGINE_SRC),)) \
	$(eval $(call link_rule,$(v),test_trace_run,tests/test_trace_run.c \
		$(BENCH_TRACE_SRC) $(ENGINE_SRC),-lcmocka -lm)) \
	$(eval $(call link_rule,$(v),paths,tests/paths.c \
		tests/path_record.c $(ENGINE_SRC),)) \
	$(foreach p,$(TEST_SINGLE),\
		$(eval $(call link_rule,$(v),$(p),tests/$(p).c \
			$(ENGINE_SRC),-lcmocka))))

TEST_PROGRAMS := $(filter-out $(SOME_VARIANTS:%=build/%/%),$(TEST_PROGRAMS))

# What tests/coverage.sh runs.
COVERAGE_PROGRAMS := $(addprefix build/cov/,run_cases races rltorture rlcrash \
	rlstress test_signals test_faults test_trace_run test_locks paths \
	replay_lock)
$(eval $(call link_rule,cov,replay_lock,tests/fuzz/replay.c \
	tests/fuzz/fuzz_lock.c $(CORE_LOCK_SRC) $(addprefix ulib/,$(ULIB_ENV)),))
TEST_PROGRAMS := $(filter-out build/cov/%,$(TEST_PROGRAMS))

.PHONY: coverage coverage-programs
coverage-programs: $(COVERAGE_PROGRAMS)
coverage:
	$(Q)tests/coverage.sh

# The public header has the core's name, so the include path must not have the
# core; the library is found beside the program's folder.
LIB_LINK := -Lbuild -lrangelock -Wl,-rpath,'$$ORIGIN/..'

build/debug/example: tests/example.c build/librangelock.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -Iulib/include -MMD -MP -o $@ $< $(LIB_LINK) -lpthread

build/debug/test_public_api: $(call objs,debug,tests/test_public_api.c \
		$(addprefix ulib/,$(ULIB_ABI))) build/librangelock.so
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB_LINK) -lcmocka -lpthread

TEST_PROGRAMS += build/debug/example build/debug/test_public_api \
	build/tests/test_stats build/tests/test_topology \
	build/asan/test_trace

include tests/sched.mk

.PHONY: check-programs races
races: build/debug/races
	$(Q)build/debug/races $(RACES_ARGS)

.PHONY: spin litmus mutants
spin litmus mutants:
	$(Q)tests/$@/run.sh

# For tests/fuzz/run.sh, which builds with clang.
.PHONY: fuzz fuzz-sources
fuzz-sources:
	@echo "LOCK='$(CORE_LOCK_SRC) $(ULIB_ENV_SRC)'"

fuzz:
	$(Q)SECONDS_EACH=$(SECONDS) tests/fuzz/run.sh

check-programs: $(TEST_PROGRAMS)
