// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The recorder of paths; see path_record.h.
 */
#include "path_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const step_text[IOPATH_STEPS] = {
	[IOPATH_DW_LOCKED] = "DW.7 locked",
	[IOPATH_DW_CHECKED] = "DW.8 sharing checked, E not held",
	[IOPATH_DR_MAPPED] = "DR piece mapped",
	[IOPATH_DW_MAPPED] = "DW.10 place chosen",
	[IOPATH_DW_EM_INSERTED] = "DW.11 extent map inserted",
	[IOPATH_DW_OE_INSERTED] = "DW.12 ordered extent inserted",
	[IOPATH_DW_UNLOCKED] = "DW.14 E unlocked",
	[IOPATH_DW_SUBMIT] = "DW.16 bio",
	[IOPATH_DW_SUBMITTED] = "DW.17 all submitted",
	[IOPATH_DW_DSYNC] = "DW.19 the fsync of O_DSYNC",
	[IOPATH_FS_LOCKED] = "FS.2 locked",
	[IOPATH_FS_ENTERED] = "FS.5 handle started",
	[IOPATH_FS_EMS] = "FS.7 extent maps gathered",
	[IOPATH_FS_OES] = "FS.8 ordered extents gathered",
	[IOPATH_FS_LEAF] = "FS.8 item copied (full)",
	[IOPATH_FS_LOGGED] = "FS.10 in the log, in memory",
	[IOPATH_FS_SYNCED] = "FS.12 durable",
	[IOPATH_OC_LOCKED] = "OC E held, no handle",
	[IOPATH_RL_RO] = "RL.1 group read-only",
	[IOPATH_RL_DRAINED] = "RL.4 old writes landed",
	[IOPATH_RL_COPIED] = "RL.5 piece copied",
	[IOPATH_RL_SWITCHED] = "RL.5 piece switched",
	[IOPATH_BW_LOCKED] = "BW.5 pages and E locked",
	[IOPATH_MF_DIRTY] = "MF.4 page dirty",
	[IOPATH_WB_MAPPED] = "WB.3 ordered extents inserted",
	[IOPATH_CW_SAMPLED] = "CW.2 CoW needed, ILOCK dropped",
	[IOPATH_RK_ENTERED] = "RK.1 locked",
	[IOPATH_RK_LOOKED] = "RK.3 source read",
	[IOPATH_FA_ENTERED] = "FA.2 locked",
	[IOPATH_FA_LOCKED] = "FA.4 E held, nothing changed",
	[IOPATH_TR_ENTERED] = "TR.1 locked",
	[IOPATH_TR_LOCKED] = "TR.3 E held, nothing changed",
	[IOPATH_CM_BLOCKED] = "CM handles kept out",
};

/* Add a line, cut off where a column ends. */
void record_line(struct record *rec, const char *format, ...)
{
	char *line = rec->line[rec->nr];
	va_list args;
	int at = 0;

	if (rec->nr == RECORD_LINES - 1)
		return;
	at = snprintf(line, RECORD_WIDTH + 1, "%s", rec->depth ? "| " : "");
	va_start(args, format);
	vsnprintf(line + at, (size_t)(RECORD_WIDTH + 1 - at), format, args);
	va_end(args);
	rec->nr++;
}

static const char *mode_of(const struct iopath_res *res)
{
	switch (res->kind) {
	case IOPATH_RES_INODE_LOCK:
	case IOPATH_RES_DIO_SEM:
	case IOPATH_RES_ILOCK:
	case IOPATH_RES_DISK_RANGE:
		return res->exclusive ? " exclusive" : " shared";
	default:
		return "";
	}
}

static const char *range_mode(const struct iopath_res *res)
{
	static const char *const names[] = {
		"", " read", " write", " log", " reflink", " restructure",
	};
	const struct rangelock_req *req = res->token;

	if (res->kind != IOPATH_RES_FILE_RANGE &&
	    res->kind != IOPATH_RES_MAP_RANGE)
		return mode_of(res);
	return names[req->mode + 1];
}

/* Run what was queued, in the order of queueing, as part of a wait. */
bool record_run_one(struct record *rec)
{
	struct work_struct *work;

	if (!rec->nr_work)
		return false;
	work = rec->work[0];
	rec->nr_work--;
	memmove(rec->work, rec->work + 1,
		(size_t)rec->nr_work * sizeof(rec->work[0]));
	rec->depth++;
	work->func(work);
	rec->depth--;
	return true;
}

static bool record_wait(void *arg, const struct iopath_res *res,
			bool (*ready)(void *data), void *data)
{
	struct record *rec = arg;

	if (ready(data))
		return true;
	record_line(rec, "  wait for %s", iopath_res_name(res->kind));
	do {
		if (!record_run_one(rec)) {
			fprintf(stderr, "paths: %s never comes\n",
				iopath_res_name(res->kind));
			abort();
		}
	} while (!ready(data));
	return true;
}

/* How much of the file, where it is not just the blocks that are written. */
static const char *extent_of(const struct iopath_res *res)
{
	const struct rangelock_req *req = res->token;

	if (res->kind != IOPATH_RES_FILE_RANGE &&
	    res->kind != IOPATH_RES_MAP_RANGE &&
	    res->kind != IOPATH_RES_EXTENT_RANGE)
		return "";
	return req->node.last == RANGELOCK_MAX ? ", to the end" : "";
}

static void record_acquired(void *arg, const struct iopath_res *res, bool real)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  + %s%s%s", iopath_res_name(res->kind),
			    range_mode(res), extent_of(res));
}

static bool record_released(void *arg, const struct iopath_res *res)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  - %s", iopath_res_name(res->kind));
	return true;
}

static void record_passed(void *arg, const struct iopath_res *res)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  > %s: the completion's",
			    iopath_res_name(res->kind));
}

static bool record_queue(void *arg, struct workqueue_struct *wq,
			 struct work_struct *work, const struct iopath_res *res)
{
	struct record *rec = arg;

	rec->work[rec->nr_work++] = work;
	return true;
}

static void record_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	if (!step_text[step]) {
		fprintf(stderr, "paths: step %d has no name\n", step);
		exit(2);
	}
	record_line(arg, "%s", step_text[step]);
}

static const struct iopath_control_ops record_ops = {
	.wait = record_wait,
	.acquired = record_acquired,
	.released = record_released,
	.passed = record_passed,
	.queue = record_queue,
};

/**
 * record_begin() - write down what happens from here on
 * @rec: emptied
 * @fs:  nobody else uses it
 */
void record_begin(struct record *rec, struct iopath_fs *fs)
{
	memset(rec, 0, sizeof(*rec));
	rec->control.ops = &record_ops;
	rec->control.arg = rec;
	iopath_set_hook(fs, record_step, rec);
	iopath_set_control(fs, &rec->control);
}

/**
 * record_end() - that was all, when what is queued has run
 * @rec: of record_begin()
 * @fs:  its file system
 */
void record_end(struct record *rec, struct iopath_fs *fs)
{
	while (record_run_one(rec))
		;
	iopath_set_control(fs, NULL);
	iopath_set_hook(fs, NULL, NULL);
}
