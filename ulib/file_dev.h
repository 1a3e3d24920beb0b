/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * An IO engine device on a file or block device node, with O_DIRECT.
 */
#ifndef RANGELOCK_FILE_DEV_H
#define RANGELOCK_FILE_DEV_H

#include "iopath_dev.h"

struct iopath_dev *iopath_file_create(const char *path, u64 nr_blocks);

#endif /* RANGELOCK_FILE_DEV_H */
