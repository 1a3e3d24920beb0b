/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who decides when a task of the engine goes on.
 *
 * Nothing in the engine blocks by itself: every place where a task waits for
 * another one goes through a function of this header, which names what is
 * waited for.  Normally that is the plain call behind one branch that is never
 * taken.  With a *control* in place (fs->control, for tests) the control is
 * asked instead: it lets one task run at a time, knows who holds what, and when
 * nobody can go on it can say why.
 *
 *   iopath_down_read(fs, sem, KIND)       iopath_up_read(fs, sem, KIND)
 *   iopath_down_write(fs, sem, KIND)      iopath_up_write(fs, sem, KIND)
 *   iopath_mutex_lock(fs, mutex, KIND)    iopath_mutex_unlock(fs, mutex, KIND)
 *   iopath_mutex_lock_nested(fs, mutex, subclass, KIND)
 *   iopath_range_acquire(fs, rl, req, start, last, mode, KIND)
 *   iopath_range_try(...)                 iopath_range_release(fs, rl, req, KIND)
 *   iopath_range_disown(fs, rl, req, KIND)
 *   iopath_wait(fs, wq, KIND, object, ready, data)    a condition
 *   iopath_wait_word(fs, word, KIND, object)          rlenv_wait_on(word, 1)
 *   iopath_queue(fs, wq, work, KIND, object)          a work queue
 *   iopath_hold(), iopath_unhold(), iopath_pass()     who is to end a condition
 *
 * Kinds: IOPATH_RES_*, without the prefix in the functions above.
 *
 * A control may *break* a wait, to get tasks out of a deadlock that has been
 * reported.  Then the wait returns without what was waited for, the matching
 * unlock does nothing, and iopath_is_broken() is true from there on: a loop that
 * waits again and again must end then.  What the file system contains does not
 * matter any more; that no memory is corrupted does.
 *
 * Leaf locks (em_lock, oe_lock, item_lock, batch_lock, bg->lock, space.lock) are
 * not in the hands of the control: nobody stops while holding one, so a step or
 * a wait must not be under one.
 *
 * Simplification: a controlled semaphore is taken by trylock, so it has no
 * queue; a reader passes a waiting writer.  Range locks are queued as always.
 */
#ifndef RANGELOCK_IOPATH_CONTROL_H
#define RANGELOCK_IOPATH_CONTROL_H

#include "iopath_internal.h"

/* What can be waited for.  @object in brackets. */
enum iopath_res_kind {
	IOPATH_RES_INODE_LOCK,	/* [the lock] */
	IOPATH_RES_DIO_SEM,	/* [the semaphore] */
	IOPATH_RES_ILOCK,	/* [the lock] */
	IOPATH_RES_FILE_RANGE,	/* F [range lock], token: request */
	IOPATH_RES_MAP_RANGE,	/* M, likewise */
	IOPATH_RES_EXTENT_RANGE,	/* E, likewise */
	IOPATH_RES_DISK_RANGE,	/* D, likewise */
	IOPATH_RES_LOG_MUTEX,	/* [the mutex] */
	IOPATH_RES_LOG_SYNC,	/* [the mutex] */
	IOPATH_RES_COMMIT,	/* commit_mutex [the mutex] */
	IOPATH_RES_JOIN,	/* trans.sem: joined handles, critical section */
	IOPATH_RES_HANDLE,	/* a started handle [iopath_trans] */
	IOPATH_RES_BLOCKED,	/* a commit keeps handles out [iopath_trans] */
	IOPATH_RES_PENDING,	/* logged, not COMPLETE [iopath_trans], token: OE */
	IOPATH_RES_RELOC,	/* reloc_mutex [the mutex] */
	IOPATH_RES_OE,		/* state of an ordered extent [iopath_oe], token: io */
	IOPATH_RES_IO,		/* end of a direct IO [iopath_io] */
	IOPATH_RES_BIO,		/* end of other IO [what waits for it] */
	IOPATH_RES_DIO_COUNT,	/* i_dio_count [dio_sem_inode], token: io */
	IOPATH_RES_RESERVATIONS,	/* [iopath_bg], token: OE */
	IOPATH_RES_NOCOW_WRITERS,	/* [iopath_bg], token: OE */
	IOPATH_RES_SPACE,	/* space for data [iopath_space] */
	IOPATH_RES_METADATA,	/* space for metadata [iopath_flusher] */
	IOPATH_RES_PAGE,	/* page lock [the page] */
	IOPATH_RES_WRITEBACK,	/* writeback of a page [the page] */
	IOPATH_RES_KINDS,
};

/**
 * struct iopath_res - something that can be waited for
 * @kind:      what it is
 * @exclusive: wanted or held for write
 * @object:    which one
 * @token:     which hold of several on one object, NULL for that of the task;
 *             of a range the struct rangelock_req
 */
struct iopath_res {
	enum iopath_res_kind kind;
	bool exclusive;
	const void *object;
	const void *token;
};

/**
 * struct iopath_control_ops - what a control does
 * @wait:     return when @ready has returned true, and then true; false if the
 *            wait was broken.  @ready may take a lock, so it is called by the
 *            task that waits, and never again after it has returned true.
 * @acquired: the task holds @res from here on; @real is false after a broken wait
 * @released: the hold is over; false if it was not real
 * @passed:   the hold is now that of whoever completes the IO
 * @queue:    the control will run @work, which will end @res (kind KINDS:
 *            nothing); false: queue it as usual
 *
 * acquired, released and passed may be called under a spinlock.
 */
struct iopath_control_ops {
	bool (*wait)(void *arg, const struct iopath_res *res,
		     bool (*ready)(void *data), void *data);
	void (*acquired)(void *arg, const struct iopath_res *res, bool real);
	bool (*released)(void *arg, const struct iopath_res *res);
	void (*passed)(void *arg, const struct iopath_res *res);
	bool (*queue)(void *arg, struct workqueue_struct *wq,
		      struct work_struct *work, const struct iopath_res *res);
};

/**
 * struct iopath_control - a control
 * @ops:    constant
 * @arg:    their argument; constant
 * @cpu:    on which CPU a task believes to be; the control may change it
 * @broken: a wait has been broken; set by the control, never cleared
 */
struct iopath_control {
	const struct iopath_control_ops *ops;
	void *arg;
	u32 cpu;
	bool broken;
};

const char *iopath_res_name(enum iopath_res_kind kind);
void iopath_set_control(struct iopath_fs *fs, struct iopath_control *control);

/* iopath_control.c: what the functions below do with a control in place */
void iopath_control_lock(struct iopath_fs *fs, enum iopath_res_kind kind,
			 void *lock, bool exclusive, bool (*ready)(void *lock));
bool iopath_control_unlock(struct iopath_fs *fs, enum iopath_res_kind kind,
			   const void *object, const void *token);
void iopath_control_range(struct iopath_fs *fs, struct rangelock *rl,
			  struct rangelock_req *req, u64 start, u64 last,
			  unsigned int mode, enum iopath_res_kind kind);
bool iopath_control_is_real(const struct rangelock_req *req,
			    const struct rangelock *rl);
void iopath_control_acquired(struct iopath_fs *fs, enum iopath_res_kind kind,
			     const void *object, const void *token,
			     bool exclusive);
void iopath_control_passed(struct iopath_fs *fs, enum iopath_res_kind kind,
			   const void *object, const void *token);
bool iopath_control_wait(struct iopath_fs *fs, enum iopath_res_kind kind,
			 const void *object, bool (*ready)(void *data),
			 void *data);
bool iopath_control_queue(struct iopath_fs *fs, struct workqueue_struct *wq,
			  struct work_struct *work, enum iopath_res_kind kind,
			  const void *object);
bool iopath_ready_read(void *sem);
bool iopath_ready_write(void *sem);
bool iopath_ready_mutex(void *mutex);
bool iopath_ready_word(void *word);

/* A wait has been broken: retry nothing. */
static inline bool iopath_is_broken(const struct iopath_fs *fs)
{
	return unlikely(fs->control) && fs->control->broken;
}

/* For what spreads by CPU and must not depend on chance in a schedule. */
static inline u32 iopath_cpu(const struct iopath_fs *fs)
{
	return unlikely(fs->control) ? fs->control->cpu : rlenv_cpu();
}

/* lockdep_assert_held() for a lock that a broken wait may not have got */
#define iopath_assert_held(fs, lock)                                    \
	do {                                                            \
		if (!iopath_is_broken(fs))                              \
			lockdep_assert_held(lock);                      \
	} while (0)
#define iopath_assert_held_write(fs, lock)                              \
	do {                                                            \
		if (!iopath_is_broken(fs))                              \
			lockdep_assert_held_write(lock);                \
	} while (0)
/* WARN_ON_ONCE() about something that a broken wait leads to */
#define iopath_warn_on(fs, cond)                                        \
	WARN_ON_ONCE((cond) && !iopath_is_broken(fs))

/*
 * Semaphores and mutexes
 */

static inline void iopath_down_read(struct iopath_fs *fs,
				    struct rw_semaphore *sem,
				    enum iopath_res_kind kind)
{
	if (unlikely(fs->control))
		iopath_control_lock(fs, kind, sem, false, iopath_ready_read);
	else
		down_read(sem);
}

static inline void iopath_down_write(struct iopath_fs *fs,
				     struct rw_semaphore *sem,
				     enum iopath_res_kind kind)
{
	if (unlikely(fs->control))
		iopath_control_lock(fs, kind, sem, true, iopath_ready_write);
	else
		down_write(sem);
}

static inline void iopath_up_read(struct iopath_fs *fs,
				  struct rw_semaphore *sem,
				  enum iopath_res_kind kind)
{
	if (likely(!fs->control) || iopath_control_unlock(fs, kind, sem, NULL))
		up_read(sem);
}

static inline void iopath_up_write(struct iopath_fs *fs,
				   struct rw_semaphore *sem,
				   enum iopath_res_kind kind)
{
	if (likely(!fs->control) || iopath_control_unlock(fs, kind, sem, NULL))
		up_write(sem);
}

static inline void iopath_mutex_lock(struct iopath_fs *fs, struct mutex *mutex,
				     enum iopath_res_kind kind)
{
	if (unlikely(fs->control))
		iopath_control_lock(fs, kind, mutex, true, iopath_ready_mutex);
	else
		mutex_lock(mutex);
}

/* For a mutex that has two places in the order of locks. */
static inline void iopath_mutex_lock_nested(struct iopath_fs *fs,
					    struct mutex *mutex,
					    unsigned int subclass,
					    enum iopath_res_kind kind)
{
	if (unlikely(fs->control))
		iopath_control_lock(fs, kind, mutex, true, iopath_ready_mutex);
	else
		mutex_lock_nested(mutex, subclass);
}

static inline void iopath_mutex_unlock(struct iopath_fs *fs,
				       struct mutex *mutex,
				       enum iopath_res_kind kind)
{
	if (likely(!fs->control) ||
	    iopath_control_unlock(fs, kind, mutex, NULL))
		mutex_unlock(mutex);
}

/*
 * Range locks
 */

static inline void iopath_range_acquire(struct iopath_fs *fs,
					struct rangelock *rl,
					struct rangelock_req *req, u64 start,
					u64 last, unsigned int mode,
					enum iopath_res_kind kind)
{
	int err;

	if (unlikely(fs->control)) {
		iopath_control_range(fs, rl, req, start, last, mode, kind);
		return;
	}
	err = rangelock_acquire(rl, req, start, last, mode);
	WARN_ON(err);
}

/* Return: 0 or -EAGAIN. */
static inline int iopath_range_try(struct iopath_fs *fs, struct rangelock *rl,
				   struct rangelock_req *req, u64 start,
				   u64 last, unsigned int mode,
				   enum iopath_res_kind kind)
{
	int err = rangelock_try(rl, req, start, last, mode);

	if (unlikely(fs->control) && !err)
		iopath_control_acquired(fs, kind, rl, req, mode);
	return err;
}

static inline void iopath_range_release(struct iopath_fs *fs,
					struct rangelock *rl,
					struct rangelock_req *req,
					enum iopath_res_kind kind)
{
	if (likely(!fs->control) || iopath_control_unlock(fs, kind, rl, req))
		rangelock_release(rl, req);
}

static inline void iopath_range_disown(struct iopath_fs *fs,
				       struct rangelock *rl,
				       struct rangelock_req *req,
				       enum iopath_res_kind kind)
{
	if (unlikely(fs->control)) {
		if (!iopath_control_is_real(req, rl))
			return;
		iopath_control_passed(fs, kind, rl, req);
	}
	rangelock_disown(rl, req);
}

static inline void iopath_range_shrink(struct iopath_fs *fs,
				       struct rangelock *rl,
				       struct rangelock_req *req, u64 start,
				       u64 last, enum iopath_res_kind kind)
{
	if (likely(!fs->control) || iopath_control_is_real(req, rl))
		rangelock_shrink(rl, req, start, last);
}

/* E on some file blocks; whether ordered extents are there is not looked at. */
static inline void iopath_extent_acquire(struct iopath_inode *inode,
					 struct rangelock_req *req, u64 first,
					 u64 last)
{
	iopath_range_acquire(inode->fs, &inode->extent_lock, req,
			     iopath_first_byte(first), iopath_last_byte(last),
			     RANGELOCK_EXCLUSIVE, IOPATH_RES_EXTENT_RANGE);
}

/* Also of E taken by iopath_lock_extent(). */
static inline void iopath_extent_release(struct iopath_inode *inode,
					 struct rangelock_req *req)
{
	iopath_range_release(inode->fs, &inode->extent_lock, req,
			     IOPATH_RES_EXTENT_RANGE);
}

/*
 * Conditions.  Whoever is to end one says so with iopath_hold() when it begins
 * and iopath_unhold() when it ends; iopath_pass() in between when that becomes a
 * matter of the completion.
 */

static inline void iopath_hold(struct iopath_fs *fs, enum iopath_res_kind kind,
			       const void *object, const void *token)
{
	if (unlikely(fs->control))
		iopath_control_acquired(fs, kind, object, token, true);
}

static inline void iopath_unhold(struct iopath_fs *fs,
				 enum iopath_res_kind kind, const void *object,
				 const void *token)
{
	if (unlikely(fs->control))
		iopath_control_unlock(fs, kind, object, token);
}

static inline void iopath_pass(struct iopath_fs *fs, enum iopath_res_kind kind,
			       const void *object, const void *token)
{
	if (unlikely(fs->control))
		iopath_control_passed(fs, kind, object, token);
}

/**
 * iopath_wait() - wait for a condition
 * @fs:     file system
 * @wq:     woken when it may have become true
 * @kind:   what is waited for
 * @object: which one
 * @ready:  the condition; takes @data
 * @data:   its argument
 *
 * Context: process context, sleeps.
 * Return: true; false if the wait was broken.
 */
static __always_inline bool iopath_wait(struct iopath_fs *fs,
					wait_queue_head_t *wq,
					enum iopath_res_kind kind,
					const void *object,
					bool (*ready)(void *data), void *data)
{
	if (unlikely(fs->control))
		return iopath_control_wait(fs, kind, object, ready, data);
	wait_event(*wq, ready(data));
	return true;
}

/* Until rlenv_publish_wake() has stored 1 at @word.  Return: as iopath_wait(). */
static inline bool iopath_wait_word(struct iopath_fs *fs, u32 *word,
				    enum iopath_res_kind kind,
				    const void *object)
{
	u64 woken = 0;
	int err;

	if (unlikely(fs->control))
		return iopath_control_wait(fs, kind, object, iopath_ready_word,
					   word);
	err = rlenv_wait_on(word, 1, RANGELOCK_WAIT_FOREVER, 0, &woken);
	WARN_ON(err);
	return true;
}

/* queue_work(); @object is what the work will end, KINDS and NULL for nothing */
static inline void iopath_queue(struct iopath_fs *fs,
				struct workqueue_struct *wq,
				struct work_struct *work,
				enum iopath_res_kind kind, const void *object)
{
	if (likely(!fs->control) ||
	    !iopath_control_queue(fs, wq, work, kind, object))
		queue_work(wq, work);
}

#endif /* RANGELOCK_IOPATH_CONTROL_H */
