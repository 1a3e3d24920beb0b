/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A run of random schedules, shared by its files.
 */
#ifndef RANGELOCK_FUZZ_INTERNAL_H
#define RANGELOCK_FUZZ_INTERNAL_H

#include "fuzz.h"

#define BLK		IOPATH_BLOCK_SIZE
#define FUZZ_UNREAL	64U

enum fuzz_state {
	FUZZ_FREE,	/* no work */
	FUZZ_READY,	/* can go on */
	FUZZ_WAITING,	/* could not go on when it tried last */
	FUZZ_DONE,	/* a client at its end */
};

/**
 * struct fuzz_actor - a client, or whoever runs a work item
 * @f:      its run; constant
 * @index:  its number; constant
 * @state:  what it can do
 * @work:   the work item, NULL for a client
 * @waits:  what for, while WAITING
 * @gives_up: its wait is to fail
 * @tried:  f->moves when it tried last
 * @due:    decision from which it may run
 * @prng:   of a client's operations
 * @op:     the present one of a client
 * @ops:    how many it has done
 * @buf:    FUZZ_IO_BLOCKS blocks of a client
 * @go:     1: it may run
 * @self:   who waits for @go; set by the thread before it gives up its first
 *          turn
 * @started: it has had its first turn
 * @thread: set by who started it; read when the schedule is over
 */
struct fuzz_actor {
	struct fuzz *f;
	u32 index;
	enum fuzz_state state;
	struct work_struct *work;
	struct iopath_res waits;
	bool gives_up;
	u64 tried;
	u64 due;
	struct prng prng;
	enum fuzz_op op;
	u64 ops;
	char *buf;
	u32 go;
	rlenv_task_t self;
	bool started;
	struct rlenv_thread *thread;
};

/**
 * struct fuzz_unreal - what an actor believes to hold after a broken wait
 * @actor: who, NULL when it was passed on
 * @res:   what; object NULL: the entry is free
 */
struct fuzz_unreal {
	struct fuzz_actor *actor;
	struct iopath_res res;
};

/**
 * struct fuzz - a run
 * @params:  constant
 * @result:  filled as it goes
 * @failed:  it has a code
 * @clients: number of clients
 * @blocks:  of a file
 * @latency_ns: of the device, and as much jitter; only without a schedule
 * @stop:    clients shall end; only without a schedule
 * @fs:      file system
 * @dev:     what the file system sees
 * @ram:     crashable device below
 * @oracle:  per file
 * @control: between the engine and the run
 * @running: the schedule is on
 * @filling: client 0 fills the files, the others have not begun
 * @actor:   clients first; entries in use have a state other than FREE, or had
 * @nr_actors: entries that were in use
 * @now:     who runs, NULL for the main thread
 * @back:    1: the main thread may run
 * @main:    it
 * @quit:    the threads shall end
 * @lost:    threads go in circles for ever: free nothing
 * @moves:   counts what may let others go on
 * @choice:  generator of the decisions
 * @held:    asynchronous bios, by the order of submission
 * @sent:    bios that their submitters wait for, not applied yet
 * @is_cut:  the power has failed
 * @unreal:  see struct fuzz_unreal
 *
 * All of it belongs to whoever runs: one thread at a time, handed over by @go and
 * @back.  Without a schedule (stress.c) clients run at once; they read @params,
 * @fs, @oracle, @stop and @is_cut, and write @failed.
 */
struct fuzz {
	struct fuzz_params params;
	struct fuzz_result *result;
	atomic_t failed;
	u32 clients;
	u32 blocks;
	u64 latency_ns;
	u32 stop;
	struct iopath_fs *fs;
	struct iopath_dev dev;
	struct iopath_dev *ram;
	struct iopath_oracle *oracle[IOPATH_FILES];
	struct iopath_control control;
	bool running;
	bool filling;
	struct fuzz_actor actor[FUZZ_ACTORS];
	u32 nr_actors;
	struct fuzz_actor *now;
	u32 back;
	rlenv_task_t main;
	bool quit;
	bool lost;
	u64 moves;
	struct prng choice;
	struct list_head held;
	struct list_head sent;
	bool is_cut;
	struct fuzz_unreal unreal[FUZZ_UNREAL];
};

/* Keep the first thing that went wrong, and a text about it. */
#define fuzz_fail(f, code_, ...)                                        \
	do {                                                            \
		if (!atomic_xchg(&(f)->failed, 1)) {                    \
			(f)->result->code = (code_);                    \
			scnprintf((f)->result->why, FUZZ_WHY,           \
				  __VA_ARGS__);                         \
		}                                                       \
	} while (0)

/* fuzz_sched.c */
void fuzz_sched_init(struct fuzz *f);
void fuzz_sched_run(struct fuzz *f, u32 clients);
void fuzz_sched_exit(struct fuzz *f);
void fuzz_point(struct fuzz *f);
u64 fuzz_due(struct fuzz *f, u32 one_in);

/* fuzz_dev.c */
void fuzz_dev_init(struct fuzz *f);
u32 fuzz_dev_due(const struct fuzz *f, bool any);
void fuzz_dev_end_bio(struct fuzz *f, u32 index, bool any);
void fuzz_dev_cut(struct fuzz *f);

/* fuzz_ops.c */
void fuzz_client(struct fuzz_actor *me);
int fuzz_fill(struct fuzz_actor *me);

/* fuzz.c, also for stress.c */
int fuzz_make(struct fuzz *f);
void fuzz_free(struct fuzz *f);
void fuzz_check(struct fuzz *f, enum iopath_floor floor);
void fuzz_crash(struct fuzz *f);

#endif /* RANGELOCK_FUZZ_INTERNAL_H */
