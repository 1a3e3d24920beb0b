/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The reader of traces: what it takes, and that it refuses everything else with
 * the line and the reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "prng.h"
#include "bench/trace_file.h"

#define MAGIC	"# rangelock trace 1\n"
#define SOURCE	"# source: a test\n"
#define HEAD	MAGIC SOURCE "# file: 65536\n"
#define MAX_COMMITTED	200000

static int parse(const char *text, size_t size, char *why, size_t why_size)
{
	FILE *complaints = fmemopen(why, why_size, "w");
	struct trace trace;
	int err;

	assert_non_null(complaints);
	why[0] = '\0';
	err = trace_parse(&trace, text, size, "t", complaints);
	fclose(complaints);
	if (!err)
		trace_free(&trace);
	return err;
}

/* @why: how the complaint begins */
static void refused_bytes(const char *text, size_t size, const char *why)
{
	char said[512];

	if (!parse(text, size, said, sizeof(said)))
		fail_msg("taken, not '%s': %s", why, text);
	if (strncmp(said, why, strlen(why)))
		fail_msg("'%s', not '%s'", said, why);
	assert_int_equal(said[strlen(said) - 1], '\n');
}

static void refused(const char *text, const char *why)
{
	refused_bytes(text, strlen(text), why);
}

/* An operation after a good head, in line 4. */
static void refused_op(const char *op, const char *why)
{
	char text[4096], reason[256];

	snprintf(text, sizeof(text), HEAD "%s\n", op);
	snprintf(reason, sizeof(reason), "t:4: %s", why);
	refused(text, reason);
}

static void taken(const char *text)
{
	char said[512];

	if (parse(text, strlen(text), said, sizeof(said)))
		fail_msg("%s", said);
}

static void test_good(void **state)
{
	static const char text[] =
		HEAD "# SPDX: any comment\n"
		     "0 1 read 0 1\n"
		     "0 256 write 65535 1 async,dsync\n"
		     "7\t2   write 4096 24 buffered\n"
		     "7 1 fsync 0 0\n"
		     "8 1 fsync 4096 4096\n"
		     "9 1 falloc 0 65536 punch\n"
		     "9000000000 1 truncate 65536 0\n";
	struct trace trace;

	assert_int_equal(trace_parse(&trace, text, strlen(text), "t", stderr),
			 0);
	assert_int_equal(trace.file_bytes, 65536);
	assert_int_equal(trace.tasks, 256);
	assert_int_equal(trace.nr, 7);
	assert_int_equal(trace.op[1].task, 255);
	assert_int_equal(trace.op[1].kind, TRACE_WRITE);
	assert_int_equal(trace.op[1].flags, TRACE_ASYNC | TRACE_DSYNC);
	assert_int_equal(trace.op[2].start, 4096);
	assert_int_equal(trace.op[2].len, 24);
	assert_int_equal(trace.op[5].flags, TRACE_PUNCH);
	assert_int_equal(trace.op[6].time_ns, 9000000000);
	assert_string_equal(trace_kind_name(trace.op[6].kind), "truncate");
	trace_free(&trace);
	assert_null(trace.op);
}

static void test_head(void **state)
{
	refused("", "t:1: the file is empty");
	refused("\n", "t:1: a trace begins with");
	refused("# fio trace 1\n", "t:1: a trace begins with");
	refused("# rangelock trace 2\n", "t:1: version 2 is not known");
	refused("# rangelock trace \n", "t:1: version is missing");
	refused("# rangelock trace 1.0\n", "t:1: version is no number");
	refused("# rangelock trace 1", "t:1: the last line is cut off");
	refused(HEAD, "t:4: no operation");
	refused(MAGIC SOURCE "0 1 read 0 1\n", "t:3: no '# file: '");
	refused(MAGIC "# file: 4096\n0 1 read 0 1\n", "t:3: no '# source: '");
	refused(MAGIC "# file: 0\n", "t:2: size of the file is not");
	refused(MAGIC "# file: 4097\n", "t:2: size of the file is not");
	refused(MAGIC "# file: 1099511627776\n", "t:2: size of the file is");
	refused(MAGIC "# file: -4096\n", "t:2: size of the file is no number");
	refused(HEAD "# file: 4096\n", "t:4: a second size");
	taken(MAGIC "# file: 4096\n" SOURCE SOURCE "0 1 read 0 1\n");
}

static void test_operations(void **state)
{
	refused_op("", "an empty line");
	refused_op("0 1 read 0", "not 'time_ns");
	refused_op("0 1 write 0 1 async x", "not 'time_ns");
	refused_op("0x1 1 read 0 1", "time is no number: '0x1'");
	refused_op("-1 1 read 0 1", "time is no number");
	refused_op("1e3 1 read 0 1", "time is no number");
	refused_op("0 0 read 0 1", "task is not from 1 to 256: 0");
	refused_op("0 257 read 0 1", "task is not from 1 to 256: 257");
	refused_op("0 1 trim 0 1", "no operation is called 'trim'");
	refused_op("0 1 read 65536 1", "beyond the file");
	refused_op("0 1 read 65535 2", "beyond the file");
	refused_op("0 1 read 0 0", "read of no bytes");
	refused_op("0 1 read 0 16777217", "more than 16777216 bytes");
	refused_op("0 1 read 18446744073709551615 2", "start is too large");
	refused_op("0 1 read 9999999999999999999999 1", "start is too large");
	refused_op("0 1 read 4611686018427387904 1", "beyond the file");
	refused_op("0 1 fsync 4096 0", "fsync of no bytes");
	refused_op("0 1 truncate 0 4096", "truncate has no length");
	refused_op("0 1 truncate 69632 0", "beyond the file");
}

static void test_flags(void **state)
{
	refused_op("0 1 read 0 1 dsync", "read cannot be 'dsync'");
	refused_op("0 1 fsync 0 0 async", "fsync cannot be 'async'");
	refused_op("0 1 write 0 1 sync", "no flag is called 'sync'");
	refused_op("0 1 write 0 1 dsync,", "no flag is called ''");
	refused_op("0 1 write 0 1 dsync,dsync", "'dsync' twice");
	refused_op("0 1 write 0 1 dsync\r", "no flag is called 'dsync\r'");
	refused_op("0 1 write 0 1 async,buffered", "async and buffered");
	refused_op("0 1 falloc 0 4096", "falloc wants one of");
	refused_op("0 1 falloc 0 4096 zero,punch", "falloc wants one of");
}

static void test_order(void **state)
{
	refused(HEAD "5 1 read 0 1\n4 1 read 0 1\n",
		"t:5: earlier than the line before");
	refused(HEAD "5 1 read 0 1\n6 1 read 0 1", "t:5: the last line is cut");
}

static void test_no_text(void **state)
{
	static const char zero[] = HEAD "0 1 read 0 1\0\n";
	char text[4096];

	refused_bytes(zero, sizeof(zero) - 1, "t:4: a byte of zero");
	memset(text, '7', sizeof(text));
	memcpy(text, HEAD, strlen(HEAD));
	text[sizeof(text) - 1] = '\n';
	refused_bytes(text, sizeof(text), "t:4: more than 1023 characters");
}

/* Whatever is changed: taken or refused, and what is taken is within bounds. */
static void test_changed_bytes(void **state)
{
	static const char good[] =
		HEAD "0 1 read 0 1\n9 256 write 4096 24 async,dsync\n"
		     "10 2 falloc 0 65536 zero\n11 1 fsync 0 0\n";
	struct prng prng;
	char text[sizeof(good)];
	u32 round, i;
	size_t n;

	prng_seed(&prng, 1);
	for (round = 0; round < 200000; round++) {
		struct trace trace;

		memcpy(text, good, sizeof(good));
		for (i = 0; i <= round % 4; i++)
			text[prng_below(&prng, sizeof(good) - 1)] =
				(char)prng_below(&prng, 256);
		n = prng_below(&prng, 8) ? sizeof(good) - 1 :
					   prng_below(&prng, sizeof(good));
		if (trace_parse(&trace, text, n, "t", NULL))
			continue;
		assert_true(trace.nr > 0 && trace.tasks <= TRACE_MAX_TASKS);
		for (i = 0; i < trace.nr; i++)
			assert_true(trace.op[i].start + trace.op[i].len <=
				    trace.file_bytes);
		trace_free(&trace);
	}
}

static void test_committed(void **state)
{
	struct trace trace;
	struct stat st;
	glob_t files;
	size_t i;

	assert_int_equal(glob("bench/traces/*.trace", 0, NULL, &files), 0);
	for (i = 0; i < files.gl_pathc; i++) {
		assert_int_equal(trace_load(&trace, files.gl_pathv[i]), 0);
		assert_true(trace.nr > 100);
		trace_free(&trace);
		assert_int_equal(stat(files.gl_pathv[i], &st), 0);
		assert_true(st.st_size < MAX_COMMITTED);
	}
	globfree(&files);
	assert_int_equal(trace_load(&trace, "bench/traces/none"), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_text),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
