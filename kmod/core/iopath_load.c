// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Load generator: threads, windows, results.
 *
 * Threads and buffers are made once.  Between windows the threads are parked
 * with nothing in flight, so that two file systems can take turns.
 */
#include "iopath_load_internal.h"

/* A window begins when the threads have been at work for that long. */
#define LOAD_SETTLE_NS	5000000ULL
/* How often a window looks at the stop flag and at who is inside. */
#define LOAD_TICK_NS	1000000ULL

static const char *const class_names[IOPATH_LOAD_CLASSES] = {
	[IOPATH_LOAD_WRITE] = "write",
	[IOPATH_LOAD_READ] = "read",
	[IOPATH_LOAD_DSYNC] = "dsync",
	[IOPATH_LOAD_FSYNC] = "fsync",
	[IOPATH_LOAD_RELOC] = "reloc",
	[IOPATH_LOAD_FALLOC] = "falloc",
	[IOPATH_LOAD_BUFFERED] = "buffered",
	[IOPATH_LOAD_TRUNCATE] = "truncate",
};

/* Name of a class, "?" if there is no such class. */
const char *iopath_load_class_name(enum iopath_load_class cl)
{
	return (u32)cl < IOPATH_LOAD_CLASSES ? class_names[cl] : "?";
}

static u32 class_depth(const struct iopath_load_params *params,
		       enum iopath_load_class cl)
{
	if (cl == IOPATH_LOAD_WRITE || cl == IOPATH_LOAD_READ)
		return params->depth;
	return cl == IOPATH_LOAD_DSYNC || cl == IOPATH_LOAD_BUFFERED ? 1 : 0;
}

static u64 load_range(struct iopath_fs *fs,
		      const struct iopath_load_params *params)
{
	struct iopath_geometry geo;

	iopath_get_geometry(fs, &geo);
	return params->range_bytes ? params->range_bytes : geo.file_bytes;
}

/* Bytes of the file that one slot may use. */
static u64 load_area(struct iopath_fs *fs,
		     const struct iopath_load_params *params)
{
	u64 range = load_range(fs, params);
	u32 cl, slots = 0;

	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		slots += params->threads[cl] * class_depth(params, cl);
	if (params->overlap || !slots)
		return range;
	return round_down(div64_u64(range, slots), (u64)IOPATH_BLOCK_SIZE);
}

/**
 * iopath_load_check() - whether a load can run
 * @fs:     file system
 * @params: parameters
 *
 * Context: any.
 * Return: 0, or -EINVAL: no or too many threads, a depth or size that is 0, too
 * large or not aligned, or a part of the file per IO that is smaller than the
 * largest IO.
 */
int iopath_load_check(struct iopath_fs *fs,
		      const struct iopath_load_params *params)
{
	struct iopath_geometry geo;
	u32 cl, threads = 0;

	iopath_get_geometry(fs, &geo);
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		if (params->threads[cl] > IOPATH_LOAD_MAX_THREADS)
			return -EINVAL;
		threads += params->threads[cl];
	}
	if (!threads || threads > IOPATH_LOAD_MAX_THREADS || !params->depth ||
	    params->depth > IOPATH_LOAD_MAX_DEPTH || !params->min_bytes ||
	    params->min_bytes > params->max_bytes ||
	    !IS_ALIGNED(params->min_bytes, IOPATH_BLOCK_SIZE) ||
	    !IS_ALIGNED(params->max_bytes, IOPATH_BLOCK_SIZE) ||
	    !IS_ALIGNED(params->range_bytes, (u64)IOPATH_BLOCK_SIZE) ||
	    !IS_ALIGNED(params->dsync_bytes, IOPATH_BLOCK_SIZE) ||
	    params->dsync_bytes > params->max_bytes ||
	    !IS_ALIGNED(params->falloc_bytes, IOPATH_BLOCK_SIZE) ||
	    params->falloc_bytes > load_range(fs, params) ||
	    params->range_bytes > geo.file_bytes ||
	    load_area(fs, params) < params->max_bytes)
		return -EINVAL;
	return 0;
}

static void slot_fill(struct load_slot *slot, u32 bytes, u64 seed)
{
	u64 *word = slot->buf;
	u32 i;

	for (i = 0; i < bytes / sizeof(*word); i++)
		word[i] = prng_mix(seed + i);
}

static int thread_init(struct load_thread *thread, struct iopath_load *load,
		       enum iopath_load_class cl, u32 index, u32 *nr_slots)
{
	const struct iopath_load_params *params = &load->params;
	u64 area = load_area(load->fs, params);
	u32 i;

	thread->load = load;
	thread->cl = cl;
	thread->index = index;
	thread->nr_slots = class_depth(params, cl);
	INIT_LIST_HEAD(&thread->idle);
	INIT_LIST_HEAD(&thread->completed);
	spin_lock_init(&thread->lock);
	prng_seed(&thread->prng, params->seed + prng_mix(cl * 1000 + index));
	if (!thread->nr_slots)
		return 0;
	thread->slots = rlenv_alloc(thread->nr_slots * sizeof(*thread->slots));
	if (!thread->slots)
		return -ENOMEM;
	for (i = 0; i < thread->nr_slots; i++) {
		struct load_slot *slot = &thread->slots[i];

		slot->thread = thread;
		slot->area = params->overlap ? 0 : *nr_slots * area;
		slot->area_len = area;
		slot->buf = rlenv_alloc_big(params->max_bytes);
		if (!slot->buf)
			return -ENOMEM;
		slot_fill(slot, params->max_bytes, params->seed + *nr_slots);
		list_add_tail(&slot->list, &thread->idle);
		(*nr_slots)++;
	}
	return 0;
}

static void thread_exit(struct load_thread *thread)
{
	u32 i;

	for (i = 0; thread->slots && i < thread->nr_slots; i++)
		rlenv_free_big(thread->slots[i].buf);
	rlenv_free(thread->slots);
}

static void load_set_phase(struct iopath_load *load, enum load_phase phase)
{
	/* pairs with the acquire in iopath_load_thread() */
	smp_store_release(&load->phase, (u32)phase);
	wake_up_all(&load->wait);
}

static int load_spawn(struct iopath_load *load)
{
	struct rlenv_thread *handle;
	u32 i;

	for (i = 0; i < load->nr_threads; i++) {
		struct load_thread *thread = &load->threads[i];

		handle = rlenv_thread_run(iopath_load_thread, thread, -1,
					  class_names[thread->cl]);
		if (!handle || IS_ERR(handle))
			return -ENOMEM;
		thread->handle = handle;
	}
	return 0;
}

static int load_init(struct iopath_load *load)
{
	u32 cl, i, at = 0, nr_slots = 0;
	int err = 0;

	init_waitqueue_head(&load->wait);
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		load->nr_threads += load->params.threads[cl];
	load->threads = rlenv_alloc(load->nr_threads * sizeof(*load->threads));
	if (!load->threads)
		return -ENOMEM;
	for (cl = 0; cl < IOPATH_LOAD_CLASSES && !err; cl++)
		for (i = 0; i < load->params.threads[cl] && !err; i++)
			err = thread_init(&load->threads[at++], load, cl, i,
					  &nr_slots);
	return err ? err : load_spawn(load);
}

/**
 * iopath_load_start() - make the threads of a load, parked
 * @fs:     file system; must stay until iopath_load_stop()
 * @params: parameters; copied
 * @load:   set on success
 *
 * Context: process context, sleeps.
 * Return: 0, -EINVAL as iopath_load_check(), or -ENOMEM.
 */
int iopath_load_start(struct iopath_fs *fs,
		      const struct iopath_load_params *params,
		      struct iopath_load **load)
{
	struct iopath_load *new;
	int err;

	err = iopath_load_check(fs, params);
	if (err)
		return err;
	new = rlenv_alloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->fs = fs;
	new->params = *params;
	err = load_init(new);
	if (err)
		iopath_load_stop(new);
	else
		*load = new;
	return err;
}

/**
 * iopath_load_stop() - end the threads of a load and free it
 * @load: load without a window
 *
 * Context: process context, sleeps.
 */
void iopath_load_stop(struct iopath_load *load)
{
	u32 i;

	load_set_phase(load, LOAD_STOP);
	for (i = 0; load->threads && i < load->nr_threads; i++) {
		if (load->threads[i].handle)
			rlenv_thread_join(load->threads[i].handle);
		thread_exit(&load->threads[i]);
	}
	rlenv_free(load->threads);
	rlenv_free(load);
}

/* Sleep, or until the stop flag.  Return: whether it was set. */
static bool load_sleep(struct iopath_load *load, u64 ns,
		       struct load_watch *watch)
{
	const u32 *stop = load->params.stop;
	u64 until = rlenv_now_ns() + ns;
	u64 now;

	for (;;) {
		if (stop && READ_ONCE(*stop))
			return true;
		now = rlenv_now_ns();
		if (now >= until)
			return false;
		rlenv_sleep_ns(min_t(u64, until - now, LOAD_TICK_NS));
		if (watch)
			load_watch_look(watch);
	}
}

static void load_reset(struct iopath_load *load)
{
	u32 i;

	for (i = 0; i < load->nr_threads; i++) {
		struct load_thread *thread = &load->threads[i];

		thread->ops = 0;
		thread->bytes = 0;
		thread->errors = 0;
		hist_init(&thread->latency);
	}
}

/*
 * (sum x)^2 / (n * sum x^2), per mille.  Values are scaled to 16 bits so that
 * nothing overflows.
 */
static u32 load_jain(const struct iopath_load *load, enum iopath_load_class cl,
		     u64 max_ops)
{
	u32 i, n = 0, shift = 0;
	u64 sum = 0, squares = 0;

	while ((max_ops >> shift) >= 65536)
		shift++;
	for (i = 0; i < load->nr_threads; i++) {
		u64 x = load->threads[i].ops >> shift;

		if (load->threads[i].cl != cl)
			continue;
		n++;
		sum += x;
		squares += x * x;
	}
	return squares ? (u32)div64_u64(sum * sum * 1000, squares * n) : 0;
}

static void load_collect(struct iopath_load *load,
			 struct iopath_load_result *result)
{
	struct iopath_load_class_result *c;
	u64 busy = 0;
	u32 i, cl;

	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		result->cl[cl].min_ops = U64_MAX;
		hist_init(&result->cl[cl].latency);
	}
	for (i = 0; i < load->nr_threads; i++) {
		const struct load_thread *thread = &load->threads[i];

		c = &result->cl[thread->cl];
		c->threads++;
		c->ops += thread->ops;
		c->bytes += thread->bytes;
		c->errors += thread->errors;
		c->min_ops = min(c->min_ops, thread->ops);
		c->max_ops = max(c->max_ops, thread->ops);
		hist_merge(&c->latency, &thread->latency);
	}
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++) {
		c = &result->cl[cl];
		c->min_ops = c->threads ? c->min_ops : 0;
		c->jain = load_jain(load, cl, c->max_ops);
		result->ops += c->ops;
		result->bytes += c->bytes;
		result->errors += c->errors;
		if (cl <= IOPATH_LOAD_DSYNC)
			busy += c->latency.sum;
	}
	/* Little's law: time spent in IOs over time */
	if (result->elapsed_ns)
		result->in_flight = div64_u64(busy, div64_u64(
					result->elapsed_ns, 1000) + 1);
}

/**
 * iopath_load_window() - let the threads work for a fixed time
 * @load:        load
 * @duration_ns: length of the window; the work begins a little earlier
 * @result:      filled in: operations that completed inside of the window
 *
 * Context: process context, sleeps.  On return the threads are parked.
 * Return: 0, or -EINTR if the stop flag ended it early; the result is valid.
 */
int iopath_load_window(struct iopath_load *load, u64 duration_ns,
		       struct iopath_load_result *result)
{
	u64 settle = min_t(u64, LOAD_SETTLE_NS, div64_u64(duration_ns, 8));
	struct load_watch watch;
	bool stopped;
	u64 begin;

	memset(result, 0, sizeof(*result));
	load_reset(load);
	atomic_set(&load->active, (int)load->nr_threads);
	load_set_phase(load, LOAD_RUN);
	/* pairs with the acquire in iopath_load_thread(): phase, counters */
	smp_store_release(&load->window, load->window + 1);
	wake_up_all(&load->wait);
	stopped = load_sleep(load, settle, NULL);
	begin = rlenv_now_ns();
	load_set_phase(load, LOAD_MEASURE);
	load_watch_begin(&watch, load);
	stopped = stopped || load_sleep(load, duration_ns, &watch);
	result->elapsed_ns = rlenv_now_ns() - begin;
	load_set_phase(load, LOAD_PARK);
	wait_event(load->wait, !atomic_read(&load->active));
	/* pairs with atomic_dec_and_test() of the threads: their counters */
	smp_mb();
	load_collect(load, result);
	load_watch_end(&watch, result);
	return stopped ? -EINTR : 0;
}

/**
 * iopath_load_run() - one load from start to stop
 * @fs:     file system
 * @params: parameters, with warm-up and run time
 * @result: filled in
 *
 * Context: process context, sleeps.
 * Return: 0, -EINTR if the stop flag ended it early, -EINVAL, or -ENOMEM.
 */
int iopath_load_run(struct iopath_fs *fs,
		    const struct iopath_load_params *params,
		    struct iopath_load_result *result)
{
	struct iopath_load *load;
	int err;

	err = iopath_load_start(fs, params, &load);
	if (err)
		return err;
	if (params->warmup_ns)
		err = iopath_load_window(load, params->warmup_ns, result);
	if (!err)
		err = iopath_load_window(load, params->runtime_ns, result);
	iopath_load_stop(load);
	return err;
}

/**
 * iopath_load_prefill() - give the whole file extents, and commit
 * @fs: file system
 *
 * Context: process context, sleeps.
 * Return: 0 or -errno.
 */
int iopath_load_prefill(struct iopath_fs *fs)
{
	u32 piece = IOPATH_BIO_BLOCKS * IOPATH_BLOCK_SIZE;
	struct iopath_geometry geo;
	ssize_t done = 0;
	void *buf;
	u64 pos;

	iopath_get_geometry(fs, &geo);
	buf = rlenv_alloc_big(piece);
	if (!buf)
		return -ENOMEM;
	for (pos = 0; pos < geo.file_bytes && done >= 0; pos += piece)
		done = iopath_write(iopath_file(fs, 0), pos, buf,
				    (u32)min_t(u64, piece, geo.file_bytes - pos),
				    0);
	rlenv_free_big(buf);
	return done < 0 ? (int)done : iopath_commit(fs);
}
