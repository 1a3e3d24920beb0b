/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the core needs from its surroundings, in the kernel.
 *
 * The files of kmod/core/ include this header and each other, nothing else; a
 * header of the same name in ulib/ gives them the same names in userspace.
 * Most of it is a list of includes, since the core uses the kernel's own names
 * where the meaning is equal.  The rlenv_ names are those whose meaning
 * differs; what is not on the fast path lives in env.c.
 */
#ifndef RANGELOCK_RL_ENV_H
#define RANGELOCK_RL_ENV_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prefetch.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"

struct rangelock;

/* Whether slow self-checks are wanted: where lockdep is, so are they. */
static inline bool rlenv_debug(void)
{
	return IS_ENABLED(CONFIG_PROVE_LOCKING);
}

/*
 * Tasks
 */

typedef struct task_struct *rlenv_task_t;

static inline rlenv_task_t rlenv_self(void)
{
	return current;
}

/*
 * The idle tasks share pid 0, which means "nobody" to the core; they are met
 * here when an interrupt on an idle CPU takes or releases a range.
 */
static inline u64 rlenv_task_id(rlenv_task_t task)
{
	return task->pid ? task->pid : U32_MAX;
}

static inline u64 rlenv_self_id(void)
{
	return rlenv_task_id(current);
}

/* 0 if that takes longer; not for interrupts. */
static inline u64 rlenv_known_id(void)
{
	return (u64)current->pid;
}

int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken);
void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task);

struct rlenv_thread;

struct rlenv_thread *rlenv_thread_run(int (*fn)(void *), void *arg, int cpu,
				      const char *name);
int rlenv_thread_join(struct rlenv_thread *thread);

static inline unsigned int rlenv_nr_cpus(void)
{
	return num_online_cpus();
}

static inline unsigned int rlenv_cpu(void)
{
	return raw_smp_processor_id();
}

/* One turn of waiting for the holder of a lock bit, who is not interrupted. */
static inline void rlenv_relax(unsigned int *turns)
{
	cpu_relax();
}

/* Is it of use to wait for another task without sleeping? */
static inline bool rlenv_may_spin(void)
{
	return num_online_cpus() > 1 && !need_resched();
}

/**
 * struct rlenv_worker - a function that runs now and then, in the background
 * @work: when; the workqueue's
 * @fn:   what; returns after how many ns to run again, 0 for not by itself
 */
struct rlenv_worker {
	struct delayed_work work;
	u64 (*fn)(void);
};

#define RLENV_WORKER_INIT(worker, function)                             \
	{                                                               \
		.work = __DELAYED_WORK_INITIALIZER((worker).work,       \
						   rlenv_worker_main, 0), \
		.fn = (function),                                       \
	}

void rlenv_worker_main(struct work_struct *work);
void rlenv_worker_kick(struct rlenv_worker *worker);
void rlenv_worker_stop(struct rlenv_worker *worker);

/*
 * Time
 */

static inline u64 rlenv_now_ns(void)
{
	return ktime_get_ns();
}

void rlenv_sleep_ns(u64 ns);

/*
 * Memory.  rlenv_alloc_big() is for IO buffers: page aligned.
 */

static inline void *rlenv_alloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static inline void rlenv_free(void *p)
{
	kvfree(p);
}

/*
 * Memory for those who look at it in a section that is below; it is given back
 * after a grace period, and may be gone then.
 */
static inline void *rlenv_stable_alloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static inline void rlenv_stable_free(void *p)
{
	kvfree(p);
}

static inline void *rlenv_alloc_big(size_t size)
{
	return vzalloc(size);
}

static inline void rlenv_free_big(void *p)
{
	vfree(p);
}

struct workqueue_struct *rlenv_workqueue_create(const char *name,
						unsigned int threads);

/* Inverted before and after, so that both worlds compute zlib's value. */
static inline u32 rlenv_crc32(u32 seed, const void *buf, size_t len)
{
	return ~crc32_le(~seed, buf, len);
}

/*
 * RCU.  The pointers are not marked __rcu: the core knows no sparse address
 * spaces, and these two are the only places that touch such a pointer.
 */

static inline void rlenv_rcu_read_lock(void)
{
	rcu_read_lock();
}

static inline void rlenv_rcu_read_unlock(void)
{
	rcu_read_unlock();
}

/*
 * A reader's section of some instructions which interrupts must not divide: with
 * interrupts off a grace period waits for this processor anyway.
 */
static __always_inline void rlenv_rcu_read_lock_irqsave(unsigned long *flags)
{
	local_irq_save(*flags);
}

static __always_inline void rlenv_rcu_read_unlock_irqrestore(unsigned long flags)
{
	local_irq_restore(flags);
}

/*
 * The same where interrupts are known to be on, for who needs no more than that
 * memory of rlenv_stable_alloc() is still such memory.  In userspace it always
 * is, and the section is empty.
 */
static __always_inline void rlenv_stable_begin_irq(void)
{
	local_irq_disable();
}

static __always_inline void rlenv_stable_end_irq(void)
{
	local_irq_enable();
}

static inline void rlenv_rcu_synchronize(void)
{
	synchronize_rcu();
}

#define rlenv_rcu_assign(p, v) smp_store_release(&(p), (v))
#define rlenv_rcu_dereference(p)                                        \
	({                                                              \
		RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(),             \
				 "rlenv_rcu_dereference outside RCU");  \
		READ_ONCE(p);                                           \
	})

/*
 * Lock dependencies.  A range counts as the whole lock.
 */

/**
 * struct rlenv_dep_map - a lock as lockdep sees it
 * @map: set at init, then lockdep's own; no bytes without lockdep
 */
struct rlenv_dep_map {
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	struct lockdep_map map;
#endif
};

static inline void rlenv_rwsem_init(struct rw_semaphore *sem, const char *name,
				    struct lock_class_key *key)
{
	__init_rwsem(sem, name, key);
}

/* Nobody holds it or waits for it. */
static inline void rlenv_rwsem_set_class(struct rw_semaphore *sem,
					 const char *name,
					 struct lock_class_key *key)
{
	lockdep_set_class_and_name(sem, key, name);
}

#ifdef CONFIG_DEBUG_LOCK_ALLOC
static inline void rlenv_dep_init(struct rlenv_dep_map *dep, const char *name,
				  struct lock_class_key *key)
{
	lockdep_init_map(&dep->map, name, key, 0);
}

static __always_inline void rlenv_dep_acquire(struct rlenv_dep_map *dep,
					      unsigned int subclass,
					      bool trylock, bool shared)
{
	if (shared)
		rwsem_acquire_read(&dep->map, subclass, trylock, _THIS_IP_);
	else
		rwsem_acquire(&dep->map, subclass, trylock, _THIS_IP_);
}

static __always_inline void rlenv_dep_release(struct rlenv_dep_map *dep)
{
	rwsem_release(&dep->map, _THIS_IP_);
}
#else
static inline void rlenv_dep_init(struct rlenv_dep_map *dep, const char *name,
				  struct lock_class_key *key)
{
}

static inline void rlenv_dep_acquire(struct rlenv_dep_map *dep,
				     unsigned int subclass, bool trylock,
				     bool shared)
{
}

static inline void rlenv_dep_release(struct rlenv_dep_map *dep)
{
}
#endif

/*
 * Tracing.  The test of the static key is inline, so that a trace point that
 * is off costs one patched-out jump; the events are defined in trace.h.
 */

#define RLENV_TRACE(name)                                               \
	DECLARE_TRACEPOINT(name);                                       \
	void rlenv_do_trace_##name(const struct rangelock *rl,          \
				   u64 start, u64 last,                 \
				   unsigned int mode);                  \
	static __always_inline void                                     \
	rlenv_trace_##name(const struct rangelock *rl, u64 start,       \
			   u64 last, unsigned int mode)                 \
	{                                                               \
		if (tracepoint_enabled(name))                           \
			rlenv_do_trace_##name(rl, start, last, mode);   \
	}

RLENV_TRACE(request)
RLENV_TRACE(blocked)
RLENV_TRACE(granted)
RLENV_TRACE(released)
RLENV_TRACE(cancelled)

/* Does anybody look at who takes a lock that is free? */
static __always_inline bool rlenv_traced_take(void)
{
	return tracepoint_enabled(request) || tracepoint_enabled(granted);
}

/* And at who gives it back? */
static __always_inline bool rlenv_traced_release(void)
{
	return tracepoint_enabled(released);
}

void rlenv_contention_begin(void *lock, bool exclusive);
void rlenv_contention_end(void *lock, int ret);

#endif /* RANGELOCK_RL_ENV_H */
