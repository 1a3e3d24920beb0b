// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The contexts of a schedule, and the decisions between them.
 *
 * A schedule is a function of its decisions, and a decision has a default: go
 * on with the context that runs; if it can not, with the next one that can; if
 * there is none, let time pass.  A schedule is therefore named by the decisions
 * that were different, each by the context that had run and how many decisions
 * it had come to.
 */
#include "sched.h"

#include <setjmp.h>
#include <stdlib.h>

/* The worker alone cannot help tasks that wait for each other. */
#define IDLE_VISITS_MAX	8

/* In a loop that waits for others they have a chance to run, in the end. */
#define RELAXED_MAX	4

/* Who has made so many accesses in a row does not merely wait. */
#define WORKS_MIN	24

struct sched sched;

static jmp_buf main_jump;
static void *main_sp;
/* For the watchdog: how many schedules there were, and whether one runs. */
volatile u32 sched_runs;
volatile bool sched_running;

/* Name of a context: tasks are a, b, c..., the worker is w. */
char sched_letter(u32 id)
{
	return id == SCHED_WORKER ? 'w' : (char)('a' + id);
}

/**
 * sched_fail() - this schedule has found a mistake
 * @fmt: what it is
 *
 * Context: a context or the main program, within sched_run().  Does not return.
 */
void sched_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sched.why, sizeof(sched.why), fmt, args);
	va_end(args);
	sched.failed = true;
	longjmp(main_jump, 1);
}

void rlenv_warn(const char *file, int line, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	sched_fail("warning at %s:%d: %s", file, line, text);
}

/* May it run at once?  Time may let it run too, see add_timed(). */
static bool can_run(const struct sched_ctx *ctx)
{
	return ctx->state == SCHED_READY ||
	       (ctx->state == SCHED_BLOCKED && ctx->ready(ctx));
}

static void add(struct sched_choice *c, u32 id)
{
	c->ctx[c->nr++] = (u8)id;
}

/* Those whose deadline may come now, the earliest first, the worker last. */
static void add_timed(struct sched_choice *c)
{
	u32 from = c->nr, i, j;

	for (i = 0; i < SCHED_CTX_MAX; i++) {
		const struct sched_ctx *ctx = &sched.ctx[i];

		if (ctx->state != SCHED_BLOCKED || !ctx->deadline ||
		    ctx->ready(ctx))
			continue;
		for (j = c->nr++; j > from && i != SCHED_WORKER; j--) {
			if (sched.ctx[c->ctx[j - 1]].deadline <= ctx->deadline)
				break;
			c->ctx[j] = c->ctx[j - 1];
		}
		c->ctx[j] = (u8)i;
	}
	c->timed = c->nr - from;
}

/*
 * Two that wait actively for a third can take turns for ever.  One that has done
 * nothing else lately comes after those who may do something.
 */
static bool only_relaxes(const struct sched_ctx *ctx)
{
	return ctx->relaxes >= RELAXED_MAX;
}

static bool somebody_works(void)
{
	u32 i;

	for (i = 0; i < SCHED_CTX_MAX; i++)
		if (can_run(&sched.ctx[i]) && !only_relaxes(&sched.ctx[i]))
			return true;
	return false;
}

/* If somebody gets on, those who wait may have something to see. */
static void count_work(struct sched_ctx *self)
{
	u32 i;

	if (++self->works < WORKS_MIN)
		return;
	for (i = 0; i < SCHED_CTX_MAX; i++)
		sched.ctx[i].relaxes = 0;
}

static void find_choices(struct sched_choice *c)
{
	u32 self = sched.current->id, i;
	bool fair;

	c->nr = 0;
	c->forced = true;
	if (!sched.current->yielded && can_run(sched.current)) {
		add(c, self);
		c->forced = false;
	}
	fair = c->forced && somebody_works();
	for (i = 1; i < SCHED_CTX_MAX; i++) {
		u32 id = (self + i) % SCHED_CTX_MAX;

		if (can_run(&sched.ctx[id]) &&
		    !(fair && only_relaxes(&sched.ctx[id])))
			add(c, id);
	}
	/* One that waits actively comes last, and not for ever. */
	if (sched.current->yielded &&
	    (!c->nr || sched.current->relaxed < RELAXED_MAX))
		add(c, self);
	c->free = c->forced ? c->nr : 1;
	add_timed(c);
	if (!c->free)
		c->free = c->timed;
}

static bool all_tasks_done(void)
{
	u32 i;

	for (i = 0; i < SCHED_TASKS_MAX; i++)
		if (sched.ctx[i].state == SCHED_READY ||
		    sched.ctx[i].state == SCHED_BLOCKED)
			return false;
	return true;
}

static void record(struct sched_ctx *from, u8 to)
{
	struct sched_list *list = &sched.taken;

	if (list->nr == SCHED_SWITCHES_MAX)
		sched_fail("more than %u switches: no progress",
			   SCHED_SWITCHES_MAX);
	list->at[list->nr++] = (struct sched_switch) {
		.ctx = from->id,
		.to = to,
		.count = from->count,
	};
}

static void trace(const struct sched_ctx *next, bool timed)
{
	struct sched_place *p = next->place;
	const char *file = p ? strrchr(p->file, '/') : NULL;

	if (!p)
		printf("    %c starts\n", sched_letter(next->id));
	else
		printf("    %c%-4u %s:%d %s%s\n", sched_letter(next->id),
		       next->count, file ? file + 1 : p->file, p->line,
		       p->what, timed ? ", as time has passed" : "");
}

/* Is it only the worker's timer that could go on, and has been for long? */
static bool only_idle_visits(const struct sched_choice *c)
{
	if (c->nr != 1 || c->ctx[0] != SCHED_WORKER || !c->timed) {
		if (sched.current->id != SCHED_WORKER)
			sched.idle_visits = 0;
		return false;
	}
	return ++sched.idle_visits > IDLE_VISITS_MAX;
}

/* Who goes on?  NULL if the schedule is over. */
static struct sched_ctx *decide(void)
{
	struct sched_choice choice;
	struct sched_ctx *next;
	u32 pick = 0;

	if (++sched.steps > SCHED_STEPS_MAX)
		sched_fail("no end after %u steps: livelock", SCHED_STEPS_MAX);
	find_choices(&choice);
	if (choice.nr == choice.timed && all_tasks_done())
		return NULL;
	if (!choice.nr || only_idle_visits(&choice))
		sched_fail("deadlock: everybody waits");
	if (choice.nr > 1)
		pick = sched.strategy->pick(&choice);
	if (pick)
		record(sched.current, choice.ctx[pick]);

	next = &sched.ctx[choice.ctx[pick]];
	if (pick >= choice.nr - choice.timed) {
		sched.clock = max(sched.clock, next->deadline);
		next->timed_out = true;
	}
	if (next != sched.current)
		sched.current->relaxed = 0;
	else if (next->yielded && next->relaxed < RELAXED_MAX)
		next->relaxed++;
	sched.current->yielded = false;
	next->state = SCHED_READY;
	if (sched.trace)
		trace(next, next->timed_out);
	return next;
}

static void switch_to(struct sched_ctx *next)
{
	struct sched_ctx *self = sched.current;

	if (next == self)
		return;
	if (!next) {
		sched_switch_stacks(&self->sp, main_sp);
		return;
	}
	sched.current = next;
	sched_switch_stacks(&self->sp, next->sp);
}

/**
 * sched_access() - a scheduling point
 * @place: the operation that follows
 * @p:     memory that it touches, or NULL
 * @size:  bytes at @p
 */
void sched_access(struct sched_place *place, const volatile void *p,
		  size_t size)
{
	struct sched_ctx *self = sched.current;

	if (sched.quiet)
		return;
	self->place = place;
	place->hits++;
	self->count++;
	count_work(self);
	switch_to(decide());
	if (p)
		sched_memory_check((const void *)p, size, place->what);
	if (place->order)
		sched_order(p, place->order);
}

/* Waiting actively: whoever can run goes first. */
void sched_relax(struct sched_place *place)
{
	struct sched_ctx *self = sched.current;

	self->yielded = !sched.quiet;
	self->works = 0;
	if (!sched.quiet && self->relaxes < RELAXED_MAX)
		self->relaxes++;
	sched_access(place, NULL, 0);
}

/**
 * sched_block_until() - wait for a condition
 * @ready:    the condition
 * @on:       for it
 * @deadline: virtual time when to go on in any case, 0 for never
 *
 * Return: true if it is met, false if the deadline has come instead.
 */
bool sched_block_until(bool (*ready)(const struct sched_ctx *ctx),
		       const void *on, u64 deadline)
{
	struct sched_ctx *self = sched.current;

	self->ready = ready;
	self->on = on;
	self->deadline = deadline;
	self->timed_out = false;
	if (sched.quiet) {
		if (!ready(self))
			sched_fail("a task would wait in a quiet phase");
		return true;
	}
	self->state = SCHED_BLOCKED;
	self->count++;
	switch_to(decide());
	self->deadline = 0;
	return !self->timed_out;
}

void sched_block(bool (*ready)(const struct sched_ctx *ctx), const void *on)
{
	sched_block_until(ready, on, 0);
}

/* Where the stack of a context begins. */
static void ctx_main(void)
{
	struct sched_ctx *self = sched.current;

	self->fn(self);
	if (self->locks || self->irqs_off || self->rcu)
		sched_fail("%c ends with a lock, interrupts off or in RCU",
			   sched_letter(self->id));
	if (self->dep)
		sched_fail("%c ends with %d ranges for lockdep",
			   sched_letter(self->id), self->dep);
	self->state = SCHED_DONE;
	self->count++;
	switch_to(decide());
	abort();
}

/**
 * sched_add() - one more context for the schedule
 * @id: which, free so far
 * @fn: what it runs
 */
void sched_add(u32 id, void (*fn)(struct sched_ctx *ctx))
{
	struct sched_ctx *ctx = &sched.ctx[id];

	ctx->state = SCHED_READY;
	ctx->fn = fn;
	ctx->sp = sched_stack(id, ctx_main);
}

/**
 * sched_reset() - forget the schedule before
 */
void sched_reset(void)
{
	u32 i;

	memset(sched.ctx, 0, sizeof(sched.ctx));
	for (i = 0; i < SCHED_CTX_MAX; i++)
		sched.ctx[i].id = (u8)i;
	sched.current = &sched.ctx[0];
	sched.quiet = true;
	sched.steps = 0;
	sched.clock = 1000000000;
	sched.taken.nr = 0;
	sched.spinning = 0;
	sched.idle_visits = 0;
	sched.failed = false;
	sched.why[0] = '\0';
	sched_memory_reset();
	sched_env_reset();
	sched_runs++;
}

static void run_contexts(void)
{
	struct sched_ctx *first;

	sched.quiet = false;
	sched_races_begin();
	sched.current = &sched.ctx[0];
	first = decide();
	sched.current = first;
	sched_switch_stacks(&main_sp, first->sp);
	sched.quiet = true;
}

/**
 * sched_run() - run one schedule
 * @before: makes the contexts and what they work on, without interleaving
 * @after:  looks at what is left, without interleaving
 *
 * Return: true if no check has failed.
 */
bool sched_run(void (*before)(void), void (*after)(void))
{
	sched_reset();
	if (!setjmp(main_jump)) {
		sched_running = true;
		before();
		run_contexts();
		after();
		sched_memory_audit();
	}
	sched_running = false;
	sched.quiet = true;
	return !sched.failed;
}
