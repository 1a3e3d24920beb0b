// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Stress: rounds of threads at work, each with a comparison at its end.
 */
#include "fuzz_internal.h"
#include "stress.h"

#define STRESS_BLOCKS	128U	/* of a file */
#define ROUND_NS	500000000ULL
/* How often the design changes in a round. */
#define SWITCH_NS	7000000ULL

/**
 * struct stress - a stress
 * @params:  constant
 * @result:  filled as it goes
 * @f:       what the clients see
 * @fuzz:    the same for its own result
 * @prng:    of the main thread's choices
 */
struct stress {
	struct stress_params params;
	struct stress_result *result;
	struct fuzz *f;
	struct fuzz_result fuzz;
	struct prng prng;
};

static int stress_thread(void *arg)
{
	fuzz_client(arg);
	return 0;
}

/* Switch designs until the round is over.  Return: whether anything failed. */
static void watch_round(struct stress *s, u64 until)
{
	struct fuzz *f = s->f;
	enum iopath_design design;

	while (rlenv_now_ns() < until && !atomic_read(&f->failed)) {
		rlenv_sleep_ns(SWITCH_NS);
		if (s->params.design != IOPATH_DESIGNS)
			continue;
		do
			design = prng_below(&s->prng, IOPATH_DESIGNS);
		while (!iopath_design_is_offered(design));
		WARN_ON(iopath_set_design(f->fs, design));
		s->result->switches++;
	}
}

/* Threads at work; @cut: until the power fails. */
static int work_round(struct stress *s, u64 ns, bool cut)
{
	struct fuzz *f = s->f;
	int err = 0;
	u32 i;

	WRITE_ONCE(f->stop, 0);
	for (i = 0; i < f->clients; i++) {
		f->actor[i].thread = rlenv_thread_run(stress_thread,
						      &f->actor[i], -1,
						      "stress");
		if (!f->actor[i].thread || IS_ERR(f->actor[i].thread)) {
			f->actor[i].thread = NULL;
			err = -ENOMEM;
			break;
		}
	}
	if (!err)
		watch_round(s, rlenv_now_ns() + ns);
	if (cut)
		fuzz_dev_cut(f);
	WRITE_ONCE(f->stop, 1);
	for (i = 0; i < f->clients; i++)
		if (f->actor[i].thread)
			rlenv_thread_join(f->actor[i].thread);
	return err;
}

/* What is there after a crash is the new truth, and is then written anew. */
static int settle(struct stress *s)
{
	struct fuzz *f = s->f;
	char *buf = f->actor[0].buf;
	ssize_t done;
	u32 i, block;

	for (i = 0; i < 2 * f->params.files; i++)
		for (block = 0; block < f->blocks; block++) {
			done = iopath_read(iopath_file(f->fs, i), block * BLK,
					   buf, BLK);
			if (done < 0)
				return (int)done;
			memset(buf + done, 0, BLK - (size_t)done);
			iopath_oracle_settle(f->oracle[i], block * BLK, buf,
					     BLK);
		}
	return fuzz_fill(&f->actor[0]);
}

static int stress_round(struct stress *s)
{
	bool cut = !prng_below(&s->prng, 3);
	struct fuzz *f = s->f;
	int err;

	err = work_round(s, cut ? ROUND_NS / 100 *
				  (1 + prng_below(&s->prng, 100)) : ROUND_NS,
			 cut);
	s->result->rounds++;
	if (err || atomic_read(&f->failed))
		return err;
	if (!cut) {
		fuzz_check(f, IOPATH_FLOOR_ACKED);
		return 0;
	}
	s->result->crashes++;
	f->params.design = iopath_get_design(f->fs);
	fuzz_crash(f);
	f->is_cut = false;
	return atomic_read(&f->failed) ? 0 : settle(s);
}

static void stress_setup(struct stress *s)
{
	struct fuzz *f = s->f;
	u32 i;

	fuzz_defaults(&f->params, s->params.seed);
	f->params.design = s->params.design == IOPATH_DESIGNS ?
				   IOPATH_RANGE : s->params.design;
	f->params.nocow = s->params.nocow;
	f->params.files = min(s->params.files, s->params.threads);
	f->params.ops = U32_MAX;
	f->clients = s->params.threads;
	f->blocks = STRESS_BLOCKS;
	f->latency_ns = s->params.latency_ns;
	f->result = &s->fuzz;
	for (i = 0; i < f->clients; i++) {
		f->actor[i].f = f;
		f->actor[i].index = i;
		prng_seed(&f->actor[i].prng, s->params.seed + 1000 * (i + 1));
	}
	prng_seed(&s->prng, s->params.seed);
	prng_seed(&f->choice, s->params.seed);
}

static int stress_rounds(struct stress *s)
{
	u64 begin;
	int err;

	err = fuzz_make(s->f);
	if (!err)
		err = fuzz_fill(&s->f->actor[0]);
	/* in an emulator, to fill the files takes longer than a short run */
	begin = rlenv_now_ns();
	while (!err && !atomic_read(&s->f->failed) &&
	       rlenv_now_ns() - begin < s->params.run_ns)
		err = stress_round(s);
	return err;
}

/**
 * stress_run() - stress the engine
 * @params: what to do; copied
 * @result: what came out
 *
 * Context: process context, sleeps.
 * Return: 0, or -errno if it could not be done.
 */
int stress_run(const struct stress_params *params, struct stress_result *result)
{
	struct stress *s = rlenv_alloc(sizeof(*s));
	int err = -ENOMEM;
	u32 i;

	memset(result, 0, sizeof(*result));
	if (s)
		s->f = rlenv_alloc(sizeof(*s->f));
	if (!s || !s->f)
		goto out;
	s->params = *params;
	s->result = result;
	stress_setup(s);
	err = stress_rounds(s);
	for (i = 0; i < s->f->clients; i++)
		result->ops += s->f->actor[i].ops;
	result->code = s->fuzz.code;
	memcpy(result->why, s->fuzz.why, sizeof(result->why));
	fuzz_free(s->f);
out:
	rlenv_free(s);
	return err;
}
