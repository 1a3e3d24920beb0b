// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Faults and endless loops in the lock fail their schedule instead of the
 * program; and which operations no schedule has come to.
 */
#include "sched.h"

#include <signal.h>
#include <unistd.h>

/* All places, by the names that the linker makes of their section. */
extern struct sched_place __start_sched_places[], __stop_sched_places[];

/**
 * sched_print_unvisited() - operations of the lock that no schedule came to
 */
void sched_print_unvisited(void)
{
	const struct sched_place *place;
	u32 all = 0, unvisited = 0;

	for (place = __start_sched_places; place < __stop_sched_places;
	     place++) {
		all++;
		if (place->hits)
			continue;
		unvisited++;
		printf("     not visited: %s:%d %s\n", place->file,
		       place->line, place->what);
	}
	printf("%u of %u operations visited\n", all - unvisited, all);
}

static void on_fault(int sig)
{
	if (!sched_running)
		_exit(3);
	sched_fail("%s in %c", sig == SIGSEGV || sig == SIGBUS ?
		   "memory fault" : "abort", sched_letter(sched.current->id));
}

/* A schedule that does not come to its next operation for a second hangs. */
static void on_timer(int sig)
{
	static u32 last, same;

	if (!sched_running)
		return;
	same = last == sched_runs ? same + 1 : 0;
	last = sched_runs;
	if (same > 4) {
		same = 0;
		sched_fail("%c loops without a scheduling point",
			   sched_letter(sched.current->id));
	}
}

/**
 * sched_catch_signals() - let faults and endless loops fail their schedule
 */
void sched_catch_signals(void)
{
	static char stack[16384];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = {
		.sa_handler = on_fault,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	action.sa_handler = on_timer;
	sigaction(SIGALRM, &action, NULL);
	ualarm(500000, 500000);
}
