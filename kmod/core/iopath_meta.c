// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Metadata that a handle reserves, and who gives it back.
 *
 * In btrfs the start of a handle reserves metadata, and so does each page that
 * becomes dirty, until its data has an item.  When there is too little, the
 * start has a worker write back dirty pages, and waits.  So whoever starts a
 * handle waits for writeback, which wants E.
 *
 * The engine keeps no account of metadata: there always is enough.  The knob
 * meta_short says that dirty pages hold all of it, so that who reserves some
 * waits until all of them have been written.
 */
#include "iopath_control.h"

/**
 * struct flusher_wait - what somebody waits for
 * @flusher: constant
 * @runs:    another number of runs than that
 */
struct flusher_wait {
	struct iopath_flusher *flusher;
	int runs;
};

static bool flusher_has_run(void *data)
{
	const struct flusher_wait *wait = data;

	return atomic_read(&wait->flusher->runs) != wait->runs;
}

/* The gate is held by who waits, so the design does not change. */
static void flusher_run(struct work_struct *work)
{
	struct iopath_fs *fs = container_of(work, struct iopath_fs,
					    flusher.work);
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++)
		iopath_flush_run(&fs->inodes[ino], fs->ops, 0,
				 fs->layout.file_blocks - 1);
	atomic_inc(&fs->flusher.runs);
	wake_up_all(&fs->flusher.wait);
}

void iopath_meta_init(struct iopath_flusher *flusher)
{
	INIT_WORK(&flusher->work, flusher_run);
	init_waitqueue_head(&flusher->wait);
}

/**
 * iopath_meta_reserve() - metadata for a handle
 * @fs: file system
 *
 * Context: process context, sleeps: E must not be held.
 */
void iopath_meta_reserve(struct iopath_fs *fs)
{
	struct iopath_flusher *flusher = &fs->flusher;
	struct flusher_wait wait = {
		.flusher = flusher,
		.runs = atomic_read(&flusher->runs),
	};

	if (likely(!fs->knobs.meta_short))
		return;
	iopath_queue(fs, fs->sync_wq, &flusher->work, IOPATH_RES_METADATA,
		     flusher);
	iopath_wait(fs, &flusher->wait, IOPATH_RES_METADATA, flusher,
		    flusher_has_run, &wait);
}
