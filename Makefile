# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# make bench     install what is missing, build, compare on both sides (5 min)
# make check     install what is missing, build, run all tests (20 min)
# make check-long   the same with all that is random for longer (75 min)
# make check-kernels   the module in each kernel, stock and debug, complete
# make races     replay races of record step by step under every design
# make mutants   seeded bugs, each of which a test has to find (5 min)
# make fuzz      bytes of a fuzzer for parsers and verbs, SECONDS=60 each
# make coverage  lines and branches of kmod/core that tests run (4 min)
# make spin      models of the lock's protocols, all interleavings (1 min)
# make targets   what the lock has to reach, and how far it is (3 min)
# make perf SCENARIO=b_dsync LOCK=rl   one scenario under perf
# make results   the long measurement; regenerates RESULTS.md
# make stress    everything at once in all builds, SECONDS=60 each (15 min)
# make           the library, the bench and the module, no installation
# make help      all targets
#
# Objects live in build/<variant>/, never beside the source: the module is
# built from the same files, and each build must not see the other's objects.
# VERBOSE=1 shows the commands.
# Variants: plain, pic (shared library), debug, asan, tsan, clang, o0, count, cov.

include kmod/core/sources.mk
include ulib/sources.mk
include tests/cases/sources.mk

ifeq ($(VERBOSE),1)
Q :=
else
Q := @
endif
say = @printf '  %-6s %s\n' $(1) $(2)

CC ?= gcc
CXX ?= g++
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes \
	-Wstrict-prototypes -Wshadow -Wvla
CPPFLAGS_ALL := -D_GNU_SOURCE -Iulib -Ikmod/core -I. $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 -O2 -g $(WARNINGS) $(CFLAGS)
CXXFLAGS_ALL := -std=c++14 -O2 -g -Wall -Wextra -fno-exceptions -fno-rtti \
	$(CXXFLAGS)

VARIANTS := plain pic debug asan tsan clang o0 count cov
FLAGS_plain :=
FLAGS_pic := -fPIC -fvisibility=hidden
FLAGS_debug := -DRL_DEBUG
FLAGS_cov := --coverage -O0 -DRL_DEBUG -fprofile-update=atomic
# What another compiler makes of it, and what no optimiser hides.
FLAGS_clang := -DRL_DEBUG -Wno-missing-field-initializers
FLAGS_o0 := -DRL_DEBUG -O0
CC_clang := clang
CXX_clang := clang++
FLAGS_asan := -DRL_DEBUG -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan := -DRL_DEBUG -fsanitize=thread
# Compiled to report each access, but otherwise like plain.
FLAGS_count := -fsanitize=thread -U__SANITIZE_THREAD__ -Wno-tsan

cc = $(or $(CC_$(1)),$(CC))
cxx = $(or $(CXX_$(1)),$(CXX))

# objs VARIANT, SOURCES: the objects of some sources in a variant
objs = $(patsubst %,build/$(1)/%.o,$(basename $(2)))

CORE_LOCK_SRC := $(addprefix kmod/core/,$(CORE_LOCK))
CORE_ENGINE_SRC := $(addprefix kmod/core/,$(CORE_ENGINE))
ULIB_ENV_SRC := $(addprefix ulib/,$(ULIB_ENV))
ULIB_ENGINE_SRC := $(addprefix ulib/,$(ULIB_ENGINE))
# What every userspace program of the project is linked from.
ENGINE_SRC := $(CORE_LOCK_SRC) $(CORE_ENGINE_SRC) $(ULIB_ENV_SRC) \
	$(ULIB_ENGINE_SRC)
LIBS := -lurcu-bp -luring -lz -lpthread

.PHONY: all lib kmod check check-long check-kernels stress bench targets results install uninstall \
	packages clean help
.DEFAULT_GOAL := all

define variant_rules
build/$(1)/%.o: %.c Makefile
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(call cc,$(1)) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<
build/$(1)/%.o: %.cc Makefile
	@mkdir -p $$(@D)
	$$(call say,CXX,$$@)
	$$(Q)$$(call cxx,$(1)) $$(CPPFLAGS_ALL) $$(CXXFLAGS_ALL) $$(FLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach v,$(VARIANTS),$(eval $(call variant_rules,$(v))))

include ulib/lib.mk
include bench/bench.mk
include tests/tests.mk

all: lib build/rlbench kmod

# The module for each kernel whose headers are installed; K=release for one.
kmod:
	$(MAKE) -C kmod module

packages:
	tests/install-packages.sh

check: packages
	tests/check.sh

check-long: packages
	tests/check.sh --long

check-kernels: packages
	tests/check.sh --kernels

SECONDS ?= 60

stress:
	SECONDS_EACH=$(SECONDS) tests/stress.sh

bench: packages
	$(MAKE) bench-run

targets: packages
	$(MAKE) targets-run

results: packages
	$(MAKE) results-run

help:
	@sed -n 's/^# \(make.*\)/\1/p' Makefile
	@echo "make lib       librangelock.so, librangelock.a, rangelock.pc in build/"
	@echo "make kmod      rangelock.ko for each installed kernel, or K=release"
	@echo "make install   the library, with PREFIX and DESTDIR"
	@echo "make clean     remove build/"

clean:
	rm -rf build

-include $(shell find build -name '*.d' -not -path 'build/kmod-*' 2>/dev/null)
