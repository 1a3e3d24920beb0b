// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the threads of each class do.
 */
#include "iopath_load_internal.h"

/* Count one operation, if it ended inside of the window. */
static void thread_count(struct load_thread *thread, bool counts, ssize_t result,
			 u64 ns)
{
	if (!counts)
		return;
	if (result < 0) {
		thread->errors++;
		return;
	}
	thread->ops++;
	thread->bytes += (u64)result;
	hist_add(&thread->latency, ns);
}

static bool thread_counts(const struct load_thread *thread)
{
	return READ_ONCE(thread->load->phase) == LOAD_MEASURE;
}

/* Choose position and length of the next IO of a slot. */
static void slot_aim(struct load_slot *slot, struct prng *prng, u64 *pos,
		     u32 *len)
{
	const struct iopath_load_params *params = &slot->thread->load->params;
	u32 sizes = (params->max_bytes - params->min_bytes) /
		    IOPATH_BLOCK_SIZE + 1;
	u64 places;

	*len = params->min_bytes + prng_below(prng, sizes) * IOPATH_BLOCK_SIZE;
	places = ((slot->area_len - *len) >> IOPATH_BLOCK_SHIFT) + 1;
	*pos = slot->area + ((u64)prng_below(prng, (u32)places) <<
			     IOPATH_BLOCK_SHIFT);
}

/*
 * Any task.  The thread cannot go away before the wake-up: it leaves its sleep
 * only by @wake, and takes the slot off the list only under the lock.
 */
static void slot_done(struct iopath_io *io)
{
	struct load_slot *slot = container_of(io, struct load_slot, io);
	struct load_thread *thread = slot->thread;
	bool sleeping;

	slot->done_ns = rlenv_now_ns();
	slot->counts = thread_counts(thread);
	spin_lock(&thread->lock);
	list_add_tail(&slot->list, &thread->completed);
	sleeping = thread->sleeping;
	thread->sleeping = false;
	spin_unlock(&thread->lock);
	if (sleeping)
		rlenv_publish_wake(&thread->wake, 1, thread->task);
}

static void thread_submit(struct load_thread *thread)
{
	struct load_slot *slot = list_first_entry(&thread->idle,
						  struct load_slot, list);
	struct iopath_io *io = &slot->io;
	int err;

	list_del_init(&slot->list);
	slot_aim(slot, &thread->prng, &io->pos, &io->len);
	io->buf = slot->buf;
	io->flags = thread->cl == IOPATH_LOAD_WRITE ? IOPATH_WRITE : 0;
	io->done = slot_done;
	thread->in_flight++;
	err = iopath_submit(iopath_file(thread->load->fs, 0), io);
	if (err) {
		thread->in_flight--;
		thread_count(thread, thread_counts(thread), err, 0);
		list_add_tail(&slot->list, &thread->idle);
	}
}

/* Account for completed slots; @wait: sleep until there is one. */
static void thread_reap(struct load_thread *thread, bool wait)
{
	struct load_slot *slot, *next;
	LIST_HEAD(completed);
	u64 woken = 0;

	spin_lock(&thread->lock);
	if (wait && list_empty(&thread->completed)) {
		WRITE_ONCE(thread->wake, 0);
		thread->sleeping = true;
		spin_unlock(&thread->lock);
		rlenv_wait_on(&thread->wake, 1, RANGELOCK_WAIT_FOREVER, 0,
			      &woken);
		spin_lock(&thread->lock);
	}
	list_splice_init(&thread->completed, &completed);
	spin_unlock(&thread->lock);
	list_for_each_entry_safe(slot, next, &completed, list) {
		thread->in_flight--;
		thread_count(thread, slot->counts, slot->io.result,
			     slot->done_ns - slot->io.submit_ns);
		list_move_tail(&slot->list, &thread->idle);
	}
}

/* Keep all slots in flight until told to stop, then let them end. */
static void thread_run_async(struct load_thread *thread)
{
	while (load_is_running(thread->load)) {
		if (!list_empty(&thread->idle))
			thread_submit(thread);
		thread_reap(thread, list_empty(&thread->idle));
	}
	while (thread->in_flight)
		thread_reap(thread, true);
}

/* The next record of a journal that starts again when its part is full. */
static void journal_aim(struct load_slot *slot, u64 *at, u64 *pos, u32 *len)
{
	*len = slot->thread->load->params.dsync_bytes;
	if (*at + *len > slot->area_len)
		*at = 0;
	*pos = slot->area + *at;
	*at += *len;
}

/* One pread() or pwrite() of a slot. */
static ssize_t sync_io(struct load_thread *thread, u64 *journal)
{
	struct iopath_inode *inode = iopath_file(thread->load->fs, 0);
	struct load_slot *slot = &thread->slots[0];
	bool dsync = thread->cl == IOPATH_LOAD_DSYNC;
	u64 pos;
	u32 len;

	if (dsync && thread->load->params.dsync_bytes)
		journal_aim(slot, journal, &pos, &len);
	else
		slot_aim(slot, &thread->prng, &pos, &len);
	if (thread->cl == IOPATH_LOAD_READ)
		return iopath_read(inode, pos, slot->buf, len);
	if (thread->cl == IOPATH_LOAD_BUFFERED)
		return iopath_buffered_write(inode, pos, slot->buf, len);
	return iopath_write(inode, pos, slot->buf, len,
			    dsync ? IOPATH_DSYNC : 0);
}

/*
 * An exponentially distributed number with mean @mean, from comparisons of
 * uniform numbers alone (von Neumann, 1951): the length of the first run down
 * decides whether its first number is the fraction, or the next one is tried
 * with one more added to the whole part.
 */
static u64 exponential(struct prng *prng, u64 mean)
{
	u32 whole, first, last, next, run;

	for (whole = 0;; whole++) {
		first = prng_below(prng, U32_MAX);
		last = first;
		for (run = 1;; run++) {
			next = prng_below(prng, U32_MAX);
			if (next >= last)
				break;
			last = next;
		}
		if (run % 2)
			return whole * mean + ((mean * (first >> 8)) >> 24);
	}
}

/* Sleep until @ns, but look at the phase from time to time. */
static void thread_sleep_until(struct load_thread *thread, u64 ns)
{
	u64 now;

	while (load_is_running(thread->load)) {
		now = rlenv_now_ns();
		if (now >= ns)
			return;
		rlenv_sleep_ns(min_t(u64, ns - now, 20000000));
	}
}

/*
 * What pwrite() and pread() do: one at a time, wait for it.  With arrivals,
 * the next one begins when it should, or as soon as it can, and what it had to
 * wait for its turn is a part of its latency.
 */
static void thread_run_sync(struct load_thread *thread)
{
	u64 arrival = thread->load->params.arrival_ns;
	u64 begin = rlenv_now_ns();
	u64 journal = 0;
	ssize_t result;

	for (;;) {
		if (arrival) {
			begin += exponential(&thread->prng, arrival);
			thread_sleep_until(thread, begin);
		} else {
			begin = rlenv_now_ns();
		}
		if (!load_is_running(thread->load))
			return;
		result = sync_io(thread, &journal);
		thread_count(thread, thread_counts(thread), result,
			     rlenv_now_ns() - begin);
	}
}

static u64 thread_range(const struct load_thread *thread)
{
	const struct iopath_load *load = thread->load;
	struct iopath_geometry geo;

	iopath_get_geometry(load->fs, &geo);
	return load->params.range_bytes ? load->params.range_bytes :
					  geo.file_bytes;
}

/* All of the file, or the thread's part of the range. */
static int thread_fsync(struct load_thread *thread)
{
	const struct iopath_load_params *params = &thread->load->params;
	struct iopath_inode *inode = iopath_file(thread->load->fs, 0);
	u64 part;

	if (!params->fsync_parts)
		return iopath_fsync(inode, 0, U64_MAX);
	part = div64_u64(thread_range(thread),
			 params->threads[IOPATH_LOAD_FSYNC]);
	return iopath_fsync(inode, thread->index * part,
			    (thread->index + 1) * part - 1);
}

/* A hole and a range of zeroes in turn, anywhere in the range. */
static int thread_falloc(struct load_thread *thread, u32 round)
{
	const struct iopath_load_params *params = &thread->load->params;
	u64 bytes = params->falloc_bytes ? params->falloc_bytes :
					   params->max_bytes;
	u32 places = (u32)div64_u64(thread_range(thread), bytes);
	u64 pos = prng_below(&thread->prng, places) * bytes;

	return iopath_fallocate(iopath_file(thread->load->fs, 0),
				round % 2 ? IOPATH_FALLOC_ZERO :
					    IOPATH_FALLOC_PUNCH,
				pos, pos + bytes - 1);
}

/* Somewhere in the upper half of the range, then back up to its end. */
static int thread_truncate(struct load_thread *thread, u32 round)
{
	u64 size = thread_range(thread);
	u32 half = (u32)(size / 2 >> IOPATH_BLOCK_SHIFT);

	if (round % 2 && half)
		size -= (u64)prng_below(&thread->prng, half)
			<< IOPATH_BLOCK_SHIFT;
	return iopath_truncate(iopath_file(thread->load->fs, 0), size);
}

static int thread_relocate(struct load_thread *thread, u32 round)
{
	struct iopath_geometry geo;

	iopath_get_geometry(thread->load->fs, &geo);
	return iopath_relocate(thread->load->fs, round % geo.nr_bgs);
}

static int thread_do_periodic(struct load_thread *thread, u32 round)
{
	switch (thread->cl) {
	case IOPATH_LOAD_FSYNC:
		return thread_fsync(thread);
	case IOPATH_LOAD_FALLOC:
		return thread_falloc(thread, round);
	case IOPATH_LOAD_TRUNCATE:
		return thread_truncate(thread, round);
	default:
		return thread_relocate(thread, round);
	}
}

/* fsync, relocation...: one per period, the next at once if one took longer */
static void thread_run_periodic(struct load_thread *thread, u64 period)
{
	u32 stride = thread->load->params.threads[thread->cl];
	u32 round = thread->index;
	u64 begin, next = rlenv_now_ns() + period;
	int err;

	for (;; round += stride) {
		thread_sleep_until(thread, next);
		if (!load_is_running(thread->load))
			return;
		begin = rlenv_now_ns();
		err = thread_do_periodic(thread, round);
		thread_count(thread, thread_counts(thread), err,
			     rlenv_now_ns() - begin);
		next = max(next + period, rlenv_now_ns());
	}
}

static void thread_run(struct load_thread *thread)
{
	const struct iopath_load_params *params = &thread->load->params;

	switch (thread->cl) {
	case IOPATH_LOAD_WRITE:
	case IOPATH_LOAD_READ:
		if (params->depth > 1)
			thread_run_async(thread);
		else
			thread_run_sync(thread);
		break;
	case IOPATH_LOAD_DSYNC:
	case IOPATH_LOAD_BUFFERED:
		thread_run_sync(thread);
		break;
	case IOPATH_LOAD_FSYNC:
		thread_run_periodic(thread, params->fsync_period_ns);
		break;
	case IOPATH_LOAD_RELOC:
		thread_run_periodic(thread, params->reloc_period_ns);
		break;
	case IOPATH_LOAD_FALLOC:
	case IOPATH_LOAD_TRUNCATE:
		thread_run_periodic(thread, params->falloc_period_ns);
		break;
	default:
		break;
	}
}

/* Body of every thread: parked, at work, parked, ... */
int iopath_load_thread(void *arg)
{
	struct load_thread *thread = arg;
	struct iopath_load *load = thread->load;
	u32 seen = 0;

	thread->task = rlenv_self();
	for (;;) {
		/* pair with the releases in iopath_load_window() */
		wait_event(load->wait,
			   smp_load_acquire(&load->window) != seen ||
			   smp_load_acquire(&load->phase) == LOAD_STOP);
		if (READ_ONCE(load->window) == seen)
			return 0;
		seen++;
		thread_run(thread);
		if (atomic_dec_and_test(&load->active))
			wake_up_all(&load->wait);
	}
}
