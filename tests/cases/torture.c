// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The torture itself: threads, the completer and the watchdog.
 *
 * A worker takes an io from the pool, a random range by a random verb, enters
 * the map, dwells, perhaps weakens or shrinks, and leaves; one holder in four
 * is left to the completer, as an asynchronous IO would be, or to an interrupt.
 * Whoever starts the run watches that turns go on being taken, makes all pause
 * now and then, and lets the world disturb them.
 */
#include "torture.h"
#include "case_lock.h"

#define LONG_HOLD_NS	3000000
/* What one look of the watcher counts at most: this process may be stopped. */
#define LOOK_NS_MAX	20000000ull

/**
 * struct worker - one thread of a run
 * @tt:     the run
 * @thread: joined by who started it
 * @rng:    its random stream
 * @index:  of the worker
 */
struct worker {
	struct torture *tt;
	struct rlenv_thread *thread;
	struct prng rng;
	u32 index;
};

struct torture *torture_new(const struct torture_params *params)
{
	struct torture *tt = rlenv_alloc_big(sizeof(*tt));
	u32 i;

	if (!tt)
		return NULL;
	tt->params = *params;
	rangelock_init_named(&tt->rl, params->modes, "torture");
	rangelock_attach_stats(&tt->rl, &tt->stats);
	spin_lock_init(&tt->pool_lock);
	spin_lock_init(&tt->broken_lock);
	INIT_LIST_HEAD(&tt->pool);
	INIT_LIST_HEAD(&tt->completions);
	INIT_LIST_HEAD(&tt->holders);
	INIT_LIST_HEAD(&tt->sleepers);
	INIT_LIST_HEAD(&tt->forgotten);
	for (i = 0; i < 2 * params->threads; i++) {
		tt->io[i].index = i;
		INIT_LIST_HEAD(&tt->io[i].queue);
		list_add_tail(&tt->io[i].link, &tt->pool);
	}
	return tt;
}

void torture_free(struct torture *tt)
{
	WARN_ON(rangelock_destroy(&tt->rl));
	rlenv_free_big(tt);
}

static void io_put(struct torture *tt, struct torture_io *io,
		   struct list_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&tt->pool_lock, flags);
	list_add_tail(&io->link, list);
	spin_unlock_irqrestore(&tt->pool_lock, flags);
}

/* NULL if the list is empty. */
static struct torture_io *io_get(struct torture *tt, struct list_head *list)
{
	struct torture_io *io;
	unsigned long flags;

	spin_lock_irqsave(&tt->pool_lock, flags);
	io = list_first_entry_or_null(list, struct torture_io, link);
	if (io)
		list_del_init(&io->link);
	spin_unlock_irqrestore(&tt->pool_lock, flags);
	return io;
}

static void choose_range(struct worker *w, struct torture_io *io)
{
	struct torture_params *p = &w->tt->params;
	u32 kind = prng_below(&w->rng, 4);

	if (p->whole_share && prng_below(&w->rng, p->whole_share) == 0) {
		io->start = 0;
		io->last = TORTURE_PAGES - 1;
		return;
	}
	io->start = prng_below(&w->rng, TORTURE_PAGES);
	io->last = io->start;
	if (kind == 0)
		io->last += prng_below(&w->rng, TORTURE_PAGES - io->start);
	else if (kind == 1)
		io->last += prng_below(&w->rng, min_t(u32, 3, TORTURE_PAGES -
						      io->start));
}

/* Nothing, spin, let others run, or sleep for some microseconds. */
static void dwell(struct worker *w)
{
	u32 long_share = w->tt->params.long_share;
	u32 turns = prng_below(&w->rng, 200);

	if (long_share && prng_below(&w->rng, long_share) == 0) {
		rlenv_sleep_ns(prng_below(&w->rng, LONG_HOLD_NS));
		return;
	}
	switch (prng_below(&w->rng, 8)) {
	case 0:
	case 1:
		while (turns--)
			cpu_relax();
		break;
	case 2:
	case 3:
		cond_resched();
		break;
	case 4:
		rlenv_sleep_ns(turns * 100);
		break;
	default:
		break;
	}
}

static void try_weaken(struct worker *w, struct torture_io *io)
{
	struct torture *tt = w->tt;
	const struct rangelock_modes *modes = tt->params.modes;
	u32 mode = prng_below(&w->rng, modes->nr);

	if (!tt->params.ops->weaken ||
	    (modes->conflict[mode] & ~modes->conflict[io->mode]))
		return;
	torture_map_weaken(tt, io, mode);
	if (tt->params.ops->weaken(tt, io, mode))
		torture_violation(tt, "downgrade failed", io->start, io);
}

static void try_shrink(struct worker *w, struct torture_io *io)
{
	struct torture *tt = w->tt;
	u32 start = io->start + prng_below(&w->rng, io->last - io->start + 1);
	u32 last = start + prng_below(&w->rng, io->last - start + 1);

	if (!tt->params.ops->shrink)
		return;
	if (start > io->start)
		torture_map_leave(tt, io, io->start, start - 1);
	if (last < io->last)
		torture_map_leave(tt, io, last + 1, io->last);
	io->start = start;
	io->last = last;
	if (tt->params.ops->shrink(tt, io, start, last))
		torture_violation(tt, "shrink failed", start, io);
}

/**
 * torture_finish - leave the map, release, and give the io back to the pool
 * @tt: the run
 * @io: holds a range, disowned unless this is the worker that took it
 *
 * Context: any.
 */
void torture_finish(struct torture *tt, struct torture_io *io)
{
	torture_map_leave(tt, io, io->start, io->last);
	if (tt->params.ops->release(tt, io))
		torture_violation(tt, "release failed", io->start, io);
	io_put(tt, io, &tt->pool);
}

static void hold(struct worker *w, struct torture_io *io)
{
	struct torture *tt = w->tt;
	const struct torture_world *world = tt->params.world;
	u32 next = prng_below(&w->rng, 16);

	torture_map_enter(tt, io);
	dwell(w);
	if (next < 2)
		try_weaken(w, io);
	else if (next < 4)
		try_shrink(w, io);
	if (next < 4)
		dwell(w);
	if (next % 4) {
		torture_finish(tt, io);
		return;
	}
	if (tt->params.ops->disown && tt->params.ops->disown(tt, io))
		torture_violation(tt, "disown failed", io->start, io);
	if (world && world->complete && prng_below(&w->rng, 2) &&
	    world->complete(tt, io))
		return;
	io_put(tt, io, &tt->completions);
}

static void interrupted(struct torture *tt)
{
	const struct torture_world *world = tt->params.world;

	atomic64_inc(&tt->interrupts);
	if (world && world->interrupted)
		world->interrupted(tt);
}

static void take_turn(struct worker *w, struct torture_io *io)
{
	struct torture *tt = w->tt;
	enum torture_verb verb = prng_below(&w->rng, TORTURE_NR_VERBS);
	int ret;

	choose_range(w, io);
	io->mode = prng_below(&w->rng, tt->params.modes->nr);
	io->limit = prng_below(&w->rng, 50000);
	ret = tt->params.ops->acquire(tt, io, verb);
	if (ret == 0) {
		atomic64_inc(&tt->grants);
		hold(w, io);
		return;
	}
	if (ret == -EINTR)
		interrupted(tt);
	else if (ret != -EAGAIN && ret != -ETIMEDOUT)
		torture_violation(tt, "strange error", io->start, io);
	io_put(tt, io, &tt->pool);
}

static int work(void *arg)
{
	struct worker *w = arg;
	struct torture *tt = w->tt;
	const struct torture_world *world = tt->params.world;
	struct torture_io *io;
	u64 turn;

	if (world && world->begin)
		world->begin(tt, w->index);
	for (turn = 0; turn < tt->params.turns && !READ_ONCE(tt->stop);
	     turn++) {
		CASE_WAIT_UNTIL(!READ_ONCE(tt->paused) || READ_ONCE(tt->stop));
		CASE_WAIT_UNTIL((io = io_get(tt, &tt->pool)));
		take_turn(w, io);
		atomic64_inc(&tt->turns);
		if (turn % 16 == 0)
			cond_resched();
	}
	atomic_dec(&tt->workers);
	return 0;
}

/* Releases what the workers left; the last to end. */
static int complete_ios(void *arg)
{
	struct worker *w = arg;
	struct torture *tt = w->tt;
	struct torture_io *io;
	unsigned int turns = 0;
	bool last_look;

	for (;;) {
		last_look = atomic_read(&tt->workers) == 0;
		io = io_get(tt, &tt->completions);
		if (io) {
			torture_finish(tt, io);
			turns = 0;
		} else if (last_look) {
			return 0;
		} else {
			case_poll(&turns);
		}
	}
}

static void stalled(struct torture *tt)
{
	atomic_inc(&tt->stalls);
	WRITE_ONCE(tt->stop, 1);
	if (tt->params.ops->rescue) {
		tt->params.ops->rescue(tt);
		return;
	}
	rangelock_dump(&tt->rl, tt->dump, sizeof(tt->dump));
	pr_err("torture: %s has stalled, %d workers left\n",
	       tt->params.ops->name, atomic_read(&tt->workers));
}

static void disturb(struct torture *tt, struct prng *rng, u64 now)
{
	const struct torture_world *world = tt->params.world;
	u64 stutter = tt->params.stutter_ns;

	if (stutter)
		WRITE_ONCE(tt->paused, now % (4 * stutter) >= 3 * stutter);
	if (world && world->disturb)
		world->disturb(tt, rng);
}

/*
 * Until all workers are done.  A stall without rescue cannot be survived: the
 * workers sleep for ever, and so would who joins them.
 */
static bool watch(struct torture *tt)
{
	u64 now, looked_at = rlenv_now_ns(), started_at = looked_at;
	u64 turns, seen = 0, idle = 0;
	struct prng rng;

	prng_seed(&rng, ~tt->params.seed);
	while (atomic_read(&tt->workers)) {
		rlenv_sleep_ns(1000 * 1000);
		now = rlenv_now_ns();
		turns = atomic64_read(&tt->turns);
		if (tt->params.run_ns && now - started_at > tt->params.run_ns)
			WRITE_ONCE(tt->stop, 1);
		disturb(tt, &rng, now);
		idle = turns == seen ?
		       idle + min_t(u64, now - looked_at, LOOK_NS_MAX) : 0;
		seen = turns;
		looked_at = now;
		if (idle < tt->params.ops->patience)
			continue;
		stalled(tt);
		if (!tt->params.ops->rescue)
			return false;
		idle = 0;
	}
	return true;
}

static bool start_worker(struct torture *tt, struct worker *w, u32 i,
			 int (*fn)(void *), const char *name)
{
	w->tt = tt;
	w->index = i;
	prng_seed(&w->rng, tt->params.seed + i);
	w->thread = rlenv_thread_run(fn, w, -1, name);
	if (!IS_ERR(w->thread))
		return true;
	w->thread = NULL;
	WRITE_ONCE(tt->stop, 1);
	torture_violation(tt, "no thread", 0, &tt->io[0]);
	return false;
}

/* Run to the end; the result is in @tt's violations, stalls and counters. */
void torture_run(struct torture *tt)
{
	struct worker *workers;
	u32 i, nr = tt->params.threads;

	workers = rlenv_alloc(sizeof(*workers) * (nr + 1));
	if (!workers) {
		torture_violation(tt, "no memory", 0, &tt->io[0]);
		return;
	}
	atomic_set(&tt->workers, nr);
	if (!start_worker(tt, &workers[nr], nr, complete_ios, "torture_done"))
		goto out;
	for (i = 0; i < nr; i++)
		if (!start_worker(tt, &workers[i], i, work, "torture"))
			atomic_dec(&tt->workers);
	if (!watch(tt))
		return;
	for (i = 0; i <= nr; i++)
		if (workers[i].thread)
			rlenv_thread_join(workers[i].thread);
	if (tt->params.world && tt->params.world->over)
		tt->params.world->over(tt);
	if (tt->params.ops->check && tt->params.ops->check(tt))
		torture_violation(tt, "lock invariant", 0, &tt->io[0]);
out:
	rlenv_free(workers);
}
