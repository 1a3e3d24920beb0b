/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every verb of the range lock, through the public header, in the order in
 * which a small file server might come to need them.  The program is compiled
 * and run by the tests, so what it shows is true.
 *
 *   cc example.c $(pkg-config --cflags --libs rangelock) -lpthread
 */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <rangelock.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096ULL

static struct rangelock lock;
static struct rangelock_stats stats;

/* One range, one thread: the pair that everything else is built on. */
static void show_acquire_and_release(void)
{
	struct rangelock_req req;

	assert(rangelock_acquire(&lock, &req, 0, PAGE - 1,
				 RANGELOCK_WRITE) == 0);
	assert(rangelock_is_held(&req));
	/* ... bytes 0 to 4095 are ours ... */
	assert(rangelock_release(&lock, &req) == 0);
	assert(!rangelock_is_held(&req));

	/* Ranges are inclusive, and the last byte of all is legal. */
	assert(rangelock_acquire(&lock, &req, 0, RANGELOCK_MAX,
				 RANGELOCK_RESTRUCTURE) == 0);
	assert(rangelock_release(&lock, &req) == 0);
	assert(rangelock_acquire(&lock, &req, 1, 0, RANGELOCK_READ) ==
	       -EINVAL);
}

/* Several ranges at once: the first plainly, later ones nested, ascending. */
static void show_nested(void)
{
	struct rangelock_req from, to;

	assert(rangelock_acquire(&lock, &from, 0, PAGE - 1,
				 RANGELOCK_REFLINK_SRC) == 0);
	assert(rangelock_acquire_nested(&lock, &to, PAGE, 2 * PAGE - 1,
					RANGELOCK_WRITE, 1) == 0);
	/* ... share page 0 into page 1 ... */
	assert(rangelock_release(&lock, &to) == 0);
	assert(rangelock_release(&lock, &from) == 0);
}

/* Do not wait at all; modes that admit each other do not have to. */
static void show_try(void)
{
	struct rangelock_req reader, log, writer;

	assert(rangelock_try(&lock, &reader, 0, 99, RANGELOCK_READ) == 0);
	assert(rangelock_try(&lock, &log, 0, 99, RANGELOCK_LOG) == 0);
	assert(rangelock_try(&lock, &writer, 99, 200, RANGELOCK_WRITE) ==
	       -EAGAIN);
	assert(rangelock_try(&lock, &writer, 100, 200, RANGELOCK_WRITE) == 0);
	assert(rangelock_release(&lock, &writer) == 0);
	assert(rangelock_release(&lock, &log) == 0);
	assert(rangelock_release(&lock, &reader) == 0);
}

/* An IO that another thread completes. */
struct io {
	struct rangelock_req req;
	int completed;
};

static void *complete_io(void *arg)
{
	struct io *io = arg;

	io->completed = 1;
	assert(rangelock_release(&lock, &io->req) == 0);
	return NULL;
}

/* Take the range here, give it back where the IO ends. */
static void show_disown(void)
{
	struct rangelock_req req;
	struct io io = { .completed = 0 };
	pthread_t thread;

	assert(rangelock_acquire(&lock, &io.req, 0, PAGE - 1,
				 RANGELOCK_WRITE) == 0);
	assert(rangelock_disown(&lock, &io.req) == 0);
	assert(pthread_create(&thread, NULL, complete_io, &io) == 0);
	/* Waits for the completion, and sees what it wrote. */
	assert(rangelock_acquire(&lock, &req, 0, PAGE - 1,
				 RANGELOCK_READ) == 0);
	assert(io.completed);
	assert(rangelock_release(&lock, &req) == 0);
	pthread_join(thread, NULL);
}

/* A whole-file lock that gives back what it has dealt with. */
static void show_shrink_and_downgrade(void)
{
	struct rangelock_req sync, reader;

	assert(rangelock_acquire(&lock, &sync, 0, RANGELOCK_MAX,
				 RANGELOCK_WRITE) == 0);
	assert(rangelock_shrink(&lock, &sync, 10 * PAGE, RANGELOCK_MAX) == 0);
	assert(rangelock_try(&lock, &reader, 0, PAGE, RANGELOCK_READ) == 0);
	assert(rangelock_release(&lock, &reader) == 0);

	assert(rangelock_downgrade(&lock, &sync, RANGELOCK_LOG) == 0);
	assert(rangelock_try(&lock, &reader, 20 * PAGE, 21 * PAGE,
			     RANGELOCK_READ) == 0);
	assert(rangelock_release(&lock, &reader) == 0);
	assert(rangelock_release(&lock, &sync) == 0);
}

/* Held by an IO in flight: what the waits below cannot have. */
static void take_page_0(struct rangelock_req *req)
{
	assert(rangelock_acquire(&lock, req, 0, PAGE - 1,
				 RANGELOCK_WRITE) == 0);
	assert(rangelock_disown(&lock, req) == 0);
}

static void show_timeout(void)
{
	struct rangelock_req held, req;

	take_page_0(&held);
	assert(rangelock_acquire_timeout(&lock, &req, 0, 10, RANGELOCK_READ,
					 1000000) == -ETIMEDOUT);
	assert(rangelock_release(&lock, &held) == 0);
	assert(rangelock_acquire_timeout(&lock, &req, 0, 10, RANGELOCK_READ,
					 1000000) == 0);
	assert(rangelock_release(&lock, &req) == 0);
}

static void give_up(int signal)
{
	(void)signal;
	rangelock_thread_die();
}

/* A thread that is told to end does not hang in a wait. */
static void show_killable(void)
{
	struct rangelock_req held, req;

	signal(SIGUSR1, give_up);
	take_page_0(&held);
	raise(SIGUSR1);
	assert(rangelock_acquire_killable(&lock, &req, 0, 10,
					  RANGELOCK_READ) == -EINTR);
	assert(rangelock_acquire_interruptible(&lock, &req, 0, 10,
					       RANGELOCK_READ) == -EINTR);
	rangelock_thread_revive();
	assert(rangelock_release(&lock, &held) == 0);
}

/* Queue first, do something else, wait or change one's mind later. */
static void show_two_phases(void)
{
	struct rangelock_req held, req;

	take_page_0(&held);
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ, NULL) ==
	       -EINPROGRESS);
	assert(rangelock_wait(&req, RANGELOCK_WAIT_KILLABLE, 1000) ==
	       -ETIMEDOUT);
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ, NULL) ==
	       -EINPROGRESS);
	assert(rangelock_cancel(&req) == 0);
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ, NULL) ==
	       -EINPROGRESS);
	assert(rangelock_release(&lock, &held) == 0);
	assert(rangelock_wait(&req, RANGELOCK_WAIT_FOREVER,
			      RANGELOCK_NO_TIMEOUT) == 0);
	assert(rangelock_release(&lock, &req) == 0);
}

static int granted;

static void on_grant(struct rangelock_req *req)
{
	granted++;
	assert(rangelock_is_held(req));
	assert(rangelock_release(&lock, req) == 0);
}

/* No thread waits at all: the release calls back. */
static void show_callback(void)
{
	struct rangelock_req held, req;

	take_page_0(&held);
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ,
				 on_grant) == -EINPROGRESS);
	assert(granted == 0);
	assert(rangelock_release(&lock, &held) == 0);
	assert(granted == 1);
	/* Free at once: no callback, the caller goes on. */
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ,
				 on_grant) == 0);
	assert(granted == 1);
	assert(rangelock_release(&lock, &req) == 0);
}

/* Who holds and who waits, for people. */
static void show_looking_inside(void)
{
	struct rangelock_record record[2];
	struct rangelock_req held, req;
	char text[512];

	take_page_0(&held);
	assert(rangelock_enqueue(&lock, &req, 0, 10, RANGELOCK_READ, NULL) ==
	       -EINPROGRESS);
	assert(rangelock_validate(&lock) == 0);
	assert(rangelock_destroy(&lock) == -EBUSY);
	assert(rangelock_snapshot(&lock, RANGELOCK_WAITERS, record, 2) == 1);
	assert(record[0].last == 10 && record[0].blockers == 1);
	assert(rangelock_format(&record[0], text, sizeof(text)) > 0);
	assert(rangelock_dump(&lock, text, sizeof(text)) == strlen(text));
	fputs(text, stdout);
	assert(rangelock_cancel(&req) == 0);
	assert(rangelock_release(&lock, &held) == 0);
}

int main(void)
{
	rangelock_init(&lock, &rangelock_modes_file);
	rangelock_attach_stats(&lock, &stats);
	show_acquire_and_release();
	show_nested();
	show_try();
	show_disown();
	show_shrink_and_downgrade();
	show_timeout();
	show_killable();
	show_two_phases();
	show_callback();
	show_looking_inside();
	assert(rangelock_destroy(&lock) == 0);
	assert(stats.try_failed == 1);
	printf("%llu ranges taken, %llu after a wait, %llu requests withdrawn\n",
	       (unsigned long long)stats.acquired,
	       (unsigned long long)stats.contended,
	       (unsigned long long)stats.cancelled);
	return 0;
}
