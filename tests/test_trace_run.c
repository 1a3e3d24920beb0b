/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Traces on the engine: replayed in logical time, where what has to come out can
 * be computed by hand, and with threads, where nothing may be lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/replay.h"
#include "bench/trace_engine.h"
#include "bench/trace_load.h"

#define HEAD	"# rangelock trace 1\n# source: a test\n# file: 1048576\n"
/* A bio takes a microsecond. */
#define BIO	1000ull

static const enum iopath_design both[] = { IOPATH_DIO_SEM, IOPATH_RANGE };

static void read_trace(struct trace *trace, const char *text)
{
	assert_int_equal(trace_parse(trace, text, strlen(text), "t", stderr),
			 0);
}

static void replay(const char *text, enum iopath_design design, u32 speed,
		   struct replay_result *result)
{
	struct replay_params params = {
		.design = design,
		.device_ns = BIO,
		.speed = speed,
	};
	struct trace trace;

	read_trace(&trace, text);
	assert_int_equal(replay_run(&trace, &params, result), 0);
	trace_free(&trace);
}

static void expect_response(const struct replay_result *result,
			    enum iopath_load_class cl, u64 sum, u64 most)
{
	assert_int_equal(result->cl[cl].response_ns, sum);
	assert_int_equal(result->cl[cl].response_max_ns, most);
}

static void test_alone(void **state)
{
	struct replay_result result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		replay(HEAD "0 1 write 0 65536\n10000 1 read 0 4096\n",
		       both[i], 1, &result);
		expect_response(&result, IOPATH_LOAD_WRITE, BIO, BIO);
		expect_response(&result, IOPATH_LOAD_READ, BIO, BIO);
		assert_int_equal(result.makespan_ns, 10000 + BIO);
		assert_int_equal(result.inside_max, 1);
		assert_int_equal(result.inside_mean, 2 * BIO * 1000 /
				 (10000 + BIO));
		assert_int_equal(result.cl[IOPATH_LOAD_WRITE].waited, 0);
	}
}

/* The clock of the trace is divided, that of the device is not. */
static void test_speed(void **state)
{
	struct replay_result result;

	replay(HEAD "0 1 write 0 4096\n10000 1 write 0 4096\n", IOPATH_RANGE,
	       2, &result);
	assert_int_equal(result.makespan_ns, 5000 + BIO);
	/* the second one has to wait for its turn */
	replay(HEAD "0 1 write 0 4096\n10000 1 write 0 4096\n", IOPATH_RANGE,
	       100, &result);
	expect_response(&result, IOPATH_LOAD_WRITE, BIO + 2 * BIO - 100,
			2 * BIO - 100);
}

static void test_overlap(void **state)
{
	static const char text[] = HEAD "0 1 write 0 8192\n0 2 write 4096 8192\n"
					"0 3 write 65536 4096\n";
	struct replay_result result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		replay(text, both[i], 1, &result);
		expect_response(&result, IOPATH_LOAD_WRITE, 4 * BIO, 2 * BIO);
		assert_int_equal(result.makespan_ns, 2 * BIO);
	}
	replay(text, IOPATH_RANGE, 1, &result);
	assert_int_equal(result.cl[IOPATH_LOAD_WRITE].waited, 1);
	assert_int_equal(result.cl[IOPATH_LOAD_WRITE].wait_ns, BIO);
	assert_int_equal(result.cl[IOPATH_LOAD_WRITE].wait_max_ns, BIO);
}

/*
 * What the project is about.  Task 1 writes with O_DSYNC: data to 1000, then its
 * fsync.  Task 2 has a write in flight, elsewhere, from 900 to 1900; task 3
 * begins one at 1500.
 *
 * dio_sem: the fsync has the inode lock and waits for task 2 until 1900, then
 *          writes the log until 2900; task 3 gets the inode lock at 1900
 * range:   the fsync is of its own range: log until 2000, nobody waits
 */
static void test_dsync(void **state)
{
	static const char text[] = HEAD "0 1 write 0 4096 dsync\n"
					"900 2 write 65536 4096\n"
					"1500 3 write 131072 4096\n";
	struct replay_result result;

	replay(text, IOPATH_DIO_SEM, 1, &result);
	expect_response(&result, IOPATH_LOAD_DSYNC, 2900, 2900);
	expect_response(&result, IOPATH_LOAD_WRITE, 1000 + 1400, 1400);
	assert_int_equal(result.cl[IOPATH_LOAD_WRITE].wait_ns, 400);
	replay(text, IOPATH_RANGE, 1, &result);
	expect_response(&result, IOPATH_LOAD_DSYNC, 2000, 2000);
	expect_response(&result, IOPATH_LOAD_WRITE, 2000, 1000);
	assert_int_equal(result.cl[IOPATH_LOAD_WRITE].waited, 0);
}

/* One task, more IOs than it may have in flight. */
static void test_async(void **state)
{
	char text[4096] = HEAD;
	struct replay_result result;
	u32 i;

	for (i = 0; i < TRACE_DEPTH + 8; i++)
		sprintf(text + strlen(text), "0 1 write %u 4096 async\n",
			i * 8192);
	for (i = 0; i < ARRAY_SIZE(both); i++) {
		replay(text, both[i], 1, &result);
		assert_int_equal(result.makespan_ns, 2 * BIO);
		assert_int_equal(result.inside_max, TRACE_DEPTH);
		expect_response(&result, IOPATH_LOAD_WRITE,
				(TRACE_DEPTH + 16) * BIO, 2 * BIO);
	}
}

#define EVERYTHING                                                      \
	"0 1 write 0 65536\n0 2 write 4096 8192 dsync\n"                \
	"0 3 write 10 100 buffered\n0 4 write 8192 4096 async\n"        \
	"0 4 write 65536 65536 async,dsync\n0 4 read 0 4096 async\n"    \
	"0 5 read 0 131072\n0 3 read 0 4096 buffered\n0 5 fsync 0 0\n"  \
	"0 1 fsync 4096 4096\n0 2 falloc 4096 8192 zero\n"              \
	"0 2 falloc 100 5000 punch\n0 1 falloc 0 4096 alloc\n"          \
	"0 3 truncate 131072 0\n0 3 write 5 5 buffered,dsync\n"

static void check_everything(u32 cl, u64 ops)
{
	static const u64 expected[IOPATH_LOAD_CLASSES] = {
		[IOPATH_LOAD_WRITE] = 2, [IOPATH_LOAD_READ] = 3,
		[IOPATH_LOAD_DSYNC] = 2, [IOPATH_LOAD_FSYNC] = 2,
		[IOPATH_LOAD_FALLOC] = 3, [IOPATH_LOAD_BUFFERED] = 2,
		[IOPATH_LOAD_TRUNCATE] = 1,
	};

	assert_int_equal(ops, 20 * expected[cl]);
}

/* Everything twenty times, in the order of the tasks' lines. */
static void everything(char *text)
{
	u32 i;

	strcpy(text, HEAD);
	for (i = 0; i < 20; i++)
		strcat(text, EVERYTHING);
}

static void test_everything(void **state)
{
	struct replay_result result;
	char text[16384];
	u32 design, cl;

	everything(text);
	for (design = 0; design < IOPATH_DESIGNS; design++) {
		if (!iopath_design_is_offered(design))
			continue;
		replay(text, design, 1, &result);
		for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
			check_everything(cl, result.cl[cl].ops);
	}
}

static void run_threads(const struct trace *trace, enum iopath_design design,
			u32 speed)
{
	static const struct iopath_ram_params ram = { .latency_ns = 20000 };
	struct iopath_load_result *result = calloc(1, sizeof(*result));
	struct iopath_geometry geo;
	struct iopath_dev *dev;
	struct iopath_fs *fs;
	u32 cl;

	assert_non_null(result);
	trace_geometry(trace, &geo);
	dev = iopath_ram_create(iopath_device_blocks(&geo), &ram);
	assert_non_null(dev);
	assert_int_equal(iopath_mkfs(dev, &geo), 0);
	assert_int_equal(iopath_mount(dev, design, &fs), 0);
	assert_int_equal(iopath_load_prefill(fs), 0);
	assert_int_equal(trace_load_run(fs, trace, speed, 1, 1, result), 0);
	assert_int_equal(result->errors, 0);
	assert_true(result->elapsed_ns > (speed ? 2000000 : 20000));
	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		check_everything(cl, result->cl[cl].ops);
	assert_int_equal(iopath_validate(fs), 0);
	assert_int_equal(iopath_unmount(fs), 0);
	iopath_dev_destroy(dev);
	free(result);
}

static void test_threads(void **state)
{
	struct trace trace;
	char text[16384];
	u32 design;

	everything(text);
	read_trace(&trace, text);
	for (design = 0; design < IOPATH_DESIGNS; design++)
		if (iopath_design_is_offered(design))
			run_threads(&trace, design, 0);
	trace_free(&trace);
}

/* The last operations of the recording begin two milliseconds after the first. */
static void test_paced(void **state)
{
	struct trace trace;
	char text[16384];
	u32 design;

	everything(text);
	read_trace(&trace, text);
	trace.op[trace.nr - 1].time_ns = 8000000;
	for (design = 0; design < IOPATH_DESIGNS; design++)
		if (iopath_design_is_offered(design))
			run_threads(&trace, design, 4);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_speed),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_dsync),
		cmocka_unit_test(test_async),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_paced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
