/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Differences between the kernels this module is built for.
 *
 * Nothing here asks for a version number.  Kbuild looks into the kernel's
 * Module.symvers and defines
 *
 *   RLENV_HAVE_CONTENTION  the lock:contention_begin/end trace points are
 *                          exported (6.12 has them, 6.1 has not)
 *   RLENV_HAVE_BDEV_FILE   a block device is opened as a file (6.12); without
 *                          it blkdev_get_by_path() is used (6.1)
 *   RLENV_HAVE_HRTIMER_SETUP  hrtimer_init() takes the function too and is
 *                          called hrtimer_setup()
 */
#ifndef RANGELOCK_COMPAT_H
#define RANGELOCK_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "rangelock needs Linux 6.1 or newer"
#endif

/* One call from 6.13 on, which replaced the two. */
static inline void
compat_hrtimer_setup_on_stack(struct hrtimer *timer,
			      enum hrtimer_restart (*fn)(struct hrtimer *),
			      clockid_t clock, enum hrtimer_mode mode)
{
#ifdef RLENV_HAVE_HRTIMER_SETUP
	hrtimer_setup_on_stack(timer, fn, clock, mode);
#else
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = fn;
#endif
}

static inline void
compat_hrtimer_setup(struct hrtimer *timer,
		     enum hrtimer_restart (*fn)(struct hrtimer *),
		     clockid_t clock, enum hrtimer_mode mode)
{
#ifdef RLENV_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

#endif /* RANGELOCK_COMPAT_H */
