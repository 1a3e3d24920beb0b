// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An IO engine device on a file or a block device node: O_DIRECT, so that the
 * page cache is not between the engine and the disk, and one io_uring per
 * processor up to FILE_MAX_RINGS, so that submitters do not wait for each
 * other.
 */
#include "rl_env.h"
#include "file_dev.h"
#include "file_ring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_RINGS	8

/**
 * struct file_dev - a device on a file
 * @dev:      what the users see
 * @fd:       the file; constant
 * @nr_rings: entries of @rings; constant
 * @rings:    any of them takes any bio
 */
struct file_dev {
	struct iopath_dev dev;
	int fd;
	unsigned int nr_rings;
	struct file_ring rings[];
};

static void file_submit(struct iopath_dev *dev, struct iopath_bio *bio)
{
	struct file_dev *file = dev->private;

	if (bio->op != IOPATH_BIO_FLUSH &&
	    (bio->nr > dev->nr_blocks || bio->block > dev->nr_blocks - bio->nr)) {
		bio->error = -EIO;
		bio->done(bio);
		return;
	}
	file_ring_submit(&file->rings[rlenv_cpu() % file->nr_rings], bio);
}

static void file_free(struct file_dev *file)
{
	while (file->nr_rings)
		file_ring_exit(&file->rings[--file->nr_rings]);
	close(file->fd);
	rlenv_free(file);
}

static void file_destroy(struct iopath_dev *dev)
{
	file_free(dev->private);
}

static const struct iopath_dev_ops file_ops = {
	.submit = file_submit,
	.destroy = file_destroy,
};

/* Report @error of @path in words and return it. */
static int complain(const char *path, const char *what, int error)
{
	pr_err("file device %s: %s: %s\n", path, what, strerror(-error));
	return error;
}

static int open_direct(const char *path, bool create)
{
	int flags = O_RDWR | O_CLOEXEC | O_DIRECT | (create ? O_CREAT : 0);
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		return fd;
	if (errno == EINVAL)
		return complain(path, "this file system has no O_DIRECT",
				-EOPNOTSUPP);
	return complain(path, "cannot open", -errno);
}

/* Let a regular file have @bytes at least, all of them allocated. */
static int grow(const char *path, int fd, off_t bytes)
{
	int ret = posix_fallocate(fd, 0, bytes);

	return ret ? complain(path, "cannot allocate the blocks", -ret) : 0;
}

/*
 * Find or make the size.  A file grows if need be; a block device must be large
 * enough.  *@nr_blocks 0 takes what is there.
 */
static int settle_size(const char *path, int fd, u64 *nr_blocks)
{
	struct stat st;
	off_t have;

	if (fstat(fd, &st))
		return complain(path, "cannot look at it", -errno);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return complain(path, "neither a file nor a block device",
				-ENOTBLK);
	have = lseek(fd, 0, SEEK_END);
	if (have < 0)
		return complain(path, "cannot find its size", -errno);

	if (!*nr_blocks)
		*nr_blocks = (u64)have >> IOPATH_BLOCK_SHIFT;
	if (!*nr_blocks)
		return complain(path, "it is empty and no size is given",
				-EINVAL);
	if (*nr_blocks > (u64)INT64_MAX >> IOPATH_BLOCK_SHIFT)
		return complain(path, "no file can be so large", -EFBIG);
	if (S_ISREG(st.st_mode))
		return grow(path, fd, (off_t)(*nr_blocks << IOPATH_BLOCK_SHIFT));
	if ((u64)have >> IOPATH_BLOCK_SHIFT < *nr_blocks)
		return complain(path, "the block device is too small", -ENOSPC);
	return 0;
}

/* Open @path, with its size settled; return the descriptor or -errno. */
static int open_sized(const char *path, u64 *nr_blocks)
{
	int fd = open_direct(path, *nr_blocks != 0);
	int ret;

	if (fd < 0)
		return fd;
	ret = settle_size(path, fd, nr_blocks);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

static int make_rings(struct file_dev *file, unsigned int nr)
{
	int ret;

	while (file->nr_rings < nr) {
		ret = file_ring_init(&file->rings[file->nr_rings], file->fd);
		if (ret)
			return ret;
		file->nr_rings++;
	}
	return 0;
}

/**
 * iopath_file_create() - make a device on a file or block device node
 * @path:      its path
 * @nr_blocks: size in blocks of IOPATH_BLOCK_SIZE; a file that does not exist is
 *             created; 0 for what is there
 *
 * What the file contains is kept.  Errors are explained on stderr.
 *
 * Context: Thread.  May sleep.
 * Return: the device, or an ERR_PTR(): -EOPNOTSUPP if the file system has no
 * O_DIRECT, -ENOSPC, -EINVAL if neither the file nor the caller has a size,
 * -ENOSYS or -EPERM if the system has no io_uring, -ENOMEM, or what open()
 * said.
 */
struct iopath_dev *iopath_file_create(const char *path, u64 nr_blocks)
{
	unsigned int nr_rings = min_t(unsigned int, rlenv_nr_cpus(),
				      FILE_MAX_RINGS);
	struct file_dev *file;
	int ret;

	file = rlenv_alloc(sizeof(*file) + nr_rings * sizeof(file->rings[0]));
	if (!file)
		return ERR_PTR(-ENOMEM);
	file->fd = open_sized(path, &nr_blocks);
	if (file->fd < 0) {
		ret = file->fd;
		rlenv_free(file);
		return ERR_PTR(ret);
	}
	file->dev.ops = &file_ops;
	file->dev.nr_blocks = nr_blocks;
	file->dev.private = file;
	ret = make_rings(file, nr_rings);
	if (ret) {
		file_free(file);
		return ERR_PTR(complain(path, "cannot make an io_uring", ret));
	}
	return &file->dev;
}
