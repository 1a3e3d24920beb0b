/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of relocation share: iopath_reloc.c copies,
 * iopath_reloc_switch.c changes the items; and iopath_replace.c, which needs a
 * group without writers, too.
 */
#ifndef RANGELOCK_IOPATH_RELOC_H
#define RANGELOCK_IOPATH_RELOC_H

#include "iopath_internal.h"

/**
 * struct iopath_reloc_part - blocks of a file that lie together on the device
 * @list:  parts of a piece
 * @old:   where they were: file range and device block
 * @block: first device block of the copy; relocation holds a reference
 * @bio:   of the read, then of the write
 * @remap: memory for the switch
 */
struct iopath_reloc_part {
	struct list_head list;
	struct iopath_extent old;
	u64 block;
	struct iopath_bio bio;
	struct iopath_remap remap;
};

int iopath_reloc_group(struct iopath_reloc *reloc, u32 bg,
		       int (*move)(struct iopath_reloc *reloc));
struct iopath_reloc_part *iopath_reloc_part_alloc(const struct iopath_extent *old);
void iopath_reloc_part_free(struct iopath_reloc_part *part);
void iopath_reloc_switch(struct iopath_inode *inode,
			 struct iopath_reloc_part *part);
int iopath_reloc_switch_others(struct iopath_reloc *reloc,
			       const struct iopath_reloc_part *part);

#endif /* RANGELOCK_IOPATH_RELOC_H */
