// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Scenarios of lockbench and how they are measured.
 *
 * A row is the median over rounds of one loop of pairs; the first round is
 * discarded.  Under emulation with a virtual clock of one nanosecond per
 * instruction (module parameter icount=1) the clock counts instructions, and
 * the median drops the rounds that a timer interrupt fell into; elsewhere it
 * is time.  The row says which.  The row of the lock "none" is the loop itself.
 *
 * Each row is one line of JSON, in the log behind the word RLBENCH and in
 * debugfs.
 */
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/utsname.h>

#include "lockbench.h"

/*
 * Rounds that are not counted, and the time after each: a lock that adapts asks a
 * worker for memory, which has to have its turn.
 */
#define WARMUPS		6
#define WARMUP_NS	(10 * NSEC_PER_MSEC)

#define ROUNDS		21
#define PAIRS_ICOUNT	500
#define PAIRS_CLOCK	50000
#define REPORT_SIZE	SZ_64K

/**
 * struct lockbench_report - rows of the last run
 * @lock: serialises runs and readers, guards the rest
 * @len:  bytes in @text
 * @text: rows, one per line
 */
static struct lockbench_report {
	struct mutex lock;
	size_t len;
	char *text;
} report = {
	.lock = __MUTEX_INITIALIZER(report.lock),
};

static __printf(1, 2) void append(const char *fmt, ...)
{
	va_list args;

	lockdep_assert_held(&report.lock);
	va_start(args, fmt);
	report.len += vscnprintf(report.text + report.len,
				 REPORT_SIZE - report.len, fmt, args);
	va_end(args);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a;
	u64 y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* A clock value per pair or operation, with two digits after the point. */
static void append_value(const char *name, const struct lockbench_row *row,
			 unsigned int round)
{
	u64 value = div_u64(row->rounds[round] * 100, row->per_round);
	u32 hundredths;

	value = div_u64_rem(value, 100, &hundredths);
	append("\"%s\":%llu.%02u,", name, value, hundredths);
}

/**
 * lockbench_emit - add a row to the report and the log
 * @row: the row; its rounds are sorted
 *
 * Context: process context, within lockbench_run().
 */
void lockbench_emit(struct lockbench_row *row)
{
	size_t begin = report.len;

	sort(row->rounds, row->nr_rounds, sizeof(u64), compare_u64, NULL);
	append("{\"side\":\"kernel\",\"kernel\":\"%s\",",
	       utsname()->release);
	append("\"scenario\":\"%s\",\"lock\":\"%s\",", row->scenario,
	       row->lock);
	append("\"mode\":\"%s\",\"held\":%u,\"threads\":1,", row->mode,
	       row->held);
	append("\"metric\":\"%s_per_%s\",", row->icount ? "insn" : "ns",
	       row->what);
	append_value("value", row, row->nr_rounds / 2);
	append_value("min", row, 0);
	append_value("max", row, row->nr_rounds - 1);
	append("\"rounds\":%u,\"per_round\":%u}", row->nr_rounds,
	       row->per_round);
	printk(KERN_INFO "RLBENCH %s\n", report.text + begin);
	append("\n");
}

/**
 * struct measured - what is measured
 * @scenario: name
 * @mode:     read, write or mix; of tries hit, miss or edge
 * @held:     standing ranges
 * @icount:   the clock counts instructions
 * @try:      the lock only tries
 * @freed:    @held ranges stood before, and are given back
 */
struct measured {
	const char *scenario;
	const char *mode;
	unsigned int held;
	bool icount;
	bool try;
	bool freed;
};

static int measure(struct lockbench_env *env, const struct measured *what,
		   const struct lockbench_lock *lock)
{
	u64 rounds[ROUNDS];
	struct lockbench_row row = {
		.scenario = what->scenario,
		.lock = lock->name,
		.mode = what->mode,
		.held = what->held,
		.icount = what->icount,
		.what = "pair",
		.per_round = what->icount ? PAIRS_ICOUNT : PAIRS_CLOCK,
		.nr_rounds = ROUNDS,
		.rounds = rounds,
	};
	int (*run)(struct lockbench_env *env, unsigned int pairs) =
		what->try ? lock->try : lock->run;
	u64 begin;
	int i, ret;

	ret = lock->hold(env, row.held);
	if (ret)
		return ret;
	if (what->freed)
		lock->unhold(env, row.held);
	for (i = -WARMUPS; i < ROUNDS && !ret; i++) {
		begin = rlenv_now_ns();
		ret = run(env, row.per_round);
		if (i >= 0)
			rounds[i] = rlenv_now_ns() - begin;
		else
			rlenv_sleep_ns(WARMUP_NS);
		cond_resched();
	}
	if (!what->freed)
		lock->unhold(env, row.held);
	if (!ret)
		lockbench_emit(&row);
	return ret;
}

/* All slots alike: 4 KiB in the gap behind the middle one of @held ranges. */
static void set_pair(struct lockbench_env *env, bool shared, unsigned int held)
{
	unsigned int i;

	for (i = 0; i < LOCKBENCH_SLOTS; i++) {
		env->slots[i].start = (u64)(held / 2) * 8192 + 4096;
		env->slots[i].last = env->slots[i].start + 4095;
		env->slots[i].shared = shared;
	}
}

static int u_pair(struct lockbench_env *env, const struct lockbench_lock *lock,
		  bool icount)
{
	struct measured what = { "u_pair", "write", 0, icount };
	int ret;

	set_pair(env, false, 0);
	ret = measure(env, &what, lock);
	if (ret || !lock->has_modes)
		return ret;
	what.mode = "read";
	set_pair(env, true, 0);
	return measure(env, &what, lock);
}

static int u_held(struct lockbench_env *env, const struct lockbench_lock *lock,
		  bool icount)
{
	static const unsigned int held[] = { 0, 1, 4, 16, 64, 256, 4096 };
	int i, ret = 0;

	if (!lock->has_ranges)
		return 0;
	for (i = 0; i < ARRAY_SIZE(held) && !ret; i++) {
		struct measured what = { "u_held", "write", held[i], icount };

		set_pair(env, false, held[i]);
		ret = measure(env, &what, lock);
	}
	return ret;
}

static void set_slots(struct lockbench_env *env, u64 start, u64 last)
{
	unsigned int i;

	for (i = 0; i < LOCKBENCH_SLOTS; i++)
		env->slots[i] = (struct lockbench_range){ start, last, false };
}

/* A range that is free, one that is held, one whose first byte is. */
static int u_try(struct lockbench_env *env, const struct lockbench_lock *lock,
		 bool icount)
{
	static const struct {
		const char *mode;
		u64 start;
	} tried[] = {
		{ "hit", 8 * 8192 + 4096 },
		{ "miss", 8 * 8192 },
		{ "edge", 8 * 8192 + 4095 },
	};
	unsigned int held = lock->has_ranges ? 16 : 0;
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(tried) && lock->try && !ret; i++) {
		struct measured what = { "u_try", tried[i].mode, held, icount,
					 .try = true };

		if (i && !lock->has_ranges)
			break;
		set_slots(env, tried[i].start, tried[i].start + 4095);
		ret = measure(env, &what, lock);
	}
	return ret;
}

/* The whole file exclusive, also after so many ranges were held. */
static int u_whole(struct lockbench_env *env, const struct lockbench_lock *lock,
		   bool icount)
{
	static const unsigned int held[] = { 0, 64, 4096 };
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(held) && !ret; i++) {
		struct measured what = { "u_whole", "write", held[i], icount,
					 .freed = true };

		if (held[i] && !lock->has_ranges)
			break;
		set_slots(env, 0, U64_MAX);
		ret = measure(env, &what, lock);
	}
	return ret;
}

/* Private slots of 4 KiB, as one thread of the userspace bench sees them. */
static int g_disjoint(struct lockbench_env *env,
		      const struct lockbench_lock *lock, bool icount)
{
	struct measured what = { "g_disjoint", "write", 0, icount };
	unsigned int i;

	for (i = 0; i < LOCKBENCH_SLOTS; i++) {
		env->slots[i].start = (u64)i * 4096;
		env->slots[i].last = env->slots[i].start + 4095;
		env->slots[i].shared = false;
	}
	return measure(env, &what, lock);
}

/* One exclusive whole-file range in sixteen among shared small ones. */
static int g_whole(struct lockbench_env *env, const struct lockbench_lock *lock,
		   bool icount)
{
	struct measured what = { "g_whole", "mix", 0, icount };
	unsigned int i;

	for (i = 0; i < LOCKBENCH_SLOTS; i++) {
		bool whole = i % 16 == 15;

		env->slots[i].start = whole ? 0 : (u64)i * 4096;
		env->slots[i].last = whole ? U64_MAX : (u64)i * 4096 + 4095;
		env->slots[i].shared = !whole;
	}
	return measure(env, &what, lock);
}

static int run_lock(struct lockbench_env *env,
		    const struct lockbench_lock *lock, bool icount)
{
	int ret = u_pair(env, lock, icount);

	if (!ret)
		ret = u_held(env, lock, icount);
	if (!ret)
		ret = u_try(env, lock, icount);
	if (!ret)
		ret = u_whole(env, lock, icount);
	if (!ret)
		ret = g_disjoint(env, lock, icount);
	if (!ret)
		ret = g_whole(env, lock, icount);
	return ret;
}

/**
 * lockbench_run - measure all locks and the engine in all scenarios
 * @icount: the clock counts instructions
 *
 * Context: process context, sleeps; takes seconds.
 * Return: 0, -EBUSY while another run goes on, -ENOMEM, or what a lock said.
 */
int lockbench_run(bool icount)
{
	const struct lockbench_lock *lock;
	struct lockbench_env *env;
	int ret = -ENOMEM;

	if (!mutex_trylock(&report.lock))
		return -EBUSY;
	env = kvzalloc(sizeof(*env), GFP_KERNEL);
	if (!report.text)
		report.text = kvzalloc(REPORT_SIZE, GFP_KERNEL);
	if (!env || !report.text)
		goto out;
	report.len = 0;
	ret = lockbench_env_init(env);
	if (ret)
		goto out;
	for (lock = lockbench_locks; lock->name && !ret; lock++)
		ret = run_lock(env, lock, icount);
	lockbench_env_exit(env);
	if (!ret)
		ret = lockbench_run_engine(icount);
out:
	kvfree(env);
	mutex_unlock(&report.lock);
	return ret;
}

void lockbench_show(struct seq_file *seq)
{
	mutex_lock(&report.lock);
	if (report.len)
		seq_write(seq, report.text, report.len);
	else
		seq_puts(seq, "not run: write 1 to this file\n");
	mutex_unlock(&report.lock);
}

void lockbench_exit(void)
{
	kvfree(report.text);
}
