// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The design range: the range locks of design_range_lock.c, held to completion.
 *
 *   F  by a direct write from before the first mapping until all of its ordered
 *      extents are COMPLETE, by a direct read to the end of IO; the completion
 *      releases it, in another task
 *   D  by a direct write until COMPLETE
 *
 * So whoever is granted a range in which a write was in flight finds its items
 * and its data in place: an fsync has no data to wait for, and neither have
 * truncate and relocation.  Gone, besides the locks: i_dio_count, the waits for
 * ordered extents of direct IO in fsync and relocation, and E in a read after
 * its mapping.  An O_DSYNC write gives F up before its fsync (P4), wherever that
 * runs.
 */
#include "design_internal.h"

/*
 * F is held by writes to completion: no direct write is in flight in the range.
 * Writeback does not take F, and may not be COMPLETE.
 */
static void range_fsync_gathered(struct iopath_sync *sync)
{
	struct iopath_oe *oe;

	list_for_each_entry(oe, &sync->oes, gather)
		iopath_warn_on(sync->inode->fs, oe->direct);
}

const struct iopath_design_ops iopath_design_range = {
	.name = "range",
	.title = "range locks on file and disk bytes, held to completion",
	.offered = true,
	.needs = DESIGN_RANGE_NEEDS,
	DESIGN_RANGE_OPS,
	.write_begin = design_file_lock_write,
	/* the submitter still counts as a pending part of the IO */
	.write_submitted = design_file_disown,
	.write_complete = design_file_unlock_io,
	.write_waited = design_no_io,
	.disk_inserted = design_no_oe,
	.disk_complete = design_disk_unlock,
	.read_begin = design_file_lock_read,
	.read_mapped = design_read_unlock_extent,
	.read_submitted = design_file_disown,
	.read_piece_done = design_no_read,
	.read_complete = design_file_unlock_io,
	.fsync_gathered = range_fsync_gathered,
	.reloc_drain = design_range_reloc_drain,
	.op_enter = design_range_op_enter,
	.is_idle = design_range_is_idle,
};
