/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The userspace world, as seen by the shared code in kmod/core.  There is a
 * header of the same name in kmod/ for the kernel; the include path picks one,
 * so that the shared code has no #ifdef of its world.
 *
 * Names without a prefix are the kernel's and mean exactly what they mean
 * there.  Names with rlenv_ differ between the worlds.  Nothing here is a stub:
 * locks exclude, assertions check, interruptible waits are interrupted.
 *
 * This header pollutes the name space on purpose and is never installed; users
 * of the library include include/rangelock.h.
 */
#ifndef RANGELOCK_RL_ENV_H
#define RANGELOCK_RL_ENV_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "env/base.h"
#include "env/atomic.h"
#include "env/bug.h"
#include "env/list.h"
#include "env/task.h"
#include "env/lock.h"
#include "env/wait.h"
#include "env/work.h"
#include "env/worker.h"
#include "env/rcu.h"
#include "env/dep.h"
#include "env/trace.h"

/*
 * Memory.  rlenv_alloc() of a page or more is not aligned to pages; buffers for
 * IO come from rlenv_alloc_big(), which is.
 */
void *rlenv_alloc(size_t size);
void rlenv_free(void *ptr);
void *rlenv_alloc_big(size_t size);
void rlenv_free_big(void *ptr);
void *rlenv_stable_alloc(size_t size);
void rlenv_stable_free(void *ptr);
void rlenv_alloc_fail_nth(u64 nth);
void rlenv_alloc_exempt(void);

u32 rlenv_crc32(u32 seed, const void *buf, size_t len);

#endif /* RANGELOCK_RL_ENV_H */
