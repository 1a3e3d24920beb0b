// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random schedules: the device.  Nothing takes time here: an asynchronous bio is
 * held until the schedule ends it, and one that its submitter waits for gives
 * the turn away before and after it is applied.
 *
 * One in four of the asynchronous ones is slow.  If each decision might end it,
 * hardly any would be in flight for as long as an fsync takes.
 */
#include "fuzz_internal.h"

#define SLOW_BIO_ONE_IN		4U

static struct fuzz *fuzz_of(struct iopath_dev *dev)
{
	return container_of(dev, struct fuzz, dev);
}

static bool bio_flushes(const struct iopath_bio *bio)
{
	return bio->op == IOPATH_BIO_FLUSH ||
	       (bio->flags & IOPATH_BIO_PREFLUSH);
}

static void count_flush(struct fuzz *f)
{
	f->result->flushes++;
	if (f->params.cut == FUZZ_CUT_FLUSH && !f->filling &&
	    f->result->flushes == f->params.cut_at)
		fuzz_dev_cut(f);
}

/* Its due time is counted in decisions. */
static void hold_bio(struct fuzz *f, struct iopath_bio *bio)
{
	bio->due_ns = fuzz_due(f, SLOW_BIO_ONE_IN);
	list_add_tail(&bio->list, &f->held);
}

static bool bio_is_due(const struct fuzz *f, const struct iopath_bio *bio,
		       bool any)
{
	return any || bio->due_ns <= f->result->decisions;
}

static void dev_submit(struct iopath_dev *dev, struct iopath_bio *bio)
{
	struct fuzz *f = fuzz_of(dev);

	if (!f->running) {
		f->ram->ops->submit(f->ram, bio);
	} else if (bio->flags & IOPATH_BIO_WAITED) {
		list_add_tail(&bio->list, &f->sent);
		fuzz_point(f);
		if (bio_flushes(bio))
			count_flush(f);
		list_del_init(&bio->list);
		f->ram->ops->submit(f->ram, bio);
		fuzz_point(f);
	} else {
		hold_bio(f, bio);
	}
}

/* How many of the bios held may end; all of them if @any. */
u32 fuzz_dev_due(const struct fuzz *f, bool any)
{
	const struct iopath_bio *bio;
	u32 nr = 0;

	list_for_each_entry(bio, &f->held, list)
		nr += bio_is_due(f, bio, any);
	return nr;
}

/* The bio number @index of these reaches the device, and its end is told. */
void fuzz_dev_end_bio(struct fuzz *f, u32 index, bool any)
{
	struct iopath_bio *bio;

	list_for_each_entry(bio, &f->held, list)
		if (bio_is_due(f, bio, any) && !index--)
			break;
	list_del_init(&bio->list);
	f->ram->ops->submit(f->ram, bio);
}

static void copy_done(struct iopath_bio *bio)
{
}

/* A bio in flight at the power cut may have reached the device, not its end. */
static void maybe_apply(struct fuzz *f, const struct iopath_bio *bio)
{
	struct iopath_bio copy = *bio;

	if (bio->op == IOPATH_BIO_READ || !prng_below(&f->choice, 2))
		return;
	copy.done = copy_done;
	copy.flags &= ~IOPATH_BIO_FUA;
	INIT_LIST_HEAD(&copy.list);
	f->ram->ops->submit(f->ram, &copy);
}

/* The power fails.  Context: whoever runs. */
void fuzz_dev_cut(struct fuzz *f)
{
	struct iopath_bio *bio;

	if (f->is_cut)
		return;
	WRITE_ONCE(f->is_cut, true);
	list_for_each_entry(bio, &f->held, list)
		maybe_apply(f, bio);
	list_for_each_entry(bio, &f->sent, list)
		maybe_apply(f, bio);
	iopath_ram_cut(f->ram, f->params.seed);
}

static void dev_destroy(struct iopath_dev *dev)
{
	WARN_ON(!list_empty(&fuzz_of(dev)->held));
}

static const struct iopath_dev_ops fuzz_dev_ops = {
	.submit = dev_submit,
	.destroy = dev_destroy,
};

void fuzz_dev_init(struct fuzz *f)
{
	INIT_LIST_HEAD(&f->held);
	INIT_LIST_HEAD(&f->sent);
	f->dev.ops = &fuzz_dev_ops;
	f->dev.nr_blocks = f->ram->nr_blocks;
}
