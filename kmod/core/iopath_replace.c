// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * dev-replace: a block group is copied to another device, which is to take the
 * place of the one below.
 *
 *   RL.1    read-only, as for a relocation: no new writes in place
 *   RL.2-4  design: wait until the old ones have landed
 *   RP.1    read, RP.2 write to the other device, piece by piece
 *
 * While that goes on all writes go to both devices.  In btrfs that is done below
 * the file system (volumes.c), and here it is the business of the caller's device.
 * So a write that lands between RP.1 and RP.2 is on both devices, and then RP.2
 * puts back on one of them what was there before (S9e).  That needs a write in
 * place, since what has been copied is what the last commit has; so there must be
 * none in flight: it is not enough that each has an ordered extent.
 *
 * Copied is all of the group, used or not; btrfs copies extents.
 */
#include "iopath_reloc.h"

/**
 * struct replace - one call
 * @reloc:  the group
 * @target: the other device; constant
 */
struct replace {
	struct iopath_reloc reloc;
	struct iopath_dev *target;
};

/* RP.1, RP.2 */
static int replace_piece(struct replace *replace, u64 block, u32 nr)
{
	struct iopath_fs *fs = replace->reloc.fs;
	int err;

	err = iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0, block, nr,
			    fs->reloc_buf);
	iopath_step(fs, IOPATH_RP_READ);
	if (err)
		return err;
	return iopath_dev_io(replace->target, IOPATH_BIO_WRITE, 0, block, nr,
			     fs->reloc_buf);
}

static int replace_copy(struct iopath_reloc *reloc)
{
	struct replace *replace = container_of(reloc, struct replace, reloc);
	u64 block = reloc->bg->first;
	u64 last = iopath_bg_last(reloc->fs, reloc->bg);
	int err = 0;
	u32 nr;

	for (; block <= last && !err; block += nr) {
		nr = (u32)min_t(u64, last - block + 1, IOPATH_BIO_BLOCKS);
		err = replace_piece(replace, block, nr);
	}
	if (err)
		return err;
	return iopath_dev_io(replace->target, IOPATH_BIO_FLUSH, 0, 0, 0, NULL);
}

/**
 * iopath_replace() - copy a block group to another device
 * @fs:     file system, on a device that writes to both
 * @bg:     number of the group
 * @target: the other device
 *
 * Context: process context, sleeps.
 * Return: 0, the errors of iopath_relocate(), or those of either device.
 */
int iopath_replace(struct iopath_fs *fs, u32 bg, struct iopath_dev *target)
{
	struct replace replace = { .reloc.fs = fs, .target = target };

	return iopath_reloc_group(&replace.reloc, bg, replace_copy);
}
