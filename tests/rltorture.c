// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Long torture of the lock in userspace; tests/cases/torture.h says what it
 * does.  The cases of group "torture" are short runs of the same.
 *
 *   rltorture [--seconds N] [--turns N] [--threads N] [--seed N]
 *             [--lock NAME] [--modes rw|file] [--whole N] [--high] [--calm]
 *
 * Meanwhile signals end waits, threads are moved from CPU to CPU, some ranges are
 * held for milliseconds, and all pause at times; with --calm nothing of that.
 *
 * Ends with one line SUCCESS or FAILURE.  A lock that is broken on purpose has
 * to FAIL.  A seed repeats each thread's choices; when they meet is up to the
 * machine, so a replay may take some runs.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cases/torture.h"
#include "options.h"

static const struct torture_ops *const locks[] = {
	&torture_rl,
	&torture_busted_none,
	&torture_busted_overlap,
	&torture_busted_wake,
};

/* Of the workers; a thread publishes its own. */
static pthread_t threads[TORTURE_THREADS_MAX];
static u32 begun[TORTURE_THREADS_MAX];

/* Where they may run at all. */
static cpu_set_t cpus;

static void on_signal(int signal)
{
	rlenv_thread_kill_self();
}

static void world_begin(struct torture *tt, u32 worker)
{
	threads[worker] = pthread_self();
	/* Pairs with the load-acquire in world_disturb(). */
	smp_store_release(&begun[worker], 1);
}

static void move(pthread_t thread, u32 nth)
{
	cpu_set_t one;
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus) && nth-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(thread, sizeof(one), &one);
}

/* One is not joined before the watch is over, so its handle is good. */
static void world_disturb(struct torture *tt, struct prng *rng)
{
	u32 worker = prng_below(rng, tt->params.threads);

	/* Pairs with the store-release in world_begin(). */
	if (!smp_load_acquire(&begun[worker]))
		return;
	if (prng_below(rng, 2))
		pthread_kill(threads[worker], SIGUSR1);
	else if (prng_below(rng, 8))
		move(threads[worker], prng_below(rng, CPU_COUNT(&cpus)));
	else
		pthread_setaffinity_np(threads[worker], sizeof(cpus), &cpus);
}

static void world_interrupted(struct torture *tt)
{
	rlenv_thread_revive();
}

static const struct torture_world world = {
	.begin = world_begin,
	.disturb = world_disturb,
	.interrupted = world_interrupted,
};

/* With and without SA_RESTART a signal ends the wait, since it kills. */
static void prepare_world(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (sigaction(SIGUSR1, &action, NULL) ||
	    sched_getaffinity(0, sizeof(cpus), &cpus))
		abort();
}

static void calm(struct torture_params *p)
{
	p->world = NULL;
	p->long_share = 0;
	p->stutter_ns = 0;
}

void usage(void)
{
	fputs("usage: rltorture [--seconds N] [--turns N] [--threads N] [--seed N]\n"
	      "                 [--lock rl|busted_none|busted_overlap|busted_wake]\n"
	      "                 [--modes rw|file] [--whole N] [--high] [--calm]\n",
	      stderr);
	exit(2);
}

static const char *lock_name(u32 i)
{
	return locks[i]->name;
}

static const struct rangelock_modes *modes_by_name(const char *name)
{
	if (name && !strcmp(name, "rw"))
		return &rangelock_modes_rw;
	if (name && !strcmp(name, "file"))
		return &rangelock_modes_file;
	usage();
}

/* One option; true if it used @value. */
static bool parse_one(struct torture_params *p, const char *option,
		      const char *value)
{
	if (!strcmp(option, "--high")) {
		p->base = RANGELOCK_MAX - TORTURE_PAGES + 1;
		return false;
	}
	if (!strcmp(option, "--calm")) {
		calm(p);
		return false;
	}
	if (!strcmp(option, "--seconds"))
		p->run_ns = option_seconds(value);
	else if (!strcmp(option, "--turns"))
		p->turns = option_number(value, 1, U64_MAX);
	else if (!strcmp(option, "--threads"))
		p->threads = option_number(value, 1, TORTURE_THREADS_MAX);
	else if (!strcmp(option, "--seed"))
		p->seed = option_number(value, 0, U64_MAX);
	else if (!strcmp(option, "--lock"))
		p->ops = locks[option_name(value, lock_name,
					   ARRAY_SIZE(locks))];
	else if (!strcmp(option, "--modes"))
		p->modes = modes_by_name(value);
	else if (!strcmp(option, "--whole"))
		p->whole_share = option_number(value, 0, 1000000);
	else
		usage();
	return true;
}

static void print_banner(const struct torture_params *p, char *replay,
			 size_t size)
{
	snprintf(replay, size,
		 "rltorture --lock %s --modes %s --threads %u --whole %u --seed %llu%s%s",
		 p->ops->name, p->modes == &rangelock_modes_rw ? "rw" : "file",
		 p->threads, p->whole_share, p->seed, p->base ? " --high" : "",
		 p->world ? "" : " --calm");
	printf("# %s --seconds %llu\n", replay, p->run_ns / 1000000000);
	fflush(stdout);
}

/* One screen for a failure, one line for a success. */
static int print_verdict(struct torture *tt, const char *replay)
{
	bool failed = atomic_read(&tt->violations) || atomic_read(&tt->stalls);

	if (failed) {
		printf("violations %d, stalls %d\n",
		       atomic_read(&tt->violations), atomic_read(&tt->stalls));
		if (tt->why[0])
			printf("first: %s\n", tt->why);
		if (tt->params.ops == &torture_rl)
			fputs(tt->dump, stdout);
		printf("replay: %s\n", replay);
	}
	printf("%s: %s, %llu turns, %llu grants, %llu waits, %llu interrupted, seed %llu\n",
	       failed ? "FAILURE" : "SUCCESS", tt->params.ops->name,
	       (u64)atomic64_read(&tt->turns), (u64)atomic64_read(&tt->grants),
	       READ_ONCE(tt->stats.contended),
	       (u64)atomic64_read(&tt->interrupts), tt->params.seed);
	return failed;
}

int main(int argc, char **argv)
{
	struct torture_params params = {
		.ops = &torture_rl,
		.modes = &rangelock_modes_file,
		.seed = prng_mix(rlenv_now_ns()),
		.turns = U64_MAX,
		.run_ns = 10ull * 1000000000,
		.threads = 4,
		.whole_share = 20,
		.long_share = 500,
		.stutter_ns = 25000000,
		.world = &world,
	};
	char replay[200];
	struct torture *tt;
	int i, ret;

	for (i = 1; i < argc; i++)
		i += parse_one(&params, argv[i], argv[i + 1]);
	prepare_world();
	print_banner(&params, replay, sizeof(replay));
	tt = torture_new(&params);
	if (!tt) {
		fputs("rltorture: no memory\n", stderr);
		return 2;
	}
	torture_run(tt);
	ret = print_verdict(tt, replay);
	/* After a stall the threads are still in there. */
	if (!atomic_read(&tt->stalls))
		torture_free(tt);
	return ret;
}
