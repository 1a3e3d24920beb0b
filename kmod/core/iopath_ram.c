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
#include "iopath_dev.h"
#include "prng.h"

/**
 * struct ram_dirty - a block that is not durable
 * @old: its durable content, NULL when the block is durable
 * @seq: number of the first write since it was durable
 */
struct ram_dirty {
	void *old;
	u64 seq;
};

/**
 * struct ram_dev - a RAM device
 * @dev:     what the users see
 * @params:  constant
 * @image:   what a read sees; under @data if crashable, else whoever does IO
 * @data:    guards content and durability; crashable devices only
 * @dirty:   per block; under @data
 * @seq:     writes completed; written under @data, read by submit
 * @fail_first: first block of error injection; under @queue
 * @fail_last:  its last block; under @queue
 * @fail_times: how many bios still fail; under @queue
 * @queue:   guards the fields below
 * @flights: bios in order of due_ns
 * @nr_flights: bios in @flights or being completed by the thread
 * @jitter:  generator of latencies
 * @sleeping_until: when the thread will look again by itself
 * @frozen:  nothing completes
 * @dead:    everything fails; written under @data and @queue
 * @stop:    the thread shall end
 * @kick:    1 wakes the thread; it stores 0 under @queue
 * @idle:    waits for @flights to become empty
 * @task:    the thread as a task; set before the first bio
 * @thread:  completion thread, NULL when latency is 0
 */
struct ram_dev {
	struct iopath_dev dev;
	struct iopath_ram_params params;
	char *image;
	struct mutex data;
	struct ram_dirty *dirty;
	u64 seq;
	u64 fail_first;
	u64 fail_last;
	u32 fail_times;

	spinlock_t queue;
	struct list_head flights;
	struct prng jitter;
	u64 sleeping_until;
	u32 nr_flights;
	bool frozen;
	bool dead;
	bool stop;
	u32 kick;
	wait_queue_head_t idle;
	rlenv_task_t task;
	u32 started;
	struct rlenv_thread *thread;
};

static void *ram_block(struct ram_dev *ram, u64 block)
{
	return ram->image + (size_t)block * IOPATH_BLOCK_SIZE;
}

static void *bio_block(struct iopath_bio *bio, u32 i)
{
	return (char *)bio->buf + (size_t)i * IOPATH_BLOCK_SIZE;
}

/* Keep the durable content of @block before it is overwritten. */
static int ram_make_dirty(struct ram_dev *ram, u64 block)
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

static void ram_make_durable(struct ram_dev *ram, u64 block)
{
	lockdep_assert_held(&ram->data);
	rlenv_free(ram->dirty[block].old);
	ram->dirty[block].old = NULL;
}

/* What had completed before @seq was current becomes durable. */
static void ram_flush(struct ram_dev *ram, u64 seq)
{
	u64 block;

	for (block = 0; block < ram->dev.nr_blocks; block++)
		if (ram->dirty[block].old && ram->dirty[block].seq <= seq)
			ram_make_durable(ram, block);
}

static int ram_write_tracked(struct ram_dev *ram, struct iopath_bio *bio)
{
	int err = 0;
	u32 i;

	for (i = 0; i < bio->nr && !err; i++) {
		err = ram_make_dirty(ram, bio->block + i);
		if (err)
			break;
		memcpy(ram_block(ram, bio->block + i), bio_block(bio, i),
		       IOPATH_BLOCK_SIZE);
		if (bio->flags & IOPATH_BIO_FUA)
			ram_make_durable(ram, bio->block + i);
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
		ram_flush(ram, bio->cookie);
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

static void ram_kick(struct ram_dev *ram)
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

static void ram_destroy(struct iopath_dev *dev)
{
	struct ram_dev *ram = dev->private;

	if (ram->thread) {
		WARN_ON(ram->nr_flights);
		spin_lock(&ram->queue);
		ram->stop = true;
		spin_unlock(&ram->queue);
		ram_kick(ram);
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
	if (ram->image && params->crashable)
		ram->dirty = rlenv_alloc_big(nr_blocks * sizeof(*ram->dirty));
	if (!ram->image || (params->crashable && !ram->dirty) ||
	    ram_start(ram)) {
		ram_free(ram);
		return NULL;
	}
	return &ram->dev;
}

/* Mix @old into @block: nothing, all or some sectors of it. */
static void ram_tear(char *block, const char *old, u64 choice)
{
	u32 sector;

	for (sector = 0; sector < IOPATH_BLOCK_SIZE; sector += 512) {
		bool keep = (choice & 3) == 0 ||
			    ((choice & 3) >= 2 && (choice >> 8) & 1);

		if (!keep)
			memcpy(block + sector, old + sector, 512);
		choice = (choice & 0xff) | ((choice >> 9) << 8);
	}
}

/*
 * A write in flight may have reached the medium in part.  One with a pre-flush
 * writes nothing before its flush is through.
 */
static void ram_cut_bio(struct ram_dev *ram, struct iopath_bio *bio,
			struct prng *prng)
{
	u32 i;

	if (bio->op == IOPATH_BIO_READ || prng_below(prng, 4) == 0)
		return;
	if (bio->op == IOPATH_BIO_FLUSH || (bio->flags & IOPATH_BIO_PREFLUSH))
		ram_flush(ram, bio->cookie);
	if (bio->op == IOPATH_BIO_FLUSH)
		return;
	for (i = 0; i < bio->nr; i++) {
		char *block = ram_block(ram, bio->block + i);
		u64 choice = prng_next(prng);

		if (ram_make_dirty(ram, bio->block + i))
			return;
		if ((choice & 3) == 1)
			continue;
		ram_tear(block, bio_block(bio, i), ~choice);
	}
}

static void ram_cut_data(struct ram_dev *ram, struct list_head *flights,
			 u64 seed)
{
	struct iopath_bio *bio;
	struct prng prng;
	u64 block;

	prng_seed(&prng, seed);
	list_for_each_entry(bio, flights, list)
		ram_cut_bio(ram, bio, &prng);
	for (block = 0; block < ram->dev.nr_blocks; block++) {
		if (!ram->dirty[block].old)
			continue;
		ram_tear(ram_block(ram, block), ram->dirty[block].old,
			 prng_next(&prng));
		ram_make_durable(ram, block);
	}
}

/**
 * iopath_ram_cut() - the power fails
 * @dev:  a crashable RAM device
 * @seed: of what becomes of each block that is not durable
 *
 * From here on every bio fails with -EIO, those in flight at once, so that the
 * file system above can be taken down.  iopath_ram_crash() switches it on again.
 *
 * Context: process context, sleeps.
 */
void iopath_ram_cut(struct iopath_dev *dev, u64 seed)
{
	struct ram_dev *ram = dev->private;
	LIST_HEAD(flights);
	bool was_dead;

	if (WARN_ON(!ram->params.crashable))
		return;
	mutex_lock(&ram->data);
	spin_lock(&ram->queue);
	was_dead = ram->dead;
	ram->dead = true;
	if (!was_dead)
		list_splice_init(&ram->flights, &flights);
	spin_unlock(&ram->queue);
	if (!was_dead)
		ram_cut_data(ram, &flights, seed);
	spin_lock(&ram->queue);
	list_splice_init(&flights, &ram->flights);
	spin_unlock(&ram->queue);
	mutex_unlock(&ram->data);
	ram_kick(ram);
}

static u32 ram_flights(struct ram_dev *ram)
{
	u32 nr;

	spin_lock(&ram->queue);
	nr = ram->nr_flights;
	spin_unlock(&ram->queue);
	return nr;
}

/**
 * iopath_ram_crash() - lose what is not durable, then work again
 * @dev:  RAM device
 * @seed: of what becomes of each block that is not durable; without effect
 *        when iopath_ram_cut() has already decided
 *
 * Context: process context, sleeps until nothing is in flight.
 * Return: 0, or -EINVAL if the device was not made crashable.
 */
int iopath_ram_crash(struct iopath_dev *dev, u64 seed)
{
	struct ram_dev *ram = dev->private;

	if (!ram->params.crashable)
		return -EINVAL;
	iopath_ram_cut(dev, seed);
	wait_event(ram->idle, ram_flights(ram) == 0);
	spin_lock(&ram->queue);
	ram->dead = false;
	ram->frozen = false;
	ram->fail_times = 0;
	spin_unlock(&ram->queue);
	return 0;
}

/**
 * iopath_ram_freeze() - keep bios in flight
 * @dev:    RAM device with a latency
 * @frozen: true: nothing completes from here on; false: go on
 *
 * Context: process context.
 */
void iopath_ram_freeze(struct iopath_dev *dev, bool frozen)
{
	struct ram_dev *ram = dev->private;

	spin_lock(&ram->queue);
	ram->frozen = frozen;
	spin_unlock(&ram->queue);
	ram_kick(ram);
}

/**
 * iopath_ram_fail() - let bios fail with -EIO
 * @dev:   RAM device
 * @block: first block of the bad area
 * @nr:    its length in blocks, not zero
 * @times: how many bios that touch it fail; 0 ends the injection
 *
 * Context: process context.
 */
void iopath_ram_fail(struct iopath_dev *dev, u64 block, u64 nr, u32 times)
{
	struct ram_dev *ram = dev->private;

	spin_lock(&ram->queue);
	ram->fail_first = block;
	ram->fail_last = block + nr - 1;
	ram->fail_times = times;
	spin_unlock(&ram->queue);
}

/**
 * iopath_ram_peek() - the content of a block, behind everybody's back
 * @dev:   RAM device with nothing in flight to @block
 * @block: block
 *
 * Context: any.
 * Return: its 4096 bytes; writing there is writing durably if it was durable.
 */
void *iopath_ram_peek(struct iopath_dev *dev, u64 block)
{
	return ram_block(dev->private, block);
}
