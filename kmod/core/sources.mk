# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The shared sources, read by the userspace Makefile and by the module's Kbuild.

CORE_LOCK := \
	itree.c \
	rangelock.c \
	rangelock_release.c \
	rangelock_wait.c \
	rangelock_debug.c
