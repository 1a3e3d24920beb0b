/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The folder /sys/kernel/rangelock/; what is in it is documented in
 * Documentation/ABI/testing/sysfs-kernel-rangelock.
 */
#ifndef RANGELOCK_SYSFS_H
#define RANGELOCK_SYSFS_H

int sysfs_init(void);
void sysfs_exit(void);

#endif /* RANGELOCK_SYSFS_H */
