# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The lock under a controlled scheduler, read by tests/tests.mk.
#
#   build/sched/rlsched              the sources of kmod/core as they are
#   build/sched/broken/NAME/rlsched  a copy with one mistake
#   check-sched                      both, see tests/sched/check.sh
#
# The lock is compiled against the seam of tests/sched/rl_env.h.  Its static data
# go to sections of their own, so that each schedule begins with them as they
# were.  Thresholds are small, so that the lock changes its state in few steps.

# Other sources of the lock and another place for what is built from them.
SCHED_CORE ?= kmod/core
SCHED_OUT ?= build/sched

SCHED_SMALL := -DRANGELOCK_BYPASS_MAX=2 -DRANGELOCK_BYPASS_NS=4000000 \
	-DRANGELOCK_HOT=2 -DRANGELOCK_COOL=1 -DRANGELOCK_STEP=32 \
	-DRANGELOCK_LOOK_MAX=2 -DRANGELOCK_SWEEP_MAX=1
SCHED_CFLAGS := -std=gnu11 -O2 -g -fno-pie $(WARNINGS) -D_GNU_SOURCE \
	$(SCHED_SMALL)
# The lock reports its plain accesses, to tests/sched/races.c.
SCHED_REPORTS := -fsanitize=thread -U__SANITIZE_THREAD__ -Wno-tsan \
	--param tsan-distinguish-volatile=1 \
	--param tsan-instrument-func-entry-exit=0
SCHED_SRC := $(addprefix tests/sched/,sched.c switch.c memory.c env.c \
	races.c strategy.c exhaustive.c oracle.c script.c stage.c guard.c explore.c rlsched.c \
	scenarios_tree.c scenarios_many.c \
	scenarios_spread.c pairs.c)
SCHED_OBJS := $(patsubst tests/sched/%.c,$(SCHED_OUT)/%.o,$(SCHED_SRC))
SCHED_SECTIONS := \
	--rename-section .data=sched_data,alloc,load,data,contents \
	--rename-section .bss=sched_bss,alloc,load,data,contents

$(SCHED_OUT)/%.o: tests/sched/%.c Makefile tests/sched.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(SCHED_CFLAGS) -Itests/sched -I$(SCHED_CORE) -Iulib -I. \
		-MMD -MP -c -o $@ $<

# sched_program FOLDER, CORE: a program from the lock's sources in CORE
define sched_program
$(1)/core/%.o: $(2)/%.c Makefile tests/sched.mk
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC) $$(SCHED_CFLAGS) $$(SCHED_REPORTS) -Itests/sched -I$(2) \
		-Iulib -I. \
		-MMD -MP -c -o $$@ $$<

$(1)/core.o: $(patsubst %.c,$(1)/core/%.o,$(CORE_LOCK))
	$$(Q)$$(LD) -r -o $$@ $$^
	$$(Q)$$(OBJCOPY) $$(SCHED_SECTIONS) $$@

$(1)/rlsched: $(1)/core.o $$(SCHED_OBJS)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) -no-pie $$(LDFLAGS) -o $$@ $$^
endef

$(eval $(call sched_program,$(SCHED_OUT),$(SCHED_CORE)))

# What tests/sched/broken.sh compiles its copies with.
.PHONY: sched-flags check-sched
check-sched:
	$(Q)tests/sched/check.sh

sched-flags:
	@echo "CC='$(CC)' LD='$(LD)' OBJCOPY='$(OBJCOPY)'"
	@echo "CFLAGS='$(SCHED_CFLAGS) $(SCHED_REPORTS) -Itests/sched -Iulib -I.'"
	@echo "CORE='$(CORE_LOCK)' SECTIONS='$(SCHED_SECTIONS)'"
	@echo "OBJECTS='$(SCHED_OBJS)'"
