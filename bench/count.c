/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Lines, atomics and sections of a trace, see count.h.
 */
#include "bench/count.h"

#include <stdlib.h>
#include <string.h>

/* The stack of the caller that is its own business. */
#define STACK_BYTES	65536

/**
 * count_reset() - empty a trace
 * @trace: of the calling thread
 */
void count_reset(struct count_trace *trace)
{
	char here;

	trace->nr = 0;
	trace->allocs = 0;
	trace->mark = 0;
	trace->section = 0;
	trace->low = (uintptr_t)&here - STACK_BYTES;
	trace->high = (uintptr_t)&here + STACK_BYTES;
}

static size_t kept(const struct count_trace *trace)
{
	return min(trace->nr, (size_t)COUNT_MAX);
}

/**
 * count_verb_begin() - record a verb of the lock
 * @trace: of the calling thread
 */
void count_verb_begin(struct count_trace *trace)
{
	trace->mark = kept(trace);
	trace->allocs_before = count_allocations();
	count_begin(trace);
}

/* Accesses from a locked operation to the next that gives its word back. */
static size_t section_at(const struct count_trace *trace, size_t i)
{
	const struct count_access *access = trace->access;
	size_t j;

	for (j = i + 1; j < kept(trace); j++)
		if (access[j].addr == access[i].addr &&
		    access[j].kind != COUNT_READ)
			return j - i - 1;
	return 0;
}

/**
 * count_verb_end() - the verb is over
 * @trace: of the calling thread
 *
 * Its longest section is found without knowledge of the lock: from a locked
 * read-modify-write of a word to the next write of the same word by the same
 * thread in the same verb.  A spinlock is such a word.
 */
void count_verb_end(struct count_trace *trace)
{
	size_t i;

	count_end();
	trace->allocs += count_allocations() - trace->allocs_before;
	for (i = trace->mark; i < kept(trace); i++)
		if (trace->access[i].kind == COUNT_RMW)
			trace->section = max(trace->section,
					     section_at(trace, i));
}

/**
 * count_kind() - accesses of a kind
 * @trace: recorded
 * @kind:  which
 *
 * Return: how many.
 */
size_t count_kind(const struct count_trace *trace, enum count_kind kind)
{
	size_t i, nr = 0;

	for (i = 0; i < kept(trace); i++)
		nr += trace->access[i].kind == kind;
	return nr;
}

static int compare_lines(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_lines(uintptr_t *line, size_t nr)
{
	size_t i, distinct = 0;

	qsort(line, nr, sizeof(*line), compare_lines);
	for (i = 0; i < nr; i++)
		if (!i || line[i] != line[i - 1])
			line[distinct++] = line[i];
	return distinct;
}

static size_t lines_of(uintptr_t **lines, const struct count_trace *trace,
		       bool written)
{
	size_t i, nr = 0;
	uintptr_t line;

	/* No access has more than 16 bytes, but for whole structures. */
	*lines = calloc(2 * kept(trace) + 1, sizeof(**lines));
	if (!*lines)
		abort();
	for (i = 0; i < kept(trace); i++) {
		const struct count_access *access = &trace->access[i];

		if (access->kind == COUNT_FENCE ||
		    (written && access->kind == COUNT_READ))
			continue;
		line = access->addr / COUNT_LINE;
		(*lines)[nr++] = line;
		if ((access->addr + access->size - 1) / COUNT_LINE != line)
			(*lines)[nr++] = line + 1;
	}
	return sort_lines(*lines, nr);
}

/**
 * count_lines_of() - the cache lines of a trace
 * @lines: filled, for count_lines_free()
 * @trace: recorded
 */
void count_lines_of(struct count_lines *lines, const struct count_trace *trace)
{
	lines->nr_touched = lines_of(&lines->touched, trace, false);
	lines->nr_written = lines_of(&lines->written, trace, true);
}

/**
 * count_lines_free() - undo count_lines_of()
 * @lines: filled
 */
void count_lines_free(struct count_lines *lines)
{
	free(lines->touched);
	free(lines->written);
}

static bool has_line(const uintptr_t *lines, size_t nr, uintptr_t line)
{
	return bsearch(&line, lines, nr, sizeof(line), compare_lines);
}

/**
 * count_shared() - lines that two threads disturb each other on
 * @a: lines of one
 * @b: lines of the other
 *
 * Return: number of lines that one writes and the other touches.
 */
size_t count_shared(const struct count_lines *a, const struct count_lines *b)
{
	size_t i, shared = 0;

	for (i = 0; i < a->nr_written; i++)
		shared += has_line(b->touched, b->nr_touched, a->written[i]);
	for (i = 0; i < b->nr_written; i++)
		shared += has_line(a->touched, a->nr_touched, b->written[i]) &&
			  !has_line(a->written, a->nr_written, b->written[i]);
	return shared;
}
