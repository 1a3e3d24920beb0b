/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The third world of the shared code in kmod/core: contexts of a controlled
 * scheduler.  Each operation that other contexts could see or depend on first
 * asks the scheduler who shall run; see sched.h.  Names and meanings are those
 * of the kernel's seam, kmod/rl_env.h; what takes no part in scheduling comes
 * from userspace's.
 *
 * The contexts share one OS thread, hence everything is sequentially consistent.
 * What an operation orders is only looked at by the search for races, races.c.
 */
#ifndef RANGELOCK_RL_ENV_H
#define RANGELOCK_RL_ENV_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "env/base.h"
#include "env/list.h"
#include "sched_atomic.h"

#undef cpu_relax
#define cpu_relax()	sched_relax(SCHED_PLACE("cpu_relax", 0))
#define prefetchw(p)	((void)(p))
#define rlenv_relax(turns)	((void)(turns), cpu_relax())

/* Whether slow self-checks are wanted; they keep some fast paths away. */
extern bool sched_debug;
#define rlenv_debug()	sched_debug

__attribute__((__cold__, __noreturn__)) __printf(3, 4)
void rlenv_warn(const char *file, int line, const char *fmt, ...);

/* A warning of the lock ends the schedule: it has found something. */
#define WARN_ON(cond)                                                   \
	__extension__({                                                 \
		if (unlikely(cond))                                     \
			rlenv_warn(__FILE__, __LINE__, "%s", #cond);    \
		false;                                                  \
	})
#define WARN_ONCE(cond, ...)                                            \
	__extension__({                                                 \
		if (unlikely(cond))                                     \
			rlenv_warn(__FILE__, __LINE__, __VA_ARGS__);    \
		false;                                                  \
	})
#define WARN_ON_ONCE(cond)	WARN_ON(cond)

/*
 * Spinlocks: one word with the owner, so that the checks can tell who holds it.
 */
typedef struct spinlock {
	u32 owner;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	{ 0 }

void sched_spin_lock(spinlock_t *lock, struct sched_place *place);
bool sched_spin_trylock(spinlock_t *lock, struct sched_place *place);
void sched_spin_unlock(spinlock_t *lock, struct sched_place *place);
bool sched_spin_is_held(const spinlock_t *lock);
unsigned long sched_irq_save(void);
void sched_irq_disable(void);
void sched_irq_enable(void);
void sched_irq_restore(unsigned long flags);
void sched_might_sleep(void);

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->owner = 0;
}

#define spin_lock(l)	sched_spin_lock((l), SCHED_PLACE("spin_lock", 0))
#define spin_trylock(l)	sched_spin_trylock((l), SCHED_PLACE("spin_trylock", 0))
#define spin_unlock(l)	sched_spin_unlock((l), SCHED_PLACE("spin_unlock", 0))
#define spin_is_locked(l)	(READ_ONCE((l)->owner) != 0)

#define spin_lock_irqsave(lock, flags)                                  \
	do {                                                            \
		(flags) = sched_irq_save();                             \
		spin_lock(lock);                                        \
	} while (0)

#define spin_trylock_irqsave(lock, flags)                               \
	__extension__({                                                 \
		bool got_;                                              \
									\
		(flags) = sched_irq_save();                             \
		got_ = spin_trylock(lock);                              \
		if (!got_)                                              \
			sched_irq_restore(flags);                       \
		got_;                                                   \
	})

#define spin_unlock_irqrestore(lock, flags)                             \
	do {                                                            \
		spin_unlock(lock);                                      \
		sched_irq_restore(flags);                               \
	} while (0)

#define local_irq_save(flags)		((flags) = sched_irq_save())
#define local_irq_restore(flags)	sched_irq_restore(flags)

#define lockdep_assert_held(l)                                          \
	do {                                                            \
		if (unlikely(!sched_spin_is_held(l)))                   \
			rlenv_warn(__FILE__, __LINE__,                  \
				   "%s is not held", #l);               \
	} while (0)

#define might_sleep()	sched_might_sleep()

/*
 * Tasks: the number of the context, from 1.
 */
typedef u64 rlenv_task_t;

u64 rlenv_self_id(void);
unsigned int rlenv_cpu(void);
bool rlenv_may_spin(void);
u64 rlenv_now_ns(void);
int rlenv_wait_on(u32 *word, u32 until, unsigned int how, u64 deadline_ns,
		  u64 *woken);
void rlenv_publish_wake(u32 *word, u32 value, rlenv_task_t task);

static inline rlenv_task_t rlenv_self(void)
{
	return rlenv_self_id();
}

static inline u64 rlenv_known_id(void)
{
	return rlenv_self_id();
}

static inline u64 rlenv_task_id(rlenv_task_t task)
{
	return task;
}

static inline unsigned int rlenv_nr_cpus(void)
{
	return 8;
}

/**
 * struct rlenv_worker - a function that runs now and then, in the background
 * @fn:   what; returns after how many ns to run again, 0 for not by itself
 */
struct rlenv_worker {
	u64 (*fn)(void);
};

#define RLENV_WORKER_INIT(worker, function)	{ .fn = (function) }

void rlenv_worker_kick(struct rlenv_worker *worker);
void rlenv_worker_stop(struct rlenv_worker *worker);

/* Set: what has been given back stays what it is, and nobody waits for readers. */
extern bool sched_stable;

void *rlenv_stable_alloc(size_t size);
void rlenv_stable_free(void *p);

/*
 * RCU
 */
void sched_rcu_read_lock(struct sched_place *place);
void sched_rcu_read_unlock(struct sched_place *place);
void sched_rcu_assert(void);
void rlenv_rcu_synchronize(void);

#define rlenv_rcu_read_lock()                                           \
	sched_rcu_read_lock(SCHED_PLACE("rcu_read_lock", 0))
#define rlenv_rcu_read_unlock()                                         \
	sched_rcu_read_unlock(SCHED_PLACE("rcu_read_unlock", 0))
#define rlenv_rcu_read_lock_irqsave(flags)                              \
	do {                                                            \
		*(flags) = sched_irq_save();                            \
		rlenv_rcu_read_lock();                                  \
	} while (0)
/* Interrupts have to be on before. */
#define rlenv_stable_begin_irq()                                        \
	do {                                                            \
		sched_irq_disable();                                    \
		if (!sched_stable)                                      \
			rlenv_rcu_read_lock();                          \
	} while (0)
#define rlenv_stable_end_irq()                                          \
	do {                                                            \
		if (!sched_stable)                                      \
			rlenv_rcu_read_unlock();                        \
		sched_irq_enable();                                     \
	} while (0)
#define rlenv_rcu_read_unlock_irqrestore(flags)                         \
	do {                                                            \
		rlenv_rcu_read_unlock();                                \
		sched_irq_restore(flags);                               \
	} while (0)
/* What depends on the address is ordered behind it: an acquire covers that. */
#define rlenv_rcu_assign(p, v)	smp_store_release(&(p), (v))
#define rlenv_rcu_dereference(p)                                        \
	__extension__({                                                 \
		sched_rcu_assert();                                     \
		smp_load_acquire(&(p));                                 \
	})

/*
 * Lock dependencies: only that what is counted as taken is counted as released.
 */
struct lock_class_key {
	char unused;
};

struct rlenv_dep_map {
};

static inline void rlenv_dep_init(struct rlenv_dep_map *map, const char *name,
				  struct lock_class_key *key)
{
}

void rlenv_dep_acquire(struct rlenv_dep_map *map, unsigned int subclass,
		       bool trylock, bool shared);
void rlenv_dep_release(struct rlenv_dep_map *map);

/*
 * Trace points tell the oracle what it cannot see from outside.
 */
struct rangelock;

static inline void rlenv_trace_request(const struct rangelock *rl, u64 start,
				       u64 last, unsigned int mode)
{
}

static inline void rlenv_trace_granted(const struct rangelock *rl, u64 start,
				       u64 last, unsigned int mode)
{
}

static inline void rlenv_trace_released(const struct rangelock *rl, u64 start,
					u64 last, unsigned int mode)
{
}

static inline bool rlenv_traced_take(void)
{
	return false;
}

static inline bool rlenv_traced_release(void)
{
	return false;
}

static inline void rlenv_contention_begin(void *lock, bool exclusive)
{
}

static inline void rlenv_contention_end(void *lock, int ret)
{
}

void rlenv_trace_blocked(const struct rangelock *rl, u64 start, u64 last,
			 unsigned int mode);
void rlenv_trace_cancelled(const struct rangelock *rl, u64 start, u64 last,
			   unsigned int mode);

#endif /* RANGELOCK_RL_ENV_H */
