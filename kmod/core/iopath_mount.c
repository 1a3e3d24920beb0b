// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Mount, unmount, and the choice of the design.
 */
#include "iopath_internal.h"

#define OC_THREADS	4U
#define READ_THREADS	2U
#define SYNC_THREADS	16U

static const struct iopath_design_ops *const designs[IOPATH_DESIGNS] = {
	[IOPATH_DIO_SEM] = &iopath_design_dio_sem,
	[IOPATH_RANGE] = &iopath_design_range,
	[IOPATH_RANGE_H1] = &iopath_design_range_h1,
	[IOPATH_RANGE_B] = &iopath_design_range_b,
	[IOPATH_RANGE_C] = &iopath_design_range_c,
	[IOPATH_DIO_SEM_HELPER] = &iopath_design_dio_sem_helper,
	[IOPATH_NONE] = &iopath_design_none,
};

/* The table of a design, NULL if there is no such design. */
const struct iopath_design_ops *iopath_design_ops(enum iopath_design design)
{
	return (u32)design < IOPATH_DESIGNS ? designs[design] : NULL;
}

/**
 * iopath_design_name() - name of a design
 * @design: any value
 *
 * Context: any.
 * Return: the name as in sysfs, "?" if there is no such design.
 */
const char *iopath_design_name(enum iopath_design design)
{
	const struct iopath_design_ops *ops = iopath_design_ops(design);

	return ops ? ops->name : "?";
}

/* What it is, a few words; "?" if there is no such design.  Context: any. */
const char *iopath_design_title(enum iopath_design design)
{
	const struct iopath_design_ops *ops = iopath_design_ops(design);

	return ops ? ops->title : "?";
}

/**
 * iopath_design_by_name() - a design by its name
 * @name: as in sysfs
 *
 * Context: any.
 * Return: the design, IOPATH_DESIGNS if none has that name.
 */
enum iopath_design iopath_design_by_name(const char *name)
{
	u32 design = 0;

	while (design < IOPATH_DESIGNS && strcmp(designs[design]->name, name))
		design++;
	return design;
}

/**
 * iopath_design_is_offered() - whether a design is for users
 * @design: any value
 *
 * Context: any.
 * Return: false for the designs that are broken on purpose, or of history, and
 * if there is no such design.
 */
bool iopath_design_is_offered(enum iopath_design design)
{
	const struct iopath_design_ops *ops = iopath_design_ops(design);

	return ops && ops->offered;
}

/**
 * iopath_op_pair() - operations on two files that one task does at once
 * @a: one, its other fields filled in
 * @b: the other, on another file
 *
 * Not for two ranges of one file: requests are served in order, so that the
 * second one could queue behind somebody who waits for the first.
 *
 * Context: any.
 * Return: what to give to op_enter and op_leave, for both, by number of the file.
 */
struct iopath_op *iopath_op_pair(struct iopath_op *a, struct iopath_op *b)
{
	bool ordered = a->inode->ino < b->inode->ino;

	WARN_ON_ONCE(a->inode == b->inode);
	a->with = ordered ? b : NULL;
	b->with = ordered ? NULL : a;
	return ordered ? a : b;
}

/*
 * Whoever locks two files does so by their numbers: a class per number lets
 * lockdep see that it is so.  And where a lock stands in the order depends on the
 * design and on the era of the fsync (range-c takes F under log_mutex, range the
 * other way round), of which there is one at a time: a class for each.
 */
struct file_keys {
	struct lock_class_key inode_lock;
	struct lock_class_key dio_sem;
	struct lock_class_key file;
	struct lock_class_key map;
};

static struct file_keys file_keys[IOPATH_DESIGNS][IOPATH_ERAS][IOPATH_FILES];
static struct lock_class_key ilock_keys[IOPATH_FILES];

/* Give the locks the classes of the design and the era.  Context: at rest. */
void iopath_set_lock_classes(struct iopath_fs *fs)
{
	struct file_keys *keys;
	struct iopath_inode *inode;
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++) {
		inode = &fs->inodes[ino];
		keys = &file_keys[fs->design][fs->knobs.era][ino];
		rlenv_rwsem_set_class(&inode->dio_sem.inode_lock, "inode_lock",
				      &keys->inode_lock);
		rlenv_rwsem_set_class(&inode->dio_sem.dio_sem, "dio_sem",
				      &keys->dio_sem);
		rangelock_set_class(&inode->range.file, "file", &keys->file);
		rangelock_set_class(&inode->range.map, "map", &keys->map);
	}
}

static void file_init(struct iopath_fs *fs, u32 ino)
{
	struct iopath_inode *inode = &fs->inodes[ino];

	inode->fs = fs;
	inode->ino = ino;
	init_rwsem(&inode->dio_sem.inode_lock);
	init_rwsem(&inode->dio_sem.dio_sem);
	init_waitqueue_head(&inode->dio_sem.dio_wait);
	rangelock_init_named(&inode->range.file, &rangelock_modes_file, "file");
	rangelock_init_named(&inode->range.map, &rangelock_modes_file, "map");
	rangelock_init_named(&inode->extent_lock, &rangelock_modes_rw,
			     "extent");
	mutex_init(&inode->log_mutex);
	rlenv_rwsem_init(&inode->ilock, "ilock", &ilock_keys[ino]);
	spin_lock_init(&inode->em_lock);
	INIT_LIST_HEAD(&inode->modified);
	iopath_cache_init(&inode->cache);
}

static int files_alloc(struct iopath_fs *fs)
{
	u32 ino;

	fs->inodes = rlenv_alloc(fs->geo.nr_files * sizeof(*fs->inodes));
	if (!fs->inodes)
		return -ENOMEM;
	for (ino = 0; ino < fs->geo.nr_files; ino++)
		file_init(fs, ino);
	iopath_set_lock_classes(fs);
	return 0;
}

static void files_free(struct iopath_fs *fs)
{
	u32 ino;

	for (ino = 0; fs->inodes && ino < fs->geo.nr_files; ino++) {
		struct iopath_inode *inode = &fs->inodes[ino];

		iopath_cache_destroy(&inode->cache);
		iopath_cow_clear(inode);
		iopath_extent_clear(&inode->ems);
		iopath_extent_clear(&inode->items);
		WARN_ON(rangelock_destroy(&inode->range.file));
		WARN_ON(rangelock_destroy(&inode->range.map));
		WARN_ON(rangelock_destroy(&inode->extent_lock));
	}
	rlenv_free(fs->inodes);
}

/* The file with that number, NULL if there is none.  Context: any. */
struct iopath_inode *iopath_file(struct iopath_fs *fs, u32 ino)
{
	return ino < fs->geo.nr_files ? &fs->inodes[ino] : NULL;
}

static void fs_init_locks(struct iopath_fs *fs)
{
	iopath_gate_init(&fs->gate);
	rangelock_init_named(&fs->disk_lock, &rangelock_modes_rw, "disk");
	mutex_init(&fs->item_lock);
	spin_lock_init(&fs->oe_lock);
	iopath_meta_init(&fs->flusher);
	mutex_init(&fs->reloc_mutex);
	spin_lock_init(&fs->stub_lock);
	INIT_LIST_HEAD(&fs->stubs);
}

static int fs_alloc(struct iopath_fs *fs)
{
	u64 data = fs->layout.nr_blocks - fs->layout.data_first;
	int err;

	err = files_alloc(fs);
	if (!err)
		err = iopath_bg_init(fs);
	if (!err)
		err = iopath_log_init(fs);
	if (err)
		return err;
	fs->sums = rlenv_alloc_big(data * sizeof(*fs->sums));
	fs->check_buf = rlenv_alloc_big((size_t)fs->layout.check_blocks *
					IOPATH_BLOCK_SIZE);
	fs->reloc_buf = rlenv_alloc_big((size_t)IOPATH_BIO_BLOCKS *
					IOPATH_BLOCK_SIZE);
	fs->oc_wq = rlenv_workqueue_create("iopath_oc", OC_THREADS);
	fs->read_wq = rlenv_workqueue_create("iopath_read", READ_THREADS);
	fs->sync_wq = rlenv_workqueue_create("iopath_sync", SYNC_THREADS);
	if (!fs->sums || !fs->check_buf || !fs->reloc_buf || !fs->oc_wq ||
	    !fs->read_wq || !fs->sync_wq)
		return -ENOMEM;
	return 0;
}

/* Also undoes a part of fs_alloc(). */
static void fs_free(struct iopath_fs *fs)
{
	if (fs->oc_wq)
		destroy_workqueue(fs->oc_wq);
	if (fs->read_wq)
		destroy_workqueue(fs->read_wq);
	if (fs->sync_wq)
		destroy_workqueue(fs->sync_wq);
	files_free(fs);
	iopath_dsync_exit(fs);
	rlenv_free_big(fs->reloc_buf);
	rlenv_free_big(fs->check_buf);
	rlenv_free_big(fs->sums);
	iopath_log_exit(fs);
	iopath_bg_exit(fs);
	WARN_ON(rangelock_destroy(&fs->disk_lock));
	rlenv_free(fs);
}

/*
 * Read the checkpoint, replay the log, and commit the result.  Also without a
 * record: behind a torn one there may be whole ones, which must not follow ours.
 */
static int fs_load(struct iopath_fs *fs)
{
	u64 check_bytes;
	u32 check_crc, nr_records;
	int err;

	err = iopath_super_read(fs, &check_bytes, &check_crc);
	if (!err)
		err = fs_alloc(fs);
	if (err)
		return err;
	iopath_trans_init(&fs->trans, fs->generation + 1);
	err = iopath_checkpoint_read(fs, check_bytes, check_crc);
	if (!err)
		err = iopath_log_replay(fs, &nr_records);
	if (!err)
		err = iopath_trans_commit(fs);
	return err;
}

/**
 * iopath_mount() - mount, after a replay of the log if there is one
 * @dev:    device with a file system
 * @design: design to begin with
 * @fs:     set on success
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL for a bad design or a damaged device, -ENOMEM, or the
 * device's error.
 */
int iopath_mount(struct iopath_dev *dev, enum iopath_design design,
		 struct iopath_fs **fs)
{
	struct iopath_fs *new;
	int err;

	if (!iopath_design_ops(design))
		return -EINVAL;
	new = rlenv_alloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->dev = dev;
	new->design = design;
	new->ops = iopath_design_ops(design);
	fs_init_locks(new);
	err = fs_load(new);
	if (err)
		fs_free(new);
	else
		*fs = new;
	return err;
}

/* Write back all pages of all files. */
static int fs_flush(struct iopath_fs *fs)
{
	int err, first_err = 0;
	u32 ino;

	for (ino = 0; ino < fs->geo.nr_files; ino++) {
		err = iopath_flush(&fs->inodes[ino], 0, U64_MAX);
		if (!err)
			err = iopath_writeback_error(&fs->inodes[ino]);
		if (err && !first_err)
			first_err = err;
	}
	return first_err;
}

/**
 * iopath_unmount() - write back, finish all operations, commit, free
 * @fs: file system; gone on return in any case
 *
 * Context: process context, sleeps.  No operation may begin any more.
 * Return: 0, or the error of the commit, or else that of writeback.
 */
int iopath_unmount(struct iopath_fs *fs)
{
	int err, flush_err = fs_flush(fs);

	iopath_gate_close(&fs->gate);
	iopath_gate_open(&fs->gate);
	err = iopath_trans_commit(fs);
	fs_free(fs);
	return err ? err : flush_err;
}

/**
 * iopath_abandon() - finish all operations and free, without a commit
 * @fs: file system; gone on return
 *
 * Dirty pages are lost.  For what is left of a file system after a crash of its device.
 *
 * Context: process context, sleeps.  No operation may begin any more.
 */
void iopath_abandon(struct iopath_fs *fs)
{
	iopath_gate_close(&fs->gate);
	iopath_gate_open(&fs->gate);
	fs_free(fs);
}

/**
 * iopath_commit() - commit the running transaction
 * @fs: file system
 *
 * Dirty pages stay dirty, as in btrfs without the option flushoncommit.
 *
 * Context: process context, sleeps.
 * Return: 0, -EROFS after an earlier commit has failed, or the device's error.
 */
int iopath_commit(struct iopath_fs *fs)
{
	return iopath_trans_commit(fs);
}

/**
 * iopath_set_design() - change who excludes whom
 * @fs:     file system, under load or not
 * @design: new design
 *
 * Waits until every operation that has begun has completed, while new ones
 * wait; so each sees one design from begin to completion.
 *
 * Context: process context, sleeps; not from an operation of @fs.
 * Return: 0, or -EINVAL if there is no such design.
 */
int iopath_set_design(struct iopath_fs *fs, enum iopath_design design)
{
	const struct iopath_design_ops *ops = iopath_design_ops(design);

	if (!ops)
		return -EINVAL;
	iopath_gate_close(&fs->gate);
	WARN_ON(!fs->ops->is_idle(fs));
	WARN_ON(!ops->is_idle(fs));
	WRITE_ONCE(fs->ops, ops);
	WRITE_ONCE(fs->design, design);
	iopath_set_lock_classes(fs);
	iopath_gate_open(&fs->gate);
	iopath_count(fs, IOPATH_COUNT_SWITCHES);
	return 0;
}

/**
 * iopath_get_design() - the current design
 * @fs: file system
 *
 * Context: any.
 * Return: the design; it may change at any time.
 */
enum iopath_design iopath_get_design(const struct iopath_fs *fs)
{
	return READ_ONCE(fs->design);
}
