// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Any bytes as a trace: refused with one line that says where, or a trace that
 * keeps what bench/trace_file.h promises, so that a replay needs no checks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/trace_file.h"
#include "fuzz.h"

static void check_op(const struct trace *trace, size_t i)
{
	const struct trace_op *op = &trace->op[i];

	check(op->kind < TRACE_KINDS);
	check(op->task < TRACE_MAX_TASKS && op->task < trace->tasks);
	check(!i || op->time_ns >= trace->op[i - 1].time_ns);
	check(op->start <= trace->file_bytes);
	check(op->len <= trace->file_bytes - op->start);
	check(op->len <= TRACE_MAX_LEN);
	check(op->kind != TRACE_TRUNCATE || !op->len);
}

static void check_trace(const struct trace *trace)
{
	size_t i;

	check(trace->nr && trace->nr <= TRACE_MAX_OPS);
	check(trace->tasks && trace->tasks <= TRACE_MAX_TASKS);
	check(trace->file_bytes <= TRACE_MAX_FILE &&
	      trace->file_bytes % 4096 == 0);
	for (i = 0; i < trace->nr; i++)
		check_op(trace, i);
}

/* One line "fuzz:NUMBER: reason". */
static void check_complaint(const char *text, size_t size)
{
	check(size > 7 && !strncmp(text, "fuzz:", 5));
	check(strtoul(text + 5, NULL, 10) > 0);
	check(text[size - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct trace trace;
	char *said = NULL;
	size_t length = 0;
	FILE *complaints = open_memstream(&said, &length);
	int err;

	check(complaints);
	err = trace_parse(&trace, (const char *)data, size, "fuzz", complaints);
	fclose(complaints);
	if (err) {
		check(err == -EINVAL);
		check_complaint(said, length);
	} else {
		check(!length);
		check_trace(&trace);
		trace_free(&trace);
	}
	free(said);
	return 0;
}
