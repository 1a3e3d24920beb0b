/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A control that writes down, line by line, what the engine asks it for, and the
 * named steps in between.
 */
#ifndef RANGELOCK_PATH_RECORD_H
#define RANGELOCK_PATH_RECORD_H

#include "iopath_internal.h"

#define RECORD_LINES	400
#define RECORD_WIDTH	37

/**
 * struct record - what a path did under one design
 * @control: of the file system, while it is recorded
 * @line:    steps and events in order
 * @nr:      their number
 * @work:    work items that were queued and have not run
 * @nr_work: their number
 * @depth:   work items running, one inside of the other's wait
 */
struct record {
	struct iopath_control control;
	char line[RECORD_LINES][RECORD_WIDTH + 1];
	int nr;
	struct work_struct *work[16];
	int nr_work;
	int depth;
};

void record_begin(struct record *rec, struct iopath_fs *fs);
void record_end(struct record *rec, struct iopath_fs *fs);

/* For a path that has something to say itself, or waits for its own IO. */
void record_line(struct record *rec, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));
bool record_run_one(struct record *rec);

#endif /* RANGELOCK_PATH_RECORD_H */
