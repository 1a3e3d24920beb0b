# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The library: build/librangelock.so.VERSION with its two links,
# build/librangelock.a and build/rangelock.pc.  Included by the top Makefile,
# which compiles the objects.
#
#   make lib
#   make install [PREFIX=/usr/local] [LIBDIR=...] [INCLUDEDIR=...] [DESTDIR=...]
#   make uninstall, with the same variables
#
# rangelock.map is the one list of public names: the linker exports them from
# the shared library, and all others are made local in the archive, so that they
# cannot collide with the names of a program.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
INSTALL ?= install
OBJCOPY ?= objcopy
AR ?= ar

LIB_HEADER := ulib/include/rangelock.h
LIB_MAP := ulib/rangelock.map
LIB_VERSION := $(shell sed -n 's/^\#define RANGELOCK_VERSION[[:space:]]*"\(.*\)"/\1/p' $(LIB_HEADER))
LIB_SONAME := librangelock.so.$(firstword $(subst ., ,$(LIB_VERSION)))
LIB_REAL := librangelock.so.$(LIB_VERSION)
LIB_OBJS := $(call objs,pic,$(CORE_LOCK_SRC) $(ULIB_ENV_SRC) \
	$(addprefix ulib/,$(ULIB_LIB)))

# A thread of the library may run when a program is done with it: nodelete.
#
# The version script hides what is not public, and it cannot export what the
# compiler has hidden; so the compiler must not hide anything.  Calls between
# the library's own functions are bound at link time all the same.
FLAGS_pic := -fPIC -fno-semantic-interposition
LIB_LDFLAGS := -shared -Wl,-soname,$(LIB_SONAME) \
	-Wl,--version-script,$(LIB_MAP) -Wl,-Bsymbolic-functions \
	-Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete

LIB_FILES := build/$(LIB_REAL) build/$(LIB_SONAME) build/librangelock.so \
	build/librangelock.a build/rangelock.pc

.PHONY: lib install uninstall
lib: $(LIB_FILES)

build/$(LIB_REAL): $(LIB_OBJS) $(LIB_MAP) ulib/lib.mk
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LIB_LDFLAGS) -o $@ $(LIB_OBJS) \
		-lurcu-bp -lpthread

build/$(LIB_SONAME): build/$(LIB_REAL)
	$(Q)ln -sf $(LIB_REAL) $@

build/librangelock.so: build/$(LIB_SONAME)
	$(Q)ln -sf $(LIB_SONAME) $@

build/pic/public-names: $(LIB_MAP)
	@mkdir -p $(@D)
	$(Q)sed -n 's/^[[:space:]]*\(rangelock_[a-z_]*\);$$/\1/p' $< > $@

build/pic/rangelock-archive.o: $(LIB_OBJS) build/pic/public-names ulib/lib.mk
	$(Q)$(LD) -r -o $@ $(LIB_OBJS)
	$(Q)$(OBJCOPY) --keep-global-symbols=build/pic/public-names $@

build/librangelock.a: build/pic/rangelock-archive.o
	$(Q)rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $<

build/rangelock.pc: ulib/rangelock.pc.in $(LIB_HEADER) ulib/lib.mk FORCE-pc
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@VERSION@|$(LIB_VERSION)|' $< > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# Its contents depend on variables of the command line.
.PHONY: FORCE-pc
FORCE-pc:

install: lib
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	$(INSTALL) -m 644 $(LIB_HEADER) $(DESTDIR)$(INCLUDEDIR)/rangelock.h
	$(INSTALL) -m 755 build/$(LIB_REAL) $(DESTDIR)$(LIBDIR)/$(LIB_REAL)
	ln -sf $(LIB_REAL) $(DESTDIR)$(LIBDIR)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(LIBDIR)/librangelock.so
	$(INSTALL) -m 644 build/librangelock.a $(DESTDIR)$(LIBDIR)/librangelock.a
	$(INSTALL) -m 644 build/rangelock.pc \
		$(DESTDIR)$(LIBDIR)/pkgconfig/rangelock.pc

uninstall:
	rm -f $(DESTDIR)$(INCLUDEDIR)/rangelock.h \
		$(DESTDIR)$(LIBDIR)/$(LIB_REAL) \
		$(DESTDIR)$(LIBDIR)/$(LIB_SONAME) \
		$(DESTDIR)$(LIBDIR)/librangelock.so \
		$(DESTDIR)$(LIBDIR)/librangelock.a \
		$(DESTDIR)$(LIBDIR)/pkgconfig/rangelock.pc
