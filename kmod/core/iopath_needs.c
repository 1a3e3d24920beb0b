// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What there is to be needed by a design; see iopath_needs.h.
 */
#include "iopath_needs.h"
#include "iopath_internal.h"

#define SIZE_OF(type, field)	((u32)sizeof(((struct type *)NULL)->field))

static const struct iopath_need_info infos[IOPATH_NEEDS] = {
	[IOPATH_NEED_INODE_LOCK] = {
		.name = "inode lock",
		.what = "i_rwsem, for write, by all that change the file",
		.bytes.inode = SIZE_OF(dio_sem_inode, inode_lock),
	},
	[IOPATH_NEED_DIO_SEM] = {
		.name = "dio_sem",
		.what = "direct writes shared, fsync exclusive",
		.bytes.inode = SIZE_OF(dio_sem_inode, dio_sem),
	},
	[IOPATH_NEED_FILE_RANGE] = {
		.name = "F",
		.what = "range lock on file bytes",
		.bytes.inode = SIZE_OF(range_inode, file),
		.bytes.io = SIZE_OF(iopath_io, range),
	},
	[IOPATH_NEED_MAP_RANGE] = {
		.name = "M",
		.what = "range lock on mapped bytes",
		.bytes.inode = SIZE_OF(range_inode, map),
	},
	[IOPATH_NEED_DISK_RANGE] = {
		.name = "D",
		.what = "range lock on disk bytes",
		.bytes.fs = SIZE_OF(iopath_fs, disk_lock),
		.bytes.oe = SIZE_OF(iopath_oe, range),
	},
	[IOPATH_NEED_DIO_COUNT] = {
		.name = "i_dio_count",
		.what = "direct IO in flight, waited for by truncate",
		.bytes.inode = SIZE_OF(dio_sem_inode, dio_count) +
			       SIZE_OF(dio_sem_inode, dio_wait) +
			       SIZE_OF(dio_sem_inode, dio_locked),
	},
	[IOPATH_NEED_RESERVATIONS] = {
		.name = "reservations",
		.what = "extents allocated that no ordered extent shows yet",
		.bytes.bg = SIZE_OF(dio_sem_bg, reservations) +
			    SIZE_OF(dio_sem_bg, wait),
	},
	[IOPATH_NEED_NOCOW_WRITERS] = {
		.name = "nocow_writers",
		.what = "the same for writes in place",
		.bytes.bg = SIZE_OF(dio_sem_bg, nocow_writers),
	},
	[IOPATH_NEED_DIO_LOCKED] = {
		.name = "READDIO_NEED_LOCK",
		.what = "new direct IO comes behind a truncate that waits",
	},
	[IOPATH_NEED_READ_EXTENT] = {
		.name = "read keeps E",
		.what = "from its mapping to the end of IO",
	},
	[IOPATH_NEED_SYNC_EXTENT] = {
		.name = "fsync takes E",
		.what = "on the whole file, while it gathers",
	},
	[IOPATH_NEED_SYNC_WAIT] = {
		.name = "fsync waits for OEs",
		.what = "ordered extents of direct writes, until IO_DONE",
	},
	[IOPATH_NEED_RELOC_WAIT] = {
		.name = "relocation waits for OEs",
		.what = "all of the block group, until COMPLETE",
	},
	[IOPATH_NEED_DSYNC_SPLIT] = {
		.name = "DSYNC workaround",
		.what = "the submitter has locks that its own fsync wants",
	},
};

/* One thing that there is.  Context: any. */
const struct iopath_need_info *iopath_need_info(enum iopath_need need)
{
	return &infos[need];
}

/**
 * iopath_design_needs() - whether a design needs something
 * @design: design
 * @need:   what
 *
 * Context: any.
 * Return: as the design says of itself.
 */
bool iopath_design_needs(enum iopath_design design, enum iopath_need need)
{
	return iopath_design_ops(design)->needs & (1U << need);
}

/**
 * iopath_design_bytes() - memory for the locks and counters of a design
 * @design: design
 * @bytes:  set
 *
 * Context: any.
 */
void iopath_design_bytes(enum iopath_design design,
			 struct iopath_need_bytes *bytes)
{
	u32 need;

	memset(bytes, 0, sizeof(*bytes));
	for (need = 0; need < IOPATH_NEEDS; need++) {
		if (!iopath_design_needs(design, need))
			continue;
		bytes->fs += infos[need].bytes.fs;
		bytes->inode += infos[need].bytes.inode;
		bytes->bg += infos[need].bytes.bg;
		bytes->io += infos[need].bytes.io;
		bytes->oe += infos[need].bytes.oe;
	}
}
