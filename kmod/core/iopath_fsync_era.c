// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a fast fsync waits for, and when, in the three eras of btrfs.  Whatever
 * differs between them is in this file, a function per phase.
 *
 *        FS.3, before the handle       FS.7, FS.8   FS.9               FS.11
 *   E1   -                             ems, OEs     IO_DONE, to log    IO_DONE
 *   E2   COMPLETE                      ems          -                  -
 *   E3   -                             OEs, ems     -                  -
 *
 *   E1   Linux 4.7 to 4.18
 *   E2   4.19 to 5.9 (b5e6c3e170b7): what is logged has its item and its
 *        checksums in the tree, so no list of ordered extents is needed
 *   E3   from 5.10 (487781796d30): waits for the page cache only; checksums are
 *        taken from ordered extents that are still on their way, and a commit
 *        waits for those
 *
 * Hypothesis H19, from reading the code of E3 and not confirmed: nothing there
 * waits for the data of an asynchronous direct write that has been submitted
 * and holds no lock any more, so the log may name blocks that are not written.
 * A lock that is held to completion keeps such a write out of the fsync.
 *
 * E2 and E3 need a lock that keeps direct writes out from FS.2 to FS.10: an
 * extent map that is gathered must belong to a write that was waited for, or at
 * least has submitted its bios.  A design that excludes them only while the
 * fsync gathers, range-b, is right in E1 alone.
 *
 * btrfs gathers the ordered extents of E3 before it waits for the page cache,
 * which saves it lookups of checksums.  Here it is done under log_mutex, like
 * all gathering.
 */
#include "iopath_internal.h"

static int era_nothing(struct iopath_sync *sync)
{
	return 0;
}

static int era_gather_ems(struct iopath_sync *sync)
{
	struct iopath_inode *inode = sync->inode;
	int err;

	err = iopath_em_gather(inode, sync->start, sync->last, &sync->ems,
			       &sync->nr_ems);
	if (!err)
		iopath_step(inode->fs, IOPATH_FS_EMS);
	return err;
}

static int era_gather_oes(struct iopath_sync *sync)
{
	struct iopath_inode *inode = sync->inode;

	iopath_oe_gather(inode, sync->start, sync->last, &sync->oes);
	iopath_step(inode->fs, IOPATH_FS_OES);
	return 0;
}

static int era_gather_oes_ems(struct iopath_sync *sync)
{
	era_gather_oes(sync);
	return era_gather_ems(sync);
}

/* The order that is safe only with a lock around the pair, as is its reverse. */
static int era_gather_ems_oes(struct iopath_sync *sync)
{
	struct iopath_fs *fs = sync->inode->fs;
	int err;

	if (unlikely(fs->knobs.gather_oes_first)) {
		err = era_gather_oes_ems(sync);
		if (err || !fs->knobs.gather_oes_again)
			return err;
		iopath_oe_release_list(fs, &sync->oes);
		return era_gather_oes(sync);
	}
	err = era_gather_ems(sync);
	return err ? err : era_gather_oes(sync);
}

/* Wait for the data.  Return: 0, or -EIO if a write has failed. */
static int era_wait_data(struct iopath_sync *sync, bool logged_only)
{
	const struct iopath_knobs *knobs = &sync->inode->fs->knobs;
	u32 state = IOPATH_OE_IO_DONE;
	struct iopath_oe *oe;
	int err = 0;

	if (unlikely(knobs->log_before_data))
		return 0;
	if (unlikely(knobs->fsync_waits_complete))
		state = IOPATH_OE_COMPLETE;
	list_for_each_entry(oe, &sync->oes, gather) {
		/* a write in place changes no extent map */
		if (logged_only && oe->type == IOPATH_OE_NOCOW)
			continue;
		iopath_oe_wait(oe, state);
		if (smp_load_acquire(&oe->state) & IOPATH_OE_ERROR)
			err = -EIO;
	}
	return err;
}

static int era_wait_logged(struct iopath_sync *sync)
{
	return era_wait_data(sync, true);
}

static int era_wait_all(struct iopath_sync *sync)
{
	return era_wait_data(sync, false);
}

/* Completion needs no lock that an fsync has, E is not held. */
static int era_wait_complete(struct iopath_sync *sync)
{
	return iopath_oe_wait_range(sync->inode, sync->start, sync->last);
}

/*
 * The extent maps go back to the list of modified ones, and the ordered extents
 * may be gathered by the next fsync.
 */
static void era_undo(struct iopath_sync *sync)
{
	u32 i;

	iopath_oe_release_list(sync->inode->fs, &sync->oes);
	for (i = 0; i < sync->nr_ems; i++)
		iopath_em_mark_modified(sync->inode, sync->ems[i].node.start,
					sync->ems[i].node.last);
}

static const struct iopath_era_ops eras[IOPATH_ERAS] = {
	[IOPATH_E1] = {
		.settle = era_nothing,
		.gather = era_gather_ems_oes,
		.wait = era_wait_logged,
		.wait_rest = era_wait_all,
		.undo = era_undo,
	},
	[IOPATH_E2] = {
		.exclude_first = true,
		.settle = era_wait_complete,
		.gather = era_gather_ems,
		.wait = era_nothing,
		.wait_rest = era_nothing,
		.undo = era_undo,
	},
	[IOPATH_E3] = {
		.whole = true,
		.exclude_first = true,
		.settle = era_nothing,
		.gather = era_gather_oes_ems,
		.wait = era_nothing,
		.wait_rest = era_nothing,
		.undo = era_undo,
	},
};

/**
 * iopath_era_ops() - what a fast fsync does
 * @era: era
 *
 * Context: any.
 * Return: its functions; those of E1 if there is no such era.
 */
const struct iopath_era_ops *iopath_era_ops(enum iopath_era era)
{
	return &eras[(u32)era < IOPATH_ERAS ? era : IOPATH_E1];
}
