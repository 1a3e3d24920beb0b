// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The file device of ulib/: real blocks on a real file system.  The file is
 * made in $RL_TEST_DIR, or in /var/tmp, which is a disk where /tmp is memory.
 */
#include "rl_env.h"
#include "file_dev.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define BLOCKS		256
#define DEPTH		64
#define THREADS		4

/* Set by the setup; NULL if there is no O_DIRECT or no io_uring here. */
static struct iopath_dev *dev;
static char path[256];

static void make_path(void)
{
	const char *dir = getenv("RL_TEST_DIR");
	int fd;

	snprintf(path, sizeof(path), "%s/rangelock-XXXXXX",
		 dir ? dir : "/var/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}

static int setup(void **state)
{
	struct iopath_dev *made;

	make_path();
	made = iopath_file_create(path, BLOCKS);
	if (IS_ERR(made)) {
		print_message("skipped: no file device here: %s\n",
			      strerror((int)-PTR_ERR(made)));
		assert_true(PTR_ERR(made) == -EOPNOTSUPP ||
			    PTR_ERR(made) == -ENOSYS ||
			    PTR_ERR(made) == -EPERM);
		return 0;
	}
	dev = made;
	return 0;
}

static int teardown(void **state)
{
	iopath_dev_destroy(dev);
	dev = NULL;
	unlink(path);
	return 0;
}

static void need_device(void)
{
	if (!dev)
		skip();
}

static void fill(u64 *block, u64 nr, u64 round)
{
	unsigned int i;

	for (i = 0; i < IOPATH_BLOCK_SIZE / sizeof(*block); i++)
		block[i] = nr << 32 ^ round << 16 ^ i;
}

static u64 *alloc_blocks(u64 nr)
{
	u64 *blocks = rlenv_alloc_big(nr << IOPATH_BLOCK_SHIFT);

	assert_non_null(blocks);
	return blocks;
}

static u64 *nth_block(u64 *blocks, u64 nr)
{
	return blocks + nr * (IOPATH_BLOCK_SIZE / sizeof(*blocks));
}

static void test_write_and_read_back(void **state)
{
	u64 *written = alloc_blocks(BLOCKS);
	u64 *read = alloc_blocks(BLOCKS);
	u64 i;

	need_device();
	assert_int_equal(dev->nr_blocks, BLOCKS);
	for (i = 0; i < BLOCKS; i++)
		fill(nth_block(written, i), i, 1);
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_WRITE, 0, 0, BLOCKS,
				       written), 0);
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_FLUSH, 0, 0, 0, NULL),
			 0);
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_READ, 0, 0, BLOCKS,
				       read), 0);
	assert_memory_equal(written, read, BLOCKS << IOPATH_BLOCK_SHIFT);
	rlenv_free_big(written);
	rlenv_free_big(read);
}

static void test_preflush_and_fua(void **state)
{
	static const u32 flags[] = {
		IOPATH_BIO_PREFLUSH,
		IOPATH_BIO_FUA,
		IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA,
	};
	u64 *written = alloc_blocks(1);
	u64 *read = alloc_blocks(1);
	unsigned int i;

	need_device();
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fill(written, i, 2);
		assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_WRITE, flags[i],
					       i, 1, written), 0);
		assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_READ, 0, i, 1,
					       read), 0);
		assert_memory_equal(written, read, IOPATH_BLOCK_SIZE);
	}
	rlenv_free_big(written);
	rlenv_free_big(read);
}

static void test_out_of_range(void **state)
{
	u64 *block = alloc_blocks(2);

	need_device();
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_READ, 0, BLOCKS, 1,
				       block), -EIO);
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_WRITE, 0, BLOCKS - 1, 2,
				       block), -EIO);
	assert_int_equal(iopath_dev_io(dev, IOPATH_BIO_READ, 0, U64_MAX, 1,
				       block), -EIO);
	rlenv_free_big(block);
}

/**
 * struct flights - many bios at once, submitted by a thread that then ends
 * @bios:   one per block of this thread
 * @buf:    their data
 * @left:   bios that are not done; atomic
 * @failed: bios with an error; atomic
 * @idle:   woken when @left becomes 0
 */
struct flights {
	struct iopath_bio bios[DEPTH];
	u64 *buf;
	atomic_t *left;
	atomic_t *failed;
	wait_queue_head_t *idle;
	u64 first_block;
	enum iopath_bio_op op;
};

static void landed(struct iopath_bio *bio)
{
	struct flights *flights = bio->private;

	if (bio->error)
		atomic_inc(flights->failed);
	atomic_dec(flights->left);
	wake_up_all(flights->idle);
}

static int take_off(void *arg)
{
	struct flights *flights = arg;
	struct iopath_bio *bio;
	unsigned int i;

	for (i = 0; i < DEPTH; i++) {
		bio = &flights->bios[i];
		memset(bio, 0, sizeof(*bio));
		bio->op = flights->op;
		bio->flags = bio->op == IOPATH_BIO_WRITE && i % 16 == 0 ?
			     IOPATH_BIO_PREFLUSH | IOPATH_BIO_FUA : 0;
		bio->block = flights->first_block + i;
		bio->nr = 1;
		bio->buf = nth_block(flights->buf, i);
		bio->done = landed;
		bio->private = flights;
		dev->ops->submit(dev, bio);
	}
	return 0;
}

static void fly_all(struct flights *flights, enum iopath_bio_op op)
{
	struct rlenv_thread *threads[THREADS];
	atomic_t left = ATOMIC_INIT(THREADS * DEPTH);
	atomic_t failed = ATOMIC_INIT(0);
	wait_queue_head_t idle;
	unsigned int i;

	init_waitqueue_head(&idle);
	for (i = 0; i < THREADS; i++) {
		flights[i].op = op;
		flights[i].left = &left;
		flights[i].failed = &failed;
		flights[i].idle = &idle;
		flights[i].first_block = i * DEPTH;
		threads[i] = rlenv_thread_run(take_off, &flights[i], -1, "fly");
		assert_false(IS_ERR(threads[i]));
	}
	/* They end at once, with their bios in flight. */
	for (i = 0; i < THREADS; i++)
		rlenv_thread_join(threads[i]);
	wait_event(idle, atomic_read(&left) == 0);
	assert_int_equal(atomic_read(&failed), 0);
	/* The last done() may still be in wake_up_all() on this stack. */
	iopath_dev_destroy(dev);
	dev = iopath_file_create(path, 0);
	assert_false(IS_ERR(dev));
	assert_int_equal(dev->nr_blocks, BLOCKS);
}

static void test_many_in_flight(void **state)
{
	struct flights *flights;
	u64 *expect = alloc_blocks(1);
	u64 i;

	need_device();
	assert_int_equal(THREADS * DEPTH, BLOCKS);
	flights = rlenv_alloc(THREADS * sizeof(*flights));
	assert_non_null(flights);
	for (i = 0; i < THREADS; i++)
		flights[i].buf = alloc_blocks(DEPTH);

	for (i = 0; i < BLOCKS; i++)
		fill(nth_block(flights[i / DEPTH].buf, i % DEPTH), i, 3);
	fly_all(flights, IOPATH_BIO_WRITE);
	for (i = 0; i < THREADS; i++)
		memset(flights[i].buf, 0, DEPTH << IOPATH_BLOCK_SHIFT);
	fly_all(flights, IOPATH_BIO_READ);
	for (i = 0; i < BLOCKS; i++) {
		fill(expect, i, 3);
		assert_memory_equal(expect,
				    nth_block(flights[i / DEPTH].buf, i % DEPTH),
				    IOPATH_BLOCK_SIZE);
	}
	for (i = 0; i < THREADS; i++)
		rlenv_free_big(flights[i].buf);
	rlenv_free(flights);
	rlenv_free_big(expect);
}

static void test_size_is_kept_and_grows(void **state)
{
	struct stat st;

	need_device();
	iopath_dev_destroy(dev);
	dev = iopath_file_create(path, BLOCKS / 2);
	assert_false(IS_ERR(dev));
	assert_int_equal(dev->nr_blocks, BLOCKS / 2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, BLOCKS << IOPATH_BLOCK_SHIFT);
	iopath_dev_destroy(dev);
	dev = iopath_file_create(path, BLOCKS * 2);
	assert_false(IS_ERR(dev));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 2 * BLOCKS << IOPATH_BLOCK_SHIFT);
	iopath_dev_destroy(dev);
	assert_int_equal(truncate(path, BLOCKS << IOPATH_BLOCK_SHIFT), 0);
	dev = iopath_file_create(path, 0);
	assert_false(IS_ERR(dev));
}

static void test_errors_of_create(void **state)
{
	char empty[300];

	need_device();
	assert_int_equal(PTR_ERR(iopath_file_create("/nowhere/at/all", 1)),
			 -ENOENT);
	assert_int_equal(PTR_ERR(iopath_file_create("/", 1)), -EISDIR);
	assert_int_equal(PTR_ERR(iopath_file_create(path, U64_MAX)), -EFBIG);

	snprintf(empty, sizeof(empty), "%s-empty", path);
	assert_int_equal(PTR_ERR(iopath_file_create(empty, 0)), -ENOENT);
	assert_int_equal(close(open(empty, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(PTR_ERR(iopath_file_create(empty, 0)), -EINVAL);
	unlink(empty);

	/* Allocation failures leave nothing behind, which ASan checks. */
	rlenv_alloc_fail_nth(1);
	assert_int_equal(PTR_ERR(iopath_file_create(path, 0)), -ENOMEM);
	rlenv_alloc_fail_nth(2);
	assert_int_equal(PTR_ERR(iopath_file_create(path, 0)), -ENOMEM);
	rlenv_alloc_fail_nth(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_read_back),
		cmocka_unit_test(test_preflush_and_fua),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_many_in_flight),
		cmocka_unit_test(test_size_is_kept_and_grows),
		cmocka_unit_test(test_errors_of_create),
	};

	return cmocka_run_group_tests_name("file_dev", tests, setup, teardown);
}
