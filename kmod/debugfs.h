/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The folder /sys/kernel/debug/rangelock/: tables for people, no ABI.
 */
#ifndef RANGELOCK_DEBUGFS_H
#define RANGELOCK_DEBUGFS_H

int debugfs_init(void);
void debugfs_exit(void);

#endif /* RANGELOCK_DEBUGFS_H */
