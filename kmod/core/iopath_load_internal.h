/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Threads of the load generator, shared by its files.
 */
#ifndef RANGELOCK_IOPATH_LOAD_INTERNAL_H
#define RANGELOCK_IOPATH_LOAD_INTERNAL_H

#include "iopath_load.h"
#include "prng.h"

enum load_phase {
	LOAD_PARK,	/* finish what is in flight, then wait */
	LOAD_RUN,	/* work, do not count */
	LOAD_MEASURE,	/* work and count */
	LOAD_STOP,	/* finish what is in flight, then return */
};

struct load_thread;

/**
 * struct load_slot - one asynchronous IO of a thread
 * @io:      the IO
 * @thread:  whose it is; constant
 * @list:    on the thread's list of free or of completed slots
 * @buf:     max_bytes; constant
 * @area:    first byte of the part of the file it uses; constant
 * @area_len: length of that part; constant
 * @done_ns: when it completed; before it is on the completed list
 * @counts:  it completed inside of the window; likewise
 */
struct load_slot {
	struct iopath_io io;
	struct load_thread *thread;
	struct list_head list;
	void *buf;
	u64 area;
	u64 area_len;
	u64 done_ns;
	bool counts;
};

/**
 * struct load_thread - a thread of one class
 * @load:     constant
 * @cl:       its class; constant
 * @index:    its number within the class; constant
 * @handle:   the thread; constant after start
 * @slots:    nr_slots of them; constant
 * @nr_slots: depth; 1 for synchronous writers, 0 for fsync and relocation
 * @prng:     own
 * @idle:     free slots; own
 * @in_flight: own
 * @lock:     guards the next two
 * @completed: slots that are done
 * @sleeping: the thread waits for @wake
 * @wake:     1 wakes it
 * @task:     itself, for the waker; set before the first IO
 * @ops:      completed in the window; own, read while parked
 * @bytes:    likewise
 * @errors:   likewise
 * @latency:  likewise
 */
struct load_thread {
	struct iopath_load *load;
	enum iopath_load_class cl;
	u32 index;
	struct rlenv_thread *handle;
	struct load_slot *slots;
	u32 nr_slots;
	struct prng prng;
	struct list_head idle;
	u32 in_flight;
	spinlock_t lock;
	struct list_head completed;
	bool sleeping;
	u32 wake;
	rlenv_task_t task;
	u64 ops;
	u64 bytes;
	u64 errors;
	struct hist latency;
};

/**
 * struct iopath_load - a set of threads at work on a file system
 * @fs:      constant
 * @params:  constant
 * @phase:   enum load_phase; written by the controller
 * @window:  number of the window; grows once @phase says LOAD_RUN.  A thread
 *           takes part in each, however late it wakes up: @active counts on it
 * @wait:    for changes of @phase, @window and @active
 * @active:  threads that are not parked
 * @threads: nr_threads of them; constant
 * @nr_threads: constant
 */
struct iopath_load {
	struct iopath_fs *fs;
	struct iopath_load_params params;
	u32 phase;
	u32 window;
	wait_queue_head_t wait;
	atomic_t active;
	struct load_thread *threads;
	u32 nr_threads;
};

/**
 * struct load_watch - who is inside, over a window
 * @load:  constant
 * @begin: when the watch began
 * @last:  when it looked last
 * @area:  per kind, operations times ns; the last one of all kinds
 * @max:   likewise, the most at a time
 */
struct load_watch {
	struct iopath_load *load;
	u64 begin;
	u64 last;
	u64 area[IOPATH_INSIDE_KINDS + 1];
	u32 max[IOPATH_INSIDE_KINDS + 1];
};

int iopath_load_thread(void *arg);

void load_watch_begin(struct load_watch *watch, struct iopath_load *load);
void load_watch_look(struct load_watch *watch);
void load_watch_end(const struct load_watch *watch,
		    struct iopath_load_result *result);

static inline bool load_is_running(const struct iopath_load *load)
{
	u32 phase = READ_ONCE(load->phase);

	return phase == LOAD_RUN || phase == LOAD_MEASURE;
}

#endif /* RANGELOCK_IOPATH_LOAD_INTERNAL_H */
