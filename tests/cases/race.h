/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Schedules: races of record, replayed step by step under every design.
 *
 * A schedule is a function that makes tasks and says how far each one goes.
 * One task runs at a time, so that a schedule has one outcome.  A complete one:
 *
 *	// S2: an fsync between the extent map and the ordered extent of a write
 *	static void s2(struct race *r)
 *	{
 *		struct race_task *writer = race_write(r, 0, 4, 0);
 *		struct race_task *syncer = race_fsync(r, 0, 0);
 *
 *		race_run_to(writer, IOPATH_DW_EM_INSERTED);
 *		race_run_to(syncer, IOPATH_FS_OES);
 *		race_run_to(writer, IOPATH_DW_SUBMIT);
 *		race_sync_and_crash(syncer);
 *	}
 *
 *	const struct race_row race_rows_example[] = {
 *		{
 *			.name = "s2", .title = "fsync em,OE between em and OE",
 *			.setup = race_nodatasum, .run = s2,
 *			.expect = {
 *				[RACE_NONE] = RACE_FAILS(STALE_EXPOSED),
 *				[RACE_SEM_WHOLE] = RACE_BLOCKS(DIO_SEM),
 *				[RACE_RANGE] = RACE_BLOCKS(FILE_RANGE),
 *			},
 *		},
 *		{ .name = NULL },
 *	};
 *
 * and a line for the table in race_rows.c.  Policies without an expectation are
 * not run.  What happens around the function:
 *
 *   - @setup changes geometry and knobs; then a file system is made, all of its
 *     file 0 written and made durable (r->fill = false: not), and mounted with
 *     the policy's design.
 *   - While the function runs the engine is in the hands of the schedule: the
 *     function must not call the engine itself but through tasks.  Ends of IO
 *     that are work items (ordered completions, ends of reads, queued fsyncs)
 *     become tasks by themselves, and run as soon as the task that is being run
 *     stops, unless held by race_hold_work().
 *   - Afterwards everything runs to its end (race_finish()), the file is compared
 *     with the oracle, the invariants are checked, and the verdict is formed:
 *
 *       DEADLOCK   nobody could go on, and there is a cycle; or
 *       HANG       nobody could go on, what is waited for has no owner any more
 *       a code     of the checkers, or of race_fail()
 *       BLOCKS(x)  all is well, and a task had to wait for x in race_run() or
 *                  race_run_to(): the first such wait; ends of IO do not count
 *       OK         all is well, and nobody had to wait
 *
 * A cell passes if its verdict is the expected one.  A design that fails is
 * expected to fail: the table says so.  A schedule that does not apply to a
 * design calls race_skip().
 *
 * Compiled into both worlds, so: no libc, nothing large on the stack.
 */
#ifndef RANGELOCK_RACE_H
#define RANGELOCK_RACE_H

#include "case.h"
#include "iopath_internal.h"
#include "iopath_verify.h"

#define BLK		IOPATH_BLOCK_SIZE
/* Largest IO of a task, in blocks. */
#define RACE_IO_BLOCKS	32U
#define RACE_TEXT	1200U

/* A policy is a design by name; see race_policy_name(). */
enum race_policy {
	RACE_NONE,
	RACE_SEM_HELPER,	/* dio_sem in the helper, 5f9a8a51d8b */
	RACE_SEM_WHOLE,		/* dio_sem over the whole IO, 97dcdea076ec */
	RACE_RANGE_C,
	RACE_RANGE_B,
	RACE_RANGE_H1,
	RACE_RANGE,
	RACE_POLICIES,
};

enum race_kind {
	RACE_KIND_UNDEFINED,	/* the policy is not run */
	RACE_KIND_OK,
	RACE_KIND_BLOCKS,	/* what: enum iopath_res_kind */
	RACE_KIND_FAILS,	/* what: enum iopath_code */
	RACE_KIND_DEADLOCK,
	RACE_KIND_HANG,
	RACE_KIND_SKIP,
};

/**
 * struct race_verdict - outcome of a schedule, expected or found
 * @kind: what kind of outcome
 * @what: details, see enum race_kind
 */
struct race_verdict {
	enum race_kind kind;
	u32 what;
};

#define RACE_IS_OK	{ .kind = RACE_KIND_OK }
#define RACE_BLOCKS(res) \
	{ .kind = RACE_KIND_BLOCKS, .what = IOPATH_RES_##res }
#define RACE_FAILS(code) \
	{ .kind = RACE_KIND_FAILS, .what = IOPATH_CODE_##code }
#define RACE_DEADLOCKS	{ .kind = RACE_KIND_DEADLOCK }
#define RACE_HANGS	{ .kind = RACE_KIND_HANG }

/*
 * One verdict for a group of policies.  As arguments of a macro verdicts are
 * more than one, since they have commas.
 */

/* The semaphore next to the inode lock, short or long. */
#define RACE_SEMS(...)                                                  \
	[RACE_SEM_HELPER] = __VA_ARGS__,                                \
	[RACE_SEM_WHOLE] = __VA_ARGS__
/* An inode lock and counters, whatever there is besides. */
#define RACE_INODE_LOCKS(...)                                           \
	RACE_SEMS(__VA_ARGS__),                                         \
	[RACE_RANGE_C] = __VA_ARGS__,                                   \
	[RACE_RANGE_B] = __VA_ARGS__
/* Ranges in the place of inode lock and counters. */
#define RACE_BOTH_RANGES(...)                                           \
	[RACE_RANGE_H1] = __VA_ARGS__,                                  \
	[RACE_RANGE] = __VA_ARGS__
/* F is held, next to the inode lock or in its place. */
#define RACE_FILE_RANGES(...)                                           \
	[RACE_RANGE_C] = __VA_ARGS__,                                   \
	RACE_BOTH_RANGES(__VA_ARGS__)
#define RACE_ALL_BUT_RANGE(...)                                         \
	[RACE_NONE] = __VA_ARGS__,                                      \
	RACE_INODE_LOCKS(__VA_ARGS__),                                  \
	[RACE_RANGE_H1] = __VA_ARGS__
#define RACE_ALL(...)                                                   \
	RACE_ALL_BUT_RANGE(__VA_ARGS__),                                \
	[RACE_RANGE] = __VA_ARGS__

struct race;
struct race_task;

/**
 * struct race_row - a schedule, or a variant of one
 * @name:   unique, [a-z0-9_]; NULL ends a table
 * @title:  for people, at most 40 characters
 * @setup:  may change r->geo, r->knobs, r->fill; or NULL
 * @run:    the schedule
 * @expect: per policy
 */
struct race_row {
	const char *name;
	const char *title;
	void (*setup)(struct race *r);
	void (*run)(struct race *r);
	struct race_verdict expect[RACE_POLICIES];
};

/* How far a task has come. */
enum race_state {
	RACE_NEW,
	RACE_READY,	/* can run */
	RACE_PARKED,	/* at the step of race_run_to() */
	RACE_BLOCKED,	/* waits for another task */
	RACE_DONE,
};

/**
 * struct race_task - a task of a schedule
 * @race:    its schedule
 * @name:    "T1" or "OC of T1"
 * @fn:      what it does; returns a result
 * @inode:   file, by default file 0; may be changed before the first run
 * @block:   first block, of file or device: an argument of @fn
 * @nr:      blocks: an argument of @fn
 * @flags:   IOPATH_*: an argument of @fn
 * @private: an argument of @fn
 * @buf:     RACE_IO_BLOCKS blocks, for tasks that do IO
 * @result:  of @fn
 * @state:   how far it has come
 * @at:      the last step it was at, IOPATH_STEPS for none
 * @waits:   what it waits for, if @state is RACE_BLOCKED
 *
 * The fields below belong to race_sched.c and race_graph.c.
 *
 * @stop:    at which step it parks, IOPATH_STEPS for none
 * @moves:   counts whatever it did
 * @give_up: its wait is to be broken
 * @owner:   the task whose IO it ends, if it is a work item
 * @work:    the work item, or NULL
 * @ends:    what the work item ends
 * @io:      its asynchronous IO
 * @number:  of the write, for the oracle
 * @go:      1: it may run
 * @self:    the thread, for whom it waits
 * @thread:  its thread, once it has run
 */
struct race_task {
	struct race *race;
	char name[24];
	int (*fn)(struct race_task *task);
	struct iopath_inode *inode;
	u64 block;
	u32 nr;
	u32 flags;
	void *private;
	char *buf;
	int result;
	enum race_state state;
	enum iopath_step at;
	struct iopath_res waits;

	enum iopath_step stop;
	u64 moves;
	bool give_up;
	struct race_task *owner;
	struct work_struct *work;
	struct iopath_res ends;
	struct iopath_io io;
	u32 number;
	u32 go;
	rlenv_task_t self;
	struct rlenv_thread *thread;
};

struct race_hold;

/**
 * struct race - a schedule being run
 * @t:       the case, or NULL
 * @row:     its row
 * @policy:  under which policy
 * @geo:     geometry; @setup may change it
 * @knobs:   deviations; @setup may change it
 * @fill:    write all of file 0 before the schedule; @setup may change it
 * @judge:   compare file 0 with the oracle at the end; @setup may change it
 * @private: the schedule's own
 * @fs:      file system
 * @file:    its file 0
 * @dev:     what the file system sees: holds back bios
 * @ram:     crashable RAM device below
 * @mirror:  what is written goes there, too; race_mirror() makes it, else NULL
 * @oracle:  what file 0 must contain
 * @steps:   steps and waits so far, of all tasks: a logical clock
 * @codes:   mask of enum iopath_code found
 * @trace:   told what happens, or NULL
 * @text:    what is to be said about the outcome
 *
 * The fields below belong to the framework.
 *
 * @control:    between the engine and the schedule
 * @design:     that of @policy
 * @task:       tasks in order of making; helpers reuse entries
 * @nr_tasks:   entries in use
 * @nr_named:   tasks that were numbered
 * @current_task: who runs, NULL for the schedule itself
 * @ender:      on whose behalf the schedule completes a bio
 * @hold:       who holds what
 * @nr_holds:   entries in use
 * @back:       1: the schedule may run
 * @main:       the schedule's thread
 * @held:       bios held back
 * @hold_bios:  hold back writes of data
 * @hold_work:  helpers do not run by themselves
 * @dead:       the device has no power
 * @crashed:    there was a crash: compare with what was durable
 * @ended:      what the schedule has come to, if stuck
 * @blocked:    the first wait that counts
 * @skip:       why the schedule does not apply
 * @lost:       a thread does not come back: free nothing
 */
struct race {
	struct case_ctx *t;
	const struct race_row *row;
	enum race_policy policy;
	struct iopath_geometry geo;
	struct iopath_knobs knobs;
	bool fill;
	bool judge;
	void *private;
	struct iopath_fs *fs;
	struct iopath_inode *file;
	struct iopath_dev dev;
	struct iopath_dev *ram;
	struct iopath_dev *mirror;
	struct iopath_oracle *oracle;
	u64 steps;
	u32 codes;
	void (*trace)(const char *line);
	char text[RACE_TEXT];

	struct iopath_control control;
	enum iopath_design design;
	struct race_task *task;
	u32 nr_tasks;
	u32 nr_named;
	struct race_task *current_task;
	struct race_task *ender;
	struct race_hold *hold;
	u32 nr_holds;
	u32 back;
	rlenv_task_t main;
	struct list_head held;
	bool hold_bios;
	bool hold_work;
	bool dead;
	bool crashed;
	enum race_kind ended;
	struct race_verdict blocked;
	const char *skip;
	bool lost;
};

/*
 * What many a @setup begins with, or is.
 */
void race_nodatasum(struct race *r);
void race_nocow(struct race *r);
void race_two_files(struct race *r);

/*
 * Making tasks.  Blocks are of file 0; the tasks tell the oracle.
 */
struct race_task *race_task(struct race *r, int (*fn)(struct race_task *task),
			    void *private);
struct race_task *race_io(struct race *r, int (*fn)(struct race_task *task),
			  u64 block, u32 nr, u32 flags);
struct race_task *race_write(struct race *r, u64 block, u32 nr, u32 flags);
struct race_task *race_aio_write(struct race *r, u64 block, u32 nr, u32 flags);
struct race_task *race_read(struct race *r, u64 block, u32 nr);
struct race_task *race_fsync(struct race *r, u64 block, u32 nr);
struct race_task *race_relocate(struct race *r, u64 block);
struct race_task *race_relocate_group(struct race *r, u32 index);
struct race_task *race_commit(struct race *r);

/*
 * Running them.  A task that is blocked or done stays where it is; so a schedule
 * may go on as if nothing had stopped it.
 */
enum race_state race_run_to(struct race_task *task, enum iopath_step step);
enum race_state race_run(struct race_task *task);
void race_hold_work(struct race *r, bool hold);
struct race_task *race_work_of(struct race *r, const struct race_task *owner);
void race_finish(struct race *r);

/*
 * The device.  Held are writes of data.
 */
void race_hold_bios(struct race *r, bool hold);
u32 race_end_bios(struct race *r, const struct race_task *task);
void race_tear_bio(struct race *r, const struct race_task *task, u32 blocks);
void race_mirror(struct race *r);
void race_crash(struct race *r);
void race_sync_and_crash(struct race_task *syncer);

/*
 * Saying more about the outcome.
 */
void race_fail(struct race *r, enum iopath_code code);
void race_skip(struct race *r, const char *reason);
/* Add to the text about the outcome. */
#define race_say(r, ...)                                                \
	do {                                                            \
		size_t at_ = strlen((r)->text);                         \
									\
		scnprintf((r)->text + at_, RACE_TEXT - at_, __VA_ARGS__); \
	} while (0)

/**
 * struct race_result - a cell of the table
 * @expected: what the row says; UNDEFINED if the policy is not run
 * @found:    what has happened
 * @passed:   they are equal, or it was skipped
 * @text:     details of @found, lines
 */
struct race_result {
	struct race_verdict expected;
	struct race_verdict found;
	bool passed;
	char text[RACE_TEXT];
};

/* The schedules, a table per file; a new one goes into race_rows.c, too. */
extern const struct race_row race_rows_fsync[];
extern const struct race_row race_rows_reloc[];
extern const struct race_row race_rows_misc[];
extern const struct race_row race_rows_share[];
extern const struct race_row race_rows_space[];
extern const struct race_row race_rows_dsync[];
extern const struct race_row race_rows_sync[];
extern const struct race_row race_rows_buffered[];
extern const struct race_row race_rows_handle[];
extern const struct race_row race_rows_replace[];

/* race_rows.c: what the programs use */
extern const struct race_row *const race_tables[];

const char *race_policy_name(enum race_policy policy);
size_t race_verdict_text(const struct race_verdict *verdict, char *buf,
			 size_t size);
void race_cell(const struct race_row *row, enum race_policy policy,
	       struct case_ctx *t, void (*trace)(const char *line),
	       struct race_result *result);

#endif /* RANGELOCK_RACE_H */
