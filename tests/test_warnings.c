// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a debug build reports: each misuse of the lock in a process of its own,
 * since a place in the code warns once only.  The cases of group "misuse" check
 * that the same calls are refused; here it is checked that somebody is told.
 *
 * The self-deadlock is the one that dio_sem had: an O_DSYNC direct write that
 * still holds its range shared goes on to sync the whole file.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rangelock.h"
#include "rangelock_debug.h"

#include <cmocka.h>

#define X	RANGELOCK_EXCLUSIVE
#define S	RANGELOCK_SHARED

static struct rangelock lock;
static struct rangelock_req req, other;

static int take(struct rangelock_req *r, u64 start, u64 last,
		unsigned int mode)
{
	return rangelock_acquire_timeout(&lock, r, start, last, mode, 1000);
}

/* True if @fn succeeded, and warned. */
static bool warns(int (*fn)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		int ret;

		fclose(stderr);
		rangelock_init(&lock, &rangelock_modes_rw);
		ret = fn();
		_exit(ret ? 2 : atomic_read(&rlenv_warnings) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), 0, 1);
	return WEXITSTATUS(status);
}

static int nothing_wrong(void)
{
	if (take(&req, 0, 9, X) || rangelock_release(&lock, &req))
		return -1;
	return rangelock_destroy(&lock);
}

static int release_not_held(void)
{
	return rangelock_release(&lock, &req) == -EINVAL ? 0 : -1;
}

static int double_release(void)
{
	if (take(&req, 0, 9, X) || rangelock_release(&lock, &req))
		return -1;
	return rangelock_release(&lock, &req) == -EINVAL ? 0 : -1;
}

static int upgrade(void)
{
	if (take(&req, 0, 9, S))
		return -1;
	return rangelock_downgrade(&lock, &req, X) == -EINVAL ? 0 : -1;
}

static int grow(void)
{
	if (take(&req, 10, 19, X))
		return -1;
	return rangelock_shrink(&lock, &req, 10, 20) == -EINVAL ? 0 : -1;
}

static int sync_while_writing(void)
{
	if (take(&req, 0, 9, S))
		return -1;
	return take(&other, 0, RANGELOCK_MAX, X) == -ETIMEDOUT ? 0 : -1;
}

/* The way out: hand the write over to its completion before the sync. */
static int sync_after_handing_over(void)
{
	if (take(&req, 0, 9, S) || rangelock_disown(&lock, &req) ||
	    rangelock_release(&lock, &req))
		return -1;
	return take(&other, 0, RANGELOCK_MAX, X);
}

static int release_elsewhere_fn(void *arg)
{
	return rangelock_release(&lock, &req);
}

static int release_elsewhere(void)
{
	struct rlenv_thread *thread;

	if (take(&req, 0, 9, X))
		return -1;
	thread = rlenv_thread_run(release_elsewhere_fn, NULL, -1, "elsewhere");
	if (IS_ERR(thread))
		return -1;
	rlenv_thread_join(thread);
	return 0;
}

static int expected_misuse(void)
{
	rangelock_expect_misuse = true;
	return release_not_held();
}

static void test_nothing_wrong(void **state)
{
	assert_false(warns(nothing_wrong));
	assert_false(warns(sync_after_handing_over));
	assert_false(warns(expected_misuse));
}

static void test_misuse(void **state)
{
	assert_true(warns(release_not_held));
	assert_true(warns(double_release));
	assert_true(warns(upgrade));
	assert_true(warns(grow));
}

static void test_self_deadlock(void **state)
{
	assert_true(warns(sync_while_writing));
}

static void test_release_without_disown(void **state)
{
	assert_true(warns(release_elsewhere));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wrong),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_self_deadlock),
		cmocka_unit_test(test_release_without_disown),
	};

	return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}
