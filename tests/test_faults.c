// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each operation of the engine with one accident in it: its first allocation
 * fails, then its second, until it has no more; or the first bios to an area of
 * the device do.  An operation may fail then, with an error that says so.  What must
 * hold behind it: the invariants, that the file system can be used, unmounted and
 * mounted again unless a commit has failed, and that the checksums on the device
 * are those of what is there.
 *
 *   test_faults [DESIGN]   all that are for users if none is named
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "iopath_internal.h"
#include "iopath_verify.h"

#include <cmocka.h>

#define BLK	IOPATH_BLOCK_SIZE
#define BLOCKS	24u
/* More allocations than any operation makes. */
#define MOST	400u

/**
 * struct world - a file system for one accident
 * @geo:    what it is like
 * @design: under which it is mounted
 * @dev:    a RAM device
 * @target: another one, as large
 * @fs:     NULL when not mounted
 * @buf:    BLOCKS blocks
 */
struct world {
	struct iopath_geometry geo;
	enum iopath_design design;
	struct iopath_dev *dev;
	struct iopath_dev *target;
	struct iopath_fs *fs;
	char *buf;
};

static struct world world;
static const char *only;

static struct iopath_inode *file(struct world *w, u32 ino)
{
	return iopath_file(w->fs, ino);
}

static int outcome(s64 done)
{
	return done < 0 ? (int)done : 0;
}

static int do_mkfs(struct world *w)
{
	iopath_abandon(w->fs);
	w->fs = NULL;
	return iopath_mkfs(w->dev, &w->geo);
}

/* With a log to replay. */
static int do_mount(struct world *w)
{
	iopath_abandon(w->fs);
	w->fs = NULL;
	return iopath_mount(w->dev, w->design, &w->fs);
}

static int do_unmount(struct world *w)
{
	int err = iopath_unmount(w->fs);

	w->fs = NULL;
	return err;
}

static int do_write(struct world *w)
{
	return outcome(iopath_write(file(w, 0), 0, w->buf, 8 * BLK, 0));
}

static int do_dsync(struct world *w)
{
	return outcome(iopath_write(file(w, 0), 2 * BLK, w->buf, 4 * BLK,
				    IOPATH_DSYNC));
}

/* Not aligned: through the page cache. */
static int do_fallback(struct world *w)
{
	return outcome(iopath_write(file(w, 0), 100, w->buf, 2 * BLK,
				    IOPATH_DSYNC));
}

static int do_append(struct world *w)
{
	ssize_t done = iopath_write(file(w, 1), 0, w->buf, 2 * BLK,
				    IOPATH_APPEND);

	/* there is no room behind what cannot be made smaller */
	return w->geo.cow_fork && done == -EFBIG ? 0 : outcome(done);
}

static int do_read(struct world *w)
{
	return outcome(iopath_read(file(w, 0), 0, w->buf, BLOCKS * BLK));
}

static int do_read_part(struct world *w)
{
	return outcome(iopath_read(file(w, 0), 3 * BLK + 7, w->buf, 2 * BLK));
}

static int do_buffered_write(struct world *w)
{
	return outcome(iopath_buffered_write(file(w, 0), 9 * BLK + 5, w->buf,
					     3 * BLK));
}

static int do_buffered_read(struct world *w)
{
	return outcome(iopath_buffered_read(file(w, 0), 5, w->buf, 6 * BLK));
}

static int do_store(struct world *w)
{
	return iopath_mmap_store(file(w, 0), 4 * BLK + 3, w->buf, 2 * BLK);
}

static int do_load(struct world *w)
{
	return iopath_mmap_load(file(w, 0), 4 * BLK + 3, w->buf, 2 * BLK);
}

static int do_mkwrite(struct world *w)
{
	return iopath_page_mkwrite(file(w, 0), 3);
}

static int do_flush(struct world *w)
{
	return iopath_flush(file(w, 0), 0, U64_MAX);
}

static int do_fsync(struct world *w)
{
	return iopath_fsync(file(w, 0), 0, U64_MAX);
}

static int do_fsync_full(struct world *w)
{
	return iopath_fsync_full(file(w, 0));
}

static int do_reflink(struct world *w)
{
	return iopath_reflink(file(w, 0), 0, file(w, 1), 4 * BLK, 8 * BLK);
}

static int fallocate(struct world *w, enum iopath_falloc_mode mode)
{
	/* those who write through a fork have none */
	int err = iopath_fallocate(file(w, 0), mode, 2 * BLK,
				   20 * BLK - 1);

	return err == -EOPNOTSUPP ? 0 : err;
}

static int do_allocate(struct world *w)
{
	return fallocate(w, IOPATH_FALLOC_ALLOCATE);
}

static int do_zero(struct world *w)
{
	return fallocate(w, IOPATH_FALLOC_ZERO);
}

static int do_punch(struct world *w)
{
	return fallocate(w, IOPATH_FALLOC_PUNCH);
}

static int do_truncate(struct world *w)
{
	int err = iopath_truncate(file(w, 0), 5 * BLK);

	if (!err)
		err = iopath_truncate(file(w, 0), 7 * BLK);
	return err == -EOPNOTSUPP ? 0 : err;
}

static int do_seek(struct world *w)
{
	s64 at = iopath_seek(file(w, 0), BLK, false);

	if (at >= 0)
		at = iopath_seek(file(w, 0), 20 * BLK, true);
	return at == -ENXIO ? 0 : outcome(at);
}

static int do_fiemap(struct world *w)
{
	struct iopath_mapped mapped[4];

	return outcome(iopath_fiemap(file(w, 0), 0, U64_MAX, mapped, 4));
}

static int do_relocate(struct world *w)
{
	return iopath_relocate(w->fs, 0);
}

static int do_replace(struct world *w)
{
	return iopath_replace(w->fs, 0, w->target);
}

static int do_commit(struct world *w)
{
	return iopath_commit(w->fs);
}

static int do_design(struct world *w)
{
	return iopath_set_design(w->fs, w->design == IOPATH_RANGE ?
				 IOPATH_DIO_SEM : IOPATH_RANGE);
}

static const struct operation {
	const char *name;
	int (*run)(struct world *w);
} operations[] = {
	{ "mkfs", do_mkfs }, { "mount", do_mount }, { "unmount", do_unmount },
	{ "write", do_write }, { "dsync", do_dsync },
	{ "fallback", do_fallback }, { "append", do_append },
	{ "read", do_read }, { "read_part", do_read_part },
	{ "buffered_write", do_buffered_write },
	{ "buffered_read", do_buffered_read }, { "store", do_store },
	{ "load", do_load }, { "mkwrite", do_mkwrite },
	{ "flush", do_flush }, { "fsync", do_fsync },
	{ "fsync_full", do_fsync_full }, { "reflink", do_reflink },
	{ "allocate", do_allocate }, { "zero", do_zero },
	{ "punch", do_punch }, { "truncate", do_truncate },
	{ "seek", do_seek }, { "fiemap", do_fiemap },
	{ "relocate", do_relocate }, { "replace", do_replace },
	{ "commit", do_commit }, { "set_design", do_design },
};

/* Data, a shared part, a hole, pages that are dirty, and a log. */
static void make(struct world *w)
{
	struct iopath_ram_params ram = { .crashable = true };
	u64 nr = iopath_device_blocks(&w->geo);

	w->dev = iopath_ram_create(nr, &ram);
	w->target = iopath_ram_create(nr, &ram);
	w->buf = aligned_alloc(BLK, BLOCKS * BLK);
	assert_true(w->dev && w->target && w->buf);
	memset(w->buf, 1, BLOCKS * BLK);
	assert_int_equal(iopath_mkfs(w->dev, &w->geo), 0);
	assert_int_equal(iopath_mount(w->dev, w->design, &w->fs), 0);
	assert_int_equal(iopath_write(file(w, 0), 0, w->buf, 16 * BLK, 0),
			 16 * BLK);
	assert_int_equal(iopath_write(file(w, 1), 0, w->buf, 4 * BLK, 0),
			 4 * BLK);
	assert_int_equal(iopath_commit(w->fs), 0);
	assert_int_equal(iopath_reflink(file(w, 0), 12 * BLK, file(w, 1),
					12 * BLK, 4 * BLK), 0);
	assert_int_equal(iopath_write(file(w, 0), 6 * BLK, w->buf, 2 * BLK, 0),
			 2 * BLK);
	assert_int_equal(iopath_fsync(file(w, 0), 0, U64_MAX), 0);
	assert_int_equal(iopath_buffered_write(file(w, 0), 10 * BLK + 1, w->buf,
					       4 * BLK), 4 * BLK);
	assert_int_equal(iopath_write(file(w, 0), 18 * BLK, w->buf, BLK, 0),
			 BLK);
}

/* All is sound, or a commit has failed and there is nothing left to check. */
static void check(struct world *w)
{
	bool aborted;

	if (!w->fs)
		return;
	aborted = READ_ONCE(w->fs->aborted);
	if (!aborted) {
		/* what an error has left dirty is written, and errors are told */
		iopath_fsync(file(w, 0), 0, U64_MAX);
		iopath_fsync(file(w, 1), 0, U64_MAX);
		assert_int_equal(iopath_commit(w->fs), 0);
		assert_int_equal(iopath_validate(w->fs), 0);
		assert_int_equal(iopath_write(file(w, 0), 0, w->buf, 4 * BLK,
					      IOPATH_DSYNC), 4 * BLK);
		assert_int_equal(iopath_read(file(w, 0), 0, w->buf, 4 * BLK),
				 4 * BLK);
	}
	if (aborted) {
		iopath_abandon(w->fs);
		w->fs = NULL;
		return;
	}
	assert_int_equal(do_unmount(w), 0);
	assert_int_equal(iopath_mount(w->dev, w->design, &w->fs), 0);
	assert_int_equal(iopath_validate(w->fs), 0);
	assert_int_equal(iopath_audit(w->fs), IOPATH_CODE_OK);
}

static void drop(struct world *w)
{
	if (w->fs)
		iopath_abandon(w->fs);
	iopath_dev_destroy(w->dev);
	iopath_dev_destroy(w->target);
	free(w->buf);
}

/* Whether the allocations of what ran were all made before the @nth one. */
static bool was_last(void)
{
	void *probe = rlenv_alloc(1);

	rlenv_free(probe);
	return !probe;
}

static u32 each_allocation(struct world *w, const struct operation *op)
{
	bool last = false;
	u32 nth, failed = 0;

	for (nth = 1; nth < MOST && !last; nth++) {
		int err;

		make(w);
		rlenv_alloc_fail_nth(nth);
		err = op->run(w);
		last = was_last();
		rlenv_alloc_fail_nth(0);
		if (err && err != -ENOMEM && err != -ENOSPC)
			fail_msg("%s, allocation %u: %d", op->name, nth, err);
		failed += !!err;
		check(w);
		drop(w);
	}
	return failed;
}

/* The first bios of an area fail, where it begins or anywhere behind that. */
static u32 each_area(struct world *w, const struct operation *op)
{
	u64 nr = iopath_device_blocks(&w->geo);
	u32 times, failed = 0;
	u64 first;

	for (first = 0; first < nr; first += first < 16 ? 3 : 61) {
		for (times = 1; times <= 2; times++) {
			int err;

			make(w);
			iopath_ram_fail(w->dev, first, nr - first, times);
			err = op->run(w);
			iopath_ram_fail(w->dev, 0, 1, 0);
			if (err && err != -EIO && err != -EROFS &&
			    err != -EINVAL)
				fail_msg("%s, block %llu: %d", op->name,
					 (unsigned long long)first, err);
			failed += !!err;
			check(w);
			drop(w);
		}
	}
	return failed;
}

static void run_all(enum iopath_design design, const char *name)
{
	struct world *w = &world;
	u32 i, errors, eios;

	w->design = design;
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		errors = each_allocation(w, &operations[i]);
		eios = each_area(w, &operations[i]);
		printf("%-12s %-8s %-16s %3u -ENOMEM, %3u -EIO\n",
		       iopath_design_name(design), name, operations[i].name,
		       errors, eios);
	}
}

static void run_geometry(const char *name)
{
	u32 design;

	world.geo.file_bytes = BLOCKS * BLK;
	world.geo.bg_blocks = 64;
	world.geo.nr_bgs = 2;
	world.geo.log_blocks = 8;
	world.geo.nr_files = 2;
	/* those with forks are as large as they can be, always */
	world.geo.empty = !world.geo.cow_fork;
	for (design = 0; design < IOPATH_DESIGNS; design++)
		if (only ? !strcmp(only, iopath_design_name(design)) :
			   iopath_design_is_offered(design))
			run_all(design, name);
}

static void test_copies(void **state)
{
	world = (struct world){ .geo = { .datasum = true } };
	run_geometry("cow");
}

static void test_in_place(void **state)
{
	world = (struct world){ .geo = { .nocow = true } };
	run_geometry("nocow");
}

static void test_fork(void **state)
{
	world = (struct world){ .geo = { .cow_fork = true } };
	run_geometry("fork");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_fork),
	};

	only = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
