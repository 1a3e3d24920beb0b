# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The userspace sources, read by the top Makefile.

# What the lock needs.
ULIB_ENV := \
	env_alloc.c \
	env_dep.c \
	env_lock.c \
	env_rcu.c \
	env_task.c \
	env_trace.c \
	env_wait.c \
	env_warn.c \
	env_worker.c

# What the library adds to the lock and to ULIB_ENV.
ULIB_LIB := \
	public.c

# Tests of the library's header are linked with this.
ULIB_ABI := \
	abi.c

# What the IO engine, the bench and the tests need besides; not in the library,
# which thereby depends on nothing but libc.
ULIB_ENGINE := \
	env_crc.c \
	env_thread.c \
	env_work.c \
	file_dev.c \
	file_ring.c \
	rwsem.c \
	rwsem_wait.c
