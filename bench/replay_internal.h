/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A replay in logical time, shared by its files.
 *
 * The engine and its locks are the real ones.  A control (iopath_control.h) has
 * every wait of the engine in its hands: one actor runs at a time, a task of the
 * trace or whoever runs a work item, until it waits.  When nobody can go on, the
 * clock jumps to the next thing that is due: the end of a bio, or the time at
 * which an operation of the trace begins.  Code takes no time, a bio takes the
 * same time always.  So the same trace gives the same numbers on any machine.
 */
#ifndef BENCH_REPLAY_INTERNAL_H
#define BENCH_REPLAY_INTERNAL_H

#include "iopath_control.h"
#include "bench/replay.h"
#include "bench/trace_engine.h"

#define REPLAY_ACTORS	16384u
#define REPLAY_LOCKS	256u

enum replay_state {
	REPLAY_FREE,	/* a worker without work */
	REPLAY_READY,	/* in replay.ready, or running */
	REPLAY_WAITING,	/* in replay.waiting */
	REPLAY_ASLEEP,	/* until due_ns */
	REPLAY_DONE,	/* a task behind its last operation */
};

/**
 * struct replay_actor - a task of the trace, or whoever runs a work item
 * @r:       its replay; constant
 * @state:   what it can do
 * @list:    place in @r->ready or @r->waiting
 * @task:    what it does, or NULL
 * @work:    the work item, or NULL
 * @waits:   what for, while it waits
 * @ready:   the condition
 * @data:    its argument
 * @granted: @ready has said yes
 * @tried:   @r->moves when it tried last
 * @due_ns:  when it wakes up, while asleep
 * @lock_ns: time that it has waited for locks of the design
 * @go:      1: it may run
 * @self:    who waits for @go
 * @thread:  set at its first turn
 */
struct replay_actor {
	struct replay *r;
	enum replay_state state;
	struct list_head list;
	struct replay_task *task;
	struct work_struct *work;
	struct iopath_res waits;
	bool (*ready)(void *data);
	void *data;
	bool granted;
	u64 tried;
	u64 due_ns;
	u64 lock_ns;
	u32 go;
	rlenv_task_t self;
	struct rlenv_thread *thread;
};

/**
 * struct replay_lock - a semaphore or mutex of the engine
 * @object:  which
 * @readers: that hold it
 * @writer:  somebody holds it for write
 */
struct replay_lock {
	const void *object;
	u32 readers;
	bool writer;
};

/**
 * struct replay_level - how many operations were inside
 * @until_ns: to this time, from that of the level before
 * @inside:   so many
 */
struct replay_level {
	u64 until_ns;
	u32 inside;
};

/**
 * struct replay - a replay under one design
 * @trace:   constant
 * @params:  constant
 * @fs:      file system
 * @dev:     what it sees
 * @ram:     without latency, below @dev
 * @control: in place of the engine's waits
 * @running: there is a schedule
 * @quit:    threads shall end
 * @error:   first failure, -errno
 * @now_ns:  the clock
 * @moves:   grows when a wait may have come true
 * @now:     who runs, NULL for the main thread
 * @actor:   tasks first, then workers; nr_actors of them are in use
 * @ready:   who can go on, first come first served
 * @waiting: who waits for a lock or condition, likewise
 * @bios:    in flight, in the order of their ends
 * @lock:    those that have been taken, nr_locks of them
 * @task:    per task of the trace
 * @response_ns: per operation, from when it should have begun
 * @wait_ns: per operation, for locks of the design
 * @wakeups: from waits for locks of the design
 * @releases: of locks of the design
 * @area:    operations inside times ns, per kind
 * @inside_max: most that were inside at a time
 * @level:   how many were inside until when, nr_levels of them
 * @room:    levels that there is memory for
 * @main:    who started it
 * @back:    1: it goes on
 */
struct replay {
	const struct trace *trace;
	struct replay_params params;
	struct iopath_fs *fs;
	struct iopath_dev dev;
	struct iopath_dev *ram;
	struct iopath_control control;
	bool running;
	bool quit;
	int error;
	u64 now_ns;
	u64 moves;
	struct replay_actor *now;
	struct replay_actor *actor;
	u32 nr_actors;
	struct list_head ready;
	struct list_head waiting;
	struct list_head bios;
	struct replay_lock lock[REPLAY_LOCKS];
	u32 nr_locks;
	struct replay_task *task;
	u64 *response_ns;
	u64 *wait_ns;
	u64 wakeups;
	u64 releases;
	u64 area;
	u32 inside_max;
	struct replay_level *level;
	size_t nr_levels;
	size_t room;
	rlenv_task_t main;
	u32 back;
};

/* replay_sched.c */
int replay_sched_init(struct replay *r);
void replay_sched_exit(struct replay *r);
int replay_sched_run(struct replay *r);
bool replay_wait(struct replay *r, const struct iopath_res *res,
		 bool (*ready)(void *data), void *data);
void replay_sleep_until(struct replay *r, u64 due_ns);

/* replay_locks.c */
bool replay_is_lock(bool (*ready)(void *data));
bool replay_lock_is_free(const struct replay *r,
			 const struct replay_actor *actor);
void replay_lock_taken(struct replay *r, const struct iopath_res *res);
void replay_lock_dropped(struct replay *r, const void *object);
bool replay_is_design_wait(enum iopath_res_kind kind);

/* replay.c */
void replay_task_main(struct replay_task *task);

#endif /* BENCH_REPLAY_INTERNAL_H */
