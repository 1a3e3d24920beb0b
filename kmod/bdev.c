// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A real block device below the IO engine.  Its content is lost: the engine
 * makes its own file system on it.  It is opened exclusively, so a device that
 * is mounted is refused.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "workload.h"

/**
 * struct bdev - a device
 * @dev:  what the engine sees
 * @bdev: what the kernel sees; constant
 * @file: how it was opened, where a block device is a file; constant
 */
struct bdev {
	struct iopath_dev dev;
	struct block_device *bdev;
	struct file *file;
};

#ifdef RLENV_HAVE_BDEV_FILE
static int bdev_open(struct bdev *b, const char *path)
{
	b->file = bdev_file_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE,
					 b, NULL);
	if (IS_ERR(b->file))
		return PTR_ERR(b->file);
	b->bdev = file_bdev(b->file);
	return 0;
}

static void bdev_close(struct bdev *b)
{
	bdev_fput(b->file);
}
#else
#define BDEV_MODE (FMODE_READ | FMODE_WRITE | FMODE_EXCL)

static int bdev_open(struct bdev *b, const char *path)
{
	b->bdev = blkdev_get_by_path(path, BDEV_MODE, b);
	return PTR_ERR_OR_ZERO(b->bdev);
}

static void bdev_close(struct bdev *b)
{
	blkdev_put(b->bdev, BDEV_MODE);
}
#endif

static void bdev_end_io(struct bio *bio)
{
	struct iopath_bio *b = bio->bi_private;

	b->error = blk_status_to_errno(bio->bi_status);
	bio_put(bio);
	b->done(b);
}

static blk_opf_t bdev_opf(const struct iopath_bio *b)
{
	switch (b->op) {
	case IOPATH_BIO_READ:
		return REQ_OP_READ;
	case IOPATH_BIO_FLUSH:
		return REQ_OP_WRITE | REQ_PREFLUSH | REQ_SYNC;
	default:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE |
		       (b->flags & IOPATH_BIO_PREFLUSH ? REQ_PREFLUSH : 0) |
		       (b->flags & IOPATH_BIO_FUA ? REQ_FUA : 0);
	}
}

/* A buffer is from vmalloc() or kmalloc(), and whole pages. */
static struct page *buffer_page(const void *p)
{
	return is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p);
}

static void bdev_submit(struct iopath_dev *dev, struct iopath_bio *b)
{
	struct bdev *bd = container_of(dev, struct bdev, dev);
	struct bio *bio;
	u32 i;

	bio = bio_alloc(bd->bdev, b->nr, bdev_opf(b), GFP_NOIO);
	bio->bi_iter.bi_sector = b->block <<
				 (IOPATH_BLOCK_SHIFT - SECTOR_SHIFT);
	bio->bi_private = b;
	bio->bi_end_io = bdev_end_io;
	for (i = 0; i < b->nr; i++)
		__bio_add_page(bio,
			       buffer_page(b->buf + i * IOPATH_BLOCK_SIZE),
			       IOPATH_BLOCK_SIZE, 0);
	submit_bio(bio);
}

static void bdev_destroy(struct iopath_dev *dev)
{
	struct bdev *bd = container_of(dev, struct bdev, dev);

	bdev_close(bd);
	kfree(bd);
}

static const struct iopath_dev_ops bdev_ops = {
	.submit = bdev_submit,
	.destroy = bdev_destroy,
};

/**
 * iopath_bdev_create - open a block device
 * @path: of its node
 *
 * Context: process context, sleeps.
 * Return: the device or an ERR_PTR; -EBUSY if somebody else uses it.
 */
struct iopath_dev *iopath_bdev_create(const char *path)
{
	struct bdev *bd;
	int ret;

	BUILD_BUG_ON(IOPATH_BIO_BLOCKS > BIO_MAX_VECS);
	BUILD_BUG_ON(IOPATH_BLOCK_SIZE != PAGE_SIZE);
	bd = kzalloc(sizeof(*bd), GFP_KERNEL);
	if (!bd)
		return ERR_PTR(-ENOMEM);
	ret = bdev_open(bd, path);
	if (ret) {
		kfree(bd);
		return ERR_PTR(ret);
	}
	bd->dev.ops = &bdev_ops;
	bd->dev.nr_blocks = bdev_nr_bytes(bd->bdev) >> IOPATH_BLOCK_SHIFT;
	return &bd->dev;
}
