// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What is around a schedule: the file system, and the verdict.  See race.h.
 */
#include "race_internal.h"

/* Blocks that nobody has written look like this. */
#define GARBAGE		0xde

/*
 * The file system
 */

/* No checksums: what nobody has written is read as if somebody had. */
void race_nodatasum(struct race *r)
{
	r->geo.datasum = false;
}

/* Writes go to where the file is, which checksums do not allow. */
void race_nocow(struct race *r)
{
	r->geo.nocow = true;
	race_nodatasum(r);
}

/* Another file, number 1. */
void race_two_files(struct race *r)
{
	r->geo.nr_files = 2;
}

static void attach(struct race *r)
{
	iopath_set_knobs(r->fs, &r->knobs);
	iopath_set_hook(r->fs, race_step, r);
	iopath_set_control(r->fs, &r->control);
}

static void detach(struct race *r)
{
	iopath_set_control(r->fs, NULL);
	iopath_set_hook(r->fs, NULL, NULL);
}

static bool mount_fs(struct race *r)
{
	int err = iopath_mount(&r->dev, r->design, &r->fs);

	if (err) {
		race_say(r, "mount returns %d\n", err);
		race_fail(r, IOPATH_CODE_LOST_FSYNCED);
		r->fs = NULL;
		return false;
	}
	r->file = iopath_file(r->fs, 0);
	return true;
}

/* Write all of file 0 and make it durable. */
static bool fill_file(struct race *r)
{
	u64 block, blocks = r->geo.file_bytes / BLK;
	struct iopath_knobs knobs = { .one_cpu = true };
	char *buf = rlenv_alloc_big(BLK);
	bool ok = buf;

	iopath_set_knobs(r->fs, &knobs);
	for (block = 0; block < blocks && ok; block++) {
		u64 pos = block * BLK;
		u32 nr = iopath_oracle_issue(r->oracle, pos, buf, BLK);
		u32 *snapshot;

		ok = iopath_write(r->file, pos, buf, BLK, 0) == BLK;
		iopath_oracle_ack(r->oracle, pos, BLK, nr);
		snapshot = iopath_oracle_sync_begin(r->oracle);
		if (snapshot)
			iopath_oracle_sync_done(r->oracle, snapshot, pos,
						pos + BLK - 1, true);
	}
	rlenv_free_big(buf);
	return ok && !iopath_fsync(r->file, 0, U64_MAX) &&
	       !iopath_commit(r->fs) && !iopath_validate(r->fs);
}

static bool make_fs(struct race *r)
{
	struct iopath_ram_params params = { .crashable = true };
	u64 block, nr_blocks;

	nr_blocks = iopath_device_blocks(&r->geo);
	r->oracle = iopath_oracle_create(r->geo.file_bytes);
	r->ram = iopath_ram_create(nr_blocks, &params);
	if (!r->oracle || !r->ram) {
		race_skip(r, "no memory for a file system");
		return false;
	}
	for (block = 0; block < nr_blocks; block++)
		memset(iopath_ram_peek(r->ram, block), GARBAGE, BLK);
	r->dev.ops = &race_dev_ops;
	r->dev.nr_blocks = nr_blocks;
	r->dev.private = r;
	if (iopath_mkfs(&r->dev, &r->geo) || !mount_fs(r) ||
	    (r->fill && !fill_file(r))) {
		race_skip(r, "no file system");
		return false;
	}
	attach(r);
	return true;
}

/**
 * race_crash() - the power fails
 * @r: schedule
 *
 * What is not durable is lost.  The tasks run to their ends, with a device that
 * does not work.  Then what is left is mounted with the same design.
 */
void race_crash(struct race *r)
{
	race_drop_power(r);
	race_finish(r);
	if (r->lost)
		return;
	detach(r);
	iopath_abandon(r->fs);
	r->fs = NULL;
	iopath_ram_crash(r->ram, 1);
	r->dead = false;
	r->crashed = true;
	if (mount_fs(r))
		attach(r);
}

/**
 * race_sync_and_crash() - an fsync ends, and the power fails
 * @syncer: fsync
 *
 * It returns if nothing makes it wait; all others go on only if it has to.
 */
void race_sync_and_crash(struct race_task *syncer)
{
	struct race *r = syncer->race;

	if (race_run(syncer) != RACE_DONE)
		race_finish(r);
	race_crash(r);
}

/*
 * The verdict
 */

/* A checker of the schedule has found something. */
void race_fail(struct race *r, enum iopath_code code)
{
	if (code != IOPATH_CODE_OK)
		r->codes |= 1U << code;
}

/* The schedule does not apply, for a reason that is constant. */
void race_skip(struct race *r, const char *reason)
{
	if (!r->skip)
		r->skip = reason;
}

/*
 * After a crash: whether an item says that there is data where the medium has
 * something else.  What comes of it for a reader is for the other checkers.
 */
static void judge_items(struct race *r)
{
	u64 block, blocks = r->geo.file_bytes / BLK;
	struct iopath_extent item;
	enum iopath_code code;

	for (block = 0; block < blocks; block++) {
		if (!iopath_item_lookup(r->file, block, block, &item) ||
		    item.type != IOPATH_EXTENT_REG)
			continue;
		code = iopath_oracle_check(r->oracle, block * BLK,
					   iopath_ram_peek(r->ram, item.block),
					   BLK, IOPATH_FLOOR_SYNCED,
					   r->geo.nocow);
		if (code == IOPATH_CODE_STALE_EXPOSED)
			race_fail(r, IOPATH_CODE_LOG_REG_UNWRITTEN);
	}
}

static void judge(struct race *r)
{
	enum iopath_floor floor = r->crashed ? IOPATH_FLOOR_SYNCED :
					       IOPATH_FLOOR_ACKED;
	int broken;

	if (r->judge)
		race_fail(r, iopath_oracle_check_file(r->oracle, r->fs, floor));
	if (r->judge && r->crashed)
		judge_items(r);
	race_fail(r, iopath_audit(r->fs));
	broken = iopath_validate(r->fs);
	if (!broken)
		return;
	race_say(r, "invariant I%d is broken\n", broken);
	if (!r->codes)
		race_fail(r, broken == 6 ? IOPATH_CODE_LOCK_LEAK :
					   IOPATH_CODE_INVARIANT);
}

static void say_codes(struct race *r)
{
	u32 code;

	for (code = 0; code < IOPATH_CODES; code++)
		if (r->codes >> code & 1)
			race_say(r, "%s\n", iopath_code_name(code));
}

static struct race_verdict verdict(struct race *r)
{
	struct race_verdict found = { .kind = RACE_KIND_OK };

	if (r->lost) {
		found.kind = RACE_KIND_HANG;
	} else if (r->ended) {
		found.kind = r->ended;
	} else if (r->skip) {
		found.kind = RACE_KIND_SKIP;
	} else if (r->codes) {
		/* the cause has the lowest number; what it leads to says more */
		u32 effects = r->codes & ~(1U << IOPATH_CODE_LOG_REG_UNWRITTEN);

		found.kind = RACE_KIND_FAILS;
		found.what = (u32)__builtin_ctz(effects ? effects : r->codes);
	} else if (r->blocked.kind) {
		found = r->blocked;
	}
	return found;
}

static void race_init(struct race *r, const struct race_row *row,
		      enum race_policy policy)
{
	r->row = row;
	r->policy = policy;
	r->main = rlenv_self();
	r->control.ops = &race_control_ops;
	r->control.arg = r;
	INIT_LIST_HEAD(&r->held);
	r->fill = true;
	r->judge = true;
	r->knobs.one_cpu = true;
	r->geo.file_bytes = 8 * BLK;
	r->geo.bg_blocks = 64;
	r->geo.nr_bgs = 3;
	r->geo.log_blocks = 32;
	r->geo.datasum = true;
}

static void run_schedule(struct race *r)
{
	if (r->row->setup)
		r->row->setup(r);
	if (r->skip || !make_fs(r))
		return;
	r->row->run(r);
	race_finish(r);
	if (r->lost || !r->fs)
		return;
	detach(r);
	if (!r->ended && !r->skip)
		judge(r);
	say_codes(r);
}

static void free_race(struct race *r)
{
	u32 i;

	if (r->fs)
		iopath_abandon(r->fs);
	for (i = 0; r->task && i < r->nr_tasks; i++)
		rlenv_free_big(r->task[i].buf);
	iopath_dev_destroy(r->mirror);
	iopath_dev_destroy(r->ram);
	iopath_oracle_destroy(r->oracle);
	rlenv_free(r->task);
	rlenv_free(r->hold);
	rlenv_free(r);
}

static bool verdicts_equal(const struct race_verdict *a,
			   const struct race_verdict *b)
{
	return a->kind == b->kind && a->what == b->what;
}

static bool find_design(struct race *r)
{
	u32 design;

	for (design = 0; design < IOPATH_DESIGNS; design++) {
		if (strcmp(iopath_design_name(design),
			   race_policy_name(r->policy)))
			continue;
		r->design = design;
		return true;
	}
	race_skip(r, "there is no such design");
	return false;
}

/**
 * race_cell() - run a schedule under a policy
 * @row:    schedule
 * @policy: policy
 * @t:      the case that it is a part of, or NULL
 * @trace:  told what happens, or NULL
 * @result: filled in
 *
 * Context: process context, sleeps.
 */
void race_cell(const struct race_row *row, enum race_policy policy,
	       struct case_ctx *t, void (*trace)(const char *line),
	       struct race_result *result)
{
	struct race *r;

	memset(result, 0, sizeof(*result));
	result->expected = row->expect[policy];
	result->passed = true;
	if (!result->expected.kind)
		return;
	r = rlenv_alloc(sizeof(*r));
	if (r) {
		r->task = rlenv_alloc(RACE_TASKS * sizeof(*r->task));
		r->hold = rlenv_alloc(RACE_HOLDS * sizeof(*r->hold));
	}
	if (!r || !r->task || !r->hold) {
		result->passed = false;
		scnprintf(result->text, RACE_TEXT, "no memory\n");
		if (r)
			free_race(r);
		return;
	}
	r->t = t;
	r->trace = trace;
	race_init(r, row, policy);
	if (find_design(r))
		run_schedule(r);
	result->found = verdict(r);
	if (r->skip)
		race_say(r, "%s\n", r->skip);
	result->passed = result->found.kind == RACE_KIND_SKIP ||
			 verdicts_equal(&result->found, &result->expected);
	memcpy(result->text, r->text, RACE_TEXT);
	if (!r->lost)
		free_race(r);
}
