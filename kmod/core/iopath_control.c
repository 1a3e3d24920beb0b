// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The seam between the engine and a control; see iopath_control.h.  All of this
 * runs in tests only.
 */
#include "iopath_internal.h"

static const char *const res_names[IOPATH_RES_KINDS] = {
	[IOPATH_RES_INODE_LOCK] = "inode lock",
	[IOPATH_RES_DIO_SEM] = "dio_sem",
	[IOPATH_RES_ILOCK] = "ILOCK",
	[IOPATH_RES_FILE_RANGE] = "F",
	[IOPATH_RES_MAP_RANGE] = "M",
	[IOPATH_RES_EXTENT_RANGE] = "E",
	[IOPATH_RES_DISK_RANGE] = "D",
	[IOPATH_RES_LOG_MUTEX] = "log_mutex",
	[IOPATH_RES_LOG_SYNC] = "log sync",
	[IOPATH_RES_COMMIT] = "commit_mutex",
	[IOPATH_RES_JOIN] = "transaction",
	[IOPATH_RES_HANDLE] = "handles",
	[IOPATH_RES_BLOCKED] = "commit",
	[IOPATH_RES_PENDING] = "logged OEs",
	[IOPATH_RES_RELOC] = "relocation",
	[IOPATH_RES_OE] = "OE",
	[IOPATH_RES_IO] = "end of IO",
	[IOPATH_RES_BIO] = "bio",
	[IOPATH_RES_DIO_COUNT] = "dio count",
	[IOPATH_RES_RESERVATIONS] = "reservations",
	[IOPATH_RES_NOCOW_WRITERS] = "nocow_writers",
	[IOPATH_RES_SPACE] = "space",
	[IOPATH_RES_METADATA] = "metadata",
	[IOPATH_RES_PAGE] = "page lock",
	[IOPATH_RES_WRITEBACK] = "writeback",
};

/* Name of a kind for people, "?" if there is no such kind.  Context: any. */
const char *iopath_res_name(enum iopath_res_kind kind)
{
	return (u32)kind < IOPATH_RES_KINDS ? res_names[kind] : "?";
}

/* Set or clear (NULL) the control.  Context: no operation is running. */
void iopath_set_control(struct iopath_fs *fs, struct iopath_control *control)
{
	fs->control = control;
}

bool iopath_ready_read(void *sem)
{
	return down_read_trylock(sem);
}

bool iopath_ready_write(void *sem)
{
	return down_write_trylock(sem);
}

bool iopath_ready_mutex(void *mutex)
{
	return mutex_trylock(mutex);
}

bool iopath_ready_word(void *word)
{
	/* pairs with the release in rlenv_publish_wake() */
	return smp_load_acquire((u32 *)word) == 1;
}

static bool ready_range(void *req)
{
	return rangelock_is_held(req);
}

/* Makes a request one of nobody: any actor may release it, none is "self". */
static void range_granted(struct rangelock_req *req)
{
}

void iopath_control_lock(struct iopath_fs *fs, enum iopath_res_kind kind,
			 void *lock, bool exclusive, bool (*ready)(void *lock))
{
	struct iopath_control *control = fs->control;
	struct iopath_res res = {
		.kind = kind,
		.exclusive = exclusive,
		.object = lock,
	};
	bool real = control->ops->wait(control->arg, &res, ready, lock);

	control->ops->acquired(control->arg, &res, real);
}

bool iopath_control_unlock(struct iopath_fs *fs, enum iopath_res_kind kind,
			   const void *object, const void *token)
{
	struct iopath_res res = {
		.kind = kind,
		.object = object,
		.token = token,
	};

	return fs->control->ops->released(fs->control->arg, &res);
}

void iopath_control_range(struct iopath_fs *fs, struct rangelock *rl,
			  struct rangelock_req *req, u64 start, u64 last,
			  unsigned int mode, enum iopath_res_kind kind)
{
	struct iopath_control *control = fs->control;
	struct iopath_res res = {
		.kind = kind,
		.exclusive = true,
		.object = rl,
		.token = req,
	};
	bool real;
	int err;

	err = rangelock_enqueue(rl, req, start, last, mode, range_granted);
	WARN_ON(err == -EINVAL);
	real = control->ops->wait(control->arg, &res, ready_range, req);
	if (!real) {
		err = rangelock_cancel(req);
		WARN_ON(err);
	}
	control->ops->acquired(control->arg, &res, real);
}

/* Whether a range is held, or only believed to be after a broken wait. */
bool iopath_control_is_real(const struct rangelock_req *req,
			    const struct rangelock *rl)
{
	return rangelock_is_held(req) && req->rl == rl;
}

void iopath_control_acquired(struct iopath_fs *fs, enum iopath_res_kind kind,
			     const void *object, const void *token,
			     bool exclusive)
{
	struct iopath_res res = {
		.kind = kind,
		.exclusive = exclusive,
		.object = object,
		.token = token,
	};

	fs->control->ops->acquired(fs->control->arg, &res, true);
}

void iopath_control_passed(struct iopath_fs *fs, enum iopath_res_kind kind,
			   const void *object, const void *token)
{
	struct iopath_res res = {
		.kind = kind,
		.object = object,
		.token = token,
	};

	fs->control->ops->passed(fs->control->arg, &res);
}

bool iopath_control_wait(struct iopath_fs *fs, enum iopath_res_kind kind,
			 const void *object, bool (*ready)(void *data),
			 void *data)
{
	struct iopath_res res = { .kind = kind, .object = object };

	return fs->control->ops->wait(fs->control->arg, &res, ready, data);
}

bool iopath_control_queue(struct iopath_fs *fs, struct workqueue_struct *wq,
			  struct work_struct *work, enum iopath_res_kind kind,
			  const void *object)
{
	struct iopath_res res = { .kind = kind, .object = object };

	return fs->control->ops->queue(fs->control->arg, wq, work, &res);
}
