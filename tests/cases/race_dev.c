// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The device of a schedule: in front of a RAM device that completes at once, it
 * can hold back writes of data, let them reach the medium in part, and tell
 * when one lands on blocks that nobody owns.
 */
#include "race_internal.h"

static bool is_data_write(const struct race *r, const struct iopath_bio *bio)
{
	return bio->op == IOPATH_BIO_WRITE && !bio->flags && r->fs &&
	       bio->block >= r->fs->layout.data_first;
}

static bool map_has(const u64 *map, u32 bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

/* A block is owned if it is allocated and has not been freed since. */
static bool is_owned(struct iopath_fs *fs, u64 block)
{
	struct iopath_bg *bg = iopath_bg_of(fs, block);
	u32 bit = (u32)(block - bg->first);

	return map_has(bg->used, bit) && !map_has(bg->pinned[0], bit) &&
	       !map_has(bg->pinned[1], bit);
}

/**
 * race_mirror() - from here on all that is written goes to a second device, too
 * @r: schedule
 *
 * It begins with zeroes, and never loses power.
 */
void race_mirror(struct race *r)
{
	struct iopath_ram_params params = { .seed = 1 };

	r->mirror = iopath_ram_create(r->dev.nr_blocks, &params);
	if (!r->mirror)
		race_skip(r, "no memory for a second device");
}

static void complete_bio(struct race *r, struct iopath_bio *bio)
{
	u32 i;

	for (i = 0; !r->dead && is_data_write(r, bio) && i < bio->nr; i++)
		if (!is_owned(r->fs, bio->block + i))
			race_fail(r, IOPATH_CODE_WRITE_TO_UNOWNED);
	if (r->mirror && bio->op == IOPATH_BIO_WRITE)
		iopath_dev_io(r->mirror, IOPATH_BIO_WRITE, 0, bio->block,
			      bio->nr, bio->buf);
	r->ram->ops->submit(r->ram, bio);
}

static void dev_submit(struct iopath_dev *dev, struct iopath_bio *bio)
{
	struct race *r = dev->private;

	if (!r->hold_bios || !is_data_write(r, bio)) {
		complete_bio(r, bio);
		return;
	}
	/* the field is ours; there is no time here */
	bio->due_ns = (u64)(uintptr_t)race_root(r->current_task);
	list_add_tail(&bio->list, &r->held);
	race_trace(r, "  bio of %llu blocks at %llu is held back",
		   (u64)bio->nr, bio->block);
}

const struct iopath_dev_ops race_dev_ops = {
	.submit = dev_submit,
};

static struct race_task *bio_task(const struct iopath_bio *bio)
{
	return (struct race_task *)(uintptr_t)bio->due_ns;
}

static struct iopath_bio *held_bio(struct race *r, const struct race_task *task)
{
	struct iopath_bio *bio;

	list_for_each_entry(bio, &r->held, list)
		if (!task || bio_task(bio) == task)
			return bio;
	return NULL;
}

/* From here on writes of data are in flight until race_end_bios(). */
void race_hold_bios(struct race *r, bool hold)
{
	r->hold_bios = hold;
}

/**
 * race_end_bios() - let writes reach the medium
 * @r:    schedule
 * @task: whose, NULL for all
 *
 * Those that are in flight; what is submitted later is held back as before.
 *
 * Return: how many.
 */
u32 race_end_bios(struct race *r, const struct race_task *task)
{
	struct iopath_bio *bio;
	u32 nr = 0;

	while ((bio = held_bio(r, task))) {
		list_del_init(&bio->list);
		r->ender = bio_task(bio);
		race_trace(r, "  bio at %llu ends", bio->block);
		complete_bio(r, bio);
		r->ender = NULL;
		nr++;
	}
	race_run_helpers(r);
	return nr;
}

/**
 * race_tear_bio() - let a part of a write become durable
 * @r:      schedule
 * @task:   whose write
 * @blocks: how many blocks of its first bio in flight
 */
void race_tear_bio(struct race *r, const struct race_task *task, u32 blocks)
{
	struct iopath_bio *bio = held_bio(r, task);

	if (bio)
		iopath_dev_io(r->ram, IOPATH_BIO_WRITE, IOPATH_BIO_FUA,
			      bio->block, min(blocks, bio->nr), bio->buf);
}

/* Nothing reaches the medium any more; what is in flight fails. */
void race_drop_power(struct race *r)
{
	race_trace(r, "  CRASH");
	iopath_ram_cut(r->ram, 1);
	r->dead = true;
	r->hold_bios = false;
	race_end_bios(r, NULL);
}
