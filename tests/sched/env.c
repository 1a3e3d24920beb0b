// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The operations of the seam on the controlled scheduler: spinlocks, sleep and
 * wake-up, RCU, the worker, and what a task may ask about itself.
 */
#include "sched.h"

u32 sched_fence;

#define IRQ_FLAGS_ON	0x246UL
#define IRQ_FLAGS_OFF	0x046UL

/**
 * struct env - what operations share
 * @grace:  grace periods begun
 * @left:   stands for what readers did
 * @worker: what the worker runs, NULL before the first kick
 * @delay:  when it wants to run again, after a quiet phase
 * @kicked: it is to run now
 * @stop:   it is to end
 */
static struct env {
	u32 grace;
	u32 left;
	struct rlenv_worker *worker;
	u64 delay;
	bool kicked;
	bool stop;
} env;

bool sched_debug;

/* The worker runs when it is kicked, but not by itself. */
bool sched_worker_still;

void sched_env_reset(void)
{
	memset(&env, 0, sizeof(env));
	sched_worker_still = false;
}

/*
 * Spinlocks and interrupts
 */

static bool lock_is_free(const struct sched_ctx *ctx)
{
	return !((const spinlock_t *)ctx->on)->owner;
}

static void took(spinlock_t *lock)
{
	lock->owner = sched.current->id + 1u;
	sched_order(lock, SCHED_RELAXED | SCHED_ACQUIRES);
	sched.current->locks++;
	sched.spinning++;
}

/*
 * All locks of the lock are taken by completions too, so that a task which
 * takes one with interrupts on could be interrupted by one who wants it.
 */
static void check_irqs(struct sched_place *place)
{
	if (!sched.current->irqs_off)
		sched_fail("%s:%d takes a lock with interrupts on",
			   place->file, place->line);
}

void sched_spin_lock(spinlock_t *lock, struct sched_place *place)
{
	check_irqs(place);
	if (lock->owner == sched.current->id + 1u)
		sched_fail("%s:%d takes a lock twice", place->file,
			   place->line);
	sched_access(place, lock, sizeof(*lock));
	while (lock->owner) {
		sched_block(lock_is_free, lock);
		sched_memory_check(lock, sizeof(*lock), place->what);
	}
	took(lock);
}

bool sched_spin_trylock(spinlock_t *lock, struct sched_place *place)
{
	check_irqs(place);
	sched_access(place, lock, sizeof(*lock));
	if (lock->owner)
		return false;
	took(lock);
	return true;
}

void sched_spin_unlock(spinlock_t *lock, struct sched_place *place)
{
	sched_access(place, lock, sizeof(*lock));
	if (!sched_spin_is_held(lock))
		sched_fail("%s:%d unlocks what it does not hold", place->file,
			   place->line);
	sched_order(lock, SCHED_RELEASES);
	lock->owner = 0;
	sched.current->locks--;
	sched.spinning--;
}

bool sched_spin_is_held(const spinlock_t *lock)
{
	return lock->owner == sched.current->id + 1u;
}

unsigned long sched_irq_save(void)
{
	return sched.current->irqs_off++ ? IRQ_FLAGS_OFF : IRQ_FLAGS_ON;
}

void sched_irq_disable(void)
{
	if (sched_irq_save() != IRQ_FLAGS_ON)
		sched_fail("interrupts are off already");
}

void sched_irq_enable(void)
{
	sched_irq_restore(IRQ_FLAGS_ON);
}

void sched_irq_restore(unsigned long flags)
{
	unsigned long want = --sched.current->irqs_off ? IRQ_FLAGS_OFF :
							 IRQ_FLAGS_ON;

	if (flags != want)
		sched_fail("interrupts are restored to what they were not");
}

void sched_might_sleep(void)
{
	const struct sched_ctx *self = sched.current;

	if (self->locks || self->irqs_off || self->rcu)
		sched_fail("%c may sleep in atomic context",
			   sched_letter(self->id));
}

/*
 * Sleep and wake-up.  As in the kernel a wake-up goes to a task, wherever it
 * sleeps, and a task that is awake when it comes does not notice it.
 */

static bool signal_ends(const struct sched_ctx *ctx)
{
	return ctx->signal && ctx->how && (ctx->how == 2 || ctx->signal == 2);
}

static bool is_woken(const struct sched_ctx *ctx)
{
	return ctx->woken || signal_ends(ctx);
}

int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken)
{
	struct sched_ctx *self = sched.current;
	int ret;

	sched_might_sleep();
	self->how = (u8)how;
	for (;;) {
		self->asleep = true;
		self->woken = false;
		ret = 0;
		if ((smp_load_acquire(word) & until) == until)
			break;
		ret = -EINTR;
		if (signal_ends(self))
			break;
		ret = -ETIMEDOUT;
		if (deadline_ns && sched.clock >= deadline_ns)
			break;
		sched_block_until(is_woken, NULL, deadline_ns);
		(*woken)++;
	}
	self->asleep = false;
	return ret;
}

void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task)
{
	static struct sched_place wake = { "env.c", 0, "wake", 0, 0 };
	struct sched_ctx *ctx;

	if (!task || task > SCHED_TASKS_MAX)
		sched_fail("a wake-up of nobody");
	ctx = &sched.ctx[task - 1];
	smp_store_release(word, value);
	sched_access(&wake, NULL, 0);
	ctx->woken = ctx->asleep;
}

/*
 * RCU.  A grace period ends when those have left who were in a section when it
 * began.
 */

void sched_rcu_read_lock(struct sched_place *place)
{
	struct sched_ctx *self = sched.current;

	sched_access(place, NULL, 0);
	sched_order(&env.grace, SCHED_ACQUIRES);
	if (!self->rcu++)
		self->rcu_since = env.grace;
}

void sched_rcu_read_unlock(struct sched_place *place)
{
	struct sched_ctx *self = sched.current;

	sched_access(place, NULL, 0);
	sched_order(&env.left, SCHED_READS | SCHED_RELEASES);
	if (!self->rcu--)
		sched_fail("%s:%d leaves RCU without having entered",
			   place->file, place->line);
}

void sched_rcu_assert(void)
{
	if (!sched.current->rcu)
		sched_fail("%c looks at an RCU pointer outside a section",
			   sched_letter(sched.current->id));
}

static bool readers_left(const struct sched_ctx *ctx)
{
	u32 grace = *(const u32 *)ctx->on, i;

	for (i = 0; i < SCHED_CTX_MAX; i++)
		if (sched.ctx[i].rcu && sched.ctx[i].rcu_since < grace)
			return false;
	return true;
}

void rlenv_rcu_synchronize(void)
{
	static struct sched_place place = {
		"env.c", 0, "synchronize_rcu", 0, 0,
	};
	u32 grace;

	sched_might_sleep();
	sched_access(&place, NULL, 0);
	grace = ++env.grace;
	sched_block(readers_left, &grace);
	sched_order(&env.left, SCHED_ACQUIRES);
	sched_order(&env.grace, SCHED_READS | SCHED_RELEASES);
}

/*
 * The worker: a context of its own.
 */

static bool is_kicked(const struct sched_ctx *ctx)
{
	return env.kicked || env.stop;
}

static void worker_main(struct sched_ctx *self)
{
	u64 delay;

	while (!env.stop) {
		env.kicked = false;
		sched_order(&env.kicked, SCHED_ACQUIRES);
		delay = env.worker->fn();
		if (sched_worker_still)
			delay = 0;
		sched_block_until(is_kicked, NULL,
				  delay ? sched.clock + delay : 0);
	}
	sched_order(&env.stop, SCHED_RELEASES);
}

/* The worker's context exists from now on, and sleeps unless kicked. */
static void add_worker(u64 delay)
{
	struct sched_ctx *ctx = &sched.ctx[SCHED_WORKER];

	sched_add(SCHED_WORKER, worker_main);
	ctx->state = SCHED_BLOCKED;
	ctx->ready = is_kicked;
	ctx->deadline = delay && !sched_worker_still ? sched.clock + delay : 0;
}

void rlenv_worker_kick(struct rlenv_worker *worker)
{
	static struct sched_place place = { "env.c", 0, "kick", 0, 0 };

	if (sched.current->locks)
		sched_fail("the worker is kicked under a spinlock");
	sched_access(&place, NULL, 0);
	sched_order(&env.kicked, SCHED_READS | SCHED_RELEASES);
	env.worker = worker;
	env.kicked = true;
	if (!sched.quiet && sched.ctx[SCHED_WORKER].state == SCHED_UNUSED)
		add_worker(0);
}

static bool worker_sleeps(const struct sched_ctx *ctx)
{
	return !env.kicked && sched.ctx[SCHED_WORKER].state == SCHED_BLOCKED;
}

/* Wait until the worker has done what it was kicked for. */
void sched_await_worker(void)
{
	sched_block(worker_sleeps, NULL);
}

static bool worker_is_done(const struct sched_ctx *ctx)
{
	u8 state = sched.ctx[SCHED_WORKER].state;

	return state == SCHED_UNUSED || state == SCHED_DONE;
}

/* In a quiet phase the worker sleeps: all others have come to their end. */
void rlenv_worker_stop(struct rlenv_worker *worker)
{
	env.stop = true;
	if (sched.quiet)
		return;
	sched_block(worker_is_done, NULL);
	sched_order(&env.stop, SCHED_ACQUIRES);
}

/**
 * sched_run_worker_now() - let the worker run once, in a quiet phase
 *
 * From now on it runs again when its time comes.
 *
 * Return: false if nobody has kicked it.
 */
bool sched_run_worker_now(void)
{
	if (!env.kicked)
		return false;
	env.kicked = false;
	env.delay = env.worker->fn();
	return true;
}

/* The quiet phase of preparation is over. */
void sched_worker_begin(void)
{
	if (env.worker)
		add_worker(env.delay);
}

/*
 * What a task may ask
 */

u64 rlenv_self_id(void)
{
	return sched.current->id + 1u;
}

/* Each task has a processor of its own. */
unsigned int rlenv_cpu(void)
{
	return sched.current->id;
}

/* Waiting actively once is as good as for long: others run meanwhile. */
bool rlenv_may_spin(void)
{
	struct sched_ctx *self = sched.current;

	if (!self->spins)
		return false;
	self->spins--;
	return true;
}

u64 rlenv_now_ns(void)
{
	return sched.clock;
}

/* Without lockdep the lock may leave these out. */
void rlenv_dep_acquire(struct rlenv_dep_map *map, unsigned int subclass,
		       bool trylock, bool shared)
{
	sched.current->dep += sched_debug;
}

void rlenv_dep_release(struct rlenv_dep_map *map)
{
	sched.current->dep -= sched_debug;
	if (sched.current->dep < 0)
		sched_fail("lockdep: %c releases what it has not taken",
			   sched_letter(sched.current->id));
}
