// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The library as its users see it: the layout of the public header against
 * that of the core, and every public function once.  Compiled against the
 * public header only.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ulib/include/rangelock.h"
#include "ulib/abi.h"

static const struct abi_entry abi_public[] = {
#include "ulib/abi_list.h"
};

static void test_layout(void **state)
{
	const struct abi_entry *core = rlenv_abi_core;
	size_t i;

	assert_int_equal(rlenv_abi_core_nr,
			 sizeof(abi_public) / sizeof(abi_public[0]));
	for (i = 0; i < rlenv_abi_core_nr; i++) {
		assert_string_equal(abi_public[i].what, core[i].what);
		if (abi_public[i].room ? abi_public[i].value < core[i].value :
					 abi_public[i].value != core[i].value)
			fail_msg("%s is %llu in the core, %llu in the public header",
				 core[i].what, core[i].value,
				 abi_public[i].value);
	}
}

/* The library may write to no byte beyond the storage that the header gives. */
static void test_storage(void **state)
{
	struct {
		struct rangelock lock;
		struct rangelock_req req;
		unsigned char beyond[64];
	} all;
	size_t i;

	memset(&all, 0x5a, sizeof(all));
	rangelock_init(&all.lock, &rangelock_modes_rw);
	assert_int_equal(rangelock_try(&all.lock, &all.req, 0, RANGELOCK_MAX,
				       RANGELOCK_EXCLUSIVE), 0);
	assert_int_equal(rangelock_release(&all.lock, &all.req), 0);
	assert_int_equal(rangelock_destroy(&all.lock), 0);
	for (i = 0; i < sizeof(all.beyond); i++)
		assert_int_equal(all.beyond[i], 0x5a);
}

static void test_acquire_and_release(void **state)
{
	struct rangelock_stats stats = { .acquired = 0 };
	struct rangelock_req a, b, c;
	struct rangelock lock;

	rangelock_init(&lock, &rangelock_modes_rw);
	rangelock_attach_stats(&lock, &stats);
	assert_int_equal(rangelock_acquire(&lock, &a, 0, 4095,
					   RANGELOCK_SHARED), 0);
	assert_int_equal(rangelock_acquire_nested(&lock, &b, 4096, 8191,
						  RANGELOCK_EXCLUSIVE, 1), 0);
	assert_int_equal(rangelock_destroy(&lock), -EBUSY);
	assert_int_equal(rangelock_try(&lock, &c, 100, 200, RANGELOCK_SHARED),
			 0);
	assert_int_equal(rangelock_release(&lock, &c), 0);
	assert_int_equal(rangelock_try(&lock, &c, 100, 200,
				       RANGELOCK_EXCLUSIVE), -EAGAIN);
	assert_int_equal(rangelock_acquire(&lock, &c, 2, 1, RANGELOCK_SHARED),
			 -EINVAL);
	assert_int_equal(rangelock_acquire(&lock, &c, 1, 2, 2), -EINVAL);
	assert_true(rangelock_is_held(&a));
	assert_int_equal(rangelock_validate(&lock), 0);
	assert_int_equal(rangelock_release(&lock, &a), 0);
	assert_false(rangelock_is_held(&a));
	assert_int_equal(rangelock_release(&lock, &b), 0);
	assert_int_equal(rangelock_destroy(&lock), 0);
	assert_int_equal(stats.acquired, 3);
	assert_int_equal(stats.try_failed, 1);
}

static void test_all_ways_of_waiting(void **state)
{
	struct rangelock_req req;
	struct rangelock lock;

	rangelock_init(&lock, &rangelock_modes_file);
	assert_int_equal(rangelock_acquire_killable(&lock, &req, 0, 1,
						    RANGELOCK_WRITE), 0);
	assert_int_equal(rangelock_release(&lock, &req), 0);
	assert_int_equal(rangelock_acquire_interruptible(&lock, &req, 0, 1,
							 RANGELOCK_LOG), 0);
	assert_int_equal(rangelock_release(&lock, &req), 0);
	assert_int_equal(rangelock_acquire_timeout(&lock, &req, 0, 1,
						   RANGELOCK_READ, 1), 0);
	assert_int_equal(rangelock_release(&lock, &req), 0);
	assert_int_equal(rangelock_destroy(&lock), 0);
}

static void test_weaken_and_disown(void **state)
{
	struct rangelock_record records[4];
	struct rangelock_req a, b;
	struct rangelock lock;
	char text[256];
	size_t len;

	rangelock_init(&lock, &rangelock_modes_rw);
	assert_int_equal(rangelock_acquire(&lock, &a, 0, 99,
					   RANGELOCK_EXCLUSIVE), 0);
	assert_int_equal(rangelock_shrink(&lock, &a, 50, 99), 0);
	assert_int_equal(rangelock_try(&lock, &b, 0, 49, RANGELOCK_EXCLUSIVE),
			 0);
	assert_int_equal(rangelock_release(&lock, &b), 0);
	assert_int_equal(rangelock_downgrade(&lock, &a, RANGELOCK_SHARED), 0);
	assert_int_equal(rangelock_try(&lock, &b, 0, 99, RANGELOCK_SHARED), 0);
	assert_int_equal(rangelock_disown(&lock, &a), 0);

	assert_int_equal(rangelock_snapshot(&lock, RANGELOCK_EVERYONE, records,
					    4), 2);
	assert_int_equal(rangelock_snapshot(&lock, RANGELOCK_WAITERS, records,
					    4), 0);
	assert_int_equal(rangelock_snapshot(&lock, RANGELOCK_HOLDERS, records,
					    4), 2);
	assert_int_equal(records[0].last, 99);
	assert_int_equal(records[1].start, 50);
	assert_int_equal(records[1].owner, 0);
	assert_string_equal(records[1].mode, "shared");
	len = (size_t)rangelock_format(&records[1], text, sizeof(text));
	assert_int_equal(len, strlen(text));
	len = rangelock_dump(&lock, text, sizeof(text));
	assert_int_equal(len, strlen(text));

	assert_int_equal(rangelock_release(&lock, &a), 0);
	assert_int_equal(rangelock_release(&lock, &b), 0);
	assert_int_equal(rangelock_destroy(&lock), 0);
}

static struct rangelock_req *granted;

static void note_grant(struct rangelock_req *req)
{
	granted = req;
}

static void test_two_phases(void **state)
{
	struct rangelock_req a, b, c;
	struct rangelock lock;

	rangelock_init(&lock, &rangelock_modes_rw);
	assert_int_equal(rangelock_enqueue(&lock, &a, 0, 9, RANGELOCK_EXCLUSIVE,
					   note_grant), 0);
	assert_null(granted);
	assert_int_equal(rangelock_enqueue(&lock, &b, 0, 9, RANGELOCK_EXCLUSIVE,
					   note_grant), -EINPROGRESS);
	assert_int_equal(rangelock_enqueue(&lock, &c, 0, 9, RANGELOCK_EXCLUSIVE,
					   NULL), -EINPROGRESS);
	assert_int_equal(rangelock_wait(&c, RANGELOCK_WAIT_FOREVER, 0),
			 -ETIMEDOUT);
	assert_int_equal(rangelock_release(&lock, &a), 0);
	assert_ptr_equal(granted, &b);
	assert_int_equal(rangelock_cancel(&b), -EALREADY);
	assert_int_equal(rangelock_enqueue(&lock, &a, 0, 9, RANGELOCK_SHARED,
					   note_grant), -EINPROGRESS);
	assert_int_equal(rangelock_cancel(&a), 0);
	assert_int_equal(rangelock_release(&lock, &b), 0);
	assert_int_equal(rangelock_destroy(&lock), 0);
}

/**
 * struct mortal - a thread that waits and is told to die
 * @lock:   held by somebody else
 * @result: of its wait
 */
struct mortal {
	struct rangelock lock;
	int result;
};

static void on_signal(int signal)
{
	rangelock_thread_die();
}

static void *wait_killably(void *arg)
{
	struct mortal *mortal = arg;
	struct rangelock_req req;

	mortal->result = rangelock_acquire_killable(&mortal->lock, &req, 0, 9,
						    RANGELOCK_SHARED);
	rangelock_thread_revive();
	if (mortal->result == -EINTR &&
	    rangelock_acquire_killable(&mortal->lock, &req, 10, 19,
				       RANGELOCK_SHARED) == 0)
		rangelock_release(&mortal->lock, &req);
	return NULL;
}

static void test_thread_die(void **state)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rangelock_record record;
	struct rangelock_req req;
	struct mortal mortal;
	pthread_t thread;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	rangelock_init(&mortal.lock, &rangelock_modes_rw);
	assert_int_equal(rangelock_acquire(&mortal.lock, &req, 0, 9,
					   RANGELOCK_EXCLUSIVE), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_killably, &mortal),
			 0);
	while (!rangelock_snapshot(&mortal.lock, RANGELOCK_WAITERS, &record, 1))
		sched_yield();
	assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(mortal.result, -EINTR);
	assert_int_equal(rangelock_release(&mortal.lock, &req), 0);
	assert_int_equal(rangelock_destroy(&mortal.lock), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_storage),
		cmocka_unit_test(test_acquire_and_release),
		cmocka_unit_test(test_all_ways_of_waiting),
		cmocka_unit_test(test_weaken_and_disown),
		cmocka_unit_test(test_two_phases),
		cmocka_unit_test(test_thread_die),
	};

	return cmocka_run_group_tests_name("public_api", tests, NULL, NULL);
}
