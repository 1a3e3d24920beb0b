// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * O_DSYNC: who runs the fsync of a write, and what is held then.
 *
 *                    submitter that has waited    asynchronous write
 *   split_complete   after it gave everything up  a work item
 *   inline_locked    before it gives anything up  if all bios have ended, its
 *                                                 submitter, before it gives
 *                                                 anything up; else a work item
 *   workaround       after it gave everything up  if all bios have ended, its
 *                                                 submitter, after it gave
 *                                                 everything up; else a work item
 *
 *   split_complete   Linux 5.11 and later; what the engine does
 *   inline_locked    the first iomap version of btrfs' direct IO, before it was
 *                    released: a task waits for its own locks
 *   workaround       5.10 (0eb79294dbe3)
 *
 * In the workaround a *stub* tells the end of the IO whether it still runs in
 * the submitter.  It belongs to the task, like current->journal_info, where
 * btrfs kept it.  A task that starts a transaction handle with its stub still
 * set has leaked it: Linux 5.10 crashed there when an unaligned write had fallen
 * back to buffered IO.
 *
 * A write ends, that is its design gives up what it holds to completion, before
 * the fsync.  The knob dsync_late turns that round (S7): i_dio_count is still
 * counted, F is still held.  So does inline_locked in the submitter.
 */
#include "iopath_internal.h"

/**
 * struct dsync_stub - a task is submitting an O_DSYNC write; workaround only
 * @list: on fs->stubs; under fs->stub_lock
 * @task: which; constant
 */
struct dsync_stub {
	struct list_head list;
	rlenv_task_t task;
};

/* Context: fs->stub_lock is held. */
static struct dsync_stub *stub_find(struct iopath_fs *fs)
{
	rlenv_task_t self = rlenv_self();
	struct dsync_stub *stub;

	lockdep_assert_held(&fs->stub_lock);
	list_for_each_entry(stub, &fs->stubs, list)
		if (stub->task == self)
			return stub;
	return NULL;
}

static int stub_set(struct iopath_fs *fs)
{
	struct dsync_stub *stub = rlenv_alloc(sizeof(*stub));

	if (!stub)
		return -ENOMEM;
	stub->task = rlenv_self();
	spin_lock(&fs->stub_lock);
	list_add(&stub->list, &fs->stubs);
	spin_unlock(&fs->stub_lock);
	return 0;
}

/* Return: whether this task had one. */
static bool stub_clear(struct iopath_fs *fs)
{
	struct dsync_stub *stub;

	spin_lock(&fs->stub_lock);
	stub = stub_find(fs);
	if (stub)
		list_del(&stub->list);
	spin_unlock(&fs->stub_lock);
	rlenv_free(stub);
	return stub;
}

/* A task starts a handle.  Only with the knob: it has to look into a list. */
void iopath_dsync_check_stub(struct iopath_fs *fs)
{
	spin_lock(&fs->stub_lock);
	if (stub_find(fs))
		atomic_inc(&fs->stub_leaks);
	spin_unlock(&fs->stub_lock);
}

/**
 * iopath_dsync_has_leaked() - whether a task has kept its stub
 * @fs: file system at rest
 *
 * Context: process context.
 * Return: true if a stub is left, or was met where none must be.
 */
bool iopath_dsync_has_leaked(struct iopath_fs *fs)
{
	bool left;

	spin_lock(&fs->stub_lock);
	left = !list_empty(&fs->stubs);
	spin_unlock(&fs->stub_lock);
	return left || atomic_read(&fs->stub_leaks);
}

/* Free what has leaked.  Context: nobody uses the file system. */
void iopath_dsync_exit(struct iopath_fs *fs)
{
	struct dsync_stub *stub, *next;

	list_for_each_entry_safe(stub, next, &fs->stubs, list)
		rlenv_free(stub);
	INIT_LIST_HEAD(&fs->stubs);
}

/* The fsync of a write that has ended well. */
static void dsync_run(struct iopath_io *io)
{
	int err;

	io->internal |= IOPATH_IO_SYNCED;
	iopath_step(io->inode->fs, IOPATH_DW_DSYNC);
	err = iopath_fsync_run(io->inode, io->ops, iopath_io_first(io),
			       iopath_io_last(io));
	if (err)
		io->result = err;
}

/*
 * Whether a write has been without an error so far, and wants its fsync here:
 * one that goes on through the page cache gets it behind that.
 */
static bool dsync_is_wanted(struct iopath_io *io)
{
	return (io->flags & IOPATH_DSYNC) && (io->flags & IOPATH_WRITE) &&
	       io->buffered_from == U64_MAX && !READ_ONCE(io->error);
}

/* Nobody but the submitter is left, who is about to go: the IO has ended. */
static bool dsync_ends_inline(struct iopath_io *io)
{
	return !(io->internal & IOPATH_IO_SYNC) && dsync_is_wanted(io) &&
	       atomic_read(&io->pending) == 1;
}

static int split_begin(struct iopath_io *io)
{
	return 0;
}

static void split_submitted(struct iopath_io *io)
{
	io->ops->write_submitted(io);
}

static void split_waited(struct iopath_io *io)
{
	io->ops->write_waited(io);
	/* DW.19: no lock is held any more */
	if (dsync_is_wanted(io))
		dsync_run(io);
}

static void inline_submitted(struct iopath_io *io)
{
	if (dsync_ends_inline(io)) {
		io->result = (ssize_t)io->len;
		dsync_run(io);
	}
	io->ops->write_submitted(io);
}

static void inline_waited(struct iopath_io *io)
{
	if (dsync_is_wanted(io))
		dsync_run(io);
	io->ops->write_waited(io);
}

static int workaround_begin(struct iopath_io *io)
{
	return io->flags & IOPATH_DSYNC ? stub_set(io->inode->fs) : 0;
}

static void workaround_submitted(struct iopath_io *io)
{
	bool ended = dsync_ends_inline(io);

	if (io->internal & IOPATH_IO_SYNC) {
		io->ops->write_submitted(io);
		return;
	}
	/* by the end of the IO, or else by the submitter; the task is the same */
	stub_clear(io->inode->fs);
	io->ops->write_submitted(io);
	if (!ended)
		return;
	io->result = (ssize_t)io->len;
	if (!io->inode->fs->knobs.dsync_late)
		iopath_io_end(io);
	dsync_run(io);
}

static void workaround_waited(struct iopath_io *io)
{
	bool must_sync = stub_clear(io->inode->fs);

	io->ops->write_waited(io);
	if (must_sync && dsync_is_wanted(io))
		dsync_run(io);
}

/**
 * struct dsync_form - a form of O_DSYNC
 * @begin:     before anything is taken for the write; 0 or -errno
 * @submitted: all bios are submitted; the design's write_submitted
 * @waited:    a submitter has waited for completion; the design's write_waited
 */
struct dsync_form {
	int (*begin)(struct iopath_io *io);
	void (*submitted)(struct iopath_io *io);
	void (*waited)(struct iopath_io *io);
};

static const struct dsync_form forms[IOPATH_DSYNCS] = {
	[IOPATH_DSYNC_SPLIT] = {
		.begin = split_begin,
		.submitted = split_submitted,
		.waited = split_waited,
	},
	[IOPATH_DSYNC_INLINE] = {
		.begin = split_begin,
		.submitted = inline_submitted,
		.waited = inline_waited,
	},
	[IOPATH_DSYNC_WORKAROUND] = {
		.begin = workaround_begin,
		.submitted = workaround_submitted,
		.waited = workaround_waited,
	},
};

static const struct dsync_form *dsync_form(const struct iopath_io *io)
{
	u32 form = io->inode->fs->knobs.dsync;

	return &forms[form < IOPATH_DSYNCS ? form : IOPATH_DSYNC_SPLIT];
}

/**
 * iopath_dsync_begin() - a write is about to begin
 * @io: write with inode, flags and internal set
 *
 * Context: process context, may sleep; undo by iopath_dsync_fallback() or by the
 * write itself.
 * Return: 0 or -ENOMEM.
 */
int iopath_dsync_begin(struct iopath_io *io)
{
	return dsync_form(io)->begin(io);
}

/**
 * iopath_dsync_fallback() - a direct write becomes a buffered one
 * @io: write after iopath_dsync_begin()
 *
 * Context: process context, the task of the submitter.
 */
void iopath_dsync_fallback(struct iopath_io *io)
{
	if (likely(!io->inode->fs->knobs.stub_leak))
		stub_clear(io->inode->fs);
}

/* DW.17: the end of submission.  Context: the submitter's hold is on @io. */
void iopath_dsync_submitted(struct iopath_io *io)
{
	dsync_form(io)->submitted(io);
}

/* DW.19: a synchronous write has completed.  Context: its submitter. */
void iopath_dsync_waited(struct iopath_io *io)
{
	dsync_form(io)->waited(io);
}

/**
 * iopath_dsync_is_late() - whether a write has to end after its fsync
 * @io: write that has completed
 *
 * Context: any.
 * Return: false without a knob, or if the fsync has been run; then it ends now.
 */
bool iopath_dsync_is_late(struct iopath_io *io)
{
	const struct iopath_knobs *knobs = &io->inode->fs->knobs;
	bool late = knobs->dsync_late ||
		    (knobs->dsync == IOPATH_DSYNC_INLINE &&
		     (io->internal & IOPATH_IO_SYNC));

	return unlikely(late) && dsync_is_wanted(io) &&
	       !(io->internal & IOPATH_IO_SYNCED);
}

static void dsync_work(struct work_struct *work)
{
	struct iopath_io *io = container_of(work, struct iopath_io, work);

	dsync_run(io);
	iopath_io_end(io);
	iopath_io_finish(io);
}

/**
 * iopath_dsync_queue() - queue the fsync of an asynchronous write if it wants one
 * @io: write that has completed
 *
 * Context: process context, any task.
 * Return: whether it was queued; then the work ends and finishes @io.
 */
bool iopath_dsync_queue(struct iopath_io *io)
{
	struct iopath_fs *fs = io->inode->fs;

	if (!dsync_is_wanted(io) ||
	    (io->internal & (IOPATH_IO_SYNC | IOPATH_IO_SYNCED)))
		return false;
	/* only here: a submitter that waits has it on its stack */
	INIT_WORK(&io->work, dsync_work);
	iopath_queue(fs, fs->sync_wq, &io->work, IOPATH_RES_IO, io);
	return true;
}
