/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Counting what a lock does to memory, exactly and without hardware counters.
 *
 * The locks are compiled with -fsanitize=thread, which makes the compiler call
 * a function for each access to memory, and linked without ThreadSanitizer:
 * those functions are in count_hooks.c and write a trace.  What is not compiled
 * by us (libc, liburcu) is not seen, nor are accesses to the caller's stack
 * counted, which nobody shares.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include "rl_env.h"

#define COUNT_LINE	64
#define COUNT_MAX	(1u << 18)

enum count_kind {
	COUNT_READ,
	COUNT_WRITE,
	/* A locked read-modify-write, or a store that has to be one. */
	COUNT_RMW,
	COUNT_FENCE,
};

/**
 * struct count_access - one access
 * @addr: first byte
 * @size: bytes
 * @kind: enum count_kind
 */
struct count_access {
	uintptr_t addr;
	u32 size;
	u32 kind;
};

/**
 * struct count_trace - what one thread did while it was traced
 * @nr:       accesses, of which the first COUNT_MAX are kept
 * @allocs:   allocations within verbs
 * @mark:     number of the first access of the verb in progress
 * @allocs_before: allocations of the thread before that verb
 * @section:  accesses of the longest section, see count_verb_end()
 * @low:      stack below this and above @high is not recorded
 * @high:     see @low
 * @access:   they
 */
struct count_trace {
	size_t nr;
	u64 allocs;
	size_t mark;
	u64 allocs_before;
	size_t section;
	uintptr_t low;
	uintptr_t high;
	struct count_access access[COUNT_MAX];
};

/**
 * struct count_lines - cache lines of a trace
 * @touched: sorted, each once
 * @nr_touched: how many
 * @written: those that were written
 * @nr_written: how many
 */
struct count_lines {
	uintptr_t *touched;
	size_t nr_touched;
	uintptr_t *written;
	size_t nr_written;
};

/* Hooks, for the calling thread. */
void count_begin(struct count_trace *trace);
void count_end(void);
u64 count_allocations(void);
s64 count_live_bytes(void);

void count_reset(struct count_trace *trace);
void count_verb_begin(struct count_trace *trace);
void count_verb_end(struct count_trace *trace);
size_t count_kind(const struct count_trace *trace, enum count_kind kind);
void count_lines_of(struct count_lines *lines, const struct count_trace *trace);
void count_lines_free(struct count_lines *lines);
size_t count_shared(const struct count_lines *a, const struct count_lines *b);

#endif /* BENCH_COUNT_H */
