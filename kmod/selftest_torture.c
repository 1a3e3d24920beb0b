// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The torture of tests/cases/torture.h for as long as one likes, when the module
 * is loaded with torture=LOCK.  In the kernel the completer is also a hard
 * interrupt, signals are sent by another task, and threads are moved to other
 * CPUs, which may go away meanwhile.  The parameters are those of rltorture, and
 * the last line in the log says SUCCESS or FAILURE and the seed.
 *
 * The seed repeats each thread's choices; when they meet is up to the machine.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": torture: " fmt

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "case_lock.h"
#include "compat.h"
#include "selftest.h"
#include "torture.h"

static char *torture;
module_param(torture, charp, 0444);
MODULE_PARM_DESC(torture, "torture a lock at load: rl, or one that is broken on purpose");

static uint torture_ms = 5000;
module_param(torture_ms, uint, 0444);
MODULE_PARM_DESC(torture_ms, "how long to torture");

static uint torture_threads = 8;
module_param(torture_threads, uint, 0444);
MODULE_PARM_DESC(torture_threads, "workers of the torture, up to 16");

static ulong torture_seed = 1;
module_param(torture_seed, ulong, 0444);
MODULE_PARM_DESC(torture_seed, "random seed of the torture");

static bool torture_calm;
module_param(torture_calm, bool, 0444);
MODULE_PARM_DESC(torture_calm, "no signals, interrupts, pauses, or moves to other CPUs");

static const struct torture_ops *const locks[] = {
	&torture_rl,
	&torture_busted_none,
	&torture_busted_overlap,
	&torture_busted_wake,
};

/**
 * struct completion_irq - an interrupt that releases a range
 * @timer: the interrupt
 * @tt:    the run; set before the timer starts
 * @io:    what it releases; set before the timer starts
 */
struct completion_irq {
	struct hrtimer timer;
	struct torture *tt;
	struct torture_io *io;
};

/**
 * struct torture_kernel - what a run in the kernel needs besides
 * @task:   workers, with a reference; published with release semantics
 * @irq:    by index of the io
 * @flying: interrupts that are to come
 */
static struct torture_kernel {
	struct task_struct *task[TORTURE_THREADS_MAX];
	struct completion_irq irq[TORTURE_IOS_MAX];
	atomic_t flying;
} tk;

static enum hrtimer_restart complete_in_irq(struct hrtimer *timer)
{
	struct completion_irq *irq;

	irq = container_of(timer, struct completion_irq, timer);
	torture_finish(irq->tt, irq->io);
	/* Pairs with the acquire in world_over(). */
	atomic_dec_return_release(&tk.flying);
	return HRTIMER_NORESTART;
}

/* Whoever gets the io next may be faster than the end of its interrupt. */
static bool world_complete(struct torture *tt, struct torture_io *io)
{
	struct completion_irq *irq = &tk.irq[io->index];

	if (hrtimer_active(&irq->timer))
		return false;
	irq->tt = tt;
	irq->io = io;
	atomic_inc(&tk.flying);
	hrtimer_start(&irq->timer, ns_to_ktime(1000 + io->limit),
		      HRTIMER_MODE_REL_HARD);
	return true;
}

static void world_begin(struct torture *tt, u32 worker)
{
	/* Pairs with the load-acquire in world_disturb(). */
	smp_store_release(&tk.task[worker], get_task_struct(current));
}

static void move(struct task_struct *task, struct prng *rng)
{
	unsigned int cpu = prng_below(rng, nr_cpu_ids);

	/* Fails if the CPU is not there, or no more. */
	set_cpus_allowed_ptr(task, prng_below(rng, 8) && cpu_online(cpu) ?
				   cpumask_of(cpu) : cpu_possible_mask);
}

static void world_disturb(struct torture *tt, struct prng *rng)
{
	struct task_struct *task;

	/* Pairs with the store-release in world_begin(). */
	task = smp_load_acquire(&tk.task[prng_below(rng, tt->params.threads)]);
	if (!task)
		return;
	if (prng_below(rng, 2))
		send_sig(SIGKILL, task, 1);
	else
		move(task, rng);
}

static void world_interrupted(struct torture *tt)
{
	flush_signals(current);
}

static void world_over(struct torture *tt)
{
	u32 i;

	/* Pairs with the release in complete_in_irq(). */
	CASE_WAIT_UNTIL(!atomic_read_acquire(&tk.flying));
	for (i = 0; i < TORTURE_IOS_MAX; i++)
		hrtimer_cancel(&tk.irq[i].timer);
}

static const struct torture_world world = {
	.begin = world_begin,
	.disturb = world_disturb,
	.interrupted = world_interrupted,
	.complete = world_complete,
	.over = world_over,
};

static int fill_params(struct torture_params *p)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(locks); i++)
		if (!strcmp(torture, locks[i]->name))
			p->ops = locks[i];
	if (!p->ops || !torture_threads ||
	    torture_threads > TORTURE_THREADS_MAX) {
		pr_err("no lock is called %s, or not 1 to %u threads\n",
		       torture, TORTURE_THREADS_MAX);
		return -EINVAL;
	}
	p->modes = &rangelock_modes_file;
	p->seed = torture_seed;
	p->turns = U64_MAX;
	p->run_ns = torture_ms * (u64)NSEC_PER_MSEC;
	p->threads = torture_threads;
	p->whole_share = 20;
	if (torture_calm)
		return 0;
	p->long_share = 500;
	p->stutter_ns = 25 * NSEC_PER_MSEC;
	p->world = &world;
	return 0;
}

static void print_verdict(struct torture *tt)
{
	bool failed = atomic_read(&tt->violations) || atomic_read(&tt->stalls);

	if (failed) {
		pr_info("violations %d, stuck %d, first: %s\n",
			atomic_read(&tt->violations), atomic_read(&tt->stalls),
			tt->why);
		pr_info("%s", tt->dump);
	}
	pr_info("%s: %s, %lld turns, %lld grants, %lld interrupted, seed %llu\n",
		failed ? "FAILURE" : "SUCCESS", tt->params.ops->name,
		atomic64_read(&tt->turns), atomic64_read(&tt->grants),
		atomic64_read(&tt->interrupts), tt->params.seed);
}

static void forget_tasks(void)
{
	u32 i;

	for (i = 0; i < TORTURE_THREADS_MAX; i++)
		if (tk.task[i])
			put_task_struct(tk.task[i]);
	memset(tk.task, 0, sizeof(tk.task));
}

/**
 * selftest_torture - torture the lock that the parameters name, if any
 *
 * Context: process context, sleeps.
 * Return: 0, also when the lock failed; -EINVAL, -ENOMEM.
 */
int selftest_torture(void)
{
	struct torture_params params = { .ops = NULL };
	struct torture *tt;
	int ret;
	u32 i;

	if (!torture)
		return 0;
	ret = fill_params(&params);
	if (ret)
		return ret;
	tt = torture_new(&params);
	if (!tt)
		return -ENOMEM;
	for (i = 0; i < TORTURE_IOS_MAX; i++)
		compat_hrtimer_setup(&tk.irq[i].timer, complete_in_irq,
				     CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	torture_run(tt);
	print_verdict(tt);
	if (atomic_read(&tt->stalls) && !params.ops->rescue) {
		/* Threads still sleep in this module, for ever. */
		__module_get(THIS_MODULE);
		return 0;
	}
	forget_tasks();
	torture_free(tt);
	return 0;
}
