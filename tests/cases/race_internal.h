/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Shared by the files of the framework for schedules; see race.h.
 */
#ifndef RANGELOCK_RACE_INTERNAL_H
#define RANGELOCK_RACE_INTERNAL_H

#include "race.h"

#define RACE_TASKS	96U
#define RACE_HOLDS	256U

/**
 * struct race_hold - somebody holds something, or has to end something
 * @res:     what
 * @task:    who; NULL for the schedule itself
 * @creator: who took it
 * @real:    false: believed only, after a broken wait
 * @passed:  the completion of an IO of @creator will end it
 */
struct race_hold {
	struct iopath_res res;
	struct race_task *task;
	struct race_task *creator;
	bool real;
	bool passed;
};

/* All of this is written by whoever runs, and one thread runs at a time. */

#define race_trace(r, ...)                                              \
	do {                                                            \
		if ((r)->trace) {                                       \
			char line_[160];                                \
									\
			scnprintf(line_, sizeof(line_), __VA_ARGS__);   \
			(r)->trace(line_);                              \
		}                                                       \
	} while (0)

/* The task that a helper works for, or the task itself. */
static inline struct race_task *race_root(struct race_task *task)
{
	return task && task->owner ? task->owner : task;
}

static inline bool race_is_range(enum iopath_res_kind kind)
{
	return kind >= IOPATH_RES_FILE_RANGE && kind <= IOPATH_RES_DISK_RANGE;
}

/* race_sched.c */
extern const struct iopath_control_ops race_control_ops;
void race_step(struct iopath_fs *fs, enum iopath_step step, void *arg);
struct race_task *race_task_new(struct race *r);
bool race_run_one(struct race_task *task);
bool race_run_helpers(struct race *r);
void race_reap(struct race *r);

/* race_graph.c */
size_t race_res_text(const struct race *r, const struct iopath_res *res,
		     char *buf, size_t size);
const char *race_step_name(enum iopath_step step);
bool race_stuck(struct race *r);

/* race_dev.c */
extern const struct iopath_dev_ops race_dev_ops;
void race_drop_power(struct race *r);

#endif /* RANGELOCK_RACE_INTERNAL_H */
