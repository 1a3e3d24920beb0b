// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A device in memory that behaves like a disk with a volatile write cache.
 *
 * A bio takes its latency and is really in flight until then: data moves when
 * it completes.  A thread completes bios in the order of their due times; with
 * latency 0 the submitter does it inline, as a ramdisk does.
 *
 * With durability tracking (crashable) the first write to a durable block keeps
 * a copy of the old content.  A flush drops the copies of the blocks whose
 * first write had completed when the flush was submitted; FUA drops those of
 * the blocks it writes.  A crash decides per block that still has a copy, and
 * per block of each write in flight: old, new, or torn at 512-byte sectors.
 *
 * Lock order: data -> queue.
 */
#include "iopath_ram.h"

/* Keep the durable content of @block before it is overwritten. */
int iopath_ram_make_dirty(struct ram_dev *ram, u64 block)
{
	struct ram_dirty *dirty = &ram->dirty[block];

	lockdep_assert_held(&ram->data);
	if (dirty->old)
		return 0;
	dirty->old = rlenv_alloc(IOPATH_BLOCK_SIZE);
	if (!dirty->old)
		return -ENOMEM;
	memcpy(dirty->old, ram_block(ram, block), IOPATH_BLOCK_SIZE);
	dirty->seq = ram->seq;
	return 0;
}

void iopath_ram_make_durable(struct ram_dev *ram, u64 block)
{
	lockdep_assert_held(&ram->data);
	rlenv_free(ram->dirty[block].old);
	ram->dirty[block].old = NULL;
}

/* What had completed before @seq was current becomes durable. */
void iopath_ram_flush(struct ram_dev *ram, u64 seq)
{
	u64 block;

	for (block = 0; block < ram->dev.nr_blocks; block++)
		if (ram->dirty[block].old && ram->dirty[block].seq <= seq)
			iopath_ram_make_durable(ram, block);
}

static int ram_write_tracked(struct ram_dev *ram, struct iopath_bio *bio)
{
	int err = 0;
	u32 i;

	for (i = 0; i < bio->nr && !err; i++) {
		err = iopath_ram_make_dirty(ram, bio->block + i);
		if (err)
			break;
		memcpy(ram_block(ram, bio->block + i), bio_block(bio, i),
		       IOPATH_BLOCK_SIZE);
		if (bio->flags & IOPATH_BIO_FUA)
			iopath_ram_make_durable(ram, bio->block + i);
	}
	return err;
}

/* Move the data of a bio. */
static int ram_transfer(struct ram_dev *ram, struct iopath_bio *bio)
{
	size_t bytes = (size_t)bio->nr * IOPATH_BLOCK_SIZE;

	if (bio->op == IOPATH_BIO_READ)
		memcpy(bio->buf, ram_block(ram, bio->block), bytes);
	else if (bio->op == IOPATH_BIO_WRITE)
		memcpy(ram_block(ram, bio->block), bio->buf, bytes);
	return 0;
}

/* The same with durability; cookie is the write count at submission. */
static int ram_transfer_tracked(struct ram_dev *ram, struct iopath_bio *bio)
{
	lockdep_assert_held(&ram->data);
	WRITE_ONCE(ram->seq, ram->seq + 1);
	if (bio->op == IOPATH_BIO_FLUSH || (bio->flags & IOPATH_BIO_PREFLUSH))
		iopath_ram_flush(ram, bio->cookie);
	if (bio->op == IOPATH_BIO_WRITE)
		return ram_write_tracked(ram, bio);
	return ram_transfer(ram, bio);
}

/* Whether error injection or death hits this bio. */
static bool ram_bio_fails(struct ram_dev *ram, struct iopath_bio *bio)
{
	bool fails;

	spin_lock(&ram->queue);
	fails = ram->dead;
	if (!fails && ram->fail_times && bio->nr &&
	    bio->block <= ram->fail_last &&
	    bio->block + bio->nr > ram->fail_first) {
		ram->fail_times--;
		fails = true;
	}
	spin_unlock(&ram->queue);
	return fails;
}

/*
 * Death is looked at under the data lock: what completes after the cut would
 * otherwise build on content that the cut has taken away.
 */
static void ram_complete(struct ram_dev *ram, struct iopath_bio *bio)
{
	if (ram->params.crashable) {
		mutex_lock(&ram->data);
		bio->error = ram_bio_fails(ram, bio) ?
			     -EIO : ram_transfer_tracked(ram, bio);
		mutex_unlock(&ram->data);
	} else {
		bio->error = ram_bio_fails(ram, bio) ?
			     -EIO : ram_transfer(ram, bio);
	}
	bio->done(bio);
}

static u64 ram_latency(struct ram_dev *ram, const struct iopath_bio *bio)
{
	const struct iopath_ram_params *params = &ram->params;
	u64 ns = 0;

	lockdep_assert_held(&ram->queue);
	if (bio->op != IOPATH_BIO_FLUSH)
		ns += params->latency_ns;
	if (bio->op == IOPATH_BIO_FLUSH || (bio->flags & IOPATH_BIO_PREFLUSH))
		ns += params->flush_ns;
	if (params->jitter_ns)
		ns += prng_below(&ram->jitter,
				 (u32)min_t(u64, params->jitter_ns, U32_MAX));
	return ns;
}

/* Due times mostly grow, so the search from the tail is short. */
static void ram_enqueue(struct ram_dev *ram, struct iopath_bio *bio)
{
	struct list_head *place = ram->flights.prev;

	lockdep_assert_held(&ram->queue);
	while (place != &ram->flights &&
	       list_entry(place, struct iopath_bio, list)->due_ns > bio->due_ns)
		place = place->prev;
	list_add(&bio->list, place);
	ram->nr_flights++;
}

static bool ram_bio_is_valid(struct ram_dev *ram, const struct iopath_bio *bio)
{
	if (bio->op == IOPATH_BIO_FLUSH)
		return true;
	return bio->nr && bio->nr <= IOPATH_BIO_BLOCKS &&
	       bio->block < ram->dev.nr_blocks &&
	       bio->nr <= ram->dev.nr_blocks - bio->block;
}

static void ram_submit(struct iopath_dev *dev, struct iopath_bio *bio)
{
	struct ram_dev *ram = dev->private;
	bool kick = false;

	if (WARN_ON(!ram_bio_is_valid(ram, bio))) {
		bio->error = -EINVAL;
		bio->done(bio);
		return;
	}
	bio->cookie = READ_ONCE(ram->seq);
	if (!ram->thread) {
		ram_complete(ram, bio);
		return;
	}
	bio->due_ns = rlenv_now_ns();
	spin_lock(&ram->queue);
	bio->due_ns += ram_latency(ram, bio);
	ram_enqueue(ram, bio);
	if (bio->due_ns < ram->sleeping_until && !ram->frozen) {
		ram->sleeping_until = bio->due_ns;
		kick = true;
	}
	spin_unlock(&ram->queue);
	if (kick)
		rlenv_publish_wake(&ram->kick, 1, ram->task);
}

/* Take what is due.  Return: when to look again, 0 for not before a kick. */
static u64 ram_take_due(struct ram_dev *ram, struct list_head *due)
{
	u64 now = rlenv_now_ns();
	struct iopath_bio *bio;

	lockdep_assert_held(&ram->queue);
	if (ram->frozen && !ram->dead)
		return 0;
	while (!list_empty(&ram->flights)) {
		bio = list_first_entry(&ram->flights, struct iopath_bio, list);
		if (bio->due_ns > now && !ram->dead)
			return bio->due_ns;
		list_move_tail(&bio->list, due);
	}
	return 0;
}

static void ram_complete_list(struct ram_dev *ram, struct list_head *due)
{
	struct iopath_bio *bio, *next;
	u32 nr = 0;

	list_for_each_entry_safe(bio, next, due, list) {
		nr++;
		ram_complete(ram, bio);
	}
	spin_lock(&ram->queue);
	ram->nr_flights -= nr;
	nr = ram->nr_flights;
	spin_unlock(&ram->queue);
	if (!nr)
		wake_up_all(&ram->idle);
}

static int ram_thread(void *arg)
{
	struct ram_dev *ram = arg;
	u64 until, woken = 0;
	bool stop = false;

	ram->task = rlenv_self();
	smp_store_release(&ram->started, 1);
	wake_up_all(&ram->idle);
	while (!stop) {
		LIST_HEAD(due);

		spin_lock(&ram->queue);
		WRITE_ONCE(ram->kick, 0);
		until = ram_take_due(ram, &due);
		/* while it works, nobody needs to kick it */
		ram->sleeping_until = 0;
		if (list_empty(&due))
			ram->sleeping_until = until ? until : U64_MAX;
		stop = ram->stop;
		spin_unlock(&ram->queue);
		if (!list_empty(&due))
			ram_complete_list(ram, &due);
		else if (!stop)
			rlenv_wait_on(&ram->kick, 1, 0, until, &woken);
	}
	return 0;
}

void iopath_ram_kick(struct ram_dev *ram)
{
	if (ram->thread)
		rlenv_publish_wake(&ram->kick, 1, ram->task);
}

static void ram_free(struct ram_dev *ram)
{
	u64 block;

	for (block = 0; ram->dirty && block < ram->dev.nr_blocks; block++)
		rlenv_free(ram->dirty[block].old);
	rlenv_free_big(ram->dirty);
	rlenv_free_big(ram->image);
	rlenv_free(ram);
}

u32 iopath_ram_flights(struct ram_dev *ram)
{
	u32 nr;

	spin_lock(&ram->queue);
	nr = ram->nr_flights;
	spin_unlock(&ram->queue);
	return nr;
}

static void ram_destroy(struct iopath_dev *dev)
{
	struct ram_dev *ram = dev->private;

	if (ram->thread) {
		/* the last done() may have returned, its thread not yet */
		wait_event(ram->idle, iopath_ram_flights(ram) == 0);
		spin_lock(&ram->queue);
		ram->stop = true;
		spin_unlock(&ram->queue);
		iopath_ram_kick(ram);
		rlenv_thread_join(ram->thread);
	}
	ram_free(ram);
}

static const struct iopath_dev_ops ram_ops = {
	.submit = ram_submit,
	.destroy = ram_destroy,
};

static int ram_start(struct ram_dev *ram)
{
	struct rlenv_thread *thread;

	if (!ram->params.latency_ns && !ram->params.flush_ns &&
	    !ram->params.jitter_ns)
		return 0;
	thread = rlenv_thread_run(ram_thread, ram, -1, "iopath_ram");
	if (!thread || IS_ERR(thread))
		return -ENOMEM;
	ram->thread = thread;
	wait_event(ram->idle, smp_load_acquire(&ram->started));
	return 0;
}

/**
 * iopath_ram_create() - make a device in memory
 * @nr_blocks: its size in 4 KiB blocks, not zero
 * @params:    how it behaves; copied
 *
 * All blocks are zero and durable.
 *
 * Context: process context, sleeps.
 * Return: the device, to be given to iopath_dev_destroy(), or NULL without
 * memory.
 */
struct iopath_dev *iopath_ram_create(u64 nr_blocks,
				     const struct iopath_ram_params *params)
{
	struct ram_dev *ram = rlenv_alloc(sizeof(*ram));

	if (!ram)
		return NULL;
	ram->dev.ops = &ram_ops;
	ram->dev.nr_blocks = nr_blocks;
	ram->dev.private = ram;
	ram->params = *params;
	mutex_init(&ram->data);
	spin_lock_init(&ram->queue);
	INIT_LIST_HEAD(&ram->flights);
	init_waitqueue_head(&ram->idle);
	prng_seed(&ram->jitter, params->seed);
	ram->seq = 1;
	ram->image = rlenv_alloc_big((size_t)nr_blocks * IOPATH_BLOCK_SIZE);
	/* touch every page now, rather than in the middle of a measurement */
	if (ram->image)
		memset(ram->image, 0, (size_t)nr_blocks * IOPATH_BLOCK_SIZE);
	if (ram->image && params->crashable)
		ram->dirty = rlenv_alloc_big(nr_blocks * sizeof(*ram->dirty));
	if (!ram->image || (params->crashable && !ram->dirty) ||
	    ram_start(ram)) {
		ram_free(ram);
		return NULL;
	}
	return &ram->dev;
}
