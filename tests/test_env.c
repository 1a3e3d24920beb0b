// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The userspace seam, but for what has a file of its own: test_env_lock.c,
 * test_env_wait.c, test_env_work.c and test_rwsem.c.  Every operation does what
 * its name says, and every assertion fires.
 */
#include "tests/test_thread.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS		20000

static void test_arithmetic(void **state)
{
	static_assert(ilog2(4096) == 12, "ilog2 is a constant");
	static_assert(round_up(4097, 4096) == 8192, "round_up is a constant");
	BUILD_BUG_ON(sizeof(u64) != 8 || sizeof(spinlock_t) != 4);

	assert_int_equal(fls64(0), 0);
	assert_int_equal(fls64(1), 1);
	assert_int_equal(fls64(U64_MAX), 64);
	assert_int_equal(hweight64(0xf0f0), 8);
	assert_int_equal(round_down(8191, 4096), 4096);
	assert_true(IS_ALIGNED(8192, 4096));
	assert_false(IS_ALIGNED(8193, 4096));
	assert_int_equal(DIV_ROUND_UP(7, 3), 3);
	assert_int_equal(min(3, max(1, 2)), 2);
	assert_int_equal(max_t(u64, 3, U64_MAX), U64_MAX);
	assert_true(IS_ERR(ERR_PTR(-EIO)));
	assert_false(IS_ERR(NULL));
	assert_int_equal(PTR_ERR(ERR_PTR(-EIO)), -EIO);
}

static void test_strings(void **state)
{
	char buf[8];

	assert_int_equal(strscpy(buf, "seven77", sizeof(buf)), 7);
	assert_int_equal(strscpy(buf, "eight888", sizeof(buf)), -E2BIG);
	assert_string_equal(buf, "eight88");
	assert_int_equal(strscpy(buf, "x", 0), -E2BIG);
	assert_int_equal(scnprintf(buf, sizeof(buf), "%s", "0123456789"), 7);
	assert_string_equal(buf, "0123456");
	assert_int_equal(scnprintf(buf, 0, "x"), 0);
}

struct item {
	struct list_head link;
	int value;
};

static void assert_list(struct list_head *head, const char *expect)
{
	struct list_head *link = head;
	struct item *item;
	char found[16] = "";
	size_t len = 0;

	list_for_each_entry(item, head, link)
		found[len++] = (char)item->value;
	assert_string_equal(found, expect);
	while (len--) {
		link = link->prev;
		assert_int_equal(list_entry(link, struct item, link)->value,
				 expect[len]);
	}
	assert_ptr_equal(link->prev, head);
}

static void test_lists(void **state)
{
	struct item a = { .value = 'a' }, b = { .value = 'b' };
	struct item c = { .value = 'c' }, d = { .value = 'd' };
	struct item *item, *tmp;
	LIST_HEAD(one);
	LIST_HEAD(two);

	assert_true(list_empty(&one));
	assert_null(list_first_entry_or_null(&one, struct item, link));
	list_add(&b.link, &one);
	assert_true(list_is_singular(&one));
	list_add(&a.link, &one);
	list_add_tail(&c.link, &one);
	assert_list(&one, "abc");
	assert_false(list_is_singular(&one));
	assert_ptr_equal(list_first_entry(&one, struct item, link), &a);
	list_move_tail(&a.link, &one);
	assert_list(&one, "bca");
	list_del_init(&c.link);
	assert_true(list_empty(&c.link));
	assert_list(&one, "ba");

	list_add(&c.link, &two);
	list_add(&d.link, &two);
	list_splice_init(&one, &two);
	assert_list(&two, "badc");
	assert_true(list_empty(&one));
	list_splice_tail_init(&one, &two);
	list_add(&b.link, (list_del(&b.link), &one));
	list_splice_tail_init(&one, &two);
	assert_list(&two, "adcb");
	list_for_each_entry_safe(item, tmp, &two, link)
		list_del(&item->link);
	assert_true(list_empty(&two));
}

static void test_atomics(void **state)
{
	atomic64_t wide = ATOMIC64_INIT(1);
	atomic_t v = ATOMIC_INIT(5);
	u64 word = 1;

	atomic_inc(&v);
	atomic_dec(&v);
	atomic_add(10, &v);
	atomic_sub(5, &v);
	assert_int_equal(atomic_read(&v), 10);
	assert_int_equal(atomic_inc_return(&v), 11);
	assert_int_equal(atomic_dec_return(&v), 10);
	assert_int_equal(atomic_add_return(-4, &v), 6);
	assert_int_equal(atomic_fetch_add(1, &v), 6);
	assert_int_equal(atomic_xchg(&v, 1), 7);
	assert_int_equal(atomic_cmpxchg(&v, 2, 9), 1);
	assert_int_equal(atomic_cmpxchg(&v, 1, 9), 1);
	assert_int_equal(atomic_read(&v), 9);
	atomic_set(&v, 1);
	assert_true(atomic_dec_and_test(&v));

	atomic64_add(1LL << 40, &wide);
	assert_true(atomic64_read(&wide) == (1LL << 40) + 1);
	assert_true(cmpxchg(&word, 1, 2) == 1 && word == 2);
	assert_true(xchg(&word, 3) == 2 && word == 3);
	smp_mb();
}

static int add_a_lot(void *arg)
{
	atomic_t *v = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		atomic_inc(v);
	return 0;
}

static void test_atomics_are_atomic(void **state)
{
	atomic_t v = ATOMIC_INIT(0);

	run_threads(add_a_lot, &v);
	assert_int_equal(atomic_read(&v), THREADS * ROUNDS);
}

static void test_refcount(void **state)
{
	int before = warnings();
	refcount_t refs;

	refcount_set(&refs, 1);
	refcount_inc(&refs);
	assert_int_equal(refcount_read(&refs), 2);
	assert_false(refcount_dec_and_test(&refs));
	assert_true(refcount_dec_and_test(&refs));
	assert_int_equal(warnings(), before);
	refcount_inc(&refs);
	assert_int_equal(warnings(), before + 1);
	refcount_set(&refs, 0);
	assert_false(refcount_dec_and_test(&refs));
	assert_int_equal(warnings(), before + 2);
}

/* A message buffer: smp_store_release() orders the plain data before it. */
struct message {
	u64 data;
	u32 ready;
};

static void poll_until_ready(struct message *message, u32 ready)
{
	unsigned int turns = 0;

	while (smp_load_acquire(&message->ready) != ready)
		rlenv_relax(&turns);
}

static int send_messages(void *arg)
{
	struct message *message = arg;
	u32 i;

	for (i = 1; i <= ROUNDS; i++) {
		poll_until_ready(message, 0);
		message->data = i;
		smp_store_release(&message->ready, 1);
	}
	return 0;
}

static void test_release_and_acquire(void **state)
{
	struct message message = { .ready = 0 };
	struct rlenv_thread *sender = start(send_messages, &message);
	u64 i;

	for (i = 1; i <= ROUNDS; i++) {
		poll_until_ready(&message, 1);
		assert_int_equal(message.data, i);
		smp_store_release(&message.ready, 0);
	}
	rlenv_thread_join(sender);
}

static bool warn_once_here(void)
{
	return WARN_ON_ONCE(true);
}

static void test_warnings(void **state)
{
	int before = warnings();

	assert_false(WARN_ON(before < 0));
	assert_int_equal(warnings(), before);
	assert_true(WARN_ON(before >= 0));
	assert_true(warn_once_here());
	assert_true(warn_once_here());
	assert_true(WARN_ONCE(true, "number %d\n", 3));
	assert_int_equal(warnings(), before + 3);
}

static void test_panic_on_warn(void **state)
{
	pid_t child = fork();
	int status;

	if (!child) {
		signal(SIGABRT, SIG_DFL);
		setenv("RL_PANIC_ON_WARN", "1", 1);
		WARN_ON(true);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* The id is cached per thread and must not survive into a child. */
static void test_ids(void **state)
{
	pid_t child;
	int status;

	assert_int_equal(rlenv_self_id(), gettid());
	assert_int_equal(rlenv_task_id(rlenv_self()), rlenv_self_id());
	child = fork();
	if (!child)
		_exit(rlenv_self_id() == (u64)gettid() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

static int where(void *arg)
{
	return (int)rlenv_cpu();
}

static void test_threads(void **state)
{
	struct rlenv_thread *thread;
	u64 before;

	thread = rlenv_thread_run(where, NULL, 0, "a name that is too long");
	if (!IS_ERR(thread))
		assert_int_equal(rlenv_thread_join(thread), 0);
	thread = rlenv_thread_run(where, NULL, 1 << 20, "nowhere");
	assert_int_equal(PTR_ERR(thread), -EINVAL);
	assert_in_range(rlenv_nr_cpus(), 1, 1 << 16);

	before = rlenv_now_ns();
	rlenv_sleep_ns(1000000);
	assert_true(rlenv_now_ns() >= before + 1000000);
	cond_resched();
}

static void test_memory(void **state)
{
	unsigned char *small, *big;
	size_t i;

	small = rlenv_alloc(100);
	big = rlenv_alloc_big(3 * 4096 + 1);
	assert_non_null(small);
	assert_non_null(big);
	assert_true(IS_ALIGNED((uintptr_t)big, 4096));
	for (i = 0; i < 100; i++)
		assert_int_equal(small[i], 0);
	for (i = 0; i < 3 * 4096 + 1; i++)
		assert_int_equal(big[i], 0);
	rlenv_free(small);
	rlenv_free_big(big);
	rlenv_free(NULL);
	rlenv_free_big(NULL);
	assert_null(rlenv_alloc_big(SIZE_MAX));
}

/* What has been given back is there for the next of its size, as it was. */
static void test_stable_memory(void **state)
{
	u8 *first = rlenv_stable_alloc(1000), *again;
	size_t i;

	assert_non_null(first);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(first[i], 0);
		first[i] = 0xa5;
	}
	rlenv_stable_free(first);
	assert_int_equal(first[999], 0xa5);

	again = rlenv_stable_alloc(1001);
	assert_ptr_not_equal(again, first);
	rlenv_stable_free(again);
	rlenv_alloc_fail_nth(1);
	assert_null(rlenv_stable_alloc(1000));
	again = rlenv_stable_alloc(1000);
	assert_ptr_equal(again, first);
	assert_int_equal(again[0], 0xa5);
	rlenv_stable_free(again);
	rlenv_stable_free(NULL);
}

static void test_allocation_failure(void **state)
{
	void *ptr;

	rlenv_alloc_fail_nth(3);
	ptr = rlenv_alloc(1);
	assert_non_null(ptr);
	rlenv_free(ptr);
	ptr = rlenv_alloc_big(1);
	assert_non_null(ptr);
	rlenv_free_big(ptr);
	assert_null(rlenv_alloc(1));
	ptr = rlenv_alloc(1);
	assert_non_null(ptr);
	rlenv_free(ptr);
	rlenv_alloc_fail_nth(1);
	assert_null(rlenv_alloc_big(1));
	rlenv_alloc_fail_nth(1);
	assert_int_equal(PTR_ERR(rlenv_thread_run(where, NULL, -1, "x")),
			 -ENOMEM);
	rlenv_alloc_fail_nth(0);
}

static void test_crc32(void **state)
{
	const char *text = "123456789";

	assert_int_equal(rlenv_crc32(0, text, 9), 0xcbf43926);
	assert_int_equal(rlenv_crc32(rlenv_crc32(0, text, 4), text + 4, 5),
			 0xcbf43926);
	assert_int_equal(rlenv_crc32(0, text, 0), 0);
}

/* @current points at one of @slots; the other holds POISON. */
struct rcu_cell {
	u64 *current;
	u64 slots[2];
	u32 stop;
};

#define POISON		0xdeadULL

static int read_cell(void *arg)
{
	struct rcu_cell *cell = arg;
	int poisoned = 0;
	u64 *slot;

	while (!smp_load_acquire(&cell->stop)) {
		rlenv_rcu_read_lock();
		slot = rlenv_rcu_dereference(cell->current);
		poisoned += *slot == POISON;
		rlenv_rcu_read_unlock();
	}
	return poisoned;
}

/*
 * Without the grace period this must be reported by ThreadSanitizer, or its
 * annotations hide too much; tests/check_tsan.sh runs it so.
 */
static void test_rcu(void **state)
{
	bool wait_for_readers = !getenv("RL_TEST_NO_GRACE_PERIOD");
	struct rcu_cell cell = { .slots = { 1, POISON } };
	struct rlenv_thread *threads[2];
	unsigned int i;

	cell.current = &cell.slots[0];
	threads[0] = start(read_cell, &cell);
	threads[1] = start(read_cell, &cell);
	for (i = 0; i < 200; i++) {
		cell.slots[~i & 1] = i;
		rlenv_rcu_assign(cell.current, &cell.slots[~i & 1]);
		if (wait_for_readers)
			rlenv_rcu_synchronize();
		cell.slots[i & 1] = POISON;
	}
	smp_store_release(&cell.stop, 1);
	assert_int_equal(rlenv_thread_join(threads[0]), 0);
	assert_int_equal(rlenv_thread_join(threads[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stable_memory),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_atomics_are_atomic),
		cmocka_unit_test(test_refcount),
		cmocka_unit_test(test_release_and_acquire),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_panic_on_warn),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_allocation_failure),
		cmocka_unit_test(test_crc32),
		cmocka_unit_test(test_rcu),
	};

	if (getenv("RL_TEST_NO_GRACE_PERIOD"))
		cmocka_set_test_filter("test_rcu");
	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
