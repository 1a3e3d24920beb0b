/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the cases of fsync and of O_DSYNC share.
 */
#ifndef RANGELOCK_CASE_IOPATH_SYNC_H
#define RANGELOCK_CASE_IOPATH_SYNC_H

#include "case_iopath.h"

/**
 * struct sync_form - a form of fsync under test
 * @design: who excludes whom
 * @era:    of the fast fsync
 * @nocow:  write in place
 */
struct sync_form {
	enum iopath_design design;
	enum iopath_era era;
	bool nocow;
};

#define SYNC_FORMS	(2U * IOPATH_ERAS * 2U)

struct sync_form sync_form_of(u32 i);
struct io_env *sync_form_env(struct case_ctx *t, const struct sync_form *form,
			     u64 latency_ns);
bool sync_form_crash(struct io_env *env, const struct sync_form *form,
		     u64 seed);

/**
 * struct sync_aio - a write that somebody waits for later
 * @io:   the write
 * @nr:   its number in the oracle
 * @done: 1 when it has completed
 * @task: who waits; constant
 */
struct sync_aio {
	struct iopath_io io;
	u32 nr;
	u32 done;
	rlenv_task_t task;
};

bool sync_aio_start(struct sync_aio *aio, struct io_env *env, u64 block,
		    u32 nr, u32 flags);
ssize_t sync_aio_wait(struct sync_aio *aio);

#endif /* RANGELOCK_CASE_IOPATH_SYNC_H */
